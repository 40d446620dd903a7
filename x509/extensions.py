"""Certificate extensions: what a key's holder may do with it, and under which names.  RFC 5280 section 4.2.

An extension is an OID, a flag and DER in an OCTET STRING.  The flag, critical, says what to do with an OID
that one does not know: refuse the certificate (critical), or ignore it.  Those in `UNDERSTOOD` are parsed
here and obeyed in `rules` and `names`; the others are kept as they came, for `rules` to refuse if they are
critical.

Errors         `DerError`, with the path of the field.
Tested by      tests/x509/test_extensions.py
"""

import enum
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Any, TypeAlias

from x509 import der, distribution_points, general_names, oids
from x509.distribution_points import DistributionPoint
from x509.general_names import Form, GeneralName


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

    names: tuple[GeneralName, ...] = ()

    @property
    def dns_names(self) -> tuple[str, ...]:
        return tuple(str(name.value) for name in self.names if name.form is Form.dNSName)

    @property
    def ip_addresses(self) -> tuple[IPv4Address | IPv6Address, ...]:
        addresses = (name.value for name in self.names)
        return tuple(value for value in addresses if isinstance(value, (IPv4Address, IPv6Address)))


@dataclass(frozen=True)
class NameConstraints:
    """The subtrees in which an authority's names have to lie, and those where they must not (4.2.1.10)."""

    permitted: tuple[GeneralName, ...] = ()
    excluded: tuple[GeneralName, ...] = ()


@dataclass(frozen=True)
class PolicyConstraints:
    """After how many certificates below a policy is required, and mapping forbidden (section 4.2.1.11)."""

    require_explicit_policy: int | None = None
    inhibit_policy_mapping: int | None = None


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
    name_constraints: NameConstraints | None = None
    certificate_policies: tuple[str, ...] | None = None  # OIDs
    policy_mappings: tuple[tuple[str, str], ...] = ()  # pairs of OIDs: the issuer's policy, the subject's
    policy_constraints: PolicyConstraints | None = None
    inhibit_any_policy: int | None = None  # after how many certificates anyPolicy means nothing
    crl_distribution_points: tuple[DistributionPoint, ...] | None = None

    def is_critical(self, oid: str) -> bool:
        """Whether the extension is there, and critical."""
        return any(extension.oid == oid and extension.critical for extension in self.all)


Understood: TypeAlias = dict[str, tuple[str, Callable[[der.Reader], object]]]  # OID: a field, how it is read


def read(extensions: der.Reader) -> Extensions:
    """Read the inside of a certificate's `Extensions ::= SEQUENCE SIZE (1..MAX) OF Extension`."""
    as_they_came, understood = read_those(extensions, UNDERSTOOD)
    return Extensions(as_they_came, **understood)


def read_those(extensions: der.Reader, those: Understood) -> tuple[tuple[Extension, ...], dict[str, Any]]:
    """Read them all, as they came; and by their fields those that are understood."""
    as_they_came: dict[str, Extension] = {}
    understood: dict[str, Any] = {}
    while not as_they_came or not extensions.at_end:
        index = f"[{len(as_they_came)}]"
        with extensions.sequence(index) as extension:
            oid = extension.object_identifier("extnID")
            if oid in as_they_came:
                extensions.fail(index, f"a second {oids.name(oid)}")  # section 4.2: MUST NOT
            critical = extension.boolean_default_false("critical")
            if oid in those:
                field, read_value = those[oid]
                with extension.octets_with_der("extnValue") as value:
                    understood[field] = read_value(value)
                    as_they_came[oid] = Extension(oid, critical, value.content)
            else:
                as_they_came[oid] = Extension(oid, critical, extension.octet_string("extnValue"))
    return tuple(as_they_came.values()), understood


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
    with value.sequence("SubjectAltName") as sequence:
        return SubjectAlternativeName(general_names.read_all(sequence))


def _read_name_constraints(value: der.Reader) -> NameConstraints:
    subtrees: list[tuple[GeneralName, ...]] = []
    with value.sequence("NameConstraints") as constraints:
        if constraints.at_end:
            constraints.fail("", "constrains nothing")  # section 4.2.1.10: MUST NOT be empty
        for number, name in enumerate(("permittedSubtrees", "excludedSubtrees")):
            present = constraints.next_is(der.CONTEXT_CONSTRUCTED | number)
            subtrees.append(_read_subtrees(constraints, number, name) if present else ())
    return NameConstraints(*subtrees)


def _read_subtrees(constraints: der.Reader, number: int, name: str) -> tuple[GeneralName, ...]:
    bases: list[GeneralName] = []
    with constraints.explicit(number, name) as sequence:
        while not bases or not sequence.at_end:
            with sequence.sequence(f"[{len(bases)}]") as subtree:
                # minimum, left out where it is 0, and maximum: section 4.2.1.10 allows no others
                bases.append(general_names.read(subtree, "base", subtree=True))
    return tuple(bases)


def _read_certificate_policies(value: der.Reader) -> tuple[str, ...]:
    policies: dict[
        str, None
    ] = {}  # in their order; there may be thousands, so they are not compared in pairs
    with value.sequence("CertificatePolicies") as sequence:
        while not policies or not sequence.at_end:
            index = f"[{len(policies)}]"
            with sequence.sequence(index) as information:
                policy = information.object_identifier("policyIdentifier")
                if not information.at_end:  # texts and links for people
                    information.element("policyQualifiers")
            if policy in policies:
                sequence.fail(index, f"a second {oids.name(policy)}")  # section 4.2.1.4: MUST NOT
            policies[policy] = None
    return tuple(policies)


def _read_policy_mappings(value: der.Reader) -> tuple[tuple[str, str], ...]:
    mappings: list[tuple[str, str]] = []
    with value.sequence("PolicyMappings") as sequence:
        while not mappings or not sequence.at_end:
            index = f"[{len(mappings)}]"
            with sequence.sequence(index) as mapping:
                names = ("issuerDomainPolicy", "subjectDomainPolicy")
                issuers, subjects = (mapping.object_identifier(name) for name in names)
            if oids.ANY_POLICY in (issuers, subjects):  # sections 4.2.1.5 and 6.1.4 (a): MUST NOT
                sequence.fail(index, "maps anyPolicy")
            mappings.append((issuers, subjects))
    return tuple(mappings)


def _read_policy_constraints(value: der.Reader) -> PolicyConstraints:
    skips: list[int | None] = []
    with value.sequence("PolicyConstraints") as constraints:
        if constraints.at_end:
            constraints.fail("", "constrains nothing")  # section 4.2.1.11: MUST NOT be empty
        for number, name in enumerate(("requireExplicitPolicy", "inhibitPolicyMapping")):
            present = constraints.next_is(der.CONTEXT | number)
            skips.append(_read_skip(constraints, name, der.CONTEXT | number) if present else None)
    return PolicyConstraints(*skips)


def _read_inhibit_any_policy(value: der.Reader) -> int:
    return _read_skip(value, "InhibitAnyPolicy")


def _read_skip(value: der.Reader, name: str, tag: int = der.INTEGER) -> int:
    """Read `SkipCerts ::= INTEGER (0..MAX)`."""
    number = value.integer(name, tag=tag)
    if number < 0:
        value.fail(name, f"a negative number, {number}")
    return number


def _read_subject_key_identifier(value: der.Reader) -> bytes:
    return value.octet_string("SubjectKeyIdentifier")


def read_authority_key_identifier(value: der.Reader) -> bytes | None:
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


UNDERSTOOD: Understood = {  # with the fields of `Extensions`
    oids.BASIC_CONSTRAINTS: ("basic_constraints", _read_basic_constraints),
    oids.KEY_USAGE: ("key_usage", _read_key_usage),
    oids.EXTENDED_KEY_USAGE: ("extended_key_usage", _read_extended_key_usage),
    oids.SUBJECT_ALTERNATIVE_NAME: ("subject_alternative_name", _read_subject_alternative_name),
    oids.SUBJECT_KEY_IDENTIFIER: ("subject_key_identifier", _read_subject_key_identifier),
    oids.AUTHORITY_KEY_IDENTIFIER: ("authority_key_identifier", read_authority_key_identifier),
    oids.NAME_CONSTRAINTS: ("name_constraints", _read_name_constraints),
    oids.CERTIFICATE_POLICIES: ("certificate_policies", _read_certificate_policies),
    oids.POLICY_MAPPINGS: ("policy_mappings", _read_policy_mappings),
    oids.POLICY_CONSTRAINTS: ("policy_constraints", _read_policy_constraints),
    oids.INHIBIT_ANY_POLICY: ("inhibit_any_policy", _read_inhibit_any_policy),
    oids.CRL_DISTRIBUTION_POINTS: ("crl_distribution_points", distribution_points.read),
}
