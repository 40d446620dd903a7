"""Bad points, bad signatures and bad keys, said by a hostile peer, and what they cost its victim.

As in test_client.py, the last step of each script is the one that is refused, with exactly this error and
this alert.  What is wrong with a value is wrong with it alone: a signature with r + n in the place of r would
verify if nobody looked at its range, and so on.
"""

import functools
import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from handshake.constants import NamedGroup, SignatureScheme
from handshake.errors import DecryptError, IllegalParameter
from handshake.extensions import (
    ClientKeyShares,
    KeyShareEntry,
    SelectedVersion,
    ServerKeyShare,
    SupportedGroups,
)
from handshake.messages import Certificate, CertificateVerify
from purecrypto import ecdsa, rsa, weierstrass, x25519
from record.errors import BadRecord
from tests.support import certificates, hostile, oracle, peers_in_memory, remembered, rsa_keys
from tests.support.certificates import Signer
from tests.support.hostile import HostileClient, HostileServer, assert_refused
from tests.support.oracle import SECP256R1, SECP384R1, X25519MLKEM768
from tls.events import ConnectionFailed
from x509 import algorithms, distinguished_names, encoding, oids, public_keys
from x509.algorithms import KEY_ALGORITHMS, NULL, AlgorithmIdentifier, KeyKind
from x509.certificate import Certificate as X509
from x509.errors import (
    InvalidCertificateSignature,
    MalformedCertificate,
    UnknownAuthority,
    UnsupportedCertificate,
    WeakSignature,
)
from x509.private_keys import PrivateKey
from x509.search import MAXIMUM_SIGNATURE_CHECKS
from x509.trust_store import TrustStore

KINDS = {SECP256R1: KeyKind.P256, SECP384R1: KeyKind.P384}
CURVES = {KeyKind.P256: weierstrass.P256, KeyKind.P384: weierstrass.P384}


@pytest.fixture(scope="module", autouse=True)
def remember() -> Iterator[None]:
    with remembered.primitives():
        yield


# Points (section 4.3.8.2)

POINT_WITH_SMALL_Y = {  # x is a root of x^3 - 3x + b - y^2 modulo p
    SECP256R1: (0xD7325D7646CD60D80A92738CEB345F844CFFAF35841022CAB176F692DE8DE1D7, 5),
    SECP384R1: (
        0x2261B2BF605C22F2F3AEF6338719B2C486388AD5240719A5257315969EF01BA27F0A104C89704773A81FDABEE6AB5C78,
        1,
    ),
}


@functools.cache
def bad_points(group: int) -> dict[str, bytes]:
    """What is no point of this curve, or not written as one."""
    curve, good = CURVES[KINDS[group]], oracle.public_value(hostile.PRIVATE_KEY, group)
    x, y, last = good[1 : 1 + curve.size], good[1 + curve.size :], good[-1]
    other_curve = {SECP256R1: ec.SECP256K1(), SECP384R1: ec.BrainpoolP384R1()}[group]
    stranger = ec.derive_private_key(7, other_curve).public_key()
    (small_x, its_y), (its_x, small_y) = next(points_with_small_x(curve)), POINT_WITH_SMALL_Y[group]
    return {
        "off the curve": good[:-1] + bytes([last ^ 1]),
        "of another curve of this size": stranger.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint),
        "of another curve": oracle.public_value(hostile.PRIVATE_KEY, SECP256R1 ^ SECP384R1 ^ group),
        "x is p more than it should be": b"\x04" + number(curve, small_x + curve.p) + number(curve, its_y),
        "y is p more than it should be": b"\x04" + number(curve, its_x) + number(curve, small_y + curve.p),
        "y is all ones": b"\x04" + x + b"\xff" * curve.size,
        "compressed": bytes([2 | last & 1]) + x,
        "compressed, as long as uncompressed": bytes([2 | last & 1]) + x + y,
        "hybrid": bytes([6 | last & 1]) + x + y,
        "infinity": b"\x00",
        "infinity, as long as a point": bytes(len(good)),
        "zeros": b"\x04" + bytes(2 * curve.size),
        "x and y without a form": x + y,
        "a byte too few": good[:-1],
        "a byte too many": good + b"\x00",
        "60000 bytes too many": good + bytes(60_000),
    }


def points_with_small_x(curve: weierstrass.Curve) -> Iterator[tuple[int, int]]:
    for x in itertools.count():
        y = pow(weierstrass.y_squared(curve, x), (curve.p + 1) // 4, curve.p)
        if weierstrass.is_on_curve(curve, (x, y)):
            yield x, y


def number(curve: weierstrass.Curve, n: int) -> bytes:
    return n.to_bytes(curve.size, "big")


BAD_POINTS = [(group, wrong) for group in KINDS for wrong in bad_points(group)]
each_bad_point = pytest.mark.parametrize(
    ("group", "wrong"), BAD_POINTS, ids=[f"{NamedGroup(group).name}-{wrong}" for group, wrong in BAD_POINTS]
)


@each_bad_point
def test_a_servers_point(group: int, wrong: str) -> None:  # section 4.3.8.2 [1]
    server = HostileServer(group=group)
    key_share = ServerKeyShare(KeyShareEntry(group, bad_points(group)[wrong]))
    server.say(server.server_hello(extensions=(SelectedVersion(), key_share)))
    assert_refused(server, IllegalParameter, "illegal_parameter", "hello")


@each_bad_point
def test_a_clients_point(group: int, wrong: str) -> None:  # section 4.3.8.2 [1]
    client = HostileClient(group=group)
    key_share = ClientKeyShares((KeyShareEntry(group, bad_points(group)[wrong]),))
    client.say_hello(instead=(key_share,))
    assert_refused(client, IllegalParameter, "illegal_parameter", "hello")


@each_bad_point
def test_a_clients_point_in_its_second_hello(group: int, wrong: str) -> None:
    client = HostileClient(group=group)
    client.say_hello(key_share_groups=())
    key_share = ClientKeyShares((KeyShareEntry(group, bad_points(group)[wrong]),))
    client.say_hello(instead=(key_share,))
    assert_refused(client, IllegalParameter, "illegal_parameter", "hello")


# Both halves of the hybrid: one alert for whatever is wrong (RFC 10024)

WRONG_ANSWERS: dict[str, Callable[[bytes], bytes]] = {
    "a byte too few": lambda good: good[:-1],
    "a byte too many": lambda good: good + b"\x00",
    "60000 bytes too many": lambda good: good + bytes(60_000),
    "of one byte": lambda good: good[:1],
    "X25519 alone": lambda good: good[-32:],
    "ML-KEM alone": lambda good: good[:-32],
    "X25519 of zeros": lambda good: good[:-32] + bytes(32),
    "X25519 of order eight": lambda good: good[:-32] + EIGHT_TIMES_IT_IS_NOTHING,
}
WRONG_SHARES: dict[str, Callable[[bytes], bytes]] = WRONG_ANSWERS | {
    "a coefficient of q": lambda good: b"\x01" + bytes([good[1] & 0xF0 | 0x0D]) + good[2:],
    "coefficients of twelve ones": lambda good: b"\xff" * 1152 + good[1152:],
    "the last coefficient too large": lambda good: good[:1151] + b"\xff" + good[1152:],
    "the halves in the other order": lambda good: good[-32:] + good[:-32],
    "as long as an answer": lambda good: good[:1120],
}
EIGHT_TIMES_IT_IS_NOTHING = bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800")


@pytest.mark.parametrize("wrong", WRONG_ANSWERS)
def test_a_servers_hybrid_answer(wrong: str) -> None:
    server = HostileServer(group=X25519MLKEM768)
    key_share = ServerKeyShare(KeyShareEntry(X25519MLKEM768, WRONG_ANSWERS[wrong](server.answer())))
    server.say(server.server_hello(extensions=(SelectedVersion(), key_share)))
    assert_refused(server, IllegalParameter, "illegal_parameter", "hello")


@pytest.mark.parametrize("wrong", WRONG_SHARES)
@pytest.mark.parametrize("hello", ["first", "second"])
def test_a_clients_hybrid_share(wrong: str, hello: str) -> None:
    client = HostileClient(group=X25519MLKEM768)
    if hello == "second":
        client.say_hello(key_share_groups=())
    good = oracle.public_value(client.private_key, X25519MLKEM768)
    client.say_hello(instead=(ClientKeyShares((KeyShareEntry(X25519MLKEM768, WRONG_SHARES[wrong](good)),)),))
    assert_refused(client, IllegalParameter, "illegal_parameter", "hello")


def test_a_ciphertext_that_was_altered_on_the_way() -> None:
    """There is a secret all the same, but another one (FIPS 203 section 6.3): nothing can be opened."""
    keys = {"private_keys": peers_in_memory.client_keys(X25519MLKEM768)}
    client = peers_in_memory.client_settings(**keys, key_share_groups=(X25519MLKEM768,))
    link = peers_in_memory.Link(client, peers_in_memory.server_settings(**keys))
    link.to_server()
    flight = bytearray(link.server.data_to_send())
    share = flight.index(bytes.fromhex("11ec 0460")) + 4  # the group, and the size of its answer
    flight[share + 700] ^= 1
    failure = link.client.receive_data(bytes(flight))[-1]
    assert isinstance(failure, ConnectionFailed)
    assert type(failure.error) is BadRecord


# ECDSA signatures, in CertificateVerify and in certificates


def wrapped(r: bytes, s: bytes, rest: bytes = b"") -> bytes:
    """A signature of these two INTEGERs' contents, whatever they are."""
    content = b"\x02" + length(r) + r + b"\x02" + length(s) + s + rest
    return b"\x30" + length(content) + content


def length(content: bytes) -> bytes:
    if len(content) < 0x80:
        return bytes([len(content)])
    return b"\x82" + len(content).to_bytes(2, "big")


def integer(n: int) -> bytes:
    """The content of an INTEGER that is not negative."""
    return n.to_bytes(n.bit_length() // 8 + 1, "big")


def altered(good: bytes, curve: weierstrass.Curve) -> dict[str, bytes]:
    """A good signature in many wrong forms; its r has the highest bit set."""
    r, s = decode_dss_signature(good)
    n, size = curve.n, curve.size
    return {
        "r = 0": encode_dss_signature(0, s),
        "s = 0": encode_dss_signature(r, 0),
        "r = 0 and s = 0": encode_dss_signature(0, 0),
        "r = n": encode_dss_signature(n, s),
        "s = n": encode_dss_signature(r, n),
        "r + n": encode_dss_signature(r + n, s),
        "s + n": encode_dss_signature(r, s + n),
        "r negative, by its sign alone": wrapped(integer(r)[1:], integer(s)),
        "s - n, negative": wrapped(integer(r), (s - n).to_bytes(size + 1, "big", signed=True)),
        "r with a superfluous zero": wrapped(b"\x00" + integer(r), integer(s)),
        "s with a superfluous zero": wrapped(integer(r), b"\x00" * (size + 2 - len(integer(s))) + integer(s)),
        "r without digits": wrapped(b"", integer(s)),
        "a length in the long form": b"\x30\x81" + good[1:],
        "a length without end": b"\x30\x80" + good[2:] + b"\x00\x00",
        "a byte behind it": good + b"\x00",
        "a byte inside it, at its end": wrapped(integer(r), integer(s), b"\x00"),
        "a third number": wrapped(integer(r), integer(s), b"\x02\x01\x01"),
        "the last byte missing": good[:-1],
        "s missing": b"\x30" + length(good[2:-2]) + b"\x02" + length(integer(r)) + integer(r),
        "r and s without DER": r.to_bytes(size, "big") + s.to_bytes(size, "big"),
        "a SET": b"\x31" + good[1:],
        "nothing": b"",
        "r of 120 bytes": wrapped(b"\x01" * 120, b"\x01"),
        "r of 60000 bytes": wrapped(b"\x01" * 60_000, integer(s)),
    }


ALTERATIONS = list(altered(encode_dss_signature(1 << 255, 1), weierstrass.P256))
each_alteration = pytest.mark.parametrize("wrong", ALTERATIONS)
each_curve = pytest.mark.parametrize("kind", CURVES, ids=lambda kind: kind.name)


def ecdsa_with_high_r(sign: Callable[[], bytes]) -> bytes:
    """A signature whose r needs a zero ahead in DER."""
    return next(made for made in (sign() for _ in itertools.count()) if made[4] == 0)


@each_curve
@each_alteration
def test_an_ecdsa_signature_in_certificate_verify(kind: KeyKind, wrong: str) -> None:
    server = HostileServer(certified_key=certificates.certified_key(kind))
    server.say_flight(until=CertificateVerify)
    good = ecdsa_with_high_r(lambda: server.certificate_verify().signature)
    server.say(CertificateVerify(hostile.USUAL_SCHEME[kind], altered(good, CURVES[kind])[wrong]))
    assert_refused(server, DecryptError, "decrypt_error", "handshake")


@each_curve
@each_alteration
def test_an_ecdsa_signature_in_a_certificate(kind: KeyKind, wrong: str) -> None:
    authority = certificates.private_key(kind)

    def sign(tbs: bytes) -> bytes:
        good = ecdsa_with_high_r(lambda: signer(authority, hashes.SHA256())(tbs))
        return altered(good, CURVES[kind])[wrong]

    server = HostileServer(
        trust=TrustStore([root(authority, signer(authority, hashes.SHA256()), ECDSA_SHA256)])
    )
    server.say_flight(until=Certificate)
    server.say_certificate(certificates.assemble(sign, ECDSA_SHA256))
    assert_refused(server, InvalidCertificateSignature, "bad_certificate", "handshake")


@each_curve
def test_an_ecdsa_signature_is_good_before_it_is_altered(kind: KeyKind) -> None:
    """And so is its other half, (r, n - s), which the standard leaves as it is."""
    for other_half in (False, True):
        server = HostileServer(certified_key=certificates.certified_key(kind))
        server.say_flight(until=CertificateVerify)
        good = server.certificate_verify()
        r, s = decode_dss_signature(good.signature)
        s = CURVES[kind].n - s if other_half else s
        server.say(replace(good, signature=encode_dss_signature(r, s)))
        server.say_finished()
        hostile.assert_connected(server)


# RSA signatures


RSA_N = certificates.private_key(KeyKind.RSA).public_key().n  # type: ignore[union-attr]
SIZE = 256  # bytes


def pss(salt_length: int = 32, mask: Any = None) -> Any:
    def sign(content: bytes) -> bytes:
        algorithm = padding.PSS(padding.MGF1(mask or hashes.SHA256()), salt_length)
        return rsa_keys.theirs("2048").sign(content, algorithm, hashes.SHA256())  # type: ignore[no-any-return]

    return sign


def pss_until(fits: Callable[[int], bool], then: Callable[[int], bytes]) -> Any:
    """Sign until the signature is such a number, and alter it."""

    def sign(content: bytes) -> bytes:
        numbers = (int.from_bytes(pss()(content), "big") for _ in itertools.count())
        return then(next(filter(fits, numbers)))

    return sign


def rsa_octets(n: int) -> bytes:
    return n.to_bytes(SIZE, "big")


RSA_SIGNATURES: dict[str, Callable[[bytes], bytes]] = {
    "no salt": pss(0),
    "a salt of 20 bytes": pss(20),
    "a salt of 31 bytes": pss(31),
    "a salt of 33 bytes": pss(33),
    "the longest salt": pss(SIZE - 32 - 2),
    "the mask with another hash": pss(mask=hashes.SHA384()),
    "another hash": lambda content: oracle.sign(rsa_keys.theirs("2048"), content, 0x0805),
    "PKCS #1 v1.5": lambda content: oracle.sign(rsa_keys.theirs("2048"), content, 0x0401),
    "another content": lambda content: pss()(content + b"\x00"),
    "another key": lambda content: oracle.sign(rsa_keys.theirs("2050"), content, 0x0804)[:SIZE],
    "s + n": pss_until(lambda s: s + RSA_N < 1 << 8 * SIZE, lambda s: rsa_octets(s + RSA_N)),
    "n - s": pss_until(lambda s: True, lambda s: rsa_octets(RSA_N - s)),
    "0": lambda _: rsa_octets(0),
    "1": lambda _: rsa_octets(1),
    "n - 1": lambda _: rsa_octets(RSA_N - 1),
    "n": lambda _: rsa_octets(RSA_N),
    "n + 1": lambda _: rsa_octets(RSA_N + 1),
    "all ones": lambda _: b"\xff" * SIZE,
    "a zero ahead": lambda content: b"\x00" + pss()(content),
    "a zero behind": lambda content: pss()(content) + b"\x00",
    "its zero ahead left out": pss_until(lambda s: s < 1 << 8 * SIZE - 8, lambda s: rsa_octets(s)[1:]),
    "nothing": lambda _: b"",
    "60000 bytes": lambda _: b"\x01" * 60_000,
}


@pytest.mark.parametrize("wrong", RSA_SIGNATURES)
def test_an_rsa_signature_in_certificate_verify(wrong: str) -> None:  # section 4.3.3 [5, 7]
    server = HostileServer(certified_key=certificates.certified_key(KeyKind.RSA))
    server.say_flight(until=CertificateVerify)
    content = oracle.certificate_verify_content("server", server.through())
    server.say(CertificateVerify(SignatureScheme.RSA_PSS_RSAE_SHA256, RSA_SIGNATURES[wrong](content)))
    assert_refused(server, DecryptError, "decrypt_error", "handshake")


@pytest.mark.parametrize("wrong", RSA_SIGNATURES)
@pytest.mark.parametrize("padded", ["PSS", "PKCS #1 v1.5"])
def test_an_rsa_signature_in_a_certificate(padded: str, wrong: str) -> None:
    """As what it is not: of PSS with this salt, or of PKCS #1."""
    if padded == wrong:
        return
    authority = certificates.private_key(KeyKind.RSA)
    identifier = {
        "PSS": AlgorithmIdentifier(oids.RSA_PSS, algorithms.pss_parameters(oids.SHA256, 32)),
        "PKCS #1 v1.5": RSA_SHA256,
    }[padded]
    anchor = root(authority, signer(authority, hashes.SHA256(), padding.PKCS1v15()), RSA_SHA256)
    server = HostileServer(trust=TrustStore([anchor]))
    server.say_flight(until=Certificate)
    server.say_certificate(certificates.assemble(RSA_SIGNATURES[wrong], identifier))
    assert_refused(server, InvalidCertificateSignature, "bad_certificate", "handshake")


# Schemes that do not fit the key (section 4.5.2): each of these signatures is good, under another name

SCHEMES_THAT_DO_NOT_FIT = [
    (KeyKind.P256, 0x0503),  # ecdsa_secp384r1_sha384 by P-256
    (KeyKind.P256, 0x0603),
    (KeyKind.P384, 0x0403),  # ecdsa_secp256r1_sha256 by P-384
    (KeyKind.P384, 0x0603),
    (KeyKind.RSA, 0x0401),  # PKCS #1 is for certificates
    (KeyKind.RSA, 0x0501),
    (KeyKind.RSA, 0x0601),
    (KeyKind.RSA, 0x0809),  # rsa_pss_pss by rsaEncryption
    (KeyKind.RSA, 0x080A),
    (KeyKind.RSA, 0x080B),
    (KeyKind.RSA_PSS, 0x0804),  # rsa_pss_rsae by RSASSA-PSS
    (KeyKind.RSA_PSS, 0x0805),
    (KeyKind.RSA_PSS, 0x0806),
    (KeyKind.RSA_PSS, 0x0401),
    (KeyKind.RSA_PSS_SHA256, 0x0804),
    (KeyKind.RSA_PSS_SHA256, 0x080A),  # a hash that the key is not for
    (KeyKind.RSA_PSS_SHA384, 0x0809),
    (KeyKind.RSA_PSS_SHA512, 0x0809),
]


@pytest.mark.parametrize(
    ("kind", "scheme"),
    SCHEMES_THAT_DO_NOT_FIT,
    ids=lambda value: getattr(value, "name", None) or f"{value:#x}",
)
# sections 4.3.3 [1, 6, 8] and 4.5.2 [6]
def test_a_scheme_that_does_not_fit_the_key(kind: KeyKind, scheme: int) -> None:
    server = HostileServer(certified_key=certificates.certified_key(kind))
    server.say_flight(until=CertificateVerify)
    server.say_verify(scheme=scheme)
    assert_refused(server, IllegalParameter, "illegal_parameter", "handshake")


@pytest.mark.parametrize("kind", [kind for kind in KeyKind if kind is not KeyKind.ED25519])
def test_ed25519_by_a_key_of_another_kind(kind: KeyKind) -> None:
    server = HostileServer(certified_key=certificates.certified_key(kind))
    server.say_flight(until=CertificateVerify)
    server.say(replace(server.certificate_verify(), algorithm=SignatureScheme.ED25519))
    assert_refused(server, IllegalParameter, "illegal_parameter", "handshake")


# Keys in certificates: of the server itself, and of who has issued its certificate


def rsa_info(
    n: int = RSA_N, e: int = 65537, *, algorithm: bytes = KEY_ALGORITHMS[KeyKind.RSA].der, rest: bytes = b""
) -> bytes:
    numbers = encoding.sequence(encoding.integer(n), encoding.integer(e), rest)
    return encoding.sequence(algorithm, encoding.bit_string(numbers))


def ec_info(parameters: bytes | None, point: bytes) -> bytes:
    algorithm = AlgorithmIdentifier(oids.EC_PUBLIC_KEY, parameters).der
    return encoding.sequence(algorithm, encoding.bit_string(point))


P256_POINT = oracle.public_value(hostile.PRIVATE_KEY, SECP256R1)
P521 = ec.derive_private_key(5, ec.SECP521R1()).public_key()
BAD_KEYS: dict[str, tuple[bytes, type[Exception], str]] = {
    **{
        name: (info, MalformedCertificate, "bad_certificate")
        for name, info in {
            "RSA of 1024 bits": rsa_info(rsa_keys.ours("1024").public_key().n),
            "RSA of 2047 bits": rsa_info(RSA_N >> 1 | 1),
            "RSA of 8193 bits": rsa_info(1 << 8192 | 1),
            "RSA of 16384 bits": rsa_info(1 << 16383 | 1),
            "RSA of 400,000 bits": rsa_info(1 << 400_000 | 1),
            "RSA with an even modulus": rsa_info(RSA_N - 1),
            "RSA with a negative modulus": rsa_info(-RSA_N),
            "RSA with a modulus that is negative by its sign alone": rsa_info(RSA_N - (1 << 8 * SIZE)),
            "RSA with the modulus 0": rsa_info(0),
            "RSA with e = 0": rsa_info(e=0),
            "RSA with e = 1": rsa_info(e=1),
            "RSA with e = -3": rsa_info(e=-3),
            "RSA with e = 65536": rsa_info(e=65536),
            "RSA with e of 33 bits": rsa_info(e=(1 << 32) + 1),
            "RSA with e as long as n": rsa_info(e=RSA_N - 2),
            "RSA with e of 400,000 bits": rsa_info(e=1 << 400_000 | 1),
            "RSA with a third number": rsa_info(rest=encoding.integer(3)),
            "RSA without parameters": rsa_info(algorithm=AlgorithmIdentifier(oids.RSA).der),
            "RSA with parameters of PSS": rsa_info(
                algorithm=AlgorithmIdentifier(oids.RSA, algorithms.pss_parameters(oids.SHA256, 32)).der
            ),
            "RSA without numbers": encoding.sequence(
                KEY_ALGORITHMS[KeyKind.RSA].der, encoding.bit_string(encoding.sequence())
            ),
            "RSA for PSS of 1024 bits": rsa_info(
                rsa_keys.ours("1024").public_key().n, algorithm=KEY_ALGORITHMS[KeyKind.RSA_PSS].der
            ),
            **{f"P-256, {wrong}": ec_info(encoding.oid(oids.P256), point)
               for wrong, point in bad_points(SECP256R1).items() if wrong != "compressed"},
            "P-256 with a point of P-384": ec_info(
                encoding.oid(oids.P256), oracle.public_value(hostile.PRIVATE_KEY, SECP384R1)
            ),
            "P-384 with a point of P-256": ec_info(encoding.oid(oids.P384), P256_POINT),
            "Ed25519 with NULL": encoding.sequence(
                AlgorithmIdentifier(oids.ED25519, NULL).der, encoding.bit_string(bytes(32))
            ),
            "Ed25519 of 31 bytes": encoding.sequence(
                AlgorithmIdentifier(oids.ED25519).der, encoding.bit_string(bytes(31))
            ),
        }.items()
    },
    **{
        name: (info, UnsupportedCertificate, "unsupported_certificate")
        for name, info in {
            "P-521": P521.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
            "an unknown curve": ec_info(encoding.oid("1.2.3.4"), P256_POINT),
            "a curve that is spelt out": ec_info(encoding.sequence(encoding.integer(1)), P256_POINT),
            "no curve": ec_info(None, P256_POINT),
            "the curve NULL": ec_info(NULL, P256_POINT),
            "an RSA key for PSS with a longer salt than TLS has": rsa_info(
                algorithm=AlgorithmIdentifier(oids.RSA_PSS, algorithms.pss_parameters(oids.SHA256, 33)).der
            ),
            "an RSA key for PSS with SHA-1": rsa_info(
                algorithm=AlgorithmIdentifier(oids.RSA_PSS, encoding.sequence()).der
            ),
            "Ed448": encoding.sequence(
                AlgorithmIdentifier("1.3.101.113").der, encoding.bit_string(bytes(57))
            ),
        }.items()
    },
}  # fmt: skip
each_bad_key = pytest.mark.parametrize("wrong", BAD_KEYS)


@each_bad_key
def test_a_servers_key(wrong: str) -> None:
    """It is read as soon as its certificate is judged, before it has verified anything."""
    info, error, alert = BAD_KEYS[wrong]
    server = HostileServer()
    server.say_flight(until=Certificate)
    server.say_certificate(certificates.assemble(subjectPublicKeyInfo=info))
    assert_refused(server, error, alert, "handshake")


@each_bad_key
def test_an_issuers_key(wrong: str) -> None:
    info, error, alert = BAD_KEYS[wrong]
    between = authority("Between", subjectPublicKeyInfo=info)
    leaf = certificates.assemble(issuer=distinguished_names.encode("Between"))
    server = HostileServer()
    server.say_flight(until=Certificate)
    server.say_certificate(leaf, between.der)
    assert_refused(server, error, alert, "handshake")


@each_bad_key
def test_a_bad_key_that_nobody_needs(wrong: str) -> None:
    """A list may hold certificates that lead nowhere, and two of one name (section 4.5.1)."""
    good = authority("Between", subjectPublicKeyInfo=spki(P256_KEY))
    bad = authority("Between", subjectPublicKeyInfo=BAD_KEYS[wrong][0])
    leaf = certificates.assemble(
        signer(P256_KEY, hashes.SHA256()), ECDSA_SHA256, issuer=distinguished_names.encode("Between")
    )
    anchor = peers_in_memory.family().authority.certificate
    assert_accepted(leaf, certificates.key(100), SignatureScheme.ED25519, bad.der, good.der, anchor=anchor)


def test_a_certificates_point_may_be_compressed() -> None:  # RFC 5480 section 2.2
    info = ec_info(encoding.oid(oids.P256), bytes([2 | P256_POINT[-1] & 1]) + P256_POINT[1:33])
    server = HostileServer()
    server.say_flight(until=Certificate)
    server.say_certificate(certificates.assemble(subjectPublicKeyInfo=info))
    key = public_keys.ec.derive_private_key(
        int.from_bytes(hostile.PRIVATE_KEY, "big"), public_keys.CURVES[KeyKind.P256]
    )
    server.say_verify(key=key, scheme=SignatureScheme.ECDSA_SECP256R1_SHA256)
    server.say_finished()
    hostile.assert_connected(server)


# Chains with several algorithms in them

RSA_SHA1 = AlgorithmIdentifier(oids.RSA_WITH_SHA1, NULL)
RSA_SHA256 = AlgorithmIdentifier(oids.RSA_WITH_SHA256, NULL)
ECDSA_SHA1 = AlgorithmIdentifier(oids.ECDSA_WITH_SHA1)
ECDSA_SHA256 = AlgorithmIdentifier(oids.ECDSA_WITH_SHA256)
ECDSA_SHA384 = AlgorithmIdentifier(oids.ECDSA_WITH_SHA384)


def signer(key: PrivateKey, algorithm: Any, rsa_padding: Any = None) -> Signer:
    """How pyca signs with this key."""
    theirs = certificates.theirs(key)
    if rsa_padding is None:
        return lambda tbs: theirs.sign(tbs, ec.ECDSA(algorithm))
    return lambda tbs: theirs.sign(tbs, rsa_padding, algorithm)


def authority(name: str, sign: Signer | None = None, **replaced: Any) -> X509:
    """An authority's certificate; what `assemble` takes may be replaced."""
    usual = {
        "subject": distinguished_names.encode(name),
        "extensions": encoding.explicit(3, encoding.sequence(*certificates.authority_extensions())),
    }
    return X509.from_der(certificates.assemble(sign, **(usual | replaced)))


def root(key: PrivateKey, sign: Signer, identifier: AlgorithmIdentifier) -> X509:
    """The root that `assemble` names, with another key."""
    return authority("Root", sign, identifier=identifier, subjectPublicKeyInfo=spki(key))


def spki(key: PrivateKey) -> bytes:
    return public_keys.encode(key.public_key())


def assert_accepted(leaf: bytes, key: PrivateKey, scheme: int, *between: bytes, anchor: X509) -> None:
    server = HostileServer(trust=TrustStore([anchor]))
    server.say_flight(until=Certificate)
    server.say_certificate(leaf, *between)
    server.say_verify(key=key, scheme=scheme)
    server.say_finished()
    hostile.assert_still_talks(server)


P256_KEY, P384_KEY = (certificates.private_key(kind) for kind in (KeyKind.P256, KeyKind.P384))


def test_p256_under_rsa_4096_under_an_rsa_root_signed_with_sha1() -> None:
    """Such are real chains.  Nobody looks at what a trust anchor says of itself (section 4.5.1.2)."""
    root_key, middle_key = rsa_keys.ours("3072"), rsa_keys.ours("4096")
    anchor = root(root_key, signer(root_key, hashes.SHA1(), padding.PKCS1v15()), RSA_SHA1)
    middle = authority(
        "Middle",
        signer(root_key, hashes.SHA256(), padding.PKCS1v15()),
        identifier=RSA_SHA256,
        subjectPublicKeyInfo=spki(middle_key),
    )
    leaf = certificates.assemble(
        signer(middle_key, hashes.SHA256(), padding.PKCS1v15()),
        RSA_SHA256,
        issuer=distinguished_names.encode("Middle"),
        subjectPublicKeyInfo=spki(P256_KEY),
    )
    assert_accepted(leaf, P256_KEY, SignatureScheme.ECDSA_SECP256R1_SHA256, middle.der, anchor=anchor)
    assert_accepted(
        *(leaf, P256_KEY, SignatureScheme.ECDSA_SECP256R1_SHA256, middle.der, anchor.der), anchor=anchor
    )


@pytest.mark.parametrize(
    ("key", "identifier", "sign"),
    [
        (P256_KEY, ECDSA_SHA1, signer(P256_KEY, hashes.SHA1())),
        (
            rsa_keys.ours("2048"),
            RSA_SHA1,
            signer(rsa_keys.ours("2048"), hashes.SHA1(), padding.PKCS1v15()),
        ),
        (
            rsa_keys.ours("2048"),
            AlgorithmIdentifier(oids.RSA_WITH_MD5, NULL),
            signer(rsa_keys.ours("2048"), hashes.MD5(), padding.PKCS1v15()),
        ),
    ],
    ids=["ECDSA with SHA-1", "RSA with SHA-1", "RSA with MD5"],
)
def test_below_the_anchor_weak_hashes_are_refused(
    key: PrivateKey, identifier: AlgorithmIdentifier, sign: Signer
) -> None:
    """However good the signature is (section 4.5.1.3)."""
    server = HostileServer(trust=TrustStore([root(key, sign, identifier)]))
    server.say_flight(until=Certificate)
    server.say_certificate(certificates.assemble(sign, identifier))
    assert_refused(server, WeakSignature, "bad_certificate", "handshake")


def test_in_certificates_curve_and_hash_are_independent() -> None:
    """P-384 signs with SHA-256, and P-256 with SHA-384."""
    anchor = root(P384_KEY, signer(P384_KEY, hashes.SHA384()), ECDSA_SHA384)
    middle = authority(
        "Middle",
        signer(P384_KEY, hashes.SHA256()),
        identifier=ECDSA_SHA256,
        subjectPublicKeyInfo=spki(P256_KEY),
    )
    leaf = certificates.assemble(
        signer(P256_KEY, hashes.SHA384()), ECDSA_SHA384, issuer=distinguished_names.encode("Middle")
    )
    assert_accepted(leaf, certificates.key(100), SignatureScheme.ED25519, middle.der, anchor=anchor)


def test_a_signature_by_a_key_of_another_kind() -> None:
    """The identifier and the issuer's key have to fit each other."""
    anchor = root(P256_KEY, signer(P256_KEY, hashes.SHA256()), ECDSA_SHA256)
    for identifier in (RSA_SHA256, AlgorithmIdentifier(oids.ED25519)):
        server = HostileServer(trust=TrustStore([anchor]))
        server.say_flight(until=Certificate)
        server.say_certificate(certificates.assemble(signer(P256_KEY, hashes.SHA256()), identifier))
        assert_refused(server, InvalidCertificateSignature, "bad_certificate", "handshake")


# A bound on work, by counting


class Work:
    """Counts what a victim computes with public keys, and with shares."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.done: list[str] = []
        self.largest = 0  # bits of an RSA key
        for module, name in (
            (rsa, "RSAVP1"),
            (ecdsa, "verify"),
            (weierstrass, "scalar_mult"),
            (x25519, "ladder"),
        ):
            self._count(monkeypatch, module, name)

    def _count(self, monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> None:
        original = getattr(module, name)

        def counted(*arguments: Any) -> Any:
            self.done.append(f"{module.__name__.removeprefix('purecrypto.')}.{name}")
            if name == "RSAVP1":
                self.largest = max(self.largest, arguments[0].key_size)
            return original(*arguments)

        monkeypatch.setattr(module, name, counted)

    def times(self, what: str) -> int:
        return self.done.count(what)


def largest_key() -> tuple[int, int, int, list[int]]:
    """An RSA key as large as they may be: n, e, d, and five primes, of which there are usually two."""
    primes = [getattr(rsa_keys.ours(size), name) for size in ("4096", "3072") for name in "pq"]
    primes.append(rsa_keys.ours("2048").p)
    n = functools.reduce(int.__mul__, primes)
    e = 2**32 - 5  # the greatest prime that an exponent can be
    return n, e, pow(e, -1, functools.reduce(int.__mul__, (p - 1 for p in primes))), primes


def test_the_most_that_a_chain_can_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten certificates that have all issued each other, and no anchor anywhere: a maze without an exit."""
    n, e, d, primes = largest_key()
    size = (n.bit_length() + 7) // 8

    def sign(tbs: bytes) -> bytes:
        digest = encoding.sequence(
            AlgorithmIdentifier(oids.SHA256, NULL).der, encoding.octet_string(oracle.CHACHA20.hash(tbs))
        )
        m = int.from_bytes(b"\x00\x01" + b"\xff" * (size - 3 - len(digest)) + b"\x00" + digest, "big")
        s = sum(pow(m, d % (p - 1), p) * (n // p) * pow(n // p, -1, p) for p in primes) % n
        return s.to_bytes(size, "big")

    maze = {"issuer": distinguished_names.encode("Maze"), "subjectPublicKeyInfo": rsa_info(n, e)}
    others = [
        authority("Maze", sign, identifier=RSA_SHA256, serialNumber=encoding.integer(i), **maze).der
        for i in range(1, 10)
    ]
    server = HostileServer()
    server.say_flight(until=Certificate)
    work = Work(monkeypatch)
    server.say_certificate(certificates.assemble(sign, RSA_SHA256, **maze), *others)
    assert_refused(server, UnknownAuthority, "unknown_ca", "handshake")
    assert work.done == ["rsa.RSAVP1"] * MAXIMUM_SIGNATURE_CHECKS
    assert 8190 <= work.largest <= rsa.GREATEST_KEY_SIZE


def test_an_honest_chain_costs_one_verification_for_each_certificate(monkeypatch: pytest.MonkeyPatch) -> None:
    server = HostileServer(certified_key=certificates.certified_key(KeyKind.P256), group=SECP256R1)
    work = Work(monkeypatch)
    server.connect()
    assert work.times("ecdsa.verify") == 1  # CertificateVerify; the certificate itself is signed by Ed25519
    assert work.times("weierstrass.scalar_mult") == 2  # in it, and to agree
    assert work.times("x25519.ladder") == work.times("rsa.RSAVP1") == 0


@each_bad_point
def test_a_bad_point_costs_nothing(group: int, wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No secret is multiplied with what is no point: that would give it away."""
    client = HostileClient(group=group)
    work = Work(monkeypatch)
    client.say_hello(instead=(ClientKeyShares((KeyShareEntry(group, bad_points(group)[wrong]),)),))
    assert work.done == []


def test_of_many_shares_a_server_uses_one(monkeypatch: pytest.MonkeyPatch) -> None:
    groups = [oracle.X25519, SECP256R1, SECP384R1]
    private_keys = dict.fromkeys(groups, peers_in_memory.SERVER_PRIVATE_KEY)
    client = HostileClient(private_keys=private_keys)
    shares = [KeyShareEntry(group, oracle.public_value(hostile.PRIVATE_KEY, group)) for group in groups]
    grease = [KeyShareEntry(0x0A0A + 0x1010 * i, bytes(1000)) for i in range(16)]
    offered = SupportedGroups(tuple(share.group for share in (*grease, *shares)))
    work = Work(monkeypatch)
    client.say_hello(instead=(offered, ClientKeyShares((*grease, *reversed(shares)))))
    assert work.done == ["x25519.ladder"]
    client.say_finished()
    hostile.assert_connected(client)


@pytest.mark.parametrize("wrong", [wrong for wrong in ALTERATIONS if wrong != "r and s without DER"])
def test_what_is_no_ecdsa_signature_costs_nothing(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    server = HostileServer(certified_key=certificates.certified_key(KeyKind.P256))
    server.say_flight(until=CertificateVerify)
    good = ecdsa_with_high_r(lambda: server.certificate_verify().signature)
    work = Work(monkeypatch)
    server.say(CertificateVerify(0x0403, altered(good, weierstrass.P256)[wrong]))
    assert work.times("weierstrass.scalar_mult") == 0
