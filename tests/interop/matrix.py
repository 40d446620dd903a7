"""The matrix: every program, in both roles, with every kind of certificate, suite and group that we have.

Suites and groups are the protocol's own tables (`parties/ours.py`), so a new one is in the matrix as soon as
it is in the protocol; the kinds of key are listed in `kinds.py`.  `everyday` chooses what is run every day;
the rest is long.
"""

import functools
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from handshake import constants
from handshake.constants import CipherSuite, NamedGroup
from tests.interop import party as parties
from tests.interop.conversation import LARGE, Failed, Role, Terms
from tests.interop.kinds import KINDS, Credentials, Kind
from tests.interop.parties.curl import Curl
from tests.interop.parties.gnutls import GnuTLS
from tests.interop.parties.openssl import OpenSSL
from tests.interop.parties.ours import Ours
from tests.interop.parties.python_ssl import PythonSSL
from tests.interop.parties.rustls import Rustls
from tests.interop.parties.tlslite import TlsliteNg
from tests.interop.parties.workers import Go, Java, Node
from tests.interop.party import Party

OURS = Ours()
STAND_IN = OpenSSL()  # in our place, where a pair fails
PARTIES: tuple[Party, ...] = (
    OpenSSL(),
    Curl(),
    GnuTLS(),
    PythonSSL(),
    Node(),
    Java(),
    Go(),
    Rustls(),
    TlsliteNg(),
)

BOTH: tuple[Role, ...] = ("client", "server")
TWICE = {"visits": (0, 1)}

# What there is beside the plain conversation: for which role of the program, and on what terms.
FEATURES: dict[str, tuple[Sequence[Role], dict[str, Any]]] = {
    "retry": (BOTH, {}),  # a HelloRetryRequest
    "large": (BOTH, {"size": LARGE}),
    "cookie": (["client"], {"cookie": True}),
    "resumed": (BOTH, TWICE),
    "resumed-retry": (BOTH, TWICE),
    "early": (BOTH, TWICE | {"early": "accepted"}),
    "early-refused": (BOTH, TWICE | {"early": "refused"}),
    "early-forgotten": (BOTH, TWICE | {"early": "refused", "forgets": True}),
    "psk": (BOTH, {"psk": "beside"}),
    "psk-alone": (BOTH, {"psk": "alone"}),
    "anonymous": (BOTH, {"asks": "request"}),
    "identified": (BOTH, {"asks": "require", "shows": True}),
    "identified-later": (["server"], {"asks": "later", "shows": True}),
    "update": (BOTH, {}),  # the program asks, we answer
    "updated": (BOTH, {}),
    "limits": (BOTH, {"limits": True}),
    "status": (BOTH, {"status": True}),
}
WITH_EVERY_KIND = ("identified",)


@dataclass(frozen=True)
class Case:
    """One program in one role, and what it has to agree on with us."""

    party: Party
    role: Role  # the program's
    kind: Kind  # of the server's certificate
    suite: CipherSuite
    group: NamedGroup
    feature: str = ""

    @property
    def name(self) -> str:
        words = [self.party.name, self.role, self.kind.name, short(self.suite), self.group.name, self.feature]
        return "-".join(word.replace(" ", "_") for word in words if word)

    @property
    def reason(self) -> str | None:
        """Why this cannot work, if it cannot."""
        return self.party.why_not(self.role, self.kind, self.suite, self.group)

    @property
    def openssl_can_stand_in(self) -> bool:
        """Whether the openssl of this machine has what we have."""
        return STAND_IN.why_not(constants.other(self.role), self.kind, self.suite, self.group) is None

    def terms(self, credentials: Credentials) -> Terms:
        different = dict(FEATURES[self.feature][1]) if self.feature else {}
        if self.feature == "update":
            different["updates"] = self.role
        if self.feature == "updated":
            different["updates"] = constants.other(self.role)
        return Terms(
            self.kind,
            credentials,
            self.suite,
            self.group,
            decoy=self._decoy() if "retry" in self.feature else None,
            http=self.party.http and self.role == "client",
            **different,
        )

    def _decoy(self) -> NamedGroup | None:
        if self.role == "client":
            return self.party.decoy(self.group)
        return NamedGroup.SECP521R1  # we send no share at all, and openssl in our place this one


def short(suite: CipherSuite) -> str:
    """AES_128_GCM, AES_256_GCM, CHACHA20_POLY1305."""
    return suite.name.removeprefix("TLS_").rpartition("_")[0]


def cases() -> list[Case]:
    """The whole matrix."""
    return [case for party in PARTIES for role in party.roles for case in cases_of(party, role)]


def cases_of(party: Party, role: Role) -> list[Case]:
    plain = [Case(party, role, *axes) for axes in itertools.product(KINDS, OURS.suites, OURS.groups)]
    possible = [case for case in plain if case.reason is None]
    if not possible:
        return plain
    first = possible[0]
    kinds = [case.kind for case in possible if (case.suite, case.group) == (first.suite, first.group)]
    retried = retry_group(party, role)
    features = []
    for feature, (roles, _) in FEATURES.items():
        group = retried if "retry" in feature else first.group
        for kind in kinds if feature in WITH_EVERY_KIND else kinds[:1]:
            if role in roles and group is not None and party.lack(role, feature, kind) is None:
                features.append(Case(party, role, kind, first.suite, group, feature))
    return plain + features


def retry_group(party: Party, role: Role) -> NamedGroup | None:
    """The group with which it can be brought to a HelloRetryRequest; None: it always guesses right."""
    known = [group for group in OURS.groups if group in party.groups]
    if role == "server":
        return known[0] if known else None
    return next((group for group in known if party.decoy(group) is not None), None)


def attempt(case: Case, credentials: Credentials, we: Party = OURS) -> None:
    """Let the two talk, with us or somebody else in our place; Failed if that does not work."""
    ends = (case.party, we) if case.role == "client" else (we, case.party)
    parties.meet(*ends, case.terms(credentials))


def failure(case: Case, credentials: Credentials, we: Party = OURS) -> str | None:
    """What the two say if it does not work."""
    try:
        attempt(case, credentials, we)
    except Failed as failed:
        return str(failed)
    return None


@functools.cache
def version(party: Party) -> str:
    """Its version; Missing if it is not here."""
    return party.version()


# ---- What is run every day -------------------------------------------------------------------------------


def everyday(every: Iterable[Case]) -> set[Case]:
    """A part in which every program, in every role, meets every value of every axis, nothing slow among it.

    It has every feature as well; of those that are tried with every kind of certificate, one in turn.
    Of the cases that would do, the one is taken that brings the most pairs of values not seen together yet,
    so that the axes are also well mixed among each other.
    """
    chosen: set[Case] = set()
    seen: set[frozenset[object]] = set()
    by_role = itertools.groupby(every, key=lambda case: (case.party, case.role))
    for turn, (_, group) in enumerate(by_role):
        candidates = list(group)
        slow = "large" if candidates[0].party.slow else None
        for feature in FEATURES.keys() - {slow}:
            having = [case for case in candidates if case.feature == feature]
            chosen.update(having[turn % len(having) :][:1] if having else ())
        plain = [case for case in candidates if not case.feature]
        missing = set(itertools.chain.from_iterable(map(_values, plain)))
        while missing:
            best = max(plain, key=lambda case: (len(missing & _values(case)), len(_pairs(case) - seen)))
            chosen.add(best)
            missing -= _values(best)
            seen |= _pairs(best)
    return chosen


def _values(case: Case) -> set[object]:
    return {case.kind, case.suite, case.group}


def _pairs(case: Case) -> set[frozenset[object]]:
    return set(map(frozenset, itertools.combinations((case.kind, case.suite, case.group), 2)))
