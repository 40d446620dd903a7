"""Whatever happens to the bytes on the way: cut up, they mean the same; altered, they end the connection."""

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handshake import constants, errors
from handshake.errors import Truncated
from handshake.settings import ClientSettings, Grease, ServerSettings
from record import padding
from record.errors import BadRecord
from tests.support import certificates, oracle, peers_in_memory, remembered, resumed
from tests.support.peers_in_memory import TICKETS, Link, application_data, client_settings, server_settings
from tls.connection import Connection
from tls.events import ApplicationData, CloseNotify, ConnectionFailed, EarlyData, Event
from x509.algorithms import KeyKind

GREASE = Grease(cipher_suite=0x1A1A, version=0x2A2A, group=0x3A3A, signature_scheme=0x4A4A, extension=0x5A5A)
PROTOCOLS = (b"h2", b"http/1.1")
EARLY = b"what could not wait " * 4
QUESTION, ANSWER, MORE = b"a question", b"an answer " * 5, b"and more, under new keys"
TO_SERVER, TO_CLIENT = QUESTION + MORE, ANSWER + ANSWER
CONTENT_TYPE_SIZE = 1  # bytes of a record's header before its version
VERSION_SIZE = 2  # bytes

ONE_ROUND_TRIP = client_settings(grease=GREASE, application_protocols=PROTOCOLS)
TWO_ROUND_TRIPS = client_settings(key_share_groups=())
SERVER = server_settings(application_protocols=PROTOCOLS)
CLIENTS = {
    "one round trip": ONE_ROUND_TRIP,
    "two round trips": TWO_ROUND_TRIPS,
    "AES-128 and RSA": client_settings(cipher_suites=(0x1301,)),
    "AES-256, SHA-384 and P-256": client_settings(
        cipher_suites=(0x1302,), private_keys={0x0017: bytes(range(32))}, key_share_groups=(0x0017,)
    ),
    "resumed": resumed.client_settings(),
    "early data": resumed.client_settings(early=True),
    "early data refused": resumed.client_settings(early=True),
    "client certificate": client_settings(certified_keys=(peers_in_memory.client_key(),)),
    "small records": client_settings(record_size_limit=64, padding_policy=padding.to_multiple_of(16)),
}
IN_THE_QUICKEST_SUITE = ["one round trip", "two round trips"]
SECOND_MEETINGS = ["resumed", "early data", "client certificate"]
STEPPED_OVER = "early data refused"  # where not every byte counts
IN_OTHERS = ["AES-128 and RSA", "AES-256, SHA-384 and P-256"]
SERVERS = dict.fromkeys(CLIENTS, SERVER) | {
    "AES-128 and RSA": server_settings(certified_keys=(certificates.certified_key(KeyKind.RSA),)),
    "AES-256, SHA-384 and P-256": server_settings(
        certified_keys=(certificates.certified_key(KeyKind.P256),), private_keys={0x0017: bytes(range(1, 33))}
    ),
    "resumed": resumed.server_settings(),
    STEPPED_OVER: resumed.server_settings(),
    "client certificate": server_settings(**peers_in_memory.asking(require=True), **TICKETS),
    "small records": server_settings(record_size_limit=100, padding_policy=padding.full, **TICKETS),
}


def settings_of(name: str, role: str) -> ClientSettings | ServerSettings:
    """What a side of this conversation is given."""
    if role == "client":
        return CLIENTS[name]
    return resumed.server_settings(early=True) if name == "early data" else SERVERS[name]


@pytest.fixture(scope="module", autouse=True)
def remember() -> Iterator[None]:
    with remembered.primitives():
        yield


# A conversation with everything in it, over a wire on which one bit can be flipped


@dataclass
class Wire(Link):
    """A link that flips one bit of all that one side sends."""

    name: str  # of the two sides' settings
    flips: tuple[str, int] | None = None  # whose, and which bit of the whole stream
    finished: bytes = b""  # the client's last flight of the handshake
    sent: dict[str, bytearray] = field(default_factory=lambda: {"client": bytearray(), "server": bytearray()})

    def __post_init__(self) -> None:
        super().__init__(settings_of(self.name, "client"), settings_of(self.name, "server"))  # type: ignore
        if self.client.early_data_room:
            self.client.send_replayable_early_data(EARLY)

    def to_server(self) -> list[Event]:
        return self._pass("client", self.client, self.server, self.server_events)

    def to_client(self) -> list[Event]:
        return self._pass("server", self.server, self.client, self.client_events)

    def _pass(
        self, sender: str, speaking: Connection, listening: Connection, events: list[Event]
    ) -> list[Event]:
        data = speaking.data_to_send()
        if not data:
            return []
        self.flights.append((sender, data))
        altered = self._altered(sender, data)
        if dead(events):
            return []
        new = listening.receive_data(altered)
        events += new
        return new

    def _altered(self, sender: str, data: bytes) -> bytes:
        start = len(self.sent[sender])
        self.sent[sender] += data
        if self.flips is None or self.flips[0] != sender:
            return data
        bit = self.flips[1] - 8 * start
        return with_flip(data, bit) if 0 <= bit < 8 * len(data) else data

    def converse(self) -> None:
        """Handshake, question, answer, key updates, and a close from both sides, as far as it goes."""
        self.carry()
        self.finished = next((data for who, data in reversed(self.flights) if who == "client"), b"")
        self.say(self.client, self.client_events, QUESTION)
        self.say(self.server, self.server_events, ANSWER)
        if usable(self.client, self.client_events):
            self.client.key_update(request_peer=True)
        self.say(self.client, self.client_events, MORE)
        self.say(self.server, self.server_events, ANSWER)
        for connection, events in ((self.client, self.client_events), (self.server, self.server_events)):
            if usable(connection, events):
                connection.close()
            self.carry()
        for connection, events in ((self.client, self.client_events), (self.server, self.server_events)):
            if not dead(events):
                events.extend(connection.receive_eof())

    def say(self, connection: Connection, events: list[Event], data: bytes) -> None:
        if usable(connection, events):
            connection.send(data)
        self.carry()


def dead(events: list[Event]) -> bool:
    return bool(events) and isinstance(events[-1], ConnectionFailed)


def usable(connection: Connection, events: list[Event]) -> bool:
    return connection.session is not None and not dead(events)


@functools.cache
def undisturbed(name: str) -> Wire:
    """What is said when nobody meddles."""
    wire = Wire(name)
    wire.converse()
    assert application_data(wire.server_events) == TO_SERVER
    assert application_data(wire.client_events) == TO_CLIENT
    assert early_data(wire.server_events) == (EARLY if name == "early data" else b"")
    assert wire.client_events[-1] == wire.server_events[-1] == CloseNotify()
    return wire


def early_data(events: Iterable[Event]) -> bytes:
    return b"".join(event.data for event in events if isinstance(event, EarlyData))


def shown(events: Iterable[Event]) -> list[str]:
    """Events in a form that can be compared; a session's secrets have no equality of their own."""
    return [repr(event) + repr(getattr(event, "data", b"")) for event in events]


# Any fragmentation of the wire gives the same events


def listener(name: str, receiver: str) -> Connection:
    """A connection that has not yet heard anything."""
    return Connection(settings_of(name, receiver))


def replay(name: str, receiver: str, pieces: Iterable[bytes]) -> tuple[list[str], bytes]:
    """Give a new connection all that its peer once said; return its events and what it says itself."""
    connection = listener(name, receiver)
    events: list[Event] = []
    for piece in pieces:
        events += connection.receive_data(piece)
        if dead(events):
            break
    return shown(events), connection.data_to_send()


def heard(name: str, receiver: str, data: bytes) -> tuple[Connection, list[Event]]:
    """Give a new connection these bytes and no more; return it and its events."""
    connection = listener(name, receiver)
    events = connection.receive_data(data)
    if not dead(events):  # of a length that has grown, more is waited for
        events += connection.receive_eof()
    return connection, events


def with_flip(data: bytes, bit: int) -> bytes:
    at = bit // 8
    return data[:at] + bytes([data[at] ^ 1 << bit % 8]) + data[at + 1 :]


def last_of_handshake(name: str, receiver: str) -> int:
    """Where the last byte stands that decides whether the receiver completes its handshake: in a Finished.

    A client's Finished that does not open might be early data to step over; there, it is the client's random.
    """
    if (name, receiver) == (STEPPED_OVER, "server"):
        return 20
    flights = undisturbed(name).flights
    end = next(i for i, (_, data) in enumerate(flights) if data == undisturbed(name).finished)
    sender = "client" if receiver == "server" else "server"
    return sum(len(data) for who, data in flights[: end + 1] if who == sender) - 1


WIRES = [
    (name, receiver, fault)
    for name in CLIENTS
    for receiver in ("client", "server")
    for fault in ("no fault", "in the handshake", "in the data")
]


@functools.cache
def stream(name: str, receiver: str, fault: str) -> bytes:
    """All that the receiver's peer said, with a bit flipped in it if there is to be a fault."""
    data = bytearray(undisturbed(name).sent["server" if receiver == "client" else "client"])
    last = oracle.records(bytes(data))
    if fault == "in the handshake":
        data[last_of_handshake(name, receiver)] ^= 1
    elif fault == "in the data":
        data[len(data) - len(last[-1]) - 1] ^= 1  # the tag of the last record but one
    return bytes(data)


def test_the_streams_are_what_they_are_called() -> None:
    for name, receiver, fault in WIRES:
        events, _ = replay(name, receiver, [stream(name, receiver, fault)])
        failed = "ConnectionFailed" in events[-1]
        connected = any("HandshakeComplete" in event for event in events)
        expected = {"no fault": (False, True), "in the handshake": (True, False), "in the data": (True, True)}
        assert (failed, connected) == expected[fault], (name, receiver, fault, events)


@pytest.mark.parametrize(("name", "receiver", "fault"), WIRES)
def test_a_byte_at_a_time(name: str, receiver: str, fault: str) -> None:
    whole = stream(name, receiver, fault)
    pieces = [whole[at : at + 1] for at in range(len(whole))]
    assert replay(name, receiver, pieces) == replay(name, receiver, [whole])


@pytest.mark.parametrize(("name", "receiver", "fault"), WIRES)
def test_any_fragmentation(name: str, receiver: str, fault: str) -> None:
    whole = stream(name, receiver, fault)
    expected = replay(name, receiver, [whole])

    @settings(max_examples=10)
    @given(st.lists(st.integers(0, len(whole)), max_size=10).map(sorted))
    def check(cuts: list[int]) -> None:
        pieces = [whole[start:end] for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
        assert replay(name, receiver, pieces) == expected

    check()


@pytest.mark.long
@pytest.mark.parametrize(("name", "receiver", "fault"), WIRES)
def test_every_single_cut(name: str, receiver: str, fault: str) -> None:
    whole = stream(name, receiver, fault)
    expected = replay(name, receiver, [whole])
    for at in range(len(whole) + 1):
        assert replay(name, receiver, [whole[:at], whole[at:]]) == expected, at


# A flipped bit


def version_bits(data: bytes) -> set[int]:
    """The bits of the version field of unprotected records, which are to be ignored (section 5.1)."""
    found: set[int] = set()
    position = 0
    for record in oracle.records(data):
        if record[0] != 23:
            first = 8 * (position + CONTENT_TYPE_SIZE)
            found |= set(range(first, first + 8 * VERSION_SIZE))
        position += len(record)
    return found


@functools.cache
def ignored_bits(name: str, sender: str) -> frozenset[int]:
    return frozenset(version_bits(bytes(undisturbed(name).sent[sender])))


def check_flip(name: str, sender: str, bit: int) -> None:
    """Flip one bit on its way and look at what becomes of the conversation."""
    honest = undisturbed(name)
    wire = Wire(name, (sender, bit))
    wire.converse()
    if bit in ignored_bits(name, sender):
        assert shown(wire.client_events) == shown(honest.client_events), (name, sender, bit)
        assert shown(wire.server_events) == shown(honest.server_events), (name, sender, bit)
        return
    receiver = wire.server_events if sender == "client" else wire.client_events
    failure = receiver[-1]
    assert isinstance(failure, ConnectionFailed), (name, sender, bit)
    assert isinstance(failure.error, errors.PEER_FAULTS), (name, sender, bit)
    assert TO_SERVER.startswith(application_data(wire.server_events)), (name, sender, bit)
    assert EARLY.startswith(early_data(wire.server_events)), (name, sender, bit)
    assert TO_CLIENT.startswith(application_data(wire.client_events)), (name, sender, bit)


def positions() -> st.SearchStrategy[tuple[str, str, int]]:
    """Any bit of any conversation in which each counts."""
    names = CLIENTS.keys() - {STEPPED_OVER}
    streams = [(name, sender) for name in sorted(names) for sender in ("client", "server")]

    def bits(which: tuple[str, str]) -> st.SearchStrategy[tuple[str, str, int]]:
        length = len(undisturbed(which[0]).sent[which[1]])
        return st.tuples(st.just(which[0]), st.just(which[1]), st.integers(0, 8 * length - 1))

    return st.sampled_from(streams).flatmap(bits)


def test_some_flipped_bits() -> None:
    @settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
    @given(positions())
    def check(position: tuple[str, str, int]) -> None:
        check_flip(*position)

    check()


@pytest.mark.parametrize("name", IN_THE_QUICKEST_SUITE + SECOND_MEETINGS)
@pytest.mark.parametrize("sender", ["client", "server"])
def test_every_bit_of_the_headers(name: str, sender: str) -> None:
    """Of types, versions and lengths, which no hash covers where they are in the clear.

    What the other side makes of it afterwards is looked at where some bits or all of them are flipped.
    """
    receiver = constants.other(sender)
    data = bytes(undisturbed(name).sent[sender])
    _, honest = heard(name, receiver, data)
    position = 0
    for record in oracle.records(data):
        for bit in range(8 * position, 8 * (position + 5)):
            _, events = heard(name, receiver, with_flip(data, bit))
            if bit in ignored_bits(name, sender):
                assert shown(events) == shown(honest), bit
                continue
            failure = events[-1]
            assert isinstance(failure, ConnectionFailed), bit
            assert isinstance(failure.error, errors.PEER_FAULTS), bit
            assert (TO_CLIENT if receiver == "client" else TO_SERVER).startswith(application_data(events)), (
                bit
            )
            assert EARLY.startswith(early_data(events)), bit
        position += len(record)


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("eighth", range(8))
@pytest.mark.parametrize("name", IN_THE_QUICKEST_SUITE)
@pytest.mark.parametrize("sender", ["client", "server"])
def test_every_flipped_bit(name: str, sender: str, eighth: int) -> None:
    for bit in range(eighth, 8 * len(undisturbed(name).sent[sender]), 8):
        check_flip(name, sender, bit)


@pytest.mark.parametrize("name", IN_OTHERS)
def test_every_byte_of_a_servers_flight_counts(name: str) -> None:
    """In other suites, with other signatures; the versions of records in the clear do not (section 5.1)."""
    _, flight = next(flight for flight in undisturbed(name).flights if flight[0] == "server")
    ignored = {bit // 8 for bit in version_bits(flight)}
    for at in set(range(len(flight))) - ignored:
        connection, events = heard(name, "client", with_flip(flight, 8 * at + at % 8))
        failure = events[-1]
        assert isinstance(failure, ConnectionFailed), at
        assert isinstance(failure.error, errors.PEER_FAULTS), at
        assert connection.session is None, at


# The stream ends too early


@pytest.mark.parametrize("name", CLIENTS)
@pytest.mark.parametrize("receiver", ["client", "server"])
def test_a_stream_that_is_cut_off_is_truncated(name: str, receiver: str) -> None:
    """Wherever it is; and what has come until then is the beginning of what was said."""
    whole = stream(name, receiver, "no fault")
    honest = TO_CLIENT if receiver == "client" else TO_SERVER
    for at in range(0, len(whole), 17):
        connection = listener(name, receiver)
        events = connection.receive_data(whole[:at]) + connection.receive_eof()
        failure = events[-1]
        assert isinstance(failure, ConnectionFailed)
        assert isinstance(failure.error, Truncated)
        assert honest.startswith(application_data(events))
        assert EARLY.startswith(early_data(events))


def test_a_record_that_is_left_out_is_missed() -> None:
    whole = stream("one round trip", "server", "no fault")
    records = oracle.records(whole)
    for at in range(len(records)):
        if records[at] == bytes.fromhex("14 0303 0001 01"):
            continue  # nobody misses this one
        _, events = heard("one round trip", "server", b"".join(records[:at] + records[at + 1 :]))
        failure: Any = events[-1]
        assert isinstance(failure, ConnectionFailed), at
        data = [event for event in events if isinstance(event, ApplicationData)]
        assert TO_SERVER.startswith(application_data(data))


def test_a_replayed_connection_does_not_open() -> None:
    """A server that draws other random bytes cannot be told the same story twice."""
    whole = stream("one round trip", "server", "no fault")
    other = Connection(server_settings(application_protocols=PROTOCOLS, random=bytes(32)))
    (failure,) = other.receive_data(whole)
    assert isinstance(failure, ConnectionFailed)
    assert isinstance(failure.error, BadRecord)
