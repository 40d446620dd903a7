"""What a client makes of the server's answer: does it fit the offer?  RFC 9846 sections 4.2.3 to 4.4.1.

agreed_suite        what ServerHello and HelloRetryRequest share, the version first
chosen_key          the pre-shared key, if one was selected
agree               the group, and the shared secret
agreed_protocol     ALPN
check_early_data    whether early data was taken as what it was sent for

Each compares a message with what was offered (`client_offer`), and raises where the two do not fit.
"""

from handshake import authentication, constants
from handshake.constants import (
    DOWNGRADE_TLS_1_1,
    DOWNGRADE_TLS_1_2,
    LEGACY_VERSION,
    NULL_COMPRESSION,
    CipherSuite,
    NamedGroup,
    ProtocolVersion,
    PskKeyExchangeMode,
)
from handshake.errors import IllegalParameter, MissingExtension, UnsupportedVersion
from handshake.extensions import (
    ApplicationProtocols,
    Cookie,
    SelectedVersion,
    ServerKeyShare,
)
from handshake.groups import Exchanges
from handshake.messages import ClientHello, EncryptedExtensions, HelloRetryRequest, ServerHello
from handshake.pre_shared_keys import KnownKey
from handshake.psk_extensions import SelectedPsk
from handshake.settings import ClientSettings
from handshake.suites import SUITES, Suite


def agreed_suite(answer: ServerHello | HelloRetryRequest, client_hello: ClientHello) -> Suite:
    """Check what both kinds of answer share, version first (sections 4.2.3, 4.2.4, 4.3.1)."""
    selected = answer.find(SelectedVersion)  # section 4.3.1 [14, 16]
    if selected is None:
        raise _older_version(answer)  # appendix E.3 [1]
    # section 4.2.4 [13], appendix E.5 [4]
    if selected.selected_version != ProtocolVersion.TLS_1_3:  # section 4.3.1 [15, 17]
        version = constants.name_of(ProtocolVersion, selected.selected_version)
        raise IllegalParameter(f"the server selected {version}, not TLS 1.3")
    if answer.legacy_version != LEGACY_VERSION:  # section 4.2.3 [2]
        raise UnsupportedVersion(f"legacy_version is 0x{answer.legacy_version:04x}, must be 0x0303")
    if answer.legacy_session_id_echo != client_hello.legacy_session_id:  # section 4.2.3 [6]
        raise IllegalParameter("legacy_session_id_echo is not what we sent")
    if answer.legacy_compression_method != NULL_COMPRESSION:  # section 4.2.3 [9]
        raise IllegalParameter(f"compression method {answer.legacy_compression_method}")
    authentication.refuse_unsolicited(answer, client_hello, allowed=(Cookie.type,))
    # Section 4.2.3.  SUITES has no GREASE value, so one that comes back is refused (RFC 8701 section 3.1).
    # sections 4.2.3 [7] and 4.2.4 [8]
    if answer.cipher_suite not in client_hello.cipher_suites or answer.cipher_suite not in SUITES:
        name = constants.name_of(CipherSuite, answer.cipher_suite)
        raise IllegalParameter(f"the server selected {name}, which was not offered")
    return SUITES[answer.cipher_suite]


def _older_version(answer: ServerHello | HelloRetryRequest) -> Exception:
    """The server speaks TLS 1.2 or less.  Does it say that somebody made it do so? (section 4.2.3)"""
    # section 4.2.3 [16]
    if isinstance(answer, ServerHello) and answer.random.endswith((DOWNGRADE_TLS_1_2, DOWNGRADE_TLS_1_1)):
        # section 4.2.3 [18]
        return IllegalParameter("a server that knows TLS 1.3 answers with less: somebody meddles")
    if isinstance(answer, HelloRetryRequest):
        return MissingExtension("HelloRetryRequest: no supported_versions")  # section 9.2
    version = constants.name_of(ProtocolVersion, answer.legacy_version)
    return UnsupportedVersion(f"the server speaks {version}, not TLS 1.3")  # appendix E.1 [3]


def chosen_key(server_hello: ServerHello, known: list[KnownKey], suite: Suite) -> KnownKey | None:
    """The pre-shared key that the server selected, if it did (section 4.3.11)."""
    selected = server_hello.find(SelectedPsk)
    if selected is None:
        return None
    place = selected.selected_identity
    if place >= len(known):  # section 4.3.11 [13, 14]
        raise IllegalParameter(f"ServerHello: pre-shared key {place} of {len(known)}")
    if not known[place].psk.fits(suite):  # sections 4.3.11 [13, 14] and 4.7.1 [2]
        raise IllegalParameter("ServerHello: the pre-shared key is not for this suite's hash")
    return known[place]


def agree(
    settings: ClientSettings, exchanges: Exchanges, server_hello: ServerHello, *, with_psk: bool
) -> tuple[NamedGroup | None, bytes | None]:
    """The group, and the secret that only the two ends can compute (sections 4.3.8 and 7.4).

    Neither, if a pre-shared key has to do alone and we have allowed it to (section 4.3.9).
    """
    key_share = server_hello.find(ServerKeyShare)
    if key_share is None:  # section 9.2 [6]
        if not with_psk:
            raise MissingExtension("ServerHello: no key_share")  # section 9.2
        # section 4.3.9 [8]
        if PskKeyExchangeMode.PSK_KE not in settings.psk_modes:  # section 4.3.11 [13, 14]
            raise IllegalParameter("ServerHello: no key_share, which we want beside the pre-shared key")
        return None, None
    if with_psk and PskKeyExchangeMode.PSK_DHE_KE not in settings.psk_modes:  # section 4.3.9
        raise IllegalParameter("ServerHello: a key_share beside a pre-shared key that is to do alone")
    share = key_share.server_share
    # After a HelloRetryRequest only what it asked for is there (section 4.3.8).  GREASE begins nothing.
    if share.group not in exchanges:  # section 4.3.8 [15, 16]
        name = constants.name_of(NamedGroup, share.group)
        raise IllegalParameter(f"ServerHello: a share for {name}, where we sent none")
    exchange = exchanges[share.group]
    return exchange.group.number, exchange.finish(share.key_exchange)


def agreed_protocol(answer: EncryptedExtensions, settings: ClientSettings) -> bytes | None:
    """The protocol that ALPN settled on, if it did (RFC 7301 section 3.1)."""
    selected = answer.find(ApplicationProtocols)
    if selected is None:
        return None
    if len(selected.protocols) != 1:
        raise IllegalParameter(f"ALPN: the server selected {len(selected.protocols)} protocols")
    if selected.protocols[0] not in settings.application_protocols:
        raise IllegalParameter(f"ALPN: the server selected {selected.protocols[0]!r}, which was not offered")
    return selected.protocols[0]


def check_early_data(
    known: list[KnownKey], chosen: KnownKey | None, suite: Suite, application_protocol: bytes | None
) -> None:
    """The server has read our early data: as what it was sent for? (sections 4.3.10 and 4.3.11)"""
    session = known[0].psk.session
    if chosen is not known[0] or session is None:  # section 4.3.11 [15, 16]
        raise IllegalParameter("EncryptedExtensions: early data without the first pre-shared key")
    if suite.number != session.cipher_suite:
        raise IllegalParameter("EncryptedExtensions: early data with another cipher suite")
    if application_protocol != session.application_protocol:
        raise IllegalParameter("EncryptedExtensions: early data with another application protocol")
