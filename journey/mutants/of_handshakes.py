"""Mutants of what follows under the handshake's keys, up to Finished: who is it that speaks?"""

from handshake import authentication, client, server_answer, signatures
from handshake.constants import SignatureScheme
from handshake.extensions import ApplicationProtocols, UnusedExtension
from handshake.messages import CertificateVerify, Finished
from journey.attacks import Attack, reads_a_secret
from journey.mutants.hostile import UNKNOWN_EXTENSION, Called, HostileServer
from journey.mutants.stage import Stage
from journey.mutants.surgery import Replaced, changed, without
from journey.mutants.trial import TOP, Kind, Mutant, on, quoted
from journey.scene import Scene
from purecrypto import ec, entropy, primes
from purecrypto.rsa import RSAPrivateKey
from x509.private_keys import PrivateKey

LOGIN = b"it is me; my password is "


def an_answer_that_nobody_asked_for(stage: Stage) -> str:
    hostile = stage.hostile_server()
    hostile.hello()
    hostile.finish(UnusedExtension(UNKNOWN_EXTENSION, b"do as I say"))
    return f"EncryptedExtensions answers with extension {UNKNOWN_EXTENSION:#06x}, and the client is connected"


def a_protocol_not_offered(stage: Stage) -> str:
    hostile = stage.hostile_server(application_protocols=(b"http/1.1",))
    hostile.hello()
    spoken = hostile.finish(ApplicationProtocols((b"ftp",))).application_protocol
    assert spoken is not None
    return f"a client that offered http/1.1 is told to speak {quoted(spoken)}: see the room alpaca"


def a_scheme_not_offered(stage: Stage) -> str:
    hostile = stage.hostile_server(signature_schemes=(SignatureScheme.ECDSA_SECP256R1_SHA256,))
    hostile.hello()
    hostile.finish()
    return "a client that offered only ecdsa_secp256r1_sha256 takes ed25519"


def prove_with(stage: Stage, key: PrivateKey, scheme: SignatureScheme) -> str:
    """Be an honest server with this key, but sign in this scheme, which the client has offered."""
    schemes = (SignatureScheme.ED25519, scheme)  # the first is the authority's
    hostile = stage.hostile_server(stage.certifier.chain([stage.name], key), key, signature_schemes=schemes)
    hostile.flight(until=CertificateVerify)
    hostile.verify(scheme)
    agreed = hostile.finished_session().signature_scheme
    assert agreed is not None
    return agreed.name.lower()


def a_scheme_for_certificates_alone(stage: Stage) -> str:
    key = RSAPrivateKey.from_primes(*primes.two_primes(2048, 65537), 65537)
    scheme = prove_with(stage, key, SignatureScheme.RSA_PKCS1_SHA256)
    return f"the handshake is signed with {scheme}, as it was before TLS 1.3"


def a_scheme_of_another_curve(stage: Stage) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    scheme = prove_with(stage, key, SignatureScheme.ECDSA_SECP384R1_SHA384)
    return f"a key on P-256 has signed, and the client says that it was {scheme}"


def a_signature_of_the_other_role(stage: Stage) -> str:
    hostile = stage.hostile_server()
    hostile.flight(until=CertificateVerify)
    hostile.verify(signature=hostile.signature(signatures.CLIENT_CONTEXT))
    hostile.finished_session()
    return "what the key's owner has signed as a client is taken for a server's proof"


def a_finished_of_zeros(stage: Stage) -> str:
    hostile = stage.hostile_server()
    hostile.flight(until=Finished)
    hostile.finished_session(bytes(32))
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
CERTIFICATE_VERIFY_MAY_BE_MISSING = (
    changed(  # hands on the Finished that has come in its place, and what it covers, as the scheme
        client.hear_certificate,
        {
            "talk.receive(CertificateVerify)": "talk.receive(CertificateVerify, Finished)",
            "peer = authentication.verify_possession(": (
                "if isinstance(certificate_verify, Finished):\n"
                "        return claimed, (certificate_verify, through_certificate), certificate_request\n"
                "    peer = authentication.verify_possession("
            ),
        },
    ),
    changed(
        client.handshake,
        {
            "through_peers_proof = transcript.digest()": (
                "skipped = scheme if isinstance(scheme, tuple) else None\n"
                "    through_peers_proof = skipped[1] if skipped else transcript.digest()"
            ),
            "server_finished = yield from talk.receive(Finished)": (
                "server_finished = skipped[0] if skipped else (yield from talk.receive(Finished))"
            ),
            "signature_scheme=scheme": "signature_scheme=SignatureScheme.ED25519",
        },
    ),
)
ANY_SCHEME = changed(
    signatures.verify,
    {"if scheme is None or key.kind not in scheme.kinds:": "if scheme is None:"},
)

PEER, ATTACK = Kind.HOSTILE_PEER, Kind.ATTACK

MUTANTS = (
    Mutant(
        "CertificateVerify missing",
        "RFC 9846 4.5.2",
        CERTIFICATE_VERIFY_MAY_BE_MISSING,
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
        (without(authentication.verify_possession, "if message.algorithm not in offered_schemes:"),),
        PEER,
        a_scheme_not_offered,
    ),
    Mutant(
        "scheme for certificates alone",
        "RFC 9846 4.3.3",
        (ANY_SCHEME,),
        PEER,
        a_scheme_for_certificates_alone,
    ),
    Mutant(
        "scheme of another curve",
        "RFC 9846 4.5.2",
        (ANY_SCHEME,),
        PEER,
        a_scheme_of_another_curve,
    ),
    Mutant(
        "Finished",
        "RFC 9846 4.5.3",
        (
            without(
                authentication.verify_finished,
                "if not constant_time.equal(received_verify_data, secret.finished(transcript_hash)):",
            ),
        ),
        PEER,
        a_finished_of_zeros,
    ),
    Mutant(
        "unsolicited extension under keys",
        "RFC 9846 4.3",
        (without(client.handshake, "authentication.refuse_unsolicited(encrypted_extensions, client_hello)"),),
        PEER,
        an_answer_that_nobody_asked_for,
    ),
    Mutant(
        "ALPN that was not offered",
        "RFC 7301 3.1",
        (
            without(
                server_answer.agreed_protocol,
                "if selected.protocols[0] not in settings.application_protocols:",
            ),
        ),
        PEER,
        a_protocol_not_offered,
    ),
)
