"""What a frame consists of: named fields, one after the other.

A rung publishes the layout of its frames and uses it itself, to put a frame together and to take it apart.
The attacker reads the same layout: that a protocol is known to everybody, and only its keys are not, is the
first assumption of all of cryptography (Auguste Kerckhoffs wrote it down in 1883).

    RECORD = Layout(Field("nonce", 12), Field("ciphertext"), Field("tag", 32))

    frame = RECORD.join(nonce, ciphertext, tag)        the honest parties: in order
    nonce, ciphertext, tag = RECORD.split(frame)
    fields = RECORD.dissect(frame)                     the attacker: by name
    forged = RECORD.assemble(fields | {"tag": guess})
"""

from collections.abc import Mapping
from dataclasses import dataclass

from journey.errors import Refused


@dataclass(frozen=True)
class Field:
    """`size` bytes; or as many as the `prefix` bytes in front say; or, without both, all that is left."""

    name: str
    size: int | None = None  # bytes
    prefix: int = 0  # bytes that hold the length, big-endian

    @property
    def takes_the_rest(self) -> bool:
        return self.size is None and not self.prefix


@dataclass(frozen=True)
class Span:
    """Where a field stands in a frame; its length prefix does not belong to it."""

    name: str
    start: int
    stop: int


class Layout:
    """The fields of one kind of frame.  One of them may take the rest; those after it have fixed sizes."""

    def __init__(self, *fields: Field) -> None:
        self.fields = fields
        behind_the_rest = False
        for field in fields:
            if behind_the_rest and field.size is None:
                raise ValueError(f"{field.name} needs a size: it follows a field that takes the rest")
            behind_the_rest |= field.takes_the_rest

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields)

    @property
    def body(self) -> str:
        """The name of the field that takes the rest: in a record, the message or what has become of it."""
        for field in self.fields:
            if field.takes_the_rest:
                return field.name
        raise ValueError("no field takes the rest")

    def field(self, name: str) -> Field | None:
        """The field of that name, if there is one."""
        return next((field for field in self.fields if field.name == name), None)

    def join(self, *values: bytes) -> bytes:
        """The frame that holds these values, one for each field."""
        frame = b""
        for field, value in zip(self.fields, values, strict=True):
            if field.size is not None and len(value) != field.size:
                raise ValueError(f"{field.name} must be {field.size} bytes, got {len(value)}")
            frame += (len(value).to_bytes(field.prefix, "big") if field.prefix else b"") + value
        return frame

    def split(self, frame: bytes) -> tuple[bytes, ...]:
        """The values of a frame, one for each field; Refused if it is too short or too long."""
        return tuple(frame[span.start : span.stop] for span in self.spans(frame))

    def assemble(self, fields: Mapping[str, bytes]) -> bytes:
        """As `join`, by name."""
        return self.join(*(fields[name] for name in self.names))

    def dissect(self, frame: bytes) -> dict[str, bytes]:
        """As `split`, by name."""
        return dict(zip(self.names, self.split(frame), strict=True))

    def spans(self, frame: bytes) -> list[Span]:
        """Where each field stands; Refused if the frame is too short or too long."""
        spans: list[Span] = []
        position = 0
        for i, field in enumerate(self.fields):
            start = position + field.prefix
            if field.takes_the_rest:
                size = len(frame) - start - sum(after.size or 0 for after in self.fields[i + 1 :])
            elif field.prefix:
                size = int.from_bytes(frame[position:start], "big")
            else:
                size = field.size or 0
            position = start + size
            if size < 0 or position > len(frame):
                raise Refused(f"a frame of {len(frame)} bytes is too short for its {field.name}")
            spans.append(Span(field.name, start, position))
        if position != len(frame):
            raise Refused(f"{len(frame) - position} bytes follow the last field")
        return spans
