"""Key exchange: what two honest values agree on, and what is no honest value."""

import os

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, mlkem
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from handshake.constants import NamedGroup
from handshake.errors import IllegalParameter
from handshake.groups import GROUPS, Group
from purecrypto import ml_kem
from tests.support import oracle, peers_in_memory

X25519, HYBRID = GROUPS[NamedGroup.X25519], GROUPS[NamedGroup.X25519MLKEM768]
PRIVATE, PEER = bytes(range(32)), bytes(range(32, 64))

# Points of small order, and their non-canonical encodings: x25519 gives zeros for any private key
# (RFC 7748 section 6.1).
P = 2**255 - 19
SMALL_ORDER = [
    0,
    1,
    325606250916557431795983626356110631294008115727848805560023387167927233504,
    39382357235489614581723060781553021112529911719440698176882885853963445705823,
    P - 1,
    P,
    P + 1,
]


def test_the_sizes() -> None:  # section 9.1 [4, 5], appendix B.3.1.4 [1]
    sizes = [
        (group.number, len(group.new_private(bytes)), group.share_size, group.answer_size)
        for group in GROUPS.values()
    ]
    assert sizes == [
        (0x11EC, 96, 1216, 1120),
        (0x001D, 32, 32, 32),
        (0x0017, 32, 65, 65),
        (0x0018, 48, 97, 97),
    ]


def test_both_sides_agree() -> None:
    assert X25519.begin(PRIVATE).share == oracle.public_value(PRIVATE)
    shared = X25519.begin(PRIVATE).finish(X25519.begin(PEER).share)
    assert shared == X25519.begin(PEER).finish(X25519.begin(PRIVATE).share)
    assert shared == oracle.agree(PRIVATE, oracle.public_value(PEER))


@pytest.mark.parametrize("group", GROUPS.values(), ids=lambda group: group.number.name)
def test_the_server_answers_with_what_the_client_needs(group: Group) -> None:
    client, server = group.new_private(os.urandom), group.new_private(os.urandom)
    share = group.begin(client).share
    answer, secret = group.answer(server, share)
    assert (len(share), len(answer)) == (group.share_size, group.answer_size)
    assert group.begin(client).finish(answer) == secret
    with pytest.raises(IllegalParameter, match=f"expected {group.share_size}"):
        group.answer(server, share + b"\x00")


@pytest.mark.parametrize(
    ("number", "curve"),
    [(NamedGroup.SECP256R1, ec.SECP256R1()), (NamedGroup.SECP384R1, ec.SECP384R1())],
)
def test_the_nist_curves_agree_with_openssl(number: int, curve: ec.EllipticCurve) -> None:
    """The secret is x alone (section 7.4.2)."""
    group = GROUPS[number]
    for _ in range(5):
        private = group.new_private(os.urandom)
        theirs = ec.generate_private_key(curve)
        point = theirs.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        ours = ec.EllipticCurvePublicKey.from_encoded_point(curve, group.begin(private).share)
        assert group.begin(private).finish(point) == theirs.exchange(ec.ECDH(), ours)


@pytest.mark.parametrize(
    ("number", "private", "leading"),
    [
        # the first multiples of the generator with such an x
        (NamedGroup.SECP256R1, 379, "005543894af3d00e"),
        (NamedGroup.SECP384R1, 197, "004d104b26ee5671"),
    ],
)
def test_a_shared_secret_keeps_its_leading_zeros(number: int, private: int, leading: str) -> None:
    group = GROUPS[number]
    size = group.share_size // 2
    generator = group.begin((1).to_bytes(size, "big")).share
    secret = group.begin(private.to_bytes(size, "big")).finish(generator)
    assert len(secret) == size  # section 7.4.2 [1]
    assert secret.hex().startswith(leading)


@pytest.mark.parametrize("number", [NamedGroup.SECP256R1, NamedGroup.SECP384R1])
@pytest.mark.parametrize(
    "wrong", ["off the curve", "x of p or more", "compressed", "infinity", "hybrid", "short"]
)
def test_what_is_no_point_is_refused(number: int, wrong: str) -> None:  # section 4.3.8.2
    group = GROUPS[number]
    private, point = group.new_private(bytes), bytearray(group.begin(group.new_private(os.urandom)).share)
    size = len(point) // 2
    values = {
        "off the curve": bytes(point[:-1]) + bytes([point[-1] ^ 1]),
        "x of p or more": b"\x04" + b"\xff" * size + bytes(point[1 + size :]),
        "compressed": bytes([2 | point[-1] & 1]) + bytes(point[1 : 1 + size]),
        "infinity": b"\x00",
        "hybrid": bytes([6 | point[-1] & 1]) + bytes(point[1:]),
        "short": bytes(point[:-1]),
    }
    with pytest.raises(IllegalParameter, match=rf"key_share.*{NamedGroup(number).name.lower()}"):
        group.begin(private).finish(values[wrong])
    with pytest.raises(IllegalParameter, match="key_share"):
        group.answer(private, values[wrong])


@pytest.mark.parametrize("length", [0, 1, 31, 33, 65])
def test_a_value_of_another_length_is_refused(length: int) -> None:
    value = (X25519.begin(PEER).share * 3)[:length]
    with pytest.raises(IllegalParameter, match=f"{length} bytes for x25519 .*, expected 32"):
        X25519.begin(PRIVATE).finish(value)


@pytest.mark.parametrize("top_bit", [0, 1])
@pytest.mark.parametrize("point", SMALL_ORDER)
def test_a_point_of_small_order_is_refused(point: int, top_bit: int) -> None:  # section 7.4.2
    value = (point | top_bit << 255).to_bytes(32, "little")
    with pytest.raises(IllegalParameter, match="small order"):
        X25519.begin(PRIVATE).finish(value)


def test_a_value_that_is_not_reduced_is_accepted() -> None:  # RFC 7748 section 5
    reduced, not_reduced = (value.to_bytes(32, "little") for value in (9, P + 9))
    assert X25519.begin(PRIVATE).finish(not_reduced) == X25519.begin(PRIVATE).finish(reduced)


# ---- ML-KEM-768 and X25519 together ------------------------------------------------------------------------

HYBRID_PRIVATE, HYBRID_PEER = bytes(range(96)), bytes(range(96, 192))
Q = 3329


def test_the_hybrid_with_a_server_that_is_none_of_ours() -> None:
    """ML-KEM stands first in the share, in the answer and in the secret."""
    share = HYBRID.begin(HYBRID_PRIVATE).share
    secret, ciphertext = mlkem.MLKEM768PublicKey.from_public_bytes(share[:1184]).encapsulate()
    answer = ciphertext + oracle.public_value(PEER)
    assert HYBRID.begin(HYBRID_PRIVATE).finish(answer) == secret + oracle.agree(PEER, share[1184:])


def test_the_hybrid_with_a_client_that_is_none_of_ours() -> None:
    theirs = mlkem.MLKEM768PrivateKey.from_seed_bytes(HYBRID_PRIVATE[:64])
    share = theirs.public_key().public_bytes_raw() + oracle.public_value(HYBRID_PRIVATE[64:])
    assert share == HYBRID.begin(HYBRID_PRIVATE).share
    answer, secret = HYBRID.answer(HYBRID_PEER, share)
    assert secret[:32] == theirs.decapsulate(answer[:1088])
    assert secret[32:] == oracle.agree(HYBRID_PRIVATE[64:], answer[1088:])
    assert len(secret) == 64


def test_each_half_of_the_hybrid_has_randomness_of_its_own() -> None:
    """One changed byte changes one half, of what is sent and of what is agreed on."""
    share = HYBRID.begin(HYBRID_PEER).share
    answer, secret = HYBRID.answer(HYBRID_PRIVATE, share)
    for place, changed in ((0, (True, False)), (31, (True, False)), (95, (False, True))):
        private = bytearray(HYBRID_PRIVATE)
        private[place] ^= 0x10
        other_answer, other_secret = HYBRID.answer(bytes(private), share)
        assert (other_answer[:1088] != answer[:1088], other_answer[1088:] != answer[1088:]) == changed
        assert (other_secret[:32] != secret[:32], other_secret[32:] != secret[32:]) == changed


def test_a_client_makes_its_key_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """From its first message to the shared secret."""
    made, key_gen = [], ml_kem.key_gen_internal
    monkeypatch.setattr(ml_kem, "key_gen_internal", lambda d, z: made.append(d + z) or key_gen(d, z))
    number = NamedGroup.X25519MLKEM768
    peers_in_memory.connected(
        peers_in_memory.client_settings(private_keys={number: HYBRID_PRIVATE}, key_share_groups=(number,)),
        peers_in_memory.server_settings(private_keys={number: HYBRID_PEER}),
    )
    assert made == [HYBRID_PRIVATE[:64]]


@pytest.mark.parametrize("length", [0, 1, 32, 1088, 1120, 1184, 1215, 1217])
def test_a_hybrid_share_of_another_length_is_refused(length: int) -> None:
    share = (HYBRID.begin(HYBRID_PEER).share * 2)[:length]
    with pytest.raises(IllegalParameter, match=rf"{length} bytes for x25519mlkem768 .*, expected 1216"):
        HYBRID.answer(HYBRID_PRIVATE, share)


@pytest.mark.parametrize("length", [0, 1, 32, 1088, 1119, 1121, 1216])
def test_a_hybrid_answer_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(IllegalParameter, match=rf"{length} bytes for x25519mlkem768 .*, expected 1120"):
        HYBRID.begin(HYBRID_PRIVATE).finish(
            (HYBRID.answer(HYBRID_PEER, HYBRID.begin(HYBRID_PRIVATE).share)[0] * 2)[:length]
        )


@pytest.mark.parametrize("coefficient", [Q, Q + 1, 4095])
@pytest.mark.parametrize("place", [0, 767])
def test_a_coefficient_that_is_not_below_q_is_refused(coefficient: int, place: int) -> None:
    """FIPS 203 section 7.2."""
    share = bytearray(HYBRID.begin(HYBRID_PEER).share)
    at, shift = divmod(12 * place, 8)
    three_bytes = int.from_bytes(share[at : at + 3], "little") & ~(0xFFF << shift) | coefficient << shift
    share[at : at + 3] = three_bytes.to_bytes(3, "little")
    with pytest.raises(IllegalParameter, match=r"key_share for x25519mlkem768 .*coefficient"):
        HYBRID.answer(HYBRID_PRIVATE, bytes(share))


@pytest.mark.parametrize("point", SMALL_ORDER)
def test_a_hybrid_whose_classical_half_is_of_small_order_is_refused(point: int) -> None:  # section 7.4.2
    """Its other half may be as good as it likes."""
    share = HYBRID.begin(HYBRID_PEER).share
    answer, _ = HYBRID.answer(HYBRID_PRIVATE, share)
    zero = point.to_bytes(32, "little")
    with pytest.raises(IllegalParameter, match=r"x25519mlkem768 .*small order"):
        HYBRID.answer(HYBRID_PRIVATE, share[:1184] + zero)
    with pytest.raises(IllegalParameter, match=r"x25519mlkem768 .*small order"):
        HYBRID.begin(HYBRID_PEER).finish(answer[:1088] + zero)


@pytest.mark.parametrize("place", [0, 500, 959, 960, 1087])
def test_an_altered_ciphertext_leads_to_another_secret(place: int) -> None:
    """FIPS 203 section 6.3: nobody is told, and the classical half is what it was."""
    answer, secret = HYBRID.answer(HYBRID_PEER, HYBRID.begin(HYBRID_PRIVATE).share)
    altered = bytearray(answer)
    altered[place] ^= 1
    other = HYBRID.begin(HYBRID_PRIVATE).finish(bytes(altered))
    assert other[:32] != secret[:32]
    assert other[32:] == secret[32:]
