"""`python -m tests.interop`: the interop matrix, with every program that is on this machine.

python -m tests.interop                     the whole matrix
python -m tests.interop --everyday          the part that is tested every day
python -m tests.interop --only Go           the pairs whose names contain this; repeat it for more
python -m tests.interop --page              write docs/interop.md from this run
python -m tests.interop --in-our-place      with openssl in our place: does the harness itself work?
"""

import argparse
import platform
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.interop import kinds, matrix, page
from tests.interop.conversation import Missing
from tests.interop.kinds import Credentials, Kind
from tests.interop.matrix import Case
from tests.interop.page import Result
from tests.interop.party import Party

PAGE = Path(__file__).resolve().parents[2] / "docs/interop.md"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.interop",
        description=__doc__.split("\n\n", 1)[1],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--everyday", action="store_true")
    parser.add_argument("--only", action="append", default=[], metavar="PATTERN")
    parser.add_argument("--page", action="store_true")
    parser.add_argument("--in-our-place", action="store_true")
    options = parser.parse_args(arguments)
    if options.page and (options.only or options.everyday or options.in_our_place):
        parser.error("--page is about the whole matrix")

    cases = matrix.cases()
    if options.everyday:
        chosen = matrix.everyday(cases)
        cases = [case for case in cases if case in chosen]
    if options.only:
        cases = [case for case in cases if any(pattern in case.name for pattern in options.only)]
    versions, absent = present(cases)
    for party, name in absent.items():
        print(f"{party.name}: {name} is not installed", file=sys.stderr)
    if options.page and absent:
        print("the page is about all of them", file=sys.stderr)
        return 2
    try:
        results = run([case for case in cases if case.party in versions], in_our_place=options.in_our_place)
    finally:
        for party in matrix.PARTIES:
            party.close()
    wrong = [result for result in results if not result.as_expected]
    print(f"{len(results)} pairs, {len(wrong)} of them not as they should be")
    if options.page:
        machine = f"{platform.system()} with Python {platform.python_version()}"
        PAGE.write_text(page.write(results, versions, machine, datetime.now(UTC).date()), encoding="utf-8")
    return 1 if wrong or not results else 0


def present(cases: Sequence[Case]) -> tuple[dict[Party, str], dict[Party, str]]:
    """The versions of the programs that are here, and the names of those that are not."""
    versions, absent = {}, {}
    for party in dict.fromkeys(case.party for case in cases):
        try:
            versions[party] = matrix.version(party)
        except Missing as missing:
            absent[party] = str(missing)
    return versions, absent


def run(cases: Sequence[Case], *, in_our_place: bool = False) -> list[Result]:
    """Go through the cases, a line of output each."""
    made: dict[Kind, Credentials] = {}
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for case in cases:
            if case.kind not in made:
                Path(folder, case.kind.name).mkdir()
                made[case.kind] = kinds.make_credentials(case.kind, Path(folder, case.kind.name))
            credentials = made[case.kind]
            we = matrix.STAND_IN if in_our_place else matrix.OURS
            began = time.monotonic()
            failure = matrix.failure(case, credentials, we)
            compare = failure is not None and case.openssl_can_stand_in
            other = matrix.failure(case, credentials, matrix.STAND_IN) if compare else None
            results.append(Result(case, failure, other))
            said = "works" if failure is None else f"{case.reason or 'NO REASON'}; {failure}"
            took = time.monotonic() - began
            print(
                f"{took:6.2f} s  {'' if results[-1].as_expected else 'WRONG: '}{case.name}: {said}",
                flush=True,
            )
    return results


if __name__ == "__main__":
    sys.exit(main())
