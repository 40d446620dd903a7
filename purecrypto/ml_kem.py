"""ML-KEM-768: agree on a secret that a quantum computer cannot find either.  FIPS 203.

One party makes a key pair and sends the encapsulation key ek.  The other draws 32 bytes m, encrypts them
under ek, and sends the ciphertext c: it "encapsulates".  The first opens c: it "decapsulates".  Both hash m
to the shared secret K.

    keeps dk, sends ek      A random, s and e small     t = A s + e           ek = (t, seed of A)
    sends c                 y, e1 and e2 small          u = A^T y + e1        c = (u, v), rounded
                                                        v = t y + e2 + m q/2
    opens c                                             v - s u = m q/2 + (e y + e2 - s e1)

All letters are vectors and matrices of polynomials (`polynomials`), m has one bit for each coefficient, and
what is in the last brackets is small: what is nearer to q/2 than to 0 was a 1.  Who does not know s has to
tell small noise from large numbers, in 3 * 256 = 768 dimensions: "module learning with errors", for which
no one knows a quick way, with a quantum computer or without.  (ML is "module lattice", KEM "key-encapsulation
mechanism".)  A letter with a hat, as t_hat, has gone through the transform that makes products quick; rho is
the seed of A, sigma that of s and e.

That alone (K-PKE, section 5) protects from one who listens.  One who sends ciphertexts of his own could learn
s from whether they open.  So (section 6) all randomness of an encapsulation is a hash of m itself: who opens
a ciphertext encapsulates anew what he found, and where another ciphertext comes out, he answers with a secret
that depends on c and on a secret z alone.  The sender never learns that he was refused ("implicit rejection";
Fujisaki and Okamoto, 1999).

Sizes          seed 64 bytes, ek 1184, dk 2400, c 1088, shared secret 32.
Errors         ValueError on a wrong length: the caller's bug.  InvalidKey for an ek with a coefficient that
               is not below q (section 7.2), or a dk whose hash of ek is wrong (7.3): the peer's doing.
Side channels  Ciphertexts are compared by `constant_time.equal`, both answers are computed before one is
               chosen.  Python ints are not constant-time; `polynomials` says what KyberSlash was.
Tested by      tests/purecrypto/test_ml_kem.py: NIST's known answers, pyca/cryptography; test_wycheproof.py.
"""

from dataclasses import dataclass, field
from typing import Self, TypeAlias

from purecrypto import constant_time, entropy, keccak, polynomials
from purecrypto.buffers import Buffer, exactly
from purecrypto.errors import InvalidKey
from purecrypto.keccak import Request, sha3_256, sha3_512, shake_128, shake_256
from purecrypto.polynomials import Polynomial

Vector: TypeAlias = list[Polynomial]  # of k
Matrix: TypeAlias = list[Vector]  # of k rows

# Section 8, table 2: ML-KEM-768, in which eta_1 and eta_2 are both 2
k = 3
d_u = 10  # bits for a coefficient of u in a ciphertext
d_v = 4  # bits for one of v

SEED_SIZE = 64  # bytes: d, z
VECTOR_SIZE = 384 * k  # bytes: 12 bits for each coefficient
ENCAPSULATION_KEY_SIZE = VECTOR_SIZE + 32  # bytes: t_hat, rho
DECAPSULATION_KEY_SIZE = VECTOR_SIZE + ENCAPSULATION_KEY_SIZE + 64  # bytes: s_hat, ek, H(ek), z
U_SIZE = 32 * d_u * k  # bytes
CIPHERTEXT_SIZE = U_SIZE + 32 * d_v  # bytes
SHARED_SECRET_SIZE = 32  # bytes
NOISE_SIZE = 128  # bytes: 64 * eta, for a polynomial of small coefficients


# --- Keys, taken apart -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class EncryptionKey:
    """ek = ek_PKE, and what it says: t_hat, and the matrix that grows from rho.  Nothing of it is secret."""

    ek: bytes
    t_hat: Vector = field(repr=False)
    A_hat: Matrix = field(repr=False)

    @classmethod
    def decode(cls, ek: Buffer) -> tuple[Self, bytes]:
        """Return the key with these bytes, and H(ek).  InvalidKey unless it passes the checks of section 7.2.

        Nine hashes for the matrix and one of the whole key lie side by side.
        """
        ek = exactly(ek, ENCAPSULATION_KEY_SIZE, "an ML-KEM-768 encapsulation key")  # 7.2, 1: type check
        t_hat = decode_vector(ek[:VECTOR_SIZE])
        if encode_vector(t_hat) != ek[:VECTOR_SIZE]:  # 7.2, 2: modulus check
            raise InvalidKey("an ML-KEM-768 encapsulation key has a coefficient that is not below q")
        A_hat, h = sample_matrix(ek[VECTOR_SIZE:], Request(sha3_256, ek, 32))
        return cls(ek, t_hat, A_hat), h


@dataclass(frozen=True)
class DecapsulationKey:
    """dk: the secret vector, the key that belongs to it, and what refused ciphertexts are answered with."""

    s_hat: Vector = field(repr=False)
    encryption_key: EncryptionKey
    z: bytes = field(repr=False)

    def encode(self) -> bytes:
        """Return dk in 2,400 bytes: the end of algorithm 16."""
        ek = self.encryption_key.ek
        return encode_vector(self.s_hat) + ek + H(ek) + self.z

    @classmethod
    def decode(cls, dk: Buffer) -> Self:
        """Return the key with these bytes.  InvalidKey unless it passes the hash check of section 7.3."""
        dk = exactly(dk, DECAPSULATION_KEY_SIZE, "an ML-KEM-768 decapsulation key")  # 7.3, 2: type check
        encoded_s_hat, ek, expected_h, z = dk[:VECTOR_SIZE], dk[VECTOR_SIZE:-64], dk[-64:-32], dk[-32:]
        encryption_key, h = EncryptionKey.decode(ek)
        if not constant_time.equal(h, expected_h):  # 7.3, 3: hash check
            raise InvalidKey("an ML-KEM-768 decapsulation key holds a hash of another encapsulation key")
        return cls(decode_vector(encoded_s_hat), encryption_key, z)


# --- Section 5: K-PKE, which protects only from one who listens --------------------------------------------


def kpke_key_gen(d: bytes) -> tuple[EncryptionKey, Vector]:
    """Return ek_PKE and s_hat, made of 32 random bytes: algorithm 13."""
    rho, sigma = G(d + bytes([k]))  # with k, so that one d gives other keys in ML-KEM-512 and ML-KEM-1024
    A_hat, _ = sample_matrix(rho)
    noise = sample_noise(sigma, 2 * k)
    s_hat = [polynomials.wide_ntt(s) for s in noise[:k]]
    e_hat = [polynomials.wide_ntt(e) for e in noise[k:]]
    products = polynomials.multiply_rows(A_hat, s_hat)
    t_hat = [polynomials.reduce(polynomials.add(*pair)) for pair in zip(products, e_hat, strict=True)]
    return EncryptionKey(encode_vector(t_hat) + rho, t_hat, A_hat), s_hat


def kpke_encrypt(key: EncryptionKey, m: bytes, r: bytes) -> bytes:
    """Return the encryption of 32 bytes, of which r is all the randomness: algorithm 14."""
    noise = sample_noise(r, 2 * k + 1)
    y_hat = [polynomials.wide_ntt(y) for y in noise[:k]]
    e_1, e_2 = noise[k : 2 * k], noise[2 * k]
    A_transposed = [list(column) for column in zip(*key.A_hat, strict=True)]
    *u_hat, v_hat = polynomials.multiply_rows([*A_transposed, key.t_hat], y_hat)
    u = [polynomials.add(polynomials.wide_inverse_ntt(x), e) for x, e in zip(u_hat, e_1, strict=True)]
    mu = polynomials.decompress(polynomials.wide_byte_decode(m, 1), 1)
    v = polynomials.add(polynomials.add(polynomials.wide_inverse_ntt(v_hat), e_2), mu)
    c_1 = [polynomials.wide_byte_encode(polynomials.compress(x, d_u), d_u) for x in u]
    c_2 = polynomials.wide_byte_encode(polynomials.compress(v, d_v), d_v)
    return b"".join(c_1) + c_2


def kpke_decrypt(s_hat: Vector, c: bytes) -> bytes:
    """Return the 32 bytes that were encrypted: algorithm 15."""
    c_1, c_2 = pieces(c[:U_SIZE], 32 * d_u), c[U_SIZE:]
    u = [polynomials.decompress(polynomials.wide_byte_decode(x, d_u), d_u) for x in c_1]
    v = polynomials.decompress(polynomials.wide_byte_decode(c_2, d_v), d_v)
    (product,) = polynomials.multiply_rows([s_hat], [polynomials.wide_ntt(x) for x in u])
    w = polynomials.subtract(v, polynomials.wide_inverse_ntt(product))
    return polynomials.wide_byte_encode(polynomials.compress(w, 1), 1)


# --- Section 6: the KEM, without its randomness ------------------------------------------------------------


def key_gen_internal(d: bytes, z: bytes) -> DecapsulationKey:
    """Return dk, in which ek is, made of two times 32 random bytes: algorithm 16.

    H(ek), which belongs to dk, is computed where it is needed: see `decaps_internal`.
    """
    encryption_key, s_hat = kpke_key_gen(d)
    return DecapsulationKey(s_hat, encryption_key, z)


def encaps_internal(ek: EncryptionKey, h: bytes, m: bytes) -> tuple[bytes, bytes]:
    """Return K, a shared secret, and c, from 32 random bytes: algorithm 17.

    h    H(ek), the same for all m: with it in the hash, one m gives another secret under each key
    """
    K, r = G(m + h)
    return K, kpke_encrypt(ek, m, r)


def decaps_internal(dk: DecapsulationKey, c: bytes) -> bytes:
    """Return the shared secret in c, or one that nobody else knows if c was not made as it must be: alg. 18.

    H(ek) could be stored in dk.  But J(z, c) has as many blocks, and side by side they cost what one does.
    """
    m = kpke_decrypt(dk.s_hat, c)
    ek = dk.encryption_key.ek
    h, K_bar = keccak.digests([Request(sha3_256, ek, 32), Request(shake_256, dk.z + c, 32)])  # H and J
    K, r = G(m + h)
    c_again = kpke_encrypt(dk.encryption_key, m, r)
    return K if constant_time.equal(c, c_again) else K_bar  # which of the two it is stays a secret


# --- Section 7, in the shape of pyca/cryptography ----------------------------------------------------------


def decapsulate(dk: DecapsulationKey, ciphertext: Buffer) -> bytes:
    """Return the 32-byte shared secret: ML-KEM.Decaps, algorithm 21.  ValueError for a wrong length.

    A ciphertext that was not made for this key gives a secret too, one that its sender does not know.
    """
    return decaps_internal(dk, exactly(ciphertext, CIPHERTEXT_SIZE, "an ML-KEM-768 ciphertext"))  # 7.3, 1


class MLKEM768PrivateKey:
    """What a party keeps: a seed, and the decapsulation key that grows from it."""

    __slots__ = ("_key", "_seed")

    def __init__(self, data: Buffer) -> None:
        self._seed = exactly(data, SEED_SIZE, "an ML-KEM-768 seed")
        self._key = key_gen_internal(self._seed[:32], self._seed[32:])

    @classmethod
    def generate(cls) -> Self:
        """Return a new private key: ML-KEM.KeyGen, algorithm 19."""
        return cls(entropy.random_bytes(SEED_SIZE))

    @classmethod
    def from_seed_bytes(cls, data: Buffer) -> Self:
        """Return the key with this seed, d and then z.  ValueError unless it has 64 bytes."""
        return cls(data)

    def private_bytes_raw(self) -> bytes:
        """Return the 64 secret bytes of the seed."""
        return self._seed

    def public_key(self) -> "MLKEM768PublicKey":
        """Return the key to send to the peer."""
        return MLKEM768PublicKey._of(self._key.encryption_key)

    def decapsulate(self, ciphertext: Buffer) -> bytes:
        """Return the 32-byte shared secret, as the function `decapsulate` does."""
        return decapsulate(self._key, ciphertext)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, MLKEM768PrivateKey):
            return NotImplemented
        return constant_time.equal(self._seed, other._seed)

    __hash__ = None  # type: ignore[assignment]  # a secret is no key of a dict

    def __repr__(self) -> str:
        return "MLKEM768PrivateKey(secret)"


class MLKEM768PublicKey:
    """What a party sends."""

    __slots__ = ("_h", "_key")

    _h: bytes | None  # H(ek), once it is known

    def __init__(self, data: Buffer) -> None:
        self._key, self._h = EncryptionKey.decode(data)

    @classmethod
    def _of(cls, key: EncryptionKey) -> Self:
        public_key = cls.__new__(cls)
        public_key._key, public_key._h = key, None
        return public_key

    @classmethod
    def from_public_bytes(cls, data: Buffer) -> Self:
        """Return the key with these 1,184 bytes.  InvalidKey if no honest party sends them (section 7.2)."""
        return cls(data)

    def public_bytes_raw(self) -> bytes:
        """Return the 1,184 bytes."""
        return self._key.ek

    def encapsulate(self) -> tuple[bytes, bytes]:
        """Return a new shared secret and the ciphertext to send: ML-KEM.Encaps, algorithm 20."""
        return self.encapsulate_from(entropy.random_bytes(32))

    def encapsulate_from(self, m: Buffer) -> tuple[bytes, bytes]:
        """Return the same for 32 bytes of the caller's, which must be random and secret."""
        if self._h is None:
            self._h = H(self._key.ek)
        return encaps_internal(self._key, self._h, exactly(m, 32, "the randomness of an encapsulation"))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, MLKEM768PublicKey):
            return NotImplemented
        return self._key.ek == other._key.ek

    def __hash__(self) -> int:
        return hash(self._key.ek)

    def __repr__(self) -> str:
        return f"MLKEM768PublicKey({self._key.ek.hex()})"


# --- Section 4.1: hash functions, and what is drawn with them ----------------------------------------------


def H(s: bytes) -> bytes:
    """Return one hash of 32 bytes (4.4)."""
    return sha3_256(s).digest()


def G(c: bytes) -> tuple[bytes, bytes]:
    """Return two, the halves of one longer hash (4.5)."""
    digest = sha3_512(c).digest()
    return digest[:32], digest[32:]


def sample_matrix(rho: bytes, *more: Request) -> tuple[Matrix, bytes]:
    """Return A_hat, and the digests of what else is to be hashed with it, side by side."""
    seeds = [rho + bytes([j, i]) for i in range(k) for j in range(k)]  # column first (algorithm 13)
    requests = [Request(shake_128, seed, polynomials.SAMPLE_SIZE) for seed in seeds]
    streams = keccak.digests([*requests, *more])
    A_hat = [polynomials.wide_sample_ntt(*drawn) for drawn in zip(seeds, streams, strict=False)]
    return [A_hat[k * i : k * i + k] for i in range(k)], b"".join(streams[k * k :])


def sample_noise(s: bytes, count: int) -> Vector:
    """Return polynomials of small coefficients, made of PRF(s, 0), PRF(s, 1), ..., side by side."""
    outputs = keccak.digests([Request(shake_256, s + bytes([N]), NOISE_SIZE) for N in range(count)])
    return [polynomials.wide_sample_poly_cbd(B) for B in outputs]


def encode_vector(vector: Vector) -> bytes:
    return b"".join([polynomials.wide_byte_encode(f, 12) for f in vector])


def decode_vector(data: bytes) -> Vector:
    return [polynomials.wide_byte_decode(piece, 12) for piece in pieces(data, 384)]


def pieces(data: bytes, size: int) -> list[bytes]:
    """Return `data` cut into pieces of one size."""
    return [data[start : start + size] for start in range(0, len(data), size)]
