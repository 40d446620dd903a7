"""`python -m tests.differential`: the same chains, good and bad, before three verifiers.

python -m tests.differential                      10,000 chains, and every disagreement that is not explained
python -m tests.differential --chains 500         fewer of them
python -m tests.differential --seed 2             others
python -m tests.differential --case 178           what each says of this one, and its files to look into
python -m tests.differential --page               write docs/differential.md from this run
"""

import argparse
import dataclasses
import functools
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from tests.differential import drafts, generate, judges, page
from tests.differential.generate import Case
from tests.differential.judges import Verdicts

PAGE = Path(__file__).resolve().parents[2] / "docs/differential.md"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.differential",
        description=__doc__.split("\n\n", 1)[1],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--chains", type=int, default=10_000, metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--case", type=int, metavar="N")
    parser.add_argument("--page", action="store_true")
    options = parser.parse_args(arguments)
    openssl = shutil.which("openssl")
    if openssl is None:
        parser.error("openssl is not installed")

    if options.case is not None:
        show(*judged(options.seed, openssl, options.case))
        return 0
    tally = page.Tally()
    with ProcessPoolExecutor(os.cpu_count()) as workers:
        one = functools.partial(judged, options.seed, openssl)
        for case, verdicts in workers.map(one, range(options.chains), chunksize=20):
            tally.add(case, verdicts)
            if tally.chains % 1000 == 0:
                print(f"{tally.chains:,} chains", flush=True)
    print(*tally.unexplained, sep="\n", end="\n" if tally.unexplained else "")
    print(f"{tally.chains:,} chains, {sum(tally.kinds.values()):,} disagreements that are explained, "
          f"{len(tally.unexplained)} that are not")  # fmt: skip
    for kind in tally.unused:
        print(f"no case of {kind.name!r}, {kind.other}, {'we accept' if kind.we_accept else 'we refuse'}")
    if options.page:
        if tally.unused or tally.unexplained:
            print("the page is about a run in which every kind occurs, and no other", file=sys.stderr)
            return 1
        version = subprocess.run([openssl, "version"], capture_output=True, text=True, check=True).stdout
        name = " ".join(version.split()[:2])
        PAGE.write_text(page.write(tally, options.seed, name, datetime.now(UTC).date()), encoding="utf-8")
    return 1 if tally.unexplained else 0


def show(case: Case, verdicts: Verdicts) -> None:
    """Write the files of one case here, and say what was done to it and what everybody says."""
    chain, anchors = (Path(f"case-{case.number}{what}.pem") for what in ("", "-anchors"))
    chain.write_text(judges.pem_of(case.chain), encoding="ascii")
    anchors.write_text(judges.pem_of(case.anchors), encoding="ascii")
    print(case)
    for judge, verdict in dataclasses.asdict(verdicts).items():
        print(f"{judge.replace('_', ', '):<9} {verdict or 'good'}")
    at = drafts.NOW.strftime("%Y-%m-%dT%H:%M")
    print(f"python -m x509 explain {chain} --ca {anchors} --name {shlex.quote(case.reference)} --at {at}")


def judged(seed: int, openssl: str, number: int) -> tuple[Case, Verdicts]:
    case = generate.case(seed, number)
    return case, judges.judge(case, openssl)


if __name__ == "__main__":
    sys.exit(main())
