"""What two ends have agreed on, in words: the same for a person, a program and a web page.

Certificates and names come from the peer: whoever puts these values into HTML has to escape them.
"""

import contextlib
from typing import Any

from handshake.session import Session
from x509 import wording


def negotiated(session: Session) -> dict[str, str | bool | None]:
    """The parameters of the connection, for a program."""
    protocol = session.application_protocol
    return {
        "version": session.version.name.replace("_", " ", 1).replace("_", "."),  # "TLS 1.3"
        "cipher_suite": session.cipher_suite.name,
        "group": session.group.name.lower() if session.group else None,
        "signature_scheme": session.signature_scheme.name.lower() if session.signature_scheme else None,
        "server_name": session.server_name,
        "application_protocol": None if protocol is None else protocol.decode("utf-8", "backslashreplace"),
        "hello_retry_request": session.hello_retried,
        "pre_shared_key": session.psk_origin,  # "ticket": the session was resumed
        "early_data_accepted": session.early_data_accepted,
    }


def certificate(session: Session) -> dict[str, Any] | None:
    """Whose certificate the peer showed, and who vouches for it; None if it showed none.

    In a session that was resumed, it showed that when the session began.
    """
    if session.peer is None:
        return None
    leaf, path = session.peer.certificate, session.peer.path
    return {
        "subject": str(leaf.subject),
        "issuer": str(leaf.issuer),
        "not_before": leaf.not_before.isoformat(),
        "not_after": leaf.not_after.isoformat(),
        "sha256": leaf.fingerprint.hex(),
        "verified": path is not None,
        "trust_anchor": None if path is None else str(path.anchor.subject),
        "ocsp_response_length": len(session.peer.ocsp_response) if session.peer.ocsp_response else None,
    }


def rows(session: Session) -> list[tuple[str, str, str]]:
    """The same for a person: what, which, and where the standards speak of it."""
    agreed = negotiated(session)
    found = [
        ("protocol", str(agreed["version"]), "RFC 9846"),
        ("cipher suite", str(agreed["cipher_suite"]), "section 5.2: seals every record"),
        _key_exchange(agreed["group"]),
        _proof(session),
        ("server name", str(agreed["server_name"] or "none"), "RFC 6066: the host that was asked for"),
        ("application", str(agreed["application_protocol"] or "none"), "RFC 7301: agreed on with ALPN"),
    ]
    if session.early_data_accepted:
        found.append(("round trips", "0 before the request, 1 for the handshake", "section 2.3"))
        found.append(("early data", "accepted", "section 2.3: it may have come more than once"))
    else:
        trips = "2, with a HelloRetryRequest" if session.hello_retried else "1"
        found.append(("round trips", trips, "section 4.2.4: did the client guess the group?"))
    shown = certificate(session)
    if shown is not None:
        trusted = f"trusted by {shown['trust_anchor']}" if shown["verified"] else "NOT VERIFIED"
        whose = "you have shown it" if session.role == "server" else "the server has shown it"
        found.append(("certificate", f"{shown['subject']}, {trusted}", f"section 4.5.1: {whose}"))
        assert session.peer is not None
        until = wording.moment(session.peer.certificate.not_after)
        found.append(("valid until", until, "RFC 5280 section 4.1.2.5"))
        if length := shown["ocsp_response_length"]:
            found.append(
                ("revocation", f"an OCSP response of {length} bytes, not verified", "RFC 6066 section 8")
            )
    return found


def _name_of(identity: bytes) -> str:
    """As it stands on a command line; in hex where it could not."""
    with contextlib.suppress(UnicodeDecodeError):
        if (text := identity.decode()).isprintable():
            return text
    return f"0x{identity.hex()}"


def _key_exchange(group: str | bool | None) -> tuple[str, str, str]:
    """What the keys are made from."""
    if group is None:
        return "key exchange", "none", "section 4.3.9: who learns the pre-shared key reads everything"
    return "key exchange", str(group), "section 4.3.8: a secret that only two can know"


def _proof(session: Session) -> tuple[str, str, str]:
    """How the server has shown who it is."""
    if session.psk_origin == "ticket":
        return "resumed", "with a ticket", "section 2.2: a key from the session before, and no signature"
    if session.psk_origin == "external":
        assert session.external_identity is not None
        return (
            "known by",
            f"a pre-shared key, {_name_of(session.external_identity)}",
            "section 2.2: agreed on in some other way, and no signature",
        )
    assert session.signature_scheme is not None
    scheme = session.signature_scheme.name.lower()
    return "signature", scheme, "section 4.5.2: the server signs this very handshake"
