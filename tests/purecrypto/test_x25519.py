"""X25519 against pyca/cryptography.

RFC 7748's vectors run in test_known_answers.py, Wycheproof's in test_wycheproof.py.
"""

import pytest
from cryptography.hazmat.primitives.asymmetric import x25519 as pyca
from hypothesis import given
from hypothesis import strategies as st

from purecrypto import constant_time, edwards25519, entropy
from purecrypto.edwards25519 import L, p
from purecrypto.errors import InvalidKey
from purecrypto.x25519 import BASE_POINT, X25519PrivateKey, X25519PublicKey, ladder, x25519, x25519_base

keys = st.binary(min_size=32, max_size=32)
EDGE_KEYS = [bytes(32), b"\xff" * 32, b"\x07" + bytes(31), bytes(31) + b"\x80", bytes(31) + b"\x7f"]

# The coordinates u of the points of order 1, 2, 4 and 8 on the curve and on its twist, and the same ones
# written with u >= p.  A secret scalar, a multiple of 8, takes them all to zero.
ORDER_8 = (
    325606250916557431795983626356110631294008115727848805560023387167927233504,
    39382357235489614581723060781553021112529911719440698176882885853963445705823,
)
SMALL_ORDER = [0, 1, *ORDER_8, p - 1, p, p + 1]


def little_endian(u: int) -> bytes:
    return u.to_bytes(32, "little")


def plain_ladder(k: int, u: int) -> int:
    """RFC 7748 section 5 to the letter, with every number reduced at once: the plain twin of `ladder`."""
    a24 = 121665
    x_1, x_2, z_2, x_3, z_3, swap = u, 1, 0, u, 1, 0
    for t in reversed(range(255)):
        k_t = (k >> t) & 1
        swap ^= k_t
        if swap:
            x_2, x_3, z_2, z_3 = x_3, x_2, z_3, z_2
        swap = k_t
        A = (x_2 + z_2) % p
        AA = A**2 % p
        B = (x_2 - z_2) % p
        BB = B**2 % p
        E = (AA - BB) % p
        C = (x_3 + z_3) % p
        D = (x_3 - z_3) % p
        DA = D * A % p
        CB = C * B % p
        x_3 = (DA + CB) ** 2 % p
        z_3 = x_1 * (DA - CB) ** 2 % p
        x_2 = AA * BB % p
        z_2 = E * (AA + a24 * E) % p
    if swap:
        x_2, x_3, z_2, z_3 = x_3, x_2, z_3, z_2
    return x_2 * pow(z_2, p - 2, p) % p


# The function


EDGE_SCALARS = [0, 1, 2, 3, L - 1, L, L + 1, 7 * L, 2**254, 2**254 + 1, 2**255 - 8, 2**255 - 1]
EDGE_COORDINATES = [*SMALL_ORDER, 2, 9, p - 2, 2**254, 2**255 - 1]


@pytest.mark.parametrize("k", EDGE_SCALARS)
@pytest.mark.parametrize("u", EDGE_COORDINATES)
def test_the_ladder_is_that_of_the_rfc_at_the_edges(k, u):
    assert ladder(k, u) == plain_ladder(k, u)


@given(st.integers(0, 2**255 - 1), st.integers(0, 2**255 - 1))
def test_the_ladder_is_that_of_the_rfc(k, u):
    assert ladder(k, u) == plain_ladder(k, u)


@given(keys, keys)
def test_any_key_and_any_point(k, u):
    """Half of all u are coordinates on the twist, where the result must be right as well."""
    try:
        peer = pyca.X25519PublicKey.from_public_bytes(u)
        theirs = pyca.X25519PrivateKey.from_private_bytes(k).exchange(peer)
    except ValueError:  # small order
        theirs = bytes(32)
    assert x25519(k, u) == theirs


@given(keys)
def test_the_way_over_the_edwards_curve_is_the_ladder_from_9(k):
    assert x25519_base(k) == x25519(k, BASE_POINT)


@pytest.mark.parametrize("k", EDGE_KEYS)
def test_the_two_ways_agree_at_the_edges(k):
    assert x25519_base(k) == x25519(k, BASE_POINT)


@pytest.mark.parametrize("k", [*range(20), 2**255 - 1])
def test_the_ladder_climbs_to_odd_multiples_too(k):
    """Private keys are multiples of 8, which end without a swap; the ladder is right for every k < 2^255."""
    _, Y, Z, _ = edwards25519.double_and_add(k, edwards25519.B)
    assert ladder(k, 9) == (Z + Y) * edwards25519.invert(Z - Y) % p


@given(keys, keys)
def test_both_parties_get_the_same(a, b):
    assert x25519(a, x25519_base(b)) == x25519(b, x25519_base(a))


@given(keys, keys)
def test_the_top_bit_of_u_is_ignored(k, u):
    assert x25519(k, u) == x25519(k, u[:31] + bytes([u[31] ^ 0x80]))


@pytest.mark.parametrize("u", range(19))
def test_u_above_p_is_accepted_and_reduced(u):
    k = bytes(range(32))
    assert x25519(k, little_endian(p + u)) == x25519(k, little_endian(u))


@given(keys, st.sampled_from([(0, 0), (0, 1), (0, 2), (31, 6), (31, 7)]))
def test_five_bits_of_a_private_key_do_not_count(k, place):
    octet, bit = place
    other = bytearray(k)
    other[octet] ^= 1 << bit
    assert x25519(other, BASE_POINT) == x25519(k, BASE_POINT)


@pytest.mark.parametrize("top_bit", [0, 1 << 255])
@pytest.mark.parametrize("u", SMALL_ORDER)
def test_points_of_small_order(u, top_bit):
    """The bare function gives the zeros that the mathematics gives; the exchange refuses them (6.1)."""
    public = little_endian(u | top_bit)
    key = X25519PrivateKey.generate()
    assert x25519(key.private_bytes_raw(), public) == bytes(32)
    with pytest.raises(InvalidKey, match="small order"):
        key.exchange(X25519PublicKey.from_public_bytes(public))


# The classes


def test_an_exchange_with_pyca():
    ours, theirs = X25519PrivateKey.generate(), pyca.X25519PrivateKey.generate()
    their_public = X25519PublicKey.from_public_bytes(theirs.public_key().public_bytes_raw())
    our_public = pyca.X25519PublicKey.from_public_bytes(ours.public_key().public_bytes_raw())
    assert ours.exchange(their_public) == theirs.exchange(our_public)


def test_argument_names_are_those_of_pyca():
    ours = X25519PrivateKey.from_private_bytes(data=bytes(range(32)))
    theirs = pyca.X25519PrivateKey.from_private_bytes(data=bytes(range(32)))
    assert ours.private_bytes_raw() == theirs.private_bytes_raw() == bytes(range(32))
    assert ours.public_key().public_bytes_raw() == theirs.public_key().public_bytes_raw()
    our_peer = X25519PublicKey.from_public_bytes(data=bytes(range(32)))
    their_peer = pyca.X25519PublicKey.from_public_bytes(data=bytes(range(32)))
    assert ours.exchange(peer_public_key=our_peer) == theirs.exchange(peer_public_key=their_peer)


def test_generate_asks_the_one_source_of_randomness(monkeypatch):
    monkeypatch.setattr(entropy, "random_bytes", lambda length: b"\x05" * length)
    assert X25519PrivateKey.generate().private_bytes_raw() == b"\x05" * 32


def test_the_public_key_is_computed_once():
    key = X25519PrivateKey.generate()
    assert key.public_key() is key.public_key()


def test_zeros_are_looked_for_without_early_exit(monkeypatch):
    """Every byte of the secret is looked at: the comparison is constant_time's, and its answer counts."""
    key, compared = X25519PrivateKey.generate(), []
    monkeypatch.setattr(constant_time, "equal", lambda *pair: compared.append(set(pair)) or True)
    with pytest.raises(InvalidKey):
        key.exchange(X25519PublicKey.from_public_bytes(BASE_POINT))
    assert compared == [{x25519_base(key.private_bytes_raw()), bytes(32)}]


def test_equality_is_that_of_bytes():
    a, b = bytes(32), bytes(31) + b"\x01"
    assert X25519PrivateKey(a) == X25519PrivateKey(bytearray(a))
    assert X25519PrivateKey(a) != X25519PrivateKey(b)
    assert X25519PublicKey(a) == X25519PublicKey(memoryview(a))
    assert X25519PublicKey(a) != X25519PublicKey(b)
    assert len({X25519PublicKey(a), X25519PublicKey(a), X25519PublicKey(b)}) == 2
    with pytest.raises(TypeError, match="unhashable"):
        hash(X25519PrivateKey(a))


def test_keys_equal_only_keys_of_their_kind():
    private_key = X25519PrivateKey(bytes(32))
    public_key = private_key.public_key()
    assert private_key != public_key
    assert public_key != private_key
    assert private_key != bytes(32)
    assert public_key != public_key.public_bytes_raw()


def test_private_keys_are_compared_without_early_exit(monkeypatch):
    monkeypatch.setattr(constant_time, "equal", lambda a, b: True)
    assert X25519PrivateKey(bytes(32)) == X25519PrivateKey(b"\x01" * 32)


def test_repr_shows_no_secret():
    key = X25519PrivateKey.from_private_bytes(bytes(range(32)))
    assert repr(key) == "X25519PrivateKey(secret)"
    assert repr(key.public_key()) == f"X25519PublicKey({key.public_key().public_bytes_raw().hex()})"


@pytest.mark.parametrize("buffer", [bytes, bytearray, memoryview])
def test_buffers(buffer):
    k, u = bytes(range(32)), bytes(range(32, 64))
    assert x25519(buffer(k), buffer(u)) == x25519(k, u)
    assert x25519_base(buffer(k)) == x25519_base(k)
    shared = X25519PrivateKey.from_private_bytes(buffer(k)).exchange(
        X25519PublicKey.from_public_bytes(buffer(u))
    )
    assert shared == x25519(k, u)


TAKES_32_BYTES = [
    lambda data: x25519(data, BASE_POINT),
    lambda data: x25519(bytes(32), data),
    x25519_base,
    X25519PrivateKey,
    X25519PublicKey,
    X25519PrivateKey.from_private_bytes,
    X25519PublicKey.from_public_bytes,
]


@pytest.mark.parametrize("call", TAKES_32_BYTES)
@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_lengths(call, length):
    with pytest.raises(ValueError, match=f"32 bytes long, got {length}") as caught:
        call(bytes(length))
    assert not isinstance(caught.value, InvalidKey)  # the caller's fault, not the peer's


@pytest.mark.parametrize("call", TAKES_32_BYTES)
@pytest.mark.parametrize("wrong", ["a" * 32, None, 9, [9] * 32])
def test_types(call, wrong):
    with pytest.raises(TypeError, match="must be bytes"):
        call(wrong)


@pytest.mark.parametrize("wrong", [BASE_POINT, None, X25519PrivateKey(bytes(32))])
def test_an_exchange_is_with_a_public_key(wrong):
    with pytest.raises(TypeError, match="must be X25519PublicKey"):
        X25519PrivateKey.generate().exchange(wrong)
