"""Mutants of pre-shared keys: who may use a ticket, for what and until when, on either side."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from handshake import client, client_offer, pre_shared_keys, server, server_answer, server_choice, tickets
from handshake.constants import CipherSuite, PskKeyExchangeMode
from handshake.extensions import SelectedVersion, SignatureAlgorithms
from handshake.messages import CertificateRequest, NewSessionTicket
from handshake.pre_shared_keys import PreSharedKey
from handshake.psk_extensions import OfferedPsks, PskIdentity, SelectedPsk
from handshake.resumption import MAX_LIFETIME, ResumableSession
from handshake.session import Session
from handshake.suites import SUITES
from journey.certifier import NOW, VALIDITY, Certifier
from journey.mutants.hostile import ED25519, SUITE, HostileClient
from journey.mutants.returning import (
    HOUR,
    ReturningClient,
    known_server,
    path_of,
    returning_client,
    select_psk,
    session,
)
from journey.mutants.stage import Stage
from journey.mutants.surgery import changed, without
from journey.mutants.trial import Beaten, Kind, Mutant, crash
from purecrypto import entropy
from record.content_type import ContentType
from tls.events import SessionTicket
from x509 import path
from x509.certificate import Certificate

OTHER_SITE = "casino.example"
OTHER_HASH = SUITES[CipherSuite.TLS_AES_256_GCM_SHA384]


# --- What a server believes of a client that comes back ----------------------------------------------------


def resume(hostile: ReturningClient) -> Session:
    """Finish the handshake; Beaten if it is a first one after all."""
    resumed = hostile.finished()
    if resumed.psk_origin is None:
        raise Beaten("the server does not take the ticket, and shows its certificate")
    return resumed


def an_overheard_ticket(stage: Stage) -> str:
    hostile = returning_client(stage, session(stage))
    without_key = replace(session(stage), age_add=0)
    hostile.psks = [PreSharedKey(hostile.psks[0].identity, entropy.random_bytes(32), session=without_key)]
    deaf = HostileClient(hostile.line, hostile.settings)  # it could not read the answer
    deaf.say(hostile.make())
    if deaf.heard[-1].content_type is not ContentType.APPLICATION_DATA:
        raise Beaten("the server does not go on")
    return "the server goes on with a ticket that somebody has overheard, and whose key he does not have"


def a_binder_without_the_past(stage: Stage) -> str:
    hostile = returning_client(stage, session(stage))
    hostile.offer(key_share_groups=())
    said, hostile.transcript = hostile.transcript, []
    second_hello = hostile.make()
    hostile.transcript = said
    hostile.offer(second_hello)
    resume(hostile)
    return "a binder fits that says nothing of the first hello, nor of the request that answered it"


def a_binder_too_few(stage: Stage) -> str:
    hostile = returning_client(stage, session(stage))
    *others, offered = hostile.make().extensions
    assert isinstance(offered, OfferedPsks)
    unknown = PskIdentity(b"nobody knows me", 0)
    short = OfferedPsks((unknown, *offered.identities), offered.binders)
    try:
        hostile.offer(replace(hostile.make(), extensions=(*others, short)))
    except IndexError as bug:
        return crash(bug)
    raise Beaten("there is a binder for it")


def a_key_of_another_hash(stage: Stage) -> str:
    key, suite = entropy.random_bytes(OTHER_HASH.hash_size), OTHER_HASH.number
    hostile = returning_client(stage, session(stage, key=key, cipher_suite=suite))
    hostile.offer()
    resume(hostile)
    return f"a key that was made for {OTHER_HASH.number.name} is used with {SUITE.number.name}"


def no_modes(stage: Stage) -> str:
    hostile = returning_client(stage, session(stage))
    hostile.offer(psk_modes=())
    hostile.finished()
    return "a client offers a key, does not say how it may be used, and is connected"


def another_mode(stage: Stage) -> str:
    hostile = returning_client(stage, session(stage))
    hostile.offer(psk_modes=(PskKeyExchangeMode.PSK_KE,))
    resume(hostile)
    return "a client that wants no key exchange beside its key is given one"


def a_ticket_for_another_site(stage: Stage) -> str:
    hostile = returning_client(stage, session(stage))
    hostile.offer(server_name=OTHER_SITE)
    return f"a session with {stage.name} goes on as one with {resume(hostile).server_name}"


def an_expired_ticket(stage: Stage) -> str:
    hostile = returning_client(stage, session(stage, established_at=NOW - timedelta(seconds=2 * HOUR)))
    hostile.offer()
    resume(hostile)
    return "a ticket that was good for an hour is good after two"


def a_session_without_a_name(stage: Stage) -> str:
    hostile = returning_client(
        stage,
        session(stage),
        trust=stage.certifier.trust(),
        client_certificates="require",
    )
    hostile.offer()
    peer = resume(hostile).peer
    return f"a server that requires certificates resumes a session in which none was shown: peer={peer}"


def a_certificate_expired_since(stage: Stage) -> str:
    chain = stage.certifier.chain(["alice.example"], stage.key, around=NOW - 2 * VALIDITY)
    remembered = session(stage, certificates=path_of(stage, chain))
    hostile = returning_client(
        stage, remembered, trust=stage.certifier.trust(), client_certificates="request"
    )
    hostile.offer()
    peer = resume(hostile).peer
    assert peer is not None
    return f"by resumption {peer.certificate.subject} is still who she was when her certificate was valid"


def tickets_for_ever(stage: Stage) -> str:
    hostile = returning_client(stage, session(stage, established_at=NOW - timedelta(seconds=HOUR - 60)))
    hostile.offer()
    resume(hostile)
    lifetime = hostile.tickets[0].ticket_lifetime
    if lifetime <= 60:
        raise Beaten(f"the new ticket ends when the old one would have, in {lifetime} seconds")
    return f"a ticket with a minute left buys another one for {lifetime} seconds, and that one a third"


# --- What a client believes of a server that has its key ---------------------------------------------------


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
_acceptable, _resumable = server_choice.choose_psk, client_offer._resumable
PEER = Kind.HOSTILE_PEER

MUTANTS = (
    Mutant(
        "binder",
        "RFC 9846 4.3.11",
        (without(pre_shared_keys.verify_binder, "if not constant_time.equal(received_binder, expected):"),),
        Kind.ATTACK,
        an_overheard_ticket,
    ),
    Mutant(
        "binder of the second hello alone",
        "RFC 9846 4.3.11.2",
        (
            changed(
                pre_shared_keys.verify_binder,
                {
                    "transcript.digest_by(key.suite.hash, binders_size)": (
                        "key.suite.hash(transcript._waiting[-1][:-binders_size]).digest()"
                    )
                },
            ),
        ),
        PEER,
        a_binder_without_the_past,
    ),
    Mutant(
        "a binder for each key",
        "RFC 9846 4.3.11",
        (without(OfferedPsks.read, "if len(identities) != len(binders):"),),
        PEER,
        a_binder_too_few,
    ),
    Mutant(
        "hash of a pre-shared key",
        "RFC 9846 4.3.11",
        (changed(pre_shared_keys.find, {"if key.fits(suite):": "if True:"}),),
        PEER,
        a_key_of_another_hash,
    ),
    Mutant(
        "hash of the selected pre-shared key",
        "RFC 9846 4.3.11",
        (without(server_answer.chosen_key, "if not known[place].psk.fits(suite):"),),
        PEER,
        a_key_of_another_hash_selected,
    ),
    Mutant(
        "pre_shared_key without modes",
        "RFC 9846 4.3.9",
        (without(server_choice.read_offer, "if psks is not None and modes is None:"),),
        PEER,
        no_modes,
    ),
    Mutant(
        "mode that was not offered",
        "RFC 9846 4.3.9",
        (
            changed(
                server_choice.choose,
                {" if modes else (None, 0)": "", "modes[0] == ": "modes and modes[0] == "},
            ),
        ),
        PEER,
        another_mode,
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
        "ticket for another site, at the server",
        "RFC 9846 4.7.1",
        (changed(_acceptable, {" or session.server_name != offer.server_name": ""}),),
        PEER,
        a_ticket_for_another_site,
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
        "lifetime of a ticket, at the server",
        "RFC 9846 4.3.11.1",
        (changed(_acceptable, {"not session.is_fresh(settings.now) or ": ""}),),
        PEER,
        an_expired_ticket,
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
        "lifetime of a resumed session's tickets",
        "RFC 9846 4.7.1",
        (
            without(
                server.new_tickets,
                "if choice.known_key is not None and (resumed := choice.known_key.psk.session) is not None:",
            ),
        ),
        PEER,
        tickets_for_ever,
    ),
    Mutant(
        "required certificate, at resumption",
        "RFC 9846 4.5.1.3",
        (changed(_acceptable, {'return settings.client_certificates != "require"': "return True"}),),
        PEER,
        a_session_without_a_name,
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
    Mutant(
        "validity of the certificate, at resumption",
        "RFC 9846 4.7.1",
        (
            without(
                path.recheck,
                "if broken is not None:",
            ),
        ),
        PEER,
        a_certificate_expired_since,
    ),
)
