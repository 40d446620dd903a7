"""Chains that are mazes: what they cost is counted, and bounded, whatever the clock says.

Counted are the checks of signatures, the paths that are judged by the rules, and the rules asked of them.
All signatures are good, for a search that may be cut short is no search.
"""

import itertools

import pytest

from tests.support.certificates import NOT_BEFORE, NOW, authority_under, key, leaf_under, root
from x509 import path, rules, search
from x509.errors import CertificateError, CertificateExpired
from x509.issue import Authority
from x509.path import Judged
from x509.rules import Purpose
from x509.search import MAXIMUM_PATH_LENGTH, MAXIMUM_SIGNATURE_CHECKS
from x509.trust_store import TrustStore

KEYS = range(2, 9)


def certified(issuer_name, issuer_key, name, number):
    """An authority of this name and key, by another one, of which name and key are enough."""
    issuer = Authority(root(issuer_key, issuer_name).certificate, key(issuer_key))
    return authority_under(issuer, number, name).certificate


def clique():
    """Seven authorities, each certified by each of the others."""
    pairs = itertools.permutations(KEYS, 2)
    return [certified(f"A{one}", one, f"A{other}", other) for one, other in pairs]


def one_name_many_keys():
    """One name with seven keys, each of which has certified each other one, and itself."""
    return [certified("A2", one, "A2", other) for one, other in itertools.product(KEYS, KEYS)]


def ladder():
    """Two certificates a rung: twice as many ways with each rung, and the names go up."""
    rungs = []
    for number in KEYS[:-1]:
        for serial_number in (1, 2):
            issuer = Authority(root(number + 1, f"A{number + 1}").certificate, key(number + 1))
            below = authority_under(issuer, number, f"A{number}", serial_number=serial_number)
            rungs.append(below.certificate)
    return rungs


def decoys():
    """Forty keys that bear the issuer's name and have not signed the leaf."""
    return [root(number, "A2").certificate for number in range(100, 140)]


MAZES = {function.__name__: function for function in (clique, one_name_many_keys, ladder, decoys)}
ANCHORS = {
    "unknown": list,
    "at the top": lambda: [root(KEYS[-1], f"A{KEYS[-1]}").certificate],
    "at the bottom": lambda: [root(2, "A2").certificate],
    "everybody": lambda: [root(number, f"A{number}").certificate for number in KEYS],
    "everybody, in many certificates": lambda: [
        root(number, f"A{number}", serial_number=serial_number).certificate
        for number in KEYS
        for serial_number in range(1, 6)
    ],
}


@pytest.fixture
def signature_checks(monkeypatch):
    calls, verify = [], search.signatures.verify
    monkeypatch.setattr(search.signatures, "verify", lambda *both: (calls.append(both), verify(*both)))
    return calls


@pytest.mark.parametrize("anchors", ANCHORS)
@pytest.mark.parametrize("maze", MAZES)
def test_the_work_is_bounded(signature_checks, maze, anchors):
    """The leaf has expired, so that no path is good, and every one is judged."""
    leaf = leaf_under(root(2, "A2"), not_after=NOT_BEFORE)
    events = []
    with pytest.raises(CertificateError) as caught:
        path.verify_chain(
            [leaf, *MAZES[maze]()],
            TrustStore(ANCHORS[anchors]()),
            at=NOW,
            purpose=Purpose.SERVER,
            observe=events.append,
        )
    assert len(str(caught.value)) < 1000
    assert 0 < len(signature_checks) <= MAXIMUM_SIGNATURE_CHECKS
    assert judged_paths(events) <= len(signature_checks)


def judged_paths(events):
    first = rules.EVERY_CERTIFICATE[0]
    return sum(isinstance(one, Judged) and one.place.position == 0 and one.rule is first for one in events)


def test_the_mazes_are_mazes(signature_checks):
    """Most of them reach the bound, and most have many paths to judge; else the test above shows nothing."""
    found = []
    for maze, anchors in itertools.product(MAZES, ANCHORS):
        events, leaf = [], leaf_under(root(2, "A2"), not_after=NOT_BEFORE)
        signature_checks.clear()
        with pytest.raises(CertificateError):
            trust = TrustStore(ANCHORS[anchors]())
            path.verify_chain(
                [leaf, *MAZES[maze]()], trust, at=NOW, purpose=Purpose.SERVER, observe=events.append
            )
        found.append((len(signature_checks), judged_paths(events)))
    assert sum(checks == MAXIMUM_SIGNATURE_CHECKS for checks, _ in found) >= len(found) // 2
    assert sum(judged > 1 for _, judged in found) >= 4


def test_each_judged_path_costs_a_bounded_number_of_rules():
    """The anchor has expired, so that every path is judged up to its end."""
    leaf, anchor = leaf_under(root(2, "A2")), root(KEYS[-1], f"A{KEYS[-1]}", not_after=NOT_BEFORE)
    events = []
    with pytest.raises(CertificateExpired):
        path.verify_chain(
            [leaf, *ladder()],
            TrustStore([anchor.certificate]),
            at=NOW,
            purpose=Purpose.SERVER,
            observe=events.append,
        )
    judged = sum(isinstance(event, Judged) for event in events)
    every_rule = len(rules.EVERY_CERTIFICATE) + max(len(rules.LEAF), len(rules.ISSUERS))
    assert judged_paths(events) > 8
    assert judged <= judged_paths(events) * MAXIMUM_PATH_LENGTH * every_rule
