"""One TLS connection without any I/O: received bytes in, events and bytes to send out.  RFC 9846.

    connection = Connection(settings)                  a ClientSettings or a ServerSettings
    for event in connection.receive_data(data): ...    what the peer's bytes meant
    transport.write(connection.data_to_send())         what is to be said now

This is the driver of the handshake's story (`handshake/client.py`, `handshake/server.py`): it carries out
what the story asks for, and refuses by throwing into it.  After the handshake come single messages, which
need no story.

Whatever the peer does wrong ends in `ConnectionFailed`, one alert to send, and a dead connection.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from handshake import client, effects, errors, server, tickets
from handshake.codec import Observer
from handshake.constants import HandshakeType
from handshake.conversation import Conversation
from handshake.effects import Effect, ExpectMessage, LogSecrets, Story
from handshake.errors import AlertReceived, Truncated, UnexpectedMessage
from handshake.messages import CertificateRequest, KeyUpdate, NewSessionTicket
from handshake.session import ConnectionSecrets, Session
from handshake.settings import ClientSettings, ServerSettings
from record import framing
from record.alert import Alert, AlertDescription
from record.content_type import ContentType
from tls.events import (
    ApplicationData,
    Begun,
    CertificateRequested,
    CloseNotify,
    ConnectionFailed,
    EarlyData,
    Event,
    HandshakeComplete,
    Received,
    SessionTicket,
)
from tls.key_updates import KeyUpdates
from tls.line import Line

MAX_MESSAGES_WITHOUT_DATA = 32  # after the handshake: each costs us more than its sender


class Connection:
    """One end of a TLS 1.3 connection.

    settings    a `ClientSettings` or a `ServerSettings`: the role follows from the type
    observe     called with everything that is read, written, derived, sealed and opened: secrets included
    key_log     called with secrets for a key log as soon as there are some (`tls.keylog`); if it raises, that
                ends the connection, and the peer hears internal_error
    """

    def __init__(
        self,
        settings: ClientSettings | ServerSettings,
        observe: Observer | None = None,
        key_log: Callable[[LogSecrets], None] | None = None,
    ) -> None:
        self.session: Session | None = None  # once the handshake is complete
        self.early_data_room = 0  # bytes that a client may still send with `send_replayable_early_data`
        self._settings = settings
        self._error: Exception | None = None  # once the connection is dead
        self._may_send = False  # application data
        self._close_sent = False
        self._receiving_ended = False  # by close_notify, or because we cancelled the handshake
        self._observe = observe
        self._key_log = key_log
        self._secrets: ConnectionSecrets | None = None
        self._expected: ExpectMessage | None = None
        self._messages_without_data = 0  # after the handshake
        self._early_data_due: int | None = None  # bytes that may still come; None: it is not the time for any
        if observe is not None:
            observe(Begun(settings))
        self._story: Story | None
        if isinstance(settings, ClientSettings):
            self._talk = Conversation("client", observe)
            # section 5.1 [16]
            self._line = Line(framing.FIRST_LEGACY_VERSION, observe, settings.padding_policy)
            self._line.reader.drops_change_cipher_spec = True  # our ClientHello is as good as sent
            self._story = client.handshake(settings, self._talk)
        else:
            self._talk = Conversation("server", observe)
            self._line = Line(framing.LEGACY_VERSION, observe, settings.padding_policy)
            self._story = server.handshake(settings, self._talk)
        self._key_updates = KeyUpdates(self._line, self._talk)
        self._resume_story(None)

    # What the caller does

    def receive_data(self, data: bytes) -> list[Event]:
        """Take bytes from the peer, cut up in any way, and say what they meant.

        If the peer is at fault the last event is `ConnectionFailed`; after that, every call raises its error.
        """
        self._raise_if_failed()  # section 6.2 [3]
        if self._receiving_ended:
            return []  # what comes after close_notify is ignored (section 6.1 [1])
        if self._observe is not None:
            self._observe(Received(bytes(data)))
        self._line.reader.receive(data)
        events: list[Event] = []
        try:
            while not self._receiving_ended and (content := self._line.reader.next_content()) is not None:
                for event in self._dispatch(*content):
                    events.append(event)  # one by one: those before a fault are reported too
        except errors.PEER_FAULTS as error:
            self._fail(error)
            events.append(ConnectionFailed(error))
        except Exception as error:
            self._fail(error)  # our own bug: the peer hears internal_error, the caller everything
            raise
        return events

    def receive_eof(self) -> list[Event]:
        """The peer's stream has ended.  Without a close_notify before it, that is an attack or a crash."""
        self._raise_if_failed()
        if self._receiving_ended:
            return []
        missing = "close_notify" if self.session else "the handshake was complete"
        error = Truncated(f"the peer's stream ended before {missing}")  # section 6.1 [6]
        self._fail(error)
        return [ConnectionFailed(error)]

    def send(self, data: bytes) -> None:
        """Seal application data, to be taken with `data_to_send`.

        ValueError before the handshake is complete, except that a server may answer early data that it has
        taken, and after `close`.
        """
        self._raise_unless(self._may_send)  # sections 2 [2] and 5.1 [18]
        self._key_updates.answer_if_owed()  # before the next data (section 4.7.3 [5])
        self._messages_without_data = 0
        for fragment in framing.fragments(data, self._line.writer.max_content):
            if self._line.is_worn:  # section 5.5 [1]
                self.key_update()
            self._line.writer.write(ContentType.APPLICATION_DATA, fragment)

    # sections 4.3.10 [15] and 8 [2], appendix F.5 [4]
    def send_replayable_early_data(self, data: bytes) -> None:
        """As a client, seal data that the server may act on before the handshake (sections 2.3 and 8).

        An attacker can have it arrive more than once.  If the server does not take it, which the session says
        (`early_data_accepted`), it is not sent again by itself.  It goes with the settings for it and with a
        ticket that allows it, from the start until the server has answered.

        ValueError for more than `early_data_room` bytes, which is 0 where none may be sent.
        """
        self._raise_if_failed()
        if len(data) > self.early_data_room:
            raise ValueError(f"{len(data)} bytes of early data, where {self.early_data_room} may be sent")
        for fragment in framing.fragments(data, self._line.writer.max_content):
            if self._line.is_worn:  # there is no KeyUpdate yet (section 5.5 [2])
                self.early_data_room = 0
                raise ValueError("no more early data can be sealed under one key")
            self._line.writer.write(ContentType.APPLICATION_DATA, fragment)
            self.early_data_room -= len(fragment)

    def export(self, label: str, context: bytes, length: int) -> bytes:
        """Keys for the application that both ends, and nobody else, can compute (section 7.5).

        ValueError before the handshake is complete, and for a label or a length that does not fit.
        """
        return self._kept_secrets().exporter.export(label, context, length)  # section 7.5 [1]

    def export_early(self, label: str, context: bytes, length: int) -> bytes:  # section 7.5 [2]
        """The same from the secret of early data, which is weaker: the server has added nothing to it.

        ValueError if none was accepted.
        """
        exporter = self._kept_secrets().early_exporter
        if exporter is None:
            raise ValueError("no early data was accepted")
        return exporter.export(label, context, length)

    def _kept_secrets(self) -> ConnectionSecrets:
        self._raise_if_failed()
        if self._secrets is None:
            raise ValueError("the handshake is not complete")
        return self._secrets

    def key_update(self, *, request_peer: bool = False) -> None:
        """Change our sending keys, and ask the peer to change its own if `request_peer`.

        ValueError where `send` raises it, and where no generation of keys is left.
        """
        self._raise_unless(self.session is not None)
        self._key_updates.update(request_peer=request_peer)

    def close(self) -> None:
        """Say that we shall send nothing more; what the peer still sends can be received (section 6.1).

        Before the handshake is complete this cancels it: what the peer still sends is ignored.
        """
        if self._error is not None or self._close_sent:
            return
        self.early_data_room = 0
        if self.session is None:  # the handshake is cancelled: section 6.1 wants both
            self._line.writer.write(ContentType.ALERT, Alert(AlertDescription.USER_CANCELED).encode())
            self._receiving_ended = True  # and whatever the peer still says cannot bring it back
        else:
            self._key_updates.answer_if_owed()
        # section 6.1 [3, 5]
        self._line.writer.write(ContentType.ALERT, Alert(AlertDescription.CLOSE_NOTIFY).encode())
        self._close_sent = True

    def data_to_send(self) -> bytes:
        """Remove and return all bytes that are to go to the peer now."""
        if self._error is None and not self._close_sent:
            self._key_updates.answer_if_owed()
        return self._line.writer.data_to_send()

    # What a record means

    def _dispatch(self, content_type: ContentType, content: bytes) -> Iterator[Event]:
        if content_type is ContentType.HANDSHAKE:
            yield from self._receive_handshake(content)
        elif self._line.received:  # section 5.1 [3]
            raise UnexpectedMessage(f"{content_type.name.lower()} in the middle of a handshake message")
        elif content_type is ContentType.ALERT:
            yield from self._receive_alert(Alert.decode(content))
        elif self._early_data_due is not None:
            self._early_data_due -= len(content)
            if self._early_data_due < 0:  # section 4.7.1 [10]
                raise UnexpectedMessage("more early data than the ticket allows")
            if content:
                yield EarlyData(content)
        elif self.session is None:
            raise UnexpectedMessage("application data before the handshake is complete")  # section 4.5.3
        elif content:  # empty records hide the traffic's shape (section 5.1)
            self._messages_without_data = 0
            yield ApplicationData(content)

    def _receive_alert(self, alert: Alert) -> Iterator[Event]:
        if alert.description == AlertDescription.USER_CANCELED:  # section 6.1 [4]
            return  # close_notify follows (section 6.1)
        if alert.description != AlertDescription.CLOSE_NOTIFY or self.session is None:
            raise AlertReceived(alert.description)  # also the unknown ones (section 6 [2, 8])
        self._receiving_ended = True
        yield CloseNotify()  # section 6 [1]

    def _receive_handshake(self, content: bytes) -> Iterator[Event]:
        """Collect messages, which may be cut up or share a record, and act on each (section 5.1)."""
        self._line.received.add(content)
        while (raw := self._line.received.next_message()) is not None:
            if self._story is None:
                yield from self._after_handshake(raw)
            else:
                yield from self._during_handshake(raw)

    # Driving the story

    def _during_handshake(self, raw: bytes) -> Iterator[Event]:
        expected = self._expected.types if self._expected else ()
        if raw[0] not in expected:  # sections 4 [2], 4.6 [4] and 4.7.3 [1]
            wanted = " or ".join(name.name.lower() for name in expected)
            self._refuse(UnexpectedMessage(f"handshake message {_type_name(raw[0])}, expected {wanted}"))
        self._line.reader.drops_change_cipher_spec = True  # from the first ClientHello on (section 5)
        self._resume_story(raw)
        if self.session is not None:
            yield HandshakeComplete(self.session)  # appendix F.5 [5]

    def _resume_story(self, raw: bytes | None) -> None:
        """Let the story go on until it waits for the peer again, or ends."""
        assert self._story is not None
        self._expected = None
        try:
            effect = self._story.send(raw)
            while not isinstance(effect, ExpectMessage):
                try:
                    self._carry_out(effect)
                except UnexpectedMessage as error:
                    self._refuse(error)
                effect = next(self._story)
            self._expected = effect
            self._line.flush()
        except StopIteration as end:
            self._line.flush()
            self.session, self._secrets = end.value
            self._story = None
            self._may_send = True
            self._line.reader.drops_change_cipher_spec = False  # the peer's Finished has come (section 5)

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case effects.SendMessage(raw):  # section 4 [1]
                self._line.say(raw)
            case effects.SendChangeCipherSpec():
                self._line.flush()
                self._line.writer.write_change_cipher_spec()
            case effects.WriteWith(secret, early_data):
                self._line.write_with(secret)
                self.early_data_room = early_data
            case effects.ReadWith(secret, early_data):
                self._line.read_with(secret)
                self._early_data_due = early_data
            case effects.LimitSent(size):
                self._line.writer.limit(size)
            case effects.LimitReceived(size):
                self._line.reader.limit(size)
            case effects.SkipEarlyData(max_size):
                self._line.reader.skip_early_data(max_size)
            case effects.SendData():
                self._may_send = True
            case effects.LogSecrets() if self._key_log is not None:
                self._key_log(effect)

    def _refuse(self, error: UnexpectedMessage) -> None:
        """Throw into the story: it dies where it was waiting, and the traceback shows that place."""
        assert self._story is not None
        self._story.throw(error)

    # After the handshake

    def _after_handshake(self, raw: bytes) -> Iterator[Event]:
        """Post-handshake messages come when they like (section 4.7)."""
        assert self.session is not None
        self._messages_without_data += 1
        if self._messages_without_data > MAX_MESSAGES_WITHOUT_DATA:
            raise UnexpectedMessage(f"{self._messages_without_data} handshake messages without any data")
        may_come = {HandshakeType.KEY_UPDATE}
        if isinstance(self._settings, ClientSettings):
            may_come.add(HandshakeType.NEW_SESSION_TICKET)
            if self._settings.post_handshake_auth:  # section 4.7.2
                may_come.add(HandshakeType.CERTIFICATE_REQUEST)
        if raw[0] not in may_come:  # sections 4.2.2 [3] and 4.7.2 [5]
            raise UnexpectedMessage(f"handshake message {_type_name(raw[0])} after the handshake")
        match self._talk.read(raw):
            case KeyUpdate(request_update):
                yield self._key_updates.hear(request_update)
            case NewSessionTicket() as message:
                yield from self._receive_ticket(message)
            # section 4.7.2 [1]
            case CertificateRequest() as request if not self._close_sent:  # which nothing may follow
                yield self._answer_request(request, raw)

    def _receive_ticket(self, message: NewSessionTicket) -> Iterator[Event]:
        assert isinstance(self._settings, ClientSettings) and self._secrets and self.session
        ticket = tickets.ticket_of(
            message, self.session, self._secrets.resumption, self._settings.ticket, self._settings.now
        )
        if ticket is not None:
            yield SessionTicket(ticket)

    def _answer_request(self, request: CertificateRequest, raw: bytes) -> Event:
        """Three messages in a row, whatever else there is to say (section 4.7.2)."""
        assert isinstance(self._settings, ClientSettings) and self._line.writes_with and self.session
        answer = client.authenticate_later(
            self._talk.afterwards(raw), self._settings, request, self._line.writes_with
        )
        try:
            while True:
                self._carry_out(next(answer))  # section 4.7.2 [4]
        except StopIteration as end:
            self._line.flush()
            self.session = replace(self.session, shown=self.session.shown | end.value)
            return CertificateRequested(shown=bool(end.value))

    # The end

    def _fail(self, error: Exception) -> None:
        """Queue the alert that `error` calls for, and die: keys and buffers are let go (section 6)."""
        if self._observe is not None:
            self._observe(ConnectionFailed(error))  # section 6.2 [6]
        alert = errors.alert_for(error)  # section 6.2 [2]
        if alert is not None and not self._close_sent:
            self._line.writer.write(ContentType.ALERT, Alert(alert).encode())
        self._error = error  # sections 6 [3] and 6.2 [1]
        self.early_data_room = 0
        self._story = self._expected = self._secrets = None
        self._line.let_go()

    def _raise_if_failed(self) -> None:
        if self._error is not None:
            raise self._error

    def _raise_unless(self, ready: bool) -> None:
        """Is there anybody to send to, and are we ready for it?"""
        self._raise_if_failed()
        if not ready:
            raise ValueError("the handshake is not complete")
        if self._close_sent:
            raise ValueError("close_notify was sent: nothing may follow")


def _type_name(byte: int) -> str:
    try:
        return HandshakeType(byte).name.lower()
    except ValueError:
        return f"of unknown type {byte}"
