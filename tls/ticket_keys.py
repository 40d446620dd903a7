"""The keys that a server seals its tickets with: new ones often, and the old ones forgotten.
RFC 9846 sections 4.7.1 and 8.1, appendix F.1.

A server that seals what it remembers into tickets has to keep the ticket keys, and whoever steals one opens
every ticket that was sealed with it: the early data of those sessions is his to read, and he can pretend to
be either side of them.  (What was said after a fresh key exchange stays secret.)  Only forgetting helps.  So
each key seals for one `rotation`, stays for as long as its last ticket may be used, and is dropped: from then
on nothing and nobody opens those tickets, which is all the forward secrecy that early data can have.

The keys live in this object alone and die with its process.  Several servers that want to resume each other's
sessions use a function of their own that returns the keys that they share; what that means for early data is
said in `handshake.anti_replay`.

Limits         Python cannot wipe memory: a forgotten key may be found in it for a while.  A key is forgotten
               when somebody asks for the keys, so at a server that nobody calls the last ones wait.
Tested by      tests/tls/test_ticket_keys.py
"""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from handshake.tickets import TICKET_KEY_RANDOM_SIZE, TicketKey
from purecrypto import entropy

ROTATION = 12 * 3600.0  # seconds


class TicketKeys:
    """Ticket keys that change with time; all connections of a server share one of these.

    lifetime       seconds that a ticket may be used
    rotation       seconds that a key seals tickets
    random_bytes   where new keys come from
    """

    def __init__(
        self,
        *,
        lifetime: float,
        rotation: float = ROTATION,
        random_bytes: Callable[[int], bytes] = entropy.random_bytes,
    ) -> None:
        if lifetime < 0 or rotation <= 0:
            raise ValueError(f"keys that seal for {rotation} seconds, tickets that live for {lifetime}")
        self._lock = threading.Lock()
        self._rotation = timedelta(seconds=rotation)
        self._kept = timedelta(seconds=rotation + lifetime)  # its last ticket is as young as the next key
        self._random_bytes = random_bytes
        self._keys: list[tuple[datetime, TicketKey]] = []  # since when, newest first

    def at(self, now: datetime) -> tuple[TicketKey, ...]:
        """The keys that open tickets now; the first one seals them.  To be asked anew by each connection."""
        with self._lock:
            # No key is from the future: where a clock was put back, those that seem so begin anew.
            keys = [(min(since, now), key) for since, key in self._keys]
            if not keys or now - keys[0][0] >= self._rotation:
                keys.insert(0, (now, TicketKey.from_random(self._random_bytes(TICKET_KEY_RANDOM_SIZE))))
            self._keys = [(since, key) for since, key in keys if now - since < self._kept]
            return tuple(key for _, key in self._keys)
