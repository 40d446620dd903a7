"""Against rung 19: steal the keys that lie in memory today, and read what was said yesterday.

Both sides hold their keys for as long as the connection lasts, and with some programs that is weeks.  Whoever
gets hold of them can go back: the number of a message is the only other thing that enters its nonce, and that
begins at 0.
"""

import copy
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from journey.attacks import Attack, reads_a_secret
from journey.errors import EndOfStream, Refused
from journey.s07_aead import channel as s07
from journey.scene import Scene
from journey.wire import Recording, Wire

CODE_WORDS = b"the code of the safe is "
COUNTERS = ("sent", "received", "sequence_number")
PACKAGES_WITH_COUNTERS = ("journey", "record", "tls")
FRAMES_BEFORE_THE_THEFT = 4


def open_the_past(scene: Scene) -> None:
    """Record what the client says; then look into the server's memory, and start again from there."""
    secret = scene.secret()
    small_talk = [scene.message(scene.public_text(20)) for _ in range(FRAMES_BEFORE_THE_THEFT)]
    with scene.connect(client=[scene.message(CODE_WORDS, secret), *small_talk]) as link:
        link.handshake()
        recorded = []
        for _ in range(FRAMES_BEFORE_THE_THEFT):
            recorded.append(link.client.receive())
            link.server.send(recorded[-1])
        scene.show("recorded: the client's first message", recorded[0])
        memory = scene.reveal_memory(link, "server")
    scene.tell("The same code, the stolen keys, every counter back at 0: now play the recording to it.")
    for message in read_again(scene.rung.channel, memory, recorded):
        scene.show_bytes("opened", message)
        _, found, rest = message.partition(CODE_WORDS)
        if found:
            scene.claim(secret, rest[: secret.size])
            return
    scene.tell("These keys do not open it: they are not the keys of that time any more.")


def read_again(module: Any, memory: Mapping[str, Any], recorded: Sequence[bytes]) -> list[bytes]:
    """What a channel with this memory makes of the recording, if it begins to count anew."""
    kind = getattr(module, "Channel", s07.Channel)
    channel = object.__new__(kind)
    vars(channel).update(rewound(memory, Recording(recorded)))
    messages: list[bytes] = []
    try:
        while True:
            messages.append(channel.receive())
    except (EndOfStream, Refused):
        return messages


def rewound(memory: Mapping[str, Any], wire: Wire) -> dict[str, Any]:
    """A copy of what lay in memory: connected to another wire, unlocked, and with every counter at 0."""
    anew: dict[str, Any] = {}
    for name, value in memory.items():
        if name in COUNTERS:
            anew[name] = 0
        elif name == "wire":
            anew[name] = wire
        elif name == "lock":  # nobody else is at this channel
            anew[name] = threading.Lock()
        else:
            anew[name] = copy.copy(value)
            if type(value).__module__.partition(".")[0] in PACKAGES_WITH_COUNTERS:
                vars(anew[name]).update(rewound(vars(value), wire))
    return anew


ATTACKS = (Attack("open the past", open_the_past, reads_a_secret, wins=((0, 19),), reveals=("memory",)),)
