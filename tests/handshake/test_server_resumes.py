"""What a server makes of pre-shared keys: of tickets of its own, and of keys agreed on in some other way.

The client is a hostile one that knows the keys, or claims to.  A key that is not known is no fault: the
handshake goes on without it.  A wrong proof of one that is known ends it.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from handshake import messages, tickets
from handshake.constants import ExtensionType, HandshakeType, PskKeyExchangeMode
from handshake.errors import (
    DecryptError,
    IllegalParameter,
    MissingExtension,
    NoCommonParameters,
    UnknownPskIdentity,
)
from handshake.extensions import (
    ClientKeyShares,
    Cookie,
    ServerKeyShare,
    SignatureAlgorithms,
    SupportedGroups,
)
from handshake.messages import HelloRetryRequest, NewSessionTicket, ServerHello
from handshake.pre_shared_keys import MAX_TICKETS_TRIED, MIN_KEY_SIZE, PreSharedKey
from handshake.psk_extensions import EarlyDataIndication, PskKeyExchangeModes, SelectedPsk
from handshake.resumption import CLOCK_TOLERANCE
from handshake.suites import SUITES
from handshake.tickets import TicketKey
from record.content_type import ContentType
from tests.support import certificates, hostile, oracle, peers_in_memory, remembered, sessions
from tests.support.hostile import HostileClient, Psk, assert_connected, assert_refused
from tests.support.peers_in_memory import CHACHA20, TICKET_KEY, TICKET_LIFETIME, TICKETS, X25519
from tests.support.sessions import after
from tls.connection import Connection

AES_128_GCM, AES_256_GCM = 0x1301, 0x1302
PSK_KE, PSK_DHE_KE = PskKeyExchangeMode.PSK_KE, PskKeyExchangeMode.PSK_DHE_KE
KEYS = {CHACHA20: bytes(range(32)), AES_128_GCM: bytes(range(1, 33)), AES_256_GCM: bytes(range(48))}
NONCE = bytes(range(12))
OTHER_KEY = TicketKey.from_random(bytes(range(100, 148)))
EXTERNAL = {"external_psks": (PreSharedKey(b"external", KEYS[CHACHA20]),)}
NAMED = Psk(b"external", KEYS[CHACHA20], external=True)
UNKNOWN = Psk(b"nobody knows it", bytes(32))

each_suite = pytest.mark.parametrize("suite", SUITES, ids=lambda number: SUITES[number].number.name)


@pytest.fixture(scope="module", autouse=True)
def remember() -> Iterator[None]:
    with remembered.primitives():
        yield


def ticket(suite: int = CHACHA20, key: TicketKey = TICKET_KEY, **replaced: Any) -> Psk:
    """A ticket that the server's key, or another, has sealed; and the key that is in it."""
    usual = {
        "key": KEYS[suite],
        "cipher_suite": suite,
        "application_protocol": None,
        "certificates": (),
        "established_at": certificates.NOW,
        "lifetime": TICKET_LIFETIME,
    }
    made = sessions.session(**(usual | replaced))
    identity = tickets.seal(made, key, NONCE)
    assert identity is not None
    return Psk(identity, made.key, suite, obfuscated_age=made.age_add)


def modes(*numbers: int) -> dict[str, Any]:
    """Of a ClientHello."""
    return {"instead": (PskKeyExchangeModes(numbers),)}


def selected(client: HostileClient) -> int | None:
    """The place of the key that the victim has selected, if it has selected one."""
    (hello,) = client.heard_of(HandshakeType.SERVER_HELLO)[-1:]
    chosen = hello.find(SelectedPsk)
    assert (client.heard_of(HandshakeType.CERTIFICATE) == []) == (chosen is not None)
    return None if chosen is None else chosen.selected_identity


# Honest clients


@each_suite
def test_a_session_is_resumed(suite: int) -> None:  # section 9.2 [7]
    client = HostileClient(suite=suite, **TICKETS)
    client.connect(psks=[ticket(suite)])
    assert selected(client) == 0
    session = client.victim.session
    assert session is not None
    assert (session.psk_origin, session.signature_scheme, session.group) == ("ticket", None, X25519)
    assert session.peer is None
    hostile.assert_still_talks(client)


@each_suite
def test_a_key_from_elsewhere(suite: int) -> None:
    key = PreSharedKey(b"external", KEYS[suite], SUITES[suite])
    client = HostileClient(suite=suite, external_psks=(key,))
    client.connect(psks=[Psk(b"external", KEYS[suite], suite, external=True)])
    assert client.victim.session is not None
    assert client.victim.session.psk_origin == "external"
    hostile.assert_still_talks(client)


@pytest.mark.parametrize(
    ("ours", "theirs", "group"),
    [
        ((PSK_DHE_KE,), (PSK_DHE_KE,), X25519),
        ((PSK_DHE_KE,), (PSK_KE, PSK_DHE_KE), X25519),
        ((PSK_DHE_KE, PSK_KE), (PSK_KE, PSK_DHE_KE), X25519),  # our order decides
        ((PSK_KE, PSK_DHE_KE), (PSK_DHE_KE, PSK_KE), None),
        ((PSK_DHE_KE, PSK_KE), (PSK_KE,), None),
        ((PSK_KE,), (PSK_KE, 0xAA), None),  # GREASE, or a mode of the future
    ],
)
# sections 4.3.8 [14] and 4.3.9 [8]
def test_how_a_key_is_used(ours: tuple[int, ...], theirs: tuple[int, ...], group: int | None) -> None:
    client = HostileClient(psk_modes=ours, **TICKETS)
    client.connect(psks=[ticket()], **modes(*theirs))
    assert selected(client) == 0
    (hello,) = client.heard_of(HandshakeType.SERVER_HELLO)
    assert (hello.find(ServerKeyShare) is None) == (group is None)
    assert client.victim.session is not None
    assert client.victim.session.group == group
    hostile.assert_still_talks(client)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [((PSK_DHE_KE,), (PSK_KE,)), ((PSK_KE,), (PSK_DHE_KE,)), ((), (PSK_KE, PSK_DHE_KE)), ((PSK_KE,), (7,))],
)
# sections 4.2.1 [2] and 4.3.9 [4]
def test_without_a_common_mode_no_key_is_used(ours: tuple[int, ...], theirs: tuple[int, ...]) -> None:
    """Section 4.3.9; nor is there a ticket, which could not be used either."""
    client = HostileClient(psk_modes=ours, **TICKETS)
    client.connect(psks=[ticket()], **modes(*theirs))
    assert selected(client) is None
    assert client.heard_of(HandshakeType.NEW_SESSION_TICKET) == []
    hostile.assert_still_talks(client)


def test_a_key_alone_needs_nothing_of_a_key_exchange() -> None:
    """No groups, no shares, no signatures (section 9.2)."""
    client = HostileClient(psk_modes=(PSK_KE,), **TICKETS)
    without = (SupportedGroups, ClientKeyShares, SignatureAlgorithms)
    client.connect(psks=[ticket()], without=without, **modes(PSK_KE))
    assert selected(client) == 0
    hostile.assert_still_talks(client)


def test_a_key_beside_a_key_exchange_needs_no_signatures() -> None:
    client = HostileClient(**TICKETS)
    client.connect(psks=[ticket()], without=(SignatureAlgorithms,))
    assert selected(client) == 0


# section 4.3.11 [11]
def test_the_first_key_that_is_known_is_selected_and_no_other_binder_is_looked_at() -> None:
    client = HostileClient(**(TICKETS | EXTERNAL))
    psks = [UNKNOWN, ticket(), NAMED]
    hello = client.client_hello()
    right = messages.decode(client.offer(hello, psks)).extensions[-1].binders  # type: ignore[union-attr]
    client.say_hello(psks=psks, binders=[bytes(32), right[1], bytes(32)])
    client.say_finished()
    assert_connected(client)
    assert selected(client) == 1
    hostile.assert_still_talks(client)


# Keys that we do not know, or do not want: no fault


NOT_TAKEN: dict[str, Psk] = {
    "an identity that nobody knows": UNKNOWN,  # section 4.3.11 [6]
    "a ticket by another key": ticket(key=OTHER_KEY),
    "a ticket by another key of the same name": ticket(key=replace(OTHER_KEY, name=TICKET_KEY.name)),
    "an expired ticket": ticket(established_at=after(-TICKET_LIFETIME)),
    "a ticket of the future": ticket(established_at=after(CLOCK_TOLERANCE.total_seconds() + 1)),
    "a ticket of no lifetime": ticket(lifetime=0),
    "a ticket for another name": ticket(server_name="other.example"),
    "a ticket for no name": ticket(server_name=None),
    "a ticket for another hash": ticket(AES_256_GCM),  # sections 4.3.11 [4] and 4.7.1 [2]
    "a ticket of a client that showed a certificate": ticket(certificates=(b"of a client",)),
    # section 4.3.11 [4]
    "a key for another hash": Psk(b"384", KEYS[AES_256_GCM], AES_256_GCM, external=True),
    "a ticket of one with a key from elsewhere that is no more": ticket(external_identity=b"gone"),
    "a ticket of one with a key from elsewhere that is for another hash": ticket(external_identity=b"384"),
    "a ticket that was cut off": replace(ticket(), identity=ticket().identity[:-1]),
}


@pytest.mark.parametrize("name", NOT_TAKEN)
def test_the_handshake_goes_on_without_the_key(name: str) -> None:  # section 4.3.11 [7]
    keys = (PreSharedKey(b"384", KEYS[AES_256_GCM], SUITES[AES_256_GCM]),)
    client = HostileClient(external_psks=keys, **TICKETS)
    client.connect(psks=[NOT_TAKEN[name]])
    assert selected(client) is None
    assert client.victim.session is not None
    assert client.victim.session.psk_origin is None
    hostile.assert_still_talks(client)


@pytest.mark.parametrize("name", NOT_TAKEN)
def test_or_with_another(name: str) -> None:
    keys = (PreSharedKey(b"384", KEYS[AES_256_GCM], SUITES[AES_256_GCM]),)
    client = HostileClient(external_psks=keys, **TICKETS)
    client.connect(psks=[NOT_TAKEN[name], ticket()])
    assert selected(client) == 1
    hostile.assert_still_talks(client)


@pytest.mark.parametrize(
    ("good", "settings"),
    [
        (ticket(established_at=after(1 - TICKET_LIFETIME)), {}),
        (ticket(established_at=after(CLOCK_TOLERANCE.total_seconds())), {}),
        (ticket(key=OTHER_KEY), {"ticket_keys": (TICKET_KEY, OTHER_KEY)}),
        (ticket(AES_128_GCM), {}),  # of the same hash
        (ticket(AES_128_GCM, external_identity=b"external"), EXTERNAL),
    ],
)
def test_but_what_is_good_is_taken(good: Psk, settings: dict[str, Any]) -> None:
    client = HostileClient(**(TICKETS | settings))
    client.connect(psks=[good])
    assert selected(client) == 0
    hostile.assert_still_talks(client)


def test_a_ticket_for_no_name_is_for_who_asks_for_none() -> None:
    client = HostileClient(**TICKETS)
    client.connect(psks=[ticket(server_name=None)], server_name=None)
    assert selected(client) == 0


@pytest.mark.parametrize("name", ["localhost", "other.example", None])
@pytest.mark.parametrize("psk", [ticket(), NAMED], ids=["ticket", "external"])
def test_the_name_that_is_told_is_that_of_the_new_hello(psk: Psk, name: str | None) -> None:
    """Not what a ticket remembers."""
    client = HostileClient(**(TICKETS | EXTERNAL))
    client.connect(psks=[psk], server_name=name)
    assert client.victim.session is not None
    assert client.victim.session.server_name == name  # section 4.7.1 [5]


def test_only_the_first_few_tickets_are_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has none could make us work for a long time with one hello."""
    opened = []
    honest = tickets.open
    monkeypatch.setattr(tickets, "open", lambda ticket, keys: opened.append(ticket) or honest(ticket, keys))
    forged = [replace(UNKNOWN, identity=TICKET_KEY.name + bytes([n]) * 28) for n in range(MAX_TICKETS_TRIED)]
    for psks, place in (
        ([*forged[1:], ticket()], MAX_TICKETS_TRIED - 1),
        ([*forged, ticket()], None),
        ([*forged, ticket(), NAMED], MAX_TICKETS_TRIED + 1),  # what is no ticket is found even so
    ):
        opened.clear()
        client = HostileClient(**(TICKETS | EXTERNAL))
        client.connect(psks=psks)
        assert selected(client) == place
        assert opened == [psk.identity for psk in psks[:MAX_TICKETS_TRIED]]


def test_without_ticket_keys_there_is_nothing_to_resume() -> None:
    client = HostileClient()
    client.connect(psks=[ticket()])
    assert selected(client) is None
    assert client.heard_of(HandshakeType.NEW_SESSION_TICKET) == []


# Which suite (section 4.3.11)

KEY_384 = PreSharedKey(b"384", KEYS[AES_256_GCM], SUITES[AES_256_GCM])
NAMED_384 = Psk(b"384", KEYS[AES_256_GCM], AES_256_GCM, external=True)
ALL = {"cipher_suites": (CHACHA20, AES_128_GCM, AES_256_GCM)}  # our order, or the client's


@pytest.mark.parametrize(
    ("psks", "place"), [([NAMED_384], 0), ([UNKNOWN, NAMED_384], 1), ([ticket(), NAMED_384], 1)]
)
def test_a_key_from_elsewhere_has_a_say_in_the_suite(psks: list[Psk], place: int) -> None:
    client = HostileClient(external_psks=(KEY_384,), **TICKETS, **ALL)
    client.connect(psks=psks, **ALL)
    assert selected(client) == place
    assert client.suite == AES_256_GCM  # section 4.3.11 [8]
    hostile.assert_still_talks(client)


@pytest.mark.parametrize(
    ("psks", "settings", "suite"),
    [
        ([NAMED_384, NAMED], {"external_psks": (KEY_384, *EXTERNAL["external_psks"])}, CHACHA20),
        ([NAMED_384], {"external_psks": ()}, CHACHA20),
        ([ticket(AES_256_GCM)], {}, CHACHA20),  # its session has had the suite that is best
        ([NAMED_384], {"psk_modes": (PSK_KE,)}, CHACHA20),  # the client would not have it used so
        ([NAMED_384], {"cipher_suites": (AES_128_GCM, CHACHA20)}, AES_128_GCM),
    ],
    ids=["another fits better", "nobody knows it", "a ticket", "no common mode", "none that fits"],
)
def test_or_else_our_order_decides(psks: list[Psk], settings: dict[str, Any], suite: int) -> None:
    client = HostileClient(**({"external_psks": (KEY_384,)} | TICKETS | ALL | settings))
    client.connect(psks=psks, **ALL)
    assert client.suite == suite
    hostile.assert_still_talks(client)


@pytest.mark.parametrize(
    ("first", "second", "suite"), [([NAMED_384], [], AES_256_GCM), ([], [NAMED_384], CHACHA20)]
)
def test_the_second_hello_has_no_say(first: list[Psk], second: list[Psk], suite: int) -> None:
    client = HostileClient(external_psks=(KEY_384,), **ALL)
    client.say_hello(psks=first, key_share_groups=(), **ALL)
    client.connect(psks=second, **ALL)
    request, hello = client.heard_of(HandshakeType.SERVER_HELLO)
    assert request.cipher_suite == hello.cipher_suite == suite  # section 4.2.4 [9]
    assert selected(client) is None
    hostile.assert_still_talks(client)


# What ends the handshake


@pytest.mark.parametrize(
    ("hello", "error", "alert"),
    [
        ({"without": (SignatureAlgorithms,)}, MissingExtension, "missing_extension"),
        (
            {"without": (SupportedGroups, ClientKeyShares), **modes(PSK_KE)},
            MissingExtension,
            "missing_extension",
        ),
        ({"signature_schemes": (0x0403,)}, NoCommonParameters, "handshake_failure"),
    ],
    ids=["no signature_algorithms", "no groups", "no scheme in common"],
)
def test_a_hello_that_stands_and_falls_with_its_key(  # section 4.3.3 [3]
    hello: dict[str, Any], error: type[Exception], alert: str
) -> None:
    client = HostileClient(psk_modes=(PSK_KE, PSK_DHE_KE), **TICKETS)
    client.say_hello(psks=[UNKNOWN], **hello)
    assert_refused(client, error, alert, "hello")


def test_a_server_that_has_keys_alone_says_so() -> None:  # section 6.2
    client = HostileClient(certified_keys=(), **EXTERNAL)
    client.say_hello(psks=[UNKNOWN])
    assert_refused(client, UnknownPskIdentity, "unknown_psk_identity", "hello")


def test_and_serves_who_has_one() -> None:
    client = HostileClient(certified_keys=(), **EXTERNAL)
    client.connect(psks=[NAMED])
    hostile.assert_still_talks(client)


def test_and_refuses_who_offers_none() -> None:
    client = HostileClient(certified_keys=(), **EXTERNAL)
    client.say_hello()
    assert_refused(client, NoCommonParameters, "handshake_failure", "hello")


@pytest.mark.parametrize("without", [SupportedGroups, ClientKeyShares])
@pytest.mark.parametrize("key", [ticket(), UNKNOWN], ids=["known", "unknown"])
@pytest.mark.parametrize("mode", [PSK_KE, PSK_DHE_KE])
@pytest.mark.parametrize("suite", [CHACHA20, 0x1304], ids=["a suite that fits", "none"])
def test_groups_and_shares_come_together(  # section 9.2 [11]
    without: type, key: Psk, mode: int, suite: int
) -> None:
    """Even where the key would do without both."""
    client = HostileClient(psk_modes=(mode,), **TICKETS)
    client.say_hello(psks=[key], without=(without,), cipher_suites=(suite,), **modes(mode))
    assert_refused(client, MissingExtension, "missing_extension", "hello")


def test_a_key_without_modes() -> None:  # section 4.3.9 [3]
    client = HostileClient(**TICKETS)
    client.say_hello(psks=[ticket()], without=(PskKeyExchangeModes,))
    assert_refused(client, MissingExtension, "missing_extension", "hello")


# Binders (section 4.3.11.2)


def binder(client: HostileClient, psk: Psk) -> bytes:
    """The right one for this client's usual hello."""
    (right,) = messages.decode(client.offer(client.client_hello(), [psk])).extensions[-1].binders  # type: ignore[union-attr]
    return bytes(right)


@pytest.mark.parametrize("key", [ticket(), NAMED], ids=["ticket", "external"])
@pytest.mark.parametrize("position", range(32))
def test_a_binder_with_a_flipped_bit(key: Psk, position: int) -> None:  # section 4.3.11 [9, 10]
    client = HostileClient(**(TICKETS | EXTERNAL))
    wrong = bytearray(binder(client, key))
    wrong[position] ^= 1 << position % 8
    client.say_hello(psks=[key], binders=[bytes(wrong)])
    assert_refused(client, DecryptError, "decrypt_error", "hello")
    assert client.messages_heard == []


@pytest.mark.parametrize("length", [33, 48, 64])
def test_a_binder_of_another_length(length: int) -> None:
    client = HostileClient(**TICKETS)
    right = binder(client, ticket())
    client.say_hello(psks=[ticket()], binders=[(right * 2)[:length]])
    assert_refused(client, DecryptError, "decrypt_error", "hello")


@pytest.mark.parametrize("key", [replace(ticket(), external=True), replace(NAMED, external=False)])
def test_a_key_cannot_pass_for_one_of_the_other_origin(key: Psk) -> None:
    client = HostileClient(**(TICKETS | EXTERNAL))
    client.say_hello(psks=[key])
    assert_refused(client, DecryptError, "decrypt_error", "hello")


@pytest.mark.parametrize("key", [ticket(), NAMED], ids=["ticket", "external"])
def test_who_overheard_an_identity_does_not_have_the_key(key: Psk) -> None:
    client = HostileClient(**(TICKETS | EXTERNAL))
    client.say_hello(psks=[replace(key, key=bytes(32))])
    assert_refused(client, DecryptError, "decrypt_error", "hello")


@pytest.mark.parametrize("count", [0, 2, 3])
def test_as_many_binders_as_identities(count: int) -> None:  # section 4.3.11 [10]
    client = HostileClient(**TICKETS)
    hello = client.client_hello()
    offered = messages.decode(client.offer(hello, [ticket()])).extensions[-1]  # type: ignore[union-attr]
    wrong = replace(offered, binders=offered.binders * count)  # type: ignore[call-arg]
    raw = messages.encode(replace(hello, extensions=(*hello.extensions, wrong)))
    client.say(raw)
    failure = client.events[-1].error  # type: ignore[union-attr]
    assert type(failure).__name__ == ("DecodeError" if count == 0 else "IllegalParameter")


def test_a_binder_covers_every_byte_before_it() -> None:
    """Whatever is changed, the key is not selected: the hello is refused, or it offers another key."""
    whole = HostileClient().offer(HostileClient().client_hello(), [ticket()])
    refused = 0
    for position in range(len(oracle.truncate(whole))):
        changed = bytearray(whole)
        changed[position] ^= 1
        server = Connection(peers_in_memory.server_settings(**TICKETS))
        events = server.receive_data(b"\x16\x03\x03" + len(whole).to_bytes(2, "big") + changed)
        refused += any(isinstance(getattr(event, "error", None), DecryptError) for event in events)
        for record in oracle.records(server.data_to_send())[:1]:
            if record[0] == ContentType.HANDSHAKE:
                hello = messages.decode(record[5:])
                assert isinstance(hello, (ServerHello, HelloRetryRequest))
                assert hello.find(SelectedPsk) is None, position
    assert refused > 64  # at least for random, and for the share


# The second hello


def test_it_is_bound_to_all_that_was_said() -> None:
    client = HostileClient(cookie=b"cookie", **TICKETS)
    client.say_hello(psks=[ticket()])
    client.connect(psks=[ticket()], extra=(Cookie(b"cookie"),))
    assert selected(client) == 0
    assert client.victim.session is not None
    assert client.victim.session.hello_retried
    hostile.assert_still_talks(client)


def test_a_binder_that_leaves_out_the_first_hello() -> None:
    client = HostileClient(cookie=b"cookie", **TICKETS)
    client.say_hello(psks=[ticket()])
    said, client.transcript = client.transcript, []
    second = client.client_hello(extra=(Cookie(b"cookie"),))
    raw = client.offer(second, [ticket()])
    client.transcript = said
    client.say(raw)
    assert_refused(client, DecryptError, "decrypt_error", "hello")


@pytest.mark.parametrize("cookie", [None, b"cooki", b"cookie\x00", b"Cookie"])
def test_the_cookie_has_to_come_back(cookie: bytes | None) -> None:
    client = HostileClient(cookie=b"cookie")
    client.say_hello()
    (request,) = client.heard_of(HandshakeType.SERVER_HELLO)
    assert request.find(Cookie) == Cookie(b"cookie")
    client.say_hello(extra=() if cookie is None else (Cookie(cookie),))
    assert_refused(client, IllegalParameter, "illegal_parameter", "hello")


@pytest.mark.parametrize("share", [True, False], ids=["a cookie alone", "a share as well"])
def test_who_brings_it_back_is_served(share: bool) -> None:
    client = HostileClient(cookie=b"cookie")
    client.say_hello(**({} if share else {"key_share_groups": ()}))
    client.connect(extra=(Cookie(b"cookie"),))
    hostile.assert_still_talks(client)


def test_another_share_where_none_was_asked_for() -> None:
    client = HostileClient(cookie=b"cookie")
    client.say_hello()
    client.say_hello(private_keys={X25519: bytes(range(1, 33))}, extra=(Cookie(b"cookie"),))
    assert_refused(client, IllegalParameter, "illegal_parameter", "hello")


def test_early_data_in_the_second_hello() -> None:  # section 4.3.10 [7]
    client = HostileClient(**TICKETS)
    client.say_hello(psks=[ticket()], key_share_groups=())
    client.say_hello(psks=[ticket()], extra=(EarlyDataIndication(),))
    assert_refused(client, IllegalParameter, "illegal_parameter", "hello")


def test_a_second_hello_that_drops_the_key_that_would_have_done_alone() -> None:
    client = HostileClient(cookie=b"cookie", psk_modes=(PSK_KE,), **TICKETS)
    no_share = {"key_share_groups": (), **modes(PSK_KE)}
    client.say_hello(psks=[ticket()], **no_share)
    (request,) = client.heard_of(HandshakeType.SERVER_HELLO)
    assert not request.has(ExtensionType.KEY_SHARE)
    client.say_hello(extra=(Cookie(b"cookie"),), **no_share)
    assert_refused(client, IllegalParameter, "illegal_parameter", "hello")


def test_nor_may_it_drop_the_key_if_its_share_is_not_for_the_group_that_we_like_best() -> None:
    keys = peers_in_memory.server_keys(oracle.X25519MLKEM768, X25519)
    client = HostileClient(cookie=b"cookie", psk_modes=(PSK_KE,), private_keys=keys, **TICKETS)
    groups = SupportedGroups((oracle.X25519MLKEM768, X25519))
    hello = {"instead": (PskKeyExchangeModes((PSK_KE,)), groups)}
    client.say_hello(psks=[ticket()], **hello)
    client.say_hello(extra=(Cookie(b"cookie"),), **hello)
    assert_refused(client, IllegalParameter, "illegal_parameter", "hello")
    assert "for the group that we now choose" in str(client.events[-1])


# The tickets that it gives (section 4.7.1)


def given(client: HostileClient) -> list[NewSessionTicket]:
    return client.heard_of(HandshakeType.NEW_SESSION_TICKET)


@each_suite
def test_tickets(suite: int) -> None:  # section 4.7.1 [8]
    client = HostileClient(suite=suite, **TICKETS)
    client.connect()
    first, second = given(client)
    assert client.resumption_secret is not None
    assert [(one.ticket_lifetime, one.extensions) for one in (first, second)] == [(TICKET_LIFETIME, ())] * 2
    for name in ("ticket_nonce", "ticket_age_add", "ticket"):
        assert getattr(first, name) != getattr(second, name)
    assert first.ticket[16:28] != second.ticket[16:28]  # the nonces under which they are sealed
    for one in (first, second):
        inside = tickets.open(one.ticket, [TICKET_KEY])
        assert inside is not None
        assert inside.key == oracle.ticket_psk(
            client.resumption_secret, one.ticket_nonce, oracle.SUITES[suite]
        )
        assert (inside.cipher_suite, inside.lifetime) == (suite, TICKET_LIFETIME)
        assert inside.age_add == one.ticket_age_add
        assert inside.established_at == certificates.NOW
        assert (inside.server_name, inside.application_protocol) == ("localhost", None)
        assert (inside.max_early_data, inside.certificates) == (0, ())
    hostile.assert_still_talks(client)


def test_a_ticket_remembers_the_protocol() -> None:
    """Early data is for this one alone (section 4.3.10)."""
    client = HostileClient(application_protocols=(b"h2",), **TICKETS)
    client.connect(application_protocols=(b"h2",))
    inside = tickets.open(given(client)[0].ticket, [TICKET_KEY])
    assert inside is not None
    assert inside.application_protocol == b"h2"


def test_what_was_random_is_used_once() -> None:  # section 4.7.1 [8]
    client = HostileClient(**(TICKETS | {"ticket_random": bytes(range(3 * 16))}))
    client.connect()
    numbers = [(one.ticket[16:28], one.ticket_age_add.to_bytes(4, "big")) for one in given(client)]
    assert b"".join(nonce + age for nonce, age in numbers) == bytes(range(48))


@each_suite
def test_each_of_them_resumes_the_session(suite: int) -> None:
    client = HostileClient(suite=suite, **TICKETS)
    client.connect()
    assert client.resumption_secret is not None
    for one in given(client):
        key = oracle.ticket_psk(client.resumption_secret, one.ticket_nonce, oracle.SUITES[suite])
        again = HostileClient(suite=suite, **TICKETS)
        again.connect(psks=[Psk(one.ticket, key, suite, obfuscated_age=one.ticket_age_add)])
        assert selected(again) == 0
        hostile.assert_still_talks(again)


def test_the_newest_key_seals_them() -> None:
    client = HostileClient(**(TICKETS | {"ticket_keys": (OTHER_KEY, TICKET_KEY)}))
    client.connect()
    assert {one.ticket[:16] for one in given(client)} == {OTHER_KEY.name}


@pytest.mark.parametrize("age", [0, 1, 1000, TICKET_LIFETIME - 1])
def test_a_resumed_session_lives_no_longer_than_the_first(age: int) -> None:  # section 4.7.1 [12]
    """Or else one proof of who somebody is could be passed on for ever."""
    client = HostileClient(**TICKETS)
    client.connect(psks=[ticket(established_at=after(-age))])
    assert [one.ticket_lifetime for one in given(client)] == [TICKET_LIFETIME - age] * 2
    inside = tickets.open(given(client)[0].ticket, [TICKET_KEY])
    assert inside is not None
    assert inside.lifetime == TICKET_LIFETIME - age


def test_a_ticket_that_lasted_longer_does_not_make_the_next_one_do_so() -> None:
    client = HostileClient(**TICKETS)
    client.connect(psks=[ticket(lifetime=2 * TICKET_LIFETIME)])
    assert [one.ticket_lifetime for one in given(client)] == [TICKET_LIFETIME] * 2


def test_a_key_from_elsewhere_has_no_age() -> None:
    client = HostileClient(**(TICKETS | EXTERNAL))
    client.connect(psks=[NAMED])
    assert [one.ticket_lifetime for one in given(client)] == [TICKET_LIFETIME] * 2


@pytest.mark.parametrize(
    "settings",
    [{"ticket_lifetime": 0}, {"ticket_random": b""}, {"ticket_keys": ()}],
    ids=["no lifetime", "no number", "no key"],
)
def test_no_tickets(settings: dict[str, Any]) -> None:
    client = HostileClient(**(TICKETS | settings))
    client.connect()
    assert given(client) == []
    hostile.assert_still_talks(client)


def test_in_the_last_second_there_are_none() -> None:
    client = HostileClient(**TICKETS)
    client.connect(psks=[ticket(established_at=after(0.5 - TICKET_LIFETIME))])
    assert selected(client) == 0
    assert given(client) == []


def test_who_says_no_modes_gets_no_tickets() -> None:  # section 4.3.9 [5]
    client = HostileClient(**TICKETS)
    client.connect(without=(PskKeyExchangeModes,))
    assert given(client) == []


def test_tickets_are_no_part_of_the_transcript() -> None:
    """They come after all that the client has said, and change nothing of what is exported."""
    with_tickets, without = HostileClient(**TICKETS), HostileClient()
    for client in (with_tickets, without):
        client.connect()
    assert with_tickets.victim.export("label", b"", 32) == without.victim.export("label", b"", 32)


# PreSharedKey


@pytest.mark.parametrize("identity", [b"", bytes(2**16)])
def test_an_identity_has_1_to_65535_bytes(identity: bytes) -> None:  # section 2.2 [2]
    with pytest.raises(ValueError, match=f"an identity of {len(identity)} bytes"):
        PreSharedKey(identity, bytes(32))
    assert PreSharedKey(bytes(2**16 - 1), bytes(32)).origin == "external"


def test_a_key_has_at_least_128_bits() -> None:
    PreSharedKey(b"name", bytes(MIN_KEY_SIZE))
    with pytest.raises(ValueError, match="a pre-shared key of 15 bytes, must be at least 16"):
        PreSharedKey(b"name", bytes(MIN_KEY_SIZE - 1))


def test_no_key_is_shown() -> None:
    assert repr(KEYS[CHACHA20]) not in repr(PreSharedKey(b"name", KEYS[CHACHA20]))


def test_settings_with_tickets_show_no_secret() -> None:
    shown = repr(peers_in_memory.server_settings(**(TICKETS | EXTERNAL)))
    for secret in (TICKET_KEY.key, KEYS[CHACHA20], TICKETS["ticket_random"]):
        assert repr(secret) not in shown


@pytest.mark.parametrize("age", [0, 1, 2**32 - 1])
def test_the_age_of_a_key_from_elsewhere_is_ignored(age: int) -> None:  # section 4.3.11 [2]
    key = PreSharedKey(b"external", KEYS[CHACHA20])
    client = HostileClient(external_psks=(key,))
    client.connect(psks=[Psk(b"external", KEYS[CHACHA20], external=True, obfuscated_age=age)])
    assert client.victim.session is not None
    assert client.victim.session.psk_origin == "external"


def test_a_key_is_for_sha256_unless_it_says_another() -> None:  # section 4.3.11 [3]
    key = PreSharedKey(b"external", KEYS[CHACHA20])
    assert [number for number in SUITES if key.fits(SUITES[number])] == [
        number for number in SUITES if SUITES[number].hash_size == 32
    ]
