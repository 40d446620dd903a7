"""What the pages tell one to type is what the commands take."""

import shlex
from pathlib import Path

import pytest

from journey import __main__ as journey
from journey import ladder
from tls import arguments
from x509 import arguments as x509_arguments

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
ROOMS = {name: ROOT / "journey" / "rooms" / name / "README.md" for name in ladder.rooms()}


def commands(page: str, program: str) -> list[list[str]]:
    """The arguments of this program wherever a block of a page calls it."""
    lines = page.replace("\\\n", " ").splitlines()
    called = f".venv/bin/python -m {program} "
    return [
        shlex.split(line.removeprefix(called), comments=True) for line in lines if line.startswith(called)
    ]


TLS = [command for page in PAGES for command in commands(page.read_text("utf-8"), "tls")]
X509 = [command for page in PAGES for command in commands(page.read_text("utf-8"), "x509")]
JOURNEY = [command for page in PAGES for command in commands(page.read_text("utf-8"), "journey")]


@pytest.mark.parametrize("command", TLS, ids=shlex.join)
def test_a_command_is_taken(command: list[str]) -> None:
    assert arguments.parse(command).command == command[0]


@pytest.mark.parametrize("command", X509, ids=shlex.join)
def test_a_command_of_the_authority_is_taken(command: list[str]) -> None:
    assert x509_arguments.parse(command).command == command[0]


@pytest.mark.parametrize("command", JOURNEY, ids=shlex.join)
def test_a_scene_is_there(command: list[str]) -> None:
    options = journey.parse(command)
    if options.what == "room":
        assert options.who in ROOMS
    elif options.what not in {None, "matrix", "mutants"}:
        assert journey.rung_called(options.what)


def test_the_page_on_coming_back_tries_everything() -> None:
    page = (ROOT / "docs" / "coming-back.md").read_text("utf-8")
    tried = {word for command in commands(page, "tls") for word in command}
    assert tried >= {"--session", "--psk", "--replayable-early-data", "--cert", "--client-ca"}


def test_the_page_on_certificates_tries_everything() -> None:
    page = (ROOT / "docs" / "certificates.md").read_text("utf-8")
    tried = {word for command in commands(page, "x509") for word in command}
    assert tried >= {
        "make-ca",
        "issue",
        "show",
        "verify",
        "--issuer",
        "--client",
        "--name",
        "--at",
        "--purpose",
        "--profile",
    }


def test_a_command_is_found() -> None:
    page = "```\n.venv/bin/python -m tls get A \\\n    --json   # elsewhere\n```\nor python -m tls demo"
    assert commands(page, "tls") == [["get", "A", "--json"]]
