"""NIST's Public Key Interoperability Test Suite, every test of it; the suite itself is in `tests.pkits`."""

import pytest

from tests.pkits import page, suite
from tests.pkits.suite import Case
from x509.errors import (
    CertificateError,
    MalformedCertificate,
    NotPermitted,
    RevocationListError,
    RevocationUnknown,
    Revoked,
    UnsupportedCertificate,
)

SECTIONS = suite.load()
CASES = [case for section in SECTIONS for case in section.cases]
AGREED = [case for case in CASES if case.name not in suite.OTHERWISE]
OF_REVOCATION = {"4.4", "4.14", "4.15"}


def numbered(case: Case) -> str:
    return f"{case.number} {case.name}"


def test_the_suite_is_complete() -> None:
    """Each of NIST's sections has so many tests, and each certificate of the suite is in one."""
    counted = {section.number: len({case.name for case in section.cases}) for section in SECTIONS}
    tests = (6, 8, 11, 21, 8, 17, 5, 20, 8, 14, 11, 10, 38, 35, 10, 2)
    assert counted == {f"4.{number}": count for number, count in enumerate(tests, start=1)}
    leaves = {file.stem.removesuffix("EE") for file in (suite.FOLDER / "certs").glob("*EE.crt")}
    assert {case.name for case in CASES} == leaves
    assert suite.OTHERWISE.keys() | suite.BY_THE_WAY.keys() <= leaves
    assert len({case.number for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", [case for case in AGREED if case.good], ids=numbered)
def test_good(case: Case) -> None:
    suite.verify(case)


@pytest.mark.parametrize("case", [case for case in AGREED if not case.good], ids=numbered)
def test_bad(case: Case) -> None:
    with pytest.raises(CertificateError) as caught:
        suite.verify(case)
    if (case.section, case.name) in suite.POLICIES:
        assert type(caught.value) is NotPermitted
        assert "a certificate policy is required" in str(caught.value)
    elif case.section in OF_REVOCATION and case.name != "InvalidNegativeSerialNumberTest15":
        assert isinstance(caught.value, (Revoked, RevocationUnknown))


OTHERWISE = {
    "ValidDSASignaturesTest4": UnsupportedCertificate,
    "ValidDSAParameterInheritanceTest5": UnsupportedCertificate,
    "ValidGeneralizedTimenotBeforeDateTest4": MalformedCertificate,
    "InvaliddeltaCRLTest4": None,  # good, by the complete list
    "ValiddeltaCRLTest5": Revoked,
}


@pytest.mark.parametrize("case", [case for case in CASES if case not in AGREED], ids=numbered)
def test_otherwise(case: Case) -> None:
    error = OTHERWISE.get(case.name, RevocationUnknown)
    if error is None:
        suite.verify(case)
        assert not case.good
    else:
        with pytest.raises(error) as caught:
            suite.verify(case)
        assert type(caught.value) is error
        assert case.good


def test_the_lists_that_cannot_be_used() -> None:
    refused = {name for name, one in suite.revocation_lists().items() if isinstance(one, RevocationListError)}
    assert refused == {
        "BadCRLSignatureCACRL",
        "UnknownCRLEntryExtensionCACRL",
        "UnknownCRLExtensionCACRL",
        *(f"deltaCRLCA{number}deltaCRL" for number in (1, 2, 3)),
        "deltaCRLIndicatorNoBaseCACRL",
        "indirectCRLCA1CRL",
        "indirectCRLCA3cRLIssuerCRL",
        "indirectCRLCA4cRLIssuerCRL",
        "indirectCRLCA5CRL",
    }


def test_the_page_is_current() -> None:
    assert page.PAGE.read_text(encoding="utf-8") == page.write(), "run python -m tests.pkits"
