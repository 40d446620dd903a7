"""Writes what `docs/trust.md` shows of the verifier, and its picture, docs/trust-search.svg.

python -m tests.support.trust_page        after a change of the rules, or of how they are told

The page itself is written by hand; what stands in it between `<!-- printed: NAME -->` and `<!-- end -->`
comes from here.
"""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from tests.support import wrong_certificates
from tests.support.certificates import NOW, authority_under, extension, leaf_extensions, leaf_under, root
from x509 import (
    certificate,
    der,
    explanation,
    graph,
    graph_svg,
    issue,
    oids,
    opened,
    revocation,
    rules,
    search,
    web_rules,
)
from x509.explanation import Explanation
from x509.rules import Purpose, Rule
from x509.trust_store import TrustStore

DOCS = Path(__file__).parents[2] / "docs"
PAGE, PICTURE = DOCS / "trust.md", DOCS / "trust-search.svg"
PRINTED = re.compile(r"(<!-- printed: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
HOST = "shop.example"

TABLES = {
    "Every certificate": rules.EVERY_CERTIFICATE,
    "The leaf": rules.LEAF,
    "Who has issued another one": rules.ISSUERS,
    "All but the anchor, at last": revocation.BELOW_THE_ANCHOR,
}
TABLES_OF_THE_WEB = {
    "All but the anchor": web_rules.BELOW_THE_ANCHOR,
    "The leaf": web_rules.LEAF,
    "Who stands between": web_rules.INTERMEDIATES,
}


@cache
def judged() -> Explanation:
    """A shop's chain, sent by a server that keeps too much of it; the client knows the old root alone."""
    old, new = root(1, "Old Root"), root(9, "New Root")
    earlier_key = authority_under(old, 3, "Issuing CA")
    by_new = authority_under(new, 2, "Issuing CA")
    expired = authority_under(old, 2, "Issuing CA", not_after=datetime(2024, 6, 30, 23, 59, 59, tzinfo=UTC))
    by_old = authority_under(old, 2, "Issuing CA")
    names = extension(oids.SUBJECT_ALTERNATIVE_NAME, issue.subject_alternative_name([HOST], []))
    leaf = leaf_under(by_old, HOST, extensions=leaf_extensions(subject_alternative_name=names))
    sent = [one.certificate for one in (earlier_key, by_new, expired, by_old, new)]
    return explanation.explain(
        [one.der for one in (leaf, *sent)],
        TrustStore([old.certificate]),
        at=NOW,
        purpose=Purpose.SERVER,
        name=HOST,
    )


def picture() -> str:
    tree = judged().tree()
    assert tree is not None
    return graph_svg.draw(tree, judged().verdict())


def page(text: str) -> str:
    """The page, with what is printed into it as it is now."""
    return PRINTED.sub(lambda found: f"{found[1]}{BLOCKS[found[2]]()}{found[3]}", text)


def _search() -> str:
    tree = judged().tree()
    assert tree is not None
    return _fence(graph.lines(tree))


def _path() -> str:
    """The one that was refused."""
    lines = list(judged().lines())
    start = next(number for number, line in enumerate(lines) if line.startswith("Path 1,"))
    end = next(number for number, line in enumerate(lines) if line.startswith("Path 2,"))
    return _fence(lines[start : end - 1])


def _bytes() -> str:
    """The first bytes of the leaf."""
    return _fence([*list(opened.lines(judged().encodings[0]))[:19], "..."])


def _limits() -> str:
    rows = [
        ("certificates on a path, leaf and anchor included", search.MAXIMUM_PATH_LENGTH, "x509/search.py"),
        ("signature checks for one chain", search.MAXIMUM_SIGNATURE_CHECKS, "x509/search.py"),
        ("bytes of a certificate", certificate.MAXIMUM_CERTIFICATE_SIZE, "x509/certificate.py"),
        ("levels of DER in one", der.MAXIMUM_DEPTH, "x509/der.py"),
    ]
    return _table(
        ("what", "at most", "where"),
        ((what, f"{most:,}", f"[`{file}`](../{file})") for what, most, file in rows),
    )


def _rules_of(tables: dict[str, tuple[Rule, ...]]) -> Callable[[], str]:
    return lambda: _table(
        ("of whom", "rule", "where the standard says it"),
        ((whom, rule.name, rule.source) for whom, table in tables.items() for rule in table),
    )


def _table(heading: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    heading = list(heading)
    lines = [heading, ["---"] * len(heading), *rows]
    return "\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines) + "\n"


def _fence(lines: Iterable[str]) -> str:
    return "\n```\n" + "".join(f"{line}\n" for line in lines) + "```\n\n"


def _wrong() -> str:
    """Every kind, with the line that is said of it."""
    judged = [(wrong, wrong.explain()) for wrong in wrong_certificates.kinds()]
    return _table(
        ("what is wrong", "what is said", "the rule", "the alert"),
        (
            (wrong.kind, f"`{told.refusal()}`", told.rule_broken(), f"`{wrong.alert.name.lower()}`")
            for wrong, told in judged
        ),
    )


BLOCKS: dict[str, Callable[[], str]] = {
    "search": _search,
    "path": _path,
    "bytes": _bytes,
    "wrong": _wrong,
    "limits": _limits,
    "rules": _rules_of(TABLES),
    "web": _rules_of(TABLES_OF_THE_WEB),
}


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
    PICTURE.write_text(picture(), "utf-8")
