"""What holds on every rung: honest parties understand each other, and no frame does more than be refused."""

from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journey import ladder
from journey.errors import EndOfStream
from journey.ladder import HERE, Rung
from journey.parties import Link
from tests.support import remembered
from tests.support.journey import converse

RUNGS = ladder.rungs()
VARIANTS = [variant for name in ladder.rooms() for variant in ladder.room(name)]
MAX_LINES = 80  # of a channel.py: one screen or two

each_rung = pytest.mark.parametrize("rung", RUNGS, ids=lambda rung: rung.folder)
SEED = "rungs"  # the same keys each time, so that much can be remembered
texts = st.lists(st.binary(min_size=1, max_size=300), max_size=4)


@pytest.fixture(scope="module", autouse=True)
def remember() -> Iterator[None]:
    with remembered.primitives():
        yield


@each_rung
@settings(max_examples=15)
@given(client=texts, server=texts)
def test_honest_parties_understand_each_other(rung: Rung, client: list[bytes], server: list[bytes]) -> None:
    parties = converse(rung, client, server, seed=SEED)
    assert parties["server"].accepted == client
    assert parties["client"].accepted == server
    for party in parties.values():
        assert party.refused is None
        assert party.heard_the_end


@each_rung
def test_nothing_is_repeated_by_chance(rung: Rung) -> None:
    """The same conversation gives other frames each time, as soon as anything random is sent."""
    runs = [converse(rung, [b"hello"], [b"welcome"], seed=f"{i}") for i in range(2)]
    drawn = [tuple(run["client"].random_bytes.drawn) for run in runs]
    assert not drawn[0] or drawn[0] != drawn[1]


def damage(frame: bytes, how: str, at: int, junk: bytes) -> bytes:
    at = at % len(frame) if frame else 0
    match how:
        case "flip":
            return frame[:at] + bytes(byte ^ 1 for byte in frame[at : at + 1]) + frame[at + 1 :]
        case "cut":
            return frame[:at]
        case "extend":
            return frame + junk
    return junk


def with_damage(which: int, how: str, at: int, junk: bytes) -> Callable[[Link], None]:
    """Relay everything, but for one frame."""

    def relay(link: Link) -> None:
        count = 0
        moved = True
        while moved:
            moved = False
            for source, target in ((link.client, link.server), (link.server, link.client)):
                try:
                    frame = source.receive()
                except EndOfStream:
                    continue
                target.send(damage(frame, how, at, junk) if count == which else frame)
                count += 1
                moved = True

    return relay


@each_rung
@settings(max_examples=40)
@given(
    which=st.integers(0, 7),
    how=st.sampled_from(["flip", "cut", "extend", "replace"]),
    at=st.integers(0, 200),
    junk=st.binary(max_size=100),
)
def test_a_damaged_frame_is_refused_or_accepted_and_nothing_else(
    rung: Rung, which: int, how: str, at: int, junk: bytes
) -> None:
    """Whatever arrives, an honest party ends in a refusal or goes on.  Anything else is raised as its bug."""
    converse(rung, [b"one", b"two"], [b"three"], with_damage(which, how, at, junk), seed=SEED)


@each_rung
def test_a_channel_is_short(rung: Rung) -> None:
    lines = (HERE / rung.folder / "channel.py").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= MAX_LINES


@each_rung
def test_a_rung_publishes_what_attacks_read(rung: Rung) -> None:
    assert rung.record.names
    assert rung.record.body
    assert all(sender in ("client", "server") for sender, _ in rung.handshake)
    assert rung.attacks


def test_every_number_is_given_once() -> None:
    numbers = [rung.number for rung in RUNGS]
    assert numbers == sorted(set(numbers))
    assert numbers[:8] == list(range(8))


def test_every_rung_has_a_part() -> None:
    parts = [ladder.part(rung.number) for rung in RUNGS]
    assert parts == sorted(parts)
    assert parts[0] == (1, "A fake secure channel")
    assert ladder.part(3) == (2, "Integrity")
    with pytest.raises(LookupError):
        ladder.part(22)


def test_names_of_attacks_are_unique() -> None:
    names = [attack.name for rung in RUNGS for attack in rung.attacks]
    names += [attack.name for room in ladder.rooms() for attack in ladder.room(room)[0].attacks]
    assert len(set(names)) == len(names)


def test_a_room_has_variants_from_wrong_to_right() -> None:
    assert ladder.rooms()
    for name in ladder.rooms():
        variants = ladder.room(name)
        assert [variant.number for variant in variants] == list(range(len(variants)))
        assert {variant.folder for variant in variants} == {f"rooms/{name}"}
        assert all(variant.variant and variant.attacks for variant in variants)


def test_unknown_rungs_and_rooms_are_said_to_be_unknown() -> None:
    with pytest.raises(LookupError, match=r"no rung 99: they are 0 to \d+"):
        ladder.rung(99)
    with pytest.raises(LookupError, match="no room attic"):
        ladder.room("attic")
