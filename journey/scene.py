"""A scene: what an attack is given, and everything that it can see or do.

    secret = scene.secret()                                      a text that she is after
    with scene.connect(client=[scene.message(b"the code is ", secret)]) as link:
        link.handshake()                                         let the parties greet each other
        frame = link.client.receive()                            what the client sends ends up with her
        link.server.send(frame)                                  what the server receives comes from her
    scene.claim(secret, guess)

The attacker is called Mallory, as is the custom.  She knows the protocol, chooses what passes, and can ask
for secrets only aloud, with `reveal`.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from journey import story
from journey.attacks import Evidence
from journey.credentials import Credentials, Role
from journey.errors import EndOfStream, Refused
from journey.ladder import Rung
from journey.layout import Layout
from journey.parties import Channel, Link, Message, Party, Script, Secret
from journey.randomness import RandomBytes, Remembered, replay
from journey.story import Listener
from journey.wire import Leg, Recording, Tap, Wire
from purecrypto.ed25519 import Ed25519PrivateKey
from purecrypto.x25519 import X25519PrivateKey

LETTERS = b"abcdefghijklmnopqrstuvwxyz234567"  # 32 of them, so each is worth five bits
WORDS = (
    *("river", "stone", "lamp", "orchard", "winter", "copper", "bridge", "garden", "paper", "harbour"),
    *("window", "clock", "meadow", "letter", "market", "silver"),
)


class Scene:
    """One run of one attack against one rung."""

    def __init__(
        self,
        rung: Rung,
        *,
        credentials: dict[str, Credentials],
        source: Callable[[str], RandomBytes],
        lay: Callable[[str, Tap], tuple[Wire, Leg]],
        tap: Callable[[int, str, bool, bytes], None],
        listener: Listener,
    ) -> None:
        self.rung = rung
        self.random_bytes = source("mallory")  # the attacker's own
        self.credentials = credentials["mallory"]  # her own, too: they open nothing that is not hers
        self._all_credentials = credentials
        self._source = source
        self._texts = source("texts")
        self._lay = lay
        self._tap = tap
        self._listener = listener
        self._evidence = Evidence()

    # What the honest parties will say

    def secret(self, size: int = 12) -> Secret:
        """A random text that she does not know."""
        return Secret(bytes(LETTERS[byte % len(LETTERS)] for byte in self._texts(size)))

    def one_of(self, *texts: bytes) -> Secret:
        """One of these texts, and she does not know which."""
        return Secret(texts[self._texts(1)[0] % len(texts)])

    def visited(self) -> Secret:
        """The name of the server that the client calls.  Is it anybody's business?"""
        return Secret(self._all_credentials["client"].server_name.encode())

    def message(self, *parts: bytes | Secret) -> Message:
        """A message of parts that anybody could guess and of secrets."""
        return Message(*parts)

    def payment(self, amount: int = 100, to: bytes = b"bob") -> Message:
        """An order to a bank, such as `pay 100 to bob; memo x7f3kq2a`, of which only the memo is unknown."""
        return Message(b"pay %d to %s; memo " % (amount, to), self.secret(8))

    def public_text(self, size: int) -> bytes:
        """A text that everybody knows, such as this morning's front page; another one each time."""
        text = b""
        while len(text) < size:
            text += WORDS[self._texts(1)[0] % len(WORDS)].encode() + b" "
        return text[:size]

    # The network, which is hers

    def connect(
        self,
        client: Script | None = (),
        server: Script | None = (),
        *,
        first_contact: bool = False,
        answered_by: str = "server",
        aloud: bool = True,
    ) -> Link:
        """Let a client call a server; each says its messages and then listens.

        None in the place of a party: it is not there, and she talks to the other one alone.
        `first_contact`: the client has never met the server, and so it has pinned no key.
        `answered_by`: on whose machine, and so with whose credentials, the server runs.  She decides where
        a call arrives; this may be the client's own machine, or a neighbour of the server.
        `aloud`: whether the audience is told what is said and accepted; nobody wants it a hundred times.
        """
        link = Link(self.rung, len(self._evidence.links) + 1, aloud)
        self._evidence.links.append(link)
        if client is not None:
            credentials = self._all_credentials["client"]
            if first_contact:
                credentials = replace(credentials, pinned_key=None)
            self._join(link, "client", client, credentials)
        if server is not None:
            self._join(link, "server", server, self._all_credentials[answered_by])
        return link

    def _join(self, link: Link, role: Role, script: Script, credentials: Credentials) -> None:
        for message in () if callable(script) or not link.aloud else script:
            self._listener(story.Said(link.number, role, message._text, message.known))
        wire, link.legs[role] = self._lay(role, lambda *crossing: self._tap(link.number, *crossing))
        random_bytes = Remembered(self._source(f"{role} {link.number}"))
        link.parties[role] = Party(
            self.rung,
            role,
            wire=wire,
            leg=link.legs[role],
            credentials=credentials,
            random_bytes=random_bytes,
            script=script,
        )

    # Running the honest code herself

    def open(self, wire: Wire, role: Role, **stolen: Any) -> Channel:
        """Run the rung's own `open`, with her credentials, in which `stolen` replaces what she has got."""
        channel: Channel = self.rung.channel.open(
            wire, role, replace(self.credentials, **stolen), self.random_bytes
        )
        return channel

    def open_recording(
        self, frames: Sequence[bytes], role: Role, drawn: Sequence[bytes] = (), **stolen: Any
    ) -> list[bytes]:
        """Run the rung's own code over recorded frames: the messages that `role` would have received.

        `drawn` is what this party drew from its random bytes, in order, as far as she has found it out.
        """
        messages: list[bytes] = []
        credentials = replace(self.credentials, **stolen)
        try:
            channel: Channel = self.rung.channel.open(Recording(frames), role, credentials, replay(drawn))
            while True:
                messages.append(channel.receive())
        except (EndOfStream, Refused, ValueError):
            return messages

    # Thefts, announced aloud

    def reveal(self, name: str, of: Role = "server") -> Any:
        """A secret of an honest party, by its name in `Credentials`."""
        value = getattr(self._all_credentials[of], name)
        self._reveal(f"{of}: {name}", value)
        return value

    def reveal_random_bytes(self, link: Link, of: Role) -> list[bytes]:
        """Everything random that a party has drawn in a connection so far, in order."""
        link.legs[of].settle()
        drawn = list(link.parties[of].random_bytes.drawn)
        self._reveal(f"{of}: random bytes", b"".join(drawn))
        return drawn

    def reveal_memory(self, link: Link, of: Role) -> dict[str, Any]:
        """What a party's channel holds in memory at this moment, by the names of its attributes."""
        memory = link.memory_of(of)
        self._reveal(f"{of}: memory", ", ".join(memory))
        return memory

    def _reveal(self, name: str, value: object) -> None:
        if isinstance(value, (Ed25519PrivateKey, X25519PrivateKey)):
            value = value.private_bytes_raw()
        self._listener(story.Revealed(name, value.hex() if isinstance(value, bytes) else str(value)))

    # What she says

    def claim(self, secret: Secret, guess: bytes) -> None:
        """Say what a secret is; the referee knows whether it is true."""
        self._evidence.claims.append((secret, guess))
        self._listener(story.Claimed(guess, guess == secret._text))

    def aim(self, text: bytes) -> None:
        """Announce a text that a party will accept although its peer did not send it."""
        self._evidence.aims.append(text)

    def tell(self, text: str) -> None:
        """Narrate what she does and why."""
        self._listener(story.Told(text))

    def show(
        self, label: str, frame: bytes, layout: Layout | None = None, before: bytes | None = None
    ) -> None:
        """Show bytes with their fields marked; without a layout, a record of this rung.

        `before` is what they were made from: what differs is set off.
        """
        self._listener(story.Shown(label, frame, layout or self.rung.record, before))

    def show_bytes(self, label: str, data: bytes) -> None:
        """Show bytes that are no frame."""
        self._listener(story.Shown(label, data, None))
