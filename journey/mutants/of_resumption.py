"""Mutants of resumption at a server: who may come back with a ticket, for what and until when."""

from dataclasses import replace
from datetime import timedelta

from handshake import pre_shared_keys, server, server_choice
from handshake.constants import CipherSuite, PskKeyExchangeMode
from handshake.pre_shared_keys import PreSharedKey
from handshake.psk_extensions import OfferedPsks, PskIdentity
from handshake.session import Session
from handshake.suites import SUITES
from journey.certifier import NOW, VALIDITY
from journey.mutants.hostile import SUITE, HostileClient
from journey.mutants.returning import HOUR, ReturningClient, path_of, returning_client, session
from journey.mutants.stage import Stage
from journey.mutants.surgery import changed, without
from journey.mutants.trial import Beaten, Kind, Mutant, crash
from purecrypto import entropy
from record.content_type import ContentType
from x509 import path

OTHER_SITE = "casino.example"
OTHER_HASH = SUITES[CipherSuite.TLS_AES_256_GCM_SHA384]


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


_acceptable = server_choice.choose_psk
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
        "ticket for another site, at the server",
        "RFC 9846 4.7.1",
        (changed(_acceptable, {" or session.server_name != offer.server_name": ""}),),
        PEER,
        a_ticket_for_another_site,
    ),
    Mutant(
        "lifetime of a ticket, at the server",
        "RFC 9846 4.3.11.1",
        (changed(_acceptable, {"not session.is_fresh(settings.now) or ": ""}),),
        PEER,
        an_expired_ticket,
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
