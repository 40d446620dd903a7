"""Mutants of path and name validation."""

from collections.abc import Iterable
from typing import Any

from handshake.constants import SignatureScheme
from handshake.messages import CertificateVerify
from journey.certifier import NOW, VALIDITY
from journey.mutants.stage import Stage
from journey.mutants.surgery import changed, without
from journey.mutants.trial import TOP, Kind, Mutant, on
from purecrypto import ec
from purecrypto.ed25519 import Ed25519PrivateKey
from x509 import distinguished_names, encoding, issue, names, oids, path, rules, signatures, web_rules
from x509.certificate import Certificate
from x509.extensions import KeyUsage
from x509.issue import Authority
from x509.private_keys import PrivateKey
from x509.profiles import Profile
from x509.rules import Purpose
from x509.trust_store import TrustStore

PRIVATE_OID = "1.3.6.1.4.1.99999.1"  # under an enterprise number that nobody has registered


def signed_by_itself(name: str, key: PrivateKey) -> Certificate:
    """A root, for as long as the other certificates are good."""
    return issue.make_authority(
        name,
        key,
        serial_number=76,
        not_before=NOW - VALIDITY / 2,
        not_after=NOW + VALIDITY / 2,
    ).certificate


def signed(issuer: Authority, subject: str, key: PrivateKey, says: Iterable[bytes]) -> Certificate:
    """A certificate with exactly these extensions."""
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


def constraints(**fields: Any) -> bytes:
    return issue.extension(oids.BASIC_CONSTRAINTS, issue.basic_constraints(**fields), critical=True)


def usage(*usages: KeyUsage) -> bytes:
    return issue.extension(oids.KEY_USAGE, issue.key_usage(*usages), critical=True)


def alternative_name(stage: Stage) -> bytes:
    return issue.extension(oids.SUBJECT_ALTERNATIVE_NAME, issue.subject_alternative_name([stage.name], []))


def shown(stage: Stage, *chain: Certificate) -> None:
    """Show these to a client of ours, and prove the key: refused, or connected."""
    stage.hostile_server(chain).flight()


def not_yet_valid(stage: Stage) -> str:
    shown(stage, *stage.certifier.chain([stage.name], stage.key, around=NOW + VALIDITY))
    return "a certificate that begins to be valid next month is believed today"


def a_leaf_as_an_authority(stage: Stage) -> str:
    key = Ed25519PrivateKey.generate()
    mallorys = signed(stage.certifier.root, "mallory.example", key, [constraints(is_authority=False)])
    forged = signed(Authority(mallorys, key), stage.name, stage.key, [alternative_name(stage)])
    shown(stage, forged, mallorys)
    return f"mallory.example has signed a certificate for {stage.name}, and the client believes it"


def an_authority_too_many(stage: Stage) -> str:
    key = Ed25519PrivateKey.generate()
    below = signed(stage.certifier.everyday, "Authority's Nephew", key, [constraints(is_authority=True)])
    leaf = signed(Authority(below, key), stage.name, stage.key, [alternative_name(stage)])
    shown(stage, leaf, below, stage.certifier.everyday.certificate)
    return "an authority that may make no authorities has made one, and it has signed"


def a_key_not_for_signing(stage: Stage) -> str:
    says = [alternative_name(stage), usage(KeyUsage.nonRepudiation)]
    shown(
        stage,
        signed(stage.certifier.everyday, stage.name, stage.key, says),
        stage.certifier.everyday.certificate,
    )
    return "a key that may not sign has signed the handshake"


def an_issuer_not_for_signing(stage: Stage) -> str:
    key = Ed25519PrivateKey.generate()
    says = [constraints(is_authority=True), usage(KeyUsage.cRLSign)]
    below = signed(stage.certifier.root, "List Signer", key, says)
    leaf = signed(Authority(below, key), stage.name, stage.key, [alternative_name(stage)])
    shown(stage, leaf, below)
    return "a key that may sign only revocation lists has signed a certificate"


def a_clients_certificate(stage: Stage) -> str:
    client = issue.extension(oids.EXTENDED_KEY_USAGE, issue.extended_key_usage([Purpose.CLIENT]))
    says = [alternative_name(stage), client]
    shown(
        stage,
        signed(stage.certifier.everyday, stage.name, stage.key, says),
        stage.certifier.everyday.certificate,
    )
    return "a certificate that is good for clients only is believed of a server"


def an_unknown_condition(stage: Stage) -> str:
    condition = issue.extension(PRIVATE_OID, encoding.octet_string(b"only on Sundays"), critical=True)
    says = [alternative_name(stage), condition]
    shown(
        stage,
        signed(stage.certifier.everyday, stage.name, stage.key, says),
        stage.certifier.everyday.certificate,
    )
    return "a critical condition that the client does not understand is passed over"


def an_authority_of_others(stage: Stage) -> str:
    key = Ed25519PrivateKey.generate()
    elsewhere = encoding.sequence(encoding.implicit(2, b"elsewhere.example"))
    limits = encoding.sequence(encoding.explicit(0, elsewhere))
    says = [constraints(is_authority=True), issue.extension(oids.NAME_CONSTRAINTS, limits, critical=True)]
    below = signed(stage.certifier.root, "Elsewhere's Authority", key, says)
    shown(stage, signed(Authority(below, key), stage.name, stage.key, [alternative_name(stage)]), below)
    return f"an authority for elsewhere.example alone has vouched for {stage.name}"


def no_policy(stage: Stage) -> str:
    key = Ed25519PrivateKey.generate()
    at_once = encoding.sequence(encoding.implicit(0, b"\0"))
    requires = issue.extension(oids.POLICY_CONSTRAINTS, at_once, critical=True)
    below = signed(stage.certifier.root, "Strict Authority", key, [constraints(is_authority=True), requires])
    shown(stage, signed(Authority(below, key), stage.name, stage.key, [alternative_name(stage)]), below)
    return "an authority below which a policy is required has issued without one"


def a_leaf_that_certifies(stage: Stage) -> str:
    says = [alternative_name(stage), usage(KeyUsage.digitalSignature, KeyUsage.keyCertSign)]
    shown(stage, signed(stage.certifier.root, stage.name, stage.key, says))
    return "the key of a server, which is no authority, may sign certificates as well"


def nobody_in_particular(stage: Stage) -> str:
    plain = issue.subject_alternative_name([stage.name], [])
    says = [issue.extension(oids.SUBJECT_ALTERNATIVE_NAME, plain)]
    shown(stage, signed(stage.certifier.root, "", stage.key, says))
    return "a certificate says whom it is for where a program need not look, and nowhere else"


def a_whole_domain(stage: Stage) -> str:
    everyone = "*." + stage.name.rpartition(".")[2]
    hosts = encoding.sequence(encoding.implicit(2, everyone.encode("ascii")))  # no honest writer would
    says = [issue.extension(oids.SUBJECT_ALTERNATIVE_NAME, hosts)]
    shown(stage, signed(stage.certifier.root, everyone, stage.key, says))
    return f"one certificate is good for every host of {everyone}"


def for_years(stage: Stage) -> str:
    """To a client that trusts by the web's rules."""
    root, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = Authority(signed_by_itself("Root of the Web", root), root)
    leaf = issue.issue_certificate(
        authority,
        stage.name,
        key.public_key(),
        serial_number=77,
        not_before=NOW,
        not_after=NOW + 10 * VALIDITY,
        dns_names=[stage.name],
    )
    scheme = SignatureScheme.ECDSA_SECP256R1_SHA256
    trust = TrustStore([authority.certificate], profile=Profile.WEB)
    hostile = stage.hostile_server([leaf], key, trust=trust, signature_schemes=(scheme,))
    hostile.flight(until=CertificateVerify)
    hostile.verify(scheme)
    hostile.finished_session()
    return "a certificate is good for years: whoever steals its key has as long"


MUTANTS = (
    Mutant(
        "host name",
        "RFC 9525 6",
        (without(names.verify_name, "if not matches:"),),
        Kind.ATTACK,
        on(TOP, "another site's certificate"),
    ),
    Mutant(
        "signature of a certificate",
        "RFC 5280 6.1.3",
        (
            without(
                signatures.verify,
                "algorithm.verify(issuer_key.public_key, signed.signature, signed.tbs_bytes)",
            ),
        ),
        Kind.ATTACK,
        on(TOP, "sit in the middle", "meet the client first"),
    ),
    Mutant(
        "end of validity",
        "RFC 5280 6.1.3",
        (without(rules.check_validity, "if at > certificate.not_after:"),),
        Kind.ATTACK,
        on(TOP, "an expired certificate"),
    ),
    Mutant(
        "beginning of validity",
        "RFC 5280 6.1.3",
        (without(rules.check_validity, "if at < certificate.not_before:"),),
        Kind.HOSTILE_PEER,
        not_yet_valid,
    ),
    Mutant(
        "all rules for an issuer",
        "RFC 5280 6.1.4",
        (
            changed(
                path._what_is_asked,
                {"rules.ISSUERS if position else rules.LEAF": "() if position else rules.LEAF"},
            ),
        ),
        Kind.ATTACK,
        on(TOP, "pose as an authority"),
    ),
    Mutant(
        "basicConstraints",
        "RFC 5280 4.2.1.9",
        (
            changed(
                rules.check_is_authority,
                {
                    "if constraints is None or not constraints.is_authority:": "if constraints is None:",
                },
            ),
        ),
        Kind.HOSTILE_PEER,
        a_leaf_as_an_authority,
    ),
    Mutant(
        "path length",
        "RFC 5280 4.2.1.9",
        (
            without(
                rules.check_path_length,
                "if limit is not None and below > limit:",
            ),
        ),
        Kind.HOSTILE_PEER,
        an_authority_too_many,
    ),
    Mutant(
        "key usage of an issuer",
        "RFC 5280 4.2.1.3",
        (
            without(
                rules.check_signs_certificates, "_check_key_usage(place.certificate, KeyUsage.keyCertSign)"
            ),
        ),
        Kind.HOSTILE_PEER,
        an_issuer_not_for_signing,
    ),
    Mutant(
        "key usage of a leaf",
        "RFC 9846 4.5.1.2",
        (
            without(
                rules.check_signs_handshakes, "_check_key_usage(place.certificate, KeyUsage.digitalSignature)"
            ),
        ),
        Kind.HOSTILE_PEER,
        a_key_not_for_signing,
    ),
    Mutant(
        "extended key usage",
        "RFC 5280 4.2.1.12",
        (
            without(
                rules.check_purpose,
                "if wanted not in allowed:",
            ),
        ),
        Kind.HOSTILE_PEER,
        a_clients_certificate,
    ),
    Mutant(
        "name constraints",
        "RFC 5280 4.2.1.10",
        (without(rules.check_name_constraints, "if position == 0 or not certificate.is_self_issued:"),),
        Kind.HOSTILE_PEER,
        an_authority_of_others,
    ),
    Mutant(
        "policies",
        "RFC 5280 4.2.1.11",
        (without(rules.check_policies, "policies.check(place.path, place.question.wanted)"),),
        Kind.HOSTILE_PEER,
        no_policy,
    ),
    Mutant(
        "critical unknown extensions",
        "RFC 5280 4.2",
        (
            without(
                rules.check_critical_extensions,
                "if extension.critical and extension.oid not in extensions.UNDERSTOOD:",
            ),
        ),
        Kind.HOSTILE_PEER,
        an_unknown_condition,
    ),
    Mutant(
        "certificates signed by a leaf's key",
        "RFC 5280 4.2.1.3",
        (
            without(
                rules.check_signs_no_certificates,
                "if KeyUsage.keyCertSign in (found.key_usage or ()) and not is_authority:",
            ),
        ),
        Kind.HOSTILE_PEER,
        a_leaf_that_certifies,
    ),
    Mutant(
        "empty subject",
        "RFC 5280 4.1.2.6",
        (
            without(
                rules.check_subject,
                "if not place.certificate.subject.relative_names and not named:",
            ),
        ),
        Kind.HOSTILE_PEER,
        nobody_in_particular,
    ),
    Mutant(
        "wildcard of a top-level domain",
        "RFC 9525 6.3",
        (changed(names._dns_name_matches, {'domain.count(".") >= 1 and ': ""}),),
        Kind.HOSTILE_PEER,
        a_whole_domain,
    ),
    Mutant(
        "length of validity",
        "Baseline Requirements 6.3.2",
        (without(web_rules.check_length_of_validity, "if days > longest:"),),
        Kind.HOSTILE_PEER,
        for_years,
    ),
)
