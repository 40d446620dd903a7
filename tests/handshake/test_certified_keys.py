"""Several certificates: the name that the client asks for decides, and what it can verify."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from handshake import certified_keys, messages
from handshake.certificate_extensions import CertificateAuthorities
from handshake.certified_keys import CertifiedKey, Wish
from handshake.errors import NoCommonParameters
from handshake.extensions import SignatureAlgorithms, SignatureAlgorithmsCert
from handshake.messages import Certificate, CertificateVerify
from handshake.signatures import SCHEMES
from tests.support import certificates, hostile, remembered
from tests.support.certificates import certified_key
from tests.support.hostile import HostileClient, assert_refused
from tests.support.peers_in_memory import Link, client_settings, server_settings
from x509 import distinguished_names, encoding, oids, public_keys
from x509.algorithms import NULL, AlgorithmIdentifier, KeyKind
from x509.certificate import Certificate as X509
from x509.extensions import KeyUsage

ED25519, P256_SHA256, P384_SHA384 = 0x0807, 0x0403, 0x0503
RSAE_SHA256, RSAE_SHA512, PSS_SHA256, PSS_SHA384, PSS_SHA512 = 0x0804, 0x0806, 0x0809, 0x080A, 0x080B
PKCS1_SHA1, PKCS1_SHA256 = 0x0201, 0x0401
BROWSER = (0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601)  # has no Ed25519


@pytest.fixture(scope="module", autouse=True)
def remember() -> Iterator[None]:
    with remembered.primitives():
        yield


OF_EACH_KIND = {kind: certified_key(kind) for kind in KeyKind}


def for_hosts(*hosts: str, kind: KeyKind = KeyKind.ED25519, **replaced: Any) -> CertifiedKey:
    """A key with a certificate for these names."""
    names = certificates.issue.subject_alternative_name(hosts, ())
    extension = certificates.extension(oids.SUBJECT_ALTERNATIVE_NAME, names)
    extensions = certificates.leaf_extensions(subject_alternative_name=extension)
    return certified_key(kind, extensions=encoding.explicit(3, encoding.sequence(*extensions)), **replaced)


def choose(
    *keys: CertifiedKey,
    name: str | None = "localhost",
    ours: Any = tuple(SCHEMES),
    theirs: tuple[int, ...] = tuple(SCHEMES),
    cert: tuple[int, ...] | None = None,
) -> tuple[CertifiedKey, int]:
    wish = Wish(name, theirs, theirs if cert is None else cert)
    credential = certified_keys.choose(keys, ours, wish)
    return credential.certified_key, credential.scheme.number


# From two files


def test_a_certified_key_is_read_from_pem() -> None:
    family = certificates.authority_and_leaf(intermediates=1)
    chain, key = family.chain_pem, family.leaf_key_pem
    assert CertifiedKey.from_pem(chain, key) == family.certified_key
    assert CertifiedKey.from_pem(chain.encode(), key.encode()) == family.certified_key


# By the name

THREE = [for_hosts("localhost"), for_hosts("www.example.com"), for_hosts("*.example.org")]


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("localhost", 0),
        ("www.example.com", 1),
        ("WWW.Example.Com", 1),
        ("any.example.org", 2),
        ("example.com", 0),  # nobody's: the first
        (None, 0),
        ("a..b", 0),  # no name at all
        ("-" * 300, 0),
        ("127.0.0.1", 0),
    ],
)
def test_the_certificate_follows_the_name(asked: str | None, shown: int) -> None:
    assert choose(*THREE, name=asked) == (THREE[shown], ED25519)


# By what the client can verify


@pytest.mark.parametrize(
    ("theirs", "kind", "scheme"),
    [
        ((ED25519,), KeyKind.ED25519, ED25519),
        ((P256_SHA256,), KeyKind.P256, P256_SHA256),
        ((P384_SHA384,), KeyKind.P384, P384_SHA384),
        ((RSAE_SHA256,), KeyKind.RSA, RSAE_SHA256),
        ((RSAE_SHA512, RSAE_SHA256), KeyKind.RSA, RSAE_SHA256),  # our order decides
        ((PSS_SHA512, PKCS1_SHA256), KeyKind.RSA_PSS, PSS_SHA512),
        (BROWSER, KeyKind.P256, P256_SHA256),
        (tuple(SCHEMES), KeyKind.ED25519, ED25519),
        ((0x0A0A, 0x0203, P384_SHA384), KeyKind.P384, P384_SHA384),
    ],
)
@pytest.mark.parametrize("name", ["localhost", "elsewhere.example", None])
def test_the_key_follows_the_schemes(  # section 4.5.1.2 [4]
    theirs: tuple[int, ...], kind: KeyKind, scheme: int, name: str | None
) -> None:
    """The first that fits, where all have the same name and the same issuer, or none has the name."""
    assert choose(*OF_EACH_KIND.values(), name=name, theirs=theirs) == (OF_EACH_KIND[kind], scheme)


def test_the_order_of_our_keys_decides() -> None:
    rsa, p256 = OF_EACH_KIND[KeyKind.RSA], OF_EACH_KIND[KeyKind.P256]
    assert choose(rsa, p256) == (rsa, RSAE_SHA256)
    assert choose(p256, rsa) == (p256, P256_SHA256)


@pytest.mark.parametrize(
    ("kind", "scheme"),
    [
        (KeyKind.RSA_PSS_SHA256, PSS_SHA256),
        (KeyKind.RSA_PSS_SHA384, PSS_SHA384),
        (KeyKind.RSA_PSS_SHA512, PSS_SHA512),
    ],
)
def test_a_restricted_key_signs_in_its_own_scheme_alone(kind: KeyKind, scheme: int) -> None:
    assert choose(OF_EACH_KIND[kind]) == (OF_EACH_KIND[kind], scheme)
    others = tuple(number for number in SCHEMES if number != scheme)
    with pytest.raises(NoCommonParameters):
        choose(OF_EACH_KIND[kind], theirs=others)
    with pytest.raises(NoCommonParameters):
        choose(OF_EACH_KIND[kind], ours=others)


@pytest.mark.parametrize("theirs", [(), (0x0A0A,), (0x0203, PKCS1_SHA1), (PKCS1_SHA256, 0x0501, 0x0601)])
def test_a_client_that_can_verify_none(theirs: tuple[int, ...]) -> None:
    """PKCS #1 is for certificates: a client that lists nothing else is of TLS 1.2."""
    with pytest.raises(NoCommonParameters, match="the client cannot verify what our keys sign"):
        choose(*OF_EACH_KIND.values(), theirs=theirs)


@pytest.mark.parametrize("theirs", [(0x0A0A,), (PKCS1_SHA256, 0x0203), (P384_SHA384, RSAE_SHA256)])
# section 4.5.1.2 [2]
def test_a_client_that_can_verify_none_is_told_handshake_failure(theirs: tuple[int, ...]) -> None:
    keys = (OF_EACH_KIND[KeyKind.ED25519], OF_EACH_KIND[KeyKind.P256], OF_EACH_KIND[KeyKind.RSA_PSS])
    client = HostileClient(certified_keys=keys)
    client.say_hello(instead=(SignatureAlgorithms(theirs),))
    assert_refused(client, NoCommonParameters, "handshake_failure", "hello")


# By whose signatures in certificates the client can verify (section 4.3.3)

ECDSA_SHA256 = AlgorithmIdentifier(oids.ECDSA_WITH_SHA256)
ECDSA_SHA384 = AlgorithmIdentifier(oids.ECDSA_WITH_SHA384)
RSA_SHA1 = AlgorithmIdentifier(oids.RSA_WITH_SHA1, NULL)
STRANGE = AlgorithmIdentifier("1.2.3.4")  # we cannot verify it, but a client may
SIGNED_ED25519 = for_hosts("localhost", kind=KeyKind.RSA)
SIGNED_SHA256 = for_hosts("localhost", kind=KeyKind.RSA, identifier=ECDSA_SHA256)
SIGNED_SHA384 = for_hosts("localhost", kind=KeyKind.RSA, identifier=ECDSA_SHA384)
SIGNED_STRANGELY = for_hosts("localhost", kind=KeyKind.RSA, identifier=STRANGE)
ELSEWHERE = for_hosts("elsewhere.example", kind=KeyKind.RSA, identifier=ECDSA_SHA256)


@pytest.mark.parametrize(
    ("keys", "cert", "shown"),
    [
        ((SIGNED_ED25519, SIGNED_SHA256), (P256_SHA256,), SIGNED_SHA256),
        ((SIGNED_SHA256, SIGNED_ED25519), (ED25519,), SIGNED_ED25519),
        ((SIGNED_SHA256, SIGNED_SHA384), (P384_SHA384,), SIGNED_SHA384),
        ((SIGNED_SHA384, SIGNED_SHA256), (P384_SHA384, P256_SHA256), SIGNED_SHA384),
        ((SIGNED_STRANGELY, SIGNED_SHA256), (0xFE01, P256_SHA256), SIGNED_SHA256),
        ((ELSEWHERE, SIGNED_ED25519), (P256_SHA256,), SIGNED_ED25519),  # the name is more
        ((SIGNED_ED25519, SIGNED_STRANGELY), (P256_SHA256,), SIGNED_ED25519),  # it may know the issuer's key
        ((SIGNED_STRANGELY,), (), SIGNED_STRANGELY),
    ],
)
def test_the_chain_follows_the_schemes_for_certificates(  # section 4.5.1.2 [8]
    keys: tuple[CertifiedKey, ...], cert: tuple[int, ...], shown: CertifiedKey
) -> None:
    """What signs the handshake is another question: it is RSA here, whatever signs the certificates."""
    assert choose(*keys, theirs=(RSAE_SHA256,), cert=cert) == (shown, RSAE_SHA256)


@pytest.mark.parametrize("cert", [(P256_SHA256,), (ED25519,)])
def test_if_no_name_fits_the_chain_still_counts(cert: tuple[int, ...]) -> None:  # section 4.5.1.2 [9]
    keys = SIGNED_ED25519, SIGNED_SHA256
    shown, _ = choose(*keys, name="other.example", cert=cert)
    assert shown is keys[cert == (P256_SHA256,)]


def chain(*identifiers: AlgorithmIdentifier, root: AlgorithmIdentifier | None = None) -> CertifiedKey:
    """A leaf and its issuers, signed so; and perhaps the root itself.

    The leaf's issuer is called 0, that one's is 1, and so on.
    """
    names = [distinguished_names.encode(name) for name in ("leaf", *map(str, range(len(identifiers))))]
    links = [
        X509.from_der(certificates.assemble(identifier=identifier, subject=subject, issuer=issuer))
        for identifier, (subject, issuer) in zip(identifiers, itertools.pairwise(names), strict=True)
    ]
    if root is not None:
        name = names[-1]
        links.append(X509.from_der(certificates.assemble(identifier=root, issuer=name, subject=name)))
    return CertifiedKey(tuple(links), certificates.private_key(KeyKind.ED25519))


@pytest.mark.parametrize(
    ("key", "followed"),
    [
        (chain(ECDSA_SHA256), True),
        (chain(ECDSA_SHA384), False),
        (chain(ECDSA_SHA256, ECDSA_SHA256), True),
        (chain(ECDSA_SHA256, ECDSA_SHA384), False),
        (chain(ECDSA_SHA384, ECDSA_SHA256), False),
        (chain(ECDSA_SHA256, STRANGE), False),
        (chain(ECDSA_SHA256, root=RSA_SHA1), True),
        (chain(ECDSA_SHA256, root=ECDSA_SHA384), True),
        (chain(ECDSA_SHA384, root=ECDSA_SHA256), False),
    ],
)
def test_every_link_of_a_chain_counts_but_how_a_root_signs_itself(key: CertifiedKey, followed: bool) -> None:
    assert certified_keys.can_be_followed(key, (P256_SHA256, RSAE_SHA256)) == followed


# Over the wire


def shown_to(client: HostileClient) -> tuple[Certificate, int]:
    """The certificates and the scheme that the victim has used."""
    heard = map(messages.decode, client.messages_heard)
    certificate, verify = (one for one in heard if isinstance(one, (Certificate, CertificateVerify)))
    assert isinstance(certificate, Certificate)
    assert isinstance(verify, CertificateVerify)
    return certificate, verify.algorithm


@pytest.mark.parametrize(
    ("schemes", "cert", "shown", "scheme"),
    [
        ((RSAE_SHA256, P256_SHA256), None, SIGNED_SHA256, RSAE_SHA256),  # no list of its own: the same one
        ((RSAE_SHA256, P256_SHA256), (ED25519,), SIGNED_ED25519, RSAE_SHA256),
        ((RSAE_SHA256, ED25519), (P384_SHA384,), SIGNED_SHA384, RSAE_SHA256),
        ((RSAE_SHA512, ED25519), None, SIGNED_ED25519, RSAE_SHA512),
    ],
)
def test_both_lists_of_schemes_come_from_the_client_hello(
    schemes: tuple[int, ...], cert: tuple[int, ...] | None, shown: CertifiedKey, scheme: int
) -> None:
    client = HostileClient(certified_keys=(SIGNED_ED25519, SIGNED_SHA256, SIGNED_SHA384))
    extra = () if cert is None else (SignatureAlgorithmsCert(cert),)
    client.say_hello(instead=(SignatureAlgorithms(schemes),), extra=extra)
    client.say_finished()
    hostile.assert_connected(client)
    certificate, used = shown_to(client)
    assert [entry.cert_data for entry in certificate.certificate_list] == [shown.leaf.der]
    assert used == scheme


def test_the_name_comes_from_the_client_hello() -> None:
    client = HostileClient(certified_keys=tuple(THREE))
    client.say_hello(server_name="any.example.org")
    client.say_finished()
    certificate, _ = shown_to(client)
    assert certificate.certificate_list[0].cert_data == THREE[2].leaf.der


# What is no certified key


@pytest.mark.parametrize("kind", KeyKind)
def test_a_key_belongs_to_its_certificate(kind: KeyKind) -> None:  # section 4.5.1 [9]
    leaf = OF_EACH_KIND[kind].leaf
    assert CertifiedKey((leaf,), certificates.private_key(kind)).kind is kind
    for other in (
        certificates.key(7),
        certificates.ec.derive_private_key(7, public_keys.CURVES[KeyKind.P256]),
    ):
        with pytest.raises(ValueError, match="the private key is not the certificate's"):
            CertifiedKey((leaf,), other)


def test_a_certificate_whose_key_we_cannot_read_is_not_served() -> None:
    weak = encoding.sequence(encoding.integer(3 * 5), encoding.integer(3))
    algorithm = AlgorithmIdentifier(oids.RSA, NULL).der
    leaf = certificates.assemble(subjectPublicKeyInfo=encoding.sequence(algorithm, encoding.bit_string(weak)))
    with pytest.raises(ValueError, match="the certificate cannot be served: its RSA key cannot be used"):
        CertifiedKey((X509.from_der(leaf),), certificates.private_key(KeyKind.RSA))


def test_there_is_a_certificate() -> None:
    with pytest.raises(ValueError, match="no certificate"):
        CertifiedKey((), certificates.key(100))


def test_a_certificate_of_version_1_is_not_served() -> None:  # section 4.5.1.2 [1]
    leaf = X509.from_der(certificates.assemble(version=b"", extensions=b""))
    assert leaf.version == 1
    with pytest.raises(ValueError, match=r"of X\.509 version 1, must be 3"):
        CertifiedKey((leaf,), certificates.key(100))


def with_usage(*usages: KeyUsage) -> X509:
    key_usage = certificates.extension(oids.KEY_USAGE, certificates.issue.key_usage(*usages))
    extensions = certificates.leaf_extensions(key_usage=key_usage)
    return X509.from_der(
        certificates.assemble(extensions=encoding.explicit(3, encoding.sequence(*extensions)))
    )


def test_a_certificate_that_may_not_sign_is_not_served() -> None:  # section 4.5.1.2 [3]
    with pytest.raises(ValueError, match="keyUsage does not allow signatures"):
        CertifiedKey((with_usage(KeyUsage.keyAgreement, KeyUsage.keyCertSign),), certificates.key(100))
    CertifiedKey((with_usage(KeyUsage.keyAgreement, KeyUsage.digitalSignature),), certificates.key(100))
    unrestricted = certificates.leaf_extensions(key_usage=None)
    leaf = certificates.assemble(extensions=encoding.explicit(3, encoding.sequence(*unrestricted)))
    CertifiedKey((X509.from_der(leaf),), certificates.key(100))


def test_each_certificate_certifies_the_one_before_it() -> None:  # section 4.5.1 [10]
    key = chain(ECDSA_SHA256, ECDSA_SHA256, ECDSA_SHA256, root=ECDSA_SHA256)
    leaf, first, second, root = key.certificate_chain
    for links in ((leaf, second, first), (leaf, second), (leaf, first, root), (leaf, first, first, second)):
        with pytest.raises(ValueError, match="does not certify"):
            CertifiedKey(links, key.private_key)
    with pytest.raises(ValueError, match=r"^CN=1 does not certify CN=leaf, which is before it in the chain$"):
        CertifiedKey((leaf, second), key.private_key)


@pytest.mark.parametrize("oid", [oids.RSA_WITH_SHA1, oids.RSA_WITH_MD5, oids.ECDSA_WITH_SHA1])
def test_a_weak_link_is_not_served(oid: str) -> None:  # sections 4.3.3 [13] and 4.5.1.2 [10]
    """Section 4.5.1.3; how a root signs itself is nobody's business."""
    weak = AlgorithmIdentifier(oid, None if oid == oids.ECDSA_WITH_SHA1 else NULL)
    for links in ((weak,), (ECDSA_SHA256, weak)):
        with pytest.raises(ValueError, match="cannot be served: it is signed with"):
            chain(*links)
    assert len(chain(ECDSA_SHA256, root=weak).certificate_chain) == 2


def test_an_ocsp_response_has_to_fit() -> None:
    """With what stands before it, into the extensions of the entry that it is for."""
    key = OF_EACH_KIND[KeyKind.ED25519]
    for size in (0, 65_528):
        with pytest.raises(ValueError, match=f"an OCSP response of {size} bytes, must be 1 to 65527"):
            replace(key, ocsp_response=bytes(size))
    assert replace(key, ocsp_response=b"?").ocsp_response == b"?"
    response = bytes(65_527)
    server = server_settings(certified_keys=(replace(key, ocsp_response=response),))
    link = Link(client_settings(trust=None, status_request=True), server)
    link.carry()
    assert link.client.session is not None and link.client.session.peer is not None
    assert link.client.session.peer.ocsp_response == response


def test_no_private_key_is_shown() -> None:
    key = OF_EACH_KIND[KeyKind.ED25519]
    assert repr(key.private_key) not in repr(key)


# The authorities that a client names (section 4.3.4)


def test_a_chain_that_leads_to_a_named_authority_is_better() -> None:  # sections 4.3.4 [1] and 4.5.1.2 [5]
    """But the name is more, and so is what the client can verify; and any is better than none."""
    here, there = chain(ECDSA_SHA256), chain(ECDSA_SHA256, ECDSA_SHA256)
    named = [distinguished_names.encode("1")]  # the issuer of the second link of `there`

    def best(*keys: CertifiedKey, authorities: list[bytes], cert: tuple[int, ...] = (P256_SHA256,)) -> object:
        wish = Wish("localhost", tuple(SCHEMES), cert, authorities)
        return certified_keys.choose(keys, tuple(SCHEMES), wish).certified_key

    assert best(here, there, authorities=[]) is here
    assert best(here, there, authorities=named) is there
    assert best(here, there, authorities=[distinguished_names.encode("0"), *named]) is here
    assert best(here, authorities=named) is here
    assert best(ELSEWHERE, here, authorities=[distinguished_names.encode("Root")]) is here
    unverifiable = chain(ECDSA_SHA384, ECDSA_SHA384)
    assert best(here, unverifiable, authorities=named) is here


def test_they_come_from_the_client_hello() -> None:
    first, second = chain(ECDSA_SHA256), chain(ECDSA_SHA256, ECDSA_SHA256)
    client = HostileClient(certified_keys=(first, second))
    authorities = CertificateAuthorities((distinguished_names.encode("1"),))
    client.say_hello(extra=(authorities, SignatureAlgorithmsCert((P256_SHA256,))))
    certificate, _ = shown_to(client)
    assert len(certificate.certificate_list) == 2
