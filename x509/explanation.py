"""Why this chain is trusted, or is not: the whole of the judgement, told to a person.  RFC 5280 section 6.

    explanation = Explanation()
    path.verify_chain(chain, trust, at=..., purpose=..., observe=explanation)
    explanation.lines()

First the verdict in one sentence.  Then what was asked; the search, with everybody who was tried as an
issuer; each path that it found, certificate by certificate from the leaf up and rule by rule, each with its
section; the name; and at last each certificate opened down to its bytes.

Nothing here judges.  The search, the rules and the comparison of names tell an observer what they do while
they do it, and a rule says its own name and where the standards have it.  What is added is what the rule has
found: `FOUND` has a line for those that we know, and one without is told by its name alone.

Tested by      tests/x509/test_explanation.py
"""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from x509 import certificate as certificates
from x509 import graph, names, oids, opened, path, search, web_rules, wording
from x509.certificate import Certificate
from x509.errors import CertificateError, MalformedCertificate
from x509.extensions import KeyUsage
from x509.graph import BROKEN, KEPT, Node
from x509.names import Compared
from x509.path import Asked, Judged
from x509.rules import ROLES, Place, Purpose
from x509.search import DeadEnd, Tried
from x509.trust_store import TrustStore

MAXIMUM_SHOWN = 8  # of what a certificate lists

SAYS = "   "  # before what is said under a heading
LABEL_WIDTH = 28  # columns for a mark and the name of a rule
NOT_ASKED = "·"
NO_LISTS = "not asked: there are no lists"

# What a path is made of before the rules are asked, and where the standards say it.
ISSUER = ("issuer", "RFC 5280 section 6.1.3 (a)(4)")
SIGNATURE = ("signature", "RFC 5280 section 6.1.3 (a)(1)")
ANCHOR = ("trust anchor", "RFC 5280 section 6.1.1 (d)")
SEARCH = "RFC 4158; RFC 5280 section 6.1.3 (a)(1) and (a)(4)"
NAME = "RFC 9525 section 6"
OPENED = "RFC 5280 section 4.1"


class Explanation:
    """Collects what is told of one judgement.

    encodings    the certificates as they came, in DER: of what is not read to its end, nothing else is known
    """

    def __init__(self, encodings: Iterable[bytes] = ()) -> None:
        self.encodings = tuple(encodings)
        self._asked: Asked | None = None
        self._compared: Compared | None = None
        self._steps: list[Tried | DeadEnd | Judged] = []

    def __call__(self, event: object) -> None:
        """Take one event: what `observe` wants.  What is not about the judgement is passed over."""
        match event:
            case Asked():
                self._asked, self._compared, self._steps = event, None, []
                self.encodings = tuple(certificate.der for certificate in event.chain)
            case Tried() | DeadEnd() | Judged():
                self._steps.append(event)
            case Compared():
                self._compared = event

    def tree(self) -> Node | None:
        """The search, for `graph` and `graph_svg` to draw; None where there was none."""
        return None if self._asked is None else graph.grow([self._asked, *self._steps])

    def verdict(self) -> str:
        """One sentence."""
        tree = self.tree()
        if self.refusal():
            return f"refused: {self.refusal()}"
        if tree is None:
            return "not judged: it was not asked whether the certificates are to be trusted"
        end = next(node for node in tree.walk() if node.is_answer)
        named = "" if self._compared is None else f", and is for {self._compared.reference}"
        if len(end.path) == 1:
            return f"good: {tree.label} is trusted itself{named}"
        return f"good: {tree.label} leads to {end.label}, whom we trust{named}"

    def lines(self, width: int = wording.WIDTH) -> Iterator[str]:
        """All of it, in lines no longer than `width`, where there are 60 or more."""
        yield from wording.wrapped(self.verdict(), width, "", SAYS)
        if self.rule_broken():
            yield from wording.wrapped(self.rule_broken(), width, SAYS)
        tree = self.tree()
        if self._asked is not None and tree is not None:
            yield from self._question(self._asked, width)
            yield from _heading("The search for an issuer", SEARCH, width)
            yield from (SAYS + line for line in graph.lines(tree, width - len(SAYS)))
            for node in tree.walk():
                if node.judged:
                    yield from _told(node, self._asked.chain, width)
        if self._compared is not None:
            yield from _heading("The name", NAME, width)
            yield from _comparison(self._compared, width)
        for number, encoding in enumerate(self.encodings, 1):
            title = f"Certificate {number} of {len(self.encodings)}, byte by byte"
            yield from _heading(title, OPENED, width)
            yield from opened.lines(encoding, width)

    def refusal(self) -> str:
        """Why the chain is refused, in one line; "" where it is not."""
        decisive = self._decisive()
        if decisive is not None:
            return str(decisive.error)
        if self._asked is None:
            try:
                certificates.read_list(self.encodings)
            except MalformedCertificate as error:
                return str(error)
        return ""

    def rule_broken(self) -> str:
        """The rule by which the chain is refused, and where the standards have it; "" where it is not."""
        match self._decisive():
            case Judged(rule=rule):
                return f"{rule.name}, {rule.source}"
            case Tried():
                return ", ".join(SIGNATURE)
            case DeadEnd():
                return ", ".join(ANCHOR)
            case Compared():
                return f"name, {NAME}"
        return f"encoding, {OPENED}" if self.refusal() else ""

    def _decisive(self) -> Judged | Tried | DeadEnd | Compared | None:
        """What refuses the chain, as for verify_chain: the first broken rule, or else the first reason."""
        judged = [step for step in self._steps if isinstance(step, Judged)]
        broken: list[Judged | Tried | DeadEnd] = [step for step in judged if step.error is not None]
        if judged and judged[-1].error is None:  # the last path kept every rule
            wrong_name = self._compared is not None and self._compared.error is not None
            return self._compared if wrong_name else None
        return next(iter(broken or (step for step in self._steps if step.error is not None)), None)

    def _question(self, asked: Asked, width: int) -> Iterator[str]:
        question, leaf = asked.question, asked.chain[0]
        yield from _heading("The question", "", width)
        said = f"Is {leaf} to be trusted as {ROLES[question.purpose]}, at {wording.moment(question.at)}?"
        yield from wording.wrapped(said, width, SAYS)
        came = wording.count(len(asked.chain), "certificate")
        rules = question.trust.profile.value
        known = wording.count(len(question.trust.anchors), "trust anchor")
        yield from wording.wrapped(f"{came} to go by, {known}, and the rules of {rules}.", width, SAYS)


def explain(
    encodings: Sequence[bytes],
    trust: TrustStore,
    *,
    at: datetime,
    purpose: Purpose,
    name: str | None = None,
) -> Explanation:
    """Judge a chain, the leaf first, as a peer's is judged; what is wrong with it is told, and not raised.

    The name is compared even where no path is good.  ValueError as `path.verify_chain` and `verify_name`.
    """
    explanation = Explanation(encodings)
    try:
        chain = certificates.read_list(encodings)
    except MalformedCertificate:
        return explanation
    with contextlib.suppress(CertificateError):
        path.verify_chain(chain, trust, at=at, purpose=purpose, observe=explanation)
    if name is not None:
        with contextlib.suppress(CertificateError):
            names.verify_name(chain[0], name, explanation)
    return explanation


# ---- A path, rule by rule ------------------------------------------------------------------------------


def _told(end: Node, chain: Sequence[Certificate], width: int) -> Iterator[str]:
    """Each certificate of the path that ends here, from the leaf up."""
    outcome = "every rule is kept" if end.is_answer else "refused"
    yield from _heading(f"Path {end.number}, rule by rule: {outcome}", "", width)
    for position, certificate in enumerate(end.path):
        above = end.path[position + 1] if position + 1 < len(end.path) else None
        yield ""
        yield from wording.wrapped(search.place_of(certificate, chain), width, SAYS)
        if above is None:
            yield from _row(
                KEPT, *ANCHOR, "we trust it because we have it; its signature is not looked at", width
            )
        else:
            place = search.place_of(above, chain).removesuffix(f" ({above})")
            yield from _row(KEPT, *ISSUER, str(certificate.issuer), width)
            found = f"{certificate.signature_algorithm}, by the key of {place}"
            yield from _row(KEPT, *SIGNATURE, found, width)
        judged = [one for one in end.judged if one.place.position == position]
        for one in judged:
            yield from _judged(one, certificate, chain, width)
        if not judged:
            yield from _row(NOT_ASKED, "the rules", "", "not asked any more", width)


def _judged(
    judged: Judged, certificate: Certificate, chain: Sequence[Certificate], width: int
) -> Iterator[str]:
    rule = judged.rule
    if judged.error is not None:
        found, mark = graph.reason(judged.error, [certificate], chain), BROKEN
    else:
        found = FOUND[rule.name](judged.place) if rule.name in FOUND else ""
        mark = NOT_ASKED if found == NO_LISTS else KEPT
    yield from _row(mark, rule.name, rule.source, found, width)


def _comparison(compared: Compared, width: int) -> Iterator[str]:
    """The name, and with what it was compared."""
    alternatives = compared.certificate.extensions.subject_alternative_name
    presented = [] if alternatives is None else [str(name) for name in alternatives.names]
    mark = KEPT if compared.error is None else BROKEN
    found = f"the certificate is for {_list(presented) or 'no name at all'}"
    yield from wording.wrapped(f"{mark} {compared.reference}: {found}", width, SAYS, SAYS + "  ")


# ---- What the rules have found -------------------------------------------------------------------------


def _validity(place: Place) -> str:
    certificate = place.certificate
    return f"from {wording.moment(certificate.not_before)} to {wording.moment(certificate.not_after)}"


def _critical_extensions(place: Place) -> str:
    critical = [oids.name(one.oid) for one in place.certificate.extensions.all if one.critical]
    return f"{_list(critical)}: understood" if critical else "none is critical"


def _purpose(place: Place) -> str:
    purposes = place.certificate.extensions.extended_key_usage
    return "any: it has no extKeyUsage" if purposes is None else _list(map(oids.name, purposes))


def _key(place: Place) -> str:
    return str(place.certificate.public_key_info.algorithm)


def _subject(place: Place) -> str:
    return str(place.certificate.subject) or "empty"


def _version(place: Place) -> str:
    return str(place.certificate.version)


def _key_usage(place: Place) -> str:
    allowed = place.certificate.extensions.key_usage
    return (
        "any: it has no keyUsage"
        if allowed is None
        else _list(one.name for one in KeyUsage if one in allowed)
    )


def _policies(place: Place) -> str:
    own = place.certificate.extensions.certificate_policies
    return f"issued under {_list(map(oids.name, own))}" if own else "it names none, and none is required"


def _authority(place: Place) -> str:
    return "basicConstraints makes it an authority"


def _path_length(place: Place) -> str:
    constraints = place.certificate.extensions.basic_constraints
    limit = None if constraints is None else constraints.path_length
    if limit is None:
        return "no limit"
    others = f"at most {wording.count(limit, 'other')}" if limit else "no other"
    return f"{others} between it and the leaf"


def _name_constraints(place: Place) -> str:
    constraints = place.certificate.extensions.name_constraints
    if constraints is None:
        return "none"
    lists = {"permitted": constraints.permitted, "excluded": constraints.excluded}
    return "; ".join(f"{word} {_list(map(str, trees))}" for word, trees in lists.items() if trees)


def _serial_number(place: Place) -> str:
    return f"{place.certificate.serial_number:#x}"


def _signature(place: Place) -> str:
    return str(place.certificate.signature_algorithm)


def _days(place: Place) -> str:
    return wording.count(web_rules.days_of_validity(place.certificate), "day")


def _alternative_names(place: Place) -> str:
    alternatives = place.certificate.extensions.subject_alternative_name
    return "" if alternatives is None else _list(map(str, alternatives.names))


def _revocation(place: Place) -> str:
    lists = len(place.question.trust.lists_of(place.certificate.issuer))
    return f"in none of {wording.count(lists, 'list')}" if lists else NO_LISTS


FOUND: dict[str, Callable[[Place], str]] = {
    "validity": _validity,
    "critical extensions": _critical_extensions,
    "purpose": _purpose,
    "key usage of its kind": _key,
    "version": _version,
    "public key": _key,
    "subject": _subject,
    "key usage": _key_usage,
    "policies": _policies,
    "authority": _authority,
    "path length": _path_length,
    "name constraints": _name_constraints,
    "revocation": _revocation,
    "serial number": _serial_number,
    "key of the web": _key,
    "signature of the web": _signature,
    "length of validity": _days,
    "alternative names": _alternative_names,
}


# ---- Lines ---------------------------------------------------------------------------------------------


def _heading(title: str, source: str, width: int) -> Iterator[str]:
    yield ""
    yield from _with_source([title], source, width)


def _row(mark: str, name: str, source: str, found: str, width: int) -> Iterator[str]:
    """A mark and a name, beside them what was found, and where the standards say so."""
    label = f"{SAYS}{mark} {name}"
    first, later = label.ljust(LABEL_WIDTH) + "  ", " " * (LABEL_WIDTH + 2)
    yield from _with_source(
        list(wording.wrapped(found or "kept", width, wording.printable(first), later)), source, width
    )


def _with_source(lines: list[str], source: str, width: int) -> Iterator[str]:
    """The lines, and the source at the right end of the last one, or of one more."""
    *before, last = lines
    yield from before
    if len(last) + 2 + len(source) <= width:
        yield f"{last}{source:>{width - len(last)}}".rstrip()
    else:
        yield last
        yield f"{source:>{width}}"


def _list(items: Iterable[str]) -> str:
    shown = list(items)
    more = len(shown) - MAXIMUM_SHOWN
    return ", ".join(shown[:MAXIMUM_SHOWN] + [f"{more} more"] * (more > 0))
