"""Certificate policies: under which rules was this issued?  RFC 5280 section 6.1, with the graph of RFC 9618.

A policy is an OID for a text that says how an authority works: what it asks for before it signs, how it keeps
its keys.  A certificate lists those under which it was issued; it stands for what all above it allow, too.
On the web nobody asks for one.  But an authority can say (policyConstraints) that below it some policy has to
hold; to pass over that would be to accept what it forbids.

    Root            anyPolicy                          level 0
    Authority       1.2.3, and "my 1.2.3 is their 4.5"       1
    leaf            4.5                                      2

Each level has a node for each policy that is valid so far, and its parents on the level before: that is the
graph.  RFC 5280 has a tree, in which a node is copied for each of its parents; a hostile chain makes that
grow exponentially (CVE-2023-0464).

Errors         `NotPermitted` where a policy is required and none is left.
Tested by      tests/x509/test_policies.py, tests/x509/test_pkits.py
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from x509 import oids
from x509.certificate import Certificate
from x509.errors import NotPermitted

ANY = oids.ANY_POLICY


@dataclass(frozen=True)
class Wanted:
    """What one may ask of policies (section 6.1.1 (c), (e), (f) and (g)); TLS asks nothing.

    policies     one of them has to hold; None: any
    explicit     one has to hold even where no authority requires it
    """

    policies: frozenset[str] | None = None
    explicit: bool = False
    inhibit_mapping: bool = False
    inhibit_any: bool = False


NOTHING = Wanted()


@dataclass(eq=False)
class _Node:
    """A policy that is valid on one level, and what certificates on the next one may call it."""

    policy: str
    parents: list[Self]
    expected: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.expected = self.expected or {self.policy}


def check(path: Sequence[Certificate], wanted: Wanted) -> frozenset[str]:
    """Return the policies that hold for a whole path, the leaf first, in the words of its topmost authority.

    Raises NotPermitted where one is required and none holds; `ANY` among them means all.
    """
    certificates = path[-2::-1]  # from below the anchor down to the leaf
    count = len(certificates)
    level = {ANY: _Node(ANY, [])}  # empty: no policy is valid any more
    # How many certificates may still come before ... (section 6.1.2 (d) to (f))
    explicit = 0 if wanted.explicit else count + 1  # ... a policy has to be valid
    mapping = 0 if wanted.inhibit_mapping else count + 1  # ... policies may not be mapped
    any_policy = 0 if wanted.inhibit_any else count + 1  # ... anyPolicy means nothing
    for number, certificate in enumerate(certificates, start=1):
        is_last, counts = number == count, not certificate.is_self_issued
        allows_any = any_policy > 0 or not (is_last or counts)
        level = _next_level(level, certificate, allows_any)
        if not explicit and not level:  # section 6.1.3 (f)
            raise NotPermitted(f"a certificate policy is required, and none is valid for {certificate}")
        if not is_last:
            _map(level, certificate, allowed=mapping > 0)
            mapping = _less(mapping, counts)
            any_policy = _less(any_policy, counts)
        explicit = _less(explicit, counts or is_last)
        constraints = certificate.extensions.policy_constraints
        if constraints is not None:
            if constraints.require_explicit_policy is not None and not (
                is_last and constraints.require_explicit_policy  # section 6.1.5 (b)
            ):
                explicit = min(explicit, constraints.require_explicit_policy)
            if constraints.inhibit_policy_mapping is not None:
                mapping = min(mapping, constraints.inhibit_policy_mapping)
        if certificate.extensions.inhibit_any_policy is not None:
            any_policy = min(any_policy, certificate.extensions.inhibit_any_policy)
    valid = _in_the_authoritys_words(level)
    if wanted.policies is not None:
        valid = wanted.policies if ANY in valid else valid & wanted.policies
    if not explicit and not valid:  # section 6.1.5
        whole = "none that is wanted is valid for the whole path"
        raise NotPermitted(f"a certificate policy is required, and {whole}")
    return valid


def _less(number: int, counts: bool) -> int:
    return number - 1 if number and counts else number


def _next_level(level: dict[str, _Node], certificate: Certificate, allows_any: bool) -> dict[str, _Node]:
    """The certificate's policies that go on with one of the level above (section 6.1.3 (d) and (e))."""
    names = certificate.extensions.certificate_policies or ()
    parents: defaultdict[str, list[_Node]] = defaultdict(list)
    for node in level.values():
        for policy in node.expected:
            parents[policy].append(node)
    anything = [level[ANY]] if ANY in level else []
    found = {}
    for policy in names:
        above = parents.get(policy) or anything
        if policy != ANY and above:
            found[policy] = _Node(policy, above)
    if ANY in names and allows_any:
        for policy, above in parents.items():
            found.setdefault(policy, _Node(policy, above))
    return found


def _map(level: dict[str, _Node], certificate: Certificate, *, allowed: bool) -> None:
    """What the issuer calls one thing, its subject calls another (section 6.1.4 (b))."""
    translations: defaultdict[str, set[str]] = defaultdict(set)
    for issuers, subjects in certificate.extensions.policy_mappings:
        translations[issuers].add(subjects)
    for policy, expected in translations.items():
        if not allowed:
            level.pop(policy, None)
        elif policy in level:
            level[policy].expected = expected
        elif ANY in level:
            level[policy] = _Node(policy, level[ANY].parents, expected)


def _in_the_authoritys_words(level: dict[str, _Node]) -> frozenset[str]:
    """The names that stand right below anyPolicy, from where these nodes come (RFC 9618 section 5.1)."""
    found: set[str] = set()
    seen: set[int] = set()
    waiting = list(level.values())
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if node.policy == ANY or any(parent.policy == ANY for parent in node.parents):
            found.add(node.policy)
        waiting += [parent for parent in node.parents if parent.policy != ANY]
    return frozenset(found)
