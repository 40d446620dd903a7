"""The client's handshake, top to bottom as in the RFC's figure.  RFC 9846 sections 2, 4 and appendix A.1.

    ClientHello           -------->
                          <--------    ServerHello (or HelloRetryRequest, and ClientHello once more)
                                       {EncryptedExtensions}
                                       {CertificateRequest}, if it wants to know us too
                                       {Certificate}
                                       {CertificateVerify}
                          <--------    {Finished}
    {Certificate}, {Finished}  ---->
    [Application Data]    <------->    [Application Data]

`handshake` is a generator that pauses wherever the wire must move; its locals are the state.  It touches no
socket, clock or random source: everything comes in with the settings.
"""

from collections.abc import Generator
from dataclasses import replace
from typing import Any

from handshake import constants, finished, signatures
from handshake.codec import Observer
from handshake.constants import (
    DOWNGRADE_TLS_1_1,
    DOWNGRADE_TLS_1_2,
    LEGACY_VERSION,
    NULL_COMPRESSION,
    CipherSuite,
    NamedGroup,
    ProtocolVersion,
    SignatureScheme,
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
    DecodeError,
    IllegalParameter,
    MissingExtension,
    UnsupportedExtension,
    UnsupportedVersion,
)
from handshake.extensions import (
    ApplicationProtocols,
    ClientKeyShares,
    Cookie,
    Extension,
    KeyShareEntry,
    SelectedGroup,
    SelectedVersion,
    ServerKeyShare,
    ServerName,
    SignatureAlgorithms,
    SupportedGroups,
    SupportedVersions,
    UnusedExtension,
)
from handshake.groups import GROUPS
from handshake.key_schedule import EarlySecret
from handshake.messages import (
    Certificate,
    CertificateRequest,
    CertificateVerify,
    ClientHello,
    EncryptedExtensions,
    Finished,
    HasExtensions,
    HelloRetryRequest,
    ServerHello,
)
from handshake.session import ClaimedPeer, Session, VerifiedPeer
from handshake.settings import ClientSettings
from handshake.suites import SUITES, Suite
from x509 import certificate as x509_certificate
from x509 import names, path


def handshake(settings: ClientSettings, observe: Observer | None = None) -> Story:
    """The whole story of one handshake; returns the Session, or raises what the server did wrong."""
    talk = Conversation("client", observe)
    transcript = talk.transcript

    client_hello = offer(settings)
    yield from talk.send(client_hello)
    answer = yield from talk.receive(ServerHello, HelloRetryRequest)
    suite = agreed_suite(answer, client_hello)
    if isinstance(answer, HelloRetryRequest):
        hello_retried = True
        client_hello, server_hello = yield from try_again(talk, settings, client_hello, answer, suite)
    else:
        hello_retried = False
        server_hello = answer
        transcript.use(suite)

    group, shared_secret = agree(settings, client_hello, server_hello)
    handshake_secret = EarlySecret(suite, observe).handshake_secret(shared_secret)
    through_server_hello = transcript.digest()
    handshake_traffic = handshake_secret.traffic_secrets(through_server_hello)
    yield LogSecrets(client_hello.random, handshake_traffic)
    yield ReadWith(handshake_traffic.server)
    if settings.legacy_session_id and not hello_retried:
        yield SendChangeCipherSpec()  # before the second flight, which a HelloRetryRequest had begun already
    yield WriteWith(handshake_traffic.client)

    encrypted_extensions = yield from talk.receive(EncryptedExtensions)
    refuse_unsolicited(encrypted_extensions, client_hello)
    application_protocol = agreed_protocol(encrypted_extensions, settings)

    certificate = yield from talk.receive(CertificateRequest, Certificate)
    certificate_request = None
    if isinstance(certificate, CertificateRequest):
        certificate_request = check_request(certificate)
        certificate = yield from talk.receive(Certificate)
    claimed = verify_chain(certificate, client_hello, settings, observe)
    through_certificate = transcript.digest()

    certificate_verify = yield from talk.receive(CertificateVerify)
    peer = verify_possession(certificate_verify, claimed, through_certificate, settings)
    through_certificate_verify = transcript.digest()

    server_finished = yield from talk.receive(Finished)
    verified = finished.verify(server_finished, handshake_traffic.server, through_certificate_verify)
    through_server_finished = transcript.digest()

    main_secret = handshake_secret.main_secret()
    application = main_secret.application_secrets(through_server_finished)
    yield LogSecrets(client_hello.random, application, application.exporter_secret)

    if certificate_request is not None:
        yield from talk.send(Certificate(()))  # we have none to show: an empty list says so (section 4.5.1)
    yield from talk.send(Finished(handshake_traffic.client.finished(transcript.digest())))
    yield WriteWith(application.client)
    yield ReadWith(application.server)
    return Session(
        role="client",
        cipher_suite=suite.number,
        group=group,
        signature_scheme=SignatureScheme(certificate_verify.algorithm),
        server_name=settings.server_name,
        application_protocol=application_protocol,
        hello_retried=hello_retried,
        peer=peer,
        finished=verified,
        exporter_secret=application.exporter_secret,
    )


def offer(settings: ClientSettings) -> ClientHello:
    """The ClientHello: what we would accept, best first (section 4.2.2)."""
    grease = settings.grease
    versions: tuple[int, ...] = (ProtocolVersion.TLS_1_3,)
    suites, groups, schemes = settings.cipher_suites, settings.groups, settings.signature_schemes
    shares = tuple(_key_share(settings, group) for group in settings.key_share_groups)
    extensions: list[Extension] = []
    if grease is not None:  # RFC 8701 section 3: anywhere, as long as it means nothing
        versions = (grease.version, *versions)
        suites = (grease.cipher_suite, *suites)
        groups = (grease.group, *groups)
        schemes = (grease.signature_scheme, *schemes)
        shares = (KeyShareEntry(grease.group, b"\x00"), *shares) if shares else ()
        extensions.append(UnusedExtension(grease.extension))
    if settings.server_name is not None:
        extensions.append(ServerName(settings.server_name))
    extensions += [SupportedVersions(versions), SupportedGroups(groups), SignatureAlgorithms(schemes)]
    if settings.application_protocols:
        extensions.append(ApplicationProtocols(settings.application_protocols))
    extensions.append(ClientKeyShares(shares))
    return ClientHello(settings.random, settings.legacy_session_id, suites, tuple(extensions))


def agreed_suite(answer: ServerHello | HelloRetryRequest, client_hello: ClientHello) -> Suite:
    """Check what both kinds of answer share, version first (sections 4.2.3, 4.2.4, 4.3.1)."""
    selected = answer.find(SelectedVersion)
    if selected is None:
        raise _older_version(answer)
    if selected.selected_version != ProtocolVersion.TLS_1_3:  # section 4.3.1
        version = constants.name_of(ProtocolVersion, selected.selected_version)
        raise IllegalParameter(f"the server selected {version}, not TLS 1.3")
    if answer.legacy_version != LEGACY_VERSION:  # section 4.2.3
        raise UnsupportedVersion(f"legacy_version is 0x{answer.legacy_version:04x}, must be 0x0303")
    if answer.legacy_session_id_echo != client_hello.legacy_session_id:  # section 4.2.3
        raise IllegalParameter("legacy_session_id_echo is not what we sent")
    if answer.legacy_compression_method != NULL_COMPRESSION:  # section 4.2.3
        raise IllegalParameter(f"compression method {answer.legacy_compression_method}")
    refuse_unsolicited(answer, client_hello, allowed=(Cookie.type,))
    # Section 4.2.3.  SUITES has no GREASE value, so one that comes back is refused (RFC 8701 section 3.1).
    if answer.cipher_suite not in client_hello.cipher_suites or answer.cipher_suite not in SUITES:
        name = constants.name_of(CipherSuite, answer.cipher_suite)
        raise IllegalParameter(f"the server selected {name}, which was not offered")
    return SUITES[answer.cipher_suite]


def _older_version(answer: ServerHello | HelloRetryRequest) -> Exception:
    """The server speaks TLS 1.2 or less.  Does it say that somebody made it do so? (section 4.2.3)"""
    if isinstance(answer, ServerHello) and answer.random.endswith((DOWNGRADE_TLS_1_2, DOWNGRADE_TLS_1_1)):
        return IllegalParameter("a server that knows TLS 1.3 answers with less: somebody meddles")
    if isinstance(answer, HelloRetryRequest):
        return MissingExtension("HelloRetryRequest: no supported_versions")  # section 9.2
    version = constants.name_of(ProtocolVersion, answer.legacy_version)
    return UnsupportedVersion(f"the server speaks {version}, not TLS 1.3")


def refuse_unsolicited(
    answer: HasExtensions, client_hello: ClientHello, allowed: tuple[int, ...] = ()
) -> None:
    """Refuse answers to questions that we did not ask (section 4.3); GREASE was no question."""
    for extension in answer.extensions:
        asked = client_hello.has(extension.type) and not _is_unused(client_hello, extension.type)
        if not asked and extension.type not in allowed:
            name = type(answer).__name__
            raise UnsupportedExtension(f"{name}: extension {extension.type} answers nothing that we asked")


def _is_unused(client_hello: ClientHello, extension_type: int) -> bool:
    return any(isinstance(e, UnusedExtension) and e.type == extension_type for e in client_hello.extensions)


def try_again(
    talk: Conversation,
    settings: ClientSettings,
    first_hello: ClientHello,
    request: HelloRetryRequest,
    suite: Suite,
) -> Generator[Effect, Any, tuple[ClientHello, ServerHello]]:
    """Answer a HelloRetryRequest with the same hello, changed only as it asks (section 4.2.4)."""
    second_hello = retry_hello(settings, first_hello, request)
    talk.transcript.replace_first_hello(suite)
    talk.transcript.use(suite)
    if settings.legacy_session_id:
        yield SendChangeCipherSpec()
    yield from talk.send(second_hello)
    server_hello = yield from talk.receive(ServerHello)  # a second request is unexpected (section 4.2.4)
    if agreed_suite(server_hello, second_hello) is not suite:  # section 4.2.4
        raise IllegalParameter("ServerHello changes the suite that HelloRetryRequest had selected")
    return second_hello, server_hello


def retry_hello(
    settings: ClientSettings, first_hello: ClientHello, request: HelloRetryRequest
) -> ClientHello:
    """The second ClientHello; IllegalParameter if the request is senseless (sections 4.2.4 and 4.3.8)."""
    selected, cookie = request.find(SelectedGroup), request.find(Cookie)
    if selected is None and cookie is None:
        raise IllegalParameter("HelloRetryRequest: asks for no change")
    extensions = list(first_hello.extensions)
    if selected is not None:
        group, name = selected.selected_group, constants.name_of(NamedGroup, selected.selected_group)
        if group not in settings.groups:
            raise IllegalParameter(f"HelloRetryRequest: {name} was not offered")
        if group in settings.key_share_groups:
            raise IllegalParameter(f"HelloRetryRequest: a share for {name} was there already")
        share = ClientKeyShares((_key_share(settings, group),))
        extensions = [share if isinstance(e, ClientKeyShares) else e for e in extensions]
    if cookie is not None:
        extensions.append(cookie)
    return replace(first_hello, extensions=tuple(extensions))


def agree(
    settings: ClientSettings, client_hello: ClientHello, server_hello: ServerHello
) -> tuple[NamedGroup, bytes]:
    """The group, and the secret that only the two ends can compute (sections 4.3.8 and 7.4)."""
    key_share = server_hello.find(ServerKeyShare)
    if key_share is None:  # section 9.2
        raise MissingExtension("ServerHello: no key_share")
    share = key_share.server_share
    offered = client_hello.find(ClientKeyShares)
    groups = [entry.group for entry in offered.client_shares] if offered else []
    # A share is also what a HelloRetryRequest asked for, so this covers its group as well (section 4.3.8).
    # GREASE is among the groups, but has no private key.
    if share.group not in groups or share.group not in settings.private_keys:
        name = constants.name_of(NamedGroup, share.group)
        raise IllegalParameter(f"ServerHello: a share for {name}, where we sent none")
    group = GROUPS[share.group]
    return group.number, group.shared_secret(settings.private_keys[share.group], share.key_exchange)


def _key_share(settings: ClientSettings, group: int) -> KeyShareEntry:
    public_value = GROUPS[group].public_value(settings.private_keys[group])
    return KeyShareEntry(group, public_value)


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


def check_request(request: CertificateRequest) -> CertificateRequest:
    """The server wants a certificate; what it cannot do is ask in a malformed way (section 4.4.2)."""
    if request.certificate_request_context:
        raise IllegalParameter("CertificateRequest: a context, which is for after the handshake")
    if request.find(SignatureAlgorithms) is None:
        raise MissingExtension("CertificateRequest: no signature_algorithms")
    return request


def verify_chain(
    message: Certificate, client_hello: ClientHello, settings: ClientSettings, observe: Observer | None
) -> ClaimedPeer:
    """Is there a path from this certificate to an anchor that we trust, and is it the name we want?

    What comes back is still a claim: anybody can copy a certificate (section 4.5.1).  Raises a PeerError for
    a message that is not in order, a CertificateError for certificates that are not.
    """
    if message.certificate_request_context:  # section 4.5.1
        raise IllegalParameter("Certificate: a context that we did not give")
    if not message.certificate_list:  # section 4.5.1.3
        raise DecodeError("Certificate: the server sent none")
    if len(message.certificate_list) > settings.max_certificates:
        raise IllegalParameter(f"Certificate: more than {settings.max_certificates} certificates")
    for entry in message.certificate_list:
        refuse_unsolicited(entry, client_hello)
    chain = [
        x509_certificate.Certificate.from_der(entry.cert_data, observe) for entry in message.certificate_list
    ]
    if settings.trust is None:
        return ClaimedPeer(chain[0], None)
    verified = path.verify_chain(chain, settings.trust, at=settings.now, purpose=path.Purpose.SERVER)
    if settings.reference_identity is not None:
        names.verify_name(chain[0], settings.reference_identity)
    return ClaimedPeer(chain[0], verified)


def verify_possession(
    message: CertificateVerify, claimed: ClaimedPeer, through_certificate: bytes, settings: ClientSettings
) -> VerifiedPeer:
    """The claim becomes a fact: the server signs this very handshake (section 4.5.2)."""
    if message.algorithm not in settings.signature_schemes:  # section 4.5.2
        name = constants.name_of(SignatureScheme, message.algorithm)
        raise IllegalParameter(f"CertificateVerify: {name} was not offered")
    signatures.verify(
        message.algorithm,
        claimed.certificate.public_key_info,
        signatures.SERVER_CONTEXT,
        through_certificate,
        message.signature,
    )
    return VerifiedPeer(claimed.certificate, claimed.path)
