"""The other side of the table: make an authority, and let it sign certificates.  RFC 5280 sections 4 and 5.

    root = issue.make_authority("My Root", root_key, serial_number=1, not_before=..., not_after=...)
    leaf = issue.issue_certificate(root, "localhost", leaf_key.public_key(), serial_number=2, not_before=...,
                                   not_after=..., dns_names=["localhost"], ip_addresses=["127.0.0.1"])
    crl = issue.make_revocation_list(root, [(2, at, Reason.keyCompromise)], number=1, this_update=...,
                                     next_update=...)

Keys, serial numbers and times are arguments: nothing here asks a clock or a random source.  One authority
must never give a serial number twice, and nobody should be able to guess the next: `serial_number` makes one
of 128 random bits.

Errors         ValueError for what a certificate cannot or should not say: the caller's bug.
Tested by      tests/x509/test_issue.py: read and verified by pyca/cryptography and openssl.
"""

import ipaddress
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from purecrypto import sha256
from x509 import der, distinguished_names, encoding, names, oids, public_keys, signatures
from x509.certificate import Certificate
from x509.crl import Reason, RevocationList
from x509.errors import MalformedCertificate, RevocationListError
from x509.extensions import KeyUsage
from x509.private_keys import PrivateKey
from x509.public_keys import PublicKey
from x509.rules import Purpose

KEY_IDENTIFIER_SIZE = 20  # bytes
SERIAL_NUMBER_SIZE = 16  # bytes; up to 20 are allowed (section 4.1.2.2)
MAXIMUM_COMMON_NAME_LENGTH = 64  # characters (appendix A.1, ub-common-name)
EVERY_NETWORK = ("0.0.0.0/0", "::/0")


@dataclass(frozen=True)
class Authority:
    """Someone who may issue: a certificate, and the private key that belongs to it.

    ValueError for a certificate whose key may sign with RSA-PSS alone: issuing here draws no random bytes.
    """

    certificate: Certificate
    private_key: PrivateKey = field(repr=False)

    def __post_init__(self) -> None:
        kind = self.certificate.public_key_info.kind
        if kind not in signatures.FOR_ISSUING:
            raise ValueError(f"an authority with a key of the kind {kind.value} cannot issue here")


def make_authority(
    common_name: str,
    private_key: PrivateKey,
    *,
    serial_number: int,
    not_before: datetime,
    not_after: datetime,
    path_length: int | None = None,
    permitted: Sequence[str] = (),
) -> Authority:
    """Return a root: an authority that signs its own certificate, with `path_length` others below at most.

    permitted     the domains and networks ("10.0.0.0/8") in which all hosts have to be; none: any host
    """
    name = _authority_name(common_name)
    public_key = private_key.public_key()
    certificate = sign(
        private_key,
        issuer=name,
        subject=name,
        public_key=public_key,
        serial_number=serial_number,
        not_before=not_before,
        not_after=not_after,
        extensions=_authority_extensions(public_key, path_length, permitted),
    )
    return Authority(certificate, private_key)


def make_intermediate(
    issuer: Authority,
    common_name: str,
    private_key: PrivateKey,
    *,
    serial_number: int,
    not_before: datetime,
    not_after: datetime,
    path_length: int | None = 0,
    permitted: Sequence[str] = (),
) -> Authority:
    """Return an authority that `issuer` vouches for; unless told otherwise, it may issue only leaves."""
    public_key = private_key.public_key()
    certificate = sign(
        issuer.private_key,
        issuer=issuer.certificate.subject.der,
        subject=_authority_name(common_name),
        public_key=public_key,
        serial_number=serial_number,
        not_before=not_before,
        not_after=not_after,
        extensions=[
            *_authority_extensions(public_key, path_length, permitted),
            authority_key_identifier(issuer.certificate),
        ],
    )
    return Authority(certificate, private_key)


def issue_certificate(
    issuer: Authority,
    common_name: str,
    public_key: PublicKey,
    *,
    serial_number: int,
    not_before: datetime,
    not_after: datetime,
    dns_names: Sequence[str] = (),
    ip_addresses: Sequence[str] = (),
    purposes: Iterable[Purpose] = (Purpose.SERVER,),
) -> Certificate:
    """Return a leaf: a certificate for these hosts and purposes, whose holder may not issue others.

    A DNS name may begin with "*.".  The common name is for people; the names that count are in `dns_names`.
    """
    extensions = [
        extension(oids.BASIC_CONSTRAINTS, basic_constraints(is_authority=False), critical=True),
        extension(oids.KEY_USAGE, key_usage(KeyUsage.digitalSignature), critical=True),
        extension(oids.EXTENDED_KEY_USAGE, extended_key_usage(purposes)),
        subject_key_identifier(public_key),
        authority_key_identifier(issuer.certificate),
    ]
    if dns_names or ip_addresses:
        alternatives = subject_alternative_name(dns_names, ip_addresses)
        # Section 4.2.1.6: critical where it is all that says who the subject is.
        extensions.append(extension(oids.SUBJECT_ALTERNATIVE_NAME, alternatives, critical=not common_name))
    return sign(
        issuer.private_key,
        issuer=issuer.certificate.subject.der,
        subject=_name(common_name),
        public_key=public_key,
        serial_number=serial_number,
        not_before=not_before,
        not_after=not_after,
        extensions=extensions,
    )


def serial_number(random_bytes: Callable[[int], bytes]) -> int:
    """Return a new one: positive, whatever the random bytes are (section 4.1.2.2)."""
    return int.from_bytes(random_bytes(SERIAL_NUMBER_SIZE), "big") + 1


def make_revocation_list(
    issuer: Authority,
    revoked: Iterable[tuple[int, datetime, Reason]] = (),
    *,
    number: int,
    this_update: datetime,
    next_update: datetime,
) -> RevocationList:
    """Return a list of these certificates, by serial number: since when they are revoked, and why.

    The number grows from list to list (section 5.2.3).
    """
    if number < 0:
        raise ValueError(f"a list's number is not negative, got {number}")
    if this_update > next_update:
        raise ValueError(f"never current: from {this_update} until {next_update}")
    entries = [_revoked(*entry) for entry in revoked]
    identifier, algorithm = signatures.issuing_algorithm(issuer.private_key)
    extensions = [
        authority_key_identifier(issuer.certificate),
        extension(oids.CRL_NUMBER, encoding.integer(number)),
    ]
    tbs = encoding.sequence(
        encoding.integer(1),  # v2
        identifier.der,
        issuer.certificate.subject.der,
        encoding.time(this_update),
        encoding.time(next_update),
        encoding.sequence(*entries) if entries else b"",  # section 5.1.2.6
        encoding.explicit(0, encoding.sequence(*extensions)),
    )
    signature = encoding.bit_string(algorithm.sign(issuer.private_key, tbs, b""))
    try:
        return RevocationList.from_der(encoding.sequence(tbs, identifier.der, signature))
    except RevocationListError as error:
        raise ValueError(str(error)) from error


def _revoked(serial_number: int, at: datetime, reason: Reason) -> bytes:
    code = encoding.element(der.ENUMERATED, bytes((reason.value,)))
    # Section 5.3.1: "unspecified" is not spelt out.
    why = [extension(oids.REASON_CODE, code)] if reason is not Reason.unspecified else []
    return encoding.sequence(
        encoding.integer(serial_number), encoding.time(at), encoding.sequence(*why) if why else b""
    )


def sign(
    issuer_key: PrivateKey,
    *,
    issuer: bytes,
    subject: bytes,
    public_key: PublicKey,
    serial_number: int,
    not_before: datetime,
    not_after: datetime,
    extensions: Iterable[bytes],
) -> Certificate:
    """Return a certificate that says exactly this; names and extensions are DER.

    It is read back before anyone sees it, so nothing malformed leaves this function.
    """
    if serial_number < 1:
        raise ValueError(f"a serial number is positive, got {serial_number}")  # section 4.1.2.2
    if not_before > not_after:
        raise ValueError(f"never valid: not before {not_before} and not after {not_after}")
    identifier, algorithm = signatures.issuing_algorithm(issuer_key)
    tbs = encoding.sequence(
        encoding.explicit(0, encoding.integer(2)),  # v3
        encoding.integer(serial_number),
        identifier.der,
        issuer,
        encoding.sequence(encoding.time(not_before), encoding.time(not_after)),
        subject,
        public_keys.encode(public_key),
        encoding.explicit(3, encoding.sequence(*extensions)),
    )
    signature = encoding.bit_string(algorithm.sign(issuer_key, tbs, b""))
    try:
        return Certificate.from_der(encoding.sequence(tbs, identifier.der, signature))
    except MalformedCertificate as error:
        raise ValueError(str(error)) from error


# ---- Extensions -----------------------------------------------------------------------------------------


def extension(oid: str, value: bytes, *, critical: bool = False) -> bytes:
    flag = encoding.boolean(True) if critical else b""  # FALSE, the default, is left out (X.690 11.5)
    return encoding.sequence(encoding.oid(oid), flag, encoding.octet_string(value))


def basic_constraints(*, is_authority: bool, path_length: int | None = None) -> bytes:
    flag = encoding.boolean(True) if is_authority else b""
    return encoding.sequence(flag, b"" if path_length is None else encoding.integer(path_length))


def key_usage(*usages: KeyUsage) -> bytes:
    return encoding.named_bits(frozenset(usage.value for usage in usages))


def extended_key_usage(purposes: Iterable[Purpose]) -> bytes:
    return encoding.sequence(*(encoding.oid(purpose.value) for purpose in purposes))


def subject_alternative_name(dns_names: Iterable[str], ip_addresses: Iterable[str]) -> bytes:
    """Return the value of a subjectAltName; ValueError for a name that no client would look for."""
    alternatives = []
    for name in dns_names:
        wildcard = "*." if name.startswith("*.") else ""
        host = names.parse_reference(name.removeprefix(wildcard))
        if not isinstance(host, str):
            raise ValueError(f"an IP address among the DNS names: {name}")
        if wildcard and "." not in host:  # "*.com", which is for nobody (`names`)
            raise ValueError(f"a wildcard for all of a top-level domain: {name}")
        alternatives.append(encoding.implicit(2, (wildcard + host).encode("ascii")))
    for address in ip_addresses:
        alternatives.append(encoding.implicit(7, ipaddress.ip_address(address).packed))
    return encoding.sequence(*alternatives)


def name_constraints(permitted: Iterable[str]) -> bytes:
    """Return the value of a nameConstraints that permits the hosts of these domains and networks, no others.

    Subtrees of one form say nothing about another: beside a permitted domain, any address would be good.  So
    a form of which nothing is permitted is excluded as a whole.
    """
    domains, networks = [], []
    for subtree in permitted:
        try:
            networks.append(_network(subtree))
        except ValueError:
            domain = names.parse_reference(subtree)
            domains.append(encoding.implicit(2, str(domain).encode("ascii")))
    excluded = [] if domains else [encoding.implicit(2, b"")]  # in which every name lies
    excluded += [] if networks else map(_network, EVERY_NETWORK)
    both = [*domains, *networks], excluded
    return encoding.sequence(
        *(
            encoding.explicit(number, b"".join(map(encoding.sequence, subtrees)))
            for number, subtrees in enumerate(both)
            if subtrees
        )
    )


def subject_key_identifier(public_key: PublicKey) -> bytes:
    """Return the extension that tells this key from others: 160 bits of its SHA-256 (RFC 7093 section 2)."""
    octets = public_keys.subject_public_key(public_key)
    identifier = sha256.sha256(octets).digest()[:KEY_IDENTIFIER_SIZE]
    return extension(oids.SUBJECT_KEY_IDENTIFIER, encoding.octet_string(identifier))


def authority_key_identifier(issuer: Certificate) -> bytes:
    """Return the extension that says which of the issuer's keys has signed (section 4.2.1.1)."""
    identifier = issuer.extensions.subject_key_identifier
    key_identifier = b"" if identifier is None else encoding.implicit(0, identifier)
    return extension(oids.AUTHORITY_KEY_IDENTIFIER, encoding.sequence(key_identifier))


def _authority_extensions(
    public_key: PublicKey, path_length: int | None, permitted: Sequence[str]
) -> list[bytes]:
    constraints = basic_constraints(is_authority=True, path_length=path_length)
    extensions = [
        extension(oids.BASIC_CONSTRAINTS, constraints, critical=True),
        extension(oids.KEY_USAGE, key_usage(KeyUsage.keyCertSign, KeyUsage.cRLSign), critical=True),
        subject_key_identifier(public_key),
    ]
    if permitted:  # critical, always (section 4.2.1.10)
        extensions.append(extension(oids.NAME_CONSTRAINTS, name_constraints(permitted), critical=True))
    return extensions


def _network(subtree: str) -> bytes:
    """An address and its mask (section 4.2.1.10)."""
    network = ipaddress.ip_network(subtree)
    return encoding.implicit(7, network.network_address.packed + network.netmask.packed)


def _authority_name(common_name: str) -> bytes:
    if not common_name:
        raise ValueError("an authority without a name")  # sections 4.1.2.4 and 4.1.2.6
    return _name(common_name)


def _name(common_name: str) -> bytes:
    if len(common_name) > MAXIMUM_COMMON_NAME_LENGTH or not common_name.isprintable():
        wanted = f"at most {MAXIMUM_COMMON_NAME_LENGTH} printable characters"
        raise ValueError(f"a common name has {wanted}: {common_name!r}")
    return distinguished_names.encode(common_name)
