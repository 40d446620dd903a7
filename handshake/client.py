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

from handshake import authentication, certified_keys, client_offer, server_answer
from handshake.constants import ExtensionType, SignatureScheme
from handshake.conversation import Conversation
from handshake.effects import (
    LimitReceived,
    LimitSent,
    LogSecrets,
    Passage,
    ReadWith,
    SendChangeCipherSpec,
    Story,
    WriteWith,
)
from handshake.errors import IllegalParameter, MissingExtension
from handshake.extensions import RecordSizeLimit, SignatureAlgorithms
from handshake.key_schedule import EarlyDataSecrets, EarlySecret, TrafficSecret
from handshake.messages import (
    Certificate,
    CertificateRequest,
    CertificateVerify,
    ClientHello,
    EncryptedExtensions,
    EndOfEarlyData,
    Finished,
    HelloRetryRequest,
    ServerHello,
)
from handshake.pre_shared_keys import KnownKey
from handshake.psk_extensions import EarlyDataIndication
from handshake.session import ConnectionSecrets, Session, VerifiedPeer
from handshake.settings import ClientSettings
from handshake.suites import Suite


def handshake(settings: ClientSettings, talk: Conversation) -> Story:
    """The whole story of one handshake; returns what it leaves, or raises what the server did wrong."""
    transcript = talk.transcript

    known = client_offer.known_keys(settings)
    client_hello, exchanges = client_offer.first_hello(settings, known)
    client_hello = client_offer.with_pre_shared_keys(client_hello, settings, known, talk)
    yield from talk.send(client_hello)  # section 4.2.2 [1]
    early = yield from begin_early_data(talk, settings, known, client_hello)
    compatible = bool(settings.legacy_session_id)  # then one change_cipher_spec is sent (appendix E.4)
    change_cipher_spec_owed = compatible and early is None

    answer = yield from talk.receive(ServerHello, HelloRetryRequest)
    suite = server_answer.agreed_suite(answer, client_hello)  # section 4.2.4 [4]
    hello_retried = isinstance(answer, HelloRetryRequest)
    if isinstance(answer, HelloRetryRequest):
        if early is not None:  # it is refused by this (section 4.3.10), and the second hello is in the clear
            yield WriteWith(None)
            early = None
        if change_cipher_spec_owed:
            yield SendChangeCipherSpec()
            change_cipher_spec_owed = False
        known = [key for key in known if key.psk.fits(suite)]  # section 4.2.4 [11]
        transcript.replace_first_hello(suite)
        client_hello, exchanges = client_offer.retry_hello(settings, client_hello, exchanges, answer, known)
        client_hello = client_offer.with_pre_shared_keys(client_hello, settings, known, talk)
        server_hello = yield from try_again(talk, client_hello, suite)
    else:
        server_hello = answer
        transcript.use(suite)

    chosen = server_answer.chosen_key(server_hello, known, suite)
    group, shared_secret = server_answer.agree(settings, exchanges, server_hello, with_psk=chosen is not None)
    early_secret = (
        chosen.psk.early_secret(suite, talk.observe) if chosen else EarlySecret(suite, talk.observe)
    )
    handshake_secret = early_secret.handshake_secret(shared_secret)
    through_server_hello = transcript.digest()
    handshake_traffic = handshake_secret.traffic_secrets(through_server_hello)
    yield LogSecrets(client_hello.random, (handshake_traffic.client, handshake_traffic.server))
    yield ReadWith(handshake_traffic.server)
    if change_cipher_spec_owed:
        yield SendChangeCipherSpec()
    if early is None:
        yield WriteWith(handshake_traffic.client)  # appendix A.1 [1]

    encrypted_extensions = yield from talk.receive(EncryptedExtensions)
    authentication.refuse_unsolicited(encrypted_extensions, client_hello)
    application_protocol = server_answer.agreed_protocol(encrypted_extensions, settings)
    limit = encrypted_extensions.find(RecordSizeLimit)
    if limit is not None and settings.record_size_limit is not None:
        yield LimitSent(limit.limit)
        yield LimitReceived(settings.record_size_limit)
    early_data_accepted = encrypted_extensions.find(EarlyDataIndication) is not None  # section 4.6 [2]
    if early_data_accepted:
        server_answer.check_early_data(known, chosen, suite, application_protocol)
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

    if early_data_accepted:
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
        early.exporter if early and early_data_accepted else None,
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
        psk_origin=chosen.psk.origin if chosen else None,
        external_identity=chosen.psk.external_identity if chosen else None,
        early_data_accepted=early_data_accepted,
        shown=shown,
    )
    return session, secrets


def begin_early_data(
    talk: Conversation, settings: ClientSettings, known: list[KnownKey], client_hello: ClientHello
) -> Passage[EarlyDataSecrets | None]:
    """The keys for early data, if we offered any; the application may use them from now on."""
    if not client_hello.has(ExtensionType.EARLY_DATA):
        return None
    psk = known[0].psk  # section 4.3.10 [2]
    assert psk.session is not None
    early_secret = psk.early_secret(psk.suite, talk.observe)
    secrets = early_secret.early_data_secrets(talk.transcript.digest_by(psk.suite.hash))
    yield LogSecrets(client_hello.random, (secrets.client, secrets.exporter))
    if settings.legacy_session_id:
        yield SendChangeCipherSpec()
    yield WriteWith(secrets.client, early_data=psk.session.max_early_data)
    return secrets


def try_again(talk: Conversation, second_hello: ClientHello, suite: Suite) -> Passage[ServerHello]:
    """Say the hello that a HelloRetryRequest asked for, and hear the answer (section 4.2.4)."""
    yield from talk.send(second_hello)
    talk.transcript.use(suite)
    server_hello = yield from talk.receive(ServerHello)  # a second request is unexpected (section 4.2.4 [6])
    if server_answer.agreed_suite(server_hello, second_hello) is not suite:  # section 4.2.4 [10]
        raise IllegalParameter("ServerHello changes the suite that HelloRetryRequest had selected")
    return server_hello


# ---- Certificates, theirs and ours ----------------------------------------------------------------------


def hear_certificate(
    talk: Conversation, settings: ClientSettings, client_hello: ClientHello
) -> Passage[tuple[VerifiedPeer, SignatureScheme, CertificateRequest | None]]:
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
) -> Passage[frozenset[bytes]]:
    """Show what fits the request, or that nothing does; return its fingerprint, or none (section 4.5.1)."""
    context = request.certificate_request_context
    credential = certified_keys.choose_for_request(
        settings.certified_keys, settings.signature_schemes, request
    )
    if credential is None:
        # sections 4.5.1 [3] and 4.7.2 [3]
        yield from talk.send(Certificate((), context))  # an empty list says that there is none
        return frozenset()
    yield from authentication.show(talk, credential, settings.signature_random, context=context)
    return frozenset({credential.certified_key.leaf.fingerprint})


def authenticate_later(
    talk: Conversation, settings: ClientSettings, request: CertificateRequest, secret: TrafficSecret
) -> Passage[frozenset[bytes]]:
    """Answer a CertificateRequest that came after the handshake (section 4.7.2); return what was shown.

    talk          has heard the handshake and the request, and nothing of other requests
    secret        the one that we write with
    """
    check_request(request, after_handshake=True)
    shown = yield from show_certificate(talk, settings, request)
    yield from talk.send(Finished(secret.finished(talk.transcript.digest())))  # section 4.7.2 [2]
    return shown
