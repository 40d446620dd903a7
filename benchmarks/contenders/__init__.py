"""Those who compete: one small file a library, found and asked for its version here.

    everyone, absent = contenders.find()

A contender offers methods named after the works below.  Each takes the work's input and returns a job: a
callable without arguments that does the work once.  What can be prepared beforehand (a key object, a parsed
certificate) is prepared outside of the job, as a program would do it.

    sha256(data)  sha512(data)  hmac_sha256(key, data)  hkdf_expand(prk, info, length)
    seal(key, nonce, plaintext, associated_data)    open(key, nonce, sealed, associated_data)
    aes_gcm_seal(key, nonce, plaintext, associated_data)
    aes_gcm_open(key, nonce, sealed, associated_data)
    aes_ctr(key, counter_block, text)
    x25519_public(private)                          x25519_exchange(private, public)
    ml_kem_public(seed)      ml_kem_decaps(seed, ciphertext)     with ML-KEM-768
    ml_kem_encaps(public, m)                        the job returns (shared secret, ciphertext)
    ed25519_public(seed)     ed25519_sign(seed, message)
    ed25519_verify(public, message, signature)      the job returns True, or fails in any way it likes
    p256_public(private)     p256_exchange(private, public)     points of 65 bytes, scalars of 32
    p256_sign(private, message)                     with SHA-256, as RFC 6979 has it, in DER
    p256_verify(public, message, signature)         p384_verify(public, message, signature), with SHA-384
    rsa_pss_sign(key, message)                      with SHA-256 and no salt: one message, one signature
    rsa_pss_verify(key, message, signature)         with SHA-256 and a salt of 32 bytes, as in TLS; True
    rsa_pkcs1_sign(key, message)                    with SHA-256
    rsa_pkcs1_verify(key, message, signature)       with SHA-256; True
    record_seal(key, iv, content)                   record_open(key, iv, record)
    client(credentials)  server(credentials)        no job but an `End`, which `talks` drives
    acquainted(credentials)     no job but a `Pair`: ends that have met, and resume their session
    hybrid(credentials)         a `Pair` that agrees on keys with X25519MLKEM768

The files are imported when they are asked for, so that a library that is not installed is only missing.
"""

import importlib
import importlib.metadata
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

OURS = "glassbox-tls"
C = "C"
PYTHON = "Python"

# In the order of the columns: we ourselves, the C libraries, then the pure-Python ones.
FILES = (
    *("glassbox", "standard_library", "openssl", "pyca", "pynacl"),
    *("purepycrypto", "tlslite_ng", "ecdsa", "pure25519", "x25519", "purecrypt", "larzcrypt"),
    *("chacha20poly1305", "purehash", "cryptoarithmetic", "sha256py"),
    *("pyaes", "starkbank_ecdsa", "rsa", "kyber_py"),
)


class Unsuitable(Exception):
    """Installed, and yet not to be timed; the text says why."""


class Contender:
    """One library.

    name            in tables and plots
    distribution    the package whose version is meant; "" is part of Python, or this checkout
    language        what does the work: C or PYTHON
    hashes_itself   whether its SHA-2 is its own and not hashlib's
    note            what a reader of its figures has to know
    """

    name = ""
    distribution = ""
    language = PYTHON
    hashes_itself = True
    note = ""

    @property
    def version(self) -> str:
        return importlib.metadata.version(self.distribution)

    def can(self, *works: str) -> bool:
        return all(hasattr(self, work) for work in works)


class End(Protocol):
    """One end of a TLS connection in memory."""

    def receive(self, data: bytes) -> bytes:
        """Go on with the handshake, and return what is to go to the other end."""

    @property
    def agreed(self) -> tuple[str, str] | None:
        """Version and cipher suite, once the handshake is complete."""

    @property
    def resumed(self) -> bool:
        """Whether the handshake went on from an earlier one."""

    def seal(self, data: bytes) -> bytes:
        """Application data, as it goes over the wire."""

    def open(self, data: bytes) -> bytes:
        """What `seal` of the other end was given."""


class Ends(Protocol):
    """Who has both ends: a contender, or a `Pair` of its ends."""

    @property
    def name(self) -> str: ...

    def client(self, credentials: "Credentials") -> End: ...

    def server(self, credentials: "Credentials") -> End: ...


@dataclass(frozen=True)
class Pair:
    """Ends of another kind than the contender's usual ones; no tickets are given."""

    name: str
    new_client: Callable[[], End]
    new_server: Callable[[], End]

    def client(self, _credentials: "Credentials") -> End:
        return self.new_client()

    def server(self, _credentials: "Credentials") -> End:
        return self.new_server()


@dataclass(frozen=True)
class Credentials:
    """What ends need, as PEM: the throw-away authority, and a leaf for localhost with its key."""

    authority: str
    chain: str
    private_key: str


@dataclass(frozen=True)
class Absent:
    """A contender that does not take part, and why."""

    name: str
    why: str


def find(files: tuple[str, ...] = FILES) -> tuple[list[Contender], list[Absent]]:
    """All who are installed, in order, and those who are not."""
    present, absent = [], []
    for file in files:
        try:
            contender: Any = importlib.import_module(f"benchmarks.contenders.{file}").Library()
        except ImportError as error:
            absent.append(Absent(_spoken(file), f"not installed ({error})"))
        except Unsuitable as error:
            absent.append(Absent(_spoken(file), str(error)))
        else:
            present.append(contender)
    return present, absent


def refuse_accelerators(*names: str) -> None:
    """Unsuitable, if one of these is installed and would do the work in C."""
    for name in names:
        if importlib.util.find_spec(name) is not None:
            raise Unsuitable(f"{name} is installed, which makes it compute in C: uninstall {name} to compare")


def _spoken(file: str) -> str:
    return {"pyca": "cryptography", "pynacl": "PyNaCl"}.get(file, file.replace("_", "-"))
