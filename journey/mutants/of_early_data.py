"""Mutants of early data: how often it is taken, as what, how much of it, and when it is over."""

import threading
from dataclasses import replace
from datetime import datetime, timedelta

from handshake import server, server_answer, server_choice
from handshake.anti_replay import StrikeRegister
from handshake.constants import CipherSuite
from handshake.extensions import ApplicationProtocols
from handshake.pre_shared_keys import PreSharedKey
from handshake.psk_extensions import EarlyDataIndication
from handshake.resumption import ResumableSession
from journey import ladder
from journey.certifier import NOW
from journey.mutants.hostile import SUITE, Line, Victim
from journey.mutants.returning import (
    ReturningClient,
    early_data_of,
    known_server,
    new_ticket_key,
    path_of,
    returning_client,
    sealed,
    select_psk,
    server_settings,
    session,
)
from journey.mutants.stage import Stage
from journey.mutants.surgery import changed, without
from journey.mutants.trial import Beaten, Kind, Mutant, on, quoted
from journey.rooms.early_data_replay import attack as room
from purecrypto import entropy
from tls.connection import Connection

MAX_EARLY_DATA = 2**10  # bytes
ORDER = b"one lamp, please"
OTHER_SUITE = CipherSuite.TLS_AES_128_GCM_SHA256
EACH_SERVER_REMEMBERS = ladder.room("early_data_replay")[1]
SEND_AGAIN = room.ATTACKS[0]


# --- The same bytes a second time --------------------------------------------------------------------------


class Tapped:
    """A line on which somebody keeps what the client says."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.said: list[bytes] = []

    def exchange(self, data: bytes) -> list[bytes]:
        self.said.append(data)
        return self.line.exchange(data)


def register(started_at: datetime = NOW - timedelta(days=1), **replaced: int) -> StrikeRegister:
    return StrikeRegister(started_at=started_at, lock=threading.Lock(), **replaced)


def play_again(stage: Stage, first: StrikeRegister, second: StrikeRegister, later: timedelta) -> bytes:
    """Early data that a server has taken, as it is taken from a copy some time later; Beaten if it is not."""
    key, remembered = new_ticket_key(), session(stage, max_early_data=MAX_EARLY_DATA)

    def listening(at: datetime, anti_replay: StrikeRegister) -> Victim:
        early = {"anti_replay": anti_replay, "max_replayable_early_data": MAX_EARLY_DATA}
        return Victim(server_settings(stage, now=at, ticket_keys=(key,), **early))

    victim = listening(NOW, first)
    line = Tapped(victim)
    psk = PreSharedKey.of_session(sealed(remembered, key), remembered)
    honest = ReturningClient(line, stage.client_settings(), [psk])
    honest.offer(early=True)
    honest.say_early(ORDER)
    assert early_data_of(victim) == ORDER
    again = listening(NOW + later, second)
    for data in line.said:
        again.exchange(data)
    return taken(again)


def taken(victim: Victim) -> bytes:
    """The early data that the victim's application has been given; Beaten if there is none."""
    data = early_data_of(victim)
    if not data:
        raise Beaten("early data is not taken, and the handshake goes on without")
    return data


def an_old_recording(stage: Stage) -> str:
    remembers = register()
    data = play_again(stage, remembers, remembers, timedelta(minutes=5))
    return f"{quoted(data)}, said once, is heard again when the server has forgotten it"


def after_a_restart(stage: Stage) -> str:
    later = timedelta(seconds=2)
    data = play_again(stage, register(), register(NOW + timedelta(seconds=1)), later)
    return f"{quoted(data)}, said once, is heard again by a server that was restarted in between"


# --- A client that sends it as something else --------------------------------------------------------------


def early_client(stage: Stage, *remembered: ResumableSession, **replaced: object) -> ReturningClient:
    """A client with tickets; its victim is a server that takes early data."""
    early = {"anti_replay": register(), "max_replayable_early_data": MAX_EARLY_DATA}
    return returning_client(stage, *remembered, **early | replaced)


def good_for_early_data(stage: Stage, **replaced: object) -> ResumableSession:
    return session(stage, max_early_data=MAX_EARLY_DATA, **replaced)


def as_another_protocol(stage: Stage) -> str:
    remembered = good_for_early_data(stage, application_protocol=b"http/1.1")
    hostile = early_client(stage, remembered, application_protocols=(b"http/1.1", b"smtp"))
    hostile.offer(early=True, application_protocols=(b"smtp",))
    hostile.say_early(b"GET / HTTP/1.1")
    return f"a server that has agreed to speak smtp is given {quoted(taken(hostile.victim))}"


def under_another_suite(stage: Stage) -> str:
    hostile = early_client(stage, good_for_early_data(stage, cipher_suite=OTHER_SUITE))
    hostile.psks[0] = replace(hostile.psks[0], suite=SUITE)
    hostile.offer(early=True)
    hostile.say_early(ORDER)
    taken(hostile.victim)
    return f"a ticket for {OTHER_SUITE.name} is good for early data under {SUITE.number.name}"


def under_the_second_key(stage: Stage) -> str:
    remembered = good_for_early_data(stage)
    hostile = early_client(stage, remembered)
    (known,) = hostile.psks
    unknown = PreSharedKey.of_session(entropy.random_bytes(100), remembered)
    hostile.psks, hostile.sends_early_under = [unknown, known], 1
    hostile.offer(early=True)
    hostile.say_early(ORDER)
    taken(hostile.victim)
    return "early data belongs to the first key that is offered, and is taken with the second"


def more_than_allowed(stage: Stage) -> str:
    hostile = early_client(stage, good_for_early_data(stage))
    hostile.offer(early=True)
    for _ in range(10):
        hostile.say_early(bytes(MAX_EARLY_DATA))
    size = len(taken(hostile.victim))
    return f"the application is given {size} bytes of early data, {MAX_EARLY_DATA} being the limit"


def after_a_retry(stage: Stage) -> str:
    hostile = early_client(stage, good_for_early_data(stage))
    hostile.offer(early=True, key_share_groups=())
    hostile.offer(early=True)
    hostile.say_early(ORDER)
    taken(hostile.victim)
    return "early data is taken after a HelloRetryRequest, which has refused it"


def without_an_end(stage: Stage) -> str:
    hostile = early_client(stage, good_for_early_data(stage))
    hostile.offer(early=True)
    hostile.finished()
    return "the server goes on, though nobody has said that there is no more early data to come"


# --- A server that takes it as something else --------------------------------------------------------------


def early_victim(stage: Stage, **replaced: object) -> ResumableSession:
    """What a client remembers that may send early data."""
    return good_for_early_data(stage, certificates=path_of(stage, stage.chain()), **replaced)


def told_another_protocol(stage: Stage) -> str:
    hostile = known_server(
        stage,
        early_victim(stage, application_protocol=b"http/1.1"),
        application_protocols=(b"http/1.1", b"smtp"),
        replayable_early_data=True,
    )
    select_psk(hostile, ApplicationProtocols((b"smtp",)), EarlyDataIndication())
    return "what the client has said early was http/1.1, and the server says that it has taken it as smtp"


def told_another_suite(stage: Stage) -> str:
    hostile = known_server(
        stage,
        early_victim(stage, cipher_suite=OTHER_SUITE),
        cipher_suites=(OTHER_SUITE, SUITE.number),
        replayable_early_data=True,
    )
    select_psk(hostile, EarlyDataIndication())
    return (
        f"the server says that it has read under {SUITE.number.name} what was sent under {OTHER_SUITE.name}"
    )


def told_another_key(stage: Stage) -> str:
    other = PreSharedKey(b"another key", entropy.random_bytes(32))
    hostile = known_server(stage, early_victim(stage), external_psks=(other,), replayable_early_data=True)
    hostile.psk = other.key
    select_psk(hostile, EarlyDataIndication(), place=1)
    return "the server says that it has read early data, and has chosen a key that it was not sent under"


_limit, PEER, ATTACK = server_choice.admit_early_data, Kind.HOSTILE_PEER, Kind.ATTACK

MUTANTS = (
    Mutant(
        "strike register not asked",
        "RFC 9846 8",
        (changed(_limit, {"settings.anti_replay.admit(session, age, binder, settings.now)": "True"}),),
        ATTACK,
        on(EACH_SERVER_REMEMBERS, SEND_AGAIN),
    ),
    Mutant(
        "ClientHello that was here before",
        "RFC 9846 8.2",
        (changed(StrikeRegister.admit, {"binder in self._binders or ": ""}),),
        ATTACK,
        on(EACH_SERVER_REMEMBERS, SEND_AGAIN),
    ),
    Mutant(
        "age of a ticket, for early data",
        "RFC 9846 8.3",
        (without(StrikeRegister.admit, "if abs(at - expected) > self._window:"),),
        ATTACK,
        an_old_recording,
    ),
    Mutant(
        "early data from before a restart",
        "RFC 9846 8.2",
        (
            without(
                StrikeRegister.admit,
                "if session.established_at < self._started_at"
                " and expected - self._window <= self._started_at:",
            ),
        ),
        ATTACK,
        after_a_restart,
    ),
    Mutant(
        "protocol of early data",
        "RFC 9846 4.3.10",
        (without(_limit, "if session.application_protocol != choice.application_protocol:"),),
        PEER,
        as_another_protocol,
    ),
    Mutant(
        "suite of early data",
        "RFC 9846 4.3.10",
        (without(_limit, "if session.cipher_suite != choice.suite.number:"),),
        PEER,
        under_another_suite,
    ),
    Mutant(
        "early data under the first key alone",
        "RFC 9846 4.3.10",
        (changed(_limit, {"choice.psk_place != 0 or ": ""}),),
        PEER,
        under_the_second_key,
    ),
    Mutant(
        "amount of early data",
        "RFC 9846 4.7.1",
        (without(Connection._dispatch, "if self._early_data_due < 0:"),),
        PEER,
        more_than_allowed,
    ),
    Mutant(
        "early data in the second hello",
        "RFC 9846 4.3.10",
        (without(server_choice.choose_again, "if second_hello.has(ExtensionType.EARLY_DATA):"),),
        PEER,
        after_a_retry,
    ),
    Mutant(
        "EndOfEarlyData missing",
        "RFC 9846 4.6",
        (without(server.handshake, "yield from talk.receive(EndOfEarlyData)"),),
        PEER,
        without_an_end,
    ),
    Mutant(
        "protocol of early data that was taken",
        "RFC 9846 4.3.10",
        (
            without(
                server_answer.check_early_data, "if application_protocol != session.application_protocol:"
            ),
        ),
        PEER,
        told_another_protocol,
    ),
    Mutant(
        "suite of early data that was taken",
        "RFC 9846 4.3.11",
        (without(server_answer.check_early_data, "if suite.number != session.cipher_suite:"),),
        PEER,
        told_another_suite,
    ),
    Mutant(
        "key of early data that was taken",
        "RFC 9846 4.3.11",
        (without(server_answer.check_early_data, "if chosen is not known[0] or session is None:"),),
        PEER,
        told_another_key,
    ),
)
