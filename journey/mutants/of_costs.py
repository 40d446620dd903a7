"""Mutants of what a peer may cost: work that it has not paid for, memory, and records larger than agreed."""

from handshake import client, server_choice
from handshake.anti_replay import StrikeRegister
from handshake.extensions import RecordSizeLimit
from handshake.messages import KeyUpdate
from journey.mutants.hostile import HostileServer, Keys
from journey.mutants.of_early_data import early_client, good_for_early_data, register, taken
from journey.mutants.returning import (
    known_server,
    path_of,
    returning_client,
    select_psk,
    session,
)
from journey.mutants.stage import Stage
from journey.mutants.surgery import changed, without
from journey.mutants.trial import Beaten, Kind, Mutant
from record import framing
from record.content_type import ContentType
from record.framing import MAX_PLAINTEXT
from record.layer import RecordReader
from record.protection import RecordProtection
from tls.connection import MAX_MESSAGES_WITHOUT_DATA, Connection

COOKIE = b"bring this with you"
SMALL = 64  # bytes: the smallest record_size_limit


def no_cookie(stage: Stage) -> str:
    hostile = returning_client(stage, cookie=COOKIE)
    hostile.offer()
    hostile.offer()
    hostile.finished()
    return "a client that was told to bring a cookie comes back without, and is let in"


def key_updates_for_ever(stage: Stage) -> str:
    hostile = stage.hostile_server()
    hostile.flight()
    times = 3 * MAX_MESSAGES_WITHOUT_DATA
    for _ in range(times):
        hostile.say(KeyUpdate(0))
        assert hostile.keys is not None
        hostile.keys = Keys(hostile.keys.reads, hostile.keys.writes.next_generation())
    return f"the client derives new keys {times} times, for {times} records of 27 bytes and no data"


def early_data_for_ever(stage: Stage) -> str:
    hostile = returning_client(stage, session(stage), max_skipped_early_data=SMALL)
    hostile.offer(early=True)
    junk = framing.frame(ContentType.APPLICATION_DATA, bytes(1000))
    for _ in range(9):
        hostile.say_raw(junk)
    hostile.finished()
    return f"{9 * len(junk)} bytes that no key opens are tried and dropped, {SMALL} being the limit"


def a_register_that_grows(stage: Stage) -> str:
    small = register(capacity=2)
    for _ in range(3):
        hostile = early_client(stage, good_for_early_data(stage), anti_replay=small)
        hostile.offer(early=True)
        hostile.say_early(b"GET /")
        taken(hostile.victim)
    return "a register with room for 2 ClientHellos remembers 3, and could be made to remember any number"


def limited(stage: Stage) -> HostileServer:
    """A server whose victim takes and sends no record larger than SMALL."""
    remembered = session(stage, certificates=path_of(stage, stage.chain()))
    hostile = known_server(stage, remembered, record_size_limit=SMALL)
    select_psk(hostile, RecordSizeLimit(SMALL))
    return hostile


def larger_than_it_takes(stage: Stage) -> str:
    hostile = limited(stage)
    hostile.say_record(ContentType.APPLICATION_DATA, bytes(MAX_PLAINTEXT))
    return f"a client that has room for {SMALL} bytes is sent {len(hostile.victim.accepted)} in one record"


def larger_than_we_take(stage: Stage) -> str:
    hostile = limited(stage)
    hostile.victim.connection.send(bytes(1000))
    hostile.say_raw(b"")
    size = max(len(record.fragment) for record in hostile.heard[1:]) - RecordProtection.TAG_SIZE
    if size <= SMALL:
        raise Beaten(f"the client cuts what it sends into records of {size} bytes")
    return f"the client sends {size} bytes in one record to a server that has room for {SMALL}"


PEER = Kind.HOSTILE_PEER

MUTANTS = (
    Mutant(
        "cookie",
        "RFC 9846 4.3.2",
        (
            without(
                server_choice.choose_again,
                "if settings.cookie and (cookie is None or cookie.cookie != settings.cookie):",
            ),
        ),
        PEER,
        no_cookie,
    ),
    Mutant(
        "KeyUpdates without data",
        "our own limit",
        (
            without(
                Connection._after_handshake, "if self._messages_without_data > MAX_MESSAGES_WITHOUT_DATA:"
            ),
        ),
        PEER,
        key_updates_for_ever,
    ),
    Mutant(
        "amount of early data that is skipped",
        "RFC 9846 4.3.10",
        (without(RecordReader._skip, "if self._skippable < 0:"),),
        PEER,
        early_data_for_ever,
    ),
    Mutant(
        "room in the strike register",
        "our own limit",
        (changed(StrikeRegister.admit, {" or len(self._binders) >= self._capacity": ""}),),
        PEER,
        a_register_that_grows,
    ),
    Mutant(
        "record_size_limit, of what is received",
        "RFC 8449 4",
        (without(client.handshake, "yield LimitReceived(settings.record_size_limit)"),),
        PEER,
        larger_than_it_takes,
    ),
    Mutant(
        "record_size_limit, of what is sent",
        "RFC 8449 4",
        (without(client.handshake, "yield LimitSent(limit.limit)"),),
        PEER,
        larger_than_we_take,
    ),
)
