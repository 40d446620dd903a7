"""Whom to trust where the user names nobody: the authorities that this machine trusts.

    $SSL_CERT_FILE, $SSL_CERT_DIR    what the user says to all programs at once; then nothing else is asked
    the system's file                where distributions, Alpine, macOS and the BSDs keep theirs
    certifi                          Mozilla's list as a Python package, where it is installed

Errors         ValueError, which names the file or folder that cannot be read or has no authority in it.
Tested by      tests/tls/test_trust.py
"""

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from x509 import files, pem
from x509.crl import RevocationList
from x509.errors import PemError
from x509.profiles import Profile
from x509.trust_store import TrustStore

SYSTEM_FILES = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Ubuntu, Arch, Gentoo
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  # Fedora, RHEL
    "/etc/pki/tls/certs/ca-bundle.crt",  # their older versions
    "/etc/ssl/ca-bundle.pem",  # openSUSE
    "/etc/ssl/cert.pem",  # Alpine, macOS, OpenBSD
    "/usr/local/share/certs/ca-root-nss.crt",  # FreeBSD
)
MAXIMUM_FILE_SIZE = 2**24  # bytes: the lists of the world's authorities have a fortieth of it


def default(
    environment: Mapping[str, str] = os.environ,
    *,
    revocation_lists: Sequence[RevocationList] = (),
    profile: Profile = Profile.RFC5280,
) -> TrustStore:
    """The authorities of this machine, from the first place that has any; ValueError if none has."""
    read = partial(TrustStore.from_pem, revocation_lists=revocation_lists, profile=profile)
    file, folders = environment.get("SSL_CERT_FILE"), environment.get("SSL_CERT_DIR")
    if file or folders:
        texts = [_read(Path(file))] if file else []
        for folder in (folders or "").split(os.pathsep):
            texts += _certificates_in(folder) if folder else []
        return _store(read, texts, " and ".join(name for name in (file, folders) if name))
    for place in (*SYSTEM_FILES, *_certifi()):
        if Path(place).is_file():
            return _store(read, [_read(Path(place))], place)
    raise ValueError("nobody to trust: this machine has no list of authorities")


def _certificates_in(folder: str) -> Sequence[bytes]:
    """What looks like certificates in a folder, under whatever name: openssl wants each named by its hash."""
    try:
        files = [file for file in sorted(Path(folder).iterdir()) if file.is_file()]
    except OSError as error:
        raise ValueError(f"{folder}: {error.strerror}") from error
    texts = []
    for file in files:
        text = _read(file)
        if b"-----BEGIN CERTIFICATE-----" in text:
            with _naming(file):
                pem.decode(text, "CERTIFICATE")  # a broken one would break what comes after it
            texts.append(text)
    return texts


def _store(read: Callable[[bytes], TrustStore], texts: Sequence[bytes], places: str) -> TrustStore:
    with _naming(places):
        return read(b"\n".join(texts))


@contextlib.contextmanager
def _naming(place: str | Path) -> Iterator[None]:
    try:
        yield
    except PemError as error:
        raise ValueError(f"{place}: {error}") from error


def _read(file: Path) -> bytes:
    try:
        text = files.read_at_most(file, MAXIMUM_FILE_SIZE)
    except OSError as error:
        raise ValueError(f"{file}: {error.strerror}") from error
    if len(text) > MAXIMUM_FILE_SIZE:
        raise ValueError(f"{file}: more than {MAXIMUM_FILE_SIZE} bytes is no list of authorities")
    return text


def _certifi() -> Sequence[str]:
    try:
        import certifi
    except ImportError:
        return ()
    return (certifi.where(),)
