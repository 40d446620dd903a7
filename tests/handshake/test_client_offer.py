"""The ClientHello: what stands in it, in what order, and how long it is."""

from typing import Any

import pytest

from handshake import client_offer, messages
from handshake.certificate_extensions import PostHandshakeAuth, StatusRequest
from handshake.constants import ExtensionType
from handshake.conversation import Conversation
from handshake.extensions import (
    ApplicationProtocols,
    Cookie,
    Extension,
    RecordSizeLimit,
    SelectedGroup,
    ServerName,
    SupportedGroups,
    UnusedExtension,
)
from handshake.messages import ClientHello
from handshake.pre_shared_keys import PreSharedKey
from handshake.settings import GREASE_SEED_SIZE, Grease
from tests.support import hostile, peers_in_memory
from tests.support.hostile import HostileServer
from tests.support.peers_in_memory import X25519

_X = ExtensionType
EXTERNAL = PreSharedKey(b"external", bytes(32))
GREASE = Grease(cipher_suite=0x1A1A, version=0x2A2A, group=0x3A3A, signature_scheme=0x4A4A, extension=0x5A5A)
USUAL = [_X.SERVER_NAME, _X.SUPPORTED_VERSIONS, _X.SUPPORTED_GROUPS, _X.SIGNATURE_ALGORITHMS, _X.KEY_SHARE]
USUAL.append(_X.PSK_KEY_EXCHANGE_MODES)


def hello(**settings: Any) -> ClientHello:
    made = peers_in_memory.client_settings(**settings)
    known = client_offer.known_keys(made)
    first, _ = client_offer.first_hello(made, known)
    return client_offer.with_pre_shared_keys(first, made, known, Conversation("client"))


def types(said: ClientHello) -> list[int]:
    return [extension.type for extension in said.extensions]


def test_the_usual() -> None:  # appendix E.5 [12]
    assert types(hello()) == USUAL


@pytest.mark.parametrize(
    ("settings", "extension"),
    [
        ({"status_request": True}, StatusRequest()),
        ({"record_size_limit": 1000}, RecordSizeLimit(1000)),
        ({"post_handshake_auth": True}, PostHandshakeAuth()),
        ({"application_protocols": (b"h2",)}, ApplicationProtocols((b"h2",))),
    ],
)
def test_what_is_asked_only_if_it_is_wanted(settings: dict[str, Any], extension: Extension) -> None:
    asked = hello(**settings)
    assert extension in asked.extensions
    assert set(types(asked)) == {*USUAL, extension.type}


def test_a_client_without_a_name_says_none() -> None:
    assert types(hello(server_name=None)) == USUAL[1:]


# What a user adds, and in what order (section 4.3)


def test_extensions_besides_ours() -> None:
    added = UnusedExtension(0xABCD, b"?")
    assert hello(extensions=(added,)).extensions == (*hello().extensions, added)


def test_or_in_the_place_of_ours() -> None:
    other = ServerName("other.example")
    assert hello(extensions=(other,)).extensions == (other, *hello().extensions[1:])


@pytest.mark.parametrize(
    ("order", "first"),
    [
        ((_X.KEY_SHARE, _X.SERVER_NAME), [_X.KEY_SHARE, _X.SERVER_NAME]),
        ((_X.COOKIE, _X.SUPPORTED_GROUPS), [_X.SUPPORTED_GROUPS]),  # what is not there has no place
        ((_X.PRE_SHARED_KEY, _X.PSK_KEY_EXCHANGE_MODES), [_X.PSK_KEY_EXCHANGE_MODES]),
        ((0xABCD,), [0xABCD]),
    ],
)
def test_the_order_is_the_users(order: tuple[int, ...], first: list[int]) -> None:
    """But for pre_shared_key, which is always the last (section 4.3.11)."""
    said = types(
        hello(
            extension_order=order,
            external_psks=(EXTERNAL,),
            extensions=(UnusedExtension(0xABCD, b"?"),),
        )
    )
    others = [number for number in (*USUAL, 0xABCD) if number not in first]
    assert said == [*first, *others, _X.PRE_SHARED_KEY]


@pytest.mark.parametrize("order", [(), (_X.COOKIE, _X.PRE_SHARED_KEY, _X.KEY_SHARE)])
def test_the_second_hello_has_the_same_order(order: tuple[int, ...]) -> None:  # section 4.3.11 [17]
    server = HostileServer(key_share_groups=(), extension_order=order, external_psks=(EXTERNAL,))
    server.ask_again(SelectedGroup(X25519), Cookie(b"cookie"))
    second = types(server.client_hello)
    assert second[-1] == _X.PRE_SHARED_KEY
    if order:
        assert second[:2] == [_X.COOKIE, _X.KEY_SHARE]
    server.connect()
    hostile.assert_still_talks(server)


def test_grease_has_no_place_among_groups_that_can_be_shared() -> None:
    groups = hello(grease=GREASE).find(SupportedGroups)
    assert groups is not None
    assert groups.groups == (GREASE.group, X25519)


@pytest.mark.parametrize("byte", range(256))
def test_grease_comes_from_a_seed(byte: int) -> None:
    """One of sixteen values, chosen by four bits of each byte (RFC 8701 section 2)."""
    drawn = Grease.from_seed(bytes([byte]) + bytes(GREASE_SEED_SIZE - 1))
    digit = byte >> 4
    assert drawn.cipher_suite == int(f"{digit:x}a{digit:x}a", 16)
    assert (drawn.version, drawn.group, drawn.signature_scheme, drawn.extension) == (0x0A0A,) * 4


# Its length (RFC 7685)


def of_size(size: int, **settings: Any) -> ClientHello:
    """A hello that would have so many bytes without padding."""
    filler = UnusedExtension(0xABCD, b"")
    base = len(messages.encode(hello(extensions=(filler,), **settings)))
    return hello(extensions=(UnusedExtension(0xABCD, bytes(size - base)),), pad_hello=True, **settings)


@pytest.mark.parametrize("settings", [{}, {"external_psks": (EXTERNAL,)}], ids=["no key", "a key"])
@pytest.mark.parametrize("size", [300, 400, 500, 506, 507, 508, 509, 510, 511])
def test_a_hello_of_an_unlucky_length_is_padded_to_512_bytes(size: int, settings: dict[str, Any]) -> None:
    """Or a few more, where the padding's header and one byte leave no other choice."""
    padded = of_size(size, **settings)
    assert len(messages.encode(padded)) == max(512, size + 5)
    padding = [e for e in padded.extensions if e.type == _X.PADDING]
    assert len(padding) == 1
    assert not any(padding[0].data)  # type: ignore[union-attr]


@pytest.mark.parametrize("size", [255, 256, 511, 512, 513, 1000])
def test_no_other_is(size: int) -> None:
    small = {"server_name": None} if size < 300 else {}
    padded = of_size(size, **small)
    assert (_X.PADDING in types(padded)) == (256 <= size < 512)


def test_nor_is_one_where_it_is_not_wanted() -> None:
    assert _X.PADDING not in types(hello(extensions=(UnusedExtension(0xABCD, bytes(150)),)))


def test_the_second_hello_is_padded_anew() -> None:
    server = HostileServer(
        key_share_groups=(), pad_hello=True, extensions=(UnusedExtension(0xABCD, bytes(200)),)
    )
    server.ask_again()
    sizes = [len(raw) for raw in server.messages_heard]
    assert sizes == [512, 512]  # though it has a share now
    server.connect()
    hostile.assert_still_talks(server)


def test_a_cookie_is_for_one_connection() -> None:
    server = HostileServer()
    server.ask_again(Cookie(b"cookie"))
    server.connect()
    assert HostileServer().client_hello.find(Cookie) is None  # section 4.3.2 [2]
