"""Policies on chains of our own; NIST's are in test_pkits.py."""

import pytest

from tests.support.certificates import (
    NOW,
    authority_extensions,
    authority_under,
    extension,
    leaf_extensions,
    leaf_under,
    root,
)
from x509 import encoding, oids, path, policies
from x509.errors import NotPermitted
from x509.policies import ANY, Wanted
from x509.rules import Purpose
from x509.trust_store import TrustStore

ONE, TWO, THREE = "1.2.3.1", "1.2.3.2", "1.2.3.3"
EXPLICIT = Wanted(explicit=True)


def under(*names):
    """Issued under these policies."""
    each = [encoding.sequence(encoding.oid(name)) for name in names]
    return extension(oids.CERTIFICATE_POLICIES, encoding.sequence(*each))


def mapping(*pairs):
    each = [encoding.sequence(*map(encoding.oid, pair)) for pair in pairs]
    return extension(oids.POLICY_MAPPINGS, encoding.sequence(*each))


def requiring(number, *, of=0):
    """policyConstraints: requireExplicitPolicy, or with 1 inhibitPolicyMapping."""
    skip = encoding.implicit(of, bytes([number]))
    return extension(oids.POLICY_CONSTRAINTS, encoding.sequence(skip))


def inhibiting_any(number):
    return extension(oids.INHIBIT_ANY_POLICY, encoding.integer(number))


def chain(*levels, **leafs):
    """The leaf's extensions last; the path, leaf first."""
    authorities = [root()]
    for number, added in enumerate(levels[:-1], start=2):
        named = {str(place): value for place, value in enumerate(added)}
        authority = authority_under(authorities[-1], number, extensions=authority_extensions(**named))
        authorities.append(authority)
    named = {str(place): value for place, value in enumerate(levels[-1])}
    leaf = leaf_under(authorities[-1], extensions=leaf_extensions(**named), **leafs)
    return (leaf, *(authority.certificate for authority in reversed(authorities)))


def refused(levels, wanted=policies.NOTHING):
    with pytest.raises(NotPermitted, match="a certificate policy is required, and none"):
        policies.check(chain(*levels), wanted)


def test_what_holds_is_said_in_the_words_of_the_topmost_authority():
    assert policies.check(chain([under(ONE)], [under(ONE)]), EXPLICIT) == {ONE}
    assert policies.check(chain([under(ANY)], [under(TWO)]), EXPLICIT) == {TWO}
    assert policies.check(chain([under(ANY)], [under(ANY)]), EXPLICIT) == {ANY}
    assert policies.check(chain([under(ANY)], [under(ANY)]), Wanted(frozenset({TWO}), explicit=True)) == {TWO}
    mapped = chain([under(ONE), mapping((ONE, TWO))], [under(TWO)])
    assert policies.check(mapped, EXPLICIT) == {ONE}
    through_any = chain([under(ANY), mapping((ONE, TWO))], [under(TWO, THREE)])
    assert policies.check(through_any, EXPLICIT) == {ONE, THREE}


def test_nobody_asks_on_the_web():
    assert policies.check(chain([], []), policies.NOTHING) == frozenset()
    assert policies.check(chain([under(ONE)], [under(TWO)]), policies.NOTHING) == frozenset()


def test_an_authority_may_require_one():
    refused([[under(ONE), requiring(0)], [under(TWO)]])
    refused([[under(ONE), requiring(0)], []])
    assert policies.check(chain([under(ONE), requiring(0)], [under(ONE)]), policies.NOTHING) == {ONE}
    assert policies.check(chain([under(ONE), requiring(3)], [], []), policies.NOTHING) == frozenset()
    refused([[under(ONE), requiring(2)], [], []])
    refused([[under(ONE)], [requiring(0)]])  # the leaf itself
    assert policies.check(chain([under(ONE)], [requiring(1)]), policies.NOTHING) == frozenset()


def test_mapping_may_be_forbidden():
    levels = [[under(ONE), requiring(0, of=1)], [under(ONE), mapping((ONE, TWO))], [under(TWO)]]
    refused(levels, EXPLICIT)
    refused([[under(ONE), mapping((ONE, TWO))], [under(TWO)]], Wanted(explicit=True, inhibit_mapping=True))
    levels[0] = [under(ONE), requiring(1, of=1)]
    assert policies.check(chain(*levels), EXPLICIT) == {ONE}


def test_any_policy_may_be_forbidden():
    refused([[under(ONE), inhibiting_any(0)], [under(ANY)]], EXPLICIT)
    refused([[under(ANY)], [under(ONE)]], Wanted(explicit=True, inhibit_any=True))
    assert policies.check(chain([under(ONE), inhibiting_any(1)], [under(ANY)], [under(ONE)]), EXPLICIT) == {
        ONE
    }


def test_the_anchor_alone():
    leaf = root(100, "localhost", extensions=leaf_extensions()).certificate
    assert policies.check([leaf], policies.NOTHING) == {ANY}


def test_a_chain_that_breaks_them_is_refused():
    levels = chain([under(ONE), requiring(0)], [under(TWO)])
    trust = TrustStore([root().certificate])
    why = r"^certificate 1 of 2 \(CN=localhost\): a certificate policy is required"
    with pytest.raises(NotPermitted, match=why):
        path.verify_chain(levels[:-1], trust, at=NOW, purpose=Purpose.SERVER)


def test_the_graph_does_not_explode(monkeypatch):
    """RFC 5280's tree would have 2**6 copies of each policy in the end (CVE-2023-0464)."""
    made = []

    class Counted(policies._Node):
        def __post_init__(self):
            super().__post_init__()
            made.append(self)

    monkeypatch.setattr(policies, "_Node", Counted)
    both = [under(ONE, TWO), mapping((ONE, ONE), (ONE, TWO), (TWO, ONE), (TWO, TWO))]
    assert policies.check(chain(*[both] * 6, [under(ONE, TWO)]), EXPLICIT) == {ONE, TWO}
    assert len(made) == 1 + 7 * 2
