"""Is this certificate for the host that I asked for?  RFC 9525.

The reference is what our user wrote: a DNS name or an IP address.  The certificate presents DNS names and
addresses in its subjectAltName, and one of them has to match.  The common name is not looked at (section 2).
The two kinds never mix: an address matches an address byte by byte, so "127.0.0.1" as a *DNS* name in a
certificate matches nothing.

    wildcard       "*." and two labels or more; it stands for one whole label (RFC 9525 section 6.3)
    A-labels       compared as the letters that they are (section 6.3): a wildcard may stand for a whole
                   "xn--bcher-kva", and "xn--*" is no wildcard
    letters        capitals and small ones are the same, in ASCII; nothing beyond ASCII is a DNS name
    trailing dot   our user may write one, a certificate may not

Limits         A name with letters beyond ASCII is to be passed in its A-label form (xn--...).  Nothing here
               knows public suffixes: who has an authority sign *.co.uk may use it.
Errors         `NameMismatch`; ValueError for a reference that is neither name nor address.
Tested by      tests/x509/test_names.py
"""

import ipaddress
import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from x509.certificate import Certificate
from x509.der import Observer
from x509.errors import NameMismatch
from x509.extensions import SubjectAlternativeName

MAXIMUM_NAME_LENGTH = 253  # characters of a DNS name (RFC 1035 section 2.3.4, without the length octets)
MAXIMUM_NAMES_SHOWN = 8  # in an error

# A name whose last label is a number would be taken for an address: "127.1", "0x7f000001" (RFC 1123 2.1).
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
# Letters, digits and hyphens inside (RFC 1123 section 2.1), and the underscore that some hosts have.
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")


@dataclass(frozen=True)
class Compared:
    """For an observer: the certificate is for this name or address, unless there is an `error`."""

    certificate: Certificate
    reference: str
    error: NameMismatch | None


def verify_name(certificate: Certificate, reference: str, observe: Observer | None = None) -> None:
    """Return when the certificate is for this DNS name or IP address; raise NameMismatch otherwise.

    `observe` is called with the outcome, a `Compared`.
    """
    wanted = parse_reference(reference)
    presented = certificate.extensions.subject_alternative_name or SubjectAlternativeName()
    if isinstance(wanted, str):
        matches = any(_dns_name_matches(name, wanted) for name in presented.dns_names)
    else:
        # As bytes (section 6.4): ::ffff:127.0.0.1 is not 127.0.0.1.  A scope (fe80::1%eth0) is not compared.
        matches = any(address.packed == wanted.packed for address in presented.ip_addresses)
    error = None
    if not matches:
        said = f"is for {_list(presented)}, not {reference}{_hint(presented, reference)}"
        error = NameMismatch(f"the certificate ({certificate}) {said}")
    if observe is not None:
        observe(Compared(certificate, reference, error))
    if error is not None:
        raise error


def parse_reference(reference: str) -> str | IPv4Address | IPv6Address:
    """Return an address, or a DNS name in lower case without a trailing dot; ValueError if it is neither."""
    if not isinstance(reference, str):
        # Bytes would pass for the bytes of an address.
        raise TypeError(f"a name must be str, not {type(reference).__name__}")
    try:
        return ipaddress.ip_address(reference)
    except ValueError:
        name = reference.lower().removesuffix(".")
    if not reference.isascii():  # section 6.3; IDNA's tables and mappings are not ours to guess
        raise ValueError(f"a name beyond ASCII has to be passed as its A-label, xn--...: {reference!a}")
    if not _is_dns_name(name):
        raise ValueError(f"neither a DNS name nor an IP address: {reference!r}")
    return name


def is_host_or_wildcard(presented: str) -> bool:
    """Whether a presented name is a host name as the DNS has them, or "*." and one of two labels or more.

    Stricter than the comparison: no underscore, and no hyphens in a label's third and fourth place but those
    of an A-label (RFC 5890 section 2.3.1).
    """
    host = presented.lower().removeprefix("*.")
    labels = host.split(".")
    return (
        _is_dns_name(host)
        and "_" not in host
        and all(label[2:4] != "--" or label.startswith("xn--") for label in labels)
        and (len(labels) > 1 or not presented.startswith("*."))
    )


def _is_dns_name(name: str) -> bool:
    labels = name.split(".")
    return (
        len(name) <= MAXIMUM_NAME_LENGTH
        and all(map(_LABEL.fullmatch, labels))
        and not _NUMBER.fullmatch(labels[-1])
    )


def _dns_name_matches(presented: str, wanted: str) -> bool:
    """Compare a presented name, which may hold anything, with a well-formed reference (section 6.3)."""
    presented = presented.lower()
    if presented.startswith("*."):
        # The wildcard is the whole leftmost label and stands for exactly one.  Two labels have to follow it,
        # as openssl wants too: nobody speaks for all of *.com.
        domain = presented.removeprefix("*.")
        return domain.count(".") >= 1 and domain == wanted.partition(".")[2]
    return presented == wanted


def _hint(presented: SubjectAlternativeName, wanted: str) -> str:
    """Why a name does not count that a person may see in the certificate."""
    if not presented.dns_names and not presented.ip_addresses:
        return ": only its subjectAltName counts"
    below = [name.lower()[1:] for name in presented.dns_names if name.startswith("*.")]
    if wanted.lower().removesuffix(".").endswith(tuple(below)):
        return ' ("*" stands for one label, and two or more have to follow)'
    return ""


def _list(presented: SubjectAlternativeName) -> str:
    """Return the presented names as one line, of bounded length and without control characters."""
    names = [ascii(name[:MAXIMUM_NAME_LENGTH])[1:-1] for name in presented.dns_names[:MAXIMUM_NAMES_SHOWN]]
    names += map(str, presented.ip_addresses[:MAXIMUM_NAMES_SHOWN])
    more = len(presented.dns_names) + len(presented.ip_addresses) - len(names)
    return ", ".join(names + [f"{more} more"] * (more > 0)) or "no host at all"
