"""Mutants of the path that certificates form."""

from handshake.constants import SignatureScheme
from handshake.messages import CertificateVerify
from journey import forgeries
from journey.certifier import NOW, VALIDITY
from journey.mutants.stage import Stage
from journey.mutants.surgery import changed, without
from journey.mutants.trial import TOP, Beaten, Kind, Mutant, on
from purecrypto import ec
from purecrypto.ed25519 import Ed25519PrivateKey
from x509 import (
    distinguished_names,
    encoding,
    issue,
    oids,
    path,
    rules,
    search,
    signatures,
    web_rules,
)
from x509.certificate import Certificate
from x509.errors import UnknownAuthority
from x509.extensions import KeyUsage
from x509.issue import Authority
from x509.profiles import Profile
from x509.rules import Purpose
from x509.search import Search, Tried
from x509.trust_store import TrustStore

PRIVATE_OID = "1.3.6.1.4.1.99999.1"  # under an enterprise number that nobody has registered


def usage(*usages: KeyUsage) -> bytes:
    return issue.extension(oids.KEY_USAGE, issue.key_usage(*usages), critical=True)


def shown(stage: Stage, *chain: Certificate) -> None:
    """Show these to a client of ours, and prove the key: refused, or connected."""
    stage.hostile_server(chain).flight()


def not_yet_valid(stage: Stage) -> str:
    shown(stage, *stage.certifier.chain([stage.name], stage.key, around=NOW + VALIDITY))
    return "a certificate that begins to be valid next month is believed today"


def a_leaf_as_an_authority(stage: Stage) -> str:
    key = Ed25519PrivateKey.generate()
    mallorys = forgeries.signed(
        stage.certifier.root, "mallory.example", key, [forgeries.basic_constraints(is_authority=False)]
    )
    forged = forgeries.signed(
        Authority(mallorys, key), stage.name, stage.key, [forgeries.dns_names(stage.name)]
    )
    shown(stage, forged, mallorys)
    return f"mallory.example has signed a certificate for {stage.name}, and the client believes it"


def an_authority_too_many(stage: Stage) -> str:
    key = Ed25519PrivateKey.generate()
    below = forgeries.signed(
        stage.certifier.everyday, "Authority's Nephew", key, [forgeries.basic_constraints(is_authority=True)]
    )
    leaf = forgeries.signed(Authority(below, key), stage.name, stage.key, [forgeries.dns_names(stage.name)])
    shown(stage, leaf, below, stage.certifier.everyday.certificate)
    return "an authority that may make no authorities has made one, and it has signed"


def a_key_not_for_signing(stage: Stage) -> str:
    says = [forgeries.dns_names(stage.name), usage(KeyUsage.nonRepudiation)]
    shown(
        stage,
        forgeries.signed(stage.certifier.everyday, stage.name, stage.key, says),
        stage.certifier.everyday.certificate,
    )
    return "a key that may not sign has signed the handshake"


def an_issuer_not_for_signing(stage: Stage) -> str:
    key = Ed25519PrivateKey.generate()
    says = [forgeries.basic_constraints(is_authority=True), usage(KeyUsage.cRLSign)]
    below = forgeries.signed(stage.certifier.root, "List Signer", key, says)
    leaf = forgeries.signed(Authority(below, key), stage.name, stage.key, [forgeries.dns_names(stage.name)])
    shown(stage, leaf, below)
    return "a key that may sign only revocation lists has signed a certificate"


def an_unknown_condition(stage: Stage) -> str:
    condition = issue.extension(PRIVATE_OID, encoding.octet_string(b"only on Sundays"), critical=True)
    says = [forgeries.dns_names(stage.name), condition]
    shown(
        stage,
        forgeries.signed(stage.certifier.everyday, stage.name, stage.key, says),
        stage.certifier.everyday.certificate,
    )
    return "a critical condition that the client does not understand is passed over"


def no_policy(stage: Stage) -> str:
    key = Ed25519PrivateKey.generate()
    at_once = encoding.sequence(encoding.implicit(0, b"\0"))
    requires = issue.extension(oids.POLICY_CONSTRAINTS, at_once, critical=True)
    below = forgeries.signed(
        stage.certifier.root,
        "Strict Authority",
        key,
        [forgeries.basic_constraints(is_authority=True), requires],
    )
    shown(
        stage,
        forgeries.signed(Authority(below, key), stage.name, stage.key, [forgeries.dns_names(stage.name)]),
        below,
    )
    return "an authority below which a policy is required has issued without one"


def in_anothers_name(stage: Stage) -> str:
    leaf = issue.sign(
        stage.certifier.everyday.private_key,
        issuer=distinguished_names.encode("Another Authority"),
        subject=distinguished_names.encode(stage.name),
        public_key=stage.key.public_key(),
        serial_number=77,
        not_before=NOW - VALIDITY / 2,
        not_after=NOW + VALIDITY / 2,
        extensions=[forgeries.dns_names(stage.name)],
    )
    shown(stage, leaf, stage.certifier.everyday.certificate)
    return "an authority has signed in the name of another"


def a_circle(stage: Stage) -> str:
    chain = forgeries.a_circle(stage.certifier, stage.name, stage.key)
    tried = tries(stage, *chain)
    if tried < len(chain):
        raise Beaten(f"the search ends after {tried} signatures")
    return f"the client goes round: {tried} signatures checked, of {len(chain)} certificates"


def a_path_without_end(stage: Stage) -> str:
    last, chain = stage.certifier.root, [stage.certifier.root.certificate]
    for number in range(search.MAXIMUM_PATH_LENGTH):
        key = Ed25519PrivateKey.generate()
        says = [forgeries.basic_constraints(is_authority=True)]
        last = Authority(forgeries.signed(last, f"Authority {number}", key, says), key)
        chain.append(last.certificate)
    leaf = forgeries.signed(last, stage.name, stage.key, [forgeries.dns_names(stage.name)])
    shown(stage, leaf, *reversed(chain))
    return f"the client follows a path of {1 + len(chain)} certificates, and could be led on"


def a_maze(stage: Stage) -> str:
    """Each of these may have issued each of the others."""
    key = Ed25519PrivateKey.generate()
    builder = Authority(forgeries.signed_by_itself("Maze", key), key)
    walls = [
        forgeries.signed(builder, "Maze", key, [forgeries.dns_names(f"{number}.example")])
        for number in range(4)
    ]
    leaf = forgeries.signed(builder, stage.name, stage.key, [forgeries.dns_names(stage.name)])
    tried = tries(stage, leaf, *walls)
    if tried <= search.MAXIMUM_SIGNATURE_CHECKS:
        raise Beaten(f"the search ends after {tried} signatures")
    return f"the client checks {tried} signatures, of {1 + len(walls)} certificates: all ways through a maze"


def tries(stage: Stage, *chain: Certificate) -> int:
    """How many signatures are checked before this chain is refused."""
    events: list[object] = []
    try:
        path.verify_chain(
            chain, stage.certifier.trust(), at=NOW, purpose=Purpose.SERVER, observe=events.append
        )
    except UnknownAuthority:
        return sum(isinstance(event, Tried) for event in events)
    raise RuntimeError("it was to be refused")


def a_leaf_that_certifies(stage: Stage) -> str:
    says = [forgeries.dns_names(stage.name), usage(KeyUsage.digitalSignature, KeyUsage.keyCertSign)]
    shown(stage, forgeries.signed(stage.certifier.root, stage.name, stage.key, says))
    return "the key of a server, which is no authority, may sign certificates as well"


def nobody_in_particular(stage: Stage) -> str:
    plain = issue.subject_alternative_name([stage.name], [])
    says = [issue.extension(oids.SUBJECT_ALTERNATIVE_NAME, plain)]
    shown(stage, forgeries.signed(stage.certifier.root, "", stage.key, says))
    return "a certificate says whom it is for where a program need not look, and nowhere else"


def for_years(stage: Stage) -> str:
    """To a client that trusts by the web's rules."""
    root, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = Authority(forgeries.signed_by_itself("Root of the Web", root), root)
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
        "trust anchor",
        "RFC 5280 6.1.1",
        (changed(Search._continued, {"last in self._trust and ": ""}),),
        Kind.ATTACK,
        on(TOP, forgeries.A_CIRCLE.name),
    ),
    Mutant(
        "name of the issuer",
        "RFC 5280 6.1.3",
        (changed(Search.named, {" if one.subject == subject": ""}),),
        Kind.HOSTILE_PEER,
        in_anothers_name,
    ),
    Mutant(
        "a certificate twice on a path",
        "RFC 4158 2.4.1",
        (changed(Search._continued, {" if issuer not in path": ""}),),
        Kind.HOSTILE_PEER,
        a_circle,
    ),
    Mutant(
        "length of a path",
        "our own limit",
        (without(Search._continued, "if len(path) == MAXIMUM_PATH_LENGTH:"),),
        Kind.HOSTILE_PEER,
        a_path_without_end,
    ),
    Mutant(
        "number of signatures checked",
        "our own limit",
        (without(Search._continued, "if not self._checks_left:"),),
        Kind.HOSTILE_PEER,
        a_maze,
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
        Kind.ATTACK,
        on(TOP, forgeries.A_CLIENTS_CERTIFICATE.name),
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
        "length of validity",
        "Baseline Requirements 6.3.2",
        (without(web_rules.check_length_of_validity, "if days > longest:"),),
        Kind.HOSTILE_PEER,
        for_years,
    ),
)
