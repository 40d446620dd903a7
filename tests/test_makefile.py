"""`make` says in one line what is missing, and installs an extra once."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support import peers

ROOT = Path(__file__).parents[1]

# Stands for Python: notes each call, and fails where `why` occurs in what it was asked.
FAKE_PYTHON = """#!/bin/sh
echo "$*" >> calls
case "$*" in
    *"{why}"*) exit 1 ;;
    "-m venv .venv") mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
esac
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def make(
    checkout: Path, target: str, why: str = "nothing fails", options: Sequence[str] = ()
) -> subprocess.CompletedProcess[str]:
    fake = checkout / "fake-python"
    fake.write_text(FAKE_PYTHON.format(why=why))
    fake.chmod(0o755)
    command = [peers.require("make"), "-s", target, f"PYTHON={fake}", *options]
    outer = {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}  # of the `make test` that runs this
    environment = {name: value for name, value in os.environ.items() if name not in outer}
    return subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)


def calls(checkout: Path) -> list[str]:
    return (checkout / "calls").read_text().splitlines()


@pytest.mark.parametrize(
    ("why", "advice"),
    [("version_info", "needs Python 3.11 or newer"), ("ensurepip", "apt install python3-venv")],
)
def test_one_line_says_what_is_missing(checkout: Path, why: str, advice: str) -> None:
    done = make(checkout, "demo", why)
    assert done.returncode != 0
    ours = [line for line in done.stderr.splitlines() if not line.startswith("make")]
    assert len(ours) == 1
    assert advice in ours[0]
    assert not (checkout / ".venv").exists()


def test_the_demo_runs_in_its_own_environment(checkout: Path) -> None:
    done = make(checkout, "demo")
    assert done.returncode == 0, done.stderr
    assert calls(checkout)[-4:] == [
        "-m venv .venv",
        "-m pip --quiet --disable-pip-version-check install --editable .[cli]",
        "-m journey",
        "-m tls demo",
    ]


def test_the_benchmarks_run_in_their_own_environment_with_the_peers(checkout: Path) -> None:
    done = make(checkout, "bench", options=["BENCH=--only x25519"])
    assert done.returncode == 0, done.stderr
    assert calls(checkout)[-3:] == [
        "-m venv .venv",
        "-m pip --quiet --disable-pip-version-check install --editable .[bench]",
        "-m benchmarks --only x25519",
    ]


@pytest.mark.parametrize(
    ("options", "arguments"), [([], "--page"), (["INTEROP=--only Java"], "--only Java")], ids=["page", "only"]
)
def test_the_interop_matrix_is_run_with_its_programs(
    checkout: Path, options: list[str], arguments: str
) -> None:
    done = make(checkout, "interop", options=options)
    assert done.returncode == 0, done.stderr
    assert calls(checkout)[-2:] == [
        "-m pip --quiet --disable-pip-version-check install --editable .[interop]",
        f"-m tests.interop {arguments}",
    ]


def test_the_differential_run_writes_its_page(checkout: Path) -> None:
    done = make(checkout, "differential")
    assert done.returncode == 0, done.stderr
    assert calls(checkout)[-1] == "-m tests.differential --page"


def test_an_extra_is_installed_once_and_again_when_the_project_changes(checkout: Path) -> None:
    for step in ("first", "second", "changed"):
        if step == "changed":
            (checkout / ".venv/.with-cli").touch()
            later = (checkout / ".venv/.with-cli").stat().st_mtime + 5
            os.utime(checkout / "pyproject.toml", (later, later))
        make(checkout, "demo")
        installed = sum("install --editable .[cli]" in call for call in calls(checkout))
        assert installed == {"first": 1, "second": 1, "changed": 2}[step]


@pytest.mark.parametrize("failing", ["-m pip", "-m journey", "-m tls demo"])
def test_a_failure_is_not_taken_for_success(checkout: Path, failing: str) -> None:
    assert make(checkout, "demo", failing).returncode != 0
    assert (checkout / ".venv/.with-cli").exists() == (failing != "-m pip")
