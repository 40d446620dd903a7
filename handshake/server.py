"""The server's handshake, top to bottom as in the RFC's figure.  RFC 9846 sections 2, 4 and appendix A.2.

                          <--------    ClientHello
                                       (early data)
    HelloRetryRequest, if the client guessed the wrong group, and its ClientHello once more
    ServerHello           -------->
    {EncryptedExtensions}
    {CertificateRequest}, if we want to know the client too
    {Certificate}         | unless a pre-shared
    {CertificateVerify}   | key says who we are
    {Finished}            -------->
                                       (EndOfEarlyData)
                                       {Certificate}, {CertificateVerify}, if it was asked
                          <--------    {Finished}
    [NewSessionTicket]    -------->
    [Application Data]    <------->    [Application Data]

`handshake` is a generator that pauses wherever the wire must move; its locals are the state.  It touches no
socket, clock or random source: everything comes in with the settings.
"""

from handshake import authentication, extension_blocks, pre_shared_keys, resumption, server_choice, tickets
from handshake.certificate_extensions import MAX_AUTHORITIES, CertificateAuthorities, StatusRequest
from handshake.constants import ExtensionType
from handshake.conversation import Conversation
from handshake.effects import (
    LimitReceived,
    LimitSent,
    LogSecrets,
    Passage,
    ReadWith,
    SendChangeCipherSpec,
    SendData,
    SendMessage,
    SkipEarlyData,
    Story,
    WriteWith,
)
from handshake.extensions import (
    ApplicationProtocols,
    Cookie,
    Extension,
    KeyShareEntry,
    RecordSizeLimit,
    SelectedGroup,
    SelectedVersion,
    ServerKeyShare,
    ServerName,
    SignatureAlgorithms,
    SupportedGroups,
)
from handshake.groups import GROUPS
from handshake.key_schedule import EarlySecret, ResumptionSecret
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
from handshake.psk_extensions import EarlyDataIndication, MaxEarlyData, SelectedPsk
from handshake.server_choice import Choice, Offer
from handshake.session import ConnectionSecrets, Session, VerifiedPeer
from handshake.settings import TICKET_RANDOM_SIZE, ServerSettings
from record.protection import MAX_INNER_PLAINTEXT


def handshake(settings: ServerSettings, talk: Conversation) -> Story:
    """The whole story of one handshake; returns what it leaves, or raises what the client did wrong."""
    transcript = talk.transcript

    client_hello = yield from talk.receive(ClientHello)
    offer = server_choice.read_offer(client_hello)
    choice = server_choice.choose(settings, offer)
    hello_retried = bool(settings.cookie) or choice.needs_share
    if hello_retried:  # section 4.2.1 [3]
        client_hello, offer, choice = yield from ask_again(talk, settings, client_hello, choice)
    chosen = choice.known_key
    if chosen is not None:
        check_binder(talk, offer, choice)  # sections 4.3.11 [9] and 8.2 [3]
    early_data_limit = server_choice.admit_early_data(settings, offer, choice)
    transcript.use(choice.suite)
    through_client_hello = transcript.digest() if early_data_limit else b""

    # sections 4.2.3 [10, 11], 4.2.4 [12], 4.3.1 [12] and 9.2 [3]
    answers: list[Extension] = [SelectedVersion()]
    shared_secret = None
    if choice.group is not None:
        group, ephemeral_key = GROUPS[choice.group], settings.private_keys[choice.group]
        answer, shared_secret = group.answer(ephemeral_key, offer.shares[choice.group])
        answers.append(ServerKeyShare(KeyShareEntry(choice.group, answer)))  # section 4.3.8 [12]
    if chosen is not None:
        answers.append(SelectedPsk(choice.psk_place))  # section 9.2 [7]
    yield from talk.send(
        ServerHello(
            settings.random,
            client_hello.legacy_session_id,
            choice.suite.number,
            extension_blocks.arrange(answers, (), settings.extension_order),
        )
    )
    if client_hello.legacy_session_id and not hello_retried:  # appendix E.4 [1]
        yield SendChangeCipherSpec()  # after the first message, whichever that was (appendix E.4)

    if chosen is not None:
        early_secret = chosen.psk.early_secret(choice.suite, talk.observe)
    else:
        early_secret = EarlySecret(choice.suite, talk.observe)
    handshake_secret = early_secret.handshake_secret(shared_secret)
    through_server_hello = transcript.digest()
    handshake_traffic = handshake_secret.traffic_secrets(through_server_hello)
    yield LogSecrets(client_hello.random, (handshake_traffic.client, handshake_traffic.server))
    early = early_secret.early_data_secrets(through_client_hello) if early_data_limit else None
    if early is not None:
        yield LogSecrets(client_hello.random, (early.client, early.exporter))
        yield ReadWith(early.client, early_data=early_data_limit)  # section 4.3.10 [12, 13]
    else:
        yield ReadWith(handshake_traffic.client)
        if offer.early_data:  # section 4.3.10 [6, 11]
            yield SkipEarlyData(settings.max_skipped_early_data)
    yield WriteWith(handshake_traffic.server)
    if offer.record_size_limit is not None:  # of all protected records (RFC 8449 section 4)
        yield LimitSent(min(offer.record_size_limit, MAX_INNER_PLAINTEXT))

    # section 4.4.1 [1]
    yield from talk.send(EncryptedExtensions(granted(settings, offer, choice, early_data=early is not None)))
    certificate_request = None
    if choice.credential is not None:
        if settings.client_certificates != "none":  # section 4.4.2 [1]
            certificate_request = request_for(settings)
            yield from talk.send(certificate_request)
        with_status = client_hello.find(StatusRequest) is not None
        # section 4.5.1 [1]
        yield from authentication.show(
            talk, choice.credential, settings.signature_random, with_status=with_status
        )
    yield from talk.send(Finished(handshake_traffic.server.finished(transcript.digest())))
    through_server_finished = transcript.digest()

    main_secret = handshake_secret.main_secret()
    application = main_secret.application_secrets(through_server_finished)
    yield LogSecrets(client_hello.random, (application.client, application.server, application.exporter))
    yield WriteWith(application.server)  # even an alert about what comes next (section 4.5.3 [3])
    if early is not None:
        yield SendData()  # an answer to early data need not wait (section 2.3)
        yield from talk.receive(EndOfEarlyData)  # sections 4.3.11.3 [1] and 4.6 [3]
        yield ReadWith(handshake_traffic.client)
    if offer.record_size_limit is not None:  # but early data came before the client knew of a limit
        yield LimitReceived(settings.record_size_limit)

    peer = chosen.peer if chosen else None
    if certificate_request is not None:
        peer = yield from hear_certificate(talk, settings, certificate_request)
    through_clients_proof = transcript.digest()
    client_finished = yield from talk.receive(Finished)  # section 4.5.1 [2]: not Certificate, unasked
    verified = authentication.verify_finished(
        client_finished, handshake_traffic.client, through_clients_proof
    )
    yield ReadWith(application.client)
    resumption_secret = main_secret.resumption_secret(transcript.digest()) if settings.ticket_keys else None
    secrets = ConnectionSecrets(application.exporter, early.exporter if early else None, resumption_secret)
    session = Session(
        role="server",
        cipher_suite=choice.suite.number,
        group=choice.group,
        signature_scheme=choice.credential.scheme.number if choice.credential else None,
        server_name=offer.server_name,  # section 4.7.1 [5]
        application_protocol=choice.application_protocol,
        hello_retried=hello_retried,
        peer=peer,
        finished=verified,
        psk_origin=chosen.psk.origin if chosen else None,
        external_identity=chosen.psk.external_identity if chosen else None,
        early_data_accepted=early is not None,
    )
    modes = set(settings.psk_modes) & set(offer.psk_modes)  # section 4.3.9 [5]: of use to this client
    if resumption_secret is not None and modes:
        for ticket in new_tickets(settings, session, choice, resumption_secret):  # appendix C.4 [3]
            yield SendMessage(talk.write(ticket))  # no part of the transcript (section 4.7.1)
    return session, secrets


def ask_again(
    talk: Conversation, settings: ServerSettings, first_hello: ClientHello, choice: Choice
) -> Passage[tuple[ClientHello, Offer, Choice]]:
    """Send a HelloRetryRequest; return the second ClientHello and what follows from it (section 4.2.4)."""
    talk.transcript.replace_first_hello(choice.suite)
    questions: list[Extension] = [SelectedVersion()]  # sections 4.2.4 [1, 2, 3] and 9.2 [3]
    if choice.needs_share:
        assert choice.group is not None
        questions.append(SelectedGroup(choice.group))
    if settings.cookie:
        questions.append(Cookie(settings.cookie))
    yield from talk.send(
        HelloRetryRequest(
            first_hello.legacy_session_id,
            choice.suite.number,
            extension_blocks.arrange(questions, (), settings.extension_order),
        )
    )
    if first_hello.legacy_session_id:  # appendix E.4 [1]
        yield SendChangeCipherSpec()
    if first_hello.has(ExtensionType.EARLY_DATA):  # section 4.3.10 [6]
        yield SkipEarlyData(settings.max_skipped_early_data)
    second_hello = yield from talk.receive(ClientHello)
    return second_hello, *server_choice.choose_again(settings, first_hello, second_hello, choice)


def check_binder(talk: Conversation, offer: Offer, choice: Choice) -> None:
    """The client proves that it knows the pre-shared key which we chose (section 4.3.11)."""
    assert offer.psks is not None and choice.known_key is not None
    binder, size = offer.psks.binders[choice.psk_place], offer.psks.binders_size  # section 4.3.11 [11]
    pre_shared_keys.verify_binder(choice.known_key.psk, binder, talk.transcript, size, talk.observe)


def granted(  # section 4.3 [3]
    settings: ServerSettings, offer: Offer, choice: Choice, *, early_data: bool
) -> tuple[Extension, ...]:
    """What goes into EncryptedExtensions (section 4.4.1)."""
    found: list[Extension] = []
    if choice.uses_server_name:
        found.append(ServerName(None))  # RFC 6066 section 3
    if choice.group is not None and choice.group != settings.groups[0]:  # section 4.3.7 [3, 4]
        found.append(SupportedGroups(settings.groups))  # what we would rather have had (section 4.3.7)
    if choice.application_protocol is not None:
        found.append(ApplicationProtocols((choice.application_protocol,)))
    if offer.record_size_limit is not None:
        found.append(RecordSizeLimit(settings.record_size_limit))
    if early_data:  # section 4.3.10 [11]
        found.append(EarlyDataIndication())
    return extension_blocks.arrange(found, settings.extensions, settings.extension_order)


def request_for(settings: ServerSettings) -> CertificateRequest:
    """Ask for a certificate, and say to which anchors it may lead (section 4.4.2)."""
    extensions: list[Extension] = [SignatureAlgorithms(settings.signature_schemes)]  # section 4.4.2 [5]
    if settings.trust is not None and settings.trust.anchors:
        names = tuple(anchor.subject.der for anchor in settings.trust.anchors)
        if sum(2 + len(name) for name in names) <= MAX_AUTHORITIES:  # else the client chooses without a hint
            extensions.append(CertificateAuthorities(names))
    return CertificateRequest(b"", tuple(extensions))  # section 4.4.2 [2, 3]


def hear_certificate(
    talk: Conversation, settings: ServerSettings, request: CertificateRequest
) -> Passage[VerifiedPeer | None]:
    """The client shows who it is, or that it has nothing to show (sections 4.5.1 and 4.5.2)."""
    certificate = yield from talk.receive(Certificate)
    if certificate == Certificate(()) and settings.client_certificates != "require":  # section 4.5.1.3
        return None
    claimed = authentication.verify_chain(certificate, talk, settings, request, name=None)
    through_certificate = talk.transcript.digest()
    certificate_verify = yield from talk.receive(CertificateVerify)  # section 4.5.2 [2]
    return authentication.verify_possession(
        certificate_verify, claimed, through_certificate, "client", settings.signature_schemes
    )


def new_tickets(
    settings: ServerSettings, session: Session, choice: Choice, resumption_secret: ResumptionSecret
) -> list[NewSessionTicket]:
    """Tickets for later connections (section 4.7.1)."""
    lifetime = settings.ticket_lifetime
    if choice.known_key is not None and (resumed := choice.known_key.psk.session) is not None:
        # section 4.7.1 [12]
        lifetime = min(lifetime, resumed.remaining(settings.now))  # one proof of identity is not for ever
    if not lifetime:
        return []
    found: list[NewSessionTicket] = []
    for start in range(0, len(settings.ticket_random), TICKET_RANDOM_SIZE):
        random = settings.ticket_random[start : start + TICKET_RANDOM_SIZE]
        seal_nonce, age_add = random[: tickets.NONCE_SIZE], random[tickets.NONCE_SIZE :]  # section 4.7.1 [8]
        ticket_nonce = len(found).to_bytes(2, "big")  # of its own for each of this connection
        remembered = resumption.remember(
            session,
            resumption_secret.psk(ticket_nonce),
            settings.now,
            lifetime=lifetime,
            age_add=int.from_bytes(age_add, "big"),
            max_early_data=settings.max_replayable_early_data,
        )
        ticket = tickets.seal(remembered, settings.ticket_keys[0], seal_nonce)
        if ticket is None:
            return found
        extensions = (MaxEarlyData(remembered.max_early_data),) if remembered.max_early_data else ()
        found.append(NewSessionTicket(lifetime, remembered.age_add, ticket_nonce, ticket, extensions))
    return found
