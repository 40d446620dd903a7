"""Where the time of a handshake goes, primitive by primitive, on each side.

    watch = timing.handshake(client_settings, server_settings)      both ends, in memory, one after the other
    watch.totals()                                                  counts and seconds by side and primitive
    full, resumed = timing.compare(client_settings, server_settings, ticket, rounds)

With a ticket in the client's settings (`first_meeting` gets one), it is a handshake that resumes a session.

All calls from file to file go through the module (`hkdf.expand(...)`), so a `Stopwatch` can put itself
between: as long as it runs, the functions in `PRIMITIVES` are wrapped where everybody looks them up, and then
they are again what they were.  While none runs, nothing is wrapped and nothing costs.

Time is counted once, for the innermost primitive: SHA-256 inside of HMAC inside of HKDF is SHA-256's.  The
reading of a certificate is no primitive, but is counted like one.

Limits         One at a time: the functions belong to the whole process.
Tested by      tests/tls/test_timing.py
"""

import functools
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NamedTuple, Self

from handshake.settings import ClientSettings, ServerSettings
from handshake.tickets import Ticket
from purecrypto import (
    aes,
    chacha20,
    ec,
    ed25519,
    ghash,
    hkdf,
    hmac,
    keccak_f,
    ml_kem,
    poly1305,
    rsa,
    sha256,
    sha512,
    x25519,
)
from tls.connection import Connection
from tls.events import ConnectionFailed, SessionTicket
from x509.certificate import Certificate


class Primitive(NamedTuple):
    """Where a function is looked up, under which name, and what its work is called here."""

    owner: Any
    attribute: str
    name: str
    times: Callable[..., int] = lambda *_, **__: 1  # how often one call does it


PRIMITIVES = (
    Primitive(ml_kem, "key_gen_internal", "ML-KEM key generation"),
    Primitive(ml_kem.EncryptionKey, "decode", "ML-KEM encapsulation", lambda *_: 0),  # reads the peer's key
    Primitive(ml_kem, "encaps_internal", "ML-KEM encapsulation"),
    Primitive(ml_kem, "decaps_internal", "ML-KEM decapsulation"),
    Primitive(keccak_f, "permute", "Keccak permutation"),
    Primitive(x25519, "x25519_base", "X25519 public key"),
    Primitive(x25519, "x25519", "X25519 shared secret"),
    Primitive(ed25519.Ed25519PrivateKey, "sign", "Ed25519 sign"),
    Primitive(ed25519.Ed25519PublicKey, "verify", "Ed25519 verify"),
    Primitive(ec.EllipticCurvePrivateKey, "public_key", "ECDH public key"),
    Primitive(ec.EllipticCurvePrivateKey, "exchange", "ECDH shared secret"),
    Primitive(ec.EllipticCurvePrivateKey, "sign", "ECDSA sign"),
    Primitive(ec.EllipticCurvePublicKey, "verify", "ECDSA verify"),
    Primitive(rsa.RSAPrivateKey, "sign", "RSA sign"),
    Primitive(rsa.RSAPublicKey, "verify", "RSA verify"),
    Primitive(sha512, "compress", "SHA-512 block"),
    Primitive(sha256, "compress", "SHA-256 block"),
    Primitive(sha256, "compress_side_by_side", "SHA-256 in lanes", lambda states, blocks: len(blocks)),
    Primitive(hmac, "new_side_by_side", "HMAC"),
    Primitive(hmac, "digests", "HMAC"),
    Primitive(hkdf, "extract", "HKDF"),
    Primitive(hkdf, "expand_side_by_side", "HKDF"),
    Primitive(chacha20, "_wide_blocks", "ChaCha20"),
    Primitive(poly1305, "mac", "Poly1305"),
    Primitive(aes, "expand_key", "AES"),
    Primitive(aes, "encrypt_blocks", "AES"),
    Primitive(aes, "_wide_blocks", "AES"),
    Primitive(ghash, "ghash", "GHASH"),
    Primitive(Certificate, "from_der", "certificate read"),
)
THE_REST = "everything else"  # messages, paths of certificates, records: what is no primitive
MAX_FLIGHTS = 5  # of a handshake: hello, retry request, hello, the server's flight, Finished


class Span(NamedTuple):
    """One side at work on one thing, without interruption."""

    side: str
    name: str
    start: float  # seconds, as the clock has them
    end: float


class Total(NamedTuple):
    """All the work of one side on one thing."""

    times: int
    seconds: float


class Stopwatch:
    """Times what runs inside of `side`, while it is entered itself.

    clock    returns seconds
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self.spans: list[Span] = []  # in order; no two of one side overlap
        self.counts: Counter[tuple[str, str]] = Counter()  # by side and name
        self._clock = clock
        self._now = _Now()
        self._wrapped: list[tuple[Any, str, Any]] = []

    def __enter__(self) -> Self:
        for primitive in PRIMITIVES:
            function = vars(primitive.owner)[primitive.attribute]
            self._wrapped.append((primitive.owner, primitive.attribute, function))
            setattr(primitive.owner, primitive.attribute, self._wrap(function, primitive))
        return self

    def __exit__(self, *_: object) -> None:
        while self._wrapped:
            setattr(*self._wrapped.pop())

    @contextmanager
    def side(self, side: str) -> Iterator[None]:
        """All that this thread does inside of the `with` block is done by `side`."""
        self._now.side = side
        self._begin(THE_REST)
        try:
            yield
        finally:
            self._finish()

    @property
    def seconds(self) -> float:
        """All the time that was spent on some side."""
        return sum(end - start for _, _, start, end in self.spans)

    def totals(self) -> dict[tuple[str, str], Total]:
        """Counts and seconds by side and name, in the order of their first appearance."""
        seconds: defaultdict[tuple[str, str], float] = defaultdict(float)
        for side, name, start, end in self.spans:
            seconds[side, name] += end - start
        return {key: Total(self.counts[key], seconds[key]) for key in seconds}

    def _wrap(self, function: Any, primitive: Primitive) -> Any:
        if isinstance(function, classmethod):
            return classmethod(self._wrap(function.__func__, primitive))

        @functools.wraps(function)
        def timed(*arguments: Any, **options: Any) -> Any:
            if not self._now.stack:  # another thread, or nobody's side
                return function(*arguments, **options)
            self.counts[self._now.side, primitive.name] += primitive.times(*arguments, **options)
            self._begin(primitive.name)
            try:
                return function(*arguments, **options)
            finally:
                self._finish()

        return timed

    def _begin(self, name: str) -> None:
        """What ran so far waits, until `name` has finished."""
        self._note()
        self._now.stack.append(name)

    def _finish(self) -> None:
        self._note()
        self._now.stack.pop()

    def _note(self) -> None:
        """Close the span of what ran until now."""
        now, moment = self._now, self._clock()
        if now.stack:
            self._keep(Span(now.side, now.stack[-1], now.since, moment))
        now.since = moment

    def _keep(self, span: Span) -> None:
        self.spans.append(span)


class Tally(Stopwatch):
    """A stopwatch that can run for as long as a server does: it keeps sums instead of spans."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        super().__init__(clock)
        self._seconds: defaultdict[tuple[str, str], float] = defaultdict(float)

    def take(self, side: str) -> dict[str, Total]:
        """What one side has done until now, by name, in the order of its first appearance; and forget it."""
        names = [name for each, name in list(self._seconds) if each == side]
        return {
            name: Total(self.counts.pop((side, name), 0), self._seconds.pop((side, name))) for name in names
        }

    def _keep(self, span: Span) -> None:
        self._seconds[span.side, span.name] += span.end - span.start


class _Now(threading.local):
    """What a thread is doing: a primitive, inside of another one, ..., inside of the rest."""

    def __init__(self) -> None:
        self.side = ""
        self.stack: list[str] = []
        self.since = 0.0


def handshake(
    client: ClientSettings, server: ServerSettings, clock: Callable[[], float] = time.perf_counter
) -> Stopwatch:
    """Time one handshake in memory.  Raises what the handshake raises.

    The tables that some primitives build at their first use are built by another handshake before.
    """
    _converse(client, server, Stopwatch(clock))
    with Stopwatch(clock) as watch:
        _converse(client, server, watch)
    return watch


def compare(
    client: ClientSettings,
    server: ServerSettings,
    ticket: Ticket,
    rounds: int,
    clock: Callable[[], float] = time.perf_counter,
) -> tuple[Stopwatch, Stopwatch]:
    """Time full handshakes and such as resume the ticket's session, turn by turn.

    The quickest of each is returned: the one that the machine's other work has disturbed least.
    """
    again = replace(client, ticket=ticket)
    full, resumed = [], []
    for _ in range(rounds):
        full.append(handshake(client, server, clock))
        resumed.append(handshake(again, server, clock))
    return _quickest(full), _quickest(resumed)


def _quickest(watches: Iterable[Stopwatch]) -> Stopwatch:
    return min(watches, key=lambda watch: watch.seconds)


def first_meeting(client: ClientSettings, server: ServerSettings) -> Ticket:
    """The ticket that this server gives to this client: with it in its settings, it resumes a session.

    ValueError if it gives none.
    """
    ours, theirs = _converse(client, server, Stopwatch())
    for event in ours.receive_data(theirs.data_to_send()):
        if isinstance(event, SessionTicket):
            return event.ticket
    raise ValueError("the server gives no ticket")


def _converse(
    client: ClientSettings, server: ServerSettings, watch: Stopwatch
) -> tuple[Connection, Connection]:
    """Both ends, once they are connected."""
    with watch.side("client"):
        ours = Connection(client)
    with watch.side("server"):
        theirs = Connection(server)
    ends = [("client", ours), ("server", theirs)]
    for _ in range(MAX_FLIGHTS):
        (sender, sending), (receiver, receiving) = ends
        with watch.side(sender):
            flight = sending.data_to_send()
        with watch.side(receiver):
            events = receiving.receive_data(flight)
        if events and isinstance(events[-1], ConnectionFailed):
            raise events[-1].error
        if ours.session and theirs.session:
            return ours, theirs
        ends.reverse()
    raise AssertionError(f"no handshake takes more than {MAX_FLIGHTS} flights")
