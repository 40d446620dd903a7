"""`python -m tests.compliance`: docs/compliance.md, of the rules and of the markers in code and tests.

python -m tests.compliance                    write the page
python -m tests.compliance --check            is it current, and every rule accounted for?
python -m tests.compliance --missing          what is not accounted for
python -m tests.compliance --prove            take each check away and see whether its tests fail: minutes
python -m tests.compliance --prove 4.2.2-3    for some rules or sections alone
"""

import argparse
import sys
from collections.abc import Sequence
from importlib import util
from pathlib import Path

from tests.compliance import account, page, proof

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.compliance",
        description=__doc__.split("\n\n", 1)[1],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--check", action="store_true")
    what.add_argument("--missing", action="store_true")
    what.add_argument("--prove", nargs="*", metavar="ID")
    options = parser.parse_args(arguments)

    taken = account.take(ROOT)
    if options.missing:
        lines = list(account.missing(taken))
        print(*lines, f"{len(lines)} rules are not accounted for", sep="\n")
        return 0
    if options.prove is not None:
        return prove(taken, options.prove)
    wrong = [*account.contradictions(taken), *(account.missing(taken) if options.check else ())]
    current = page.write(taken)
    if not options.check:
        page.PAGE.write_text(current, encoding="utf-8")
    elif not page.PAGE.exists() or page.PAGE.read_text(encoding="utf-8") != current:
        wrong.append(f"docs/{page.PAGE.name} is not current: run python -m tests.compliance")
    print(*wrong, sep="\n", end="\n" if wrong else "")
    return 1 if wrong else 0


def prove(taken: account.Account, chosen: Sequence[str]) -> int:
    """Say of each check what its tests said when it was gone."""
    if util.find_spec("pytest") is None:  # each test would fail, and prove nothing
        print("this needs pytest: make .venv/.with-test installs it")
        return 1
    verdicts = []
    for verdict in proof.prove(ROOT, taken, chosen):
        print(verdict, flush=True)
        verdicts.append(verdict)
    failed = [verdict for verdict in verdicts if not verdict.is_proof]
    rules = {verdict.marker.rule for verdict in verdicts}
    print(f"{len(verdicts)} times a check was taken away, for {len(rules)} rules; {len(failed)} are no proof")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
