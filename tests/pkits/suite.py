"""NIST's Public Key Interoperability Test Suite (PKITS 1.0.1): what it wants, and what we say.

All its authorities stand in one list, for the search to find its way through, and all its revocation lists in
one store.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import cryptography_vectors

from x509 import path, policies
from x509.certificate import Certificate
from x509.crl import RevocationList
from x509.errors import CertificateError, RevocationListError
from x509.policies import Wanted
from x509.rules import Purpose
from x509.trust_store import TrustStore

LIST = Path(__file__).with_name("tests.txt")
FOLDER = Path(cryptography_vectors.__file__).parent / "x509" / "PKITS_data"
AT = datetime(2020, 1, 1, tzinfo=UTC)

HEADING = re.compile(r"== (4\.\d+)  (.*)")
NAME = re.compile(r"\w+Test(\d+)")


def nist(*numbers: int) -> Wanted:
    """One of NIST's test policies has to hold."""
    return Wanted(frozenset(f"2.16.840.1.101.3.2.1.48.{number}" for number in numbers), explicit=True)


ANY = policies.NOTHING
EXPLICIT = Wanted(explicit=True)
# For each policy that is wanted, whether the certificate is good.
POLICIES = {
    ("4.8", "ValidCertificatePathTest1"): (
        (ANY, True), (EXPLICIT, True), (nist(1), True), (nist(2), False), (nist(1, 2), True)
    ),
    ("4.8", "AllCertificatesNoPoliciesTest2"): ((ANY, True), (EXPLICIT, False)),
    ("4.8", "DifferentPoliciesTest3"): ((ANY, True), (EXPLICIT, False), (nist(1, 2), False)),
    ("4.8", "DifferentPoliciesTest4"): ((ANY, False),),
    ("4.8", "DifferentPoliciesTest5"): ((ANY, False),),
    ("4.8", "OverlappingPoliciesTest6"): ((ANY, True), (nist(1), True), (nist(2), False)),
    ("4.8", "DifferentPoliciesTest7"): ((ANY, False),),
    ("4.8", "DifferentPoliciesTest8"): ((ANY, False),),
    ("4.8", "DifferentPoliciesTest9"): ((ANY, False),),
    ("4.8", "AllCertificatesSamePoliciesTest10"): ((ANY, True), (nist(1), True), (nist(2), True)),
    ("4.8", "AllCertificatesanyPolicyTest11"): ((ANY, True), (nist(1), True)),
    ("4.8", "DifferentPoliciesTest12"): ((ANY, False),),
    ("4.8", "AllCertificatesSamePoliciesTest13"): ((nist(1), True), (nist(2), True), (nist(3), True)),
    ("4.8", "AnyPolicyTest14"): ((nist(1), True), (nist(2), False)),
    ("4.8", "UserNoticeQualifierTest15"): ((ANY, True),),
    ("4.8", "UserNoticeQualifierTest16"): ((ANY, True),),
    ("4.8", "UserNoticeQualifierTest17"): ((ANY, True),),
    ("4.8", "UserNoticeQualifierTest18"): ((nist(1), True), (nist(2), True)),
    ("4.8", "UserNoticeQualifierTest19"): ((ANY, True),),
    ("4.8", "CPSPointerQualifierTest20"): ((ANY, True), (nist(1), True)),
    ("4.10", "ValidPolicyMappingTest1"): (
        (nist(1), True), (nist(2), False), (Wanted(explicit=True, inhibit_mapping=True), False)
    ),
    ("4.10", "ValidPolicyMappingTest3"): ((nist(1), False), (nist(2), True)),
    ("4.10", "ValidPolicyMappingTest5"): ((nist(1), True), (nist(6), False)),
    ("4.10", "ValidPolicyMappingTest6"): ((nist(1), True), (nist(6), False)),
    ("4.12", "inhibitAnyPolicyTest3"): (
        (ANY, True), (Wanted(explicit=True, inhibit_any=True), False)
    ),
}  # fmt: skip

# Where we say otherwise, and why.
_DSA = "DSA is none of TLS 1.3's algorithms"
_UTC_TIME = "RFC 5280 section 4.1.2.5 wants UTCTime until 2049"
_INDIRECT = "indirect lists, which are about other issuers' certificates, are not supported"
_DELTA = "delta lists, of changes to another list, are not supported: the complete list counts"
OTHERWISE = {
    "ValidDSASignaturesTest4": _DSA,
    "ValidDSAParameterInheritanceTest5": _DSA,
    "ValidGeneralizedTimenotBeforeDateTest4": _UTC_TIME,
    "ValidIDPwithindirectCRLTest22": _INDIRECT,
    "ValidIDPwithindirectCRLTest24": _INDIRECT,
    "ValidIDPwithindirectCRLTest25": _INDIRECT,
    "ValidcRLIssuerTest28": _INDIRECT,
    "ValidcRLIssuerTest29": _INDIRECT,
    "ValidcRLIssuerTest30": _INDIRECT,
    "ValidcRLIssuerTest33": _INDIRECT,
    "InvaliddeltaCRLTest4": _DELTA,
    "ValiddeltaCRLTest5": _DELTA,
}
# Where we say the same for another reason than NIST's.
BY_THE_WAY = {
    "Invalidpre2000UTCEEnotAfterDateTest7": _UTC_TIME,
    "InvalidDSASignatureTest6": _DSA,
    "InvaliddeltaCRLIndicatorNoBaseTest1": "delta lists are not supported",
    **dict.fromkeys(("InvalidIDPwithindirectCRLTest23", "InvalidIDPwithindirectCRLTest26"), _INDIRECT),
    **{f"InvalidcRLIssuerTest{number}": _INDIRECT for number in (27, 31, 32, 34, 35)},
}


@dataclass(frozen=True)
class Case:
    """A certificate, the policies that are wanted, and whether it is good to NIST."""

    section: str
    number: str  # 4.8.1, and 4.8.1-2 for the second of the suite's questions about one certificate
    name: str
    wanted: Wanted
    good: bool


@dataclass(frozen=True)
class Section:
    number: str
    title: str
    cases: tuple[Case, ...]


def load() -> list[Section]:
    """The whole suite."""
    sections: list[Section] = []
    title, number, cases = "", "", list[Case]()
    for line in [*LIST.read_text(encoding="utf-8").splitlines(), "== 4.99  "]:
        if found := HEADING.fullmatch(line):
            if cases:
                sections.append(Section(number, title, tuple(cases)))
            (number, title), cases = found.groups(), []
        elif number and (found := NAME.fullmatch(line)):
            cases.extend(_cases(number, found[0], found[1]))
    return sections


def _cases(section: str, name: str, ordinal: str) -> Iterator[Case]:
    questions = POLICIES.get((section, name), ((ANY, name.startswith("Valid")),))
    for count, (wanted, good) in enumerate(questions, start=1):
        number = f"{section}.{ordinal}" + (f"-{count}" if len(questions) > 1 else "")
        yield Case(section, number, name, wanted, good)


@cache
def certificates() -> dict[str, Certificate | CertificateError]:
    """By name; what cannot be read is known by its error."""
    found: dict[str, Certificate | CertificateError] = {}
    for file in sorted((FOLDER / "certs").glob("*.crt")):
        try:
            found[file.stem] = Certificate.from_der(file.read_bytes())
        except CertificateError as error:
            found[file.stem] = error
    return found


@cache
def revocation_lists() -> dict[str, RevocationList | RevocationListError]:
    found: dict[str, RevocationList | RevocationListError] = {}
    for file in sorted((FOLDER / "crls").glob("*.crl")):
        try:
            found[file.stem] = RevocationList.from_der(file.read_bytes())
        except RevocationListError as error:
            found[file.stem] = error
    return found


def verify(case: Case) -> None:
    """Raise a CertificateError unless the certificate is good to us."""
    leaf, anchor = certificates()[case.name + "EE"], certificates()["TrustAnchorRootCertificate"]
    if isinstance(leaf, CertificateError):
        raise leaf
    assert isinstance(anchor, Certificate)
    others = [one for name, one in certificates().items() if not name.endswith("EE")]
    chain = [leaf, *(one for one in others if isinstance(one, Certificate))]
    lists = [one for one in revocation_lists().values() if isinstance(one, RevocationList)]
    trust = TrustStore([anchor], revocation_lists=lists)
    path.verify_chain(chain, trust, at=AT, purpose=Purpose.SERVER, wanted=case.wanted)
