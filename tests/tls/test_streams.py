"""TCP put together again: whatever becomes of segments on the way."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tls.captures import streams
from tls.captures.capture import CaptureError
from tls.captures.segments import Segment
from tls.captures.streams import Stream, Streams
from tls.captures.tcpip import ACK, SYN, Address

CLIENT, SERVER = ("10.0.0.1", 40001), ("10.0.0.2", 443)
PSH, RST = 0x08, 0x04


def segment(
    sender: Address, sequence: int, payload: bytes = b"", flags: int = PSH | ACK, missing: int = 0
) -> Segment:
    target = SERVER if sender == CLIENT else CLIENT
    return Segment(sender, target, sequence % 2**32, flags, payload, missing)


OPENING = [
    segment(CLIENT, 99, flags=SYN),
    segment(SERVER, 499, flags=SYN | ACK),
    segment(CLIENT, 100, flags=ACK),
]


def put_together(*parts: Segment) -> list[Stream]:
    found = Streams()
    for part in parts:
        found.add(part)
    return found.all()


def said(stream: Stream) -> list[tuple[str, bytes]]:
    return [(sender, bytes(data)) for sender, data in stream.chunks]


def test_both_sides_in_turn() -> None:
    (stream,) = put_together(
        *OPENING,
        segment(CLIENT, 100, b"hel"),
        segment(CLIENT, 103, b"lo"),
        segment(SERVER, 500, b"good"),
        segment(CLIENT, 105, b"?"),
    )
    assert (stream.client, stream.server, stream.holes) == (CLIENT, SERVER, {})
    assert said(stream) == [("client", b"hello"), ("server", b"good"), ("client", b"?")]


@pytest.mark.parametrize("opening", [OPENING[1:], OPENING[2:], []])
def test_the_beginning_may_be_missing(opening: list[Segment]) -> None:
    quiet = segment(SERVER, 500, flags=ACK)  # which does not make a client of it
    opening = opening or [quiet]
    (stream,) = put_together(*opening, segment(CLIENT, 100, b"hello"), segment(SERVER, 500, b"good"))
    assert (stream.client, said(stream)) == (CLIENT, [("client", b"hello"), ("server", b"good")])


def test_what_waits_for_something_is_said_when_that_has_come() -> None:
    late = [segment(CLIENT, 100, b"hel"), segment(SERVER, 500, b"good")]
    (stream,) = put_together(*OPENING, segment(CLIENT, 103, b"lo"), *late)
    assert said(stream) == [("client", b"hello"), ("server", b"good")]
    assert stream.holes == {}


def test_what_is_missing_ends_its_side_and_is_said() -> None:
    (stream,) = put_together(
        *OPENING,
        segment(CLIENT, 100, b"hel"),
        segment(CLIENT, 104, b"o"),
        segment(SERVER, 500, b"good"),
    )
    assert said(stream) == [("client", b"hel"), ("server", b"good")]
    assert stream.holes == {"client": 3}


def test_what_was_cut_off_by_who_captured_it_is_missing() -> None:
    cut = segment(CLIENT, 100, b"he", missing=3)
    (stream,) = put_together(*OPENING, cut, segment(CLIENT, 105, b"!"))
    assert (said(stream), stream.holes) == ([("client", b"he")], {"client": 2})
    (stream,) = put_together(*OPENING, segment(CLIENT, 100, b"hello"), cut, segment(CLIENT, 105, b"!"))
    assert (said(stream), stream.holes) == ([("client", b"hello!")], {})


def test_numbers_begin_again() -> None:
    start = 2**32 - 4
    (stream,) = put_together(
        segment(CLIENT, start - 1, flags=SYN),
        segment(CLIENT, start + 5, b" good"),
        segment(CLIENT, start, b"hello"),
        segment(CLIENT, start, b"hello"),
        segment(CLIENT, start + 10, b" bye"),
    )
    assert said(stream) == [("client", b"hello good bye")]


def test_data_with_the_first_segment() -> None:
    (stream,) = put_together(segment(CLIENT, 99, b"hel", flags=SYN), segment(CLIENT, 103, b"lo"))
    assert said(stream) == [("client", b"hello")]


def test_the_same_two_ends_may_meet_anew() -> None:
    again = [segment(CLIENT, 7099, flags=SYN), segment(SERVER, 7499, flags=SYN | ACK)]
    first, second = put_together(
        *OPENING,
        OPENING[0],  # the same call, repeated
        segment(CLIENT, 100, b"hello"),
        segment(CLIENT, 100, flags=RST),
        *again,
        segment(CLIENT, 7100, b"again"),
        segment(SERVER, 7500, b"yes"),
    )
    assert said(first) == [("client", b"hello")]
    assert said(second) == [("client", b"again"), ("server", b"yes")]


def test_connections_are_kept_apart() -> None:
    other = [replace(part, source=("10.0.0.3", 40001)) for part in (OPENING[0], segment(CLIENT, 100, b"you"))]
    first, second = put_together(OPENING[0], other[0], segment(CLIENT, 100, b"I"), other[1])
    assert (said(first), said(second)) == ([("client", b"I")], [("client", b"you")])


def test_where_nothing_is_said_there_is_no_stream() -> None:
    assert put_together(*OPENING) == []


DATA = bytes(range(256))


@given(st.data())
def test_any_order_and_any_overlap(data: st.DataObject) -> None:
    start = data.draw(st.sampled_from([100, 2**32 - 100]))
    cuts = sorted({0, len(DATA), *data.draw(st.lists(st.integers(1, 255), max_size=8))})
    pieces = list(itertools.pairwise(cuts))
    spans = st.tuples(st.integers(0, 255), st.integers(0, 255))
    pieces += [(min(span), max(span)) for span in data.draw(st.lists(spans, max_size=8))]
    parts = [segment(CLIENT, start + a, DATA[a:b]) for a, b in data.draw(st.permutations(pieces))]
    (stream,) = put_together(segment(CLIENT, start - 1, flags=SYN), *parts)
    assert (said(stream), stream.holes) == ([("client", DATA)], {})


def test_what_waits_is_bounded() -> None:
    size = 2**16
    ahead = [segment(CLIENT, 101 + size * number, bytes(size)) for number in range(streams.MAX_AHEAD // size)]
    (stream,) = put_together(*OPENING, *ahead[:-1], segment(CLIENT, 100, b"x"))
    assert len(stream.chunks[0][1]) == 1 + size * (len(ahead) - 1)
    (stream,) = put_together(*OPENING, segment(SERVER, 500, b"good"), *ahead, segment(CLIENT, 100, b"x"))
    assert (said(stream), stream.holes) == ([("server", b"good")], {"client": 0})


def test_connections_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MAX_STREAMS", 2)
    found = Streams()
    for number in range(2):
        found.add(replace(OPENING[0], source=("10.0.0.1", number)))
    with pytest.raises(CaptureError, match="more than 2 connections"):
        found.add(OPENING[0])
