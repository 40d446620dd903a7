"""Three terminals: the reader plays client, server and the attacker himself.

    python -m journey 4 server      waits at 127.0.0.1:9846
    python -m journey 4 mallory     waits at 127.0.0.1:9847: while she does, the network leads clients to her
    python -m journey 4 client      calls the server

Each line that is typed at a client or a server becomes one message; Ctrl-D says that there will be no more.
Mallory sees each frame before it arrives and is asked what is to become of it.  With `--middle` she speaks
the protocol herself, to the client as the server and to the server as the client, and sees messages.

All three make their demo keys from one passphrase; the real Mallory would not have been told.
"""

import os
import queue
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TypeAlias

from journey import credentials
from journey.credentials import Credentials, Role
from journey.errors import EndOfStream, Refused
from journey.ladder import Rung
from journey.layout import Layout
from journey.narration import Terminal
from journey.parties import PEER, Channel
from journey.randomness import seeded
from journey.tcp import HOST, SocketWire
from purecrypto import entropy

FINE = 0
REFUSED = 1

FRAME_HELP = """\
  (just Enter)      let the oldest frame that you hold pass
  d                 drop it
  x FIELD AT HEX    XOR bytes into it, such as: x ciphertext 4 08
  s N               send frame number N (once more) to where it was going
  b N               send frame number N back to its sender
  a                 let everything pass from now on
  q                 hang up on both"""
MESSAGE_HELP = """\
  (just Enter)      let the oldest message that you hold pass
  any other line    goes in its place
  Ctrl-D            hang up on both"""


def run(rung: Rung, who: str, port: int, passphrase: str, *, middle: bool, terminal: Terminal) -> int:
    """Play one of the three; returns the exit status.  OSError if the network will not have it."""
    keys = credentials.issue(seeded(passphrase))
    if who == "mallory":
        with _listen(port + 1) as listener:
            terminal.aside(f"rung {rung.number}, Mallory: lying in wait at {HOST}:{port + 1}")
            client, _ = listener.accept()
        wires: dict[Role, SocketWire] = {"client": SocketWire(client), "server": _call_server(port)}
        if middle:
            return Middle(rung, wires, keys["mallory"], terminal).play()
        return Mallory(rung, wires, terminal).play()
    if who == "server":
        with _listen(port) as listener:
            terminal.aside(f"rung {rung.number}, server: waiting at {HOST}:{port}")
            called, _ = listener.accept()
        return converse(rung, "server", SocketWire(called), keys["server"], terminal)
    # Not the client decides where its packets go, but the network; and that may be hers.
    wire = _call(port + 1) or _call_server(port)
    return converse(rung, "client", wire, keys["client"], terminal)


def _listen(port: int) -> socket.socket:
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        why = os.strerror(error.errno or 0)
        raise OSError(f"cannot listen at {HOST}:{port}: {why}; --port chooses another") from error


def _call(port: int) -> SocketWire | None:
    try:
        return SocketWire(socket.create_connection((HOST, port)))
    except ConnectionRefusedError:
        return None


def _call_server(port: int) -> SocketWire:
    wire = _call(port)
    if wire is None:
        raise OSError(f"nobody listens at {HOST}:{port}: start the server first")
    return wire


# --- An honest party ---------------------------------------------------------------------------------------


def converse(rung: Rung, role: Role, wire: SocketWire, own: Credentials, terminal: Terminal) -> int:
    """Open the channel, send what is typed, print what comes."""
    channel: Channel | None = None
    try:
        channel = rung.channel.open(wire, role, own, entropy.random_bytes)
        terminal.aside("the channel is open; each line is a message, Ctrl-D ends it")
        threading.Thread(target=_say_what_is_typed, args=(channel,), daemon=True).start()
        while True:
            terminal.message(PEER[role], channel.receive())
    except Refused as refusal:
        terminal.alarm(f"refused: {refusal}")
        return REFUSED
    except EndOfStream:
        terminal.aside(f"the {PEER[role]} has ended the conversation")
        if channel is not None:
            with suppress(EndOfStream):
                channel.close()  # from rung 19 on, whoever leaves has to say so
        return FINE


def _say_what_is_typed(channel: Channel) -> None:
    try:
        for line in sys.stdin:
            channel.send(line.rstrip("\n").encode())
        channel.close()
    except EndOfStream:
        pass  # nobody is there any more, which the other thread says


# --- The attacker ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Held:
    """A frame that came from `sender` and waits for a decision."""

    number: int
    sender: Role
    frame: bytes
    layout: Layout


News: TypeAlias = tuple[
    Role | None, bytes | str | None
]  # from whom (None: the keyboard); what (None: the end)


class Mallory:
    """Sits between two sockets and asks what is to become of each frame."""

    def __init__(self, rung: Rung, wires: dict[Role, SocketWire], terminal: Terminal) -> None:
        self._rung = rung
        self._wires = wires
        self._terminal = terminal
        self._seen: list[Held] = []
        self._waiting: list[Held] = []
        self._passes_everything = False

    def play(self) -> int:
        self._terminal.aside(FRAME_HELP)
        news = _news({role: wire.receive for role, wire in self._wires.items()})
        open_ends = set(self._wires)
        while open_ends:
            source, item = news.get()
            if source is None and item == "q":
                break
            if source is None:
                self._obey("a" if item is None else str(item))
            elif isinstance(item, bytes):
                self._hold(source, item)
            else:
                open_ends.remove(source)
                self._terminal.aside(f"the {source} has closed its side")
                self._wires[PEER[source]].close()
        return FINE

    def _hold(self, sender: Role, frame: bytes) -> None:
        held = Held(len(self._seen), sender, frame, self._layout(sender))
        self._seen.append(held)
        self._terminal.frame(f"#{held.number}  {sender} -> {PEER[sender]}", frame, held.layout)
        self._waiting.append(held)
        if self._passes_everything:
            self._pass()

    def _layout(self, sender: Role) -> Layout:
        """The layout of the next frame from this sender: the handshake's in order, then records."""
        before = sum(held.sender == sender for held in self._seen)
        greetings = [layout for role, layout in self._rung.handshake if role == sender]
        return greetings[before] if before < len(greetings) else self._rung.record

    def _obey(self, line: str) -> None:
        command, *arguments = line.split() or [""]
        commands: dict[str, Callable[..., None]] = {
            "": self._pass,
            "d": self._drop,
            "x": self._xor,
            "s": self._send,
            "b": self._send_back,
            "a": self._pass_everything,
        }
        try:
            commands[command](*arguments)
        except (KeyError, TypeError, ValueError, IndexError, Refused):
            self._terminal.aside(FRAME_HELP)
        except EndOfStream:
            self._terminal.aside("nobody is there any more")

    def _pass(self) -> None:
        held = self._waiting.pop(0)
        self._wires[PEER[held.sender]].send(held.frame)

    def _drop(self) -> None:
        self._waiting.pop(0)

    def _xor(self, name: str, position: str, difference: str) -> None:
        held = self._waiting[0]
        fields = held.layout.dissect(held.frame)
        value = bytearray(fields[name])
        for i, byte in enumerate(bytes.fromhex(difference), int(position)):
            value[i] ^= byte
        changed = held.layout.assemble(fields | {name: bytes(value)})
        self._waiting[0] = replace(held, frame=changed)
        self._terminal.frame(f"#{held.number} is now", changed, held.layout, held.frame)

    def _send(self, number: str) -> None:
        held = self._seen[int(number)]
        self._wires[PEER[held.sender]].send(held.frame)

    def _send_back(self, number: str) -> None:
        held = self._seen[int(number)]
        self._wires[held.sender].send(held.frame)

    def _pass_everything(self) -> None:
        self._passes_everything = True
        while self._waiting:
            self._pass()


class Middle:
    """Speaks the protocol with both sides and hands messages over, or others."""

    def __init__(
        self, rung: Rung, wires: dict[Role, SocketWire], own: Credentials, terminal: Terminal
    ) -> None:
        self._rung = rung
        self._wires = wires
        self._own = own
        self._terminal = terminal

    def play(self) -> int:
        try:
            channels = {role: self._open(role) for role in self._wires}
            self._terminal.aside("both sides believe that they have reached each other")
            self._terminal.aside(MESSAGE_HELP)
            return self._hand_over(channels)
        except Refused as refusal:
            self._terminal.alarm(f"your own copy of the protocol refuses: {refusal}")
            return REFUSED
        except EndOfStream:
            self._terminal.alarm("one side has hung up: it does not take you for its peer")
            return REFUSED

    def _open(self, role: Role) -> Channel:
        """The channel to `role`, for whom she plays the peer."""
        channel: Channel = self._rung.channel.open(
            self._wires[role], PEER[role], self._own, entropy.random_bytes
        )
        return channel

    def _hand_over(self, channels: dict[Role, Channel]) -> int:
        news = _news({role: channel.receive for role, channel in channels.items()})
        open_ends = set(channels)
        waiting: list[tuple[Role, bytes]] = []
        while open_ends:
            source, item = news.get()
            if source is not None and isinstance(item, bytes):
                self._terminal.message(source, item)
                waiting.append((source, item))
            elif source is not None:
                open_ends.remove(source)
                self._terminal.aside(f"the {source} has ended the conversation")
                channels[PEER[source]].close()
            elif item is None:
                break
            elif waiting:
                sender, message = waiting.pop(0)
                channels[PEER[sender]].send(str(item).encode() or message)
        return FINE


def _news(sources: dict[Role, Callable[[], bytes]]) -> "queue.Queue[News]":
    """One queue for everything that can happen: what both sides send, and what is typed."""
    news: queue.Queue[News] = queue.Queue()

    def listen(role: Role, receive: Callable[[], bytes]) -> None:
        try:
            while True:
                news.put((role, receive()))
        except (EndOfStream, Refused):
            news.put((role, None))

    def read_commands() -> None:
        for line in sys.stdin:
            news.put((None, line.strip()))
        news.put((None, None))

    for role, receive in sources.items():
        threading.Thread(target=listen, args=(role, receive), daemon=True).start()
    threading.Thread(target=read_commands, daemon=True).start()
    return news
