"""Where scenes are played for an audience: in memory or over TCP, and with what crosses the wires kept."""

from collections.abc import Callable
from typing import Any

from journey import pcap, referee, story
from journey.attacks import Attack
from journey.ladder import Rung
from journey.pcap import Captured
from journey.referee import Crossing, Outcome
from journey.story import Listener
from journey.tcp import Loopback
from journey.wire import Leg, Memory, Tap, Wire


class Theatre:
    """Plays attacks one after the other."""

    def __init__(self, *, over_tcp: bool = False) -> None:
        self._lay: Callable[[str, Tap], tuple[Wire, Leg]] = Loopback().lay if over_tcp else Memory().lay
        self._captured: list[Captured] = []
        self._scenes = 0

    def play(self, attack: Attack, rung: Rung, listener: Listener = story.nobody) -> Outcome:
        """Run one attack and remember its frames."""
        self._scenes += 1
        scene, title = self._scenes, f"{name_of(rung)}: {attack.name}"

        def capture(crossing: Crossing) -> None:
            self._captured.append(Captured(scene, crossing, title))

        return referee.play(attack, rung, lay=self._lay, capture=capture, listener=listener)

    def capture_file(self, start: float) -> bytes:
        """All that has crossed the wires so far, for Wireshark."""
        return pcap.encode(self._captured, start)


def name_of(rung: Rung) -> str:
    """Such as `rung 3`, or `room padding, without padding`."""
    if rung.variant:
        return f"{rung.folder.replace('rooms/', 'room ')}, {rung.variant}"
    return f"rung {rung.number}"


class Transcript:
    """A listener that keeps what happens as plain data, for `--json`."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def __call__(self, event: story.Event) -> None:
        plain = {
            name: _plain(value) for name, value in vars(event).items() if name not in ("layout", "before")
        }
        if isinstance(event, story.Shown) and event.layout is not None:
            plain["fields"] = [vars(span) for span in event.layout.spans(event.frame)]
        self.events.append({"event": type(event).__name__.lower(), **plain})


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value
