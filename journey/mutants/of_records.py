"""Mutants of the record layer, and of the connection that drives it."""

from handshake import messages
from handshake.extensions import ApplicationProtocols
from handshake.message_buffer import MessageBuffer
from handshake.messages import EncryptedExtensions, KeyUpdate
from journey.attacks import Attack, Evidence, cuts_the_end, reads_a_secret
from journey.credentials import Credentials, Role
from journey.ladder import Rung
from journey.mutants.hostile import HostileServer
from journey.mutants.stage import Stage
from journey.mutants.surgery import changed, without
from journey.mutants.trial import TOP, Beaten, Kind, Mutant, crash, on, quoted
from journey.randomness import RandomBytes
from journey.s21_tls13 import channel as s21
from journey.s21_tls13 import frames, settings
from journey.scene import Scene
from journey.wire import Wire
from purecrypto import chacha20poly1305, stream
from record import framing, protection
from record.alert import Alert, AlertDescription
from record.content_type import ContentType
from record.framing import MAX_CIPHERTEXT, MAX_PLAINTEXT, RecordBuffer
from record.layer import RecordReader
from record.protection import RecordProtection
from tls.connection import Connection
from tls.line import Line

TOO_LONG = 2**16 - 1  # bytes: all that a length field of two bytes can say


class WithoutKeyUpdates(s21.Channel):
    """Rung 21 as most programs use TLS: one key for each direction, for the whole conversation."""

    def send(self, message: bytes) -> None:
        for piece in frames.pieces(message):
            self.connection.send(piece)
        self.flush()


class OneKey:
    """What rung 21 publishes, with such channels."""

    RECORD, HANDSHAKE, CERTIFICATES = s21.RECORD, s21.HANDSHAKE, s21.CERTIFICATES

    @staticmethod
    def open(
        wire: Wire, role: Role, credentials: Credentials, random_bytes: RandomBytes
    ) -> WithoutKeyUpdates:
        return WithoutKeyUpdates(wire, settings.of(role, credentials, random_bytes))


ONE_KEY = Rung(TOP.number, TOP.folder, OneKey)


# --- What somebody on the way does -------------------------------------------------------------------------


def compare_two_records(scene: Scene) -> None:
    """Two messages of one connection: the keystream of the known one opens the other."""
    words, secret = b"the code of the safe is ", scene.secret()
    known = scene.public_text(len(words) + secret.size)
    with scene.connect(client=[scene.message(known), scene.message(words, secret)]) as link:
        link.handshake()
        first, second = (scene.rung.record.dissect(link.client.receive())["ciphertext"] for _ in range(2))
        keystream = stream.xor(first[: len(known)], known)
        scene.claim(secret, stream.xor(second[: len(known)], keystream)[len(words) :])


def edit_the_header(scene: Scene) -> None:
    """Change the version in the header of an encrypted record, and nothing else."""
    with scene.connect(client=[scene.payment()]) as link:
        link.handshake()
        record = bytearray(link.client.receive())
        record[1:3] = b"\x7f\xff"
        link.server.send(bytes(record))


def something_is_accepted(evidence: Evidence) -> bool:
    """A party believes what came in a record that was changed on the way."""
    return any(party.accepted for party in evidence.parties())


def forge_a_close_notify(scene: Scene) -> None:
    """After the first message, say in the clear that there are no more."""
    script = [scene.payment(amount=900), scene.message(b"... but only if ", scene.secret())]
    with scene.connect(client=script) as link:
        link.handshake()
        link.server.send(link.client.receive())
        close_notify = Alert(AlertDescription.CLOSE_NOTIFY).encode()
        link.server.send(framing.frame(ContentType.ALERT, close_notify))
        link.server.close()


COMPARE = Attack("compare two records", compare_two_records, reads_a_secret, wins=())
EDIT = Attack("edit a record's header", edit_the_header, something_is_accepted, wins=())
FORGE = Attack("forge a close_notify", forge_a_close_notify, cuts_the_end, wins=())


# --- What a hostile peer does ------------------------------------------------------------------------------


def connected(stage: Stage) -> HostileServer:
    """A hostile server that has behaved up to now."""
    server = stage.hostile_server()
    server.flight()
    return server


def speak_before_there_are_keys_for_it(stage: Stage) -> str:
    server = stage.hostile_server(application_protocols=(b"http/1.1", b"smtp"))
    server.hello(EncryptedExtensions((ApplicationProtocols((b"smtp",)),)))
    server.certificate()
    server.verify()
    server.finished()
    session = server.victim.connection.session
    assert session is not None and session.application_protocol is not None
    return f"the protocol {quoted(session.application_protocol)} was chosen in the clear"


def say_nothing_but_padding(stage: Stage) -> str:
    server = connected(stage)
    try:
        server.say_inner(bytes(8))
    except IndexError as bug:
        return crash(bug)
    raise Beaten("nothing happens")


def announce_a_long_record(stage: Stage) -> str:
    server = connected(stage)
    header = framing.header(ContentType.APPLICATION_DATA, TOO_LONG)
    server.say_raw(header + bytes(TOO_LONG - 1))
    return f"the client keeps {TOO_LONG - 1} bytes and waits for more, {MAX_CIPHERTEXT} being the limit"


def seal_too_much(stage: Stage) -> str:
    server = connected(stage)
    server.say_inner(bytes(MAX_PLAINTEXT + 100) + bytes([ContentType.APPLICATION_DATA]))
    given = len(server.victim.accepted)
    return f"the application is given {given} bytes in one record, {MAX_PLAINTEXT} being the limit"


def announce_a_long_message(stage: Stage) -> str:
    server = connected(stage)
    server.say_record(ContentType.HANDSHAKE, b"\x18" + (2**24 - 1).to_bytes(3, "big"))
    server.say_record(ContentType.HANDSHAKE, bytes(MAX_PLAINTEXT))
    return "the client collects a message of 16777215 bytes"


def change_cipher_spec_of_any_value(stage: Stage) -> str:
    server = stage.hostile_server()
    server.say_in_the_clear(ContentType.CHANGE_CIPHER_SPEC, b"anything at all")
    server.flight()
    return "a record of 15 bytes that no key protects is swallowed, and the client is connected"


def change_cipher_spec_at_any_time(stage: Stage) -> str:
    server = connected(stage)
    server.say_in_the_clear(ContentType.CHANGE_CIPHER_SPEC, b"\x01")
    server.say_record(ContentType.APPLICATION_DATA, b"hello")
    return f"an unprotected record is swallowed in mid-connection, and then {quoted(server.victim.accepted)}"


def change_cipher_spec_under_keys(stage: Stage) -> str:
    server = connected(stage)
    server.say_inner(b"not data" + bytes([ContentType.CHANGE_CIPHER_SPEC]))
    return f"the application is given {quoted(server.victim.accepted)}, which was no application data"


def empty_records(stage: Stage) -> str:
    server = connected(stage)
    for _ in range(100):
        server.say_inner(bytes([ContentType.HANDSHAKE]))
    return "100 empty handshake records are opened, and there could be any number"


def data_in_the_middle_of_a_message(stage: Stage) -> str:
    server = connected(stage)
    raw = messages.encode(KeyUpdate(0))
    server.say_record(ContentType.HANDSHAKE, raw[:2])
    server.say_record(ContentType.APPLICATION_DATA, b"in between")
    return f"between two halves of a KeyUpdate the application is given {quoted(server.victim.accepted)}"


def data_before_the_end_of_the_handshake(stage: Stage) -> str:
    server = stage.hostile_server()
    server.hello()
    server.say_record(ContentType.APPLICATION_DATA, b"transfer done")
    return f"before it knows who speaks, the application is given {quoted(server.victim.accepted)}"


_open, _next = RecordProtection.open, RecordReader.next_content

MUTANTS = (
    Mutant(
        "sequence number not in the nonce",
        "RFC 9846 5.3",
        (changed(RecordProtection._next_nonce, {"(self._iv ^ sequence_number)": "self._iv"}),),
        Kind.ATTACK,
        on(ONE_KEY, COMPARE, "replay a record"),
    ),
    Mutant(
        "tag not compared",
        "RFC 8439 2.8",
        (
            without(
                chacha20poly1305.open,
                "poly1305.verify(one_time_key, mac_data(associated_data, ciphertext), tag)",
            ),
        ),
        Kind.ATTACK,
        on(TOP, "change a bit", "flip bits"),
    ),
    Mutant(
        "header not authenticated",
        "RFC 9846 5.2",
        (
            changed(_open, {"record.fragment, record.header)": "record.fragment, None)"}),
            changed(RecordProtection.seal, {"encrypt(nonce, inner, header)": "encrypt(nonce, inner, None)"}),
        ),
        Kind.ATTACK,
        on(TOP, EDIT),
    ),
    Mutant(
        "plaintext records under keys",
        "RFC 9846 5.1",
        (changed(_next, {"raise UnexpectedRecord(_forgeable(record))": "return _unprotected(record)"}),),
        Kind.ATTACK,
        on(TOP, FORGE),
    ),
    Mutant(
        "end of stream for close_notify",
        "RFC 9846 6.1",
        (changed(Connection.receive_eof, {"if self._receiving_ended:": "if True:"}),),
        Kind.ATTACK,
        on(TOP, "cut the end"),
    ),
    Mutant(
        "handshake bytes across a key change",
        "RFC 9846 5.1",
        (without(Line.read_with, "if self.received:"),),
        Kind.HOSTILE_PEER,
        speak_before_there_are_keys_for_it,
    ),
    Mutant(
        "all-zero inner plaintext",
        "RFC 9846 5.4",
        (without(_open, "if not unpadded:"),),
        Kind.HOSTILE_PEER,
        say_nothing_but_padding,
    ),
    Mutant(
        "length of a record",
        "RFC 9846 5.2",
        (without(RecordBuffer.next_record, "if length > limit:"),),
        Kind.HOSTILE_PEER,
        announce_a_long_record,
    ),
    Mutant(
        "length of an inner plaintext",
        "RFC 9846 5.4",
        (without(_open, "if len(inner) > MAX_INNER_PLAINTEXT:"),),
        Kind.HOSTILE_PEER,
        seal_too_much,
    ),
    Mutant(
        "length of a handshake message",
        "our own limit",
        (without(MessageBuffer.next_message, "if length > MAX_MESSAGE:"),),
        Kind.HOSTILE_PEER,
        announce_a_long_message,
    ),
    Mutant(
        "empty handshake records",
        "RFC 9846 5.4",
        (without(_open, "if not content and content_type is not ContentType.APPLICATION_DATA:"),),
        Kind.HOSTILE_PEER,
        empty_records,
    ),
    Mutant(
        "change_cipher_spec of any value",
        "RFC 9846 5",
        (without(RecordReader._check_change_cipher_spec, "if record.fragment != CHANGE_CIPHER_SPEC:"),),
        Kind.HOSTILE_PEER,
        change_cipher_spec_of_any_value,
    ),
    Mutant(
        "change_cipher_spec at any time",
        "RFC 9846 5",
        (without(RecordReader._check_change_cipher_spec, "if not self.drops_change_cipher_spec:"),),
        Kind.HOSTILE_PEER,
        change_cipher_spec_at_any_time,
    ),
    Mutant(
        "change_cipher_spec under keys",
        "RFC 9846 5",
        (without(protection._true_type, "if byte == ContentType.CHANGE_CIPHER_SPEC:"),),
        Kind.HOSTILE_PEER,
        change_cipher_spec_under_keys,
    ),
    Mutant(
        "data in the middle of a message",
        "RFC 9846 5.1",
        (changed(Connection._dispatch, {"elif self._line.received:": "elif False:"}),),
        Kind.HOSTILE_PEER,
        data_in_the_middle_of_a_message,
    ),
    Mutant(
        "data before the handshake is over",
        "RFC 9846 4.5.3",
        (changed(Connection._dispatch, {"elif self.session is None:": "elif False:"}),),
        Kind.HOSTILE_PEER,
        data_before_the_end_of_the_handshake,
    ),
)
