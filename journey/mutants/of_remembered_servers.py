"""Mutants of resumption at a client: whom it takes a server for that has the key of a ticket."""

from collections.abc import Sequence

from handshake import client, client_offer, server_answer, tickets
from handshake.constants import PskKeyExchangeMode
from handshake.extensions import SelectedVersion, SignatureAlgorithms
from handshake.messages import CertificateRequest, NewSessionTicket
from handshake.psk_extensions import SelectedPsk
from handshake.resumption import MAX_LIFETIME, ResumableSession
from journey.certifier import Certifier
from journey.mutants.hostile import ED25519, SUITE
from journey.mutants.of_resumption import OTHER_HASH, OTHER_SITE
from journey.mutants.returning import HOUR, known_server, path_of, select_psk, session
from journey.mutants.stage import Stage
from journey.mutants.surgery import changed, without
from journey.mutants.trial import Beaten, Kind, Mutant
from purecrypto import entropy
from tls.events import SessionTicket
from x509 import path
from x509.certificate import Certificate


def remembered_server(
    stage: Stage, chain: Sequence[Certificate] | None = None, **replaced: object
) -> ResumableSession:
    """A session with a server that had shown this chain, or the honest one."""
    return session(stage, certificates=path_of(stage, chain or stage.chain()), **replaced)


def a_key_of_another_hash_selected(stage: Stage) -> str:
    suite = OTHER_HASH.number
    key = entropy.random_bytes(OTHER_HASH.hash_size)
    remembered = remembered_server(stage, key=key, cipher_suite=suite)
    hostile = known_server(stage, remembered, cipher_suites=(suite, SUITE.number))
    select_psk(hostile)
    return f"a key that was made for {suite.name} is used with {SUITE.number.name}"


def no_key_exchange(stage: Stage) -> str:
    hostile = known_server(stage, remembered_server(stage))
    hostile.hello(extensions=(SelectedVersion(), SelectedPsk(0)), shared_secret=bytes(32))
    hostile.extensions()
    hostile.finished_session()
    return "a client that wants a fresh key exchange does without: who learns its key later reads it all"


def a_key_exchange_all_the_same(stage: Stage) -> str:
    hostile = known_server(stage, remembered_server(stage), psk_modes=(PskKeyExchangeMode.PSK_KE,))
    select_psk(hostile)
    return "a client that wanted its key to do alone takes a key_share beside it"


def a_request_for_a_certificate(stage: Stage) -> str:
    hostile = known_server(stage, remembered_server(stage))
    hostile.hello(extensions=(*hostile.server_hello().extensions, SelectedPsk(0)))
    hostile.extensions()
    hostile.say(CertificateRequest(b"", (SignatureAlgorithms((ED25519.number,)),)))
    hostile.finished_session()
    return "whoever has the key may ask who the client is, though it has no certificate of his"


def a_ticket_from_another_site(stage: Stage) -> str:
    chain = stage.certifier.chain([stage.name, OTHER_SITE], stage.key)
    hostile = known_server(stage, remembered_server(stage, chain, server_name=OTHER_SITE))
    select_psk(hostile)
    return f"a session with {OTHER_SITE} goes on as one with {stage.name}: they share a certificate"


def a_name_of_another_site(stage: Stage) -> str:
    chain = stage.certifier.chain([OTHER_SITE], stage.key)
    hostile = known_server(stage, remembered_server(stage, chain, server_name=None), server_name=None)
    peer = select_psk(hostile).peer
    assert peer is not None
    return f"a client that wants {stage.name} resumes a session with {peer.certificate.subject}"


def an_authority_not_trusted_any_more(stage: Stage) -> str:
    fallen = Certifier(entropy.random_bytes)
    chain = (*fallen.chain([stage.name], stage.key), fallen.root.certificate)
    hostile = known_server(stage, session(stage, certificates=tuple(c.der for c in chain)))
    select_psk(hostile)
    return "by resumption a server lives on whose authority is not trusted any more"


def a_session_that_nobody_verified(stage: Stage) -> str:
    hostile = known_server(stage, session(stage))
    peer = select_psk(hostile).peer
    return f"a client that verifies takes up where one left off that did not: peer={peer}"


def a_ticket_for_ever(stage: Stage) -> str:
    hostile = stage.hostile_server()
    hostile.flight()
    hostile.say(NewSessionTicket(2**32 - 1, 0, b"\0", b"a ticket"))
    (kept,) = (e.ticket.session for e in hostile.victim.events if isinstance(e, SessionTicket))
    if kept.lifetime <= MAX_LIFETIME:
        raise Beaten(f"the ticket is kept for {kept.lifetime // (24 * HOUR)} days")
    return f"the client keeps a ticket for {kept.lifetime // (24 * HOUR)} days, seven being the limit"


ANY_REQUEST = changed(
    client.handshake,
    {
        "server_finished = yield from talk.receive(Finished)": (
            "server_finished = yield from talk.receive(Finished, CertificateRequest)\n"
            "    if isinstance(server_finished, CertificateRequest):\n"
            "        certificate_request = server_finished\n"
            "        through_peers_proof = transcript.digest()\n"
            "        server_finished = yield from talk.receive(Finished)"
        )
    },
)
_resumable = client_offer._resumable
PEER = Kind.HOSTILE_PEER

MUTANTS = (
    Mutant(
        "hash of the selected pre-shared key",
        "RFC 9846 4.3.11",
        (without(server_answer.chosen_key, "if not known[place].psk.fits(suite):"),),
        PEER,
        a_key_of_another_hash_selected,
    ),
    Mutant(
        "key_share beside a pre-shared key",
        "RFC 9846 4.3.11",
        (without(server_answer.agree, "if PskKeyExchangeMode.PSK_KE not in settings.psk_modes:"),),
        PEER,
        no_key_exchange,
    ),
    Mutant(
        "no key_share where the key is to do alone",
        "RFC 9846 4.3.9",
        (
            without(
                server_answer.agree,
                "if with_psk and PskKeyExchangeMode.PSK_DHE_KE not in settings.psk_modes:",
            ),
        ),
        PEER,
        a_key_exchange_all_the_same,
    ),
    Mutant(
        "CertificateRequest beside a pre-shared key",
        "RFC 9846 4.4.2",
        (ANY_REQUEST,),
        PEER,
        a_request_for_a_certificate,
    ),
    Mutant(
        "ticket for another site, at the client",
        "RFC 9846 4.7.1",
        (without(_resumable, "if ticket.session.server_name != settings.server_name:"),),
        PEER,
        a_ticket_from_another_site,
    ),
    Mutant(
        "name of the server that is resumed with",
        "RFC 9846 4.7.1",
        (without(_resumable, "if settings.reference_identity is not None:"),),
        PEER,
        a_name_of_another_site,
    ),
    Mutant(
        "lifetime above seven days",
        "RFC 9846 4.7.1",
        (
            changed(
                tickets.ticket_of, {"min(message.ticket_lifetime, MAX_LIFETIME)": "message.ticket_lifetime"}
            ),
            without(ResumableSession.__post_init__, "if not 0 <= self.lifetime <= MAX_LIFETIME:"),
        ),
        PEER,
        a_ticket_for_ever,
    ),
    Mutant(
        "session that nobody verified",
        "RFC 9846 4.7.1",
        (
            changed(
                _resumable,
                {"if settings.trust is None:": "if not (settings.trust and ticket.session.certificates):"},
            ),
        ),
        PEER,
        a_session_that_nobody_verified,
    ),
    Mutant(
        "trust in the authority, at resumption",
        "RFC 9846 4.7.1",
        (without(path.recheck, "if not certificates or certificates[-1] not in trust:"),),
        PEER,
        an_authority_not_trusted_any_more,
    ),
)
