"""Extension blocks: how a message holds its extensions, and which it may hold.  RFC 9846 section 4.3.

    struct {
        ExtensionType extension_type;
        opaque extension_data<0..2^16-1>;
    } Extension;

Type and length stand before every body, so that an endpoint can step over what it does not know.  The table
that says where an extension may stand covers all that the RFC lists, so that a misplaced one is refused even
where we make no use of it.
"""

from collections.abc import Callable, Iterable, Sequence
from enum import Enum

from handshake.certificate_extensions import (
    CertificateAuthorities,
    CertificateStatus,
    OidFilters,
    PostHandshakeAuth,
    StatusRequest,
)
from handshake.codec import Reader, Writer
from handshake.constants import ExtensionType
from handshake.errors import IllegalParameter
from handshake.extensions import (
    ApplicationProtocols,
    ClientKeyShares,
    Cookie,
    Extension,
    RecordSizeLimit,
    SelectedGroup,
    SelectedVersion,
    ServerKeyShare,
    ServerName,
    SignatureAlgorithms,
    SignatureAlgorithmsCert,
    SupportedGroups,
    SupportedVersions,
    UnusedExtension,
)
from handshake.psk_extensions import (
    EarlyDataIndication,
    MaxEarlyData,
    OfferedPsks,
    PskKeyExchangeModes,
    SelectedPsk,
)


class Place(Enum):
    """The messages that carry extensions, under the abbreviations of section 4.3's table."""

    CH = "ClientHello"
    SH = "ServerHello"
    HRR = "HelloRetryRequest"
    EE = "EncryptedExtensions"
    CT = "Certificate"
    CR = "CertificateRequest"
    NST = "NewSessionTicket"


def read(reader: Reader, place: Place) -> tuple[Extension, ...]:
    """Read `Extension extensions<..>`, as it stands in the message `place`.

    Raises IllegalParameter on a duplicate or on an extension that may not stand here, DecodeError on a
    body that does not follow its syntax or has bytes left over (section 4.3).
    """
    found: dict[int, Extension] = {}
    for entry in reader.vector16("extensions").items():
        extension_type = entry.uint16("extension_type", ExtensionType)
        name = _name(extension_type)
        if extension_type in found:  # section 4.3 [7]
            raise IllegalParameter(f"{place.value}: {name} twice")
        body = entry.vector16(name)
        read_body = _READERS.get((place, extension_type))
        if read_body is None:  # sections 4.2.2 [18], 4.4.2 [6], 4.5.1.1 [2, 3, 4], 4.7.1 [9] and 9.3 [4, 5]
            found[extension_type] = UnusedExtension(extension_type, body.rest("data"))
        else:
            found[extension_type] = read_body(body)
        body.end()  # section 4.3 [2]
    if place is Place.SH and ExtensionType.SUPPORTED_VERSIONS not in found:  # section 4.3.1 [14]
        return tuple(found.values())  # an older hello under older rules: its version is refused first (4.3.1)
    for extension_type in found:
        if place not in _PLACES.get(extension_type, (place,)):  # section 4.3 [5]
            raise IllegalParameter(f"{place.value}: {_name(extension_type)} may not stand there")
    return tuple(found.values())


def arrange(
    ours: Iterable[Extension], others: Iterable[Extension], order: Sequence[int]
) -> tuple[Extension, ...]:
    """Ours, and others besides or in the place of ours of the same type; first those that `order` names."""
    by_type = {extension.type: extension for extension in (*ours, *others)}
    listed = [extension_type for extension_type in order if extension_type in by_type]
    return tuple(by_type[extension_type] for extension_type in dict.fromkeys((*listed, *by_type)))


def write(writer: Writer, extensions: Iterable[Extension]) -> None:
    """Write `Extension extensions<..>`."""
    with writer.vector16("extensions"):
        for extension in writer.items(extensions):
            writer.uint16("extension_type", extension.type, ExtensionType)
            with writer.vector16(_name(extension.type)):  # section 4.3 [1]
                extension.write(writer)


def _name(extension_type: int) -> str:
    try:
        return ExtensionType(extension_type).name.lower()
    except ValueError:
        return f"extension_{extension_type}"


# Where an extension may stand: the table of section 4.3.
_X, _P = ExtensionType, Place
_PLACES: dict[int, frozenset[Place]] = {
    _X.SERVER_NAME: frozenset({_P.CH, _P.EE, _P.CR}),
    _X.STATUS_REQUEST: frozenset({_P.CH, _P.CR, _P.CT}),
    _X.SUPPORTED_GROUPS: frozenset({_P.CH, _P.EE}),
    _X.SIGNATURE_ALGORITHMS: frozenset({_P.CH, _P.CR}),
    _X.USE_SRTP: frozenset({_P.CH, _P.EE}),
    _X.HEARTBEAT: frozenset({_P.CH, _P.EE}),
    _X.APPLICATION_LAYER_PROTOCOL_NEGOTIATION: frozenset({_P.CH, _P.EE}),
    _X.CLIENT_CERTIFICATE_TYPE: frozenset({_P.CH, _P.EE}),
    _X.SERVER_CERTIFICATE_TYPE: frozenset({_P.CH, _P.EE}),
    _X.PADDING: frozenset({_P.CH}),
    _X.COMPRESS_CERTIFICATE: frozenset({_P.CH, _P.CR}),
    _X.RECORD_SIZE_LIMIT: frozenset({_P.CH, _P.EE}),
    _X.DELEGATED_CREDENTIAL: frozenset({_P.CH, _P.CR, _P.CT}),
    _X.SUPPORTED_EKT_CIPHERS: frozenset({_P.CH, _P.EE}),
    _X.PRE_SHARED_KEY: frozenset({_P.CH, _P.SH}),
    _X.EARLY_DATA: frozenset({_P.CH, _P.EE, _P.NST}),
    _X.SUPPORTED_VERSIONS: frozenset({_P.CH, _P.SH, _P.HRR}),
    _X.COOKIE: frozenset({_P.CH, _P.HRR}),
    _X.PSK_KEY_EXCHANGE_MODES: frozenset({_P.CH}),  # section 4.3.9 [6]
    _X.CERTIFICATE_AUTHORITIES: frozenset({_P.CH, _P.CR}),
    _X.OID_FILTERS: frozenset({_P.CR}),  # section 4.3.5 [1]
    _X.POST_HANDSHAKE_AUTH: frozenset({_P.CH}),  # section 4.3.6 [2]
    _X.SIGNATURE_ALGORITHMS_CERT: frozenset({_P.CH, _P.CR}),
    _X.KEY_SHARE: frozenset({_P.CH, _P.SH, _P.HRR}),
    _X.TRANSPARENCY_INFO: frozenset({_P.CH, _P.CR, _P.CT}),
    _X.EXTERNAL_ID_HASH: frozenset({_P.CH, _P.EE}),
    _X.EXTERNAL_SESSION_ID: frozenset({_P.CH, _P.EE}),
    _X.QUIC_TRANSPORT_PARAMETERS: frozenset({_P.CH, _P.EE}),
    _X.TICKET_REQUEST: frozenset({_P.CH, _P.EE}),
    _X.ECH_OUTER_EXTENSIONS: frozenset({_P.CH}),
    _X.ENCRYPTED_CLIENT_HELLO: frozenset({_P.CH, _P.HRR, _P.EE}),
}

# How to read the ones that we use; one type has a different body in different messages.
_READERS: dict[tuple[Place, int], Callable[[Reader], Extension]] = {  # section 9.2 [1]
    (_P.CH, _X.SERVER_NAME): ServerName.read,
    (_P.EE, _X.SERVER_NAME): ServerName.read_consent,
    (_P.CH, _X.SUPPORTED_GROUPS): SupportedGroups.read,
    (_P.EE, _X.SUPPORTED_GROUPS): SupportedGroups.read,
    (_P.CH, _X.SIGNATURE_ALGORITHMS): SignatureAlgorithms.read,
    (_P.CR, _X.SIGNATURE_ALGORITHMS): SignatureAlgorithms.read,
    (_P.CH, _X.SIGNATURE_ALGORITHMS_CERT): SignatureAlgorithmsCert.read,
    (_P.CR, _X.SIGNATURE_ALGORITHMS_CERT): SignatureAlgorithmsCert.read,
    (_P.CH, _X.APPLICATION_LAYER_PROTOCOL_NEGOTIATION): ApplicationProtocols.read,
    (_P.EE, _X.APPLICATION_LAYER_PROTOCOL_NEGOTIATION): ApplicationProtocols.read,
    (_P.CH, _X.SUPPORTED_VERSIONS): SupportedVersions.read,
    (_P.SH, _X.SUPPORTED_VERSIONS): SelectedVersion.read,
    (_P.HRR, _X.SUPPORTED_VERSIONS): SelectedVersion.read,
    (_P.CH, _X.COOKIE): Cookie.read,
    (_P.HRR, _X.COOKIE): Cookie.read,
    (_P.CH, _X.KEY_SHARE): ClientKeyShares.read,
    (_P.SH, _X.KEY_SHARE): ServerKeyShare.read,
    (_P.HRR, _X.KEY_SHARE): SelectedGroup.read,
    (_P.CH, _X.RECORD_SIZE_LIMIT): RecordSizeLimit.read,
    (_P.EE, _X.RECORD_SIZE_LIMIT): RecordSizeLimit.read_answer,
    (_P.CH, _X.PSK_KEY_EXCHANGE_MODES): PskKeyExchangeModes.read,
    (_P.CH, _X.PRE_SHARED_KEY): OfferedPsks.read,
    (_P.SH, _X.PRE_SHARED_KEY): SelectedPsk.read,
    (_P.CH, _X.EARLY_DATA): EarlyDataIndication.read,
    (_P.EE, _X.EARLY_DATA): EarlyDataIndication.read,
    (_P.NST, _X.EARLY_DATA): MaxEarlyData.read,
    (_P.CH, _X.CERTIFICATE_AUTHORITIES): CertificateAuthorities.read,
    (_P.CR, _X.CERTIFICATE_AUTHORITIES): CertificateAuthorities.read,
    (_P.CR, _X.OID_FILTERS): OidFilters.read,
    (_P.CH, _X.POST_HANDSHAKE_AUTH): PostHandshakeAuth.read,
    (_P.CH, _X.STATUS_REQUEST): StatusRequest.read,
    (_P.CT, _X.STATUS_REQUEST): CertificateStatus.read,
}
