"""Configs: what a user says once, what each connection gets afresh, and what does not go together."""

import dataclasses
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from handshake.anti_replay import StrikeRegister
from handshake.certified_keys import CertifiedKey
from handshake.constants import PskKeyExchangeMode
from handshake.groups import GROUPS
from handshake.pre_shared_keys import PreSharedKey
from handshake.settings import MAX_SKIPPED_EARLY_DATA, TICKET_RANDOM_SIZE, Grease
from handshake.tickets import TicketKey
from purecrypto import entropy
from record import padding
from tests.support import certificates, oracle, peers_in_memory, sessions
from tests.support.oracle import SECP256R1, X25519MLKEM768
from tests.support.peers_in_memory import X25519
from tls import config
from tls.config import ClientConfig, ServerConfig
from tls.connection import Connection
from tls.session_cache import SessionCache
from x509 import encoding
from x509.certificate import Certificate

FAMILY = peers_in_memory.family()
TRUST = FAMILY.trust


def client(**replaced: Any) -> ClientConfig:
    return ClientConfig(**({"trust": TRUST} | replaced))


def server(**replaced: Any) -> ServerConfig:
    return ServerConfig(**({"certified_keys": [FAMILY.certified_key]} | replaced))


class Counter:
    """In the place of a random source: it notes how much is asked for, and never gives the same twice."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def __call__(self, size: int) -> bytes:
        self.asked.append(size)
        return bytes([len(self.asked)]) * size


# Afresh for each connection


def test_random_bytes_of_a_client() -> None:
    settings = client(random_bytes=Counter(), groups=[X25519]).settings("localhost")
    assert settings.random == b"\x01" * 32
    assert settings.private_keys == {X25519: b"\x02" * 32}
    assert settings.signature_random == b"\x03" * 64
    assert settings.legacy_session_id == b"\x04" * 32  # section 4.2.2 [9, 10, 11]
    assert settings.grease == Grease.from_seed(b"\x05" * 5)


def test_random_bytes_of_a_server() -> None:  # section 4.2.3 [4, 5]
    counter = Counter()
    settings = server(random_bytes=counter, groups=[X25519], demands_cookie=True, tickets=3).settings()
    assert settings.random == b"\x01" * 32
    assert settings.private_keys == {X25519: b"\x02" * 32}
    assert settings.signature_random == b"\x03" * 64
    assert settings.cookie == b"\x04" * 32
    assert settings.ticket_keys == (TicketKey.from_random(b"\x05" * 48),)
    assert settings.ticket_random == b"\x06" * 48  # for each ticket a nonce, and what hides its age
    assert len(counter.asked) == 6


@pytest.mark.parametrize(
    "settings",
    [lambda c: client(random_bytes=c).settings("localhost"), lambda c: server(random_bytes=c).settings()],
)
# section 4.3.8 [4, 7]
def test_no_two_connections_share_them(settings: Callable[[Counter], Any]) -> None:
    """A key share must not be used twice (RFC 9846 section 4.3.8)."""
    counter = Counter()
    one, other = settings(counter), settings(counter)
    assert one.random != other.random
    assert one.private_keys != other.private_keys


def test_by_default_they_are_the_operating_systems() -> None:  # sections 4.2.2 [11] and 4.2.3 [4, 5]
    assert client().random_bytes is entropy.random_bytes
    assert server().random_bytes is entropy.random_bytes
    one, other = client().settings("localhost"), client().settings("localhost")
    assert len({one.random, other.random, one.legacy_session_id, other.legacy_session_id}) == 4


def test_the_time_is_asked_for_each_connection() -> None:
    times = iter([certificates.NOW, certificates.NOW + timedelta(hours=1)])
    made = client(clock=lambda: next(times))
    assert made.settings("localhost").now == certificates.NOW
    assert made.settings("localhost").now == certificates.NOW + timedelta(hours=1)


def test_by_default_it_is_now() -> None:
    before = datetime.now(UTC)
    assert before <= client().settings("localhost").now <= datetime.now(UTC)


# Safe by default


def test_verification_is_on() -> None:  # appendix C.5 [1]
    settings = client().settings("localhost")
    assert settings.trust is TRUST
    assert settings.reference_identity == "localhost"


def test_without_trust_there_is_nothing_to_verify_with() -> None:  # appendix C.5 [1]
    with pytest.raises(ValueError, match="no trust anchors"):
        ClientConfig().settings("localhost")


def test_without_a_name_there_is_nothing_to_verify() -> None:
    with pytest.raises(ValueError, match="no server_hostname"):
        client().settings(None)


@pytest.mark.parametrize("name", ["localhost", None])
def test_verification_can_be_switched_off(name: str | None) -> None:
    """In so many words; then trust does not count, even where it is given."""
    for made in (ClientConfig(verify=False), client(verify=False)):
        settings = made.settings(name)
        assert (settings.trust, settings.reference_identity) == (None, None)
        assert settings.server_name == name


def test_compatibility_and_grease_are_on_and_can_be_switched_off() -> None:  # section 4.2.2 [12]
    settings = client(middlebox_compatibility=False, grease=False).settings("localhost")
    assert (settings.legacy_session_id, settings.grease) == (b"", None)


def test_configs_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        client().verify = False  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        server().application_protocols = ()  # type: ignore[misc]


def test_the_private_key_is_not_shown() -> None:
    assert "private_key" not in repr(server())


# Names


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST", "localhost."])
def test_a_dns_name_is_asked_for_as_rfc_6066_has_it(name: str) -> None:  # section 4.5.1.2 [7]
    """Without a trailing dot (section 3)."""
    settings = client().settings(name)
    assert settings.server_name == "localhost"
    assert settings.reference_identity == name


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_an_address_is_verified_but_not_asked_for(address: str) -> None:  # RFC 6066 section 3
    settings = client().settings(address)
    assert (settings.server_name, settings.reference_identity) == (None, address)


@pytest.mark.parametrize("verify", [True, False])
@pytest.mark.parametrize("name", ["", "two words", "local\nhost", "höst", "a..b", "x" * 254])
def test_what_is_no_name_is_refused(name: str, verify: bool) -> None:
    why = "neither a DNS name nor an IP address" if name.isascii() else "has to be passed as its A-label"
    with pytest.raises(ValueError, match=why):
        client(verify=verify).settings(name)


# Protocols (ALPN)


def test_protocols_are_encoded() -> None:
    protocols = ("h2", "http/1.1", "é")
    expected = (b"h2", b"http/1.1", b"\xc3\xa9")
    assert client(application_protocols=protocols).settings("localhost").application_protocols == expected
    assert server(application_protocols=protocols).settings().application_protocols == expected


@pytest.mark.parametrize("protocol", ["", "x" * 256, "é" * 128])
def test_a_protocol_has_1_to_255_bytes(protocol: str) -> None:  # RFC 7301 section 3.1
    with pytest.raises(ValueError, match="1 to 255 bytes"):
        client(application_protocols=["h2", protocol]).settings("localhost")
    with pytest.raises(ValueError, match="1 to 255 bytes"):
        server(application_protocols=[protocol]).settings()
    shortest_and_longest = client(application_protocols=["x", "x" * 255]).settings("localhost")
    assert shortest_and_longest.application_protocols == (b"x", b"x" * 255)


# Groups and schemes


def test_key_shares_may_be_left_to_the_server_to_ask_for() -> None:
    settings = client(key_share_groups=()).settings("localhost")
    assert (settings.groups, settings.key_share_groups) == (tuple(GROUPS), ())
    assert settings.private_keys.keys() == GROUPS.keys()


LISTS = {
    "cipher_suites": (0x1303, 0x1304),  # one that we have, and one that we do not have
    "groups": (X25519, 0x0019),
    "signature_schemes": (0x0807, 0x0808),
}


@pytest.mark.parametrize("make", [client, server])
@pytest.mark.parametrize("name", LISTS)
# sections 4.3.7 [1] and 9.3 [3], appendices B [1] and B.3.1.4 [1]
def test_lists_hold_what_we_have_once(make: Callable[..., Any], name: str) -> None:
    have, have_not = LISTS[name]
    assert getattr(make(**{name: [have]}), name) == [have]
    with pytest.raises(ValueError, match=f"{name}: none at all"):
        make(**{name: []})
    with pytest.raises(ValueError, match=rf"{name}: cannot have .*\(0x{have_not:x}\)$"):
        make(**{name: [have, have_not]})
    with pytest.raises(ValueError, match=rf"{name}: cannot have GREASE \(0x0a0a\)$"):
        make(**{name: [0x0A0A]})
    with pytest.raises(ValueError, match=rf"{name}: cannot have 'x25519'$"):  # a name is no number
        make(**{name: ["x25519"]})
    with pytest.raises(ValueError, match=f"{name}: one of them twice"):
        make(**{name: [have, have]})


def test_a_share_is_for_a_group_that_is_offered() -> None:  # section 4.3.8 [1, 5]
    with pytest.raises(ValueError, match=r"key_share_groups: cannot have secp384r1 \(0x18\)"):
        client(groups=(X25519, 0x0017), key_share_groups=(0x0018,))
    with pytest.raises(ValueError, match="key_share_groups: one of them twice"):
        client(key_share_groups=(X25519, X25519))
    assert client(groups=(0x0017, X25519)).settings("localhost").key_share_groups == (0x0017,)


@pytest.mark.parametrize("asked", [[X25519, 0x0017], [0x0017, X25519]])
def test_shares_stand_in_the_order_of_the_groups(asked: list[int]) -> None:  # section 4.3.8 [2]
    settings = client(groups=[X25519, 0x0018, 0x0017], key_share_groups=asked).settings("localhost")
    assert settings.key_share_groups == (X25519, 0x0017)


def test_a_client_lists_a_scheme_for_the_handshake() -> None:
    with pytest.raises(ValueError, match="signature_schemes: none of them is for a handshake"):
        client(signature_schemes=[0x0401])


def test_lists_are_passed_on() -> None:
    chosen = {"cipher_suites": [0x1303], "groups": [0x0018, 0x0017], "signature_schemes": [0x0403, 0x0807]}
    settings = client(**chosen).settings("localhost")
    assert [list(getattr(settings, name)) for name in chosen] == list(chosen.values())
    settings = server(**chosen).settings()
    assert [list(getattr(settings, name)) for name in chosen] == list(chosen.values())


def test_each_key_of_a_server_has_to_fit_a_scheme() -> None:
    with pytest.raises(ValueError, match="none of the signature schemes is for a key of the kind Ed25519"):
        server(signature_schemes=[0x0403])


# Certificates and keys


def test_a_server_needs_a_certificate() -> None:  # section 4.5.1 [15]
    with pytest.raises(ValueError, match="no certificate"):
        server(certified_keys=[])
    with pytest.raises(ValueError, match="no certificate"):
        CertifiedKey((), FAMILY.leaf_key)


def test_the_key_has_to_be_the_certificates() -> None:  # section 4.5.1 [9]
    with pytest.raises(ValueError, match="not the certificate's"):
        CertifiedKey(FAMILY.chain, certificates.key(7))


def test_the_certificate_has_to_be_one_that_we_can_serve() -> None:
    other = encoding.sequence(encoding.sequence(encoding.oid("1.2.3")), encoding.bit_string(b"key"))
    strange = Certificate.from_der(certificates.assemble(subjectPublicKeyInfo=other))
    with pytest.raises(ValueError, match="cannot be served"):
        CertifiedKey((strange,), FAMILY.leaf_key)


def test_a_private_key_is_not_shown() -> None:
    assert "private_key" not in repr(FAMILY.certified_key)
    assert "private_key" not in repr(server())


# Resumption


PSK = PreSharedKey(b"identity", bytes(16))


def test_pre_shared_keys_come_with_a_fresh_key_exchange() -> None:
    """Unless somebody wants it otherwise, in so many words (section 4.3.9)."""
    for settings in (client().settings("localhost"), server().settings()):
        assert settings.psk_modes == (PskKeyExchangeMode.PSK_DHE_KE,)
        assert settings.external_psks == ()
    modes = [PskKeyExchangeMode.PSK_KE, PskKeyExchangeMode.PSK_DHE_KE]
    both = {"psk_modes": modes, "external_psks": [PSK]}
    for settings in (client(**both).settings("localhost"), server(**both).settings()):
        assert settings.psk_modes == tuple(modes)
        assert settings.external_psks == (PSK,)


@pytest.mark.parametrize("make", [client, server])
def test_modes_and_keys_have_to_fit(make: Callable[..., Any]) -> None:
    assert make(psk_modes=()).psk_modes == ()  # no resumption
    with pytest.raises(ValueError, match=r"psk_modes: cannot have .*\(0x2\)$"):
        make(psk_modes=[2])
    with pytest.raises(ValueError, match="psk_modes: one of them twice"):
        make(psk_modes=[1, 1])
    with pytest.raises(ValueError, match="external_psks: of no use without psk_modes"):
        make(psk_modes=(), external_psks=[PSK])
    with pytest.raises(ValueError, match="external_psks: one identity twice"):
        make(external_psks=[PSK, PreSharedKey(PSK.identity, bytes(32))])


def test_names_in_a_hello_have_to_fit() -> None:
    """Beside a ticket, a cookie and all else; 7 bytes and a binder go with each identity."""
    longest = PreSharedKey(bytes(2**15 - 39), bytes(16))
    protocols = ["x" * 255] * 128  # another 32,768 bytes
    for fits in ({"external_psks": [longest]}, {"application_protocols": protocols}):
        assert len(client(**fits).connection("localhost").data_to_send()) > 2**15
        server(**fits)
    for too_much in (
        {"external_psks": [PreSharedKey(bytes(2**15 - 38), bytes(16))]},
        {"application_protocols": [*protocols, "x"]},
        {"external_psks": [PSK], "application_protocols": protocols},
    ):
        with pytest.raises(ValueError, match=r"3[\d]{4} bytes, a hello has room for 32768"):
            client(**too_much)
        server(**too_much)  # which has none of them in a hello


def test_a_server_that_has_keys_needs_no_certificate() -> None:
    assert server(certified_keys=[], external_psks=[PSK]).settings().certified_keys == ()


def test_a_ticket_is_taken_for_its_peer_alone_and_once() -> None:
    cache = SessionCache()
    cache.add("localhost:443", sessions.ticket())
    made = client(sessions=cache, clock=lambda: sessions.THEN)
    assert made.settings("localhost").ticket is None  # nobody has said which port
    assert made.settings("localhost", cache_name="localhost:8443").ticket is None
    assert made.settings("localhost", cache_name="localhost:443").ticket == sessions.ticket()
    assert made.settings("localhost", cache_name="localhost:443").ticket is None
    assert client().settings("localhost", cache_name="localhost:443").ticket is None


def test_a_ticket_is_as_old_as_the_clock_says_when_it_comes() -> None:
    cache = SessionCache()
    made = client(sessions=cache, clock=lambda: sessions.after(100))
    made.remember("localhost:443", sessions.ticket())
    kept = cache.take("localhost:443", sessions.after(100))
    assert kept == sessions.ticket(established_at=sessions.after(100))
    made.remember(None, sessions.ticket())
    client().remember("localhost:443", sessions.ticket())  # without a cache, it is forgotten
    assert cache.take("localhost:443", sessions.after(100)) is None


def test_early_data_is_offered_only_by_its_name() -> None:  # section 8 [2], appendix F.5 [3]
    assert not client().settings("localhost").replayable_early_data
    assert client().settings("localhost", replayable_early_data=True).replayable_early_data
    settings = server().settings()
    assert (settings.max_replayable_early_data, settings.anti_replay) == (0, None)


def test_a_server_gives_two_tickets_for_two_hours() -> None:  # appendix C.4 [2]
    settings = server().settings()
    assert len(settings.ticket_random) == 2 * TICKET_RANDOM_SIZE
    assert settings.ticket_lifetime == 7200
    assert len(settings.ticket_keys) == 1


def test_a_server_without_tickets_has_no_key_for_them() -> None:
    settings = server(tickets=0).settings()
    assert (settings.ticket_keys, settings.ticket_random) == ((), b"")


@pytest.mark.parametrize(
    ("name", "good", "bad", "range_of_it"),
    [
        ("tickets", (0, 16), (-1, 17), "0 to 16"),
        ("ticket_lifetime", (0, 604_800), (-1, 604_801), "0 to 604800 seconds"),
        ("max_replayable_early_data", (0, 2**32 - 1), (-1, 2**32), "0 to 4294967295 bytes"),
        ("record_size_limit", (64, 2**14 + 1), (63, 2**14 + 2), "64 to 16385"),
    ],
)
def test_numbers_of_a_server_are_in_their_range(  # section 4.7.1 [6]
    name: str, good: tuple[int, int], bad: tuple[int, int], range_of_it: str
) -> None:
    for number in good:
        assert getattr(server(**{name: number}), name) == number
    for number in bad:
        with pytest.raises(ValueError, match=f"{name}: {number}, must be {range_of_it}"):
            server(**{name: number})


def test_connections_of_a_server_share_their_keys_and_their_register() -> None:
    made = server(max_replayable_early_data=1000)
    one, other = made.settings(), made.settings()
    assert one.ticket_keys == other.ticket_keys
    assert one.anti_replay is other.anti_replay is not None
    assert one.max_replayable_early_data == 1000
    assert one.max_skipped_early_data == MAX_SKIPPED_EARLY_DATA + 1000
    assert server().settings().ticket_keys != one.ticket_keys  # those of another server are its own


def test_a_config_made_from_another_is_another_server() -> None:
    made = server(max_replayable_early_data=1000)
    one, other = made.settings(), dataclasses.replace(made, tickets=1).settings()
    assert one.ticket_keys != other.ticket_keys
    assert one.anti_replay is not other.anti_replay
    assert dataclasses.replace(made, max_replayable_early_data=0).settings().anti_replay is None


def test_ticket_keys_are_kept_for_as_long_as_tickets_live() -> None:
    times = iter([certificates.NOW, certificates.NOW + timedelta(days=7)])
    made = dataclasses.replace(server(), ticket_lifetime=604_800, clock=lambda: next(times))
    assert set(made.settings().ticket_keys) < set(made.settings().ticket_keys)


def test_each_connection_may_be_watched() -> None:
    by_client: list[object] = []
    by_server: list[object] = []
    hello = client().connection("localhost", observe=by_client.append).data_to_send()
    server().connection(observe=by_server.append).receive_data(hello)
    for seen in (by_client, by_server):
        assert "ClientHello" in {type(getattr(event, "message", None)).__name__ for event in seen}


def test_keys_and_register_may_be_somebody_elses() -> None:
    key = TicketKey.from_random(bytes(48))
    register = StrikeRegister(started_at=certificates.NOW, lock=threading.Lock())
    times: list[datetime] = []

    def keys(now: datetime) -> tuple[TicketKey, ...]:
        times.append(now)
        return (key,)

    made = server(
        ticket_keys=keys,
        anti_replay=register,
        max_replayable_early_data=1,
        ticket_lifetime=60,
        clock=lambda: certificates.NOW,
    )
    settings = made.settings()
    assert (settings.ticket_keys, settings.anti_replay) == ((key,), register)
    assert settings.ticket_lifetime == 60
    assert times == [certificates.NOW]


# Who the client is


def test_a_client_may_have_keys_too() -> None:
    key = peers_in_memory.client_key()
    settings = client(certified_keys=[key], post_handshake_auth=True).settings("localhost")
    assert settings.certified_keys == (key,)
    assert settings.post_handshake_auth
    assert not client().settings("localhost").post_handshake_auth
    with pytest.raises(ValueError, match="none of the signature schemes is for a key of the kind Ed25519"):
        client(certified_keys=[key], signature_schemes=[0x0403])


@pytest.mark.parametrize(("how", "asks"), [("none", False), ("request", True), ("require", True)])
def test_a_server_asks_for_a_certificate_or_does_not(how: str, asks: bool) -> None:
    trust = TRUST if asks else None
    settings = server(client_certificates=how, trust=trust).settings()
    assert (settings.client_certificates, settings.trust) == (how, trust)
    with pytest.raises(ValueError, match="client_certificates and trust go together"):
        server(client_certificates=how, trust=None if asks else TRUST)


def test_nobody_asks_in_other_words() -> None:
    """Or a slip of the pen would let everybody in."""
    with pytest.raises(
        ValueError, match=r"client_certificates: 'required', must be one of \('none', 'request'"
    ):
        server(client_certificates="required", trust=TRUST)


# What else can be asked for


def test_what_else_a_client_may_want() -> None:
    settings = client().settings("localhost")
    assert (settings.record_size_limit, settings.status_request) == (None, False)
    settings = client(record_size_limit=1000, status_request=True).settings("localhost")
    assert (settings.record_size_limit, settings.status_request) == (1000, True)
    for size in (63, 2**14 + 2):
        with pytest.raises(ValueError, match=f"record_size_limit: {size}, must be 64 to 16385"):
            client(record_size_limit=size)


def test_what_else_a_server_may_want() -> None:
    settings = server().settings()
    assert (settings.cookie, settings.record_size_limit) == (b"", 2**14 + 1)
    settings = server(demands_cookie=True, record_size_limit=64).settings()
    assert (len(settings.cookie), settings.record_size_limit) == (32, 64)
    assert settings.cookie != server(demands_cookie=True).settings().cookie


@pytest.mark.parametrize("make", [client, server])
def test_records_may_be_padded(make: Callable[..., Any]) -> None:
    def settings(**wanted: Any) -> Any:
        made = make(**wanted)
        return made.settings() if make is server else made.settings("localhost")

    assert settings().padding_policy is padding.none
    assert settings(padding_policy=padding.full).padding_policy is padding.full


# All of it together


def test_configs_make_connections_that_agree() -> None:
    ours = Connection(client(application_protocols=["http/1.1"]).settings("localhost"))
    theirs = Connection(server(application_protocols=["h2", "http/1.1"]).settings())
    for _ in range(2):
        theirs.receive_data(ours.data_to_send())
        ours.receive_data(theirs.data_to_send())
    assert ours.session is not None
    assert theirs.session is not None
    assert ours.session.application_protocol == b"http/1.1"
    assert ours.export("label", b"", 32) == theirs.export("label", b"", 32)


def test_a_handshake_has_a_time_bound() -> None:
    assert client().handshake_timeout == server().handshake_timeout == config.HANDSHAKE_TIMEOUT == 10.0


def test_the_key_shares_are_the_private_keys() -> None:
    """And they are random values of their own: nothing of the hybrid is in the other share."""
    settings = client(random_bytes=Counter(), grease=False).settings("localhost")
    hello = Connection(settings).data_to_send()
    hybrid = b"\x02" * 64 + b"\x03" * 32
    assert oracle.public_value(hybrid, X25519MLKEM768) in hello
    assert oracle.public_value(b"\x04" * 32) in hello


@pytest.mark.parametrize(
    ("groups", "shares"),
    [
        (tuple(GROUPS), (X25519MLKEM768, X25519)),  # as browsers do
        ((X25519MLKEM768, SECP256R1), (X25519MLKEM768,)),
        ((X25519MLKEM768, SECP256R1, X25519), (X25519MLKEM768, X25519)),
        ((X25519, X25519MLKEM768), (X25519,)),
        ((SECP256R1, X25519), (SECP256R1,)),
    ],
)
def test_the_likely_groups_get_a_share(groups: tuple[int, ...], shares: tuple[int, ...]) -> None:
    """The best one, and beside a hybrid X25519, which almost every server knows."""
    assert client(groups=groups).settings("localhost").key_share_groups == shares
