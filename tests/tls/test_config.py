"""Configs: what a user says once, what each connection gets afresh, and what does not go together."""

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from handshake.certified_keys import CertifiedKey
from handshake.groups import GROUPS
from handshake.settings import Grease
from handshake.tickets import TicketKey
from purecrypto import entropy
from tests.support import certificates, oracle, peers_in_memory
from tests.support.peers_in_memory import X25519
from tls import config
from tls.config import ClientConfig, ServerConfig
from tls.connection import Connection
from x509 import encoding, private_keys
from x509.certificate import Certificate
from x509.errors import PemError, PrivateKeyError

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
    assert settings.legacy_session_id == b"\x04" * 32
    assert settings.grease == Grease.from_seed(b"\x05" * 5)


def test_random_bytes_of_a_server() -> None:
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
def test_no_two_connections_share_them(settings: Callable[[Counter], Any]) -> None:
    """A key share must not be used twice (RFC 9846 section 4.3.8)."""
    counter = Counter()
    one, other = settings(counter), settings(counter)
    assert one.random != other.random
    assert one.private_keys != other.private_keys


def test_by_default_they_are_the_operating_systems() -> None:
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


def test_verification_is_on() -> None:
    settings = client().settings("localhost")
    assert settings.trust is TRUST
    assert settings.reference_identity == "localhost"


def test_without_trust_there_is_nothing_to_verify_with() -> None:
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


def test_compatibility_and_grease_are_on_and_can_be_switched_off() -> None:
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
def test_a_dns_name_is_asked_for_as_rfc_6066_has_it(name: str) -> None:
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
    with pytest.raises(ValueError, match="neither a DNS name nor an IP address"):
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
def test_lists_hold_what_we_have_once(make: Callable[..., Any], name: str) -> None:
    have, have_not = LISTS[name]
    assert getattr(make(**{name: [have]}), name) == [have]
    with pytest.raises(ValueError, match=f"{name}: none at all"):
        make(**{name: []})
    with pytest.raises(ValueError, match=rf"{name}: cannot have .*\(0x{have_not:x}\)$"):
        make(**{name: [have, have_not]})
    with pytest.raises(ValueError, match=rf"{name}: cannot have GREASE \(0x0a0a\)$"):
        make(**{name: [0x0A0A]})
    with pytest.raises(ValueError, match=f"{name}: one of them twice"):
        make(**{name: [have, have]})


def test_a_share_is_for_a_group_that_is_offered() -> None:  # section 4.3.8
    with pytest.raises(ValueError, match=r"key_share_groups: cannot have secp384r1 \(0x18\)"):
        client(groups=(X25519, 0x0017), key_share_groups=(0x0018,))
    with pytest.raises(ValueError, match="key_share_groups: one of them twice"):
        client(key_share_groups=(X25519, X25519))
    assert client(groups=(0x0017, X25519)).settings("localhost").key_share_groups == (0x0017,)


@pytest.mark.parametrize("asked", [[X25519, 0x0017], [0x0017, X25519]])
def test_shares_stand_in_the_order_of_the_groups(asked: list[int]) -> None:  # section 4.3.8
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


def test_a_server_needs_a_certificate() -> None:
    with pytest.raises(ValueError, match="no certificate"):
        server(certified_keys=[])
    with pytest.raises(ValueError, match="no certificate"):
        CertifiedKey((), FAMILY.leaf_key)


def test_the_key_has_to_be_the_certificates() -> None:
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


def test_a_chain_is_read_from_pem() -> None:
    family = certificates.authority_and_leaf(intermediates=1)
    assert config.load_chain(family.chain_pem) == family.chain
    assert config.load_chain(family.chain_pem.encode()) == family.chain


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no PEM",
        FAMILY.leaf_key_pem,
        FAMILY.chain_pem.replace("MII", "AAA", 1),
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ],
    ids=["nothing", "no PEM", "a key", "a broken certificate", "no certificate in it"],
)
def test_what_is_no_chain_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(PemError) as caught:
        config.load_chain(text)
    assert isinstance(caught.value, ValueError)
    assert len(str(caught.value).splitlines()) == 1


def test_a_key_is_read_from_pem() -> None:
    assert config.load_private_key(FAMILY.leaf_key_pem) == FAMILY.leaf_key
    assert config.load_private_key(private_keys.to_pem(certificates.key(7))) == certificates.key(7)


@pytest.mark.parametrize("text", ["", "no PEM", FAMILY.chain_pem])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises((PemError, PrivateKeyError)):
        config.load_private_key(text)


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


def test_the_key_share_is_the_private_keys() -> None:
    settings = client(random_bytes=Counter(), grease=False).settings("localhost")
    hello = Connection(settings).data_to_send()
    assert oracle.public_value(b"\x02" * 32) in hello
