"""What a client offers of pre-shared keys, and what it makes of a server that selects one.

The server is a hostile one that knows the keys.  As in test_client.py, the last step of a script is refused.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag

from handshake import messages
from handshake.constants import ExtensionType, HandshakeType, PskKeyExchangeMode
from handshake.errors import IllegalParameter, UnexpectedMessage, UnsupportedExtension
from handshake.extensions import (
    ApplicationProtocols,
    ClientKeyShares,
    Cookie,
    Extension,
    SelectedGroup,
    SignatureAlgorithms,
)
from handshake.messages import Certificate, CertificateRequest, Finished, NewSessionTicket
from handshake.pre_shared_keys import PreSharedKey
from handshake.psk_extensions import MaxEarlyData, OfferedPsks, PskIdentity, PskKeyExchangeModes
from handshake.resumption import CLOCK_TOLERANCE, MAX_LIFETIME
from handshake.settings import ClientSettings, Grease
from handshake.suites import SUITES
from handshake.tickets import MAX_TICKET_SIZE, Ticket
from record.errors import BadRecord
from tests.support import certificates, hostile, oracle, peers_in_memory, remembered, sessions
from tests.support.hostile import HostileServer, Psk, Refused, Table, assert_refused
from tests.support.peers_in_memory import CHACHA20, X25519
from tls import summary
from tls.connection import Connection
from tls.events import ConnectionFailed, HandshakeComplete, SessionTicket
from x509.algorithms import KeyKind
from x509.trust_store import TrustStore

AES_128_GCM, AES_256_GCM = 0x1301, 0x1302
PSK_KE, PSK_DHE_KE = PskKeyExchangeMode.PSK_KE, PskKeyExchangeMode.PSK_DHE_KE
GREASE = Grease(cipher_suite=0x1A1A, version=0x2A2A, group=0x3A3A, signature_scheme=0x4A4A, extension=0x5A5A)
KEYS = {CHACHA20: bytes(range(32)), AES_128_GCM: bytes(range(1, 33)), AES_256_GCM: bytes(range(48))}
SCHEMES = SignatureAlgorithms((0x0807,))
SECOND = timedelta(seconds=1)

each_suite = pytest.mark.parametrize("suite", SUITES, ids=lambda number: SUITES[number].number.name)


@pytest.fixture(scope="module", autouse=True)
def remember() -> Iterator[None]:
    with remembered.primitives():
        yield


def shown() -> tuple[bytes, ...]:
    """What the server has shown when the session began, and been verified by."""
    family = peers_in_memory.family()
    return family.leaf.der, family.authority.certificate.der


def ticket(suite: int = CHACHA20, **replaced: Any) -> Ticket:
    usual = {
        "key": KEYS[suite],
        "cipher_suite": suite,
        "application_protocol": None,
        "certificates": shown(),
        "established_at": certificates.NOW - 60 * SECOND,
    }
    return sessions.ticket(**(usual | replaced))


def external(suite: int = CHACHA20, identity: bytes = b"external") -> PreSharedKey:
    return PreSharedKey(identity, KEYS[suite], SUITES[suite])


def offered(server: HostileServer) -> list[bytes]:
    """The identities in the victim's last hello."""
    psks = server.client_hello.find(OfferedPsks)
    return [] if psks is None else [identity.identity for identity in psks.identities]


# Honest servers


@each_suite
@pytest.mark.parametrize(
    ("modes", "with_share"),
    [((PSK_DHE_KE,), True), ((PSK_DHE_KE, PSK_KE), True), ((PSK_DHE_KE, PSK_KE), False), ((PSK_KE,), False)],
)
# section 9.2 [7]
def test_a_session_is_resumed(suite: int, modes: tuple[int, ...], with_share: bool) -> None:
    """No certificate: the peer is who it was, because no other has the key (section 2.2)."""
    server = HostileServer(suite=suite, ticket=ticket(suite), psk_modes=modes)
    server.connect(psk=server.psks[0], with_share=with_share)
    session = server.victim.session
    assert session is not None
    assert (session.psk_origin, session.signature_scheme) == ("ticket", None)
    assert session.group == (X25519 if with_share else None)
    assert session.peer is not None
    assert session.peer.certificate == peers_in_memory.family().leaf
    assert session.peer.path is not None
    assert tuple(certificate.der for certificate in session.peer.path.certificates) == shown()
    hostile.assert_still_talks(server)


@each_suite
@pytest.mark.parametrize("with_share", [True, False])
def test_a_key_from_elsewhere(suite: int, with_share: bool) -> None:
    modes = (PSK_DHE_KE, PSK_KE)
    server = HostileServer(suite=suite, external_psks=(external(suite),), psk_modes=modes)
    server.connect(psk=server.psks[0], with_share=with_share)
    session = server.victim.session
    assert session is not None
    assert (session.psk_origin, session.peer) == ("external", None)
    hostile.assert_still_talks(server)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_any_of_several_keys_may_be_selected(place: int) -> None:
    """Each is bound by a key and a hash of its own."""
    others = (external(identity=b"one"), replace(external(identity=b"two"), key=bytes(range(64))))
    server = HostileServer(ticket=ticket(), external_psks=others)
    assert offered(server) == [b"ticket", b"one", b"two"]
    server.connect(psk=server.psks[place], place=place)
    assert server.victim.session is not None
    assert server.victim.session.psk_origin == ("ticket", "external", "external")[place]
    hostile.assert_still_talks(server)


def test_a_server_that_selects_none_shows_its_certificate() -> None:  # section 2.2 [1]
    server = HostileServer(ticket=ticket(), external_psks=(external(),))
    server.connect()
    assert server.victim.session is not None
    assert server.victim.session.psk_origin is None
    hostile.assert_still_talks(server)


@pytest.mark.parametrize("name", ["localhost", None])
def test_the_name_that_is_told_is_that_of_the_new_hello(name: str | None) -> None:
    server = HostileServer(ticket=ticket(server_name=name), server_name=name)
    server.connect(psk=server.psks[0])
    assert server.victim.session is not None
    assert server.victim.session.server_name == name  # section 4.7.1 [5]


def test_without_trust_nobody_was_verified_then_or_now() -> None:
    server = HostileServer(ticket=ticket(certificates=()), trust=None, reference_identity=None)
    server.connect(psk=server.psks[0])
    assert server.victim.session is not None
    assert server.victim.session.peer is None


# Binders (section 4.3.11.2)


def binders(server: HostileServer, psks: list[Psk], heard: bytes = b"") -> tuple[bytes, ...]:
    """What the oracle says of the victim's last hello, `heard` before it."""
    suites = [oracle.SUITES[psk.suite] for psk in psks]
    raw = [raw for raw in server.messages_heard if raw[0] == HandshakeType.CLIENT_HELLO][-1]
    bound = heard + oracle.truncate(raw, *suites)
    return tuple(
        psk.early.binder(suite.hash(bound), external=psk.external)
        for psk, suite in zip(psks, suites, strict=True)
    )


@each_suite
def test_binders(suite: int) -> None:  # section 4.3.11 [17]
    settings = {"cipher_suites": (suite,), "grease": GREASE, "pad_hello": True}
    server = HostileServer(ticket=ticket(suite), external_psks=(external(suite),), **settings)
    psks = server.client_hello.find(OfferedPsks)
    assert psks is not None
    assert psks.binders == binders(server, server.psks)
    assert server.client_hello.extensions[-1] == psks


def test_binders_of_different_hashes() -> None:
    keys = (external(AES_256_GCM, b"384"), external(AES_128_GCM, b"256"))
    server = HostileServer(cipher_suites=(AES_256_GCM, CHACHA20), ticket=ticket(), external_psks=keys)
    psks = server.client_hello.find(OfferedPsks)
    assert psks is not None
    assert [len(binder) for binder in psks.binders] == [32, 48, 32]
    assert psks.binders == binders(server, server.psks)


# section 4.3.11 [1]
def test_the_age_of_a_ticket_is_hidden_and_other_keys_have_none() -> None:  # section 4.3.11.1
    server = HostileServer(ticket=ticket(), external_psks=(external(),))
    psks = server.client_hello.find(OfferedPsks)
    assert psks is not None
    age = (60_000 + ticket().session.age_add) % 2**32
    assert psks.identities == (PskIdentity(b"ticket", age), PskIdentity(b"external", 0))


# What is not offered (sections 4.2.2 and 4.7.1)

NOW = certificates.NOW
LIFETIME = ticket().session.lifetime * SECOND
CARLS, BOB = peers_in_memory.client_key(), certificates.certified_key(KeyKind.P256)
CARL = frozenset({CARLS.leaf.fingerprint})

NOT_OFFERED: dict[str, dict[str, Any]] = {
    "stale": {"ticket": ticket(established_at=NOW - LIFETIME)},  # section 4.3.11.1 [1]
    "of the future": {"ticket": ticket(established_at=NOW + CLOCK_TOLERANCE + SECOND)},
    "of no lifetime": {"ticket": ticket(lifetime=0)},
    "for another name": {"ticket": ticket(server_name="other.example")},  # section 4.7.1 [4]
    "for no name": {"ticket": ticket(server_name=None)},
    "for a name where none is asked for": {"ticket": ticket(), "server_name": None},
    "from one who would have another name now": {  # section 4.7.1 [3]
        "ticket": ticket(server_name="localhost"),
        "reference_identity": "other.example",
    },
    "from one whose authority is not trusted any more": {
        "ticket": ticket(),
        "trust": TrustStore([certificates.root(7).certificate]),
    },
    "from one whom nothing is trusted for": {"ticket": ticket(), "trust": TrustStore([])},
    "from one whose certificate has expired": {
        "ticket": ticket(established_at=certificates.NOT_AFTER),
        "now": certificates.NOT_AFTER + SECOND,
    },
    "from one who showed no certificate": {"ticket": ticket(certificates=())},
    "from one to whom we were somebody else": {"ticket": ticket(shown=CARL), "certified_keys": (BOB,)},
    "from one to whom we were somebody": {"ticket": ticket(shown=CARL)},
    "from one to whom we were two": {"ticket": ticket(shown=CARL | {b"us"}), "certified_keys": (CARLS,)},
    "with a ticket that leaves no room": {"ticket": replace(ticket(), identity=bytes(MAX_TICKET_SIZE + 1))},
    "from one who knew us by another key": {"ticket": ticket(external_identity=b"x")},
    "from one who knew us by a key for another hash": {
        "ticket": ticket(external_identity=b"external"),
        "external_psks": (external(AES_256_GCM),),
    },
    "with what is no certificate": {"ticket": ticket(certificates=(b"no certificate",))},
    "for a hash that no suite has": {"ticket": ticket(AES_256_GCM)},  # section 4.2.2 [14]
    "where keys have no use": {"ticket": ticket(), "external_psks": (external(),), "psk_modes": ()},
    "a key for a hash that no suite has": {"external_psks": (external(AES_256_GCM),)},
}


@pytest.mark.parametrize("name", NOT_OFFERED)
def test_what_is_not_offered(name: str) -> None:
    server = HostileServer(**NOT_OFFERED[name])
    assert offered(server) == []
    assert not server.client_hello.has(ExtensionType.PRE_SHARED_KEY)


@pytest.mark.parametrize(
    "settings",
    [
        {"ticket": ticket(established_at=NOW - LIFETIME + SECOND)},
        {"ticket": ticket(established_at=NOW + CLOCK_TOLERANCE)},
        {"ticket": ticket(server_name=None), "server_name": None},
        {"ticket": ticket(), "reference_identity": "127.0.0.1"},
        {"ticket": ticket(), "reference_identity": None},
        {"ticket": ticket(), "trust": None, "reference_identity": None},
        {"ticket": ticket(AES_128_GCM)},  # of the same hash
        {"ticket": ticket(), "psk_modes": (PSK_KE,)},
        {"ticket": ticket(), "certified_keys": (CARLS,)},  # a server that never asked
        {"ticket": ticket(shown=CARL), "certified_keys": (BOB, CARLS)},
    ],
)
def test_but_what_is_good_is(settings: dict[str, Any]) -> None:
    assert offered(HostileServer(**settings)) == [b"ticket"]


def test_a_key_that_fits_is_offered_where_another_does_not() -> None:
    keys = (external(AES_256_GCM, b"384"), external(CHACHA20, b"256"))
    assert offered(HostileServer(ticket=ticket(lifetime=0), external_psks=keys)) == [b"256"]


def test_a_chain_through_an_intermediate_is_looked_at_as_a_whole() -> None:
    family = certificates.authority_and_leaf(intermediates=1)
    path = tuple(c.der for c in (*family.chain, family.authority.certificate))
    settings = {"ticket": ticket(certificates=path), "trust": family.trust}
    assert offered(HostileServer(**settings)) == [b"ticket"]
    cut = ticket(certificates=path[:-1])  # the path has to end in an anchor
    assert offered(HostileServer(**(settings | {"ticket": cut}))) == []


@pytest.mark.parametrize("modes", [(PSK_DHE_KE,), (PSK_KE,), (PSK_KE, PSK_DHE_KE)])
def test_the_modes_are_said_also_without_a_key(modes: tuple[int, ...]) -> None:  # section 4.3.9 [1]
    """Or the server would give no ticket (section 4.3.9)."""
    server = HostileServer(psk_modes=modes)
    assert server.client_hello.find(PskKeyExchangeModes) == PskKeyExchangeModes(modes)
    assert not HostileServer(psk_modes=()).client_hello.has(ExtensionType.PSK_KEY_EXCHANGE_MODES)


# What is refused

STORIES = Table()
SETTINGS: dict[str, dict[str, Any]] = {}


def refused(error: type[Exception], alert: str, phase: hostile.Phase, **settings: Any) -> Any:
    def collect(script: Any) -> Any:
        SETTINGS[script.__name__] = {"ticket": ticket()} | settings
        return STORIES.refused(error, alert, phase)(script)

    return collect


@refused(IllegalParameter, "illegal_parameter", "hello")
def a_key_that_is_not_there(server: HostileServer) -> None:  # section 4.3.11 [13, 14]
    server.say_hello(server.psks[0], place=1)


@refused(IllegalParameter, "illegal_parameter", "hello")
def the_last_key_of_all(server: HostileServer) -> None:
    server.say_hello(server.psks[0], place=2**16 - 1)


@refused(UnsupportedExtension, "unsupported_extension", "hello", ticket=ticket(lifetime=0))
def a_key_that_was_not_offered(server: HostileServer) -> None:
    server.say_hello(server.psks[0])


@refused(
    IllegalParameter,
    "illegal_parameter",
    "hello",
    cipher_suites=(CHACHA20, AES_256_GCM),
    external_psks=(external(AES_256_GCM),),
)
def a_key_for_another_hash(server: HostileServer) -> None:  # sections 4.3.11 [13, 14] and 4.7.1 [2]
    server.say_hello(server.psks[1], place=1)


@refused(IllegalParameter, "illegal_parameter", "hello")
def no_share_where_one_is_wanted(server: HostileServer) -> None:  # sections 4.3.9 [8] and 4.3.11 [13, 14]
    """It would do without forward secrecy, which we did not offer (section 4.3.9)."""
    server.say_hello(server.psks[0], with_share=False)


@refused(IllegalParameter, "illegal_parameter", "hello", psk_modes=(PSK_KE,))
def a_share_where_the_key_is_to_do_alone(server: HostileServer) -> None:
    server.say_hello(server.psks[0])


@refused(UnexpectedMessage, "unexpected_message", "handshake")
def certificate_beside_a_key(server: HostileServer) -> None:
    """Section 4.4.2: who is known by a key shows no certificate."""
    server.say_flight(psk=server.psks[0], until=Finished)
    server.say_certificate()


@refused(UnexpectedMessage, "unexpected_message", "handshake")
def certificate_request_beside_a_key(server: HostileServer) -> None:  # section 4.4.2 [7, 8], appendix F.1 [1]
    server.say_flight(psk=server.psks[0], until=Finished)
    server.say(CertificateRequest(b"", (SCHEMES,)))


@refused(UnexpectedMessage, "unexpected_message", "handshake")
def no_certificate_although_no_key_was_selected(server: HostileServer) -> None:
    server.say_flight(until=Certificate)
    server.say_finished()


@STORIES.parametrize()
def test_what_is_refused(line: Refused) -> None:
    server = HostileServer(**SETTINGS[line.script.__name__])
    line.script(server)
    assert_refused(server, line.error, line.alert, line.phase)


def test_a_server_that_does_not_know_the_key_is_not_believed() -> None:
    server = HostileServer(ticket=ticket())
    server.say_hello(replace(server.psks[0], key=bytes(32)))
    with pytest.raises(InvalidTag):  # nor can it read what the victim says to that
        server.say_extensions()
    failure = server.events[-1]
    assert isinstance(failure, ConnectionFailed)
    assert isinstance(failure.error, BadRecord)


# A HelloRetryRequest (sections 4.2.2 and 4.2.4)


@pytest.mark.parametrize("suite", [CHACHA20, AES_256_GCM])
@pytest.mark.parametrize("extensions", [(SelectedGroup(X25519),), (SelectedGroup(X25519), Cookie(b"cookie"))])
def test_the_second_hello_has_the_keys_that_fit_and_binds_them_anew(  # section 4.2.4 [11]
    suite: int, extensions: tuple[Extension, ...]
) -> None:
    """The suite is settled now, and early data ruled out."""
    server = HostileServer(
        suite=suite,
        cipher_suites=(CHACHA20, AES_256_GCM),
        key_share_groups=(),
        ticket=ticket(max_early_data=1000),
        replayable_early_data=True,
        external_psks=(external(AES_256_GCM),),
        pad_hello=True,
    )
    first = server.client_hello
    assert offered(server) == [b"ticket", b"external"]
    assert first.has(ExtensionType.EARLY_DATA)
    server.ask_again(*extensions)
    second, place = server.client_hello, int(suite == AES_256_GCM)
    fitting = [server.psks[place]]
    assert offered(server) == [fitting[0].identity]
    assert not second.has(ExtensionType.EARLY_DATA)
    psks = second.find(OfferedPsks)
    assert psks is not None
    assert psks.binders == binders(server, fitting, b"".join(server.transcript[:2]))
    assert second.extensions[-1] == psks
    server.connect(psk=fitting[0])
    assert server.victim.session is not None
    assert server.victim.session.psk_origin == ("ticket", "external")[place]
    assert server.victim.session.hello_retried
    hostile.assert_still_talks(server)


def test_a_key_that_was_left_out_of_the_second_hello_cannot_be_selected() -> None:
    server = HostileServer(
        cipher_suites=(CHACHA20, AES_256_GCM),
        key_share_groups=(),
        ticket=ticket(),
        external_psks=(external(AES_256_GCM),),
    )
    server.ask_again()
    server.say_hello(server.psks[1], place=1)
    assert_refused(server, IllegalParameter, "illegal_parameter", "hello")


def test_a_second_hello_that_no_key_fits_offers_none() -> None:  # section 4.2.4 [11]
    server = HostileServer(
        cipher_suites=(CHACHA20, AES_256_GCM), key_share_groups=(), external_psks=(external(AES_256_GCM),)
    )
    server.ask_again()
    assert offered(server) == []
    server.connect()
    hostile.assert_still_talks(server)


def test_a_request_for_a_cookie_leaves_the_share_as_it_was() -> None:
    server = HostileServer(ticket=ticket())
    first = server.client_hello
    server.ask_again(Cookie(b"cookie"))
    second = server.client_hello
    assert second.find(ClientKeyShares) == first.find(ClientKeyShares)
    assert [e.type for e in second.extensions] == [
        *(e.type for e in first.extensions[:-1]),
        ExtensionType.COOKIE,
        ExtensionType.PRE_SHARED_KEY,
    ]
    server.connect(psk=server.psks[0])
    hostile.assert_still_talks(server)


@pytest.mark.parametrize("settings", [{}, {"ticket": ticket()}])
def test_a_cookie_may_take_up_all_the_room_that_there_is(settings: dict[str, Any]) -> None:
    server = HostileServer(**settings)
    server.ask_again(Cookie(b"c"))
    second = server.client_hello
    taken = len(messages.encode(second)) - len(messages.encode(replace(second, extensions=())))
    largest = 2**16 - 1 - taken + 1
    server = HostileServer(**settings)
    server.ask_again(Cookie(bytes(largest)))
    server.connect(psk=server.psks[0] if settings else None)
    hostile.assert_still_talks(server)
    server = HostileServer(**settings)
    server.ask_again(Cookie(bytes(largest + 1)))
    assert_refused(server, IllegalParameter, "illegal_parameter", "hello")


# Tickets (section 4.7.1)


def tickets(server: HostileServer) -> list[Ticket]:
    return [event.ticket for event in server.events if isinstance(event, SessionTicket)]


@each_suite
@pytest.mark.parametrize("nonce", [b"", b"\x00", bytes(range(255))])
def test_a_ticket_is_kept_with_the_key_that_belongs_to_it(suite: int, nonce: bytes) -> None:
    server = HostileServer(suite=suite, application_protocols=(b"h2",))
    server.connect(ApplicationProtocols((b"h2",)))
    server.say(NewSessionTicket(3600, 0x12345678, nonce, b"a ticket"))
    (kept,) = tickets(server)
    assert server.resumption_secret is not None
    session = kept.session
    assert kept.identity == b"a ticket"
    assert session.key == oracle.ticket_psk(server.resumption_secret, nonce, oracle.SUITES[suite])
    assert (session.cipher_suite, session.lifetime, session.age_add) == (suite, 3600, 0x12345678)
    assert (session.server_name, session.application_protocol) == ("localhost", b"h2")
    assert session.established_at == certificates.NOW
    assert session.max_early_data == 0
    assert session.certificates == shown()
    hostile.assert_still_talks(server)


def test_a_ticket_says_how_much_early_data_it_is_good_for() -> None:
    server = HostileServer()
    server.connect()
    server.say(NewSessionTicket(3600, 0, b"", b"a ticket", (MaxEarlyData(2**32 - 1),)))
    assert tickets(server)[0].session.max_early_data == 2**32 - 1


@pytest.mark.parametrize(
    ("lifetime", "kept"),
    [(1, 1), (MAX_LIFETIME, MAX_LIFETIME), (MAX_LIFETIME + 1, MAX_LIFETIME), (2**32 - 1, MAX_LIFETIME)],
)
def test_no_ticket_is_kept_for_more_than_seven_days(lifetime: int, kept: int) -> None:  # section 4.7.1 [7]
    server = HostileServer()
    server.connect()
    server.say(NewSessionTicket(lifetime, 0, b"", b"a ticket"))
    assert tickets(server)[0].session.lifetime == kept


@pytest.mark.parametrize(("lifetime", "kept"), [(1, 1), (MAX_LIFETIME, 3600 - 60)])
def test_nor_for_longer_than_the_session_that_was_resumed(lifetime: int, kept: int) -> None:
    """Or the server's only signature could be passed on for ever, from ticket to ticket."""
    server = HostileServer(ticket=ticket(), external_psks=(external(),))  # it is 60 seconds old
    server.connect(psk=server.psks[0])
    server.say(NewSessionTicket(lifetime, 0, b"", b"a ticket"))
    assert tickets(server)[0].session.lifetime == kept  # section 4.7.1 [12]
    other = HostileServer(ticket=ticket(), external_psks=(external(),))
    other.connect(psk=other.psks[1], place=1)
    other.say(NewSessionTicket(lifetime, 0, b"", b"a ticket"))
    assert tickets(other)[0].session.lifetime == lifetime


def test_a_lifetime_of_zero_is_no_ticket() -> None:
    server = HostileServer()
    server.connect()
    server.say(NewSessionTicket(0, 0, b"", b"a ticket"))
    assert tickets(server) == []
    hostile.assert_still_talks(server)


@pytest.mark.parametrize("size", [MAX_TICKET_SIZE + 1, 65_500])
def test_a_ticket_that_would_leave_no_room_in_a_hello_is_forgotten(size: int) -> None:
    server = HostileServer()
    server.connect()
    server.say(NewSessionTicket(3600, 0, b"", bytes(size)))
    assert tickets(server) == []
    server.say(NewSessionTicket(3600, 0, b"", bytes(MAX_TICKET_SIZE)))
    (kept,) = tickets(server)
    again = HostileServer(ticket=kept)
    again.connect(psk=again.psks[0])
    hostile.assert_still_talks(again)


def test_nor_is_one_that_a_session_in_its_last_second_has_no_time_for() -> None:
    server = HostileServer(ticket=ticket(lifetime=61), now=certificates.NOW + timedelta(milliseconds=1))
    server.connect(psk=server.psks[0])
    server.say(NewSessionTicket(3600, 0, b"", b"a ticket"))
    assert tickets(server) == []


def test_who_has_no_use_for_a_ticket_keeps_none() -> None:  # section 4.7.1 [1]
    server = HostileServer(psk_modes=())
    server.connect()
    server.say(NewSessionTicket(3600, 0, b"", b"a ticket"))
    assert server.events == [HandshakeComplete(server.victim.session)]  # type: ignore[arg-type]
    hostile.assert_still_talks(server)


def test_a_resumed_session_remembers_who_the_peer_was() -> None:
    """And its tickets have a key of their own."""
    server = HostileServer(ticket=ticket())
    server.connect(psk=server.psks[0])
    server.say(NewSessionTicket(3600, 1, b"n", b"another ticket"))
    (kept,) = tickets(server)
    assert server.resumption_secret is not None
    assert kept.session.key == oracle.ticket_psk(server.resumption_secret, b"n")
    assert kept.session.certificates == shown()
    again = HostileServer(ticket=kept)
    again.connect(psk=again.psks[0])
    hostile.assert_still_talks(again)


def test_who_verifies_nothing_remembers_no_certificate() -> None:
    server = HostileServer(trust=None, reference_identity=None)
    server.connect()
    server.say(NewSessionTicket(3600, 1, b"", b"a ticket"))
    assert tickets(server)[0].session.certificates == ()
    # And so it proves nothing to somebody who does.
    assert offered(HostileServer(ticket=tickets(server)[0])) == []


# Both ends ours


@pytest.mark.parametrize("asks", [True, False])
def test_a_client_remembers_whom_it_was_known_as(asks: bool) -> None:
    """Resumed or not: else the next one would be taken for it (section 4.7.1)."""
    asking = peers_in_memory.TICKETS | (peers_in_memory.asking() if asks else {})
    kept = None
    for _ in range(2):
        link = peers_in_memory.Link(
            client(certified_keys=(CARLS,), ticket=kept), peers_in_memory.server_settings(**asking)
        )
        link.carry()
        known = link.server.session and link.server.session.peer
        assert (known is not None) == asks
        kept = next(e.ticket for e in link.client_events if isinstance(e, SessionTicket))
        assert kept.session.shown == (CARL if asks else frozenset())
    assert both_resumed(link.client, link.server)


def test_a_ticket_of_ours_is_taken_by_ours() -> None:
    link = peers_in_memory.Link(server=peers_in_memory.server_settings(**peers_in_memory.TICKETS))
    link.carry()
    first, second = [e.ticket for e in link.client_events if isinstance(e, SessionTicket)]
    assert first.session.key != second.session.key
    for kept in (first, second):
        resumed = peers_in_memory.Link(
            client(ticket=kept), peers_in_memory.server_settings(**peers_in_memory.TICKETS)
        )
        resumed.carry()
        assert both_resumed(resumed.client, resumed.server)
        assert resumed.client.export("label", b"", 32) == resumed.server.export("label", b"", 32)


def client(**replaced: Any) -> ClientSettings:
    return peers_in_memory.client_settings(**replaced)


@pytest.mark.parametrize("name", [b"external", None])
def test_both_remember_by_which_key_from_elsewhere_they_know_each_other(name: bytes | None) -> None:
    keys = (external(identity=b"another"), external())
    kept = None
    for psk in ("external" if name else None, "ticket", "ticket"):
        link = peers_in_memory.Link(
            client(trust=None, reference_identity=None, ticket=kept, external_psks=keys[1:] if name else ()),
            peers_in_memory.server_settings(**peers_in_memory.TICKETS, external_psks=keys),
        )
        link.carry()
        for end in (link.client, link.server):
            assert end.session is not None
            assert (end.session.psk_origin, end.session.external_identity) == (psk, name)
            known_by = ("known by", "a pre-shared key, external")
            assert (known_by in [row[:2] for row in summary.rows(end.session)]) == (psk == "external")
        kept = next(e.ticket for e in link.client_events if isinstance(e, SessionTicket))


def both_resumed(*ends: Connection) -> bool:
    return all(end.session is not None and end.session.psk_origin == "ticket" for end in ends)
