"""Certificates that nobody should have signed, or nobody should believe: what Mallory shows, from rung 16 on.

No signature is broken for any of them.  Somebody signed who could: she herself, with an authority that she
was given for her own names, or a clerk of the honest authority who looked only at what he had to look at.

Our `issue.issue_certificate` does not write most of this; so the extensions are put together here by hand.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from journey.certifier import NOW, VALIDITY, Certifier, Chain
from purecrypto.ed25519 import Ed25519PrivateKey
from x509 import distinguished_names, encoding, issue, oids
from x509.certificate import Certificate
from x509.issue import Authority
from x509.private_keys import PrivateKey
from x509.rules import Purpose

HER_DOMAIN = "mallory.example"

Forge: TypeAlias = Callable[[Certifier, str, Ed25519PrivateKey], Chain]


@dataclass(frozen=True)
class Forgery:
    """One way to get such certificates.

    name      what the attack is called
    story     who has signed, and why he could
    forge     makes them: from the honest authority, the server's name, and Mallory's key
    """

    name: str
    story: str
    forge: Forge


def outside_the_fence(honest: Certifier, name: str, key: Ed25519PrivateKey) -> Chain:
    """Her employer's authority may sign for names below mallory.example, and she signs for another."""
    fence = name_constraints(permitted=[HER_DOMAIN])
    works = signed(honest.root, "Works", key, [basic_constraints(is_authority=True), fence])
    return signed(Authority(works, key), name, key, [dns_names(name)]), works


def a_wildcard_for_all(honest: Certifier, name: str, key: Ed25519PrivateKey) -> Chain:
    """`*.example`, as if it were a name like any other."""
    everything = f"*.{name.rpartition('.')[2]}"
    return signed_by_the_clerk(honest, everything, key, [dns_names(everything)])


def a_nul_in_the_name(honest: Certifier, name: str, key: Ed25519PrivateKey) -> Chain:
    """A name below her own domain; but C would stop reading where the server's name ends."""
    return signed_by_the_clerk(honest, HER_DOMAIN, key, [dns_names(f"{name}\0.{HER_DOMAIN}")])


def a_clients_certificate(honest: Certifier, name: str, key: Ed25519PrivateKey) -> Chain:
    """The right name, and a key that may only prove who is calling."""
    for_clients = issue.extension(oids.EXTENDED_KEY_USAGE, issue.extended_key_usage([Purpose.CLIENT]))
    return signed_by_the_clerk(honest, name, key, [dns_names(name), for_clients])


def a_circle(honest: Certifier, name: str, key: Ed25519PrivateKey) -> Chain:
    """Two authorities of her own, each of which vouches for the other."""
    may_sign = [basic_constraints(is_authority=True)]
    seed = Authority(signed_by_itself("Tweedledum", key), key)  # shown to nobody
    dee = signed(seed, "Tweedledee", key, may_sign)
    dum = signed(Authority(dee, key), "Tweedledum", key, may_sign)
    return signed(Authority(dum, key), name, key, [dns_names(name)]), dum, dee


OUTSIDE_THE_FENCE = Forgery(
    "sign outside the fence",
    "She works for mallory.example, which has an authority of its own, for names below mallory.example: the "
    "certificate says so.  She has the key, and signs.",
    outside_the_fence,
)
A_WILDCARD_FOR_ALL = Forgery(
    "a wildcard for all",
    "She asks a careless clerk at the authority for a certificate for *.example, and gets it.",
    a_wildcard_for_all,
)
A_NUL_IN_THE_NAME = Forgery(
    "a NUL in the name",
    "She asks for a name that ends in mallory.example, which is hers; the clerk looks at the end.  It begins "
    "with the server's name, and in between stands a byte of value zero.",
    a_nul_in_the_name,
)
A_CLIENTS_CERTIFICATE = Forgery(
    "a client's certificate",
    "She looks after a machine that calls other servers on behalf of this one, and has a certificate for it: "
    "for the right name, but good for clients only.",
    a_clients_certificate,
)
A_CIRCLE = Forgery(
    "go round in a circle",
    "She makes two authorities, each of which vouches for the other.  Whoever looks for the one at the top "
    "climbs for ever.",
    a_circle,
)
SIGNED_BY_OTHERS = (OUTSIDE_THE_FENCE, A_WILDCARD_FOR_ALL, A_NUL_IN_THE_NAME, A_CLIENTS_CERTIFICATE)
FORGERIES = (*SIGNED_BY_OTHERS, A_CIRCLE)


# --- The tools ---------------------------------------------------------------------------------------------


def signed(issuer: Authority, subject: str, key: PrivateKey, says: Iterable[bytes]) -> Certificate:
    """A certificate with exactly these extensions, for as long as the others are good."""
    return issue.sign(
        issuer.private_key,
        issuer=issuer.certificate.subject.der,
        subject=distinguished_names.encode(subject),
        public_key=key.public_key(),
        serial_number=77,
        not_before=NOW - VALIDITY / 2,
        not_after=NOW + VALIDITY / 2,
        extensions=says,
    )


def signed_by_the_clerk(honest: Certifier, subject: str, key: PrivateKey, says: Iterable[bytes]) -> Chain:
    """With the honest authority's everyday key."""
    return signed(honest.everyday, subject, key, says), honest.everyday.certificate


def signed_by_itself(name: str, key: PrivateKey) -> Certificate:
    """A root, for as long as the other certificates are good."""
    return issue.make_authority(
        name,
        key,
        serial_number=76,
        not_before=NOW - VALIDITY / 2,
        not_after=NOW + VALIDITY / 2,
    ).certificate


def dns_names(*names: str) -> bytes:
    """subjectAltName with these, whatever they are; `issue.subject_alternative_name` would look at them."""
    alternatives = [encoding.implicit(2, name.encode("ascii")) for name in names]
    return issue.extension(oids.SUBJECT_ALTERNATIVE_NAME, encoding.sequence(*alternatives))


def basic_constraints(*, is_authority: bool) -> bytes:
    value = issue.basic_constraints(is_authority=is_authority)
    return issue.extension(oids.BASIC_CONSTRAINTS, value, critical=True)


def name_constraints(*, permitted: Iterable[str] = (), excluded: Iterable[str] = ()) -> bytes:
    """Domains below which an authority may sign, and others below which it may not."""
    subtrees = [
        encoding.explicit(number, b"".join(_subtree(domain) for domain in domains))
        for number, domains in enumerate((tuple(permitted), tuple(excluded)))
        if domains
    ]
    return issue.extension(oids.NAME_CONSTRAINTS, encoding.sequence(*subtrees), critical=True)


def _subtree(domain: str) -> bytes:
    return encoding.sequence(encoding.implicit(2, domain.encode("ascii")))
