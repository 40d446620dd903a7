"""Has its issuer taken it back?  Each thing that a list needs by one that lacks it and nothing else."""

from datetime import timedelta

import pytest

from tests.support.certificates import (
    NOT_BEFORE,
    NOW,
    authority_and_leaf,
    authority_extensions,
    authority_under,
    extension,
    key,
    leaf_extensions,
    leaf_under,
    root,
)
from tests.support.revocation_lists import (
    ATTRIBUTES,
    AUTHORITIES,
    NEXT_UPDATE,
    THIS_UPDATE,
    USERS,
    assemble,
    below_issuer,
    entry,
    extensions,
    list_of,
    place,
    scope,
    uri,
)
from x509 import distinguished_names, encoding, issue, oids, path, search, signatures
from x509.certificate import Certificate
from x509.crl import RevocationList
from x509.errors import NotPermitted, RevocationUnknown, Revoked
from x509.extensions import KeyUsage
from x509.issue import Authority
from x509.path import Judged
from x509.rules import Purpose
from x509.trust_store import TrustStore

SECOND = timedelta(seconds=1)
FAMILY = authority_and_leaf(intermediates=1)
LEAF = r"certificate 1 of 2 \(CN=localhost\): "
AUTHORITY = r"certificate 2 of 2 \(CN=Authority 1\): "
NO_LIST = "no revocation list says whether it is revoked: "


def verify(lists, chain=FAMILY.chain, anchor=FAMILY.authority, at=NOW, observe=None):
    trust = TrustStore([anchor.certificate], revocation_lists=lists)
    return path.verify_chain(chain, trust, at=at, purpose=Purpose.SERVER, observe=observe)


def refused(error, why, lists, **arguments):
    with pytest.raises(error, match=f"^{why}") as caught:
        verify(lists, **arguments)
    assert type(caught.value) is error
    assert str(caught.value).isprintable()


OF_ROOT, OF_AUTHORITY = list_of(FAMILY.authority), list_of(FAMILY.issuer)


# ---- Is it in the list? ---------------------------------------------------------------------------------


def test_nothing_is_asked_without_lists():
    assert verify([]).leaf is FAMILY.leaf


def test_nobody_is_revoked():
    assert verify([OF_ROOT, OF_AUTHORITY]).leaf is FAMILY.leaf


def test_the_leaf_is_revoked():
    why = r"revoked 2026-06-24 12:00:00 UTC \(keyCompromise\), says the list number 1 of 2026-06-24$"
    refused(Revoked, LEAF + why, [OF_ROOT, list_of(FAMILY.issuer, 5, 100)])


def test_an_authority_is_revoked():
    refused(Revoked, AUTHORITY + "revoked", [list_of(FAMILY.authority, 2), OF_AUTHORITY])


def test_the_anchor_is_not_asked_about():
    verify([list_of(FAMILY.authority, 1), OF_AUTHORITY])


def test_a_serial_number_is_its_issuers():
    verify([list_of(FAMILY.authority, 100), list_of(FAMILY.issuer, 2)])


@pytest.mark.parametrize(
    ("lists", "why"),
    [
        ([OF_ROOT], LEAF + NO_LIST + r"there is none of its issuer \(CN=Authority 1\)$"),
        ([OF_AUTHORITY], AUTHORITY + NO_LIST + r"there is none of its issuer \(CN=Root\)$"),
    ],
)
def test_everyone_needs_a_list(lists, why):
    refused(RevocationUnknown, why, lists)


@pytest.mark.parametrize("order", [1, -1])
def test_what_one_list_revokes_is_revoked(order):
    lists = [list_of(FAMILY.issuer, 100), list_of(FAMILY.issuer, number=2)]
    refused(Revoked, LEAF, [OF_ROOT, *lists[::order]])


def test_it_is_asked_last():
    """So that a forged certificate is called forged, and no list is verified with keys of non-authorities."""
    mallorys = authority_under(FAMILY.authority, extensions=leaf_extensions())
    why = r"certificate 2 of 2 \(CN=Authority 2\): it has issued another certificate"
    refused(NotPermitted, why, [OF_ROOT], chain=[leaf_under(mallorys), mallorys.certificate])


def test_an_observer_is_told():
    seen = []
    verify([OF_ROOT, OF_AUTHORITY], observe=seen.append)
    asked = [event.place.position for event in seen if isinstance(event, Judged)]
    last = [event for event in seen if isinstance(event, Judged) and event.rule.name == "revocation"]
    assert [event.place.position for event in last] == [0, 1]
    assert asked[-2:] == [0, 1]


def test_a_path_is_asked_again():
    verified = verify([OF_ROOT, OF_AUTHORITY])
    trust = TrustStore([verified.anchor], revocation_lists=[OF_ROOT, list_of(FAMILY.issuer, 100)])
    with pytest.raises(Revoked):
        path.recheck(verified.certificates, trust, at=NOW, purpose=Purpose.SERVER)


def test_a_store_from_a_file_has_the_lists_too():
    trust = TrustStore.from_pem(FAMILY.authority_pem, revocation_lists=[OF_ROOT, OF_ROOT])
    assert trust.revocation_lists == (OF_ROOT,)
    assert trust.lists_of(FAMILY.authority.certificate.subject) == [OF_ROOT]


# ---- Is it current? -------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", [THIS_UPDATE, NEXT_UPDATE])
def test_both_ends_belong_to_it(at):
    verify([OF_ROOT, OF_AUTHORITY], at=at)


@pytest.mark.parametrize(
    ("at", "why"),
    [
        (THIS_UPDATE - SECOND, "begins 2026-06-24 12:00:00"),
        (NEXT_UPDATE + SECOND, "ended 2026-07-08 12:00:00"),
    ],
)
def test_a_list_of_another_time(at, why):
    why = LEAF + NO_LIST + f"the list number 1 of 2026-06-24 {why}"
    refused(RevocationUnknown, why, [OF_ROOT, OF_AUTHORITY], at=at)


def test_only_some_faults_are_told():
    old = [list_of(FAMILY.issuer, number=number, next_update=NOW - SECOND) for number in range(9)]
    with pytest.raises(RevocationUnknown) as caught:
        verify([OF_ROOT, *old])
    assert str(caught.value).count("ended") == 3


def test_an_old_list_beside_the_current_one():
    old = list_of(FAMILY.issuer, 100, this_update=NOT_BEFORE, next_update=NOW - SECOND)
    verify([OF_ROOT, old, OF_AUTHORITY])
    refused(RevocationUnknown, LEAF, [OF_ROOT, old])


# ---- Is it about this certificate? ----------------------------------------------------------------------

ROOT = root(1, extensions=authority_extensions(key_usage=None))


def about(*fields: bytes, entries: bytes = b"") -> RevocationList:
    """Key 1's list with this scope."""
    return RevocationList.from_der(
        assemble(crlExtensions=extensions(scope(*fields)), revokedCertificates=entries)
    )


def directory(name: bytes) -> bytes:
    return encoding.explicit(4, name)


def name_of(*common_names: str) -> bytes:
    attributes = [
        encoding.sequence(encoding.oid("2.5.4.3"), encoding.utf8_string(each)) for each in common_names
    ]
    return encoding.sequence(*(encoding.set_of(each) for each in attributes))


def listed_at(*points: bytes) -> Certificate:
    """A leaf whose lists are at these distribution points."""
    value = encoding.sequence(*(encoding.sequence(point) for point in points))
    says = extension(oids.CRL_DISTRIBUTION_POINTS, value)
    return leaf_under(ROOT, extensions=leaf_extensions(points=says))


A, B = uri(b"http://root.example/a"), uri(b"http://root.example/b")
SOME, OTHERS = encoding.implicit(3, b"\x05\x60"), encoding.implicit(3, b"\x07\x1f\x80")  # two reasons, six
SOME_OF_POINT, OTHERS_OF_POINT = encoding.implicit(1, b"\x05\x60"), encoding.implicit(1, b"\x07\x1f\x80")


def status(leaf, *lists):
    return verify(lists, chain=[leaf], anchor=ROOT)


@pytest.mark.parametrize(
    ("leaf", "lists"),
    [
        (leaf_under(ROOT), [about(USERS)]),
        (leaf_under(ROOT), [about(SOME), about(OTHERS)]),
        (leaf_under(ROOT), [about(place(directory(name_of("Root"))))]),
        (leaf_under(ROOT), [about(ATTRIBUTES), about(USERS)]),
        (listed_at(place(A)), [about(place(A))]),
        (listed_at(place(A)), [about(place(B, A), USERS)]),
        (listed_at(place(A)), [about(USERS)]),
        (listed_at(place(A)), [about(place(directory(name_of("Root"))))]),
        (listed_at(place(B), place(A)), [about(place(A))]),
        (listed_at(below_issuer("1")), [about(below_issuer("1"))]),
        (listed_at(below_issuer("1")), [about(place(directory(name_of("Root", "1"))))]),
        (listed_at(place(A) + SOME_OF_POINT, place(B) + OTHERS_OF_POINT), [about(place(A)), about(place(B))]),
        (listed_at(place(A)), [about(place(A), SOME), about(place(A), OTHERS)]),
    ],
)
def test_lists_about_it(leaf, lists):
    assert status(leaf, *lists).leaf is leaf


def test_distribution_points_are_understood_without_lists():
    leaf = listed_at(place(A))
    assert leaf.extensions.all[-1].critical
    assert status(leaf).leaf is leaf


ANOTHER = "the list of 2026-06-24 is about certificates of another distribution point$"


@pytest.mark.parametrize(
    ("leaf", "lists", "why"),
    [
        (
            leaf_under(ROOT),
            [about(AUTHORITIES)],
            NO_LIST + "the list of 2026-06-24 is about authorities only$",
        ),
        (
            leaf_under(ROOT),
            [about(ATTRIBUTES)],
            NO_LIST + "the list .* is about attribute certificates only$",
        ),
        (leaf_under(ROOT), [about(place(A))], NO_LIST + ANOTHER),
        (listed_at(place(A)), [about(place(B))], NO_LIST + ANOTHER),
        (listed_at(below_issuer("1")), [about(below_issuer("2"))], NO_LIST + ANOTHER),
        (listed_at(encoding.explicit(2, directory(name_of("Root")))), [about(place(A))], NO_LIST + ANOTHER),
        (
            listed_at(place(A) + encoding.explicit(2, directory(name_of("Root")))),
            [about(place(A))],
            NO_LIST + ANOTHER,
        ),
        (leaf_under(ROOT), [about(SOME)], "the revocation lists about it are not about every reason"),
        (
            listed_at(place(A) + SOME_OF_POINT),
            [about(place(A))],
            "the revocation lists about it are not about",
        ),
        (
            listed_at(place(A) + SOME_OF_POINT),
            [about(place(A), OTHERS)],
            NO_LIST + ANOTHER,
        ),
        (
            listed_at(place(A)),
            [about(place(A), SOME), about(place(B), OTHERS)],
            "the revocation lists about it are not about every reason",
        ),
    ],
)
def test_lists_about_others(leaf, lists, why):
    with pytest.raises(RevocationUnknown, match=r"^certificate 1 of 1 \(CN=localhost\): " + why):
        status(leaf, *lists)


def test_a_list_that_is_not_about_authorities():
    authority = authority_under(ROOT, extensions=authority_extensions(key_usage=None))
    chain = [leaf_under(authority), authority.certificate]
    of_authority = list_of(authority)
    verify([of_authority, about(AUTHORITIES)], chain=chain, anchor=ROOT)
    refused(
        RevocationUnknown,
        r"certificate 2 of 2 \(CN=Authority 2\): "
        + NO_LIST
        + "the list of 2026-06-24 is not about authorities$",
        [of_authority, about(USERS)],
        chain=chain,
        anchor=ROOT,
    )


def test_revoked_in_a_list_of_some_reasons():
    entries = encoding.sequence(entry(100))
    with pytest.raises(Revoked):
        status(leaf_under(ROOT), about(SOME, entries=entries))


def test_a_list_about_others_does_not_revoke():
    status(leaf_under(ROOT), about(place(A), entries=encoding.sequence(entry(100))), about(USERS))


# ---- Who signs it? --------------------------------------------------------------------------------------


def test_a_strangers_list():
    stranger = root(9, "Authority 1", extensions=authority_extensions(key_usage=None))
    why = "the list number 1 of 2026-06-24 is not good: its signature was not made with its issuer's key$"
    refused(RevocationUnknown, LEAF + NO_LIST + why, [OF_ROOT, list_of(stranger)])


def test_an_issuer_that_may_not_sign_lists():
    anchor = root(1)  # its keyUsage is keyCertSign alone
    why = (
        r"certificate 1 of 1 \(CN=localhost\): "
        + NO_LIST
        + "the list number 1 of 2026-06-24 is not good: the keyUsage of its issuer does not allow cRLSign$"
    )
    refused(RevocationUnknown, why, [list_of(anchor)], chain=[leaf_under(anchor)], anchor=anchor)


def test_an_issuer_without_key_usage_may_sign_lists():
    verify([list_of(ROOT)], chain=[leaf_under(ROOT)], anchor=ROOT)


LISTS = extension(oids.KEY_USAGE, issue.key_usage(KeyUsage.cRLSign))


def lists_signer(vouching: Authority, number: int = 8, **replaced) -> Authority:
    """Root's other key, which signs its lists."""
    usual = {
        "subject": distinguished_names.encode("Authority 1"),
        "serial_number": number,
        "extensions": leaf_extensions(key_usage=LISTS),
    }
    return authority_under(vouching, number, **(usual | replaced))


SIGNER = lists_signer(FAMILY.authority)
UNKNOWN = extension("1.2.3", b"")
SIGNED_WITH_KEY_8 = RevocationList.from_der(
    assemble(key(8).sign, issuer=name_of("Authority 1"), revokedCertificates=b"")
)


def test_another_key_for_lists():
    chain = [*FAMILY.chain, SIGNER.certificate]
    verify([OF_ROOT, list_of(SIGNER)], chain=chain)
    refused(Revoked, "certificate 1 of 3", [OF_ROOT, list_of(SIGNER, 100)], chain=chain)


def test_the_issuer_itself_may_vouch_for_it():
    """Its own list is about the certificate of the other key alone, whose list is about everything else."""
    points = extension(oids.CRL_DISTRIBUTION_POINTS, encoding.sequence(encoding.sequence(place(A))))
    own = lists_signer(FAMILY.issuer, extensions=leaf_extensions(key_usage=LISTS, points=points))
    of_signer = RevocationList.from_der(
        assemble(
            key(2).sign,
            issuer=name_of("Authority 1"),
            revokedCertificates=b"",
            crlExtensions=extensions(scope(place(A))),
        )
    )
    chain = [*FAMILY.chain, own.certificate]
    verify([OF_ROOT, of_signer, list_of(own)], chain=chain)
    refused(RevocationUnknown, "certificate 1 of 3", [OF_ROOT, of_signer], chain=chain)
    refused(RevocationUnknown, "certificate 1 of 3", [OF_ROOT, list_of(own)], chain=chain)


@pytest.mark.parametrize(
    "signer",
    [
        lists_signer(FAMILY.authority, extensions=leaf_extensions(key_usage=None)),
        lists_signer(FAMILY.authority, extensions=leaf_extensions()),
        lists_signer(FAMILY.authority, not_after=NOW - SECOND),
        lists_signer(FAMILY.authority, extensions=leaf_extensions(key_usage=LISTS, more=UNKNOWN)),
        lists_signer(FAMILY.authority, subject=distinguished_names.encode("Authority 2")),
        lists_signer(root(9, "Root")),
        lists_signer(root(9, "Nobody")),
        lists_signer(root(9, "Authority 1")),
        lists_signer(root(1, "Nobody")),
        root(8, "Authority 1", extensions=authority_extensions(key_usage=LISTS)),
    ],
    ids=[
        "no key usage",
        "another key usage",
        "expired",
        "a critical extension that is unknown",
        "another name",
        "a forger",
        "nobody",
        "a forger in the issuer's name",
        "somebody with a key of the path",
        "it vouches for itself",
    ],
)
def test_a_key_for_lists_that_is_not_good(signer):
    refused(
        RevocationUnknown,
        "certificate 1 of 3",
        [OF_ROOT, SIGNED_WITH_KEY_8],
        chain=[*FAMILY.chain, signer.certificate],
    )


def test_a_key_for_lists_that_is_revoked_itself():
    refused(
        RevocationUnknown,
        "certificate 1 of 3",
        [list_of(FAMILY.authority, 8), list_of(SIGNER)],
        chain=[*FAMILY.chain, SIGNER.certificate],
    )


def test_keys_for_lists_do_not_vouch_for_each_other():
    """Each would be good by the other's list."""
    one, other = lists_signer(FAMILY.issuer, 8), lists_signer(FAMILY.issuer, 9)
    chain = [*FAMILY.chain, one.certificate, other.certificate]
    refused(RevocationUnknown, "certificate 1 of 4", [OF_ROOT, list_of(one), list_of(other)], chain=chain)


def test_an_authority_with_a_new_key():
    """The old key's certificate is signed with the new key, which signs the lists as well."""
    usage = extension(oids.KEY_USAGE, issue.key_usage(KeyUsage.keyCertSign, KeyUsage.cRLSign))
    both = authority_extensions(key_usage=usage)
    new = authority_under(FAMILY.authority, 2, "Authority", extensions=both)
    old = authority_under(new, 3, "Authority", extensions=both)
    leaf = leaf_under(old)
    chain = [leaf, old.certificate, new.certificate]
    verify([OF_ROOT, list_of(new)], chain=chain)
    refused(Revoked, "certificate 1 of 3", [OF_ROOT, list_of(new, 100)], chain=chain)
    refused(Revoked, "certificate 2 of 3", [OF_ROOT, list_of(new, 3)], chain=chain)
    # The old key says that its own certificate is good: nobody is his own judge.
    refused(RevocationUnknown, "certificate 2 of 3", [OF_ROOT, list_of(old)], chain=chain)


# ---- What it costs --------------------------------------------------------------------------------------


def test_looking_for_who_signs_lists_is_bounded(monkeypatch):
    signers = [lists_signer(FAMILY.authority, 8, serial_number=200 + number) for number in range(60)]
    chain = [*FAMILY.chain, *(signer.certificate for signer in signers), SIGNER.certificate]
    verified = []
    real = signatures.verify

    def counting(signed, key):
        verified.append(signed)
        real(signed, key)

    monkeypatch.setattr(signatures, "verify", counting)
    nobodys = RevocationList.from_der(assemble(issuer=name_of("Authority 1"), revokedCertificates=b""))
    refused(RevocationUnknown, "certificate 1 of 63", [OF_ROOT, nobodys], chain=chain)
    of_certificates = [one for one in verified if isinstance(one, Certificate)]
    assert len(of_certificates) == search.MAXIMUM_SIGNATURE_CHECKS
    assert len(verified) - len(of_certificates) <= 4


def test_the_likeliest_signer_is_tried_first(monkeypatch):
    """The list says which key has signed it, so the right one is found among many."""
    says = leaf_extensions(key_usage=LISTS, identifier=issue.subject_key_identifier(key(8).public_key()))
    signer = lists_signer(FAMILY.authority, extensions=says)
    others = [lists_signer(FAMILY.authority, 9, serial_number=200 + number) for number in range(60)]
    chain = [*FAMILY.chain, *(other.certificate for other in others), signer.certificate]
    verify([OF_ROOT, list_of(signer)], chain=chain)


def test_a_list_and_its_signer_are_verified_once(monkeypatch):
    verified = []
    real = signatures.verify

    def counting(signed, key):
        verified.append(signed)
        real(signed, key)

    monkeypatch.setattr(signatures, "verify", counting)
    lists = [list_of(FAMILY.authority, number=50), list_of(FAMILY.issuer, number=50)]
    for _ in range(3):
        verify(lists)
    assert [verified.count(crl) for crl in lists] == [1, 1]
    lists = [OF_ROOT, *(list_of(SIGNER, number=number) for number in range(4))]
    verify(lists, chain=[*FAMILY.chain, SIGNER.certificate])
    assert verified.count(SIGNER.certificate) == 1


def test_what_is_on_the_path_is_not_verified_again(monkeypatch):
    verified = []
    real = signatures.verify

    def counting(signed, key):
        verified.append(signed)
        real(signed, key)

    monkeypatch.setattr(signatures, "verify", counting)
    refused(RevocationUnknown, LEAF, [OF_ROOT, SIGNED_WITH_KEY_8])
    assert len([one for one in verified if isinstance(one, Certificate)]) == 2
