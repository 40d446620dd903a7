"""Nobody hangs: whoever waits on a wire gets a frame, an end, or is told that nothing will come."""

import threading

import pytest

from journey import wire
from journey.errors import EndOfStream
from journey.tcp import Loopback
from journey.wire import Memory, Recording, Silence

Lay = Memory | Loopback


def ignore(party: str, to_party: bool, frame: bytes) -> None:
    pass


@pytest.fixture(params=[Memory, Loopback])
def lay(request: pytest.FixtureRequest) -> Lay:
    made: Lay = request.param()
    return made


def start(work) -> threading.Thread:  # type: ignore[no-untyped-def]
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def test_frames_arrive_whole_and_in_order(lay: Lay) -> None:
    end, leg = lay.lay("client", ignore)
    frames = [b"one", b"", b"\x00" * 70_000, b"two"]
    for frame in frames:
        end.send(frame)
    end.close()
    assert list(leg) == frames
    assert leg.received == frames
    assert leg.ended
    for frame in frames:
        leg.send(frame)
    assert [end.receive() for _ in frames] == frames
    leg.close()


def test_the_end_comes_after_everything_that_was_sent(lay: Lay) -> None:
    end, leg = lay.lay("server", ignore)
    leg.send(b"last")
    leg.close()
    assert end.receive() == b"last"
    for _ in range(2):
        with pytest.raises(EndOfStream):
            end.receive()
    end.close()


def test_a_party_that_waits_is_silent_and_not_gone(lay: Lay) -> None:
    end, leg = lay.lay("client", ignore)
    got: list[bytes] = []
    thread = start(lambda: got.append(end.receive()))
    with pytest.raises(Silence):
        leg.receive()
    assert not leg.ended
    leg.send(b"at last")
    thread.join()
    assert got == [b"at last"]
    end.close()
    with pytest.raises(EndOfStream) as info:
        leg.receive()
    assert not isinstance(info.value, Silence)
    leg.close()


def test_silence_is_not_called_before_the_answer_is_here(lay: Lay) -> None:
    """What the party sends before it waits again always arrives, however long that takes."""
    end, leg = lay.lay("client", ignore)

    def echo() -> None:
        try:
            while True:
                end.send(end.receive() + b"!")
        except EndOfStream:
            end.close()

    thread = start(echo)
    for i in range(200):
        leg.send(b"%d" % i)
        assert leg.receive() == b"%d!" % i
    leg.close()
    thread.join()


def test_starved_is_who_waits_for_what_is_not_on_its_way() -> None:
    end, leg = Memory().lay("client", ignore)
    to_client = leg._to_party
    assert not to_client.starved()  # nobody waits: the client may be about to send something
    with to_client.changed:
        to_client.awaited = True
        assert to_client.starved()
        to_client.underway = 1
        assert not to_client.starved()
        to_client.underway = 0
        leg.send(b"here")
        assert not to_client.starved()
        assert end.receive() == b"here"
        to_client.awaited = True
        leg.close()
        assert not to_client.starved()


def test_settling_waits_until_everything_is_digested(lay: Lay) -> None:
    end, leg = lay.lay("client", ignore)
    digested = []

    def digest() -> None:
        try:
            while True:
                digested.append(end.receive())
        except EndOfStream:
            pass
        finally:
            end.close()
            leg.party_is_gone()

    thread = start(digest)
    for i in range(50):
        leg.send(b"%d" % i)
    leg.settle()
    assert len(digested) == 50
    leg.close()
    leg.settle()  # a party that is gone has nothing left to digest
    thread.join()


def test_what_is_sent_to_an_ended_stream_vanishes(lay: Lay) -> None:
    crossed = []
    end, leg = lay.lay("client", lambda *crossing: crossed.append(crossing))
    leg.close()
    leg.send(b"too late")
    leg.close()
    with pytest.raises(EndOfStream):
        end.receive()
    end.close()
    end.send(b"too late")
    assert list(leg) == []
    assert crossed == []


def test_the_tap_sees_every_frame(lay: Lay) -> None:
    crossed = []
    end, leg = lay.lay("server", lambda *crossing: crossed.append(crossing))
    leg.send(b"to")
    end.send(b"from")
    assert crossed == [("server", True, b"to"), ("server", False, b"from")]
    assert (end.receive(), leg.receive()) == (b"to", b"from")
    end.close()
    leg.close()


def test_only_a_bug_runs_into_the_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "PATIENCE", 0.01)
    end, _ = Memory().lay("client", ignore)
    with pytest.raises(TimeoutError, match="a bug"):
        end.receive()


def test_a_recording_plays_its_frames_and_forgets_the_rest() -> None:
    recording = Recording([b"one", b"two"])
    recording.send(b"ignored")
    recording.close()
    assert [recording.receive(), recording.receive()] == [b"one", b"two"]
    with pytest.raises(EndOfStream):
        recording.receive()


def test_no_thread_or_socket_is_left_behind() -> None:
    before = threading.active_count()
    end, leg = Loopback().lay("client", ignore)
    end.close()
    leg.close()
    for thread in threading.enumerate():
        if thread.name == "pump":
            thread.join(10)
    assert threading.active_count() <= before
    leg.close()  # once more: there is no socket to be told any more
    end.close()
