"""The primitives: bytes in, bytes out, no protocol.

Each algorithm is one file in its standard's order and letters.  This module re-exports nothing, so that
`purecrypto.sha256` stays the module and never hides behind the function of the same name:

    from purecrypto.sha256 import sha256                        # as hashlib.sha256
    from purecrypto.keccak import sha3_256, shake_128           # as hashlib's
    from purecrypto import hmac, hkdf                           # hmac.new, hkdf.extract, hkdf.expand
    from purecrypto.chacha20poly1305 import ChaCha20Poly1305    # as in pyca/cryptography
    from purecrypto.aes_gcm import AESGCM
    from purecrypto.x25519 import X25519PrivateKey
    from purecrypto.ml_kem import MLKEM768PrivateKey
    from purecrypto.ed25519 import Ed25519PrivateKey
    from purecrypto import ec                                   # ec.SECP256R1(), ec.ECDSA(sha256), ec.ECDH()
    from purecrypto import rsa, rsa_padding                     # rsa.generate_private_key, rsa_padding.PSS

What stands right of a `>` uses what stands left of it, so read from left to right:

    sha2 > sha256 sha512 > hmac > hkdf             hashing, authenticating, deriving keys
    chacha20 poly1305 > chacha20poly1305           sealing records
    aes ghash > aes_gcm                            the same, with the other cipher of TLS
    keccak_f > keccak > polynomials > ml_kem       agreeing on secrets that outlast a quantum computer
    recoding > edwards25519 > x25519 ed25519       agreeing on secrets, signing
    recoding > weierstrass > ecdsa > ec            the same on the NIST curves P-256 and P-384
    primes rsa_padding > rsa                       signing, as most certificates are signed
    errors buffers entropy constant_time stream    what they share
    known_answers vector_run wycheproof            `python -m purecrypto vectors`
"""
