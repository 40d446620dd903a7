"""What a server makes of a ClientHello: what is offered, and what it picks.  RFC 9846 sections 4.2.1 and 4.3.

read_offer          what can be checked without an opinion of our own
choose              our opinion
"""

from dataclasses import dataclass, replace

from handshake import authentication, certified_keys, pre_shared_keys
from handshake.certificate_extensions import CertificateAuthorities
from handshake.certified_keys import Credential
from handshake.constants import (
    LEGACY_VERSION,
    NULL_COMPRESSION,
    ExtensionType,
    NamedGroup,
    ProtocolVersion,
    PskKeyExchangeMode,
)
from handshake.errors import (
    IllegalParameter,
    MissingExtension,
    NoCommonApplicationProtocol,
    NoCommonParameters,
    UnknownPskIdentity,
    UnsupportedVersion,
)
from handshake.extensions import (
    ApplicationProtocols,
    ClientKeyShares,
    Cookie,
    RecordSizeLimit,
    ServerName,
    SignatureAlgorithms,
    SignatureAlgorithmsCert,
    SupportedGroups,
    SupportedVersions,
)
from handshake.groups import GROUPS
from handshake.messages import ClientHello
from handshake.pre_shared_keys import KnownKey
from handshake.psk_extensions import OfferedPsks, PskKeyExchangeModes
from handshake.resumption import ResumableSession
from handshake.session import VerifiedPeer
from handshake.settings import ServerSettings
from handshake.suites import SUITES, Suite
from x509.errors import CertificateError

# What a client may change between its two hellos (section 4.2.2); everything else has to stay.
CHANGEABLE = frozenset(
    {
        ExtensionType.KEY_SHARE,
        ExtensionType.EARLY_DATA,
        ExtensionType.COOKIE,
        ExtensionType.PRE_SHARED_KEY,
        ExtensionType.PADDING,
    }
)


@dataclass(frozen=True, slots=True)
class Offer:
    """What a proper ClientHello of TLS 1.3 offers; what it has to contain is there (section 9.2)."""

    cipher_suites: tuple[int, ...]
    groups: tuple[int, ...]
    shares: dict[int, bytes]  # key_exchange by group
    schemes: tuple[int, ...]  # for signatures of the handshake
    schemes_cert: tuple[int, ...]  # for those in certificates
    authorities: tuple[bytes, ...]  # whose certificates it would like best
    application_protocols: tuple[bytes, ...]
    server_name: str | None
    psks: OfferedPsks | None
    psk_modes: tuple[int, ...]
    early_data: bool
    record_size_limit: int | None


def read_offer(client_hello: ClientHello) -> Offer:
    """Check what can be checked without an opinion of our own, version first (sections 4.2.2 and 4.3.1)."""
    versions = client_hello.find(SupportedVersions)  # section 4.3.1 [5, 7]
    # section 4.3.1 [4, 6], appendix E.5 [4]
    if versions is None or ProtocolVersion.TLS_1_3 not in versions.versions:
        # section 4.3.1 [9], appendix E.2 [3]
        raise UnsupportedVersion("ClientHello: the client does not speak TLS 1.3")
    if client_hello.legacy_version != LEGACY_VERSION:  # section 4.2.2 [7]
        raise UnsupportedVersion(
            f"ClientHello: legacy_version is 0x{client_hello.legacy_version:04x}, must be 0x0303"
        )
    if client_hello.legacy_compression_methods != bytes([NULL_COMPRESSION]):  # section 4.2.2 [16]
        raise IllegalParameter("ClientHello: compression offered")
    psks = client_hello.find(OfferedPsks)
    modes = client_hello.find(PskKeyExchangeModes)
    if psks is not None and modes is None:  # section 4.3.9 [3]
        raise MissingExtension("ClientHello: pre_shared_key without psk_key_exchange_modes")
    if psks is None:  # section 9.2 [10]: a certificate has to do, and a key exchange
        _require(client_hello, SignatureAlgorithms)  # section 4.3.3 [3]
        _require(client_hello, SupportedGroups)  # section 9.2 [5]
    if client_hello.has(ExtensionType.SUPPORTED_GROUPS):  # section 9.2 [6, 11]: neither without the other
        _require(client_hello, ClientKeyShares)
    if client_hello.has(ExtensionType.KEY_SHARE):  # section 9.2 [11]
        _require(client_hello, SupportedGroups)
    groups = client_hello.find(SupportedGroups)
    shares = client_hello.find(ClientKeyShares)
    schemes = client_hello.find(SignatureAlgorithms)
    schemes_cert = client_hello.find(SignatureAlgorithmsCert) or schemes
    authorities = client_hello.find(CertificateAuthorities)
    protocols = client_hello.find(ApplicationProtocols)
    server_name = client_hello.find(ServerName)  # section 9.2 [13]
    limit = client_hello.find(RecordSizeLimit)
    return Offer(
        cipher_suites=client_hello.cipher_suites,
        groups=groups.groups if groups else (),
        shares=_shares(shares, groups) if shares and groups else {},
        schemes=schemes.schemes if schemes else (),
        schemes_cert=schemes_cert.schemes if schemes_cert else (),
        authorities=authorities.authorities if authorities else (),
        application_protocols=protocols.protocols if protocols else (),
        server_name=server_name.host_name if server_name else None,
        psks=psks,
        psk_modes=modes.modes if modes else (),
        early_data=client_hello.has(ExtensionType.EARLY_DATA),
        record_size_limit=limit.limit if limit else None,
    )


def _shares(extension: ClientKeyShares, supported: SupportedGroups) -> dict[int, bytes]:
    shares = {share.group: share.key_exchange for share in extension.client_shares}
    if len(shares) != len(extension.client_shares):  # section 4.3.8
        raise IllegalParameter("key_share: two shares for one group")
    if not shares.keys() <= set(supported.groups):  # section 4.3.8
        raise IllegalParameter("key_share: a share for a group that is not in supported_groups")
    return shares


def _require(client_hello: ClientHello, kind: type[object]) -> None:
    """Refuse a hello without the extension of class `kind` (section 9.2)."""
    if client_hello.find(kind) is None:
        raise MissingExtension(f"ClientHello: no {kind.__name__}")  # section 9.2 [12]


@dataclass(frozen=True, slots=True)
class Choice:
    """What the server picked (section 4.2.1)."""

    suite: Suite
    group: NamedGroup | None  # None: the pre-shared key does without a key exchange
    needs_share: bool  # the client sent none for this group
    known_key: KnownKey | None  # of the client's pre-shared keys; its binder is not checked yet
    psk_place: int  # of that key in the client's list; 0 without one
    credential: Credential | None  # None: the pre-shared key is proof enough
    application_protocol: bytes | None
    uses_server_name: bool  # whether what the client asked for made a difference (RFC 6066 section 3)


def choose(settings: ServerSettings, offer: Offer) -> Choice:
    """Pick from everything that is offered, in our own order of preference; raise if nothing fits."""
    # sections 4.2.1 [2] and 4.3.9 [4]
    modes = [mode for mode in settings.psk_modes if mode in offer.psk_modes]
    suite = choose_suite(settings, offer, with_psk=bool(modes))
    known_key, place = choose_psk(settings, offer, suite) if modes else (None, 0)  # section 4.3.9
    if known_key is not None and modes[0] == PskKeyExchangeMode.PSK_KE:  # section 4.3.8 [14]
        group, needs_share = None, False
    else:
        group = choose_group(settings, offer)  # section 4.3.9 [8]
        needs_share = group not in offer.shares
    # sections 4.3.11 [7] and 4.4.2 [7, 8], appendix F.1 [1]
    credential = None if known_key is not None else choose_credential(settings, offer)
    return Choice(
        suite=suite,
        group=group,
        needs_share=needs_share,
        known_key=known_key,
        psk_place=place,
        credential=credential,
        application_protocol=choose_protocol(settings.application_protocols, offer.application_protocols),
        uses_server_name=offer.server_name is not None
        and (credential is None or certified_keys.is_for(credential.certified_key, offer.server_name)),
    )


def choose_suite(settings: ServerSettings, offer: Offer, *, with_psk: bool) -> Suite:
    """The best suite of those that a key from elsewhere is for, if the client names one; or of all."""
    # section 4.2.2 [13]
    suites = [SUITES[number] for number in settings.cipher_suites if number in offer.cipher_suites]
    if not suites:  # section 4.2.1 [4]
        raise NoCommonParameters("ClientHello: no cipher suite in common")
    if with_psk and offer.psks is not None:  # section 4.3.11 [8]
        named = {psk.identity for psk in offer.psks.identities}
        keys = [key for key in settings.external_psks if key.identity in named]
        suites = [suite for suite in suites if any(key.fits(suite) for key in keys)] or suites
    return suites[0]


def choose_group(settings: ServerSettings, offer: Offer) -> NamedGroup:
    """The best group of those with a share, which save a round trip, or of all.

    To be safe from whoever has a quantum computer later is worth the round trip.
    """
    if not offer.groups:  # it offered pre-shared keys alone, and we know none of them
        raise MissingExtension("ClientHello: no SupportedGroups")
    groups = [group for group in settings.groups if group in offer.groups]  # section 4.3.8 [13]
    if not groups:  # section 4.2.1 [1]
        raise NoCommonParameters("ClientHello: no group in common")
    with_share = [group for group in groups if group in offer.shares]
    best = groups[0] if GROUPS[groups[0]].post_quantum or not with_share else with_share[0]
    return NamedGroup(best)


def choose_credential(settings: ServerSettings, offer: Offer) -> Credential:
    """The certificate to show, and how to sign for it."""
    if not settings.certified_keys and offer.psks is not None:  # section 6.2
        raise UnknownPskIdentity("ClientHello: no pre-shared key that we know")
    if not offer.schemes:  # section 4.3.3 [3]
        raise MissingExtension("ClientHello: no SignatureAlgorithms")
    return certified_keys.choose(
        settings.certified_keys,
        settings.signature_schemes,
        certified_keys.Wish(offer.server_name, offer.schemes, offer.schemes_cert, offer.authorities),
    )


def choose_protocol(ours: tuple[bytes, ...], theirs: tuple[bytes, ...]) -> bytes | None:
    """The first of our protocols that the client offers, if both sides care (RFC 7301 section 3.2)."""
    if not ours or not theirs:
        return None
    for protocol in ours:
        if protocol in theirs:
            return protocol
    raise NoCommonApplicationProtocol(f"ALPN: none of the client's {len(theirs)} protocols is one of ours")


# ---- Pre-shared keys ------------------------------------------------------------------------------------


def choose_psk(settings: ServerSettings, offer: Offer, suite: Suite) -> tuple[KnownKey | None, int]:
    """The first of the client's pre-shared keys that we know and would use, and its place (4.3.11)."""
    if offer.psks is None:
        return None, 0

    def is_acceptable(session: ResumableSession) -> bool:
        if not session.is_fresh(settings.now) or session.server_name != offer.server_name:
            return False
        if not pre_shared_keys.is_still_known(session, settings.external_psks):
            return False
        if settings.trust is None:
            return not session.certificates
        if not session.certificates:
            return settings.client_certificates != "require"
        try:
            _client_of(session, settings)
        except CertificateError:
            return False
        return True

    found = pre_shared_keys.find(
        offer.psks, suite, settings.external_psks, settings.ticket_keys, is_acceptable
    )
    if found is None:
        return None, 0
    place, psk = found
    return KnownKey(psk, _client_of(psk.session, settings)), place


def _client_of(session: ResumableSession | None, settings: ServerSettings) -> VerifiedPeer | None:
    """Who the client proved to be when the session began; CertificateError if that holds no more."""
    if session is None or not session.certificates or settings.trust is None:
        return None
    return authentication.recall(session, settings.trust, "client", at=settings.now)


def admit_early_data(settings: ServerSettings, offer: Offer, choice: Choice) -> int:
    """How many bytes of early data to take; 0 refuses it (section 4.3.10).

    To be asked once, when the binder has been verified: the register counts the answer (section 8.2).
    """
    # section 8 [1]
    if not offer.early_data or not settings.max_replayable_early_data or settings.anti_replay is None:
        return 0
    # section 4.3.10 [8]
    if choice.known_key is None or choice.psk_place != 0 or (session := choice.known_key.psk.session) is None:
        return 0
    if session.cipher_suite != choice.suite.number:  # section 4.3.10 [9]
        return 0
    if session.application_protocol != choice.application_protocol:  # section 4.3.10 [9]
        return 0
    assert offer.psks is not None
    age, binder = offer.psks.identities[0].obfuscated_ticket_age, offer.psks.binders[0]
    admitted = settings.anti_replay.admit(session, age, binder, settings.now)  # section 4.3.10 [5]
    return session.max_early_data if admitted else 0  # section 4.3.10 [4]


# ---- The second hello -----------------------------------------------------------------------------------


def choose_again(
    settings: ServerSettings, first_hello: ClientHello, second_hello: ClientHello, first: Choice
) -> tuple[Offer, Choice]:
    """What the second hello offers, and what we pick from it: what we said we would (section 4.2.4)."""
    check_unchanged(first_hello, second_hello)
    cookie = second_hello.find(Cookie)
    if settings.cookie and (cookie is None or cookie.cookie != settings.cookie):  # section 4.3.2
        raise IllegalParameter("second ClientHello: not the cookie that it was given")
    if second_hello.has(ExtensionType.EARLY_DATA):  # section 4.3.10 [7]
        raise IllegalParameter("second ClientHello: early data, which a HelloRetryRequest rules out")
    offer = read_offer(second_hello)
    if first.needs_share:
        # section 4.3.8 [11]
        if list(offer.shares) != [first.group]:  # section 4.2.2
            raise IllegalParameter("second ClientHello: key_share is not the one share that was asked for")
    elif first_hello.find(ClientKeyShares) != second_hello.find(ClientKeyShares):
        raise IllegalParameter("second ClientHello: another key_share, where none was asked for")
    # section 4.2.4 [9]: the same suite, whatever keys are named now
    choice = choose(replace(settings, cipher_suites=(first.suite.number,)), offer)
    if choice.needs_share:  # it has left out the pre-shared key that would have done without
        raise IllegalParameter("second ClientHello: no key_share for the group that we now choose")
    return offer, choice


def check_unchanged(first_hello: ClientHello, second_hello: ClientHello) -> None:
    """The second hello repeats the first, but for what section 4.2.2 lists."""

    def constant(hello: ClientHello) -> tuple[object, ...]:
        kept = tuple(e for e in hello.extensions if e.type not in CHANGEABLE)
        return hello.random, hello.legacy_session_id, hello.cipher_suites, kept

    if constant(first_hello) != constant(second_hello):  # section 4.2.2 [2]
        raise IllegalParameter("second ClientHello: differs from the first in what may not change")
