"""cryptography (pyca): OpenSSL with Rust around it."""

from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, Hash
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from benchmarks.contenders import C, Contender
from purecrypto.rsa import RSAPrivateKey, RSAPublicKey


class Library(Contender):
    name = "cryptography"
    distribution = "cryptography"
    language = C
    note = "OpenSSL; decodes an Ed25519 key each time it verifies"

    def sha256(self, data: bytes) -> Callable[[], Any]:
        def job() -> Any:
            digest = Hash(SHA256())
            digest.update(data)
            return digest.finalize()

        return job

    def sha512(self, data: bytes) -> Callable[[], Any]:
        def job() -> Any:
            digest = Hash(SHA512())
            digest.update(data)
            return digest.finalize()

        return job

    def hmac_sha256(self, key: bytes, data: bytes) -> Callable[[], Any]:
        def job() -> Any:
            mac = HMAC(key, SHA256())
            mac.update(data)
            return mac.finalize()

        return job

    def hkdf_expand(self, prk: bytes, info: bytes, length: int) -> Callable[[], Any]:
        return lambda: HKDFExpand(SHA256(), length, info).derive(prk)

    def seal(self, key: bytes, nonce: bytes, plaintext: bytes, data: bytes) -> Callable[[], Any]:
        aead = ChaCha20Poly1305(key)
        return lambda: aead.encrypt(nonce, plaintext, data)

    def open(self, key: bytes, nonce: bytes, sealed: bytes, data: bytes) -> Callable[[], Any]:
        aead = ChaCha20Poly1305(key)
        return lambda: aead.decrypt(nonce, sealed, data)

    def aes_gcm_seal(self, key: bytes, nonce: bytes, plaintext: bytes, data: bytes) -> Callable[[], Any]:
        aead = AESGCM(key)
        return lambda: aead.encrypt(nonce, plaintext, data)

    def aes_gcm_open(self, key: bytes, nonce: bytes, sealed: bytes, data: bytes) -> Callable[[], Any]:
        aead = AESGCM(key)
        return lambda: aead.decrypt(nonce, sealed, data)

    def aes_ctr(self, key: bytes, counter_block: bytes, text: bytes) -> Callable[[], Any]:
        cipher = Cipher(algorithms.AES(key), modes.CTR(counter_block))
        return lambda: cipher.encryptor().update(text)

    def x25519_public(self, private: bytes) -> Callable[[], Any]:
        return lambda: X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()

    def x25519_exchange(self, private: bytes, public: bytes) -> Callable[[], Any]:
        ours, theirs = X25519PrivateKey.from_private_bytes(private), X25519PublicKey.from_public_bytes(public)
        return lambda: ours.exchange(theirs)

    def ml_kem_public(self, seed: bytes) -> Callable[[], Any]:
        return lambda: MLKEM768PrivateKey.from_seed_bytes(seed).public_key().public_bytes_raw()

    def ml_kem_decaps(self, seed: bytes, ciphertext: bytes) -> Callable[[], Any]:
        key = MLKEM768PrivateKey.from_seed_bytes(seed)
        return lambda: key.decapsulate(ciphertext)

    def ed25519_public(self, seed: bytes) -> Callable[[], Any]:
        return lambda: Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()

    def ed25519_sign(self, seed: bytes, message: bytes) -> Callable[[], Any]:
        key = Ed25519PrivateKey.from_private_bytes(seed)
        return lambda: key.sign(message)

    def ed25519_verify(self, public: bytes, message: bytes, signature: bytes) -> Callable[[], bool]:
        key = Ed25519PublicKey.from_public_bytes(public)

        def job() -> bool:
            key.verify(signature, message)
            return True

        return job

    def p256_public(self, private: bytes) -> Callable[[], Any]:
        d, curve = int.from_bytes(private, "big"), ec.SECP256R1()

        def job() -> Any:
            public_key = ec.derive_private_key(d, curve).public_key()
            return public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

        return job

    def p256_exchange(self, private: bytes, public: bytes) -> Callable[[], Any]:
        ours = ec.derive_private_key(int.from_bytes(private, "big"), ec.SECP256R1())
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public)
        return lambda: ours.exchange(ec.ECDH(), theirs)

    def p256_sign(self, private: bytes, message: bytes) -> Callable[[], Any]:
        key = ec.derive_private_key(int.from_bytes(private, "big"), ec.SECP256R1())
        algorithm = ec.ECDSA(SHA256(), deterministic_signing=True)
        return lambda: key.sign(message, algorithm)

    def p256_verify(self, public: bytes, message: bytes, signature: bytes) -> Callable[[], bool]:
        return _verify_ecdsa(ec.SECP256R1(), ec.ECDSA(SHA256()), public, message, signature)

    def p384_verify(self, public: bytes, message: bytes, signature: bytes) -> Callable[[], bool]:
        return _verify_ecdsa(ec.SECP384R1(), ec.ECDSA(SHA384()), public, message, signature)

    def rsa_pss_sign(self, key: RSAPrivateKey, message: bytes) -> Callable[[], Any]:
        own, pss = _rsa_key(key), padding.PSS(padding.MGF1(SHA256()), 0)
        return lambda: own.sign(message, pss, SHA256())

    def rsa_pss_verify(self, key: RSAPublicKey, message: bytes, signature: bytes) -> Callable[[], bool]:
        return _rsa_verify(key, message, signature, padding.PSS(padding.MGF1(SHA256()), 32))

    def rsa_pkcs1_sign(self, key: RSAPrivateKey, message: bytes) -> Callable[[], Any]:
        own = _rsa_key(key)
        return lambda: own.sign(message, padding.PKCS1v15(), SHA256())

    def rsa_pkcs1_verify(self, key: RSAPublicKey, message: bytes, signature: bytes) -> Callable[[], bool]:
        return _rsa_verify(key, message, signature, padding.PKCS1v15())


def _verify_ecdsa(
    curve: Any, algorithm: Any, public: bytes, message: bytes, signature: bytes
) -> Callable[[], bool]:
    key = ec.EllipticCurvePublicKey.from_encoded_point(curve, public)

    def job() -> bool:
        key.verify(signature, message, algorithm)
        return True

    return job


def _rsa_key(key: RSAPrivateKey) -> Any:
    public = rsa.RSAPublicNumbers(key.public_key().e, key.public_key().n)
    return rsa.RSAPrivateNumbers(key.p, key.q, key.d, key.dmp1, key.dmq1, key.iqmp, public).private_key()


def _rsa_verify(key: RSAPublicKey, message: bytes, signature: bytes, scheme: Any) -> Callable[[], bool]:
    own = rsa.RSAPublicNumbers(key.e, key.n).public_key()

    def job() -> bool:
        own.verify(signature, message, scheme, SHA256())
        return True

    return job
