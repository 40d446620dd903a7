"""The server's handshake, top to bottom as in the RFC's figure.  RFC 9846 sections 2, 4 and appendix A.2.

                          <--------    ClientHello
    HelloRetryRequest, if the client guessed the wrong group, and its ClientHello once more
    ServerHello           -------->
    {EncryptedExtensions}
    {Certificate}
    {CertificateVerify}
    {Finished}            -------->
                          <--------    {Finished}
    [Application Data]    <------->    [Application Data]

`handshake` is a generator that pauses wherever the wire must move; its locals are the state.  It touches no
socket, clock or random source: everything comes in with the settings.
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, TypeVar

from handshake import certified_keys, finished, signatures
from handshake.certified_keys import CertifiedKey
from handshake.codec import Observer
from handshake.constants import (
    LEGACY_VERSION,
    NULL_COMPRESSION,
    ExtensionType,
    NamedGroup,
    ProtocolVersion,
)
from handshake.effects import (
    Conversation,
    Effect,
    LogSecrets,
    ReadWith,
    SendChangeCipherSpec,
    Story,
    WriteWith,
)
from handshake.errors import (
    IllegalParameter,
    MissingExtension,
    NoCommonApplicationProtocol,
    NoCommonParameters,
    UnsupportedVersion,
)
from handshake.extensions import (
    ApplicationProtocols,
    ClientKeyShares,
    Extension,
    KeyShareEntry,
    SelectedGroup,
    SelectedVersion,
    ServerKeyShare,
    ServerName,
    SignatureAlgorithms,
    SignatureAlgorithmsCert,
    SupportedGroups,
    SupportedVersions,
)
from handshake.groups import GROUPS
from handshake.key_schedule import EarlySecret
from handshake.messages import (
    Certificate,
    CertificateEntry,
    CertificateVerify,
    ClientHello,
    EncryptedExtensions,
    Finished,
    HelloRetryRequest,
    ServerHello,
)
from handshake.session import Session
from handshake.settings import ServerSettings
from handshake.signatures import Scheme
from handshake.suites import SUITES, Suite

E = TypeVar("E")

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


def handshake(settings: ServerSettings, observe: Observer | None = None) -> Story:
    """The whole story of one handshake; returns the Session, or raises what the client did wrong."""
    talk = Conversation("server", observe)
    transcript = talk.transcript

    client_hello = yield from talk.receive(ClientHello)
    offer = read_offer(client_hello)
    choice = choose(settings, offer)
    client_share = offer.shares.get(choice.group)
    hello_retried = client_share is None
    if client_share is None:
        client_hello, client_share = yield from ask_again(talk, client_hello, choice)
    else:
        transcript.use(choice.suite)

    group, ephemeral_key = GROUPS[choice.group], settings.private_keys[choice.group]
    shared_secret = group.shared_secret(ephemeral_key, client_share)
    key_share = KeyShareEntry(choice.group, group.public_value(ephemeral_key))
    answers = (SelectedVersion(), ServerKeyShare(key_share))
    yield from talk.send(
        ServerHello(settings.random, client_hello.legacy_session_id, choice.suite.number, answers)
    )
    if client_hello.legacy_session_id and not hello_retried:
        yield SendChangeCipherSpec()  # after the first message, whichever that was (appendix E.4)

    handshake_secret = EarlySecret(choice.suite, observe).handshake_secret(shared_secret)
    through_server_hello = transcript.digest()
    handshake_traffic = handshake_secret.traffic_secrets(through_server_hello)
    yield LogSecrets(client_hello.random, handshake_traffic)
    yield ReadWith(handshake_traffic.client)
    yield WriteWith(handshake_traffic.server)

    yield from talk.send(EncryptedExtensions(_encrypted_extensions(choice)))
    chain = choice.certified_key.certificate_chain
    yield from talk.send(Certificate(tuple(CertificateEntry(certificate.der) for certificate in chain)))
    through_certificate = transcript.digest()
    signature = signatures.sign(
        choice.scheme,
        choice.certified_key.private_key,
        signatures.SERVER_CONTEXT,
        through_certificate,
        settings.signature_random,
    )
    yield from talk.send(CertificateVerify(choice.scheme.number, signature))
    yield from talk.send(Finished(handshake_traffic.server.finished(transcript.digest())))
    through_server_finished = transcript.digest()

    main_secret = handshake_secret.main_secret()
    application = main_secret.application_secrets(through_server_finished)
    yield LogSecrets(client_hello.random, application, application.exporter_secret)
    yield WriteWith(application.server)  # even an alert about what comes next (section 4.5.3)

    client_finished = yield from talk.receive(Finished)
    verified = finished.verify(client_finished, handshake_traffic.client, through_server_finished)
    yield ReadWith(application.client)
    return Session(
        role="server",
        cipher_suite=choice.suite.number,
        group=choice.group,
        signature_scheme=choice.scheme.number,
        server_name=offer.server_name,
        application_protocol=choice.application_protocol,
        hello_retried=hello_retried,
        peer=None,
        finished=verified,
        exporter_secret=application.exporter_secret,
    )


@dataclass(frozen=True, slots=True)
class Offer:
    """What a proper ClientHello of TLS 1.3 offers; what it has to contain is there (section 9.2)."""

    cipher_suites: tuple[int, ...]
    groups: tuple[int, ...]
    shares: dict[int, bytes]  # key_exchange by group
    schemes: tuple[int, ...]  # for signatures of the handshake
    schemes_cert: tuple[int, ...]  # for those in certificates
    application_protocols: tuple[bytes, ...]
    server_name: str | None


def read_offer(client_hello: ClientHello) -> Offer:
    """Check what can be checked without an opinion of our own, version first (sections 4.2.2 and 4.3.1)."""
    versions = client_hello.find(SupportedVersions)
    if versions is None or ProtocolVersion.TLS_1_3 not in versions.versions:
        raise UnsupportedVersion("ClientHello: the client does not speak TLS 1.3")
    if client_hello.legacy_version != LEGACY_VERSION:  # section 4.2.2
        raise UnsupportedVersion(
            f"ClientHello: legacy_version is 0x{client_hello.legacy_version:04x}, must be 0x0303"
        )
    if client_hello.legacy_compression_methods != bytes([NULL_COMPRESSION]):  # section 4.2.2
        raise IllegalParameter("ClientHello: compression offered")
    if client_hello.has(ExtensionType.PRE_SHARED_KEY) and not client_hello.has(
        ExtensionType.PSK_KEY_EXCHANGE_MODES
    ):  # section 4.3.9
        raise MissingExtension("ClientHello: pre_shared_key without psk_key_exchange_modes")
    protocols = client_hello.find(ApplicationProtocols)
    server_name = client_hello.find(ServerName)
    groups = _require(client_hello, SupportedGroups).groups
    schemes = _require(client_hello, SignatureAlgorithms).schemes  # our certificate's (section 4.3.3)
    schemes_cert = client_hello.find(SignatureAlgorithmsCert)
    return Offer(
        cipher_suites=client_hello.cipher_suites,
        groups=groups,
        shares=_shares(_require(client_hello, ClientKeyShares), groups),
        schemes=schemes,
        schemes_cert=schemes_cert.schemes if schemes_cert else schemes,
        application_protocols=protocols.protocols if protocols else (),
        server_name=server_name.host_name if server_name else None,
    )


def _shares(extension: ClientKeyShares, groups: tuple[int, ...]) -> dict[int, bytes]:
    shares = {share.group: share.key_exchange for share in extension.client_shares}
    if len(shares) != len(extension.client_shares):  # section 4.3.8
        raise IllegalParameter("key_share: two shares for one group")
    if not shares.keys() <= set(groups):  # section 4.3.8
        raise IllegalParameter("key_share: a share for a group that is not in supported_groups")
    return shares


def _require(client_hello: ClientHello, kind: type[E]) -> E:
    """The extension of class `kind`, which section 9.2 wants in every ClientHello."""
    extension = client_hello.find(kind)
    if extension is None:
        raise MissingExtension(f"ClientHello: no {kind.__name__}")
    return extension


@dataclass(frozen=True, slots=True)
class Choice:
    """What the server picked (section 4.2.1)."""

    suite: Suite
    group: NamedGroup
    certified_key: CertifiedKey
    scheme: Scheme
    application_protocol: bytes | None


def choose(settings: ServerSettings, offer: Offer) -> Choice:
    """Pick from everything that is offered, in our own order of preference; raise if nothing fits."""
    suites = [number for number in settings.cipher_suites if number in offer.cipher_suites]
    if not suites:
        raise NoCommonParameters("ClientHello: no cipher suite in common")
    groups = [group for group in settings.groups if group in offer.groups]
    if not groups:
        raise NoCommonParameters("ClientHello: no group in common")
    with_share = [group for group in groups if group in offer.shares]  # these save a round trip
    certified_key, scheme = certified_keys.choose(
        settings.certified_keys,
        offer.server_name,
        settings.signature_schemes,
        offer.schemes,
        offer.schemes_cert,
    )
    return Choice(
        suite=SUITES[suites[0]],
        group=NamedGroup((with_share or groups)[0]),
        certified_key=certified_key,
        scheme=scheme,
        application_protocol=choose_protocol(settings.application_protocols, offer.application_protocols),
    )


def choose_protocol(ours: tuple[bytes, ...], theirs: tuple[bytes, ...]) -> bytes | None:
    """The first of our protocols that the client offers, if both sides care (RFC 7301 section 3.2)."""
    if not ours or not theirs:
        return None
    for protocol in ours:
        if protocol in theirs:
            return protocol
    raise NoCommonApplicationProtocol(f"ALPN: none of the client's {len(theirs)} protocols is one of ours")


def ask_again(
    talk: Conversation, first_hello: ClientHello, choice: Choice
) -> Generator[Effect, Any, tuple[ClientHello, bytes]]:
    """Send a HelloRetryRequest; return the second ClientHello and the share in it (section 4.2.4)."""
    talk.transcript.replace_first_hello(choice.suite)
    talk.transcript.use(choice.suite)
    question = (SelectedVersion(), SelectedGroup(choice.group))
    yield from talk.send(HelloRetryRequest(first_hello.legacy_session_id, choice.suite.number, question))
    if first_hello.legacy_session_id:
        yield SendChangeCipherSpec()
    second_hello = yield from talk.receive(ClientHello)
    check_unchanged(first_hello, second_hello)
    shares = read_offer(second_hello).shares
    if list(shares) != [choice.group]:  # section 4.2.2
        raise IllegalParameter("second ClientHello: key_share is not the one share that was asked for")
    return second_hello, shares[choice.group]


def check_unchanged(first_hello: ClientHello, second_hello: ClientHello) -> None:
    """The second hello repeats the first, but for what section 4.2.2 lists."""

    def constant(hello: ClientHello) -> tuple[object, ...]:
        kept = tuple(e for e in hello.extensions if e.type not in CHANGEABLE)
        return hello.random, hello.legacy_session_id, hello.cipher_suites, kept

    if constant(first_hello) != constant(second_hello):
        raise IllegalParameter("second ClientHello: differs from the first in what may not change")


def _encrypted_extensions(choice: Choice) -> tuple[Extension, ...]:
    if choice.application_protocol is None:
        return ()
    return (ApplicationProtocols((choice.application_protocol,)),)
