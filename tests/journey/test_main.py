"""The command line: what it prints, and one clear line for whatever goes wrong."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from journey import __main__ as program
from journey import ladder, matrix, readme
from journey.ladder import Rung
from journey.referee import Outcome, Result

ROOT = Path(__file__).parents[2]
LOWEST = ladder.rungs()[:8]


@pytest.fixture(autouse=True)
def a_short_ladder(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first eight rungs are enough to see that all are shown."""
    monkeypatch.setattr(ladder, "rungs", lambda: LOWEST)
    monkeypatch.setenv("COLUMNS", "100")


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = program.main(arguments)
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def test_the_whole_ladder_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys)
    assert (status, err) == (0, "")
    for rung in LOWEST:
        assert f"Rung {rung.number}: {rung.title}" in out
        for attack in rung.attacks:
            assert f"Attack: {attack.name}" in out
    assert "Part 1: A fake secure channel" in out
    assert "Part 2: Integrity" in out
    assert "extend the length, once more: refused at journey/s04_hmac/channel.py:" in out
    assert "\x1b" not in out  # no colour into a pipe


def test_one_rung_is_told_in_full(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "2")
    assert status == 0
    for title in readme.SECTIONS:
        assert title in out
    assert "journey/s02_fresh_nonce/channel.py" in out
    assert '"pay 900 to bob; memo ' in out
    assert "<- its peer never said that" in out
    assert "Still broken: change a bit, flip bits" in out
    assert "Rung 3" not in out


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    for arguments in ([], ["7"], ["--list"], ["matrix"]):
        _, out, _ = run(capsys, *arguments)
        assert max(len(line) for line in out.splitlines()) <= width


def test_a_replay_is_told_as_what_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "4")
    assert out.count("<- not when it was sent") == 4  # one repeated, two exchanged, one after a gap


def test_over_tcp_it_is_the_same_story(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "5", "--tcp")[0] == 0


def test_a_capture_file_is_written(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "out.pcapng"
    assert run(capsys, "0", "--pcap", str(path))[0] == 0
    assert path.read_bytes().startswith(b"\x0a\x0d\x0d\x0a")
    status, _, err = run(capsys, "0", "--pcap", str(tmp_path))
    assert status == program.SURPRISED
    assert err == f"cannot write {tmp_path}: Is a directory\n"


def test_the_ladder_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "--json")
    rungs = json.loads(out)["rungs"]
    assert status == 0
    assert [rung["rung"] for rung in rungs] == list(range(8))
    scene = rungs[3]["scenes"][0]
    assert scene["attack"] == "extend the length"
    assert scene["result"] == "succeeds"
    assert scene["events"][0]["event"] == "said"
    assert json.loads(run(capsys, "3", "--json")[1])["rungs"][0]["title"] == "a home-made tag"


def test_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "--list")
    assert status == 0
    for rung in LOWEST:
        assert rung.title in out
    listed = json.loads(run(capsys, "--list", "--json")[1])
    assert listed["rungs"][4] == {
        "rung": 4,
        "part": 2,
        "title": ladder.rung(4).title,
        "folder": "s04_hmac",
        "attacks": ["replay a record", "reorder records", "drop a record"],
    }
    assert listed["rooms"] == list(ladder.rooms())


def test_the_matrix(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "matrix")
    assert (status, err) == (0, "")
    assert "rung                   0 1 2 3 4 5 6 7" in out
    assert "flip bits              ● ● ● ■ ■ ■ ■ ■" in out
    assert "reuse the keystream    · ● – – – – – ●" in out
    assert "flip bits              wins on 0-2; on 3 refused at journey/s03_homemade_tag/channel.py:" in out
    report = json.loads(run(capsys, "matrix", "--json")[1])
    assert all(cell["as_declared"] for row in report for cell in row["cells"])


def test_the_matrix_complains_of_surprises(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program.Theatre, "play", lambda *_: Outcome(Result.SUCCEEDS))
    status, out, _ = run(capsys, "matrix")
    assert status == program.SURPRISED
    assert "read on rung 1: succeeds; it is not declared to" in out
    assert run(capsys, "matrix", "--json")[0] == program.SURPRISED


def test_a_story_with_another_end_than_declared_is_a_failure(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program.Theatre, "play", lambda *_: Outcome(Result.LEARNS_NOTHING))
    assert run(capsys, "0")[0] == program.SURPRISED
    assert run(capsys, "0", "--json")[0] == program.SURPRISED
    monkeypatch.setattr(program.Theatre, "play", lambda *_: Outcome(Result.SUCCEEDS))
    assert run(capsys, "matrix")[0] == program.SURPRISED


def test_the_tables_are_written_only_when_asked(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []

    def write(rungs: list[Rung], rows: list[matrix.Row]) -> list[Rung]:
        written.append(len(rows))
        return [rungs[0]]

    monkeypatch.setattr(readme, "write", write)
    run(capsys, "matrix")
    assert written == []
    assert "updated s00_plaintext/README.md" in run(capsys, "matrix", "--write")[1]
    assert written == [11]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["99"], "there is no rung 99: they are 0 to 7"),
        (["-1"], "there is no '-1'"),
        (["--frobnicate"], "unrecognized arguments: --frobnicate; --help explains"),
        (["1", "2", "3"], "unrecognized arguments: 3; --help explains"),
        (["1", "server", "--port", "http"], "argument --port: invalid int value: 'http'; --help explains"),
        (["foo"], "there is no 'foo': say a rung's number, `room`, `matrix` or `mutants`, or --list"),
        (["²"], "there is no '²': say a rung's number, `room`, `matrix` or `mutants`, or --list"),
        (["selfie"], "that is a side room: `python -m journey room selfie`"),
        (["room", "attic"], "there is no room attic: "),
        (["room"], "say which room: "),
        (["3", "eve"], "there is no 'eve' on a rung: say server, client, mallory"),
        (["3", "server", "--port", "0"], "--port must be 1 to 65534, not 0"),
        (["3", "server", "--port", "65535"], "--port must be 1 to 65534, not 65535"),
        (["--write"], "--write belongs to `matrix`"),
        (["matrix", "server"], "`matrix` stands alone"),
    ],
)
def test_bad_input_gets_one_line(capsys: pytest.CaptureFixture[str], arguments: list[str], line: str) -> None:
    status, out, err = run(capsys, *arguments)
    assert (status, out) == (program.MISUSED, "")
    assert err.startswith(line)
    assert err.count("\n") == 1


def test_a_port_in_use_gets_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        status, _, err = run(capsys, "1", "server", "--port", str(port))
    assert status == program.SURPRISED
    assert err == f"cannot listen at 127.0.0.1:{port}: Address already in use; --port chooses another\n"


def test_a_client_without_a_server_gets_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    status, _, err = run(capsys, "1", "client", "--port", str(port))
    assert status == program.SURPRISED
    assert err == f"nobody listens at 127.0.0.1:{port}: start the server first\n"


def test_without_rich_one_line_says_what_to_install(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    status, out, err = run(capsys)
    assert (status, out) == (program.SURPRISED, "")
    assert (
        err
        == "the story needs rich: pip install rich, or .venv/bin/python after make demo (--json does not)\n"
    )
    assert run(capsys, "0", "--json")[0] == 0


def test_an_interruption_is_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> Outcome:
        raise KeyboardInterrupt

    monkeypatch.setattr(program.Theatre, "play", interrupt)
    status, _, err = run(capsys, "0")
    assert (status, err) == (program.INTERRUPTED, "interrupted\n")


def test_a_real_interruption_ends_a_real_process() -> None:
    """Ctrl-C at a server that waits."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    process = start("1", "server", "--port", str(port))
    assert process.stdout is not None
    assert "waiting" in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (program.INTERRUPTED, "interrupted\n")


def test_a_reader_who_has_seen_enough_is_no_error() -> None:
    process = start("0")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait(30) in (program.AS_DECLARED, program.SURPRISED)


# A shell that runs the tests in the background has its children ignore Ctrl-C; so it is switched on again.
PROGRAM = """
import runpy, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
runpy.run_module("journey", run_name="__main__", alter_sys=True)
"""


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )


@pytest.mark.parametrize("arguments", [["--list"], ["--help"], ["--list", "--json"]], ids=" ".join)
def test_nobody_reads_what_is_printed(arguments: list[str]) -> None:
    """A real program, with a buffer that is flushed at the end."""
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    command = [sys.executable, "-m", "journey", *arguments]
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=buffered, stdout=writing, stderr=subprocess.PIPE, check=False
        )
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no file that is always full")
@pytest.mark.parametrize("arguments", [["--list"], ["2"], ["--list", "--json"]], ids=" ".join)
def test_a_full_disk_is_one_line(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "journey", *arguments]
    with open("/dev/full", "wb") as full:
        done = subprocess.run(command, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "standard output: No space left on device\n")


def test_what_is_missing_is_not_blamed_on_the_output(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program.readme, "sections", lambda rung: Path("gone.md").read_text())
    with pytest.raises(FileNotFoundError, match=r"gone\.md"):
        program.main([])
