"""Mutants of client certificates: who the client is, and who may ask."""

from collections.abc import Iterable

from handshake import authentication, client, server, signatures
from handshake.certified_keys import CertifiedKey
from handshake.extensions import SignatureAlgorithms
from handshake.messages import Certificate, CertificateRequest
from journey.certifier import NOW, VALIDITY, Certifier, Chain
from journey.mutants.hostile import ED25519, HostileServer, Victim
from journey.mutants.returning import ReturningClient, server_settings
from journey.mutants.stage import Stage
from journey.mutants.surgery import Replaced, changed, without
from journey.mutants.trial import Beaten, Kind, Mutant
from purecrypto import entropy
from purecrypto.ed25519 import Ed25519PrivateKey
from tls.connection import Connection
from tls.events import CertificateRequested
from x509 import issue
from x509.rules import Purpose

ALICE = "alice.example"
ASKED_FOR = SignatureAlgorithms((ED25519.number,))


def chain_of(
    certifier: Certifier, key: Ed25519PrivateKey, purposes: Iterable[Purpose] = (Purpose.CLIENT,)
) -> Chain:
    """Alice's certificate, and the one above it."""
    leaf = issue.issue_certificate(
        certifier.everyday,
        ALICE,
        key.public_key(),
        serial_number=4,
        not_before=NOW - VALIDITY / 2,
        not_after=NOW + VALIDITY / 2,
        purposes=purposes,
    )
    return leaf, certifier.everyday.certificate


# --- Who are you? ------------------------------------------------------------------------------------------


def asked(stage: Stage) -> ReturningClient:
    """A client that has to say who it is, and has said nothing yet but hello."""
    settings = server_settings(stage, trust=stage.certifier.trust(), client_certificates="require")
    hostile = ReturningClient(Victim(settings), stage.client_settings())
    hostile.offer()
    return hostile


def connected_as(hostile: ReturningClient) -> str:
    peer = hostile.finished().peer
    return "nobody" if peer is None else str(peer.certificate.subject)


def nobody(stage: Stage) -> str:
    hostile = asked(stage)
    hostile.show(())
    return f"a server that requires certificates talks to {connected_as(hostile)}"


def a_copied_certificate(stage: Stage) -> str:
    hostile = asked(stage)
    hostile.show(chain_of(stage.certifier, Ed25519PrivateKey.generate()))
    return f"with a certificate that everybody may copy, and no key, one is {connected_as(hostile)}"


def a_proof_of_the_other_role(stage: Stage) -> str:
    hostile, key = asked(stage), Ed25519PrivateKey.generate()
    hostile.show(chain_of(stage.certifier, key))
    hostile.verify(key, signatures.SERVER_CONTEXT)
    return f"what {connected_as(hostile)} has signed as a server is taken for a client's proof"


def a_certificate_of_ones_own_making(stage: Stage) -> str:
    hostile, key = asked(stage), Ed25519PrivateKey.generate()
    hostile.show(chain_of(Certifier(entropy.random_bytes), key))
    hostile.verify(key)
    return f"who makes himself an authority is {connected_as(hostile)}"


def a_certificate_for_servers(stage: Stage) -> str:
    hostile, key = asked(stage), Ed25519PrivateKey.generate()
    hostile.show(chain_of(stage.certifier, key, [Purpose.SERVER]))
    hostile.verify(key)
    return f"a certificate that is good for servers alone makes a client {connected_as(hostile)}"


def an_answer_to_another_request(stage: Stage) -> str:
    hostile, key = asked(stage), Ed25519PrivateKey.generate()
    hostile.show(chain_of(stage.certifier, key), context=b"another request")
    hostile.verify(key)
    return f"{connected_as(hostile)} has answered a request that was never made, and is believed"


# --- Who wants to know? ------------------------------------------------------------------------------------


def curious_server(stage: Stage, request: CertificateRequest) -> HostileServer:
    """A server that asks with this request; its victim is a client that has a certificate."""
    key = Ed25519PrivateKey.generate()
    hostile = stage.hostile_server(certified_keys=(CertifiedKey(chain_of(stage.certifier, key), key),))
    hostile.flight(until=Certificate)
    hostile.say(request)
    return hostile


def a_context_in_the_handshake(stage: Stage) -> str:
    hostile = curious_server(stage, CertificateRequest(b"later", (ASKED_FOR,)))
    hostile.certificate()
    hostile.verify()
    hostile.finished_session()
    return "a request in the handshake is answered as if it had come after it"


def a_request_without_schemes(stage: Stage) -> str:
    hostile = curious_server(stage, CertificateRequest(b"", ()))
    hostile.certificate()
    hostile.verify()
    hostile.finished_session()
    return "a request that does not say which signatures it wants is answered, with no certificate"


def a_request_out_of_the_blue(stage: Stage) -> str:
    hostile = stage.hostile_server()
    hostile.flight()
    hostile.say(CertificateRequest(b"now", (ASKED_FOR,)))
    if not any(isinstance(event, CertificateRequested) for event in hostile.victim.events):
        raise Beaten("the client does not answer")
    return "a client that has not agreed to it is asked in mid-connection who it is, and answers"


PEER, ATTACK = Kind.HOSTILE_PEER, Kind.ATTACK

MUTANTS = (
    Mutant(
        "client's certificate required",
        "RFC 9846 4.5.1.3",
        (changed(server.hear_certificate, {' and settings.client_certificates != "require"': ""}),),
        PEER,
        nobody,
    ),
    Mutant(
        "client's CertificateVerify missing",
        "RFC 9846 4.5.2",
        (
            changed(
                server.hear_certificate,
                {
                    "certificate_verify = yield from talk.receive(CertificateVerify)": (
                        "return VerifiedPeer(claimed.certificate, claimed.path)"
                    )
                },
            ),
        ),
        ATTACK,
        a_copied_certificate,
    ),
    Mutant(
        "one context string for both roles, at the server",
        "RFC 9846 4.5.2",
        (Replaced(signatures, "CLIENT_CONTEXT", signatures.SERVER_CONTEXT),),
        PEER,
        a_proof_of_the_other_role,
    ),
    Mutant(
        "client's chain",
        "RFC 9846 4.5.1.3",
        (
            changed(
                authentication.verify_chain,
                {"if settings.trust is None:": "if settings.trust is None or sender == 'client':"},
            ),
        ),
        PEER,
        a_certificate_of_ones_own_making,
    ),
    Mutant(
        "purpose of a client's certificate",
        "RFC 5280 4.2.1.12",
        (Replaced(authentication, "_PURPOSES", dict.fromkeys(("server", "client"), Purpose.SERVER)),),
        PEER,
        a_certificate_for_servers,
    ),
    Mutant(
        "context of a certificate",
        "RFC 9846 4.5.1",
        (without(authentication.verify_chain, "if message.certificate_request_context:"),),
        PEER,
        an_answer_to_another_request,
    ),
    Mutant(
        "context of a request in the handshake",
        "RFC 9846 4.4.2",
        (without(client.check_request, "if request.certificate_request_context and not after_handshake:"),),
        PEER,
        a_context_in_the_handshake,
    ),
    Mutant(
        "CertificateRequest without signature_algorithms",
        "RFC 9846 4.4.2",
        (without(client.check_request, "if request.find(SignatureAlgorithms) is None:"),),
        PEER,
        a_request_without_schemes,
    ),
    Mutant(
        "request after the handshake that was not agreed on",
        "RFC 9846 4.7.2",
        (changed(Connection._after_handshake, {"if self._settings.post_handshake_auth:": "if True:"}),),
        PEER,
        a_request_out_of_the_blue,
    ),
)
