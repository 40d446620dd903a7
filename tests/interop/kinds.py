"""The kinds of certificate that servers and clients have, made by openssl.  All have to work."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

RSA_BITS = 2048
STORE_PASSWORD = "password"  # of the PKCS#12 file: Java wants one


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


def named(name: str) -> Kind:
    return next(kind for kind in KINDS if kind.name == name)


@dataclass(frozen=True)
class Credentials:
    """Files: a certificate for localhost, its key, both in a PKCS#12 store, and what its authority says."""

    ca: Path  # the certificate of the authority
    certificate: Path
    key: Path
    store: Path
    status: Path  # an OCSP response, in DER: the certificate is good


def make_credentials(kind: Kind, folder: Path) -> Credentials:
    """Let openssl make an authority and a leaf of this kind, valid for two days."""
    names = ("ca.pem", "certificate.pem", "key.pem", "store.p12", "status.der")
    made = Credentials(*(folder / name for name in names))
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
        *(
            "-addext",
            "subjectAltName=DNS:localhost,IP:127.0.0.1",
            "-addext",
            "extendedKeyUsage=serverAuth,clientAuth",
        ),
        *("-addext", "keyUsage=critical,digitalSignature", "-out", made.certificate),
    )
    _openssl(
        *("pkcs12", "-export", "-in", made.certificate, "-inkey", made.key, "-out", made.store),
        *("-passout", f"pass:{STORE_PASSWORD}"),
    )
    _make_status(made, authority_key, folder)
    return made


def _make_status(made: Credentials, authority_key: Path, folder: Path) -> None:
    """Let the authority say that the certificate has not been revoked."""
    said = _openssl("x509", "-in", made.certificate, "-noout", "-serial").decode()
    serial = said.split("serial=")[1].split()[0]
    index, request = folder / "index.txt", folder / "request.der"
    index.write_text(f"V\t491231235959Z\t\t{serial}\tunknown\t/CN=localhost\n")
    about = ("-issuer", made.ca, "-cert", made.certificate)
    _openssl("ocsp", *about, "-no_nonce", "-reqout", request)
    _openssl(
        *("ocsp", "-index", index, "-CA", made.ca, "-rsigner", made.ca, "-rkey", authority_key),
        *("-reqin", request, "-respout", made.status, "-ndays", "2"),
    )


def _openssl(*arguments: str | Path) -> bytes:
    command = ["openssl", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout
