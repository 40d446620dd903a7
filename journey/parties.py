"""The honest parties, each in a thread of its own, and the two wires that end in the attacker's hands."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol, Self, TypeAlias

from journey.credentials import Credentials, Role
from journey.errors import EndOfStream, Refused
from journey.ladder import Rung
from journey.randomness import Remembered
from journey.wire import Leg, Wire

PEER: dict[str, Role] = {"client": "server", "server": "client"}


class Channel(Protocol):
    """What `open` of every rung returns."""

    def send(self, message: bytes) -> None:
        """Send one message to the peer."""

    def receive(self) -> bytes:
        """Wait for the peer's next message.  Refused if it is not believed, EndOfStream if there is none."""

    def close(self) -> None:
        """Say that nothing more will be sent."""


@dataclass(frozen=True)
class Secret:
    """A text that only the honest parties and the referee know.  The attacker may know its size."""

    _text: bytes

    @property
    def size(self) -> int:
        return len(self._text)


class Message:
    """What an honest party says: some of it anybody could guess, some is secret.

    An attack uses `known` (and `len`), never `_text`.
    """

    def __init__(self, *parts: bytes | Secret) -> None:
        self._text = b"".join(part._text if isinstance(part, Secret) else part for part in parts)
        self.known = b"".join(b"?" * part.size if isinstance(part, Secret) else part for part in parts)

    def __len__(self) -> int:
        return len(self._text)


class Party:
    """An honest client or server.  It opens the channel, says its lines, then listens until the end.

    Instead of lines it may be given a program, which is called with the open channel and this party.
    """

    def __init__(
        self,
        rung: Rung,
        role: Role,
        *,
        wire: Wire,
        leg: Leg,
        credentials: Credentials,
        random_bytes: Remembered,
        script: "Script",
    ) -> None:
        self.role = role
        self.script = script
        self.random_bytes = random_bytes
        self.channel: Channel | None = None  # once it is open
        self.sent: list[bytes] = []
        self.accepted: list[bytes] = []  # what it took for its peer's words
        self.heard_the_end = False  # it believes that its peer has said everything
        self.refused: Refused | None = None
        self.bug: Exception | None = None
        self._open: Callable[..., Channel] = rung.channel.open
        self._wire, self._leg, self._credentials = wire, leg, credentials
        self._hung_up = False
        self._thread = threading.Thread(target=self._live, name=f"{role} of {rung.folder}", daemon=True)
        self._thread.start()

    def _live(self) -> None:
        try:
            self._converse()
        except Refused as refusal:
            if not self._hung_up:
                self.refused = refusal
        except EndOfStream:
            self.heard_the_end = self.channel is not None and not self._hung_up
        except Exception as bug:
            self.bug = bug
        finally:
            self._wire.close()
            self._leg.party_is_gone()

    def _converse(self) -> None:
        self.channel = self._open(self._wire, self.role, self._credentials, self.random_bytes)
        if callable(self.script):
            self.script(self.channel, self)
            return
        for message in self.script:
            self.sent.append(message._text)
            self.channel.send(message._text)
        self.channel.close()
        while True:
            self.accepted.append(self.channel.receive())

    def hang_up(self) -> None:
        """End this party's life.  What it makes of the sudden end is nobody's fault and does not count.

        To hang up once more does nothing.
        """
        self._leg.settle()
        self._hung_up = True
        self._leg.close()
        self._thread.join()
        if self.bug is not None:
            raise RuntimeError(f"the honest {self.role} broke: {self.bug!r}") from self.bug


Script: TypeAlias = Sequence[Message] | Callable[[Channel, Party], None]


class Link:
    """One connection as the attacker sees it: a leg to each party, and nothing between them but her.

    Used in a `with` statement, at whose end both parties are hung up on.
    """

    def __init__(self, rung: Rung, number: int, aloud: bool = True) -> None:
        self.rung = rung
        self.number = number  # 1, 2, ... within a scene
        self.aloud = aloud  # whether the audience is told what is said
        self.legs: dict[Role, Leg] = {}
        self.parties: dict[Role, Party] = {}  # the referee's: an attack has no business there

    @property
    def client(self) -> Leg:
        return self.legs["client"]

    @property
    def server(self) -> Leg:
        return self.legs["server"]

    def handshake(self, edit: Callable[[Role, dict[str, bytes]], None] | None = None) -> list[bytes]:
        """Let the frames pass with which the parties greet each other; return them.

        `edit(sender, fields)` is shown each of them on the way and may change its fields.
        """
        frames = []
        for sender, layout in self.rung.handshake:
            frame = self.legs[sender].receive()
            if edit is not None:
                fields = layout.dissect(frame)
                edit(sender, fields)
                frame = layout.assemble(fields)
            frames.append(frame)
            self.legs[PEER[sender]].send(frame)
        return frames

    def relay(self) -> None:
        """Let everything pass, both ways, until both parties have nothing more to say."""
        moved = True
        while moved:
            moved = False
            for source, target in ((self.client, self.server), (self.server, self.client)):
                for frame in source:
                    target.send(frame)
                    moved = True
                if source.ended:
                    target.close()

    def close(self) -> None:
        """Let both parties finish what they are at, then hang up on them."""
        for party in self.parties.values():
            party.hang_up()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def memory_of(self, role: Role) -> dict[str, Any]:
        """What a thief of this party's memory finds: everything that its channel remembers."""
        self.legs[role].settle()
        channel = self.parties[role].channel
        return {} if channel is None else dict(vars(channel))
