"""The kinds of certificate that servers have, made by openssl, and which of them we can hold.

`KINDS` is what the world uses; `served` and `verified` ask our own code which of it is possible here, so that
the matrix grows with the code.
"""

import functools
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from tests.support import certificates
from tls import config
from x509 import encoding, pem
from x509.certificate import Certificate
from x509.errors import CertificateError, PrivateKeyError

RSA_BITS = 2048
STORE_PASSWORD = "password"  # of the PKCS#12 file: Java wants one
RSASSA_PSS = "1.2.840.113549.1.1.10"


@dataclass(frozen=True)
class Kind:
    """A kind of key, and how `openssl genpkey` is told to make one."""

    name: str
    genpkey: Sequence[str]
    authority: Sequence[str] | None = None  # of the authority's key, where it is of another kind


RSA = ("-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{RSA_BITS}")
KINDS = (
    Kind("Ed25519", ("-algorithm", "ED25519")),
    Kind("P-256", ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")),
    Kind("P-384", ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384")),
    Kind("RSA", RSA),
    Kind("RSA-PSS", ("-algorithm", "RSA-PSS", "-pkeyopt", f"rsa_keygen_bits:{RSA_BITS}"), RSA),
)


@dataclass(frozen=True)
class Credentials:
    """Files: a certificate for localhost, its key, both in a PKCS#12 store, and its authority."""

    ca: Path  # the certificate of the authority
    certificate: Path
    key: Path
    store: Path


def make_credentials(kind: Kind, folder: Path) -> Credentials:
    """Let openssl make an authority and a leaf of this kind, valid for two days."""
    made = Credentials(*(folder / name for name in ("ca.pem", "certificate.pem", "key.pem", "store.p12")))
    authority_key = folder / "authority-key.pem"
    _openssl("genpkey", *(kind.authority or kind.genpkey), "-out", authority_key)
    _openssl("genpkey", *kind.genpkey, "-out", made.key)
    root = ("-subj", "/CN=Interop Root", "-addext", "basicConstraints=critical,CA:TRUE")
    _openssl(
        *("req", "-x509", "-new", "-key", authority_key, "-days", "2", "-out", made.ca, *root),
        *("-addext", "keyUsage=critical,keyCertSign"),
    )
    _openssl(
        *("req", "-x509", "-new", "-key", made.key, "-CA", made.ca, "-CAkey", authority_key, "-days", "2"),
        *("-subj", "/CN=localhost", "-addext", "basicConstraints=critical,CA:FALSE"),
        *("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-addext", "extendedKeyUsage=serverAuth"),
        *("-addext", "keyUsage=critical,digitalSignature", "-out", made.certificate),
    )
    _openssl(
        *("pkcs12", "-export", "-in", made.certificate, "-inkey", made.key, "-out", made.store),
        *("-passout", f"pass:{STORE_PASSWORD}"),
    )
    return made


def _openssl(*arguments: str | Path) -> None:
    command = ["openssl", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()


# ---- What our own code can hold --------------------------------------------------------------------------


def served(kind: Kind) -> bool:
    """Whether we can sign with such a key."""
    try:
        config.load_private_key(_specimen(kind.name)[0])
    except PrivateKeyError:
        return False
    return True


def verified(kind: Kind) -> bool:
    """Whether we can verify what such a key has signed."""
    certificate = certificates.assemble(subjectPublicKeyInfo=_specimen(kind.name)[1])
    try:
        Certificate.from_der(certificate).public_key  # noqa: B018, it is read when asked for
    except CertificateError:
        return False
    return True


GENERATE: Mapping[str, Callable[[], Any]] = {
    "Ed25519": ed25519.Ed25519PrivateKey.generate,
    "P-256": functools.partial(ec.generate_private_key, ec.SECP256R1()),
    "P-384": functools.partial(ec.generate_private_key, ec.SECP384R1()),
    "RSA": functools.partial(rsa.generate_private_key, 65537, RSA_BITS),
    "RSA-PSS": functools.partial(rsa.generate_private_key, 65537, RSA_BITS),
}


@functools.cache
def _specimen(name: str) -> tuple[str, bytes]:
    """A private key as PEM and its public key as DER."""
    key = GENERATE[name]()
    pkcs8 = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    info = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if name == "RSA-PSS":
        pkcs8, info = _for_pss_alone(key)
    return pem.encode(pkcs8, "PRIVATE KEY"), info


def _for_pss_alone(key: Any) -> tuple[bytes, bytes]:
    """The same RSA key under the number that forbids PKCS#1 v1.5 (RFC 4055 section 1.2)."""
    algorithm = encoding.sequence(encoding.oid(RSASSA_PSS))
    private = key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)
    return (
        encoding.sequence(encoding.integer(0), algorithm, encoding.octet_string(private)),
        encoding.sequence(algorithm, encoding.bit_string(public)),
    )
