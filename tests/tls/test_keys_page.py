"""The tree is that of the schedule, and every command prints the value that it stands beside."""

import shutil
from typing import Any

import pytest

from handshake.constants import CipherSuite
from handshake.derivation import Derivation
from tests.support import programs, traced
from tls.tracing import keys_page
from tls.tracing.keys_page import Key
from tls.tracing.trace import Trace


def steps(trace: Trace) -> list[tuple[Derivation, str]]:
    return [(step, line) for step, line, _ in trace.told() if isinstance(step, Derivation)]


def every(keys: list[Key]) -> list[Key]:
    return [each for key in keys for each in (key, *every(key.inside))]


def test_the_tree_is_that_of_the_schedule() -> None:
    (early,) = keys_page.tree(steps(traced.handshake().client_trace))
    (derived,) = early.inside
    (handshake,) = derived.inside
    assert [key.step.name for key in (early, derived, handshake)] == [
        "early_secret",
        "derived from early_secret",
        "handshake_secret",
    ]
    client, server, derived = handshake.inside
    assert [key.step.label for key in client.inside] == ["key", "iv", "finished"]
    assert {key.step.label for key in server.inside} == {"key", "iv", "finished"}
    (main,) = derived.inside
    assert [key.step.label for key in main.inside] == [
        "c ap traffic",
        "s ap traffic",
        "exp master",
        "res master",
    ]


def test_what_came_from_something_unknown_stands_at_the_top_without_a_command() -> None:
    """As where a key log is all that there is."""
    unknown = {"early_secret", "derived from early_secret", "handshake_secret", "main_secret"}
    unknown.add("derived from handshake_secret")
    logged = [told for told in steps(traced.handshake().client_trace) if told[0].name not in unknown]
    roots = keys_page.tree(logged)
    assert {key.step.source for key in roots} == {"handshake_secret", "main_secret"}
    assert all(not key.command for key in roots)
    assert all(key.command for key in every(roots) if key not in roots)
    assert keys_page.draw(logged).count("check it yourself") == len(every(roots)) - len(roots)


def test_what_is_met_again_is_told_once() -> None:
    trace = traced.resumed_with_early_data().client_trace
    names = [key.step.name for key in every(keys_page.tree(steps(trace)))]
    assert names.count("early_secret") == 1
    assert set(names) == {step.name for step, _ in steps(trace)}


@pytest.mark.parametrize(
    ("story", "settings"),
    [
        (traced.handshake, {}),
        (traced.resumed_with_early_data, {}),
        (traced.handshake, {"cipher_suites": (CipherSuite.TLS_AES_256_GCM_SHA384,)}),
    ],
)
def test_every_command_prints_its_value(story: Any, settings: dict[str, Any]) -> None:
    server = {"server": settings} if settings else {}
    keys = every(keys_page.tree(steps(story(**server, **settings).client_trace)))
    printed = programs.shell("\n".join(key.command for key in keys))
    assert printed.split() == [key.step.value.hex() for key in keys]


def test_a_value_longer_than_a_block_is_for_openssl() -> None:
    if shutil.which("openssl") is None:
        pytest.skip("no openssl")
    both = traced.handshake()
    value = both.client.export("EXPORTER-long", b"context", 100)
    long = next(key for key in every(keys_page.tree(steps(both.client_trace))) if key.step.value == value)
    assert bytes.fromhex(programs.shell(long.command).strip().replace(":", "")) == value


def test_a_repr_holds_no_secret() -> None:
    """The commands are full of them."""
    told = steps(traced.handshake().client_trace)
    shown = repr(keys_page.tree(told))
    assert not [step.name for step, _ in told if step.value.hex() in shown]
