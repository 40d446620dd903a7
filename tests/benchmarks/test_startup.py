"""Fresh interpreters are asked, and the median of their answers counts."""

import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from benchmarks import machine, results, startup, talks, waterfall
from benchmarks.fresh import tables
from purecrypto import errors
from tls import timing


def test_importing_builds_no_table() -> None:
    answer = startup.ask("imports")
    assert answer["tables"] == 0
    assert answer["import_all"] >= answer["import_tls"] >= 0


def test_a_built_table_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    before = tables()
    monkeypatch.setattr(errors, "TABLE", list(range(200)), raising=False)
    assert tables() == before + 200


def test_a_fresh_process_shakes_hands() -> None:
    answer = startup.ask("handshake", startup.json.dumps(asdict(talks.credentials())))
    assert answer["first"] > 0 and answer["later"] > 0


def test_every_primitive_is_used_for_a_first_time() -> None:
    assert {"SHA-256", "X25519 key generation", "Ed25519 sign, after X25519"} <= set(startup.ask("first-use"))


def test_a_question_that_nobody_knows_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="no such question: weather"):
        startup.ask("weather")


def test_the_median_counts_and_the_first_process_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, int] = {}

    def ask(question: str, _text: str = "") -> dict[str, Any]:
        n = asked[question] = asked.get(question, -1) + 1
        if question == "imports":
            return {
                "import_tls": [99, 1, 3, 2][n],
                "import_all": [99, 10, 50, 20][n],
                "tables": [9, 0, 1, 0][n],
            }
        if question == "handshake":
            return {"first": [99, 3, 5, 4][n], "later": [99, 2, 1, 9][n]}
        return {"x": [99, 0.5, -1.0, -0.5][n]}

    monkeypatch.setattr(startup, "ask", ask)
    paid = startup.measure(3)
    assert (paid.processes, paid.import_tls, paid.import_all) == (3, 2, 20)
    assert paid.tables_on_import == 1  # the worst, not the median
    assert (paid.first_handshake, paid.later_handshake) == (4, 2)
    assert paid.first_use == {"x": 0.0}  # a later call may be the slower one by chance


def test_the_waterfall_is_what_the_stopwatch_saw_from_the_beginning_on() -> None:
    watch = timing.Stopwatch()
    watch.spans = [timing.Span("client", "hash", 10.0, 11.5), timing.Span("server", "sign", 11.5, 12.0)]
    fall = waterfall.taken_apart(watch)
    assert [tuple(vars(step).values()) for step in fall.steps] == [
        ("client", "hash", 0.0, 1.5),
        ("server", "sign", 1.5, 2.0),
    ]
    assert [(share.side, share.name, share.seconds) for share in fall.shares] == [
        ("client", "hash", 1.5),
        ("server", "sign", 0.5),
    ]


def test_handshakes_of_ours_can_be_taken_apart() -> None:
    falls = waterfall.measure(1)
    for name, times in (("* sign", 1), ("* verify", 2), ("certificate read", 1)):
        assert falls.full.total(name).times == times
        assert falls.resumed.total(name).times == 0
    for fall in (falls.full, falls.resumed):
        assert fall.total("X25519 shared secret").times == 2
        assert fall.total("SHA-256*", side="client").times > 50
    # No ticket is given while the time runs, and in the resumed handshake one is opened: a record's worth.
    assert falls.full.total("ChaCha20", side="server").times == 2
    assert falls.resumed.total("ChaCha20", side="server").times == 3


def test_the_machine_is_described(tmp_path: Path) -> None:
    described = machine.describe()
    assert set(described) == {"processor", "cores", "Python", "system", "date"} == set(results.MACHINE)
    assert all(described.values())
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("flags\t: fpu\nmodel name\t: Made-up 9000 @ 3 GHz\nmodel name\t: another\n")
    assert machine.processor(cpuinfo) == "Made-up 9000 @ 3 GHz"
    assert machine.processor(tmp_path / "missing")


def test_the_package_imports_without_any_peer() -> None:
    """What the report needs before it knows who is there needs nobody."""
    code = "import benchmarks.cases, benchmarks.measure, benchmarks.results, benchmarks.targets"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=startup.ROOT, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
