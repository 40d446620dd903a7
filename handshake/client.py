"""The client's handshake, top to bottom as in the RFC's figure.  RFC 9846 sections 2, 4 and appendix A.1.

    ClientHello
    (early data)          -------->
                          <--------    ServerHello (or HelloRetryRequest, and ClientHello once more)
                                       {EncryptedExtensions}
                                       {CertificateRequest}, if it wants to know us too
                                       {Certificate}        \\ unless a pre-shared key
                                       {CertificateVerify}  / says who it is
                          <--------    {Finished}
    (EndOfEarlyData)
    {Certificate}, {CertificateVerify}, if we were asked
    {Finished}            -------->
    [Application Data]    <------->    [Application Data]

`handshake` is a generator that pauses wherever the wire must move; its locals are the state.  It touches no
socket, clock or random source: everything comes in with the settings.
"""

from handshake import authentication, certified_keys, client_offer, constants, tickets
from handshake.authentication import Proof
from handshake.client_offer import KnownKey
from handshake.constants import (
    DOWNGRADE_TLS_1_1,
    DOWNGRADE_TLS_1_2,
    LEGACY_VERSION,
    NULL_COMPRESSION,
    CipherSuite,
    ExtensionType,
    NamedGroup,
    ProtocolVersion,
    PskKeyExchangeMode,
    SignatureScheme,
)
from handshake.conversation import Conversation
from handshake.effects import (
    LimitReceived,
    LimitSent,
    LogSecrets,
    Part,
    ReadWith,
    SendChangeCipherSpec,
    Story,
    WriteWith,
)
from handshake.errors import (
    IllegalParameter,
    MissingExtension,
    UnsupportedVersion,
)
from handshake.extensions import (
    ApplicationProtocols,
    ClientKeyShares,
    Cookie,
    RecordSizeLimit,
    SelectedVersion,
    ServerKeyShare,
    SignatureAlgorithms,
)
from handshake.groups import GROUPS
from handshake.key_schedule import EarlySecret, EarlySecrets, ResumptionSecret, TrafficSecret
from handshake.messages import (
    Certificate,
    CertificateRequest,
    CertificateVerify,
    ClientHello,
    EncryptedExtensions,
    EndOfEarlyData,
    Finished,
    HelloRetryRequest,
    NewSessionTicket,
    ServerHello,
)
from handshake.psk_extensions import (
    EarlyDataIndication,
    MaxEarlyData,
    SelectedPsk,
)
from handshake.resumption import MAX_LIFETIME, ResumableSession
from handshake.session import ConnectionSecrets, Session, VerifiedPeer
from handshake.settings import ClientSettings
from handshake.suites import SUITES, Suite
from handshake.tickets import Ticket


def handshake(settings: ClientSettings, talk: Conversation) -> Story:
    """The whole story of one handshake; returns what it leaves, or raises what the server did wrong."""
    transcript = talk.transcript

    known = client_offer.known_keys(settings)
    client_hello = client_offer.first_hello(settings, known)
    client_hello = client_offer.with_keys(client_hello, settings, known, talk)
    yield from talk.send(client_hello)  # section 4.2.2 [1]
    early = yield from begin_early_data(talk, settings, known, client_hello)
    compatible = bool(settings.legacy_session_id)  # then one change_cipher_spec is sent (appendix E.4)
    change_owed = compatible and early is None

    answer = yield from talk.receive(ServerHello, HelloRetryRequest)
    suite = agreed_suite(answer, client_hello)  # section 4.2.4 [4]
    hello_retried = isinstance(answer, HelloRetryRequest)
    if isinstance(answer, HelloRetryRequest):
        if early is not None:  # it is refused by this (section 4.3.10), and the second hello is in the clear
            yield WriteWith(None)
            early = None
        if change_owed:
            yield SendChangeCipherSpec()
            change_owed = False
        known = [key for key in known if key.psk.fits(suite)]  # section 4.2.4 [11]
        transcript.replace_first_hello(suite)
        client_hello = client_offer.retry_hello(settings, client_hello, answer, known)
        client_hello = client_offer.with_keys(client_hello, settings, known, talk)
        server_hello = yield from try_again(talk, client_hello, suite)
    else:
        server_hello = answer
        transcript.use(suite)

    chosen = chosen_key(server_hello, known, suite)
    group, shared_secret = agree(settings, client_hello, server_hello, with_psk=chosen is not None)
    early_secret = (
        chosen.psk.early_secret(suite, talk.observe) if chosen else EarlySecret(suite, talk.observe)
    )
    handshake_secret = early_secret.handshake_secret(shared_secret)
    through_server_hello = transcript.digest()
    handshake_traffic = handshake_secret.traffic_secrets(through_server_hello)
    yield LogSecrets(client_hello.random, (handshake_traffic.client, handshake_traffic.server))
    yield ReadWith(handshake_traffic.server)
    if change_owed:
        yield SendChangeCipherSpec()
    if early is None:
        yield WriteWith(handshake_traffic.client)  # appendix A.1 [1]

    encrypted_extensions = yield from talk.receive(EncryptedExtensions)
    authentication.refuse_unsolicited(encrypted_extensions, client_hello)
    application_protocol = agreed_protocol(encrypted_extensions, settings)
    limit = encrypted_extensions.find(RecordSizeLimit)
    if limit is not None and settings.record_size_limit is not None:
        yield LimitSent(limit.limit)
        yield LimitReceived(settings.record_size_limit)
    accepted = encrypted_extensions.find(EarlyDataIndication) is not None  # section 4.6 [2]
    if accepted:
        check_early_data(known, chosen, suite, application_protocol)
    elif early is not None:
        yield WriteWith(handshake_traffic.client)

    peer: VerifiedPeer | None
    if chosen is None:
        peer, scheme, certificate_request = yield from hear_certificate(talk, settings, client_hello)
    else:  # the key is proof enough, and nobody is asked for a certificate (section 4.4.2)
        peer, scheme, certificate_request = chosen.peer, None, None
    through_peers_proof = transcript.digest()

    server_finished = yield from talk.receive(Finished)
    verified = authentication.verify_finished(server_finished, handshake_traffic.server, through_peers_proof)
    through_server_finished = transcript.digest()
    main_secret = handshake_secret.main_secret()
    application = main_secret.application_secrets(through_server_finished)
    yield LogSecrets(client_hello.random, (application.client, application.server, application.exporter))

    if accepted:
        yield from talk.send(EndOfEarlyData())  # section 4.6 [1]
        yield WriteWith(handshake_traffic.client)
    shown = chosen.psk.session.shown if chosen and chosen.psk.session else frozenset()
    if certificate_request is not None:  # section 4.5.1 [2]
        shown = yield from show_certificate(talk, settings, certificate_request)
    # section 4.5.1 [4]
    yield from talk.send(Finished(handshake_traffic.client.finished(transcript.digest())))
    yield WriteWith(application.client)  # section 4.5.3 [3]
    yield ReadWith(application.server)
    secrets = ConnectionSecrets(
        application.exporter,
        early.exporter if early and accepted else None,
        main_secret.resumption_secret(transcript.digest()) if settings.psk_modes else None,
    )
    session = Session(
        role="client",
        cipher_suite=suite.number,
        group=group,
        signature_scheme=scheme,
        server_name=settings.server_name,  # section 4.7.1 [5]
        application_protocol=application_protocol,
        hello_retried=hello_retried,
        peer=peer,
        finished=verified,
        psk=chosen.psk.origin if chosen else None,
        external_identity=chosen.psk.external_identity if chosen else None,
        early_data_accepted=accepted,
        shown=shown,
    )
    return session, secrets


def begin_early_data(
    talk: Conversation, settings: ClientSettings, known: list[KnownKey], client_hello: ClientHello
) -> Part[EarlySecrets | None]:
    """The keys for early data, if we offered any; the application may use them from now on."""
    if not client_hello.has(ExtensionType.EARLY_DATA):
        return None
    psk = known[0].psk  # section 4.3.10 [2]
    assert psk.session is not None
    early_secret = psk.early_secret(psk.suite, talk.observe)
    secrets = early_secret.early_secrets(talk.transcript.digest_by(psk.suite.hash))
    yield LogSecrets(client_hello.random, (secrets.client, secrets.exporter))
    if settings.legacy_session_id:
        yield SendChangeCipherSpec()
    yield WriteWith(secrets.client, early_data=psk.session.max_early_data)
    return secrets


# ---- What the server answers ----------------------------------------------------------------------------


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


def try_again(talk: Conversation, second_hello: ClientHello, suite: Suite) -> Part[ServerHello]:
    """Say the hello that a HelloRetryRequest asked for, and hear the answer (section 4.2.4)."""
    yield from talk.send(second_hello)
    talk.transcript.use(suite)
    server_hello = yield from talk.receive(ServerHello)  # a second request is unexpected (section 4.2.4 [6])
    if agreed_suite(server_hello, second_hello) is not suite:  # section 4.2.4 [10]
        raise IllegalParameter("ServerHello changes the suite that HelloRetryRequest had selected")
    return server_hello


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
    settings: ClientSettings, client_hello: ClientHello, server_hello: ServerHello, *, with_psk: bool
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
    offered = client_hello.find(ClientKeyShares)
    groups = [entry.group for entry in offered.client_shares] if offered else []
    # A share is also what a HelloRetryRequest asked for, so this covers its group as well (section 4.3.8).
    # GREASE is among the groups, but has no private key.
    if share.group not in groups or share.group not in settings.private_keys:  # section 4.3.8 [15, 16]
        name = constants.name_of(NamedGroup, share.group)
        raise IllegalParameter(f"ServerHello: a share for {name}, where we sent none")
    group = GROUPS[share.group]
    return group.number, group.shared_secret(settings.private_keys[share.group], share.key_exchange)


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


# ---- Certificates, theirs and ours ----------------------------------------------------------------------


def hear_certificate(
    talk: Conversation, settings: ClientSettings, client_hello: ClientHello
) -> Part[tuple[VerifiedPeer, SignatureScheme, CertificateRequest | None]]:
    """The server shows who it is, and may ask who we are (sections 4.4.2 to 4.5.2)."""
    certificate = yield from talk.receive(CertificateRequest, Certificate)  # sections 4.4.2 [1] and 4.5.1 [1]
    certificate_request = None
    if isinstance(certificate, CertificateRequest):
        certificate_request = check_request(certificate)
        certificate = yield from talk.receive(Certificate)
    name = settings.reference_identity
    claimed = authentication.verify_chain(certificate, talk, settings, client_hello, name)
    through_certificate = talk.transcript.digest()
    certificate_verify = yield from talk.receive(CertificateVerify)  # section 4.5.2 [1, 3]
    peer = authentication.verify_possession(
        certificate_verify, claimed, through_certificate, "server", settings.signature_schemes
    )
    return peer, SignatureScheme(certificate_verify.algorithm), certificate_request


def check_request(request: CertificateRequest, *, after_handshake: bool = False) -> CertificateRequest:
    """The server wants a certificate; what it cannot do is ask in a malformed way (section 4.4.2)."""
    if request.certificate_request_context and not after_handshake:  # section 4.4.2 [3]
        raise IllegalParameter("CertificateRequest: a context, which is for after the handshake")
    if request.find(SignatureAlgorithms) is None:  # section 4.4.2 [5]
        raise MissingExtension("CertificateRequest: no signature_algorithms")
    return request


def show_certificate(
    talk: Conversation, settings: ClientSettings, request: CertificateRequest
) -> Part[frozenset[bytes]]:
    """Show what fits the request, or that nothing does; return its fingerprint, or none (section 4.5.1)."""
    context = request.certificate_request_context
    key = certified_keys.choose_for_request(settings.certified_keys, settings.signature_schemes, request)
    if key is None:
        # sections 4.5.1 [3] and 4.7.2 [3]
        yield from talk.send(Certificate((), context))  # an empty list says that there is none
        return frozenset()
    proof = Proof(*key)
    yield from authentication.show(talk, proof, settings.signature_random, context=context)
    return frozenset({proof.certified_key.leaf.fingerprint})


def authenticate_later(
    talk: Conversation, settings: ClientSettings, request: CertificateRequest, secret: TrafficSecret
) -> Part[frozenset[bytes]]:
    """Answer a CertificateRequest that came after the handshake (section 4.7.2); return what was shown.

    talk          has heard the handshake and the request, and nothing of other requests
    secret        the one that we write with
    """
    check_request(request, after_handshake=True)
    shown = yield from show_certificate(talk, settings, request)
    yield from talk.send(Finished(secret.finished(talk.transcript.digest())))  # section 4.7.2 [2]
    return shown


# ---- Tickets --------------------------------------------------------------------------------------------


def keep(
    message: NewSessionTicket,
    session: Session,
    resumption: ResumptionSecret | None,
    settings: ClientSettings,
) -> Ticket | None:
    """What to remember of this session beside the ticket; None if it is to be forgotten (section 4.7.1)."""
    lifetime = min(message.ticket_lifetime, MAX_LIFETIME)  # section 4.7.1 [7]
    if session.psk == "ticket":  # section 4.7.1 [12]: one proof of identity is not for ever
        assert settings.ticket is not None
        lifetime = min(lifetime, settings.ticket.session.remaining(settings.now))
    if resumption is None or not lifetime:  # section 4.7.1 [1]
        return None
    if len(message.ticket) > tickets.MAX_TICKET_SIZE:
        return None
    early_data = message.find(MaxEarlyData)
    verified = session.peer.path if session.peer else None
    remembered = ResumableSession(
        key=resumption.psk(message.ticket_nonce),
        cipher_suite=session.cipher_suite,
        established_at=settings.now,
        lifetime=lifetime,
        age_add=message.ticket_age_add,
        server_name=session.server_name,  # section 4.3.11 [5]
        application_protocol=session.application_protocol,
        max_early_data=early_data.max_early_data_size if early_data else 0,
        certificates=tuple(c.der for c in verified.certificates) if verified else (),
        shown=session.shown,
        external_identity=session.external_identity,
    )
    return Ticket(message.ticket, remembered)
