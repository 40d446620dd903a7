"""NIST's Public Key Interoperability Test Suite (PKITS 1.0.1): 223 leaves, good ones and bad ones.

The suite's names say what is to come out.  All its authorities stand in one list, for the search to find its
way through; where a test asks for a policy, it stands in the tables below with its section of the suite.
"""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import cryptography_vectors
import pytest

from x509 import path, policies
from x509.certificate import Certificate
from x509.errors import CertificateError, MalformedCertificate, NotPermitted, UnsupportedCertificate
from x509.policies import Wanted
from x509.rules import Purpose
from x509.trust_store import TrustStore

FOLDER = Path(cryptography_vectors.__file__).parent / "x509" / "PKITS_data" / "certs"
AT = datetime(2020, 1, 1, tzinfo=UTC)

# Good to NIST, and refused here
REFUSED = {
    "ValidDSASignaturesTest4": UnsupportedCertificate,  # DSA is none of TLS 1.3's algorithms
    "ValidDSAParameterInheritanceTest5": UnsupportedCertificate,
    "ValidGeneralizedTimenotBeforeDateTest4": MalformedCertificate,  # RFC 5280 4.1.2.5: UTCTime until 2049
}
# Bad only because of a revocation list, which nothing here reads: sections 4.4, 4.5, 4.7, 4.14 and 4.15
REVOKED = (
    "BadCRL", "BasicSelfIssuedCRL", "BasicSelfIssuedNewWithOldTest5", "BasicSelfIssuedOldWithNewTest2",
    "IDPwithindirectCRL", "LongSerialNumberTest18", "MissingCRL", "OldCRL", "Revoked",
    "SeparateCertificateandCRL", "UnknownCRL", "WrongCRL", "cRLIssuer", "deltaCRL", "distributionPoint",
    "keyUsageCriticalcRLSign", "keyUsageNotCriticalcRLSign", "onlyContains", "onlySomeReasons", "pre2000CRL",
)  # fmt: skip


@cache
def certificates() -> dict[str, Certificate | CertificateError]:
    """By name; what cannot be read is known by its error."""
    found: dict[str, Certificate | CertificateError] = {}
    for file in sorted(FOLDER.glob("*.crt")):
        try:
            found[file.stem] = Certificate.from_der(file.read_bytes())
        except CertificateError as error:
            found[file.stem] = error
    return found


LEAVES = sorted(file.stem.removesuffix("EE") for file in FOLDER.glob("*EE.crt"))
GOOD = [name for name in LEAVES if name.startswith("Valid")]
BAD = [name for name in LEAVES if name.startswith("Invalid")]
BAD_IN_ITSELF = [name for name in BAD if not name.removeprefix("Invalid").startswith(REVOKED)]


def verify(name: str, wanted: Wanted = policies.NOTHING) -> None:
    leaf, anchor = certificates()[name + "EE"], certificates()["TrustAnchorRootCertificate"]
    if isinstance(leaf, CertificateError):
        raise leaf
    assert isinstance(anchor, Certificate)
    others = [one for name, one in certificates().items() if not name.endswith("EE")]
    chain = [leaf, *(one for one in others if isinstance(one, Certificate))]
    path.verify_chain(chain, TrustStore([anchor]), at=AT, purpose=Purpose.SERVER, wanted=wanted)


@pytest.mark.parametrize("name", [name for name in GOOD if name not in REFUSED])
def test_good(name: str) -> None:
    verify(name)


@pytest.mark.parametrize("name", BAD_IN_ITSELF)
def test_bad(name: str) -> None:
    with pytest.raises(CertificateError):
        verify(name)


@pytest.mark.parametrize("name", REFUSED)
def test_good_and_refused(name: str) -> None:
    with pytest.raises(REFUSED[name]):
        verify(name)


def test_nothing_is_left_out_silently() -> None:
    revoked = set(BAD) - set(BAD_IN_ITSELF)
    policy_tests = set(LEAVES) - set(GOOD) - set(BAD)
    assert (len(GOOD), len(BAD_IN_ITSELF), len(revoked), len(policy_tests)) == COUNTS
    assert {name for name, *_ in POLICIES} >= policy_tests


def nist(*numbers: int) -> Wanted:
    """One of NIST's test policies has to hold."""
    return Wanted(frozenset(f"2.16.840.1.101.3.2.1.48.{number}" for number in numbers), explicit=True)


ANY = policies.NOTHING
EXPLICIT = Wanted(explicit=True)
POLICIES = [
    # section 4.8
    ("ValidCertificatePathTest1", ANY, True),
    ("ValidCertificatePathTest1", EXPLICIT, True),
    ("ValidCertificatePathTest1", nist(1), True),
    ("ValidCertificatePathTest1", nist(2), False),
    ("ValidCertificatePathTest1", nist(1, 2), True),
    ("AllCertificatesNoPoliciesTest2", ANY, True),
    ("AllCertificatesNoPoliciesTest2", EXPLICIT, False),
    ("DifferentPoliciesTest3", ANY, True),
    ("DifferentPoliciesTest3", EXPLICIT, False),
    ("DifferentPoliciesTest3", nist(1, 2), False),
    ("DifferentPoliciesTest4", ANY, False),
    ("DifferentPoliciesTest5", ANY, False),
    ("OverlappingPoliciesTest6", ANY, True),
    ("OverlappingPoliciesTest6", nist(1), True),
    ("OverlappingPoliciesTest6", nist(2), False),
    ("DifferentPoliciesTest7", ANY, False),
    ("DifferentPoliciesTest8", ANY, False),
    ("DifferentPoliciesTest9", ANY, False),
    ("AllCertificatesSamePoliciesTest10", ANY, True),
    ("AllCertificatesSamePoliciesTest10", nist(1), True),
    ("AllCertificatesSamePoliciesTest10", nist(2), True),
    ("AllCertificatesanyPolicyTest11", ANY, True),
    ("AllCertificatesanyPolicyTest11", nist(1), True),
    ("DifferentPoliciesTest12", ANY, False),
    ("AllCertificatesSamePoliciesTest13", nist(1), True),
    ("AllCertificatesSamePoliciesTest13", nist(2), True),
    ("AllCertificatesSamePoliciesTest13", nist(3), True),
    ("AnyPolicyTest14", nist(1), True),
    ("AnyPolicyTest14", nist(2), False),
    ("UserNoticeQualifierTest15", ANY, True),
    ("UserNoticeQualifierTest16", ANY, True),
    ("UserNoticeQualifierTest17", ANY, True),
    ("UserNoticeQualifierTest18", nist(1), True),
    ("UserNoticeQualifierTest18", nist(2), True),
    ("UserNoticeQualifierTest19", ANY, True),
    ("CPSPointerQualifierTest20", ANY, True),
    ("CPSPointerQualifierTest20", nist(1), True),
    # section 4.10
    ("ValidPolicyMappingTest1", nist(1), True),
    ("ValidPolicyMappingTest1", nist(2), False),
    ("ValidPolicyMappingTest1", Wanted(explicit=True, inhibit_mapping=True), False),
    ("ValidPolicyMappingTest3", nist(1), False),
    ("ValidPolicyMappingTest3", nist(2), True),
    ("ValidPolicyMappingTest5", nist(1), True),
    ("ValidPolicyMappingTest5", nist(6), False),
    ("ValidPolicyMappingTest6", nist(1), True),
    ("ValidPolicyMappingTest6", nist(6), False),
    # section 4.12
    ("inhibitAnyPolicyTest3", ANY, True),
    ("inhibitAnyPolicyTest3", Wanted(explicit=True, inhibit_any=True), False),
]
COUNTS = (88, 69, 46, 20)


@pytest.mark.parametrize(("name", "wanted", "holds"), POLICIES)
def test_policies(name: str, wanted: Wanted, holds: bool) -> None:
    if holds:
        verify(name, wanted)
    else:
        with pytest.raises(NotPermitted, match="a policy is required"):
            verify(name, wanted)
