"""All rungs, in order, as they lie in the folders beside this file.

A rung is a folder `sNN_name` with `channel.py`, `attack.py` and `README.md`; a side room is a folder in
`rooms`.  Nothing has to be entered anywhere: what lies there is found.
"""

import functools
import importlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from journey.credentials import Role
from journey.layout import Layout

if TYPE_CHECKING:
    from journey.attacks import Attack

HERE = Path(__file__).parent

# The five parts of the series: the first and the last rung of each
PARTS = (
    (0, 2, "A fake secure channel"),
    (3, 7, "Integrity"),
    (8, 11, "A handshake"),
    (12, 17, "Trust"),
    (18, 21, "The real protocol"),
)


@dataclass(frozen=True)
class Rung:
    """One channel to be attacked: a rung of the ladder, or one variant of a side room's.

    `channel` is the module or object that publishes `open`, `RECORD` and perhaps `HANDSHAKE`, and any other
    constants, such as a group's numbers.  All of it is public.
    """

    number: int  # on the ladder, or of the variant in its room
    folder: str
    channel: Any
    variant: str = ""  # in a side room: its name

    @property
    def record(self) -> Layout:
        """The layout of the frames that carry messages."""
        layout: Layout = self.channel.RECORD
        return layout

    @property
    def handshake(self) -> tuple[tuple[Role, Layout], ...]:
        """Who sends what before the first message, in this order."""
        sent: tuple[tuple[Role, Layout], ...] = getattr(self.channel, "HANDSHAKE", ())
        return sent

    @property
    def readme(self) -> Path:
        return HERE / self.folder / "README.md"

    @property
    def title(self) -> str:
        """The README's first line, without its mark and its number."""
        with self.readme.open(encoding="utf-8") as lines:
            return re.sub(r"^# (Rung \d+: |Room: )?", "", lines.readline().strip())

    @functools.cached_property
    def attacks(self) -> "tuple[Attack, ...]":
        """The attacks that are shown here."""
        attacks: tuple[Attack, ...] = _module(self.folder, "attack").ATTACKS
        return attacks


@functools.cache
def rungs() -> tuple[Rung, ...]:
    """All rungs, from the lowest to the highest."""
    folders = sorted(path.parent.name for path in HERE.glob("s[0-9][0-9]_*/channel.py"))
    return tuple(Rung(int(folder[1:3]), folder, _module(folder, "channel")) for folder in folders)


def rung(number: int) -> Rung:
    """The rung of that number; LookupError if there is none."""
    for candidate in rungs():
        if candidate.number == number:
            return candidate
    raise LookupError(f"there is no rung {number}: they are {rungs()[0].number} to {rungs()[-1].number}")


def rooms() -> tuple[str, ...]:
    """The names of all side rooms."""
    return tuple(sorted(path.parent.name for path in HERE.glob("rooms/*/channel.py")))


def room(name: str) -> tuple[Rung, ...]:
    """The variants of a side room, the wrong ones first; LookupError if there is no such room."""
    if name not in rooms():
        raise LookupError(f"there is no room {name}: they are {', '.join(rooms())}")
    folder = f"rooms/{name}"
    variants = _module(folder, "channel").VARIANTS
    return tuple(Rung(i, folder, channel, variant) for i, (variant, channel) in enumerate(variants.items()))


def part(number: int) -> tuple[int, str]:
    """Number and title of the part of the series to which a rung belongs."""
    for i, (first, last, title) in enumerate(PARTS, 1):
        if first <= number <= last:
            return i, title
    raise LookupError(f"no part has a rung {number}")


def _module(folder: str, name: str) -> Any:
    return importlib.import_module(f"journey.{folder.replace('/', '.')}.{name}")
