"""The extensions: what a hello asks for and what the answer grants.  RFC 9846 section 4.3.

The ones that this implementation uses have a class each, which reads and writes the body; all others stay
`UnusedExtension`s.  What stands around a body, and in which messages it may stand, is in `extension_blocks`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Protocol

from handshake import groups
from handshake.codec import Reader, Writer
from handshake.constants import ExtensionType, NamedGroup, ProtocolVersion, Role, SignatureScheme
from handshake.errors import IllegalParameter
from record.protection import MAX_INNER_PLAINTEXT

HOST_NAME = 0  # the one NameType (RFC 6066 section 3)
MIN_RECORD_SIZE = 64  # bytes (RFC 8449 section 4)


class Extension(Protocol):
    """The shape that all extensions share; `type` is a number of `ExtensionType`, or an unknown one."""

    @property
    def type(self) -> int: ...
    def write(self, writer: Writer) -> None: ...


@dataclass(frozen=True, slots=True)
class UnusedExtension:
    """An extension that we do not know, or know and do not use: its body is left alone.  GREASE too."""

    type: int
    data: bytes = b""

    def write(self, writer: Writer) -> None:
        writer.opaque("data", self.data)


@dataclass(frozen=True, slots=True)
class SupportedVersions:
    """All versions that the client is willing to speak, best first (section 4.3.1)."""

    type: ClassVar = ExtensionType.SUPPORTED_VERSIONS
    versions: tuple[int, ...]

    def write(self, writer: Writer) -> None:
        with writer.vector8("versions"):
            for version in writer.items(self.versions):
                writer.uint16("", version, ProtocolVersion)

    @classmethod
    def read(cls, reader: Reader) -> "SupportedVersions":
        versions = reader.vector8("versions", minimum=2)
        return cls(tuple(item.uint16("", ProtocolVersion) for item in versions.items()))


@dataclass(frozen=True, slots=True)
class SelectedVersion:
    """The version that the server chose (section 4.3.1)."""

    type: ClassVar = ExtensionType.SUPPORTED_VERSIONS
    selected_version: int = ProtocolVersion.TLS_1_3

    def write(self, writer: Writer) -> None:
        writer.uint16("selected_version", self.selected_version, ProtocolVersion)

    @classmethod
    def read(cls, reader: Reader) -> "SelectedVersion":
        return cls(reader.uint16("selected_version", ProtocolVersion))


@dataclass(frozen=True, slots=True)
class Cookie:
    """What the server gave with a HelloRetryRequest, and wants back (section 4.3.2)."""

    type: ClassVar = ExtensionType.COOKIE
    cookie: bytes

    def write(self, writer: Writer) -> None:
        writer.opaque16("cookie", self.cookie)

    @classmethod
    def read(cls, reader: Reader) -> "Cookie":
        return cls(reader.opaque16("cookie", minimum=1))


@dataclass(frozen=True, slots=True)
class SignatureAlgorithms:
    """The signatures that the sender can verify in CertificateVerify, best first (section 4.3.3)."""

    type: ClassVar = ExtensionType.SIGNATURE_ALGORITHMS
    schemes: tuple[int, ...]

    def write(self, writer: Writer) -> None:
        _write_schemes(writer, self.schemes)

    @classmethod
    def read(cls, reader: Reader) -> "SignatureAlgorithms":
        return cls(_read_schemes(reader))


@dataclass(frozen=True, slots=True)
class SignatureAlgorithmsCert:
    """The signatures that the sender can verify in certificates, if those differ (section 4.3.3)."""

    type: ClassVar = ExtensionType.SIGNATURE_ALGORITHMS_CERT
    schemes: tuple[int, ...]

    def write(self, writer: Writer) -> None:
        _write_schemes(writer, self.schemes)

    @classmethod
    def read(cls, reader: Reader) -> "SignatureAlgorithmsCert":
        return cls(_read_schemes(reader))


def _write_schemes(writer: Writer, schemes: Iterable[int]) -> None:
    with writer.vector16("supported_signature_algorithms"):
        for scheme in writer.items(schemes):
            writer.uint16("", scheme, SignatureScheme)


def _read_schemes(reader: Reader) -> tuple[int, ...]:
    schemes = reader.vector16("supported_signature_algorithms", minimum=2)
    return tuple(item.uint16("", SignatureScheme) for item in schemes.items())


@dataclass(frozen=True, slots=True)
class SupportedGroups:  # section 4.3.7 [2]
    """The groups for key exchange that the sender supports, best first (section 4.3.7)."""

    type: ClassVar = ExtensionType.SUPPORTED_GROUPS
    groups: tuple[int, ...]

    def write(self, writer: Writer) -> None:
        with writer.vector16("named_group_list"):
            for group in writer.items(self.groups):
                writer.uint16("", group, NamedGroup)

    @classmethod
    def read(cls, reader: Reader) -> "SupportedGroups":
        groups = reader.vector16("named_group_list", minimum=2)
        return cls(tuple(item.uint16("", NamedGroup) for item in groups.items()))


@dataclass(frozen=True, slots=True)
class KeyShareEntry:
    """One public value, and the group that it belongs to (section 4.3.8)."""

    group: int
    key_exchange: bytes

    def write(self, writer: Writer, sender: Role) -> None:
        writer.uint16("group", self.group, NamedGroup)
        with writer.vector16("key_exchange"):
            rest = self.key_exchange
            for name, size in groups.layout(self.group, sender, len(rest)):
                writer.opaque(name, rest[:size])
                rest = rest[size:]

    @classmethod
    def read(cls, reader: Reader, sender: Role) -> "KeyShareEntry":
        group = reader.uint16("group", NamedGroup)
        inside = reader.vector16("key_exchange", minimum=1)
        layout = groups.layout(group, sender, inside.left)
        return cls(group, b"".join([inside.opaque(name, size) for name, size in layout]))


@dataclass(frozen=True, slots=True)
class ClientKeyShares:
    """The client's public values; none at all asks the server to name a group (section 4.3.8)."""

    type: ClassVar = ExtensionType.KEY_SHARE
    client_shares: tuple[KeyShareEntry, ...]

    def write(self, writer: Writer) -> None:
        with writer.vector16("client_shares"):
            for share in writer.items(self.client_shares):
                share.write(writer, "client")

    @classmethod
    def read(cls, reader: Reader) -> "ClientKeyShares":
        shares = reader.vector16("client_shares")
        return cls(tuple(KeyShareEntry.read(item, "client") for item in shares.items()))


@dataclass(frozen=True, slots=True)
class ServerKeyShare:
    """The server's public value, in the group of one of the client's (section 4.3.8)."""

    type: ClassVar = ExtensionType.KEY_SHARE
    server_share: KeyShareEntry

    def write(self, writer: Writer) -> None:
        with writer.within("server_share"):
            self.server_share.write(writer, "server")

    @classmethod
    def read(cls, reader: Reader) -> "ServerKeyShare":
        return cls(KeyShareEntry.read(reader.within("server_share"), "server"))


@dataclass(frozen=True, slots=True)
class SelectedGroup:
    """The group for which a HelloRetryRequest wants a share (section 4.3.8)."""

    type: ClassVar = ExtensionType.KEY_SHARE
    selected_group: int

    def write(self, writer: Writer) -> None:
        writer.uint16("selected_group", self.selected_group, NamedGroup)

    @classmethod
    def read(cls, reader: Reader) -> "SelectedGroup":
        return cls(reader.uint16("selected_group", NamedGroup))


@dataclass(frozen=True, slots=True)
class ServerName:
    """The host that the client wants to talk to (RFC 6066 section 3); None in the server's consent."""

    type: ClassVar = ExtensionType.SERVER_NAME
    host_name: str | None

    def write(self, writer: Writer) -> None:
        if self.host_name is None:
            return
        with writer.vector16("server_name_list"):
            for host_name in writer.items((self.host_name,)):
                writer.uint8("name_type", HOST_NAME)
                writer.opaque16("host_name", host_name.encode("ascii"))

    @classmethod
    def read(cls, reader: Reader) -> "ServerName":
        host_name: str | None = None
        for entry in reader.vector16("server_name_list", minimum=1).items():
            name_type = entry.uint8("name_type")
            name = entry.opaque16("host_name" if name_type == HOST_NAME else "name", minimum=1)
            if name_type != HOST_NAME:
                continue  # nothing else was ever defined
            if host_name is not None:
                raise IllegalParameter("server_name: two host names")
            host_name = _host_name(name)
        return cls(host_name)

    @classmethod
    def read_consent(cls, reader: Reader) -> "ServerName":
        """In EncryptedExtensions the body is empty."""
        return cls(None)


def _host_name(name: bytes) -> str:
    if not all(0x21 <= byte <= 0x7E for byte in name):  # RFC 6066 section 3: ASCII, as in the DNS
        raise IllegalParameter(f"server_name: {name[:64]!r} is no host name")
    return name.decode("ascii")


@dataclass(frozen=True, slots=True)
class ApplicationProtocols:
    """ALPN: what the client would speak, best first; the server answers with one (RFC 7301 section 3.1)."""

    type: ClassVar = ExtensionType.APPLICATION_LAYER_PROTOCOL_NEGOTIATION
    protocols: tuple[bytes, ...]

    def write(self, writer: Writer) -> None:
        with writer.vector16("protocol_name_list"):
            for protocol in writer.items(self.protocols):
                writer.opaque8("", protocol)

    @classmethod
    def read(cls, reader: Reader) -> "ApplicationProtocols":
        names = reader.vector16("protocol_name_list", minimum=2)
        return cls(tuple(item.opaque8("", minimum=1) for item in names.items()))


@dataclass(frozen=True, slots=True)
class RecordSizeLimit:
    """The largest protected record that the sender wants to receive (RFC 8449 section 4)."""

    type: ClassVar = ExtensionType.RECORD_SIZE_LIMIT
    limit: int  # bytes: content, type and padding together

    def write(self, writer: Writer) -> None:
        writer.uint16("limit", self.limit)

    @classmethod
    def read(cls, reader: Reader) -> "RecordSizeLimit":
        """In ClientHello; a later version may allow more than we do, so that too much is no fault."""
        limit = reader.uint16("limit")
        if limit < MIN_RECORD_SIZE:  # RFC 8449 section 4
            raise IllegalParameter(f"record_size_limit: {limit} bytes, at least {MIN_RECORD_SIZE} allowed")
        return cls(limit)

    @classmethod
    def read_answer(cls, reader: Reader) -> "RecordSizeLimit":
        """In EncryptedExtensions the version is settled, and with it the largest record."""
        answer = cls.read(reader)
        if answer.limit > MAX_INNER_PLAINTEXT:  # RFC 8449 section 4
            raise IllegalParameter(
                f"record_size_limit: {answer.limit} bytes, at most {MAX_INNER_PLAINTEXT} allowed"
            )
        return answer
