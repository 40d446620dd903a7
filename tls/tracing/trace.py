"""What happened inside a connection, in order: messages byte by byte, certificates, secrets, records, faults.

    trace = Trace()
    sockets.connect(..., observe=trace)         as whatever makes a connection takes it
    trace.steps()                               for a view to draw: `tls/tracing/trace_view.py`
    trace.told()                                the same with the line of source that each comes from
    trace.as_dict()                             for a program to read: ready for `json.dumps`, and as
                                                docs/trace.schema.json says

A trace describes no format.  The codec, the DER reader, the key schedule and the record layer report what
they do where they do it; here the reports are put together, and `annotations` says what each is for.  The
line of source behind each is found by `source`, only while somebody traces.

A trace holds every secret of its connection: whoever has it can read all that was said.  It is for one
connection; two that share one come out entangled.

Limits         Past MAX_SIZE bytes it only counts what it leaves out.
Tested by      tests/tls/test_trace.py
"""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Literal, NamedTuple, TypeAlias

from handshake import constants, errors
from handshake.codec import Field, Length
from handshake.constants import Role
from handshake.conversation import HandshakeMessage
from handshake.derivation import Derivation
from handshake.messages import Certificate
from record import alert
from record.layer import PlainRecord
from record.protection import ProtectedRecord
from tls.events import ConnectionFailed
from tls.tracing import annotations, parts, source
from tls.tracing.annotations import Note
from tls.tracing.parts import Part
from x509 import certificate
from x509.der import Element
from x509.errors import MalformedCertificate

MAX_SIZE = 4 * 2**20  # bytes; a handshake takes about 50,000
EVENT_SIZE = 256  # bytes that an event takes besides the bytes in it, roughly
WARNING = "This trace holds the secrets of its connection: whoever has it can read all that was said."
OF_EVERYBODY = {"early_secret", "derived from early_secret"}  # constants, unless a binder is derived as well


@dataclass(frozen=True, slots=True)
class TracedMessage:
    """A handshake message, or as much of one as was read before it was refused."""

    name: str  # "ClientHello"
    sender: Role | Literal["peer"]  # "peer": it was refused
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class TracedCertificate:
    """A received certificate, or as much of one as was read before it was refused."""

    number: int  # in the peer's list, from 1
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """The end of the connection by somebody's fault."""

    error: str  # "DecodeError: certificate.certificate_list: ..."
    alert: str  # the RFC's spelling of what the peer was told; empty where it was told nothing


EVENTS = (
    Field,
    Length,
    HandshakeMessage,
    Element,
    Derivation,
    PlainRecord,
    ProtectedRecord,
    ConnectionFailed,
)
Step: TypeAlias = TracedMessage | TracedCertificate | Derivation | PlainRecord | ProtectedRecord | Failure


class Told(NamedTuple):
    """A step, and what is known about it besides."""

    step: Step
    line: str  # of source, that made it: "handshake/client.py:87"
    secret: str  # the name of that under which its sender speaks; of an iv: from now on; empty in the clear


class Trace:
    """Collects what one connection reports.  Secrets included: keep it to yourself."""

    def __init__(self) -> None:
        self.left_out = 0  # events that came when the trace was full
        self._events: list[object] = []
        self._lines: list[str] = []  # of source, one for each event
        self._size = 0

    def __call__(self, event: object) -> None:
        """Take one event: what `observe` wants.  What has no place in the story is passed over."""
        if not isinstance(event, EVENTS):
            return
        self._size += EVENT_SIZE + sum(len(value) for value in _values(event) if isinstance(value, bytes))
        if self._size <= MAX_SIZE or isinstance(event, ConnectionFailed):
            self._events.append(event)
            self._lines.append(source.at_work())
        else:
            self.left_out += 1

    def __repr__(self) -> str:
        return f"<Trace of {len(self._events)} events>"

    def steps(self) -> Iterator[Step]:
        """The story in order; what belongs to one message or certificate is put together."""
        return (step for step, _ in self._put_together())

    def told(self) -> Iterator[Told]:
        """The steps, each with the line it comes from, and what is said with the secret that it is under."""
        role, secrets = self.role, {"client": "", "server": "", "peer": ""}
        for step, line in self._put_together():
            secret = ""
            match step:
                case Derivation(name, label="iv"):  # from here on it is in force
                    secret = name.removesuffix(": iv")
                    secrets[secret.partition("_")[0]] = secret
                case ProtectedRecord():
                    secret = secrets[sender_of(step, role)]
                case TracedMessage(sender=sender):
                    secret = secrets[sender]
            yield Told(step, line, secret)

    def _put_together(self) -> Iterator[tuple[Step, str]]:
        fields: list[Part] = []
        elements: list[Part] = []
        chain: list[bytes] = []  # of the last Certificate message
        number = 0  # of the certificate that is being read
        for event, line in zip([*self._events, None], [*self._lines, ""], strict=True):
            if fields and not isinstance(event, (Field, Length)):
                yield _message(fields, event), line or fields[-1].line
                fields.clear()
            if elements and (not isinstance(event, Element) or event.offset == 0):
                yield TracedCertificate(number, tuple(elements)), elements[0].line
                elements.clear()
            match event:
                case Field() | Length():
                    fields.append(parts.of_field(event, line))
                case Element():
                    number += event.offset == 0
                    elements.append(parts.of_element(event, chain[number - 1], line))
                case HandshakeMessage(message=Certificate(certificate_list)):
                    chain, number = [entry.cert_data for entry in certificate_list], 0
                case Derivation() | PlainRecord() | ProtectedRecord():
                    yield event, line
                case ConnectionFailed(error):
                    yield _failure(error), line

    @property
    def role(self) -> Role:
        """Whose trace this is: the client is the one who begins."""
        records = (event for event in self._events if isinstance(event, (PlainRecord, ProtectedRecord)))
        first = next(records, None)
        return "client" if first is not None and first.operation == "write" else "server"

    @property
    def warning(self) -> str:
        """WARNING; nothing for that of an eavesdropper without a key log, who could open nothing."""
        derived = (event for event in self._events if isinstance(event, Derivation))
        return WARNING if any(each.value and each.name not in OF_EVERYBODY for each in derived) else ""

    def as_dict(self) -> dict[str, Any]:
        """All of it in values that JSON knows; bytes are hex."""
        role = self.role
        steps = [_plain(told.step) | _about(told, role) for told in self.told()]
        return {"warning": self.warning, "role": role, "steps": steps, "left_out": self.left_out}


def note_of(step: Step) -> Note:
    """Where the RFC specifies a step, and what it is for."""
    match step:
        case TracedMessage(name=name):
            return annotations.of_message(name)
        case TracedCertificate():
            return annotations.of_element("certificate")
        case Derivation():
            return annotations.of_secret(step)
        case PlainRecord() | ProtectedRecord():
            return annotations.of_record(step)
    return annotations.of_failure()


def sender_of(record: PlainRecord | ProtectedRecord, role: Role) -> Role:
    """Who sent a record that is in `role`'s trace."""
    return role if record.operation in ("write", "seal") else constants.other(role)


def certificates_in(step: TracedMessage) -> list[bytes]:
    """The encodings of the certificates in a message, which is a Certificate or has none."""
    return [part.data for part in step.parts if part.path.endswith("cert_data") and not part.is_length]


def opened_certificate(encoding: bytes) -> list[Part]:
    """A certificate's parts, as far as it can be read: nobody reads our own when it is sent."""
    found: list[Part] = []

    def observe(event: object) -> None:
        if isinstance(event, Element):
            found.append(parts.of_element(event, encoding, source.at_work()))

    try:
        certificate.Certificate.from_der(encoding, observe)
    except MalformedCertificate as error:
        end = found[-1].offset + len(found[-1].data) if found else 0
        found.append(Part("certificate.unread", end, encoding[end:], str(error), "RFC 5280 section 4.1", ""))
    return found


def _message(fields: list[Part], end: object) -> TracedMessage:
    """A writer knows the length of a vector only at its end, so the fields do not come in their order."""
    ordered = tuple(parts.side_by_side(sorted(fields, key=lambda field: field.offset)))
    if isinstance(end, HandshakeMessage):
        return TracedMessage(type(end.message).__name__, end.sender, ordered)
    return TracedMessage(annotations.name_of_message(ordered[0].path), "peer", ordered)


def _failure(error: Exception) -> Failure:
    description = errors.alert_for(error)
    told = "" if description is None else alert.name_of(description)
    return Failure(f"{type(error).__name__}: {error}", told)


def _about(told: Told, role: Role) -> dict[str, str]:
    """What a program is told besides the step itself."""
    about = note_of(told.step)._asdict() | {"line": told.line}
    if isinstance(told.step, (PlainRecord, ProtectedRecord)):
        about |= {"sender": sender_of(told.step, role)}
    if isinstance(told.step, ProtectedRecord):
        about |= {"secret": told.secret}
    return about


def _values(event: Any) -> Iterator[Any]:
    return (getattr(event, field.name) for field in dataclasses.fields(event))


def _plain(value: Any) -> Any:
    """A step, or a value in one, as JSON knows it."""
    if dataclasses.is_dataclass(value):
        named = {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
        return named if isinstance(value, Part) else {"step": type(value).__name__} | named
    if isinstance(value, IntEnum):
        return value.name.lower()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value.hex() if isinstance(value, bytes) else value
