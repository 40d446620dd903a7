"""Mutants of the handshake: what a client believes of a server's answers, and a server of a client's."""

from handshake import client, extension_blocks, finished, server, signatures
from handshake.constants import CipherSuite, ExtensionType, NamedGroup, ProtocolVersion, SignatureScheme
from handshake.extensions import (
    ApplicationProtocols,
    Extension,
    KeyShareEntry,
    SelectedGroup,
    SelectedVersion,
    ServerKeyShare,
    UnusedExtension,
)
from handshake.groups import Group
from handshake.messages import CertificateVerify, Finished
from handshake.session import Session
from handshake.suites import SUITES
from journey.attacks import Attack, reads_a_secret
from journey.mutants.hostile import SUITE, X25519, Called, HostileClient, HostileServer, Victim
from journey.mutants.stage import Stage
from journey.mutants.surgery import Replaced, changed, without
from journey.mutants.trial import TOP, Beaten, Kind, Mutant, crash, on, quoted
from journey.scene import Scene
from purecrypto import entropy
from purecrypto.x25519 import X25519PrivateKey
from record.content_type import ContentType

OTHER_SUITE = CipherSuite.TLS_AES_128_GCM_SHA256
OTHER_GROUP = NamedGroup.SECP256R1
UNKNOWN_EXTENSION = 0xFE42  # a type for private use
LOGIN = b"it is me; my password is "


def finish(hostile: HostileServer, *answers: Extension) -> Session:
    """Say all that follows a ServerHello, honestly but for these answers; return the victim's session."""
    hostile.extensions(*answers)
    hostile.certificate()
    hostile.verify()
    return finished_session(hostile)


def finished_session(hostile: HostileServer, verify_data: bytes | None = None) -> Session:
    """Say Finished, honest or this one; return the victim's session."""
    hostile.finished(verify_data)
    session = hostile.victim.connection.session
    assert session is not None
    return session


# --- The two hellos ----------------------------------------------------------------------------------------


def no_supported_versions(stage: Stage) -> str:
    hostile = stage.hostile_server()
    hostile.hello(extensions=(ServerKeyShare(KeyShareEntry(X25519, hostile.share)),))
    finish(hostile)
    return "a ServerHello that says TLS 1.2 and nothing else is taken for TLS 1.3"


def a_version_twice(stage: Stage) -> str:
    hostile = stage.hostile_server()
    honest = hostile.server_hello()
    hostile.hello(extensions=(SelectedVersion(ProtocolVersion.TLS_1_2), *honest.extensions))
    finish(hostile)
    return "a ServerHello selects TLS 1.2 and TLS 1.3, and the client takes the second"


def an_extension_out_of_place(stage: Stage) -> str:
    hostile = stage.hostile_server()
    hostile.hello()
    finish(hostile, SelectedVersion(ProtocolVersion.TLS_1_2))
    return "supported_versions comes once more, in EncryptedExtensions, and says TLS 1.2"


def a_suite_not_offered(stage: Stage) -> str:
    hostile = stage.hostile_server(cipher_suites=(OTHER_SUITE,))
    hostile.hello()
    finish(hostile)
    return f"a client that offered only {OTHER_SUITE.name} speaks {SUITE.number.name}"


def a_group_not_offered(stage: Stage) -> str:
    hostile = stage.hostile_server()
    share = ServerKeyShare(KeyShareEntry(OTHER_GROUP, bytes(65)))
    try:
        hostile.hello(extensions=(SelectedVersion(), share))
    except KeyError as bug:
        return crash(bug)
    raise Beaten("the client has a private key for it")


def a_group_not_offered_in_a_retry(stage: Stage) -> str:
    hostile = stage.hostile_server()
    try:
        hostile.ask_again(OTHER_GROUP)
    except KeyError as bug:
        return crash(bug)
    raise Beaten("the client has a private key for it")


def another_session_id(stage: Stage) -> str:
    hostile = stage.hostile_server()
    hostile.hello(legacy_session_id_echo=bytes(32))
    finish(hostile)
    return "the client is connected, though the server has echoed what it never sent"


def compression(stage: Stage) -> str:
    hostile = stage.hostile_server()
    hostile.hello(legacy_compression_method=1)
    finish(hostile)
    return "the server says that it compresses, and is believed"


def a_key_that_nobody_offered(stage: Stage) -> str:
    hostile = stage.hostile_server()
    honest = hostile.server_hello()
    psk = UnusedExtension(ExtensionType.PRE_SHARED_KEY, bytes(2))
    hostile.hello(extensions=(*honest.extensions, psk))
    finish(hostile)
    return "ServerHello selects a pre-shared key that nobody has offered, and the client is connected"


def a_share_of_small_order(stage: Stage) -> str:
    hostile = stage.hostile_server()
    zero = ServerKeyShare(KeyShareEntry(X25519, bytes(32)))
    hostile.hello(extensions=(SelectedVersion(), zero), shared_secret=bytes(32))
    finish(hostile)
    hostile.victim.connection.send(b"my password is rosebud")
    hostile.say_raw(b"")
    return f"the secret is 32 zeros, whatever the client drew: everybody reads {quoted(hostile.first_data())}"


def a_share_of_another_size(stage: Stage) -> str:
    hostile = stage.hostile_server()
    share = ServerKeyShare(KeyShareEntry(X25519, bytes(31)))
    try:
        hostile.hello(extensions=(SelectedVersion(), share))
    except ValueError as bug:
        return crash(bug)
    raise Beaten("the key exchange takes it")


# --- Once more, please -------------------------------------------------------------------------------------


def ask_for_ever(stage: Stage) -> str:
    hostile = stage.hostile_server(key_share_groups=())
    hostile.ask_again()
    for _ in range(99):
        hostile.say(hostile.retry_request(SelectedGroup(X25519)))
    hellos = sum(record.content_type is ContentType.HANDSHAKE for record in hostile.heard)
    return f"the client has sent {hellos} hellos, and will send one for each request"


def ask_for_nothing(stage: Stage) -> str:
    hostile = stage.hostile_server()
    first = hostile.client_hello
    hostile.say(hostile.retry_request())
    if hostile.client_hello != first:
        raise Beaten("something has changed")
    return "the client says the same again, word for word"


def ask_for_what_was_there(stage: Stage) -> str:
    hostile = stage.hostile_server()
    first = hostile.client_hello
    hostile.say(hostile.retry_request(SelectedGroup(X25519)))
    if hostile.client_hello != first:
        raise Beaten("something has changed")
    return "asked for the share that it has sent, the client sends it again"


def change_the_suite(stage: Stage) -> str:
    hostile = stage.hostile_server(key_share_groups=(), cipher_suites=(OTHER_SUITE, SUITE.number))
    hostile.ask_again(cipher_suite=OTHER_SUITE)
    hostile.suite = SUITES[OTHER_SUITE]
    hostile.hello()
    finish(hostile)
    return f"ServerHello says {SUITE.number.name}, and {OTHER_SUITE.name} is spoken, as it was said before"


def change_the_second_hello(stage: Stage) -> str:
    victim = Victim(stage.server_settings())
    hostile = HostileClient(victim, stage.client_settings())
    hostile.hello(key_share_groups=())
    hostile.hello(server_name="casino.example")
    if hostile.heard[-1].content_type is not ContentType.APPLICATION_DATA:
        raise Beaten("the server does not go on")
    return f"the first hello asks for {stage.name}, the second for casino.example, and it is answered"


# --- What the keys protect ---------------------------------------------------------------------------------


def an_answer_that_nobody_asked_for(stage: Stage) -> str:
    hostile = stage.hostile_server()
    hostile.hello()
    finish(hostile, UnusedExtension(UNKNOWN_EXTENSION, b"do as I say"))
    return f"EncryptedExtensions answers with extension {UNKNOWN_EXTENSION:#06x}, and the client is connected"


def a_protocol_not_offered(stage: Stage) -> str:
    hostile = stage.hostile_server(application_protocols=(b"http/1.1",))
    hostile.hello()
    spoken = finish(hostile, ApplicationProtocols((b"ftp",))).application_protocol
    assert spoken is not None
    return f"a client that offered http/1.1 is told to speak {quoted(spoken)}: see the room alpaca"


def a_scheme_not_offered(stage: Stage) -> str:
    hostile = stage.hostile_server(signature_schemes=(SignatureScheme.ECDSA_SECP256R1_SHA256,))
    hostile.hello()
    finish(hostile)
    return "a client that offered only ecdsa_secp256r1_sha256 takes ed25519"


def a_signature_of_the_other_role(stage: Stage) -> str:
    hostile = stage.hostile_server()
    hostile.flight(until=CertificateVerify)
    hostile.verify(signature=hostile.signature(signatures.CLIENT_CONTEXT))
    finished_session(hostile)
    return "what the key's owner has signed as a client is taken for a server's proof"


def a_finished_of_zeros(stage: Stage) -> str:
    hostile = stage.hostile_server()
    hostile.flight(until=Finished)
    finished_session(hostile, bytes(32))
    return "32 zeros are taken for the MAC over the whole handshake"


# --- The man in the middle, in a copied certificate --------------------------------------------------------


def copy_the_certificate(scene: Scene) -> list[bytes]:
    """Call the server, as anybody may, and keep the certificates that it shows."""
    with scene.connect(client=None) as link:
        channel = scene.open(link.server, "client")
        peer = channel.connection.session.peer  # type: ignore[attr-defined]
        return [certificate.der for certificate in peer.path.certificates[:-1]]


def impersonate(scene: Scene, *, with_a_signature: bool) -> None:
    """Be the server for the client, with its certificate, and a random signature or none."""
    chain = copy_the_certificate(scene)
    password = scene.secret()
    with scene.connect(client=[scene.message(LOGIN, password)], server=None) as link:
        hostile = HostileServer(Called(link.client), chain)
        hostile.hello()
        hostile.extensions()
        hostile.certificate()
        if with_a_signature:
            hostile.verify(signature=entropy.random_bytes(64))
        hostile.finished()
        scene.claim(password, hostile.first_data()[len(LOGIN) :][: password.size])


IN_A_COPIED_CERTIFICATE = Attack(
    "no CertificateVerify", lambda scene: impersonate(scene, with_a_signature=False), reads_a_secret, wins=()
)
WITH_A_RANDOM_SIGNATURE = Attack(
    "a random signature", lambda scene: impersonate(scene, with_a_signature=True), reads_a_secret, wins=()
)

# CVE-2020-24613, in wolfSSL: a Finished was accepted where a CertificateVerify had to come.
SKIPPED = "isinstance(certificate_verify, Finished)"
CERTIFICATE_VERIFY_MAY_BE_MISSING = changed(
    client.handshake,
    {
        "talk.receive(CertificateVerify)": "talk.receive(CertificateVerify, Finished)",
        "peer = verify_possession(": f"peer = claimed if {SKIPPED} else verify_possession(",
        "through_certificate_verify = transcript.digest()": (
            f"through_certificate_verify = through_certificate if {SKIPPED} else transcript.digest()"
        ),
        "server_finished = yield from talk.receive(Finished)": (
            f"server_finished = certificate_verify if {SKIPPED} else (yield from talk.receive(Finished))"
        ),
        "SignatureScheme(certificate_verify.algorithm)": "SignatureScheme.ED25519",
    },
)
AGREED = "agreed_suite(server_hello, second_hello)"
ANY_NUMBER_OF_REQUESTS = changed(
    client.try_again,
    {
        "server_hello = yield from talk.receive(ServerHello)": (
            "server_hello = yield from talk.receive(ServerHello, HelloRetryRequest)\n"
            "    while isinstance(server_hello, HelloRetryRequest):\n"
            "        yield from talk.send(second_hello)\n"
            "        server_hello = yield from talk.receive(ServerHello, HelloRetryRequest)"
        )
    },
)


PEER, ATTACK = Kind.HOSTILE_PEER, Kind.ATTACK

MUTANTS = (
    Mutant(
        "CertificateVerify missing",
        "RFC 9846 4.5.2",
        (CERTIFICATE_VERIFY_MAY_BE_MISSING,),
        ATTACK,
        on(TOP, IN_A_COPIED_CERTIFICATE),
    ),
    Mutant(
        "CertificateVerify's signature",
        "RFC 9846 4.5.2",
        (
            without(
                signatures.verify,
                "scheme.algorithm.verify(key.public_key, received_signature, content)",
            ),
        ),
        ATTACK,
        on(TOP, WITH_A_RANDOM_SIGNATURE, "transplant a signature"),
    ),
    Mutant(
        "one context string for both roles",
        "RFC 9846 4.5.2",
        (Replaced(signatures, "SERVER_CONTEXT", signatures.CLIENT_CONTEXT),),
        PEER,
        a_signature_of_the_other_role,
    ),
    Mutant(
        "scheme that was not offered",
        "RFC 9846 4.5.2",
        (without(client.verify_possession, "if message.algorithm not in settings.signature_schemes:"),),
        PEER,
        a_scheme_not_offered,
    ),
    Mutant(
        "Finished",
        "RFC 9846 4.5.3",
        (
            without(
                finished.verify,
                "if not constant_time.equal(received_verify_data, secret.finished(transcript_hash)):",
            ),
        ),
        PEER,
        a_finished_of_zeros,
    ),
    Mutant(
        "X25519 all-zero",
        "RFC 9846 7.4.2",
        (without(X25519PrivateKey.exchange, "if constant_time.equal(shared_secret, bytes(KEY_SIZE)):"),),
        PEER,
        a_share_of_small_order,
    ),
    Mutant(
        "size of a share",
        "RFC 9846 4.3.8.2",
        (without(Group.shared_secret, "if len(received_public) != self.public_size:"),),
        PEER,
        a_share_of_another_size,
    ),
    Mutant(
        "ServerHello without supported_versions",
        "RFC 9846 4.3.1",
        (
            changed(
                client.agreed_suite,
                {
                    "if selected is None:": "if False:",
                    "if selected.selected_version != ": "if selected and selected.selected_version != ",
                },
            ),
        ),
        PEER,
        no_supported_versions,
    ),
    Mutant(
        "an extension twice",
        "RFC 9846 4.3",
        (without(extension_blocks.read, "if extension_type in found:"),),
        PEER,
        a_version_twice,
    ),
    Mutant(
        "an extension in the wrong message",
        "RFC 9846 4.3",
        (without(extension_blocks.read, "if place not in _PLACES.get(extension_type, (place,)):"),),
        PEER,
        an_extension_out_of_place,
    ),
    Mutant(
        "suite that was not offered",
        "RFC 9846 4.2.3",
        (changed(client.agreed_suite, {"answer.cipher_suite not in client_hello.cipher_suites or ": ""}),),
        PEER,
        a_suite_not_offered,
    ),
    Mutant(
        "group that was not offered",
        "RFC 9846 4.3.8",
        (without(client.agree, "if share.group not in groups or share.group not in settings.private_keys:"),),
        PEER,
        a_group_not_offered,
    ),
    Mutant(
        "legacy_session_id_echo",
        "RFC 9846 4.2.3",
        (
            without(
                client.agreed_suite, "if answer.legacy_session_id_echo != client_hello.legacy_session_id:"
            ),
        ),
        PEER,
        another_session_id,
    ),
    Mutant(
        "compression in ServerHello",
        "RFC 9846 4.2.3",
        (without(client.agreed_suite, "if answer.legacy_compression_method != NULL_COMPRESSION:"),),
        PEER,
        compression,
    ),
    Mutant(
        "unsolicited extension in ServerHello",
        "RFC 9846 4.3",
        (without(client.agreed_suite, "refuse_unsolicited(answer, client_hello, allowed=(Cookie.type,))"),),
        PEER,
        a_key_that_nobody_offered,
    ),
    Mutant(
        "unsolicited extension under keys",
        "RFC 9846 4.3",
        (without(client.handshake, "refuse_unsolicited(encrypted_extensions, client_hello)"),),
        PEER,
        an_answer_that_nobody_asked_for,
    ),
    Mutant(
        "ALPN that was not offered",
        "RFC 7301 3.1",
        (without(client.agreed_protocol, "if selected.protocols[0] not in settings.application_protocols:"),),
        PEER,
        a_protocol_not_offered,
    ),
    Mutant(
        "second HelloRetryRequest",
        "RFC 9846 4.2.4",
        (ANY_NUMBER_OF_REQUESTS,),
        PEER,
        ask_for_ever,
    ),
    Mutant(
        "HelloRetryRequest that changes nothing",
        "RFC 9846 4.2.4",
        (without(client.retry_hello, "if selected is None and cookie is None:"),),
        PEER,
        ask_for_nothing,
    ),
    Mutant(
        "HelloRetryRequest for a share that was sent",
        "RFC 9846 4.3.8",
        (without(client.retry_hello, "if group in settings.key_share_groups:"),),
        PEER,
        ask_for_what_was_there,
    ),
    Mutant(
        "HelloRetryRequest for a group not offered",
        "RFC 9846 4.3.8",
        (without(client.retry_hello, "if group not in settings.groups:"),),
        PEER,
        a_group_not_offered_in_a_retry,
    ),
    Mutant(
        "another suite after HelloRetryRequest",
        "RFC 9846 4.2.4",
        (
            changed(
                client.try_again,
                {f"if {AGREED} is not suite:": f"if not {AGREED}:"},
            ),
        ),
        PEER,
        change_the_suite,
    ),
    Mutant(
        "second ClientHello changed",
        "RFC 9846 4.2.2",
        (without(server.check_unchanged, "if constant(first_hello) != constant(second_hello):"),),
        PEER,
        change_the_second_hello,
    ),
)
