"""A hundred thousand ways to be wrong: whatever arrives, nothing but typed errors comes of it.

Three kinds of damage, each to either side's part of a handshake and of what follows:

    bytes       bytes of the wire, wherever they fall
    records     whole records left out, repeated, swapped
    messages    messages damaged and put out of order before they are protected, so that the damage gets past
                the AEAD; the hostile side goes on consistently, with keys and Finished that cover the damage

The daily run draws some examples, the long one counts through all numbers; a number that fails is printed,
and `check(number)` does the same again.
"""

import functools
from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handshake import errors, messages
from handshake.constants import ExtensionType
from handshake.extensions import (
    ApplicationProtocols,
    Cookie,
    Extension,
    SelectedGroup,
    ServerName,
    SignatureAlgorithms,
)
from handshake.message_buffer import MAX_MESSAGE
from handshake.messages import (
    Certificate,
    CertificateEntry,
    CertificateRequest,
    EncryptedExtensions,
    EndOfEarlyData,
    KeyUpdate,
    NewSessionTicket,
)
from handshake.psk_extensions import EarlyDataIndication, MaxEarlyData, SelectedPsk
from handshake.settings import Grease
from record.alert import AlertDescription
from tests.support import certificates, hostile, oracle, peers_in_memory, remembered, resumed
from tests.support.damage import damage, disorder
from tests.support.hostile import HostileClient, HostileServer, Psk
from tests.support.peers_in_memory import (
    X25519,
    Link,
    application_data,
    client_settings,
    server_settings,
)
from tls.connection import Connection
from tls.events import ConnectionFailed, EarlyData, Event
from x509.algorithms import KeyKind

DAILY, LONG, BATCHES = 700, 100_000, 100
GREASE = Grease(cipher_suite=0x1A1A, version=0x2A2A, group=0x3A3A, signature_scheme=0x4A4A, extension=0x5A5A)
EARLY, QUESTION, ANSWER = b"early", b"a question", b"an answer"
CLIENTS: list[dict[str, Any]] = [
    {},
    {"grease": GREASE, "application_protocols": (b"h2", b"http/1.1")},
    {"key_share_groups": ()},
    {"trust": None, "reference_identity": None, "legacy_session_id": b""},
    {"ticket": resumed.ticket()},
    {"ticket": resumed.ticket(), "replayable_early_data": True},
    {"ticket": resumed.ticket(), "replayable_early_data": True, "legacy_session_id": b""},
    {"certified_keys": (peers_in_memory.client_key(),)},
]
SERVERS: list[dict[str, Any]] = [  # for each of the clients one that has something to say to it
    {},
    {"application_protocols": (b"h2",)},
    {},
    {"application_protocols": (b"h2",)},
    peers_in_memory.TICKETS,
    peers_in_memory.TICKETS | {"max_replayable_early_data": resumed.MAX_EARLY_DATA},
    peers_in_memory.TICKETS,  # which refuses early data
    peers_in_memory.asking(require=True),
]
HOSTILE: list[dict[str, Any]] = [  # a hostile server's own
    {},
    {"certified_key": certificates.certified_key(KeyKind.RSA), "suite": 0x1301},
    {"certified_key": certificates.certified_key(KeyKind.P256), "suite": 0x1302, "group": oracle.SECP256R1},
]


@pytest.fixture(scope="module", autouse=True)
def remember() -> Iterator[None]:
    with remembered.primitives():
        yield


def server_like(settings: dict[str, Any]) -> dict[str, Any]:
    """The same with a register of its own, if it needs one: what was seen once is not taken again."""
    takes_early_data = "max_replayable_early_data" in settings
    return settings | ({"anti_replay": resumed.register()} if takes_early_data else {})


def check(number: int) -> None:
    """Damage something, and look at what comes of it."""
    random = Random(number)
    kind = random.choice((damaged_bytes, damaged_records, hostile_server, hostile_server, hostile_client))
    try:
        kind(random)
    except Exception as error:
        raise AssertionError(f"check({number}), {kind.__name__}: {error!r}") from error


# Damage to the wire


@functools.cache
def conversation(which: int) -> Link:
    """What client and server say to each other with these settings, undamaged."""
    link = Link(client_settings(**CLIENTS[which]), server_settings(**server_like(SERVERS[which])))
    if link.client.early_data_room:
        link.client.send_replayable_early_data(EARLY)
    link.carry()
    link.client.send(QUESTION)
    link.to_server()
    link.server.key_update(request_peer=True)
    link.server.send(ANSWER)
    link.carry()
    link.client.close()
    link.carry()
    link.server.close()
    link.carry()
    return link


def replay(random: Random, damaged: Callable[[Random, bytes], bytes]) -> None:
    """Give a new connection all that its peer once said, but for the damage."""
    which, role = random.randrange(len(CLIENTS)), random.choice(("client", "server"))
    if role == "client":
        connection, honest = Connection(client_settings(**CLIENTS[which])), ANSWER
    else:
        connection, honest = Connection(server_settings(**server_like(SERVERS[which]))), QUESTION
    said = conversation(which).sent_by("server" if role == "client" else "client")
    events = connection.receive_data(damaged(random, said))
    if not isinstance(last(events), ConnectionFailed):
        events += connection.receive_eof()
    judge(connection, events)
    assert honest.startswith(application_data(events)), "altered application data"
    early = [event.data for event in events if isinstance(event, EarlyData)]
    assert EARLY.startswith(b"".join(early)), "altered early data"


def damaged_bytes(random: Random) -> None:
    replay(random, damage)


def damaged_records(random: Random) -> None:
    def damaged(random: Random, said: bytes) -> bytes:
        return b"".join(disorder(random, oracle.records(said)))

    replay(random, damaged)


# Damage to what is said


def hostile_server(random: Random) -> None:
    """Everything that a server can say, some of it damaged, in some order."""
    server = HardOfHearing(HostileServer(**random.choice(HOSTILE), **random.choice(CLIENTS)))
    peer = server.peer
    answers: list[tuple[Extension, ...]] = [(), (ServerName(None),)]
    if peer.settings.application_protocols:
        answers.append((ApplicationProtocols((b"h2",)),))
    if peer.client_hello.has(ExtensionType.EARLY_DATA):
        peer.victim.send_replayable_early_data(EARLY)
        peer.listen()
        answers.insert(0, (EarlyDataIndication(),))
    selected: tuple[Extension, ...] = ()
    if peer.client_hello.has(ExtensionType.PRE_SHARED_KEY):
        selected, peer.psk = (SelectedPsk(0),), peer.psks[0]

    def hello() -> messages.Message:
        honest = peer.server_hello()
        return replace(honest, extensions=honest.extensions + selected)

    proof: list[Step] = [
        ("certificate", lambda: Certificate((CertificateEntry(peer.certified_key.leaf.der),))),
        ("verify", peer.certificate_verify),
    ]
    steps: list[Step] = [
        ("hello", hello),
        ("extensions", lambda: EncryptedExtensions(random.choice(answers))),
        *([] if selected else proof),
        ("finished", peer.finished),
        ("ticket", lambda: NewSessionTicket(7200, 1, b"nonce", b"ticket", (MaxEarlyData(1),))),
        ("key update", lambda: KeyUpdate(random.randrange(2))),
    ]
    if random.randrange(4) == 0 or peer.settings.certified_keys:
        steps.insert(2, ("request", lambda: CertificateRequest(b"", (SignatureAlgorithms((0x0807,)),))))
    if not peer.settings.key_share_groups:
        steps.insert(
            0, ("retry", lambda: peer.hello_retry_request(SelectedGroup(peer.group), Cookie(b"cookie")))
        )
    elif random.randrange(4) == 0:
        steps.insert(0, ("retry", lambda: peer.hello_retry_request(Cookie(b"cookie"))))
    server.tell(random, steps)


def hostile_client(random: Random) -> None:
    """Everything that a client can say."""
    server, settings = random.choice(SERVERS), random.choice(CLIENTS)
    client = HardOfHearing(HostileClient(**server_like(server)))
    peer = client.peer
    private = {name: value for name, value in settings.items() if name not in OF_NO_USE_TO_THE_HOSTILE}
    early_data = "max_replayable_early_data" in server or bool(settings.get("replayable_early_data"))

    def hello() -> bytes:
        extra = (EarlyDataIndication(),) if early_data else ()
        if "ticket_keys" not in server:
            return messages.encode(peer.client_hello(**private))
        ticket = resumed.ticket()
        age = ticket.obfuscated_age(certificates.NOW)
        peer.psks = [Psk(ticket.identity, ticket.session.key, obfuscated_age=age)]
        raw: bytes = peer.offer(peer.client_hello(extra=extra, **private), peer.psks)
        peer.early = peer.psks[0].early.client_traffic(oracle.transcript_hash(*peer.transcript, raw))
        return raw

    proof: list[Step] = [
        ("certificate", lambda: Certificate((CertificateEntry(peer.certified_key.leaf.der),))),
        ("verify", peer.certificate_verify),
    ]
    early: list[Step] = [("early data", lambda: EARLY), ("end of early data", EndOfEarlyData)]
    steps: list[Step] = [
        ("hello", hello),
        *(early if "max_replayable_early_data" in server else ()),
        *(proof if "client_certificates" in server else ()),
        ("finished", peer.finished),
        ("key update", lambda: KeyUpdate(random.randrange(2))),
        ("key update", lambda: KeyUpdate(random.randrange(2))),
    ]
    if not settings.get("key_share_groups", True):
        steps.insert(1, ("hello", lambda: peer.client_hello(**(private | {"key_share_groups": (X25519,)}))))
    client.tell(random, steps)


OF_NO_USE_TO_THE_HOSTILE = {
    *("trust", "reference_identity", "ticket", "replayable_early_data", "certified_keys")
}
Step = tuple[str, Callable[[], messages.Message | bytes]]


class HardOfHearing:
    """Goes through a script with a hostile peer until its victim hangs up.

    Where the damage has made both sides compute different keys, it cannot understand what the victim says.
    """

    def __init__(self, peer: Any) -> None:
        self.peer = peer

    def tell(self, random: Random, steps: list[Step]) -> None:
        if random.randrange(3) == 0:
            steps = disorder(random, steps)
        damaged = random.randrange(len(steps) + 1)  # or none, where the order is damage enough
        for number, (name, message) in enumerate(steps):
            if isinstance(last(self.peer.events), ConnectionFailed):
                break
            if random.randrange(50) == 0:
                self.say(self.peer.say_record, random.choice((0, 20, 21, 22, 23, 24)), random.randbytes(2))
                continue
            self.say_step(name, self.raw(random, message, number == damaged))
        judge(self.peer.victim, self.peer.events)

    def raw(self, random: Random, message: Callable[[], messages.Message | bytes], damaged: bool) -> bytes:
        """The message, if it can be made yet; damaged behind its header, and now and then in it."""
        try:
            made = message()
            raw = made if isinstance(made, bytes) else messages.encode(made)
        except AssertionError:  # a Finished before there are keys
            raw = b"\x14\x00\x00\x20" + bytes(32)
        if not damaged:
            return raw
        if random.randrange(8) == 0:
            return damage(random, raw) or b"\x00"
        body = damage(random, raw[messages.HEADER_SIZE :])
        return raw[:1] + len(body).to_bytes(3, "big") + body

    def say_step(self, name: str, raw: bytes) -> None:
        """Say it in the way that belongs to it, the keys that follow included."""
        peer: Any = self.peer
        has_keys = peer.secrets is not None
        if name == "retry":
            peer.transcript[:1] = [peer.message_hash(raw_hello) for raw_hello in peer.transcript[:1]]
        if name == "finished" and has_keys:
            self.say(peer.say_as_last if isinstance(peer, HostileServer) else peer.say_finished, raw)
        elif name == "early data" and peer.early is not None:
            self.say(peer.say_early_data, raw)
        else:
            self.say(peer.say, raw)
        if name == "hello" and isinstance(peer, HostileServer) and not has_keys:
            shares = peer.client_hello.find(hostile.ClientKeyShares)
            if shares is not None and any(share.group == peer.group for share in shares.client_shares):
                peer.agree()
        if name == "end of early data" and has_keys:
            peer.writes_with = peer.secrets.client_handshake
        if name == "key update" and peer.writes_with is not None:
            peer.writes_with = peer.writes_with.next_generation()

    def say(self, how: Callable[..., None], *what: Any) -> None:
        before = len(self.peer.events)
        try:
            how(*what)
        except InvalidTag:
            pass  # from pyca, where it has tried to open what the victim says
        except AssertionError as error:
            if "before there are keys" not in str(error):
                raise
        assert len(self.peer.events) >= before


# What may come of it


def last(events: list[Event]) -> Event | None:
    return events[-1] if events else None


def judge(connection: Connection, events: list[Event]) -> None:
    """A typed error at the end or none at all; after one the connection is dead.  Memory is bounded."""
    assert not any(isinstance(event, ConnectionFailed) for event in events[:-1])
    failure = last(events)
    assert len(connection._line.received._bytes) <= messages.HEADER_SIZE + MAX_MESSAGE
    if not isinstance(failure, ConnectionFailed):
        return
    assert isinstance(failure.error, errors.PEER_FAULTS), "an error that has no type of its own"
    assert errors.alert_for(failure.error) is not AlertDescription.INTERNAL_ERROR
    assert str(failure.error).isprintable(), "an error that is not one line"
    assert len(str(failure.error)) < 1000
    try:
        connection.receive_data(b"")
    except errors.PEER_FAULTS as error:
        assert error is failure.error
    else:
        raise AssertionError("alive after a failure")
    connection.data_to_send()
    assert connection.data_to_send() == b""


def test_some_damage() -> None:
    @settings(max_examples=DAILY, suppress_health_check=[HealthCheck.too_slow])
    @given(st.integers(0, 2**64))
    def one(number: int) -> None:
        check(number)

    one()


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("batch", range(BATCHES))
def test_much_damage(batch: int) -> None:
    for number in range(batch * LONG // BATCHES, (batch + 1) * LONG // BATCHES):
        check(number)


# The damage itself has to be worth something


@pytest.mark.parametrize("which", range(len(CLIENTS)))
def test_the_scripts_without_damage_end_well(which: int) -> None:
    """Or else every kind of damage would fail for one and the same reason."""

    class Undamaged(Random):
        """Chooses these two, the first of everything else, and never the damage."""

        def randrange(self, start: int, stop: int | None = None, step: int = 1) -> int:  # type: ignore[override]
            return (stop if stop is not None else start) - 1

        def choice(self, seq: Any) -> Any:
            return seq[which if seq is CLIENTS or seq is SERVERS else 0]

    ended: list[tuple[Connection, list[Event]]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"{__name__}.judge", lambda *found: ended.append(found))
        hostile_server(Undamaged())
        hostile_client(Undamaged())
    for connection, events in ended:
        assert connection.session is not None
        assert not isinstance(last(events), ConnectionFailed)
    client, server = (connection.session for connection, _ in ended)
    assert client is not None and server is not None
    assert (client.psk_origin, server.psk_origin) == (("ticket" if "ticket" in CLIENTS[which] else None),) * 2
    assert client.early_data_accepted == CLIENTS[which].get("replayable_early_data", False)
    assert server.early_data_accepted == ("max_replayable_early_data" in SERVERS[which])
    assert (server.peer is not None) == ("client_certificates" in SERVERS[which])


def test_damage_is_done_in_many_ways_and_places() -> None:
    """Of some hundreds, many kinds of error come, from the first message to the last."""
    outcomes: set[str] = set()
    really = judge

    def note(connection: Connection, events: list[Event]) -> None:
        really(connection, events)
        failure = last(events)
        if isinstance(failure, ConnectionFailed):
            outcomes.add(type(failure.error).__name__)
        else:
            outcomes.add("connected" if connection.session else "waiting")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"{__name__}.judge", note)
        for number in range(500):
            check(number)
    expected = {
        "BadRecord",
        "DecodeError",
        "DecryptError",
        "IllegalParameter",
        "MalformedCertificate",
        "Truncated",
        "UnexpectedMessage",
        "UnexpectedRecord",
        "connected",
    }
    assert expected <= outcomes, expected - outcomes
