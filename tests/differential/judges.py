"""The judges: ours, OpenSSL's and pyca/cryptography's.  Each is asked the same question about the same bytes.

A verdict is the reason of a refusal, or "" for a good chain.  What cannot be read is refused.

    us            `Profile.RFC5280`
    openssl       the program, asked what a TLS client would ask it: `-purpose sslserver`, the host's name,
                  Debian's security level 2, and two things that it leaves out unless one asks for them:
                  policies (-policy, any) and anchors that are not self-signed (-partial_chain)
    us, web       `Profile.WEB`
    pyca          its server verifier, which knows the web's rules alone
"""

import functools
import ipaddress
import re
import subprocess
import tempfile
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509 as pyca
from cryptography.x509 import verification

from tests.differential.drafts import NOW
from tests.differential.generate import Case
from x509 import names, path, pem
from x509.certificate import Certificate
from x509.errors import CertificateError
from x509.profiles import Profile
from x509.rules import Purpose
from x509.trust_store import TrustStore


@dataclass(frozen=True)
class Verdicts:
    """Of the four; "" where one accepts."""

    us: str
    openssl: str
    us_web: str
    pyca: str


def judge(case: Case, openssl: str) -> Verdicts:
    return Verdicts(
        us(case, Profile.RFC5280), ask_openssl(case, openssl), us(case, Profile.WEB), ask_pyca(case)
    )


def us(case: Case, profile: Profile) -> str:
    """The reason that we give, and those for which the other ways ended: they may have taken another one."""
    events: list[object] = []
    try:
        trust = TrustStore.from_pem(pem_of(case.anchors), profile=profile)  # leaves out what it cannot use
        # A chain is read as a whole before any of it is judged, as handshake does.
        chain = [Certificate.from_der(der) for der in case.chain]
        verified = path.verify_chain(chain, trust, at=NOW, purpose=Purpose.SERVER, observe=events.append)
        names.verify_name(verified.leaf, case.reference)
    except CertificateError as error:
        reasons = [error, *filter(None, (getattr(event, "error", None) for event in events))]
        return " | ".join(dict.fromkeys(f"{type(reason).__name__}: {reason}" for reason in reasons))
    except ValueError as error:  # what we look for is no name
        return f"ValueError: {error}"
    return ""


def ask_openssl(case: Case, program: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        leaf, rest, anchors = (Path(folder, name) for name in ("leaf.pem", "rest.pem", "anchors.pem"))
        leaf.write_text(pem_of(case.chain[:1]))
        rest.write_text(pem_of(case.chain[1:]))
        anchors.write_text(pem_of(case.anchors))
        command = [
            *(program, "verify", "-no-CApath", "-no-CAstore", "-CAfile", anchors),
            *("-purpose", "sslserver", "-attime", str(int(NOW.timestamp())), "-auth_level", "2"),
            *("-policy", "2.5.29.32.0", "-partial_chain"),
            *(("-untrusted", rest) if case.chain[1:] else ()),
            *("-verify_ip" if is_address(case.reference) else "-verify_hostname", case.reference, leaf),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    if done.returncode == 0:
        return ""
    said = re.findall(r"^error (\d+ at \d+ depth lookup: .*)$", done.stderr, re.MULTILINE)
    return "; ".join(said) or done.stderr.strip().replace(folder, "").replace("\n", "; ")[:300]


def ask_pyca(case: Case) -> str:
    with warnings.catch_warnings():  # of what it will refuse some day
        warnings.simplefilter("ignore")
        try:
            subject: pyca.IPAddress | pyca.DNSName
            if is_address(case.reference):
                subject = pyca.IPAddress(ipaddress.ip_address(case.reference))
            else:
                subject = pyca.DNSName(case.reference)
            anchors = verification.Store(list(map(read_by_pyca, case.anchors)))
            leaf, *rest = map(read_by_pyca, case.chain)
            builder = verification.PolicyBuilder().store(anchors).time(NOW)
            builder.build_server_verifier(subject).verify(leaf, rest)
        except (verification.VerificationError, ValueError, pyca.InvalidVersion) as error:
            return f"{type(error).__name__}: {error}"
    return ""


@functools.lru_cache(64)
def read_by_pyca(der: bytes) -> pyca.Certificate:
    return pyca.load_der_x509_certificate(der)


def is_address(reference: str) -> bool:
    try:
        ipaddress.ip_address(reference)
    except ValueError:
        return False
    return True


def pem_of(certificates: Iterable[bytes]) -> str:
    return "".join(pem.encode(der, "CERTIFICATE") for der in certificates)
