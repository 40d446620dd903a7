"""Key exchange: what two honest values agree on, and what is no honest value."""

import os

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from handshake.constants import NamedGroup
from handshake.errors import IllegalParameter
from handshake.groups import GROUPS, Group
from tests.support import oracle

X25519 = GROUPS[NamedGroup.X25519]
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
    assert sizes == [(0x001D, 32, 32, 32), (0x0017, 32, 65, 65), (0x0018, 48, 97, 97)]


def test_both_sides_agree() -> None:
    assert X25519.share(PRIVATE) == oracle.public_value(PRIVATE)
    shared = X25519.finish(PRIVATE, X25519.share(PEER))
    assert shared == X25519.finish(PEER, X25519.share(PRIVATE))
    assert shared == oracle.agree(PRIVATE, oracle.public_value(PEER))


@pytest.mark.parametrize("group", GROUPS.values(), ids=lambda group: group.number.name)
def test_the_server_answers_with_what_the_client_needs(group: Group) -> None:
    client, server = group.new_private(os.urandom), group.new_private(os.urandom)
    share = group.share(client)
    answer, secret = group.answer(server, share)
    assert (len(share), len(answer)) == (group.share_size, group.answer_size)
    assert group.finish(client, answer) == secret
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
        ours = ec.EllipticCurvePublicKey.from_encoded_point(curve, group.share(private))
        assert group.finish(private, point) == theirs.exchange(ec.ECDH(), ours)


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
    generator = group.share((1).to_bytes(size, "big"))
    secret = group.finish(private.to_bytes(size, "big"), generator)
    assert len(secret) == size  # section 7.4.2 [1]
    assert secret.hex().startswith(leading)


@pytest.mark.parametrize("number", [NamedGroup.SECP256R1, NamedGroup.SECP384R1])
@pytest.mark.parametrize(
    "wrong", ["off the curve", "x of p or more", "compressed", "infinity", "hybrid", "short"]
)
def test_what_is_no_point_is_refused(number: int, wrong: str) -> None:  # section 4.3.8.2
    group = GROUPS[number]
    private, point = group.new_private(bytes), bytearray(group.share(group.new_private(os.urandom)))
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
        group.finish(private, values[wrong])
    with pytest.raises(IllegalParameter, match="key_share"):
        group.answer(private, values[wrong])


@pytest.mark.parametrize("length", [0, 1, 31, 33, 65])
def test_a_value_of_another_length_is_refused(length: int) -> None:
    value = (X25519.share(PEER) * 3)[:length]
    with pytest.raises(IllegalParameter, match=f"{length} bytes for x25519 .*, expected 32"):
        X25519.finish(PRIVATE, value)


@pytest.mark.parametrize("top_bit", [0, 1])
@pytest.mark.parametrize("point", SMALL_ORDER)
def test_a_point_of_small_order_is_refused(point: int, top_bit: int) -> None:  # section 7.4.2
    value = (point | top_bit << 255).to_bytes(32, "little")
    with pytest.raises(IllegalParameter, match="small order"):
        X25519.finish(PRIVATE, value)


def test_a_value_that_is_not_reduced_is_accepted() -> None:  # RFC 7748 section 5
    reduced, not_reduced = (value.to_bytes(32, "little") for value in (9, P + 9))
    assert X25519.finish(PRIVATE, not_reduced) == X25519.finish(PRIVATE, reduced)
