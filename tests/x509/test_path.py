"""From the leaf to an anchor: each rule of RFC 5280 section 6 by a chain that breaks it and no other."""

import itertools
import ssl
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from cryptography import x509 as pyca
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from tests.support.certificates import (
    NOT_AFTER,
    NOT_BEFORE,
    NOW,
    assemble,
    authority_and_leaf,
    authority_extensions,
    authority_under,
    certificates_pem,
    extended_key_usage,
    extension,
    key,
    leaf_extensions,
    leaf_under,
    private_key,
    root,
    with_signature_algorithm,
)
from x509 import (
    algorithms,
    distinguished_names,
    encoding,
    issue,
    oids,
    path,
    pem,
    private_keys,
    rules,
    search,
)
from x509.algorithms import AlgorithmIdentifier, KeyKind
from x509.certificate import Certificate
from x509.errors import (
    CertificateExpired,
    CertificateNotYetValid,
    InvalidCertificateSignature,
    MalformedCertificate,
    NotPermitted,
    PemError,
    UnknownAuthority,
    UnsupportedCertificate,
)
from x509.extensions import KeyUsage
from x509.issue import Authority
from x509.path import VerifiedPath
from x509.rules import Purpose
from x509.trust_store import TrustStore

SECOND = timedelta(seconds=1)


def verify(chain, anchors, at=NOW, purpose=Purpose.SERVER):
    """verify_chain, where an authority stands for its certificate."""
    chain, anchors = (
        [entry.certificate if isinstance(entry, Authority) else entry for entry in entries]
        for entries in (chain, anchors)
    )
    return path.verify_chain(chain, TrustStore(anchors), at=at, purpose=purpose)


def refused(error, why, chain, anchors, **arguments):
    with pytest.raises(error, match=rf"^{why}$") as caught:
        verify(chain, anchors, **arguments)
    assert type(caught.value) is error
    assert str(caught.value).isprintable()


LEAF = r"certificate 1 of 1 \(CN=localhost\): "
ANCHOR = r"trust anchor \(CN=Root\): "


# ---- The way up ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("intermediates", [0, 1, 2, 6])
def test_a_chain(intermediates):
    family = authority_and_leaf(intermediates=intermediates)
    verified = path.verify_chain(family.chain, family.trust, at=NOW, purpose=Purpose.SERVER)
    assert verified == VerifiedPath((*family.chain, family.authority.certificate))
    assert verified.leaf is family.leaf
    assert verified.anchor is family.authority.certificate


def test_the_root_may_come_along():
    family = authority_and_leaf(intermediates=1)
    assert len(verify([*family.chain, family.authority], [family.authority]).certificates) == 3


def test_the_rest_of_the_list_may_come_in_any_order():  # section 4.5.1 [11]
    family = authority_and_leaf(intermediates=3)
    for rest in itertools.permutations(family.chain[1:]):
        assert verify([family.leaf, *rest], [family.authority]).certificates[:-1] == tuple(family.chain)


def test_superfluous_certificates_are_ignored():  # section 4.5.1 [11]
    family, stranger = authority_and_leaf(intermediates=1), authority_and_leaf(common_name="other").leaf
    chain = [family.leaf, stranger, root(9, "Stranger"), family.leaf, *family.chain[1:], *family.chain[1:]]
    assert len(verify(chain, [family.authority]).certificates) == 3


def test_the_leaf_comes_first():  # section 4.5.1 [12]
    family = authority_and_leaf(intermediates=1)
    why = r"certificate 1 of 2 \(CN=Authority 1\): it may not sign handshakes: "
    why += "keyUsage allows keyCertSign, cRLSign, not digitalSignature"
    refused(NotPermitted, why, list(reversed(family.chain)), [family.authority])


def test_a_deprecated_certificate_of_an_authority_beside_the_current_one():
    anchor = root()
    current, deprecated = authority_under(anchor), authority_under(anchor, not_after=NOT_BEFORE)
    for both in ((current, deprecated), (deprecated, current)):
        assert verify([leaf_under(current), *both], [anchor]).certificates[1] == current.certificate


def test_of_two_refused_paths_the_first_is_told():
    anchor = root()
    late, early = authority_under(anchor, not_after=NOT_BEFORE), authority_under(anchor, not_before=NOT_AFTER)
    why = r"certificate 2 of 3 \(CN=Authority 2\): "
    refused(CertificateExpired, why + "expired.*", [leaf_under(late), late, early], [anchor])
    refused(CertificateNotYetValid, why + "not valid before.*", [leaf_under(late), early, late], [anchor])


def test_two_authorities_of_one_name():
    anchor = root()
    one, other = authority_under(anchor, 2, "Same"), authority_under(anchor, 3, "Same")
    for both in ((one, other), (other, one)):
        assert verify([leaf_under(one), *both], [anchor]).certificates[1] == one.certificate


def test_an_authority_with_certificates_of_two_roots_of_which_we_know_one():
    known, unknown = root(1, "Known"), root(9, "Unknown")
    by_known, by_unknown = authority_under(known), authority_under(unknown)
    for both in ((by_known, by_unknown), (by_unknown, by_known)):
        assert verify([leaf_under(by_known), *both, unknown], [known]).anchor == known.certificate


def test_the_key_identifier_says_whom_to_try_first(monkeypatch):
    monkeypatch.setattr(search, "MAXIMUM_SIGNATURE_CHECKS", 1)
    anchors = [
        root(
            number,
            extensions=[*authority_extensions(), issue.subject_key_identifier(key(number).public_key())],
        )
        for number in range(1, 4)
    ]
    for anchor in anchors:
        identifier = issue.authority_key_identifier(anchor.certificate)
        leaf = leaf_under(anchor, extensions=[*leaf_extensions(), identifier])
        assert verify([leaf], anchors).anchor == anchor.certificate


def test_the_key_identifier_is_only_a_hint():
    ours = extension(oids.SUBJECT_KEY_IDENTIFIER, encoding.octet_string(b"a"))
    theirs = extension(oids.AUTHORITY_KEY_IDENTIFIER, encoding.sequence(encoding.implicit(0, b"b")))
    anchor = root(extensions=[*authority_extensions(), ours])
    assert verify([leaf_under(anchor, extensions=[*leaf_extensions(), theirs])], [anchor])


def test_an_anchor_is_tried_before_the_peers_list(monkeypatch):
    monkeypatch.setattr(search, "MAXIMUM_SIGNATURE_CHECKS", 1)
    assert verify([leaf_under(root()), root(9)], [root()])


def test_an_intermediate_in_the_store_is_an_anchor():
    family = authority_and_leaf(intermediates=2)
    assert verify(family.chain, [family.authorities[1]]).anchor == family.authorities[1].certificate


def test_an_unknown_authority():
    family = authority_and_leaf(intermediates=1)
    why = r"certificate 2 of 2 \(CN=Authority 1\): its issuer \(CN=Root\) is not shown, "
    refused(UnknownAuthority, why + "and is not the one trust anchor", family.chain, [root(9, "Other")])
    refused(UnknownAuthority, why + "and there is no trust anchor", family.chain, [])


def test_an_intermediate_that_did_not_come():
    family = authority_and_leaf(intermediates=1)
    why = LEAF + r"its issuer \(CN=Authority 1\) is not shown, and is not the one trust anchor"
    refused(UnknownAuthority, why, [family.leaf], [family.authority])


def test_the_message_counts_the_anchors_that_could_not_be_used():
    family = authority_and_leaf()
    with pytest.raises(UnknownAuthority, match=r"there is no trust anchor \(3 could not be used\)$"):
        path.verify_chain(family.chain, TrustStore([], skipped=3), at=NOW, purpose=Purpose.SERVER)
    store = TrustStore([root(9, "Other").certificate], skipped=3)
    with pytest.raises(UnknownAuthority, match=r"not the one trust anchor \(3 more could not be used\)$"):
        path.verify_chain(family.chain, store, at=NOW, purpose=Purpose.SERVER)


def test_an_unknown_root_in_the_list():
    family = authority_and_leaf(intermediates=1)
    why = r"certificate 3 of 3 \(CN=Root\): it is self-signed and no trust anchor"
    refused(UnknownAuthority, why, [*family.chain, family.authority], [root(9, "Other")])


def test_a_root_that_has_only_the_name_of_ours():
    leaf, why = leaf_under(root(9)), "its signature was not made with its issuer's key"
    refused(InvalidCertificateSignature, LEAF + why, [leaf], [root()])
    refused(InvalidCertificateSignature, "certificate 1 of 2.*" + why, [leaf, root(9)], [root()])


def test_a_broken_signature():
    family = authority_and_leaf(intermediates=1)
    for position, name in ((0, "localhost"), (1, "Authority 1")):
        chain = list(family.chain)
        broken = bytearray(chain[position].der)
        broken[-1] ^= 1
        chain[position] = Certificate.from_der(broken)
        place = rf"certificate {position + 1} of 2 \(CN={name}\): "
        why = place + "its signature was not made with its issuer's key"
        refused(InvalidCertificateSignature, why, chain, [family.authority])


def test_an_anchors_own_signature_is_not_looked_at():
    broken = bytearray(root().certificate.der)
    broken[-1] ^= 1
    assert verify([leaf_under(root())], [Certificate.from_der(broken)])


def test_an_issuer_whose_key_cannot_be_used():
    unknown = encoding.sequence(AlgorithmIdentifier("1.2.3").der, encoding.bit_string(b"..."))
    issuer = Certificate.from_der(
        assemble(subject=distinguished_names.encode("Root"), subjectPublicKeyInfo=unknown)
    )
    leaf, why = (
        leaf_under(root()),
        rf"its key is of the kind 1\.2\.3, only {algorithms.SUPPORTED}",
    )
    refused(UnsupportedCertificate, ANCHOR + why, [leaf], [issuer])
    refused(UnsupportedCertificate, r"certificate 2 of 2 \(CN=Root\): " + why, [leaf, issuer], [])
    assert verify([leaf, issuer], [issuer, root()])


def test_a_signature_of_an_unknown_kind():
    leaf = with_signature_algorithm("1.2.3.4")
    why = LEAF + r"it is signed with 1\.2\.3\.4, which is not supported"
    refused(UnsupportedCertificate, why, [leaf], [root()])


def test_the_length_is_bounded():
    family = authority_and_leaf(intermediates=search.MAXIMUM_PATH_LENGTH - 2)
    assert len(verify(family.chain, [family.authority]).certificates) == search.MAXIMUM_PATH_LENGTH
    family = authority_and_leaf(intermediates=search.MAXIMUM_PATH_LENGTH - 1)
    why = r"certificate 8 of 8 \(CN=Authority 1\): no trust anchor within 8 certificates"
    refused(UnknownAuthority, why, family.chain, [family.authority])


def count_signature_checks(monkeypatch):
    calls, verify_signature = [], search.signatures.verify
    monkeypatch.setattr(
        search.signatures, "verify", lambda *both: (calls.append(both), verify_signature(*both))
    )
    return calls


def test_the_work_is_bounded(monkeypatch):
    """Of twelve authorities that all may have issued each other, there are millions of ways through."""
    mesh = [root(2, "Mesh", serial_number=number) for number in range(1, 13)]
    calls = count_signature_checks(monkeypatch)
    why = r"certificate 2 of 13 \(CN=Mesh\): it is self-signed and no trust anchor"
    refused(UnknownAuthority, why, [leaf_under(mesh[0]), *mesh], [root()])
    assert len(calls) == search.MAXIMUM_SIGNATURE_CHECKS


def test_nothing_is_tried_twice(monkeypatch):
    calls = count_signature_checks(monkeypatch)
    leaf = leaf_under(root(), not_after=NOT_BEFORE)
    refused(CertificateExpired, "certificate 1 of 3 .*", [leaf, root(), root()], [root()])
    assert len(calls) == 1


def test_an_anchor_ends_the_path(monkeypatch):
    calls = count_signature_checks(monkeypatch)
    authority = authority_under(root(), not_after=NOT_BEFORE)
    refused(CertificateExpired, "trust anchor .*", [leaf_under(authority)], [authority, root()])
    assert len(calls) == 1


def test_the_message_says_when_the_work_was_too_much(monkeypatch):
    monkeypatch.setattr(search, "MAXIMUM_SIGNATURE_CHECKS", 1)
    family = authority_and_leaf(intermediates=1)
    why = r"certificate 2 of 2 \(CN=Authority 1\): no trust anchor found with 1 signature checks"
    refused(UnknownAuthority, why, family.chain, [family.authority])


def test_a_loop_ends(monkeypatch):
    a, b = root(2, "A"), root(3, "B")
    a_by_b, b_by_a = authority_under(b, 2, "A"), authority_under(a, 3, "B")
    calls = count_signature_checks(monkeypatch)
    why = r"certificate 3 of 3 \(CN=B\): it leads back to certificate 2 of 3 \(CN=A\), "
    why += "and to no trust anchor"
    refused(UnknownAuthority, why, [leaf_under(a), a_by_b, b_by_a], [root()])
    assert len(calls) == 2


def test_an_empty_chain_is_the_callers_bug():
    with pytest.raises(ValueError, match="at least one certificate"):
        verify([], [root()])


def test_a_time_without_a_zone_is_the_callers_bug():
    with pytest.raises(ValueError, match="time zone"):
        verify([leaf_under(root())], [root()], at=datetime(2026, 7, 1))


# ---- A leaf that signed itself -------------------------------------------------------------------------


def self_signed_leaf(**replaced):
    return root(100, "localhost", **({"extensions": leaf_extensions()} | replaced)).certificate


SELF_SIGNED = "it is self-signed and no trust anchor"


def test_a_self_signed_leaf():
    refused(UnknownAuthority, LEAF + SELF_SIGNED, [self_signed_leaf()], [root()])


def test_a_self_signed_leaf_that_is_an_anchor():
    leaf = self_signed_leaf()
    assert verify([leaf], [leaf]) == VerifiedPath((leaf,))
    assert verify([leaf, root()], [root(), leaf]) == VerifiedPath((leaf,))


def test_a_self_signed_leaf_that_differs_from_the_anchor():
    leaf = self_signed_leaf()
    refused(UnknownAuthority, LEAF + SELF_SIGNED, [leaf], [self_signed_leaf(public_key=key(3).public_key())])


def test_a_self_signed_leaf_under_the_name_of_an_anchor():
    leaf = root(100, "Root", extensions=leaf_extensions())
    refused(UnknownAuthority, r"certificate 1 of 1 \(CN=Root\): " + SELF_SIGNED, [leaf], [root()])


def test_a_self_signed_leaf_that_is_an_anchor_obeys_the_other_rules():
    for error, why, replaced in (
        (CertificateExpired, "expired", {"not_after": NOT_BEFORE}),
        (NotPermitted, "it is not for a server", {"extensions": [extended_key_usage(oids.CLIENT_AUTH)]}),
    ):
        leaf = self_signed_leaf(**replaced)
        refused(error, LEAF + why + ".*", [leaf], [leaf])


def test_a_leaf_in_the_store_is_no_anchor_unless_it_signed_itself():
    leaf = leaf_under(root())
    why = LEAF + r"its issuer \(CN=Root\) is not shown, and is not the one trust anchor"
    refused(UnknownAuthority, why, [leaf], [leaf])
    assert verify([leaf], [leaf, root()])


# ---- Validity ------------------------------------------------------------------------------------------


def test_both_ends_belong_to_the_period():
    chain = [leaf_under(root())]
    for at in (NOT_BEFORE, NOT_AFTER, NOT_AFTER.astimezone(timezone(timedelta(hours=9)))):
        assert verify(chain, [root()], at=at)


def test_before_and_after():
    early, late = NOT_BEFORE - timedelta(microseconds=1), NOT_AFTER + timedelta(microseconds=1)
    why = LEAF + r"not valid before 2020-01-01 00:00:00 UTC, and the time is 2019-12-31 23:59:59 UTC"
    refused(CertificateNotYetValid, why, [leaf_under(root())], [root()], at=early)
    why = LEAF + r"expired 2049-12-31 23:59:59 UTC, and the time is 2049-12-31 23:59:59 UTC"
    refused(CertificateExpired, why, [leaf_under(root())], [root()], at=late)


def test_every_certificate_has_to_be_valid():
    anchor = root()
    authority = authority_under(anchor, not_after=NOW - SECOND)
    why = r"certificate 2 of 2 \(CN=Authority 2\): expired .*"
    refused(CertificateExpired, why, [leaf_under(authority), authority], [anchor])
    authority = authority_under(anchor, not_before=NOW + SECOND)
    why = r"certificate 2 of 2 \(CN=Authority 2\): not valid before .*"
    refused(CertificateNotYetValid, why, [leaf_under(authority), authority], [anchor])


def test_the_anchor_too_has_to_be_valid():
    anchor = root(not_after=NOW - SECOND)
    refused(CertificateExpired, ANCHOR + "expired .*", [leaf_under(anchor)], [anchor])
    anchor = root(not_before=NOW + SECOND)
    refused(CertificateNotYetValid, ANCHOR + "not valid before .*", [leaf_under(anchor)], [anchor])


@pytest.mark.parametrize("at", [datetime.min, datetime.max])
def test_the_ends_of_time(at):
    with pytest.raises((CertificateNotYetValid, CertificateExpired)):
        verify([leaf_under(root())], [root()], at=at.replace(tzinfo=timezone(timedelta(hours=14))))
    with pytest.raises((CertificateNotYetValid, CertificateExpired)):
        verify([leaf_under(root())], [root()], at=at.replace(tzinfo=timezone(-timedelta(hours=14))))


def test_a_certificate_for_ever():
    """RFC 5280 section 4.1.2.5: 99991231235959Z means that there is no good date of expiry."""
    anchor = root(not_after=datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
    assert verify([leaf_under(anchor)], [anchor])


# ---- Who may issue -------------------------------------------------------------------------------------


def issuer_with(extensions):
    """A chain with such an issuer in the middle, and then one with such an anchor."""
    middle, anchor = authority_under(root(), extensions=extensions), root(extensions=extensions)
    yield r"certificate 2 of 2 \(CN=Authority 2\): ", [leaf_under(middle), middle], [root()]
    yield ANCHOR, [leaf_under(anchor)], [anchor]


@pytest.mark.parametrize(
    "constraints",
    [None, extension(oids.BASIC_CONSTRAINTS, issue.basic_constraints(is_authority=False))],
    ids=["absent", "cA false"],
)
def test_an_issuer_is_an_authority(constraints):
    extensions = authority_extensions(basic_constraints=constraints)
    for place, chain, anchors in issuer_with(extensions):
        why = place + r"it has issued another certificate, but is no authority \(basicConstraints\)"
        refused(NotPermitted, why, chain, anchors)


def test_a_leaf_issues_nothing():
    """The attack of 2002 (CVE-2002-0862): whoever had any certificate could issue one for any name."""
    family = authority_and_leaf()
    forged = leaf_under(Authority(family.leaf, family.leaf_key), "bank")
    why = r"certificate 2 of 2 \(CN=localhost\): it has issued another certificate, but is no authority .*"
    refused(NotPermitted, why, [forged, family.leaf], [family.authority])


def test_an_issuers_key_may_sign_certificates():
    usage = extension(oids.KEY_USAGE, issue.key_usage(KeyUsage.cRLSign, KeyUsage.digitalSignature))
    for place, chain, anchors in issuer_with(authority_extensions(key_usage=usage)):
        why = (
            f"{place}it may not sign certificates: keyUsage allows digitalSignature, cRLSign, not keyCertSign"
        )
        refused(NotPermitted, why, chain, anchors)
    for _, chain, anchors in issuer_with(authority_extensions(key_usage=None)):
        assert verify(chain, anchors)


def test_a_key_usage_of_unknown_bits():
    usage = extension(oids.KEY_USAGE, encoding.named_bits(frozenset({9})))
    for place, chain, anchors in issuer_with(authority_extensions(key_usage=usage)):
        why = place + "it may not sign certificates: keyUsage allows nothing known, not keyCertSign"
        refused(NotPermitted, why, chain, anchors)


@pytest.mark.parametrize("path_length", [0, 1, 2, 3])
def test_the_path_length(path_length):
    anchor = root(extensions=authority_extensions(path_length=path_length))
    authorities = [anchor]
    for number in (2, 3):
        authorities.append(authority_under(authorities[-1], number))
        chain = [leaf_under(authorities[-1]), *reversed(authorities[1:])]
        below = len(authorities) - 1
        if below <= path_length:
            assert verify(chain, [anchor])
        else:
            why = (
                ANCHOR + f"too many authorities below it: {below}, and pathLenConstraint allows {path_length}"
            )
            refused(NotPermitted, why, chain, [anchor])


def test_the_path_length_of_an_intermediate():
    first = authority_under(root(), 2, extensions=authority_extensions(path_length=0))
    second = authority_under(first, 3)
    assert verify([leaf_under(first), first], [root()])
    why = r"certificate 3 of 3 \(CN=Authority 2\): too many authorities below it: 1, "
    why += "and pathLenConstraint allows 0"
    refused(NotPermitted, why, [leaf_under(second), second, first], [root()])


def test_self_issued_authorities_are_not_counted():
    """An authority changes its key: its old key signs a certificate of its new key, under its one name."""
    anchor = root(extensions=authority_extensions(path_length=0))
    new_key = authority_under(anchor, 2, "Root")
    assert verify([leaf_under(new_key), new_key], [anchor])
    other_name = authority_under(new_key, 3)
    why = ANCHOR + "too many authorities below it: 1, and pathLenConstraint allows 0"
    refused(NotPermitted, why, [leaf_under(other_name), other_name, new_key], [anchor])


# ---- What for ------------------------------------------------------------------------------------------


def test_the_leafs_key_may_sign():  # section 4.5.1.2 [3]
    usage = extension(oids.KEY_USAGE, issue.key_usage(KeyUsage.nonRepudiation, KeyUsage.cRLSign))
    leaf = leaf_under(root(), extensions=leaf_extensions(key_usage=usage))
    refused(
        NotPermitted,
        LEAF + "it may not sign handshakes: keyUsage allows nonRepudiation, cRLSign, not digitalSignature",
        [leaf],
        [root()],
    )
    assert verify([leaf_under(root(), extensions=leaf_extensions(key_usage=None))], [root()])


EVERY_PURPOSE = {
    (oids.SERVER_AUTH,): {Purpose.SERVER},
    (oids.CLIENT_AUTH,): {Purpose.CLIENT},
    (oids.CLIENT_AUTH, oids.SERVER_AUTH): {Purpose.CLIENT, Purpose.SERVER},
    ("1.2.3",): set(),
    (oids.ANY_EXTENDED_KEY_USAGE,): {Purpose.CLIENT, Purpose.SERVER},
    ("1.2.3", oids.ANY_EXTENDED_KEY_USAGE): {Purpose.CLIENT, Purpose.SERVER},
    None: {Purpose.CLIENT, Purpose.SERVER},
}


@pytest.mark.parametrize("purpose", Purpose)
@pytest.mark.parametrize("named", EVERY_PURPOSE)
def test_the_purpose_binds_the_leaf_and_every_authority(named, purpose):
    usage = None if named is None else extended_key_usage(*named)
    both = leaf_extensions(extended_key_usage=extended_key_usage(oids.SERVER_AUTH, oids.CLIENT_AUTH))
    authority = authority_under(root(), extensions=authority_extensions(extended_key_usage=usage))
    anchor = root(extensions=authority_extensions(extended_key_usage=usage))
    cases = [
        (LEAF, [leaf_under(root(), extensions=leaf_extensions(extended_key_usage=usage))], root()),
        (
            r"certificate 2 of 2 \(CN=Authority 2\): ",
            [leaf_under(authority, extensions=both), authority],
            root(),
        ),
        (ANCHOR, [leaf_under(anchor, extensions=both)], anchor),
    ]
    for place, chain, trusted in cases:
        if purpose in EVERY_PURPOSE[named]:
            assert verify(chain, [trusted], purpose=purpose)
        else:
            shown = ", ".join(map(oids.name, named))
            why = f"{place}it is not for {rules.ROLES[purpose]}: "
            why += f"extKeyUsage allows {shown}, not {oids.name(purpose.value)}"
            refused(NotPermitted, why, chain, [trusted], purpose=purpose)


def test_the_message_shows_only_some_purposes():
    usage = extended_key_usage(*(f"1.2.{number}" for number in range(1000)))
    leaf = leaf_under(root(), extensions=leaf_extensions(extended_key_usage=usage))
    why = LEAF + r"it is not for a server: extKeyUsage allows 1.2.0, 1.2.1, 1.2.2, 1.2.3, not serverAuth"
    refused(NotPermitted, why, [leaf], [root()])


def test_the_leaf_is_of_version_3():  # section 4.5.1.2 [1]
    for version in (b"", encoding.explicit(0, encoding.integer(1))):
        leaf = Certificate.from_der(assemble(version=version, extensions=b""))
        why = LEAF + "it is of X.509 version [12], and has to be of version 3"
        refused(UnsupportedCertificate, why, [leaf], [root()])


SIGNS = KeyUsage.digitalSignature


def usage_of(*usages):
    return extension(oids.KEY_USAGE, issue.key_usage(*usages))


def test_a_leafs_key_signs_no_certificates():
    """RFC 5280 section 4.2.1.9: keyCertSign is for authorities alone."""
    both = usage_of(SIGNS, KeyUsage.keyCertSign)
    why = LEAF + r"it may sign certificates \(keyUsage\), but is no authority \(basicConstraints\)"
    for constraints in (None, extension(oids.BASIC_CONSTRAINTS, issue.basic_constraints(is_authority=False))):
        says = leaf_extensions(key_usage=both, basic_constraints=constraints)
        refused(NotPermitted, why, [leaf_under(root(), extensions=says)], [root()])
    constraints = extension(oids.BASIC_CONSTRAINTS, issue.basic_constraints(is_authority=True))
    says = leaf_extensions(key_usage=both, basic_constraints=constraints)
    assert verify([leaf_under(root(), extensions=says)], [root()])


def test_an_empty_subject_wants_a_name_in_its_place():
    """RFC 5280 section 4.1.2.6: a subjectAltName, and a critical one."""
    alternatives = issue.subject_alternative_name(["localhost"], [])
    plain = extension(oids.SUBJECT_ALTERNATIVE_NAME, alternatives, critical=False)
    why = "its subject is empty, and there is no critical subjectAltName in its place"
    for name in (None, plain):
        says = leaf_extensions(subject_alternative_name=name)
        leaf = leaf_under(root(), subject=encoding.sequence(), extensions=says)
        refused(NotPermitted, r"certificate 1 of 1 \(serial number 100\): " + why, [leaf], [root()])
        assert verify([leaf_under(root(), extensions=says)], [root()])
    assert verify([leaf_under(root(), subject=encoding.sequence())], [root()])


# ---- The kind of key -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [KeyKind.ED25519, KeyKind.P256, KeyKind.P384, KeyKind.RSA])
def test_what_a_key_of_its_kind_cannot_do_may_be_named(kind):
    """Authorities that write the same keyUsage into everything are many."""
    says = leaf_extensions(key_usage=usage_of(SIGNS, KeyUsage.keyEncipherment, KeyUsage.keyAgreement))
    assert verify([leaf_under(root(), public_key=private_key(kind).public_key(), extensions=says)], [root()])


def test_a_leafs_key_is_of_a_kind_that_signs():
    """An X25519 key agrees on secrets, and signs nothing (RFC 8410 section 5)."""
    info = encoding.sequence(AlgorithmIdentifier("1.3.101.110").der, encoding.bit_string(bytes(range(32))))
    leaf = Certificate.from_der(assemble(subjectPublicKeyInfo=info))
    why = LEAF + f"its key is of the kind X25519, only {algorithms.SUPPORTED}"
    refused(UnsupportedCertificate, why, [leaf], [root()])


def test_a_leafs_key_is_one():
    curve_point = b"\x04" + bytes(64)
    info = encoding.sequence(algorithms.KEY_ALGORITHMS[KeyKind.P256].der, encoding.bit_string(curve_point))
    leaf = Certificate.from_der(assemble(subjectPublicKeyInfo=info))
    refused(MalformedCertificate, LEAF + "its P-256 key cannot be used: .*", [leaf], [root()])


# ---- Critical extensions -------------------------------------------------------------------------------


def everywhere(**added):
    """A chain whose leaf has the added extension, one whose intermediate has it, and one whose anchor has."""
    authority = authority_under(root(), extensions=authority_extensions(**added))
    anchor = root(extensions=authority_extensions(**added))
    yield LEAF, [leaf_under(root(), extensions=leaf_extensions(**added))], [root()]
    yield r"certificate 2 of 2 \(CN=Authority 2\): ", [leaf_under(authority), authority], [root()]
    yield ANCHOR, [leaf_under(anchor)], [anchor]


def test_what_is_critical_and_unknown_refuses_the_certificate():
    for place, chain, anchors in everywhere(added=extension("1.2.3", b"...")):
        why = rf"{place}its critical extension 1\.2\.3 is not understood"
        refused(UnsupportedCertificate, why, chain, anchors)


def test_what_is_unknown_and_not_critical_is_ignored():
    for _, chain, anchors in everywhere(added=extension("1.2.3", b"...", critical=False)):
        assert verify(chain, anchors)


def test_what_is_critical_and_understood_is_no_obstacle():
    purposes = extension(oids.EXTENDED_KEY_USAGE, encoding.sequence(encoding.oid(oids.SERVER_AUTH)))
    identifier = extension(oids.SUBJECT_KEY_IDENTIFIER, encoding.octet_string(b"a"))
    for _, chain, anchors in everywhere(extended_key_usage=purposes, identifier=identifier):
        assert verify(chain, anchors)


def test_what_is_wrong_outside_of_the_path_is_no_obstacle():
    stranger = root(9, "Stranger", extensions=[extension("1.2.3", b"...")], not_after=NOT_BEFORE)
    assert verify([leaf_under(root()), stranger], [root(), stranger])


# ---- Trust files ---------------------------------------------------------------------------------------


def anchor_of(private_key, hash_algorithm):
    """The PEM of a root that pyca/cryptography makes."""
    name = pyca.Name([pyca.NameAttribute(pyca.NameOID.COMMON_NAME, "Other Root")])
    return (
        pyca.CertificateBuilder()
        .issuer_name(name)
        .subject_name(name)
        .serial_number(1)
        .not_valid_before(NOT_BEFORE)
        .not_valid_after(NOT_AFTER)
        .public_key(private_key.public_key())
        .add_extension(pyca.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(private_key, hash_algorithm)
        .public_bytes(Encoding.PEM)
        .decode()
    )


def test_a_trust_file_may_hold_what_we_cannot_use():
    rsa_root = anchor_of(rsa.generate_private_key(65537, 1024), hashes.SHA256())
    ec_root = anchor_of(ec.generate_private_key(ec.SECP521R1()), hashes.SHA256())
    their_root = anchor_of(ed25519.Ed25519PrivateKey.generate(), None)
    odd_root = pem.encode(assemble(serialNumber=encoding.integer(-1)), "CERTIFICATE")
    family = authority_and_leaf()
    text = "# a note\n" + rsa_root + ec_root + odd_root + their_root + family.authority_pem
    trust = TrustStore.from_pem(text)
    assert [str(anchor) for anchor in trust.anchors] == ["CN=Other Root", "CN=Root"]
    assert trust.skipped == 3
    assert path.verify_chain(family.chain, trust, at=NOW, purpose=Purpose.SERVER)
    nothing_usable = TrustStore.from_pem(rsa_root.encode())
    assert (nothing_usable.anchors, nothing_usable.skipped) == ((), 1)


def test_the_trust_file_of_this_machine():
    file = Path(ssl.get_default_verify_paths().cafile or "/etc/ssl/certs/ca-certificates.crt")
    if not file.is_file():
        pytest.skip("this machine has no trust file")
    text = file.read_bytes()
    trust, blocks = TrustStore.from_pem(text), pem.decode(text, "CERTIFICATE")
    assert len(trust.anchors) + trust.skipped == len(set(blocks))
    malformed = 0
    for block in blocks:
        try:
            assert Certificate.from_der(block).extensions.basic_constraints.is_authority
        except MalformedCertificate:
            malformed += 1
    assert malformed < len(blocks) / 10


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "^no CERTIFICATE block, found no PEM at all$"),
        (b"\0\xff", "^no CERTIFICATE block, found no PEM at all$"),
        (private_keys.to_pem(key(1)), "^no CERTIFICATE block, found PRIVATE KEY$"),
        ("-----BEGIN CERTIFICATE-----\nAAEC\n", "no END line"),
        ("-----BEGIN CERTIFICATE-----\n*\n-----END CERTIFICATE-----\n", "is not base64"),
    ],
)
def test_what_is_no_trust_file(text, why):
    with pytest.raises(PemError, match=why):
        TrustStore.from_pem(text)


def test_a_store_knows_what_it_holds():
    family = authority_and_leaf()
    assert family.authority.certificate in family.trust
    assert family.leaf not in family.trust
    assert TrustStore.from_pem(certificates_pem(family.trust.anchors)).skipped == 0


def test_an_observer_can_compare_what_was_asked():
    family, told = authority_and_leaf(), []
    trust = family.trust
    for at in (NOW, NOW, NOW + SECOND):
        path.verify_chain(family.chain, trust, at=at, purpose=Purpose.SERVER, observe=told.append)
    same, again, other = (event for event in told if isinstance(event, path.Asked))
    assert same == again != other
    assert "Search" not in repr(same)


def test_a_store_has_each_authority_once():
    family, other = authority_and_leaf(), root(9, "Other").certificate
    assert TrustStore([other, family.authority.certificate, other]).anchors == (
        other,
        family.authority.certificate,
    )
    with pytest.raises(UnknownAuthority, match=r"is not the one trust anchor$"):
        path.verify_chain(family.chain, TrustStore([other, other]), at=NOW, purpose=Purpose.SERVER)


# Once more, at another time


def verified(**arguments):
    """A path of three that `verify_chain` has found, and its family."""
    family = authority_and_leaf(intermediates=1, **arguments)
    return verify(family.chain, family.trust.anchors), family


def test_what_was_good_and_still_is():
    found, family = verified()
    assert path.recheck(found.certificates, family.trust, at=NOW, purpose=Purpose.SERVER) == found
    for at in (NOT_BEFORE, NOT_AFTER):
        assert path.recheck(found.certificates, family.trust, at=at, purpose=Purpose.SERVER) == found


def test_the_anchor_has_to_be_trusted_still():
    found, family = verified()
    others = [root(7).certificate, root(7, "Other").certificate, family.leaf, family.chain[1]]
    for trust in (TrustStore([]), *(TrustStore([other]) for other in others)):
        with pytest.raises(UnknownAuthority, match="no trust anchor any more"):
            path.recheck(found.certificates, trust, at=NOW, purpose=Purpose.SERVER)
    assert (
        path.recheck(
            found.certificates, TrustStore([*others, *family.trust.anchors]), at=NOW, purpose=Purpose.SERVER
        )
        == found
    )


def test_a_path_has_an_end():
    with pytest.raises(UnknownAuthority):
        path.recheck([], TrustStore([root().certificate]), at=NOW, purpose=Purpose.SERVER)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_every_certificate_has_to_be_valid_still(place):
    above = root(not_after=NOW) if place == 2 else root()
    between = authority_under(above, 2, **({"not_after": NOW} if place == 1 else {}))
    leaf = leaf_under(between, **({"not_after": NOW} if place == 0 else {}))
    found = verify([leaf, between], [above])
    trust = TrustStore([above.certificate])
    assert path.recheck(found.certificates, trust, at=NOW, purpose=Purpose.SERVER) == found
    with pytest.raises(CertificateExpired):
        path.recheck(found.certificates, trust, at=NOW + SECOND, purpose=Purpose.SERVER)
    with pytest.raises(CertificateNotYetValid):
        path.recheck(found.certificates, trust, at=NOT_BEFORE - SECOND, purpose=Purpose.SERVER)
