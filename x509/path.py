"""From a stranger's certificate to an authority that we know.  RFC 5280 section 6.

    leaf               "localhost holds this key", says Intermediate
    intermediate       "Intermediate holds this key and may issue", says Root
    trust anchor       Root, whose key we had before we connected

`verify_chain` has a `search` find paths from the leaf to an anchor, and asks of each whether every
certificate was allowed to be where it is, by the `rules` (and `web_rules`, where the store asks for them),
and whether any was taken back, by `revocation`.  The first good path is the answer; where there is none, the
first reason is.

Decisions, where the standards leave room:
  - Every authority in the store is an anchor, self-signed or not, as for curl and Go (openssl needs
    -partial_chain for it).  A leaf in the store is one only when it is self-signed, as with openssl.

Limits         Revocation lists are files (see `revocation`); nothing is fetched.
Errors         The `CertificateError` family, each with the certificate's place in the list and its subject.
Tested by      tests/x509/test_path.py, tests/x509/test_against_openssl.py
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from x509 import policies, revocation, rules, web_rules
from x509.certificate import Certificate
from x509.der import Observer
from x509.errors import CertificateError, UnknownAuthority
from x509.policies import Wanted
from x509.rules import Place, Purpose, Question, Rule
from x509.search import Path, Search
from x509.trust_store import TrustStore


@dataclass(frozen=True)
class VerifiedPath:
    """The witness that `verify_chain` gives: from the leaf to the trust anchor, each issued by the next."""

    certificates: tuple[Certificate, ...]

    @property
    def leaf(self) -> Certificate:
        return self.certificates[0]

    @property
    def anchor(self) -> Certificate:
        return self.certificates[-1]


@dataclass(frozen=True)
class Asked:
    """For an observer: what is asked, and of which certificates."""

    chain: tuple[Certificate, ...]
    question: Question


@dataclass(frozen=True)
class Judged:
    """For an observer: the rule is kept at this place, unless there is an `error`."""

    place: Place
    rule: Rule
    error: CertificateError | None


def verify_chain(  # section 4.5.1 [11]
    chain: Sequence[Certificate],
    trust: TrustStore,
    *,
    at: datetime,
    purpose: Purpose,
    wanted: Wanted = policies.NOTHING,
    observe: Observer | None = None,
) -> VerifiedPath:
    """Return a path from chain[0] to a trust anchor that is good for this purpose at this time.

    `observe` is called with `Asked` and then each step: `Tried`, `DeadEnd` and `Judged`.

    Raises a CertificateError when there is none; ValueError for an empty chain or a time without a time zone.
    """
    if not chain:
        raise ValueError("a chain has at least one certificate")
    if at.utcoffset() is None:
        raise ValueError("the time needs its time zone")
    search = Search(chain, trust, observe)
    question = Question(at, purpose, trust, search, wanted)
    if observe is not None:
        observe(Asked(tuple(chain), question))
    refusal: CertificateError | None = None
    for path in search.paths():
        broken = _first_broken(path, question, observe)
        if broken is None:
            return VerifiedPath(path)
        refusal = refusal or broken
    raise refusal or search.dead_ends[0]


def recheck(
    certificates: Sequence[Certificate], trust: TrustStore, *, at: datetime, purpose: Purpose
) -> VerifiedPath:
    """Return as a path what `verify_chain` found to be one at another time, if it is still good.

    Its signatures are what they were.  All else is asked again: whether the anchor is trusted, and the rules.
    Raises a CertificateError; the caller vouches for where the path comes from.
    """
    if not certificates or certificates[-1] not in trust:
        raise UnknownAuthority("the end of the path is no trust anchor any more")
    path = tuple(certificates)
    broken = _first_broken(path, Question(at, purpose, trust, Search(path, trust)), None)
    if broken is not None:
        raise broken
    return VerifiedPath(path)


def _first_broken(path: Path, question: Question, observe: Observer | None) -> CertificateError | None:
    """Ask of each certificate what section 6 asks, from the leaf up, and stop where a rule is broken."""
    for place, rule in _what_is_asked(path, question):
        error = None
        try:
            with question.search.naming(place.certificate):
                rule.check(place)
        except CertificateError as broken:
            error = broken
        if observe is not None:
            observe(Judged(place, rule, error))
        if error is not None:
            return error
    return None


def _what_is_asked(path: Path, question: Question) -> Iterator[tuple[Place, Rule]]:
    for position in range(len(path)):
        place = Place(path, position, question)
        of_its_place = rules.ISSUERS if position else rules.LEAF  # RFC 9846 section 4.5.1 [12]
        for rule in (*rules.EVERY_CERTIFICATE, *of_its_place, *web_rules.rules_for(place)):
            yield place, rule
    for position in range(len(path) - 1):  # last: it is costly, and believes the authorities' keys
        for rule in revocation.BELOW_THE_ANCHOR:
            yield Place(path, position, question), rule
