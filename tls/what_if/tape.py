"""A tape: all that came from outside into one end of a connection, and what that end answered.

    recorder = Recorder()
    sockets.connect(..., observe=recorder)      as whatever makes a connection takes it
    tape = recorder.tape()                      `tape_text` has it written and read

The core does no I/O: all that it does follows from its settings, the random bytes, the private keys and the
time included, and from the bytes that it receives.  So these are enough to have the handshake again, bit by
bit, whenever one likes: `tls/what_if/replay.py`.  What was sent is there so that a replay can prove itself.

A tape holds every secret of its connection, the keys that were made for it and those that it was given.

Limits         The handshake, and what follows it until the first data of the peer has come.
Errors         `TapeError`, a ValueError, for what is no tape and for what cannot be put on one.
Tested by      tests/tls/test_tape.py
"""

import dataclasses
from dataclasses import dataclass, field

from handshake.constants import Role
from handshake.conversation import HandshakeMessage
from handshake.messages import Certificate as CertificateMessage
from handshake.settings import ClientSettings, ServerSettings
from record.content_type import ContentType
from record.layer import PlainRecord
from record.protection import ProtectedRecord
from tls.events import Begun, ConnectionFailed, Received
from x509.certificate import Certificate
from x509.errors import CertificateError
from x509.trust_store import TrustStore

MAX_RECEIVED = 2**20  # bytes


class TapeError(ValueError):
    """No tape, or nothing that can be put on one."""


@dataclass(frozen=True, slots=True)
class Tape:
    """What came from outside into one end, and what it sent."""

    settings: ClientSettings | ServerSettings = field(repr=False)
    received: bytes = field(repr=False)  # from the peer; how it was cut up makes no difference
    sent: bytes = field(repr=False)  # until the application, or the peer's, had its first word

    @property
    def role(self) -> Role:
        return "client" if isinstance(self.settings, ClientSettings) else "server"


class Recorder:
    """Collects what one connection is given: what `observe` wants.  Secrets included."""

    def __init__(self) -> None:
        self._settings: ClientSettings | ServerSettings | None = None
        self._received, self._sent = bytearray(), bytearray()
        self._shown: list[bytes] = []  # certificates of the peer, in DER
        self._has_failed = False
        self._listens = self._application_is_silent = True

    def __call__(self, event: object) -> None:
        match event:
            case Begun(settings):
                self._settings = settings
            case Received(data) if self._listens:
                self._received += data
                self._listens = len(self._received) < MAX_RECEIVED
            case PlainRecord("write", header, content_type, content):
                self._note_sent(content_type, header + content)
            case ProtectedRecord("seal", header=header, content_type=content_type, sealed=sealed):
                self._note_sent(content_type, header + sealed)
            case ProtectedRecord("open", content_type=ContentType.APPLICATION_DATA):
                self._listens = False
            case HandshakeMessage(sender, message=CertificateMessage(shown)) if sender != self._role:
                self._shown = [entry.cert_data for entry in shown]
            case ConnectionFailed():
                self._has_failed = True

    def tape(self) -> Tape | None:
        """What was recorded; None if there was no connection."""
        if self._settings is None:
            return None
        settings = self._settings
        if isinstance(settings, ClientSettings) and settings.trust is not None:
            resumed = settings.ticket.session.certificates if settings.ticket is not None else ()
            needed = _needed(settings.trust, [*self._shown, *resumed])
            settings = dataclasses.replace(settings, trust=needed)
        return Tape(settings, bytes(self._received), bytes(self._sent))

    @property
    def _role(self) -> Role:
        return "client" if isinstance(self._settings, ClientSettings) else "server"

    def _note_sent(self, content_type: ContentType, record: bytes) -> None:
        """What we send follows from what is on the tape, until the application says something, or closes."""
        by_itself = content_type is not ContentType.APPLICATION_DATA
        by_itself = by_itself and (content_type is not ContentType.ALERT or self._has_failed)
        self._application_is_silent = self._application_is_silent and by_itself and self._listens
        if self._application_is_silent:
            self._sent += record


def _needed(trust: TrustStore, shown: list[bytes]) -> TrustStore:
    """The same without the anchors, of which a system has hundreds, that these certificates do not name."""
    names = set()
    for encoding in shown:
        try:
            certificate = Certificate.from_der(encoding)
        except CertificateError:  # nobody followed it
            continue
        names |= {certificate.subject, certificate.issuer}
    anchors = [anchor for anchor in trust.anchors if anchor.subject in names]
    return TrustStore(anchors, revocation_lists=trust.revocation_lists, profile=trust.profile)
