"""What is timed, at which size and on which input.  Defined once: for pytest-benchmark and for the report.

A case makes a job of a contender: a callable that does the work once and returns its answer.  Before anyone
is timed, everyone's answer is compared with ours (`measure.admit`), and where there is something to refuse,
a second job on spoilt input has to fail: nobody is timed doing something else.
"""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from benchmarks import talks
from benchmarks.contenders import Contender, Ends
from benchmarks.talks import Clock, Meter
from purecrypto import ec
from purecrypto.aes_gcm import AESGCM
from purecrypto.chacha20poly1305 import ChaCha20Poly1305
from purecrypto.ed25519 import Ed25519PrivateKey
from purecrypto.ml_kem import MLKEM768PrivateKey
from purecrypto.rsa import RSAPrivateKey
from purecrypto.rsa_padding import PSS, PKCS1v15
from purecrypto.sha256 import sha256
from purecrypto.sha512 import sha384
from purecrypto.x25519 import X25519PrivateKey
from record.content_type import ContentType
from record.protection import RecordProtection

SIZES = (16, 64, 256, 1024, 16 * 1024, 1024 * 1024)  # bytes
RECORD = 16 * 1024
BULK = 64 * 1024  # four full records
SIGNED = 130  # bytes: what a server signs in CertificateVerify (RFC 9846 section 4.5.2)


@dataclass
class Job:
    """One contender at one case."""

    run: Callable[[], Any]
    clock: Clock = time.process_time


@dataclass(frozen=True)
class Case:
    """Something to be timed.

    name       unique; what `--only` looks into
    group      what it is a case of; with `size`, one line of a table and one point of a curve
    size       bytes that are worked on, or None where that means nothing
    works      what a contender must have to take part
    prepare    makes its job
    spoil      makes a job that has to fail, or None where nothing can
    """

    name: str
    group: str
    size: int | None
    works: tuple[str, ...]
    prepare: Callable[[Contender], Job] = field(repr=False)
    spoil: Callable[[Contender], Job] | None = field(default=None, repr=False)


@cache
def everything() -> tuple[Case, ...]:
    """All cases, in the order of the report."""
    primitives = (
        *_hashing(),
        *_sealing(),
        *_sealing_with_aes(),
        *_agreeing(),
        *_with_lattices(),
        *_signing(),
    )
    return (*primitives, *_on_nist_curves(), *_signing_rsa(), *_records(), *_connections())


def size_name(size: int) -> str:
    """As people say it: 64 B, 16 KiB, 1 MiB."""
    for unit, name in ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")):
        if size >= unit and size % unit == 0:
            return f"{size // unit} {name}"
    return f"{size} B"


def some_bytes(size: int, seed: int = 0) -> bytes:
    """The same in each run, and like nothing in particular."""
    return random.Random(seed).randbytes(size)


def _hashing() -> Iterator[Case]:
    for group, work in (("SHA-256", "sha256"), ("SHA-512", "sha512")):
        for size in SIZES:
            yield _work(f"{group} {size_name(size)}", group, size, work, some_bytes(size))
    key = some_bytes(32, 1)
    for size in (32, 1024):
        name = f"HMAC-SHA256 {size_name(size)}"
        yield _work(name, "HMAC-SHA256", size, "hmac_sha256", key, some_bytes(size))
    yield _work("HKDF-Expand 32 B", "HKDF-Expand", None, "hkdf_expand", key, some_bytes(50, 2), 32)


def _sealing() -> Iterator[Case]:
    key, nonce, header = some_bytes(32, 3), some_bytes(12, 4), some_bytes(5, 5)
    aead = ChaCha20Poly1305(key)
    for size in SIZES:
        name = f"ChaCha20-Poly1305 seal {size_name(size)}"
        yield _work(name, "ChaCha20-Poly1305 seal", size, "seal", key, nonce, some_bytes(size), header)
    for size in SIZES:
        sealed = aead.encrypt(nonce, some_bytes(size), header)
        name, group = f"ChaCha20-Poly1305 open {size_name(size)}", "ChaCha20-Poly1305 open"
        spoilt = (key, nonce, sealed[:-1] + bytes([sealed[-1] ^ 1]), header)
        yield _work(name, group, size, "open", key, nonce, sealed, header, spoilt=spoilt)


def _sealing_with_aes() -> Iterator[Case]:
    nonce, header = some_bytes(12, 4), some_bytes(5, 5)
    chosen = [(128, size) for size in SIZES] + [(256, RECORD)]
    for work in ("seal", "open"):
        for bits, size in chosen:
            key = some_bytes(bits // 8, 14)
            text = some_bytes(size)
            group = f"AES-{bits}-GCM {work}"
            name = f"{group} {size_name(size)}"
            if work == "seal":
                yield _work(name, group, size, "aes_gcm_seal", key, nonce, text, header)
            else:
                sealed = AESGCM(key).encrypt(nonce, text, header)
                spoilt = (key, nonce, sealed[:-1] + bytes([sealed[-1] ^ 1]), header)
                yield _work(name, group, size, "aes_gcm_open", key, nonce, sealed, header, spoilt=spoilt)
    counter_block = some_bytes(8, 15) + bytes(8)
    for size in (1024, RECORD):  # for those who have no GCM
        name, key = f"AES-128-CTR {size_name(size)}", some_bytes(16, 14)
        yield _work(name, "AES-128-CTR", size, "aes_ctr", key, counter_block, some_bytes(size))


def _agreeing() -> Iterator[Case]:
    private, other = some_bytes(32, 6), some_bytes(32, 7)
    public = X25519PrivateKey.from_private_bytes(other).public_key().public_bytes_raw()
    yield _work("X25519 key generation", "X25519 key generation", None, "x25519_public", private)
    yield _work("X25519 exchange", "X25519 exchange", None, "x25519_exchange", private, public)


def _with_lattices() -> Iterator[Case]:
    """ML-KEM-768.  A handshake uses a key once, so what can be computed from it is part of the time.

    FIPS 203 hashes the public key when it is made.  We do so when a ciphertext is opened, beside another
    hash, where it costs nothing: key generation is the cheaper for it, and decapsulation not dearer.
    """
    seed, m = some_bytes(64, 22), some_bytes(32, 21)
    public_key = MLKEM768PrivateKey.from_seed_bytes(seed).public_key()
    _, ciphertext = public_key.encapsulate_from(m)
    group, public = "ML-KEM-768", public_key.public_bytes_raw()
    yield _work(f"{group} key generation", f"{group} key generation", None, "ml_kem_public", seed)
    yield _work(f"{group} encapsulation", f"{group} encapsulation", None, "ml_kem_encaps", public, m)
    yield _work(f"{group} decapsulation", f"{group} decapsulation", None, "ml_kem_decaps", seed, ciphertext)


def _signing() -> Iterator[Case]:
    seed, message = some_bytes(32, 8), some_bytes(SIGNED, 9)
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = key.public_key().public_bytes_raw(), key.sign(message)
    forged = signature[:40] + bytes([signature[40] ^ 1]) + signature[41:]
    yield _work("Ed25519 key generation", "Ed25519 key generation", None, "ed25519_public", seed)
    yield _work("Ed25519 sign", "Ed25519 sign", None, "ed25519_sign", seed, message)
    arguments, spoilt = (public, message, signature), (public, message, forged)
    yield _work("Ed25519 verify", "Ed25519 verify", None, "ed25519_verify", *arguments, spoilt=spoilt)


def _on_nist_curves() -> Iterator[Case]:
    """Signatures are RFC 6979's, the same from everyone.  The message is ASCII, since one library wants text;
    and seed 19 makes one whose signature has the lower s, which some always choose.
    """
    private, other, message = (
        some_bytes(32, 14),
        some_bytes(32, 15),
        some_bytes(SIGNED // 2, 19).hex().encode(),
    )
    key, peer = (ec.derive_private_key(int.from_bytes(d, "big"), ec.SECP256R1()) for d in (private, other))
    public, signature = key.public_key().encoded_point(), key.sign(message, ec.ECDSA(sha256))
    forged = signature[:10] + bytes([signature[10] ^ 1]) + signature[11:]
    yield _work("P-256 key generation", "P-256 key generation", None, "p256_public", private)
    point = peer.public_key().encoded_point()
    yield _work("P-256 exchange", "P-256 exchange", None, "p256_exchange", private, point)
    yield _work("P-256 sign", "P-256 sign", None, "p256_sign", private, message)
    arguments, spoilt = (public, message, signature), (public, message, forged)
    yield _work("P-256 verify", "P-256 verify", None, "p256_verify", *arguments, spoilt=spoilt)

    larger = ec.derive_private_key(int.from_bytes(some_bytes(47, 18), "big"), ec.SECP384R1())
    public, signature = larger.public_key().encoded_point(), larger.sign(message, ec.ECDSA(sha384))
    forged = signature[:10] + bytes([signature[10] ^ 1]) + signature[11:]
    arguments, spoilt = (public, message, signature), (public, message, forged)
    yield _work("P-384 verify", "P-384 verify", None, "p384_verify", *arguments, spoilt=spoilt)


def _signing_rsa() -> Iterator[Case]:
    p, q = _prime(14, 900), _prime(15, 792)
    key, message = RSAPrivateKey.from_primes(p, q, 65537), some_bytes(SIGNED, 9)
    public = key.public_key()
    for name, padding in (("PSS", PSS(salt=some_bytes(32, 16))), ("PKCS1", PKCS1v15())):
        group, work = f"RSA-2048 {name}", f"rsa_{name.lower()}"
        signature = key.sign(message, padding, "sha256")
        forged = signature[:40] + bytes([signature[40] ^ 1]) + signature[41:]
        yield _work(f"{group} sign", f"{group} sign", None, f"{work}_sign", key, message)
        arguments, spoilt = (public, message, signature), (public, message, forged)
        yield _work(f"{group} verify", f"{group} verify", None, f"{work}_verify", *arguments, spoilt=spoilt)


def _prime(seed: int, distance: int) -> int:
    """The first prime of 1024 bits from where the seed leads, which is so far."""
    start = int.from_bytes(some_bytes(128, seed), "big") | 3 << 1022 | 1  # two such make 2048 bits
    return start + distance


def _records() -> Iterator[Case]:
    key, iv, content = some_bytes(32, 10), some_bytes(12, 11), some_bytes(RECORD, 12)
    sealed = RecordProtection(ChaCha20Poly1305(key), iv).seal(ContentType.APPLICATION_DATA, content)
    spoilt = (key, iv, sealed[:-1] + bytes([sealed[-1] ^ 1]))
    yield _work("record seal 16 KiB", "record seal", RECORD, "record_seal", key, iv, content)
    yield _work("record open 16 KiB", "record open", RECORD, "record_open", key, iv, sealed, spoilt=spoilt)


def _connections() -> Iterator[Case]:
    ends = ("client", "server")
    for name, which in (("both ends", ends), ("client", ends[:1]), ("server", ends[1:])):
        yield Case(f"handshake, {name}", f"handshake, {name}", None, ends, _handshake(which))
    for kind, work in (("resumed", "acquainted"), ("hybrid", "hybrid")):
        for name, which in (("both ends", ends), ("client", ends[:1]), ("server", ends[1:])):
            title = f"{kind} handshake, {name}"
            yield Case(title, title, None, (work,), _handshake(which, work))
    for name, sender in (("client to server", 0), ("server to client", 1)):
        yield Case(f"transfer, {name}", f"transfer, {name}", BULK, ends, _transfer(sender))


def _work(
    name: str, group: str, size: int | None, work: str, *arguments: Any, spoilt: tuple[Any, ...] | None = None
) -> Case:
    """A case of one method of a contender's."""

    def prepare_with(given: tuple[Any, ...]) -> Callable[[Contender], Job]:
        return lambda contender: Job(getattr(contender, work)(*given))

    spoil = None if spoilt is None else prepare_with(spoilt)
    return Case(name, group, size, (work,), prepare_with(arguments), spoil)


def _handshake(timed: tuple[str, ...], pair: str = "") -> Callable[[Contender], Job]:
    """Both ends, the usual ones or a `Pair`, always take part; the clock runs for those that are timed.

    The answer says whether the session was resumed: who makes a full handshake instead is not timed.
    """

    def prepare(contender: Any) -> Job:
        ends: Ends = getattr(contender, pair)(talks.credentials()) if pair else contender
        meter, aside = Meter(), Meter()
        meters = [meter if side in timed else aside for side in ("client", "server")]

        def run() -> tuple[str | None, bool]:
            client, _ = talks.handshake(ends, talks.credentials(), *meters)
            return client.agreed and client.agreed[0], client.resumed

        return Job(run, meter)

    return prepare


def _transfer(sender: int) -> Callable[[Contender], Job]:
    def prepare(contender: Any) -> Job:
        ends = talks.handshake(contender, talks.credentials(), Meter(), Meter())
        sending, receiving = ends[sender], ends[1 - sender]
        data = some_bytes(BULK, 13)
        return Job(lambda: receiving.open(sending.seal(data)))

    return prepare
