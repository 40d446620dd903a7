"""The extensions about certificates: whose are wanted, and when, and whether they still hold.
RFC 9846 sections 4.3.4 to 4.3.6 and 4.5.1.1.

`signature_algorithms` stands with the other negotiations in `extensions`.  Names, OIDs and OCSP responses are
DER inside, and stay bytes here.
"""

from dataclasses import dataclass
from typing import ClassVar

from handshake.codec import Reader, Writer
from handshake.constants import CertificateStatusType, ExtensionType
from handshake.errors import IllegalParameter
from handshake.extensions import UnusedExtension

MIN_AUTHORITIES = 3  # bytes: one name of one byte, with its length
MAX_AUTHORITIES = 2**16 - 2**10  # bytes that we send: a message's other extensions need room as well
MAX_RESPONSE = 2**16 - 1 - 8  # bytes: with what stands before it, it has to fit the extensions of an entry


@dataclass(frozen=True, slots=True)
class CertificateAuthorities:
    """The authorities whose certificates the sender would accept, by name (section 4.3.4)."""

    type: ClassVar = ExtensionType.CERTIFICATE_AUTHORITIES
    authorities: tuple[bytes, ...]  # distinguished names in DER

    def write(self, writer: Writer) -> None:
        with writer.vector16("authorities"):
            for name in writer.items(self.authorities):
                writer.opaque16("", name)

    @classmethod
    def read(cls, reader: Reader) -> "CertificateAuthorities":
        names = reader.vector16("authorities", MIN_AUTHORITIES)
        return cls(tuple(item.opaque16("", minimum=1) for item in names.items()))


@dataclass(frozen=True, slots=True)
class OidFilters:
    """X.509 extensions that the client's certificate has to have, and their values (section 4.3.5)."""

    type: ClassVar = ExtensionType.OID_FILTERS
    filters: tuple[tuple[bytes, bytes], ...]  # OID and values, both in DER

    def write(self, writer: Writer) -> None:
        with writer.vector16("filters"):
            for oid, values in writer.items(self.filters):
                writer.opaque8("certificate_extension_oid", oid)
                writer.opaque16("certificate_extension_values", values)

    @classmethod
    def read(cls, reader: Reader) -> "OidFilters":
        filters: dict[bytes, bytes] = {}
        for item in reader.vector16("filters").items():
            oid = item.opaque8("certificate_extension_oid", minimum=1)
            if oid in filters:  # section 4.3.5
                raise IllegalParameter(f"oid_filters: {oid.hex()} twice")
            filters[oid] = item.opaque16("certificate_extension_values")
        return cls(tuple(filters.items()))


@dataclass(frozen=True, slots=True)
class PostHandshakeAuth:
    """The client may be asked for its certificate after the handshake (section 4.3.6)."""

    type: ClassVar = ExtensionType.POST_HANDSHAKE_AUTH

    def write(self, writer: Writer) -> None:
        """To be there is all that it says."""

    @classmethod
    def read(cls, reader: Reader) -> "PostHandshakeAuth":
        return cls()


@dataclass(frozen=True, slots=True)
class StatusRequest:
    """The client wants to hear from the authority, through the server, that a certificate is not revoked
    (section 4.5.1.1, RFC 6066 section 8).

    It may name the OCSP responders that it trusts.  We name none, and answer with what response we have.
    """

    type: ClassVar = ExtensionType.STATUS_REQUEST

    def write(self, writer: Writer) -> None:
        writer.uint8("status_type", CertificateStatusType.OCSP, CertificateStatusType)
        with writer.vector16("responder_id_list"):
            pass
        writer.opaque16("request_extensions", b"")

    @classmethod
    def read(cls, reader: Reader) -> "StatusRequest | UnusedExtension":
        """What is no request for OCSP has a form that nobody has defined, and is left alone."""
        status_type = reader.uint8("status_type", CertificateStatusType)
        if status_type != CertificateStatusType.OCSP:
            return UnusedExtension(cls.type, bytes([status_type]) + reader.rest("request"))
        for item in reader.vector16("responder_id_list").items():
            item.opaque16("", minimum=1)
        reader.opaque16("request_extensions")
        return cls()


@dataclass(frozen=True, slots=True)
class CertificateStatus:
    """What the authority says about the certificate beside which this stands (section 4.5.1.1)."""

    type: ClassVar = ExtensionType.STATUS_REQUEST
    response: bytes  # an OCSPResponse in DER (RFC 6960)

    def write(self, writer: Writer) -> None:
        writer.uint8("status_type", CertificateStatusType.OCSP, CertificateStatusType)
        writer.opaque24("response", self.response)

    @classmethod
    def read(cls, reader: Reader) -> "CertificateStatus":
        status_type = reader.uint8("status_type", CertificateStatusType)
        if status_type != CertificateStatusType.OCSP:  # RFC 6066 section 8: the type that was asked for
            raise IllegalParameter(f"status_request: a response of type {status_type}, not OCSP")
        return cls(reader.opaque24("response", minimum=1))
