"""Certificate extensions: what a key's holder may do with it, and under which names.  RFC 5280 section 4.2.

An extension is an OID, a flag and DER in an OCTET STRING.  The flag, critical, says what to do with an OID
that one does not know: refuse the certificate (critical), or ignore it.  Those in `UNDERSTOOD` are parsed
here and obeyed in `path` and `names`; the others are kept as they came, for `path` to refuse if they are
critical.

Errors         `DerError`, with the path of the field.
Tested by      tests/x509/test_extensions.py
"""

import enum
import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from x509 import der, oids


class KeyUsage(enum.Enum):
    """What a key may do; the values are the numbers of the bits (section 4.2.1.3)."""

    digitalSignature = 0
    nonRepudiation = 1
    keyEncipherment = 2
    dataEncipherment = 3
    keyAgreement = 4
    keyCertSign = 5
    cRLSign = 6
    encipherOnly = 7
    decipherOnly = 8


@dataclass(frozen=True)
class BasicConstraints:
    """Whether this is an authority, and how many others may stand between it and a leaf (section 4.2.1.9)."""

    is_authority: bool
    path_length: int | None = None  # None: any number


@dataclass(frozen=True)
class SubjectAlternativeName:
    """For whom this certificate is (section 4.2.1.6)."""

    dns_names: tuple[str, ...] = ()
    ip_addresses: tuple[IPv4Address | IPv6Address, ...] = ()
    others: tuple[bytes, ...] = ()  # DER of the forms that no TLS name is compared with: mail, URI, ...


@dataclass(frozen=True)
class Extension:
    """One extension as it came."""

    oid: str
    critical: bool
    value: bytes  # DER of the type that the OID defines


@dataclass(frozen=True)
class Extensions:
    """All of a certificate's extensions; None for one that is absent."""

    all: tuple[Extension, ...] = ()
    basic_constraints: BasicConstraints | None = None
    key_usage: frozenset[KeyUsage] | None = None
    extended_key_usage: tuple[str, ...] | None = None  # OIDs
    subject_alternative_name: SubjectAlternativeName | None = None
    subject_key_identifier: bytes | None = None
    authority_key_identifier: bytes | None = None


def read(extensions: der.Reader) -> Extensions:
    """Read the inside of `Extensions ::= SEQUENCE SIZE (1..MAX) OF Extension`."""
    as_they_came: dict[str, Extension] = {}
    understood: dict[str, Any] = {}
    while not as_they_came or not extensions.at_end:
        index = f"[{len(as_they_came)}]"
        with extensions.sequence(index) as extension:
            oid = extension.object_identifier("extnID")
            if oid in as_they_came:
                extensions.fail(index, f"a second {oids.name(oid)}")  # section 4.2: MUST NOT
            critical = extension.boolean_default_false("critical")
            if oid in UNDERSTOOD:
                field, read_value = UNDERSTOOD[oid]
                with extension.octets_with_der("extnValue") as value:
                    understood[field] = read_value(value)
                    as_they_came[oid] = Extension(oid, critical, value.content)
            else:
                as_they_came[oid] = Extension(oid, critical, extension.octet_string("extnValue"))
    return Extensions(tuple(as_they_came.values()), **understood)


def _read_basic_constraints(value: der.Reader) -> BasicConstraints:
    with value.sequence("BasicConstraints") as constraints:
        is_authority = constraints.boolean_default_false("cA")
        if constraints.at_end:
            return BasicConstraints(is_authority)
        path_length = constraints.integer("pathLenConstraint")
        if path_length < 0 or not is_authority:
            constraints.fail("pathLenConstraint", "is for authorities, and not negative")  # section 4.2.1.9
        return BasicConstraints(is_authority, path_length)


def _read_key_usage(value: der.Reader) -> frozenset[KeyUsage]:
    numbers = value.named_bits("KeyUsage")
    if not numbers:
        value.fail("KeyUsage", "allows nothing")  # section 4.2.1.3: at least one bit MUST be set
    return frozenset(usage for usage in KeyUsage if usage.value in numbers)


def _read_extended_key_usage(value: der.Reader) -> tuple[str, ...]:
    purposes: list[str] = []
    with value.sequence("ExtKeyUsageSyntax") as sequence:
        while not purposes or not sequence.at_end:  # section 4.2.1.12: SIZE (1..MAX)
            purposes.append(sequence.object_identifier(f"[{len(purposes)}]"))
    return tuple(purposes)


def _read_subject_alternative_name(value: der.Reader) -> SubjectAlternativeName:
    names: list[str | IPv4Address | IPv6Address | bytes] = []
    with value.sequence("SubjectAltName") as sequence:
        while not names or not sequence.at_end:  # section 4.2.1.6: SIZE (1..MAX)
            names.append(_read_general_name(sequence, f"[{len(names)}]"))
    return SubjectAlternativeName(
        dns_names=tuple(name for name in names if isinstance(name, str)),
        ip_addresses=tuple(name for name in names if isinstance(name, (IPv4Address, IPv6Address))),
        others=tuple(name for name in names if isinstance(name, bytes)),
    )


def _read_general_name(names: der.Reader, index: str) -> str | IPv4Address | IPv6Address | bytes:
    if names.next_is(der.CONTEXT | 2):
        return names.ia5_string(f"{index}.dNSName", tag=der.CONTEXT | 2)
    if names.next_is(der.CONTEXT | 7):
        octets = names.octet_string(f"{index}.iPAddress", tag=der.CONTEXT | 7)
        if len(octets) not in {4, 16}:
            names.fail(f"{index}.iPAddress", f"an address is 4 or 16 bytes, got {len(octets)}")
        return ipaddress.ip_address(octets)
    return names.element(index)


def _read_subject_key_identifier(value: der.Reader) -> bytes:
    return value.octet_string("SubjectKeyIdentifier")


def _read_authority_key_identifier(value: der.Reader) -> bytes | None:
    """Read section 4.2.1.1's three optional fields, of which only the first helps to find the issuer."""
    with value.sequence("AuthorityKeyIdentifier") as identifier:
        key_identifier = None
        if identifier.next_is(der.CONTEXT | 0):
            key_identifier = identifier.octet_string("keyIdentifier", tag=der.CONTEXT | 0)
        if identifier.next_is(der.CONTEXT_CONSTRUCTED | 1):
            identifier.element("authorityCertIssuer")
        if identifier.next_is(der.CONTEXT | 2):
            identifier.element("authorityCertSerialNumber")
        return key_identifier


# OID: field of `Extensions`, and how its value is read.
UNDERSTOOD: dict[str, tuple[str, Callable[[der.Reader], object]]] = {
    oids.BASIC_CONSTRAINTS: ("basic_constraints", _read_basic_constraints),
    oids.KEY_USAGE: ("key_usage", _read_key_usage),
    oids.EXTENDED_KEY_USAGE: ("extended_key_usage", _read_extended_key_usage),
    oids.SUBJECT_ALTERNATIVE_NAME: ("subject_alternative_name", _read_subject_alternative_name),
    oids.SUBJECT_KEY_IDENTIFIER: ("subject_key_identifier", _read_subject_key_identifier),
    oids.AUTHORITY_KEY_IDENTIFIER: ("authority_key_identifier", _read_authority_key_identifier),
}
