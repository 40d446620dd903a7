"""Revocation lists for tests, with anything at all in them; what is ordinary, `issue` makes."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from tests.support.certificates import NOW, key
from x509 import distinguished_names, encoding, issue, oids
from x509.algorithms import KEY_ALGORITHMS, KeyKind
from x509.crl import RevocationList
from x509.issue import Authority

WEEK = timedelta(days=7)
THIS_UPDATE, NEXT_UPDATE = NOW - WEEK, NOW + WEEK
USERS, AUTHORITIES, ATTRIBUTES = (encoding.implicit(number, b"\xff") for number in (1, 2, 5))  # of a scope


def list_of(issuer: Authority, *revoked: int, **replaced: Any) -> RevocationList:
    """A current list of these serial numbers; keywords of `issue.make_revocation_list` may be replaced."""
    usual: dict[str, Any] = {"number": 1, "this_update": THIS_UPDATE, "next_update": NEXT_UPDATE}
    entries = [(number, NOW - WEEK, issue.Reason.keyCompromise) for number in revoked]
    return issue.make_revocation_list(issuer, entries, **(usual | replaced))


def entry(number: int = 100, at: datetime = NOW - WEEK, *extensions: bytes) -> bytes:
    inside = encoding.sequence(*extensions) if extensions else b""
    return encoding.sequence(encoding.integer(number), encoding.time(at), inside)


def scope(*fields: bytes) -> bytes:
    """The extension that says what a list is about."""
    return issue.extension(oids.ISSUING_DISTRIBUTION_POINT, encoding.sequence(*fields), critical=True)


def place(*full_name: bytes) -> bytes:
    return encoding.explicit(0, encoding.explicit(0, b"".join(full_name)))


def below_issuer(common_name: str) -> bytes:
    """A place that is named relative to who issues the list."""
    attribute = encoding.sequence(encoding.oid("2.5.4.3"), encoding.utf8_string(common_name))
    return encoding.explicit(0, encoding.explicit(1, attribute))


def uri(text: bytes) -> bytes:
    return encoding.implicit(6, text)


def extensions(*those: bytes) -> bytes:
    return encoding.explicit(0, encoding.sequence(*those))


def assemble(sign: Callable[[bytes], bytes] | None = None, **replaced: bytes) -> bytes:
    """Let key 1 sign any fields at all, each the DER of what RFC 5280 calls by this name; return the DER.

    `signatureAlgorithm` and `signatureValue` are fields too; one given as b"" is left out.
    """
    sign, algorithm = sign or key(1).sign, KEY_ALGORITHMS[KeyKind.ED25519].der
    fields = {
        "version": encoding.integer(1),
        "signature": algorithm,
        "issuer": distinguished_names.encode("Root"),
        "thisUpdate": encoding.time(THIS_UPDATE),
        "nextUpdate": encoding.time(NEXT_UPDATE),
        "revokedCertificates": encoding.sequence(entry()),
        "crlExtensions": b"",
        "rest": b"",  # after all that belongs into tbsCertList
    }
    outer = {
        name: replaced.pop(name) for name in ("signatureAlgorithm", "signatureValue") if name in replaced
    }
    unknown = replaced.keys() - fields.keys()
    if unknown:
        raise TypeError(f"no such fields: {unknown}")
    tbs = encoding.sequence(*(fields | replaced).values())
    return encoding.sequence(
        tbs,
        outer.get("signatureAlgorithm", algorithm),
        outer.get("signatureValue", encoding.bit_string(sign(tbs))),
    )
