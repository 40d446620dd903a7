"""A missing peer skips at home and fails where peers are promised."""

import shutil

import pytest

from tests.support import peers


@pytest.fixture(autouse=True)
def at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("GLASSBOX_REQUIRE_PEERS", raising=False)


def test_an_installed_peer_is_found() -> None:
    assert peers.require("sh") == shutil.which("sh")


# A skip that is raised inside a test skips that test: so both outcomes are caught, and told apart afterwards.
OUTCOMES = (pytest.fail.Exception, pytest.skip.Exception)


def test_a_missing_peer_skips_at_home() -> None:
    with pytest.raises(OUTCOMES) as outcome:
        peers.require("no-such-program")
    assert outcome.type is pytest.skip.Exception


@pytest.mark.parametrize("variable", ["CI", "GLASSBOX_REQUIRE_PEERS"])
def test_a_missing_peer_fails_where_it_is_promised(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "1")
    with pytest.raises(OUTCOMES, match="no-such-program") as outcome:
        peers.require("no-such-program")
    assert outcome.type is pytest.fail.Exception
