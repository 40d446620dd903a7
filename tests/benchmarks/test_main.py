"""The command line of the benchmarks: what it prints, writes and refuses, and with which status it ends."""

import importlib.util
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks import __main__ as command_line
from benchmarks import cases, measure, observing, page, report, results, session, stream
from benchmarks.__main__ import DONE, FAILED, INTERRUPTED, MISUSED, main
from benchmarks.stream import Sample
from tests.support import made_up_run

ROOT = Path(__file__).parents[2]
HUGE = {**results.to_json(made_up_run.run()), "seconds": 10**400}


@pytest.fixture
def saved(tmp_path: Path) -> str:
    path = tmp_path / "run.json"
    path.write_text(json.dumps(results.to_json(made_up_run.run())), "utf-8")
    return str(path)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every turn is one call."""
    monkeypatch.setattr(measure, "QUICK", measure.Effort(slice=0.0, rounds=1, patience=0.0, limit=0.1))


def complaint(capsys: pytest.CaptureFixture[str]) -> str:
    """The one line that a failed command prints, and nothing else."""
    printed = capsys.readouterr()
    assert printed.out == ""
    (line,) = printed.err.splitlines()
    return line


def test_only_some_cases_are_run(capsys: pytest.CaptureFixture[str], hasty: None, tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    assert main(["--quick", "--only", "HKDF", "--only", "hmac", "--json", str(path)]) == DONE
    run = results.from_json(json.loads(path.read_text("utf-8")))
    assert [timed.name for timed in run.cases] == [
        "HMAC-SHA256 32 B",
        "HMAC-SHA256 1 KiB",
        "HKDF-Expand 32 B",
    ]
    assert run.quick
    assert run.startup is None
    assert "glassbox-tls" in run.cases[0].figures and "hashlib" in run.cases[0].figures
    printed = capsys.readouterr().out
    assert "HKDF-Expand 32 B" in printed and "SHA-512" not in printed


def test_a_saved_run_is_shown_without_running(
    capsys: pytest.CaptureFixture[str], saved: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measure, "take_turns", None)
    assert main(["--from", saved]) == DONE
    assert "Made-up 9000" in capsys.readouterr().out


def test_the_cases_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == DONE
    assert capsys.readouterr().out.splitlines() == [case.name for case in cases.everything()]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--only", "rot13"], "no case's name contains 'rot13'; --list names them"),
        (["--only", "x25519", "--only", "rot13"], "no case's name contains 'rot13'; --list names them"),
        (["--frobnicate"], "unrecognized arguments: --frobnicate; --help explains"),
        (["--plot", "cost.png"], "--plot draws SVG: cost.png should end in .svg; --help explains"),
        (["--json", "nowhere/run.json"], "--json: nowhere is no directory; --help explains"),
        (["--json", "benchmarks"], "--json: benchmarks is a directory; --help explains"),
        (["--json", ""], "--json: . is a directory; --help explains"),
        (["--plot", "drawn.svg"], "--plot: drawn.svg is a directory; --help explains"),
        (["--only", ""], "--only wants a part of a case's name; --help explains"),
        (["--only", "x25519", "--only", " "], "--only wants a part of a case's name; --help explains"),
        *(
            ([*alone, *other], f"{alone[0]} stands alone; --help explains")
            for alone in (["--list"], ["--stream", "64KiB"], ["--observing"])
            for other in (
                *(["--json", "run.json"], ["--plot", "cost.svg"], ["--from", "run.json"]),
                *(["--only", "rot13"], ["--quick"], ["--page"]),
            )
        ),
        (["--list", "--stream", "64KiB"], "--stream stands alone; --help explains"),
        (["--page", "--quick"], "--page wants a whole run: no --only, no --quick; --help explains"),
        (["--page", "--only", "x25519"], "--page wants a whole run: no --only, no --quick; --help explains"),
        (
            ["--from", "x.json", "--quick"],
            "--from takes a run as it is: no --only, no --quick; --help explains",
        ),
        (["--from", "missing.json"], "cannot read missing.json: No such file or directory"),
        (["--stream", "lots"], "'lots' is no size: say 64MiB or 1GiB"),
    ],
)
def test_bad_input_is_one_line(
    arguments: list[str],
    line: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name == "matplotlib" or found(name))
    monkeypatch.setattr(session, "run", None)
    monkeypatch.chdir(tmp_path)
    for directory in ("benchmarks", "drawn.svg"):
        (tmp_path / directory).mkdir()
    assert main(arguments) == MISUSED
    assert complaint(capsys) == f"benchmarks: {line}"


@pytest.mark.parametrize("change", [{"quick": True}, {"startup": None}], ids=["quick", "part"])
def test_no_page_is_written_from_a_quick_run_or_a_part(
    change: dict[str, Any],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name == "matplotlib" or found(name))
    monkeypatch.setattr(page, "write", None)
    path = tmp_path / "run.json"
    path.write_text(json.dumps(results.to_json(replace(made_up_run.run(), **change))), "utf-8")
    assert main(["--from", str(path), "--page"]) == MISUSED
    assert complaint(capsys) == "benchmarks: --page wants a whole run, and this one is quick or a part"


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", '{"machine": 5}', "\udcff", "[" * 100_000, json.dumps(HUGE)], ids=range(7)
)
def test_what_is_no_run_is_refused(content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "run.json"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    assert main(["--from", str(path)]) == MISUSED
    assert complaint(capsys) == f"benchmarks: {path} is no run that --json wrote"


@pytest.mark.parametrize(
    ("missing", "arguments"),
    [("rich", ["--quick"]), ("matplotlib", ["--plot", "x.svg"]), ("matplotlib", ["--page"])],
)
def test_what_is_missing_is_said_in_one_line(
    missing: str, arguments: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == missing else object())
    assert main(arguments) == FAILED
    line = complaint(capsys)
    assert line == f"benchmarks: this needs {missing}: make bench installs it"


def test_ctrl_c_ends_it(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(measure, "admit", interrupted)
    assert main(["--quick", "--only", "HKDF"]) == INTERRUPTED
    assert capsys.readouterr().err == "benchmarks: interrupted\n"


def test_a_file_that_cannot_be_written_is_one_line(
    saved: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "gone" / "run.json"
    path.parent.mkdir()
    monkeypatch.setattr(report, "show", lambda *_: path.parent.rmdir())
    assert main(["--from", saved, "--json", str(path)]) == FAILED
    (line,) = capsys.readouterr().err.splitlines()
    assert line == f"benchmarks: cannot write {path}: No such file or directory"


def test_a_plot_is_written(saved: str, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    assert main(["--from", saved, "--plot", str(tmp_path / "cost.svg")]) == DONE
    assert (tmp_path / "cost.svg").read_bytes().startswith(b"<?xml")


def test_the_page_is_written(saved: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("matplotlib")
    written = page.write
    monkeypatch.setattr(page, "write", lambda run: written(run, tmp_path))
    assert main(["--from", saved, "--page"]) == DONE
    assert "Made-up 9000" in (tmp_path / "benchmarks.md").read_text("utf-8")


@pytest.mark.parametrize(("last", "status"), [(2**20, DONE), (2**30, FAILED)])
def test_a_stream_fails_if_memory_grows(
    last: int, status: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []

    def samples(total: int, _gauge: Any) -> list[Sample]:
        sizes.append(total)
        return [Sample(total // 2, 2**20), Sample(total, last)]

    monkeypatch.setattr(stream, "samples", samples)
    assert main(["--stream", "1GiB"]) == status
    assert sizes == [2**30]
    printed = capsys.readouterr()
    assert "1,024.0 MiB sent" in printed.out
    assert ("memory grows" in printed.err) is (status == FAILED)
    assert ("stays flat" in printed.out) is (status == DONE)


def test_what_looking_costs_can_be_asked_alone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(observing, "measure", lambda: made_up_run.OBSERVING)
    assert main(["--observing"]) == DONE
    printed = capsys.readouterr().out
    assert "without observers (15.0 ms), 100 rounds" in printed
    assert "nobody looks" in printed and "+0.1 %" in printed and "-0.2 % and +0.4 %" in printed


@pytest.mark.parametrize("option", ["--list", "--help", "--from"])
def test_nobody_reads_what_is_printed(option: str, saved: str) -> None:
    """A real program, with a buffer that is flushed at the end."""
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    command = [sys.executable, "-m", "benchmarks", option, *([saved] if option == "--from" else [])]
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=buffered, stdout=writing, stderr=subprocess.PIPE, check=False
        )
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (FAILED, b"")


def test_a_closed_pipe_is_no_traceback(monkeypatch: pytest.MonkeyPatch, saved: str) -> None:
    def closed(*_: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(command_line, "_write", closed)
    monkeypatch.setattr(command_line.os, "dup2", lambda *_: None)
    assert main(["--from", saved]) == FAILED
