"""What a client offers: its ClientHello, and the second one if the server wants it otherwise.
RFC 9846 sections 4.2.2, 4.2.4 and 4.3.

What is offered depends on the settings alone, and on the pre-shared keys that are still good; what the server
makes of it is judged in `server_answer.py`.
"""

from collections.abc import Sequence
from dataclasses import replace

from handshake import authentication, constants, extension_blocks, messages, pre_shared_keys, tickets
from handshake.certificate_extensions import PostHandshakeAuth, StatusRequest
from handshake.constants import ExtensionType, NamedGroup, ProtocolVersion
from handshake.conversation import Conversation
from handshake.errors import IllegalParameter
from handshake.extensions import (
    ApplicationProtocols,
    ClientKeyShares,
    Cookie,
    Extension,
    KeyShareEntry,
    RecordSizeLimit,
    SelectedGroup,
    ServerName,
    SignatureAlgorithms,
    SupportedGroups,
    SupportedVersions,
    UnusedExtension,
)
from handshake.groups import GROUPS, Exchange, Exchanges
from handshake.messages import ClientHello, HelloRetryRequest
from handshake.pre_shared_keys import KnownKey, PreSharedKey
from handshake.psk_extensions import EarlyDataIndication, PskKeyExchangeModes
from handshake.settings import ClientSettings
from handshake.suites import SUITES
from x509 import names
from x509.errors import CertificateError


def known_keys(settings: ClientSettings) -> list[KnownKey]:
    """The pre-shared keys that can be offered now, the ticket first (section 4.3.11)."""
    if not settings.psk_modes:
        return []
    keys = [*_resumable(settings), *(KnownKey(psk, None) for psk in settings.external_psks)]
    hashes = {SUITES[number].hash for number in settings.cipher_suites if number in SUITES}
    return [key for key in keys if key.psk.suite.hash in hashes]  # section 4.2.2 [14]


def _resumable(settings: ClientSettings) -> list[KnownKey]:
    """The ticket, if it is fresh, for this server, and from one that we would trust today (section 4.7.1)."""
    ticket = settings.ticket
    if ticket is None or not ticket.session.is_fresh(settings.now):  # section 4.3.11.1 [1]
        return []
    if len(ticket.identity) > tickets.MAX_TICKET_SIZE:
        return []
    if ticket.session.server_name != settings.server_name:  # section 4.7.1 [4]
        return []
    # Who resumes a session is taken for who began it: for whoever was shown then, and must still be us.  One
    # in which we showed nothing says nothing of us, so it is for any client, whatever it could show.
    if not ticket.session.shown <= {key.leaf.fingerprint for key in settings.certified_keys}:
        return []
    if not pre_shared_keys.is_still_known(ticket.session, settings.external_psks):
        return []
    psk = PreSharedKey.of_session(ticket.identity, ticket.session)
    if settings.trust is None:
        return [KnownKey(psk, None)]
    try:
        peer = authentication.recall(ticket.session, settings.trust, "server", at=settings.now)
        if settings.reference_identity is not None:
            names.verify_name(peer.certificate, settings.reference_identity)  # section 4.7.1 [3]
    except CertificateError:
        return []
    return [KnownKey(psk, peer)]


# sections 4.3.2 [2] and 9.2 [2], appendix E.5 [12]
def first_hello(settings: ClientSettings, known: Sequence[KnownKey] = ()) -> tuple[ClientHello, Exchanges]:
    """The ClientHello, pre-shared keys aside: what we would accept, best first (section 4.2.2).

    With it comes what its shares begin.
    """
    grease = settings.grease
    versions: tuple[int, ...] = (ProtocolVersion.TLS_1_3,)  # section 4.3.1 [1]
    suites, groups, schemes = settings.cipher_suites, settings.groups, settings.signature_schemes
    exchanges = {group: _begin(settings, group) for group in settings.key_share_groups}
    shares = tuple(_key_share(exchange) for exchange in exchanges.values())
    extensions: list[Extension] = []
    if grease is not None:  # RFC 8701 section 3: anywhere, as long as it means nothing
        versions = (grease.version, *versions)
        suites = (grease.cipher_suite, *suites)
        groups = (grease.group, *groups)
        schemes = (grease.signature_scheme, *schemes)
        shares = (KeyShareEntry(grease.group, b"\x00"), *shares) if shares else ()
        extensions.append(UnusedExtension(grease.extension))
    if settings.server_name is not None:  # section 9.2 [13]
        extensions.append(ServerName(settings.server_name))
    # sections 4.3.3 [2] and 9.2 [3, 5]
    extensions += [SupportedVersions(versions), SupportedGroups(groups), SignatureAlgorithms(schemes)]
    if settings.application_protocols:
        extensions.append(ApplicationProtocols(settings.application_protocols))
    if settings.status_request:
        extensions.append(StatusRequest())
    if settings.record_size_limit is not None:
        extensions.append(RecordSizeLimit(settings.record_size_limit))
    if settings.post_handshake_auth:
        extensions.append(PostHandshakeAuth())
    extensions.append(ClientKeyShares(shares))  # sections 2.2 [1] and 9.2 [6]
    if settings.psk_modes:  # section 4.3.9 [1]: also without a key, or the server would give no ticket
        extensions.append(PskKeyExchangeModes(settings.psk_modes))
    if _may_send_early(settings, known):  # section 4.3.10 [1]
        extensions.append(EarlyDataIndication())
    arranged = extension_blocks.arrange(extensions, settings.extensions, settings.extension_order)
    return ClientHello(settings.random, settings.legacy_session_id, suites, arranged), exchanges


def with_pre_shared_keys(
    hello: ClientHello, settings: ClientSettings, known: Sequence[KnownKey], talk: Conversation
) -> ClientHello:
    """The hello with pre_shared_key as its last extension, if we have any (section 4.3.11)."""
    keys = [key.psk for key in known]
    last = (pre_shared_keys.offer(keys, settings.now),) if keys else ()  # section 9.2 [7]
    padding = _padding(replace(hello, extensions=hello.extensions + last)) if settings.pad_hello else ()
    hello = replace(hello, extensions=hello.extensions + padding + last)  # section 4.3.11 [17]
    return pre_shared_keys.bind(hello, keys, talk.transcript, talk.observe) if keys else hello


def _padding(hello: ClientHello) -> tuple[Extension, ...]:
    """What makes 512 bytes of a hello that has 256 to 511 (RFC 7685 section 4).

    Some old servers hang on hellos of such a length.
    """
    size = len(messages.encode(hello))
    if not 256 <= size < 512:
        return ()
    return (UnusedExtension(ExtensionType.PADDING, bytes(max(1, 512 - size - 4))),)


def _begin(settings: ClientSettings, group: int) -> Exchange:
    return GROUPS[group].begin(settings.private_keys[group])


def _key_share(exchange: Exchange) -> KeyShareEntry:
    return KeyShareEntry(exchange.group.number, exchange.share)


def _may_send_early(settings: ClientSettings, known: Sequence[KnownKey]) -> bool:
    """Whether to offer early data: the key is the first one, for what it was given for (section 4.3.10)."""
    if not settings.replayable_early_data:  # section 8 [2]: somebody has to say that a replay does no harm
        return False
    session = known[0].psk.session if known else None
    if session is None:  # section 4.3.10 [1], appendix E.1 [2]
        return False
    protocol = session.application_protocol
    return (
        session.max_early_data > 0
        and session.cipher_suite in settings.cipher_suites
        and (protocol is None or protocol in settings.application_protocols)
    )


def retry_hello(
    settings: ClientSettings,
    first_hello: ClientHello,
    exchanges: Exchanges,
    request: HelloRetryRequest,
    known: Sequence[KnownKey],
) -> tuple[ClientHello, Exchanges]:
    """The second ClientHello, pre-shared keys aside (section 4.2.2), and what its shares have begun.

    IllegalParameter if the request is senseless (sections 4.2.4 and 4.3.8), or its cookie is too large.
    """
    selected, cookie = request.find(SelectedGroup), request.find(Cookie)
    if selected is None and cookie is None:  # section 4.2.4 [5]
        raise IllegalParameter("HelloRetryRequest: asks for no change")
    # Section 4.3.10 for early data; keys are bound to the second hello anew, and it may need other padding.
    # section 4.3.10 [7]
    dropped = (ExtensionType.EARLY_DATA, ExtensionType.PRE_SHARED_KEY, ExtensionType.PADDING)
    extensions = [e for e in first_hello.extensions if e.type not in dropped]
    if selected is not None:
        group, name = selected.selected_group, constants.name_of(NamedGroup, selected.selected_group)
        if group not in settings.groups:  # section 4.3.8 [9]
            raise IllegalParameter(f"HelloRetryRequest: {name} is no group of ours")  # section 4.3.8 [10]
        if group in settings.key_share_groups:  # section 4.3.8 [9]
            raise IllegalParameter(f"HelloRetryRequest: a share for {name} was there already")
        exchanges = {group: _begin(settings, group)}
        share = ClientKeyShares((_key_share(exchanges[group]),))  # section 4.3.8 [11]
        extensions = [share if isinstance(e, ClientKeyShares) else e for e in extensions]  # section 4.2.4 [7]
    if cookie is not None:
        extensions.append(cookie)  # sections 4.2.4 [7] and 4.3.2 [1]
    arranged = extension_blocks.arrange(extensions, (), settings.extension_order)
    last = (pre_shared_keys.offer([key.psk for key in known], settings.now),) if known else ()
    try:  # a cookie alone may be as long as all extensions together
        messages.encode(replace(first_hello, extensions=arranged + last))
    except ValueError as error:
        raise IllegalParameter("HelloRetryRequest: no hello has room for what it asks for") from error
    return replace(first_hello, extensions=arranged), exchanges  # section 4.2.2 [2]
