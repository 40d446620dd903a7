"""Three terminals, as three processes that only talk over sockets and are typed into."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from journey import terminals

ROOT = Path(__file__).parents[2]


class Typed:
    """One of the three, with what it has printed so far."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "journey", *arguments],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1", "COLUMNS": "100"},
        )

    def until(self, text: str) -> str:
        """Read until a line that has `text`; return that line."""
        assert self.process.stdout is not None
        seen = ""
        for line in self.process.stdout:
            seen += line
            if text in line:
                return line.strip()
        raise AssertionError(f"{text!r} was never printed, only:\n{seen}")

    def type(self, *lines: str) -> None:
        assert self.process.stdin is not None
        for line in lines:
            self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def press_control_d(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.stdin = None

    def end(self) -> tuple[int, str]:
        """Its exit status and the rest of what it prints; nothing more will be typed."""
        out, _ = self.process.communicate(timeout=60)
        return self.process.returncode, out


@pytest.fixture
def port() -> int:
    """A free port whose successor is free as well."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as first:
            port: int = first.getsockname()[1]
            try:
                socket.create_server(("127.0.0.1", port + 1)).close()
            except OSError:
                continue
        return port


@pytest.fixture
def start(port: int) -> Iterator[object]:
    started: list[Typed] = []

    def begin(rung: int, who: str, *options: str) -> Typed:
        started.append(Typed(str(rung), who, "--port", str(port), *options))
        if who != "client":
            started[-1].until("127.0.0.1:")
        return started[-1]

    yield begin
    for one in started:
        one.process.kill()
        one.process.communicate()


@pytest.mark.parametrize("rung", [7, 19, 21])
def test_two_can_talk(start, rung: int) -> None:  # type: ignore[no-untyped-def]
    """And whoever leaves says so: from rung 19 on, the other one would take it for an attack."""
    server = start(rung, "server")
    client = start(rung, "client")
    client.until("the channel is open")
    server.until("the channel is open")
    client.type("pay 100 to bob")
    assert server.until("client") == "client  pay 100 to bob"
    server.type("done")
    assert client.until("server") == "server  done"
    client.press_control_d()
    server.until("the client has ended the conversation")
    assert server.end()[0] == 0
    assert client.process.wait(60) == 0


def test_other_passphrases_make_other_keys(start) -> None:  # type: ignore[no-untyped-def]
    server = start(7, "server", "--passphrase", "one")
    client = start(7, "client", "--passphrase", "two")
    client.until("the channel is open")
    client.type("hello")
    server.until("refused: the tag is not that of message number 0")
    assert server.end()[0] == terminals.REFUSED


def test_mallory_can_turn_one_amount_into_another(start) -> None:  # type: ignore[no-untyped-def]
    server, mallory = start(2, "server"), start(2, "mallory")
    client = start(2, "client")
    client.type("pay 100 to bob")
    mallory.until("#0  client -> server")
    mallory.until("ciphertext")
    mallory.type("x ciphertext 4 08")
    mallory.until("#0 is now")
    mallory.type("")
    assert server.until("client  ") == "client  pay 900 to bob"
    mallory.type("q")
    assert mallory.end()[0] == 0


def test_where_there_is_a_tag_that_is_noticed(start) -> None:  # type: ignore[no-untyped-def]
    server, mallory = start(4, "server"), start(4, "mallory")
    client = start(4, "client")
    client.type("pay 100 to bob")
    mallory.until("tag")
    mallory.type("x nonce 0 ff", "")
    server.until("refused: the tag is not that of this nonce and ciphertext")
    assert server.end()[0] == terminals.REFUSED


def test_mallory_can_drop_repeat_and_reflect(start) -> None:  # type: ignore[no-untyped-def]
    server, mallory = start(4, "server"), start(4, "mallory")
    client = start(4, "client")
    client.type("first", "second")
    mallory.until("#1  client -> server")
    mallory.type("nonsense", "x nonce far 00", "s 7", "d", "", "s 1", "b 0")
    assert server.until("client  ") == "client  second"
    assert server.until("client  ") == "client  second"
    assert client.until("server  ") == "server  first"
    mallory.type("a")
    client.type("third")
    assert server.until("client  ") == "client  third"
    client.press_control_d()
    mallory.until("the client has closed its side")
    server.until("the client has ended the conversation")
    assert mallory.end()[0] == 0


def test_mallory_can_sit_in_the_middle_and_speak_to_both(start) -> None:  # type: ignore[no-untyped-def]
    server, mallory = start(0, "server"), start(0, "mallory", "--middle")
    client = start(0, "client")
    mallory.until("Ctrl-D")
    client.type("pay 100 to bob", "memo 7")
    assert mallory.until("client  ") == "client  pay 100 to bob"
    assert mallory.until("client  ") == "client  memo 7"
    mallory.type("pay 900 to eve", "")
    assert server.until("client  ") == "client  pay 900 to eve"
    assert server.until("client  ") == "client  memo 7"
    client.press_control_d()
    mallory.until("the client has ended the conversation")
    server.until("the client has ended the conversation")


def test_mallory_without_a_server_has_nobody_to_call(start, port: int) -> None:  # type: ignore[no-untyped-def]
    mallory = start(0, "mallory")
    start(0, "client")
    assert mallory.until("nobody listens") == f"nobody listens at 127.0.0.1:{port}: start the server first"
    assert mallory.end()[0] == 1
