"""What a user of the wheel gets: the packages, their types, the vectors, no dependency, and no tests."""

import json
import os
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest

from purecrypto import vector_run

ROOT = Path(__file__).parents[1]
PACKAGES = ["purecrypto", "record", "x509", "handshake", "tls", "journey", "vectors"]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of a copy of this checkout, so that building leaves nothing behind in it."""
    source = tmp_path_factory.mktemp("checkout") / "source"
    made = ("__pycache__", "build", "dist", "*.egg-info")
    shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(".*", *made))
    pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(source / "dist"), str(source))
    (built,) = (source / "dist").glob("*.whl")
    return built


@pytest.fixture(scope="session")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="session")
def metadata(wheel: Path, names: set[str]) -> Message:
    (name,) = (name for name in names if name.endswith(".dist-info/METADATA"))
    with zipfile.ZipFile(wheel) as archive:
        return Parser().parsestr(archive.read(name).decode("utf-8"))


def test_every_module_is_in_the_wheel(wheel: Path, names: set[str]) -> None:
    source = wheel.parents[1]
    modules = {path for package in PACKAGES for path in (source / package).rglob("*.py")}
    assert modules
    assert {path.relative_to(source).as_posix() for path in modules} <= names


def test_every_vector_is_in_the_wheel(wheel: Path, names: set[str]) -> None:
    files = {f"vectors/{path.name}" for path in (wheel.parents[1] / "vectors").glob("*.json")}
    assert "vectors/rfc8448.json" in files
    assert files <= names


def test_every_readme_of_the_journey_is_in_the_wheel(wheel: Path, names: set[str]) -> None:
    source = wheel.parents[1]
    readmes = {path.relative_to(source).as_posix() for path in (source / "journey").rglob("README.md")}
    assert "journey/s00_plaintext/README.md" in readmes
    assert readmes <= names


def test_the_packages_are_typed(names: set[str]) -> None:
    assert {f"{package}/py.typed" for package in PACKAGES if package != "vectors"} <= names


def test_nothing_else_is_in_the_wheel(names: set[str]) -> None:
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)


def test_there_is_no_dependency_at_run_time(metadata: Message) -> None:
    requirements = metadata.get_all("Requires-Dist") or []
    assert any("rich" in requirement for requirement in requirements)  # the extras are there
    assert [requirement for requirement in requirements if "extra ==" not in requirement] == []


def test_extras_that_name_the_same_package_want_the_same_of_it(metadata: Message) -> None:
    """They are installed beside each other, and a bound that only one of them knows is soon forgotten."""
    wanted: dict[str, set[str]] = {}
    for requirement in metadata.get_all("Requires-Dist") or []:
        name, bounds = re.match(r"([\w.-]+)([^;]*)", requirement).groups()
        wanted.setdefault(name, set()).add(bounds.strip())
    assert {name: bounds for name, bounds in wanted.items() if len(bounds) > 1} == {}


def test_the_metadata_says_what_it_is(metadata: Message) -> None:
    assert metadata["Name"] == "glassbox-tls"
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["License-Expression"] == "MIT"


@pytest.mark.long
def test_an_installed_wheel_runs_its_vectors(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "fresh", with_pip=False)
    python = tmp_path / "fresh" / "bin" / "python"
    pip("--python", str(python), "install", "--no-deps", "--no-index", str(wheel))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    command = [str(python), "-m", "purecrypto", "vectors", "--json"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    own = [case for case in vector_run.prepare().cases if case.source != "Wycheproof"]
    assert (report["passed"], report["failed"]) == (len(own), 0)


def pip(*arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pip", *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
