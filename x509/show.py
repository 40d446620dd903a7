"""What is in a certificate, or in a revocation list, as text for people.

    print(*show.lines(certificate), sep="\n")

What it says, in its own order (RFC 5280 sections 4.1 and 5.1).  An extension that is understood here is
put into words, the others are shown in hex.  Nothing is judged: that is for `rules`.

Limits         What is read past is not shown either: unique identifiers, the qualifiers of policies, and who
               else would say which key has signed (authorityCertIssuer).

Tested by      tests/x509/test_show.py: every byte that counts is there; openssl says the same
"""

from collections.abc import Callable, Iterator, Sequence

from purecrypto.ec import EllipticCurvePublicKey
from purecrypto.rsa import RSAPublicKey
from x509 import oids, wording
from x509.certificate import Certificate
from x509.crl import RevocationList
from x509.distinguished_names import Name
from x509.distribution_points import (
    ALL_REASONS,
    DistributionPointName,
    IssuingDistributionPoint,
    ReasonFlag,
)
from x509.errors import CertificateError
from x509.extensions import Extension, Extensions, KeyUsage
from x509.general_names import Form, GeneralName
from x509.public_keys import SubjectPublicKeyInfo

BYTES_IN_A_LINE = 24
INDENT = "    "

USAGES = {
    KeyUsage.digitalSignature: "sign data, such as handshakes",
    KeyUsage.nonRepudiation: "sign what is to be held against its owner",
    KeyUsage.keyEncipherment: "encrypt keys",
    KeyUsage.dataEncipherment: "encrypt data",
    KeyUsage.keyAgreement: "agree on keys",
    KeyUsage.keyCertSign: "sign certificates",
    KeyUsage.cRLSign: "sign revocation lists",
    KeyUsage.encipherOnly: "encrypt alone, where it agrees on keys",
    KeyUsage.decipherOnly: "decrypt alone, where it agrees on keys",
}
PURPOSES = {
    oids.SERVER_AUTH: "to be shown by a TLS server",
    oids.CLIENT_AUTH: "to be shown by a TLS client",
    oids.ANY_EXTENDED_KEY_USAGE: "for everything",
}


def lines(shown: Certificate | RevocationList) -> list[str]:
    """Return the text, line by line; no name can break its line or command the reader's terminal."""
    found = _certificate(shown) if isinstance(shown, Certificate) else _revocation_list(shown)
    return [wording.printable(line) for line in found]


def _certificate(certificate: Certificate) -> Iterator[str]:
    yield _field("version", certificate.version)
    yield _field("serial number", _hex_of(certificate.serial_number))
    yield _field("signed with", certificate.signature_algorithm)
    yield _field("issuer", certificate.issuer)
    yield _field("valid from", wording.moment(certificate.not_before))
    yield _field("valid until", wording.moment(certificate.not_after))
    yield _field("subject", certificate.subject if certificate.subject.relative_names else "empty")
    yield _field("public key", _describe_key(certificate.public_key_info))
    yield from _in_hex(certificate.public_key_info.subject_public_key)
    for extension in certificate.extensions.all:
        critical = ", critical" if extension.critical else ""
        yield _field("extension", f"{oids.name(extension.oid)}{critical}")
        yield from _explain(extension, certificate.extensions)
    yield _field("signature", f"{len(certificate.signature)} bytes")
    yield from _in_hex(certificate.signature)
    yield _field("fingerprint", f"SHA-256 {certificate.fingerprint.hex(':')}")


def _revocation_list(crl: RevocationList) -> Iterator[str]:
    yield _field("version", crl.version)
    yield _field("signed with", crl.signature_algorithm)
    yield _field("issuer", crl.issuer)
    yield _field("current from", wording.moment(crl.this_update))
    yield _field("current until", wording.moment(crl.next_update))
    for serial_number, entry in crl.revoked.items():
        since = wording.moment(entry.at)
        yield _field("revoked", f"{_hex_of(serial_number)} since {since} ({entry.reason.name})")
    if crl.number is not None:
        yield _field("number", crl.number)
    if crl.authority_key_identifier is not None:
        yield _field("issuer's key", crl.authority_key_identifier.hex(":"))
    yield from _scope(crl.scope)
    yield _field("signature", f"{len(crl.signature)} bytes")
    yield from _in_hex(crl.signature)


def _scope(scope: IssuingDistributionPoint) -> Iterator[str]:
    """What the list is about, where that is not all that its issuer has issued."""
    alone = {
        "certificates of users": scope.only_user_certificates,
        "certificates of authorities": scope.only_authority_certificates,
        "attribute certificates": scope.only_attribute_certificates,
    }
    for what, is_so in alone.items():
        if is_so:
            yield _field("only about", what)
    if scope.name is not None:
        yield _field("only of", _place(scope.name))
    if scope.reasons != ALL_REASONS:
        yield _field("only for", _reasons(scope.reasons))


def _field(name: str, value: object) -> str:
    return f"{name:<14} {value}"


def _in_hex(data: bytes) -> Iterator[str]:
    for start in range(0, len(data), BYTES_IN_A_LINE):
        yield INDENT + data[start : start + BYTES_IN_A_LINE].hex(" ")


def _hex_of(number: int) -> str:
    sign, number = "-" if number < 0 else "", abs(number)  # negative ones stand in lists, and do no harm
    return sign + (number.to_bytes(number.bit_length() // 8 + 1, "big").lstrip(b"\0").hex(":") or "00")


def _describe_key(info: SubjectPublicKeyInfo) -> str:
    try:
        key, kind = info.public_key, info.kind.value
    except CertificateError as error:
        return f"{info.algorithm} ({error})"
    match key:
        case RSAPublicKey():
            return f"{kind}, {key.n.bit_length()} bits, exponent {key.e}"
        case EllipticCurvePublicKey():
            return f"{kind}, {8 * key.curve.parameters.size} bits"
        case _:
            return f"{kind}, {8 * len(info.subject_public_key)} bits"


# ---- Extensions -----------------------------------------------------------------------------------------


def _explain(extension: Extension, read: Extensions) -> Iterator[str]:
    if extension.oid not in _IN_WORDS:
        yield from _in_hex(extension.value)
        return
    for line in _IN_WORDS[extension.oid](read):
        yield INDENT + line


def _basic_constraints(read: Extensions) -> Iterator[str]:
    constraints = read.basic_constraints
    assert constraints is not None
    if not constraints.is_authority:
        yield "no authority: it may not issue certificates"
        return
    match constraints.path_length:
        case None:
            yield "an authority: it may issue certificates"
        case 0:
            yield "an authority, for leaves alone (pathLenConstraint 0)"
        case limit:
            yield f"an authority, with others below it, {limit} deep at most (pathLenConstraint {limit})"


def _key_usage(read: Extensions) -> Iterator[str]:
    for usage in KeyUsage:
        if usage in (read.key_usage or ()):
            yield f"{usage.name}: {USAGES[usage]}"


def _extended_key_usage(read: Extensions) -> Iterator[str]:
    for purpose in read.extended_key_usage or ():
        yield oids.name(purpose) + (f": {PURPOSES[purpose]}" if purpose in PURPOSES else "")


def _subject_alternative_name(read: Extensions) -> Iterator[str]:
    assert read.subject_alternative_name is not None
    yield from map(str, read.subject_alternative_name.names)


def _name_constraints(read: Extensions) -> Iterator[str]:
    assert read.name_constraints is not None
    yield from (f"permitted: {_subtree(top)}" for top in read.name_constraints.permitted)
    yield from (f"excluded: {_subtree(top)}" for top in read.name_constraints.excluded)


def _subtree(top: GeneralName) -> str:
    return "every dNSName" if top == GeneralName(Form.dNSName, "") else str(top)


def _certificate_policies(read: Extensions) -> Iterator[str]:
    yield from map(oids.name, read.certificate_policies or ())


def _policy_mappings(read: Extensions) -> Iterator[str]:
    for issuers, subjects in read.policy_mappings:
        yield f"the issuer's {oids.name(issuers)} is the subject's {oids.name(subjects)}"


def _policy_constraints(read: Extensions) -> Iterator[str]:
    constraints = read.policy_constraints
    assert constraints is not None
    if constraints.require_explicit_policy is not None:
        yield f"a policy is required after {constraints.require_explicit_policy} certificates"
    if constraints.inhibit_policy_mapping is not None:
        yield f"policies are not mapped after {constraints.inhibit_policy_mapping} certificates"


def _inhibit_any_policy(read: Extensions) -> Sequence[str]:
    return [f"anyPolicy means nothing after {read.inhibit_any_policy} certificates"]


def _subject_key_identifier(read: Extensions) -> Sequence[str]:
    return [(read.subject_key_identifier or b"").hex(":")]


def _authority_key_identifier(read: Extensions) -> Sequence[str]:
    if read.authority_key_identifier is None:
        return ["without an identifier of the key"]
    return [read.authority_key_identifier.hex(":")]


def _crl_distribution_points(read: Extensions) -> Iterator[str]:
    for point in read.crl_distribution_points or ():
        said = [_place(point.name)] if point.name else []
        said += [f"by {', '.join(map(str, point.issuer))}"] if point.issuer else []
        said += [f"for {_reasons(point.reasons)}"] if point.reasons != ALL_REASONS else []
        yield "revocation list: " + ", ".join(said)


def _place(name: DistributionPointName) -> str:
    return ", ".join(map(str, name.full_names)) or f"{Name(b'', (name.relative_name,))} below its issuer"


def _reasons(reasons: frozenset[ReasonFlag]) -> str:
    return ", ".join(flag.name for flag in ReasonFlag if flag in reasons)


_IN_WORDS: dict[str, Callable[[Extensions], Iterator[str] | Sequence[str]]] = {
    oids.BASIC_CONSTRAINTS: _basic_constraints,
    oids.KEY_USAGE: _key_usage,
    oids.EXTENDED_KEY_USAGE: _extended_key_usage,
    oids.SUBJECT_ALTERNATIVE_NAME: _subject_alternative_name,
    oids.NAME_CONSTRAINTS: _name_constraints,
    oids.CERTIFICATE_POLICIES: _certificate_policies,
    oids.POLICY_MAPPINGS: _policy_mappings,
    oids.POLICY_CONSTRAINTS: _policy_constraints,
    oids.INHIBIT_ANY_POLICY: _inhibit_any_policy,
    oids.SUBJECT_KEY_IDENTIFIER: _subject_key_identifier,
    oids.AUTHORITY_KEY_IDENTIFIER: _authority_key_identifier,
    oids.CRL_DISTRIBUTION_POINTS: _crl_distribution_points,
}
