"""What two ends have agreed on, in words: the same for a person, a program and a web page.

Certificates and names come from the peer: whoever puts these values into HTML has to escape them.
"""

from typing import Any

from handshake.session import Session


def negotiated(session: Session) -> dict[str, str | bool | None]:
    """The parameters of the connection, under the names of the protocol's fields."""
    protocol = session.application_protocol
    return {
        "version": session.version.name.replace("_", " ", 1).replace("_", "."),  # "TLS 1.3"
        "cipher_suite": session.cipher_suite.name,
        "group": session.group.name.lower(),
        "signature_scheme": session.signature_scheme.name.lower(),
        "server_name": session.server_name,
        "application_protocol": None if protocol is None else protocol.decode("utf-8", "backslashreplace"),
        "hello_retry_request": session.hello_retried,
    }


def certificate(session: Session) -> dict[str, Any] | None:
    """Whose certificate the server showed, and who vouches for it; None on the server's own side."""
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
    }
