"""The handshake messages: bytes to frozen dataclasses and back.  RFC 9846 sections 4.2 to 4.7.

    struct {
        HandshakeType msg_type;
        uint24 length;
        select (Handshake.msg_type) { ... };
    } Handshake;

A message is parsed once, here, or refused; behind this file everything is typed.  What the fields *mean*
(was this suite offered?) is judged in `server_answer.py` and `server_choice.py`.
"""

from dataclasses import dataclass
from typing import ClassVar, TypeAlias, TypeVar

from handshake import extension_blocks
from handshake.codec import Observer, Reader, Writer
from handshake.constants import (
    HELLO_RETRY_REQUEST_RANDOM,
    LEGACY_VERSION,
    NULL_COMPRESSION,
    RANDOM_SIZE,
    CipherSuite,
    ExtensionType,
    HandshakeType,
    KeyUpdateRequest,
    ProtocolVersion,
    SignatureScheme,
)
from handshake.errors import DecodeError, IllegalParameter
from handshake.extension_blocks import Place
from handshake.extensions import Extension

HEADER_SIZE = 4  # bytes: msg_type and length
MAX_SESSION_ID = 32  # bytes

E = TypeVar("E")


class HasExtensions:
    """What the messages with an extension block share."""

    __slots__ = ()
    extensions: tuple[Extension, ...]

    def find(self, kind: type[E]) -> E | None:
        """The extension of class `kind`, if the message has it."""
        return next((extension for extension in self.extensions if isinstance(extension, kind)), None)

    def has(self, extension_type: int) -> bool:
        """Whether an extension of this type is there, used or not."""
        return any(extension_type == extension.type for extension in self.extensions)


@dataclass(frozen=True, slots=True)
class ClientHello(HasExtensions):  # appendix E.5 [5]
    """What the client offers (section 4.2.2)."""

    type: ClassVar = HandshakeType.CLIENT_HELLO
    random: bytes  # 32 bytes
    legacy_session_id: bytes  # at most 32 bytes
    cipher_suites: tuple[int, ...]
    extensions: tuple[Extension, ...]
    legacy_version: int = LEGACY_VERSION  # section 4.2.2 [6]
    legacy_compression_methods: bytes = bytes([NULL_COMPRESSION])  # section 4.2.2 [15]

    def write(self, writer: Writer) -> None:
        writer.uint16("legacy_version", self.legacy_version, ProtocolVersion)
        writer.opaque("random", self.random)
        writer.opaque8("legacy_session_id", self.legacy_session_id)
        with writer.vector16("cipher_suites"):
            for suite in writer.items(self.cipher_suites):
                writer.uint16("", suite, CipherSuite)
        writer.opaque8("legacy_compression_methods", self.legacy_compression_methods)
        extension_blocks.write(writer, self.extensions)

    @classmethod
    def read(cls, reader: Reader) -> "ClientHello":
        legacy_version = reader.uint16("legacy_version", ProtocolVersion)
        random = reader.opaque("random", RANDOM_SIZE)
        session_id = reader.opaque8("legacy_session_id", maximum=MAX_SESSION_ID)
        suites = reader.vector16("cipher_suites", minimum=2)
        cipher_suites = tuple(item.uint16("", CipherSuite) for item in suites.items())
        compression = reader.opaque8("legacy_compression_methods", minimum=1)
        # Before TLS 1.2 the whole block could be missing; then it is no TLS 1.3 hello (section 4.2.2).
        block = extension_blocks.read(reader, Place.CH) if reader.more else ()
        # section 4.3.11 [18]
        if any(extension.type == ExtensionType.PRE_SHARED_KEY for extension in block[:-1]):
            raise IllegalParameter("ClientHello: pre_shared_key is not the last extension")  # section 4.3.11
        return cls(random, session_id, cipher_suites, block, legacy_version, compression)


@dataclass(frozen=True, slots=True)
class ServerHello(HasExtensions):
    """What the server chose, and its half of the key exchange (section 4.2.3)."""

    type: ClassVar = HandshakeType.SERVER_HELLO
    random: bytes  # 32 bytes
    legacy_session_id_echo: bytes
    cipher_suite: int
    extensions: tuple[Extension, ...]
    legacy_version: int = LEGACY_VERSION  # section 4.2.3 [1]
    legacy_compression_method: int = NULL_COMPRESSION  # section 4.2.3 [8]

    def write(self, writer: Writer) -> None:
        writer.uint16("legacy_version", self.legacy_version, ProtocolVersion)
        writer.opaque("random", self.random)
        writer.opaque8("legacy_session_id_echo", self.legacy_session_id_echo)
        writer.uint16("cipher_suite", self.cipher_suite, CipherSuite)
        writer.uint8("legacy_compression_method", self.legacy_compression_method)
        extension_blocks.write(writer, self.extensions)

    @classmethod
    def read(cls, reader: Reader) -> "ServerHello | HelloRetryRequest":
        """Look at the random first: it says which of the two messages this is (section 4.2.3)."""
        legacy_version = reader.uint16("legacy_version", ProtocolVersion)
        random = reader.opaque("random", RANDOM_SIZE)
        retry = random == HELLO_RETRY_REQUEST_RANDOM  # section 4.2.3 [12]
        session_id = reader.opaque8("legacy_session_id_echo", maximum=MAX_SESSION_ID)
        suite = reader.uint16("cipher_suite", CipherSuite)
        compression = reader.uint8("legacy_compression_method")
        # A TLS 1.2 server may leave the block out; its answer shall be understood well enough to be refused.
        block = extension_blocks.read(reader, Place.HRR if retry else Place.SH) if reader.more else ()
        if retry:
            return HelloRetryRequest(session_id, suite, block, legacy_version, compression)
        return cls(random, session_id, suite, block, legacy_version, compression)


@dataclass(frozen=True, slots=True)
class HelloRetryRequest(HasExtensions):
    """A ServerHello in form, a question in substance: try again with this group or cookie (section 4.2.4)."""

    type: ClassVar = HandshakeType.SERVER_HELLO
    legacy_session_id_echo: bytes
    cipher_suite: int
    extensions: tuple[Extension, ...]
    legacy_version: int = LEGACY_VERSION
    legacy_compression_method: int = NULL_COMPRESSION

    def write(self, writer: Writer) -> None:
        ServerHello(
            HELLO_RETRY_REQUEST_RANDOM,
            self.legacy_session_id_echo,
            self.cipher_suite,
            self.extensions,
            self.legacy_version,
            self.legacy_compression_method,
        ).write(writer)


@dataclass(frozen=True, slots=True)
class EncryptedExtensions(HasExtensions):
    """The server's other answers, now that they can be hidden (section 4.4.1)."""

    type: ClassVar = HandshakeType.ENCRYPTED_EXTENSIONS
    extensions: tuple[Extension, ...] = ()

    def write(self, writer: Writer) -> None:
        extension_blocks.write(writer, self.extensions)

    @classmethod
    def read(cls, reader: Reader) -> "EncryptedExtensions":
        return cls(extension_blocks.read(reader, Place.EE))


@dataclass(frozen=True, slots=True)
class CertificateRequest(HasExtensions):
    """The server wants to see the client's certificate (section 4.4.2)."""

    type: ClassVar = HandshakeType.CERTIFICATE_REQUEST
    certificate_request_context: bytes
    extensions: tuple[Extension, ...]

    def write(self, writer: Writer) -> None:
        writer.opaque8("certificate_request_context", self.certificate_request_context)
        extension_blocks.write(writer, self.extensions)

    @classmethod
    def read(cls, reader: Reader) -> "CertificateRequest":
        context = reader.opaque8("certificate_request_context")
        return cls(context, extension_blocks.read(reader, Place.CR))


@dataclass(frozen=True, slots=True)
class CertificateEntry(HasExtensions):
    """One certificate in DER, with the extensions that belong to it (section 4.5.1)."""

    cert_data: bytes
    extensions: tuple[Extension, ...] = ()


@dataclass(frozen=True, slots=True)
class Certificate:
    """The sender's certificate first, then what helps to verify it (section 4.5.1)."""

    type: ClassVar = HandshakeType.CERTIFICATE
    certificate_list: tuple[CertificateEntry, ...]
    certificate_request_context: bytes = b""

    def write(self, writer: Writer) -> None:
        writer.opaque8("certificate_request_context", self.certificate_request_context)
        with writer.vector24("certificate_list"):
            for entry in writer.items(self.certificate_list):
                writer.opaque24("cert_data", entry.cert_data)
                extension_blocks.write(writer, entry.extensions)

    @classmethod
    def read(cls, reader: Reader) -> "Certificate":
        context = reader.opaque8("certificate_request_context")
        entries = tuple(
            CertificateEntry(item.opaque24("cert_data", minimum=1), extension_blocks.read(item, Place.CT))
            for item in reader.vector24("certificate_list").items()
        )
        return cls(entries, context)


@dataclass(frozen=True, slots=True)
class CertificateVerify:
    """Proof of the private key: a signature over everything said so far (section 4.5.2)."""

    type: ClassVar = HandshakeType.CERTIFICATE_VERIFY
    algorithm: int
    signature: bytes

    def write(self, writer: Writer) -> None:
        writer.uint16("algorithm", self.algorithm, SignatureScheme)
        writer.opaque16("signature", self.signature)

    @classmethod
    def read(cls, reader: Reader) -> "CertificateVerify":
        return cls(reader.uint16("algorithm", SignatureScheme), reader.opaque16("signature"))


@dataclass(frozen=True, slots=True)
class Finished:
    """A MAC over everything said so far, under a key of this handshake (section 4.5.3)."""

    type: ClassVar = HandshakeType.FINISHED
    verify_data: bytes  # as long as the suite's hash; its length is checked where the hash is known

    def write(self, writer: Writer) -> None:
        writer.opaque("verify_data", self.verify_data)

    @classmethod
    def read(cls, reader: Reader) -> "Finished":
        return cls(reader.rest("verify_data"))


@dataclass(frozen=True, slots=True)
class EndOfEarlyData:
    """The client's next record will be under its handshake keys (section 4.6)."""

    type: ClassVar = HandshakeType.END_OF_EARLY_DATA

    def write(self, writer: Writer) -> None:
        """To be there is all that it says."""

    @classmethod
    def read(cls, reader: Reader) -> "EndOfEarlyData":
        return cls()


@dataclass(frozen=True, slots=True)
class NewSessionTicket(HasExtensions):
    """A ticket for another connection (section 4.7.1)."""

    type: ClassVar = HandshakeType.NEW_SESSION_TICKET
    ticket_lifetime: int  # seconds
    ticket_age_add: int
    ticket_nonce: bytes
    ticket: bytes
    extensions: tuple[Extension, ...] = ()

    def write(self, writer: Writer) -> None:
        writer.uint32("ticket_lifetime", self.ticket_lifetime)
        writer.uint32("ticket_age_add", self.ticket_age_add)
        writer.opaque8("ticket_nonce", self.ticket_nonce)
        writer.opaque16("ticket", self.ticket)
        extension_blocks.write(writer, self.extensions)

    @classmethod
    def read(cls, reader: Reader) -> "NewSessionTicket":
        return cls(
            reader.uint32("ticket_lifetime"),
            reader.uint32("ticket_age_add"),
            reader.opaque8("ticket_nonce"),
            reader.opaque16("ticket", minimum=1),
            extension_blocks.read(reader, Place.NST),
        )


@dataclass(frozen=True, slots=True)
class KeyUpdate:
    """The sender's next record will be under new keys (section 4.7.3)."""

    type: ClassVar = HandshakeType.KEY_UPDATE
    request_update: int

    def write(self, writer: Writer) -> None:
        writer.uint8("request_update", self.request_update, KeyUpdateRequest)

    @classmethod
    def read(cls, reader: Reader) -> "KeyUpdate":
        request = reader.uint8("request_update", KeyUpdateRequest)
        if request not in tuple(KeyUpdateRequest):  # section 4.7.3 [4]
            raise IllegalParameter(f"KeyUpdate: request_update is {request}")
        return cls(request)


Message: TypeAlias = (
    ClientHello
    | ServerHello
    | HelloRetryRequest
    | EncryptedExtensions
    | CertificateRequest
    | Certificate
    | CertificateVerify
    | Finished
    | EndOfEarlyData
    | NewSessionTicket
    | KeyUpdate
)

_READERS = {
    kind.type: kind.read
    for kind in (
        ClientHello,
        ServerHello,
        EncryptedExtensions,
        CertificateRequest,
        Certificate,
        CertificateVerify,
        Finished,
        EndOfEarlyData,
        NewSessionTicket,
        KeyUpdate,
    )
}


def encode(message: Message, observe: Observer | None = None) -> bytes:
    """The whole message, header included."""
    writer = Writer(observe, message.type.name.lower())
    writer.uint8("msg_type", message.type, HandshakeType)
    with writer.vector24(""):
        message.write(writer)
    return writer.getvalue()


def decode(raw: bytes, observe: Observer | None = None) -> Message:
    """Parse one whole message, header included, of a type that the driver has found to be expected.

    DecodeError if it does not follow its syntax, IllegalParameter if a field or an extension may not be so.
    """
    reader = Reader(raw, observe, HandshakeType(raw[0]).name.lower())
    message_type = HandshakeType(reader.uint8("msg_type", HandshakeType))
    body = reader.vector24("")
    if message_type not in _READERS:
        raise DecodeError(f"{message_type.name.lower()} is not a message that can be parsed")
    message = _READERS[message_type](body)
    body.end()  # section 6 [9]
    return message
