"""The referee's verdicts, and the line at which a refusal is placed."""

import inspect
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from journey import ladder, referee, story
from journey.attacks import Attack, a_field
from journey.errors import EndOfStream, Refused
from journey.ladder import Rung
from journey.referee import Crossing, Outcome, Result, place
from journey.s04_hmac import channel as s04
from journey.s07_aead import channel as s07
from journey.scene import Scene
from journey.wire import Leg, Memory, Tap, Wire
from record import framing
from record.content_type import ContentType
from record.errors import RecordError
from record.protection import RecordProtection

PLAIN, HMAC, AEAD = ladder.rung(0), ladder.rung(4), ladder.rung(7)


def attack(run: Callable[[Scene], None], *, wins: bool = False) -> Attack:
    return Attack("a test", run, lambda evidence: wins, wins=())


def line_of(function: Callable[..., object], text: str) -> int:
    lines, first = inspect.getsourcelines(function)
    return first + next(i for i, line in enumerate(lines) if text in line)


def spoil(scene: Scene) -> None:
    with scene.connect(client=[scene.payment()]) as link:
        frame = link.client.receive()
        link.server.send(frame[:-1] + bytes([frame[-1] ^ 1]))


def test_success_is_the_goals_business_alone() -> None:
    assert referee.play(attack(spoil, wins=True), HMAC) == Outcome(Result.SUCCEEDS)


def test_a_refusal_is_placed_where_the_rung_refused() -> None:
    outcome = referee.play(attack(spoil), HMAC)
    line = line_of(s04.Channel.receive, "raise Refused")
    assert outcome == Outcome(
        Result.REFUSED,
        f"journey/s04_hmac/channel.py:{line}",
        "the tag is not that of this nonce and ciphertext",
    )
    assert str(outcome) == f"refused at journey/s04_hmac/channel.py:{line}"


def test_a_refusal_with_a_cause_is_placed_where_the_cause_came_up() -> None:
    outcome = referee.play(attack(spoil), AEAD)
    line = line_of(s07.Channel.receive, "chacha20poly1305.open")
    assert outcome.where == f"journey/s07_aead/channel.py:{line}"


def test_a_refusal_by_a_layout_is_placed_where_it_was_asked() -> None:
    def shorten(scene: Scene) -> None:
        with scene.connect(client=None) as link:
            link.server.send(b"short")

    line = line_of(s04.Channel.receive, "RECORD.split")
    assert referee.play(attack(shorten), HMAC).where == f"journey/s04_hmac/channel.py:{line}"


def test_a_refusal_by_the_real_stack_is_placed_there() -> None:
    protection = RecordProtection(SimpleNamespace(encrypt=None, decrypt=lambda *_: b"\x00"), bytes(12))
    record = framing.Record(23, b"", b"")  # type: ignore[arg-type, call-arg]
    with pytest.raises(RecordError) as info:
        protection.open(record)
    line = line_of(RecordProtection.open, "nothing but padding")
    assert place(info.value) == f"record/protection.py:{line}"


def test_a_refusal_that_is_raised_again_is_placed_where_it_was_raised_first() -> None:
    def shorten(scene: Scene) -> None:
        with scene.connect(client=None) as link:
            link.server.send(b"short")

    def wordy(wire, role, credentials, random_bytes):  # type: ignore[no-untyped-def]
        try:
            s04.open(wire, role, credentials, random_bytes).receive()
        except Refused as refusal:
            raise Refused(f"in the handshake: {refusal}") from None

    rung = Rung(99, "made up", SimpleNamespace(RECORD=HMAC.record, open=wordy))
    outcome = referee.play(attack(shorten), rung)
    line = line_of(s04.Channel.receive, "RECORD.split")
    assert outcome.where == f"journey/s04_hmac/channel.py:{line}"
    assert str(outcome.why).startswith("in the handshake: a frame of 5 bytes")


def test_a_refusal_because_of_something_else_is_placed_where_it_refuses() -> None:
    """What was being dealt with when it came to that, an error of another kind, is not the refusal."""
    protection = RecordProtection(SimpleNamespace(encrypt=None, decrypt=None), b"")  # type: ignore[arg-type]
    try:
        protection.seal(ContentType.ALERT, bytes(2**15))  # a ValueError, with a place in the stack
    except ValueError:
        try:
            raise Refused("for a reason of its own") from None
        except Refused as refusal:
            assert isinstance(refusal.__context__, ValueError)
            assert place(refusal.__context__).startswith("record/protection.py:")
            assert place(refusal) == "?"


def test_an_error_from_elsewhere_has_no_place() -> None:
    with pytest.raises(ValueError, match="invalid literal") as info:
        int("x")
    assert place(info.value) == "?"


def test_the_last_refusal_counts() -> None:
    def twice(scene: Scene) -> None:
        spoil(scene)
        with scene.connect(client=None) as link:
            link.server.send(b"short")

    assert "too short" in (referee.play(attack(twice), HMAC).why or "")


@pytest.mark.parametrize("error", [EndOfStream, Refused])
def test_an_attack_may_end_in_the_middle(error: type[Exception]) -> None:
    def stop(scene: Scene) -> None:
        scene.connect(client=[scene.payment()])
        raise error("stop")

    assert referee.play(attack(stop), PLAIN) == Outcome(Result.LEARNS_NOTHING)
    assert referee.play(attack(stop, wins=True), PLAIN) == Outcome(Result.SUCCEEDS)


def test_an_attack_that_breaks_is_not_hidden() -> None:
    def stumble(scene: Scene) -> None:
        scene.connect(client=[scene.payment()])
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        referee.play(attack(stumble), PLAIN)


def test_an_attack_whose_needs_are_not_met_is_not_run() -> None:
    def never(scene: Scene) -> None:
        raise AssertionError

    needy = Attack("a test", never, lambda evidence: True, wins=(), needs=(a_field("nonce"),))
    outcome = referee.play(needy, PLAIN)
    assert outcome == Outcome(Result.DOES_NOT_APPLY, why="its records have no nonce")
    assert str(outcome) == "does not apply: its records have no nonce"


def test_everything_that_crosses_is_captured() -> None:
    crossed: list[Crossing] = []

    def run(scene: Scene) -> None:
        for text in (b"first", b"second"):
            with scene.connect(client=[scene.message(text)]) as link:
                link.relay()

    referee.play(attack(run), PLAIN, capture=crossed.append)
    assert crossed == [
        Crossing(1, "client", False, b"first"),
        Crossing(1, "server", True, b"first"),
        Crossing(2, "client", False, b"second"),
        Crossing(2, "server", True, b"second"),
    ]


def test_wires_are_laid_by_whom_the_caller_names() -> None:
    laid: list[str] = []

    def lay(party: str, tap: Tap) -> tuple[Wire, Leg]:
        laid.append(party)
        return Memory().lay(party, tap)

    referee.play(attack(spoil), PLAIN, lay=lay)
    assert laid == ["client", "server"]


def test_the_story_is_told_in_order() -> None:
    events: list[story.Event] = []

    def run(scene: Scene) -> None:
        secret = scene.secret(4)
        with scene.connect(client=[scene.message(b"code ", secret)], server=[]) as link:
            scene.tell("she looks")
            frame = link.client.receive()
            scene.show("here", frame)
            scene.show("a greeting", b"1234", HMAC.record, before=b"1235")
            scene.show_bytes("bare", b"\x01")
            scene.claim(secret, frame[5:])
            link.server.send(b"other")

    referee.play(attack(run), PLAIN, seed="1", listener=events.append)
    said = events[0]
    assert isinstance(said, story.Said)
    assert said.known == b"code ????"
    assert events == [
        said,
        story.Told("she looks"),
        story.Shown("here", said.text, PLAIN.record),
        story.Shown("a greeting", b"1234", HMAC.record, b"1235"),
        story.Shown("bare", b"\x01", None),
        story.Claimed(said.text[5:], True),
        story.Accepted(1, "server", (b"other",), (said.text,)),
    ]


def test_a_refusal_is_told() -> None:
    events: list[story.Event] = []
    referee.play(attack(spoil), HMAC, listener=events.append)
    refusal = events[-1]
    assert isinstance(refusal, story.Refusal)
    assert (refusal.connection, refusal.party) == (1, "server")
    assert refusal.where.startswith("journey/s04_hmac/channel.py:")


def test_a_seed_repeats_a_run() -> None:
    def frames(seed: str | None) -> list[Crossing]:
        crossed: list[Crossing] = []
        referee.play(attack(spoil), HMAC, seed=seed, capture=crossed.append)
        return crossed

    assert frames("1") == frames("1")
    assert frames("1") != frames("2")
    assert frames(None) != frames(None)


def test_what_a_rung_may_leave_out() -> None:
    rung = Rung(99, "made up", SimpleNamespace(RECORD=PLAIN.record))
    assert rung.handshake == ()
