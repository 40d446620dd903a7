"""The search for a path, as a tree: who was tried as an issuer, why each way was left, which is the answer.

    certificate 1 of 2 (CN=localhost)
    ├─ ✗ certificate 2 of 2 (CN=Root): its signature was not made with its issuer's key
    ╘═ ✓ trust anchor (CN=Root)
       ╘═ ✓ path 1: every rule is kept

`grow` makes the tree of what `path.verify_chain` tells an observer; `lines` draws it as text, with double
lines to the answer, and `graph_svg` as a picture.  A certificate stands in the tree once for each way that
leads to it.  Each branch is one signature check, and there are `search.MAXIMUM_SIGNATURE_CHECKS` at most: no
list that a stranger sends can make the tree larger.

Tested by      tests/x509/test_graph.py
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from x509 import search, wording
from x509.certificate import Certificate
from x509.errors import CertificateError
from x509.path import Asked, Judged
from x509.search import DeadEnd, Path, Tried

KEPT, BROKEN = "✓", "✗"


@dataclass
class Node:
    """A certificate at the end of a way, and how that way went on.

    label        what errors call the certificate
    is_anchor    whether we trust it
    why          it did not sign the one before it, and this is the reason; "" if it did, and for the leaf
    steps        in order, issuers that were tried and reasons why the way ended here
    judged       the rules, where the way is a path: it ends at a trust anchor
    number       of that path, from 1; 0 for what is none
    culprit      what errors call the last certificate that was judged
    """

    path: Path
    label: str
    is_anchor: bool
    why: str = ""
    steps: "list[Node | str]" = field(default_factory=list)
    judged: list[Judged] = field(default_factory=list)
    number: int = 0
    culprit: str = ""

    @property
    def certificate(self) -> Certificate:
        return self.path[-1]

    @property
    def tried(self) -> "list[Node]":
        return [step for step in self.steps if isinstance(step, Node)]

    @property
    def ends(self) -> list[str]:
        return [step for step in self.steps if isinstance(step, str)]

    @property
    def broken(self) -> Judged | None:
        """The rule that refuses the path; None too for what is no path."""
        return next((judged for judged in self.judged if judged.error is not None), None)

    @property
    def is_answer(self) -> bool:
        """Whether this is the end of the good path."""
        return bool(self.judged) and self.broken is None

    @property
    def leads_to_answer(self) -> bool:
        return self.is_answer or any(node.leads_to_answer for node in self.tried)

    def walk(self) -> "Iterator[Node]":
        """This node and all above it, in the order of the search."""
        yield self
        for node in self.tried:
            yield from node.walk()


def grow(events: Iterable[object]) -> Node | None:
    """The tree of one search, from the leaf; None where nothing was asked."""
    nodes: dict[Path, Node] = {}
    paths = 0
    for event in events:
        match event:
            case Asked():
                chain, trust = event.chain, event.question.trust
                nodes[chain[:1]] = Node(chain[:1], search.place_of(chain[0], chain), chain[0] in trust)
            case Tried():
                path, issuer = (*event.path, event.issuer), event.issuer
                why = "" if event.error is None else reason(event.error, path[-2:], chain)
                nodes[path] = Node(path, search.place_of(issuer, chain), issuer in trust, why)
                nodes[event.path].steps.append(nodes[path])
            case DeadEnd():
                nodes[event.path].steps.append(reason(event.error, event.path[-1:], chain))
            case Judged():
                node = nodes[event.place.path]
                if not node.judged:
                    paths += 1
                    node.number = paths
                node.judged.append(event)
                node.culprit = nodes[event.place.path[: event.place.position + 1]].label
    return next(iter(nodes.values()), None)


def reason(error: CertificateError, certificates: Iterable[Certificate], chain: Sequence[Certificate]) -> str:
    """What an error about one of these certificates says, without its place."""
    text = str(error)
    for certificate in certificates:
        text = text.removeprefix(f"{search.place_of(certificate, chain)}: ")
    return text


def outcome(node: Node) -> str:
    """How the path that ends here was judged."""
    if node.broken is None:
        return f"path {node.number}: every rule is kept"
    return f"path {node.number}: {node.broken.rule.name} is broken by {node.culprit}"


def lines(root: Node, width: int = wording.WIDTH) -> Iterator[str]:
    """The tree, in lines no longer than `width`, where there are 60 or more."""
    yield from wording.wrapped(root.label, width)
    yield from _branches(root, "", width)


def _branches(node: Node, beside: str, width: int) -> Iterator[str]:
    if node.judged:
        mark = f"└─ {BROKEN}" if node.broken else f"╘═ {KEPT}"
        yield from wording.wrapped(f"{mark} {outcome(node)}", width, beside, beside + "     ")
    for number, step in enumerate(node.steps, 1):
        is_last = number == len(node.steps)
        below = beside + ("   " if is_last else "│  ")
        if isinstance(step, str):
            mark = "└─" if is_last else "├─"
            yield from wording.wrapped(f"{mark} {BROKEN} {step}", width, beside, below + "  ")
            continue
        if step.leads_to_answer:
            mark = "╘═" if is_last else "╞═"
        else:
            mark = "└─" if is_last else "├─"
        said = f"{BROKEN} {step.label}: {step.why}" if step.why else f"{KEPT} {step.label}"
        yield from wording.wrapped(f"{mark} {said}", width, beside, below + ("│ " if step.steps else "  "))
        yield from _branches(step, below, width)
