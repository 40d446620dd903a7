"""What can go wrong in a primitive, and whose fault it is.

A wrong length or type is the caller's bug: `ValueError` and `TypeError`, as in the standard library.
What a peer can cause is a `CryptoError`: a tag or a signature that does not verify, a key that is no
point, a shared secret that is all zeros.  The names are those of pyca/cryptography.
"""


class CryptoError(Exception):
    """Base of everything that untrusted input can cause in `purecrypto`."""


class InvalidTag(CryptoError):
    """An authentication tag did not match: the ciphertext or its associated data was altered."""


class InvalidSignature(CryptoError):
    """A signature did not verify under this key and message."""


class InvalidKey(CryptoError, ValueError):
    """Key bytes that no honest party sends (RFC 7748 section 6.1, RFC 8032 section 5.1.3)."""
