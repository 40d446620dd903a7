"""The handshake messages: bytes to dataclasses and back, and what the syntax does not allow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handshake import messages
from handshake.certificate_extensions import CertificateStatus
from handshake.constants import HELLO_RETRY_REQUEST_RANDOM, HandshakeType
from handshake.errors import DecodeError, IllegalParameter, PeerError
from handshake.extensions import (
    Cookie,
    KeyShareEntry,
    SelectedGroup,
    SelectedVersion,
    ServerKeyShare,
    SupportedGroups,
    SupportedVersions,
    UnusedExtension,
)
from handshake.messages import (
    Certificate,
    CertificateEntry,
    CertificateRequest,
    CertificateVerify,
    ClientHello,
    EncryptedExtensions,
    EndOfEarlyData,
    Finished,
    HelloRetryRequest,
    KeyUpdate,
    Message,
    NewSessionTicket,
    ServerHello,
)
from handshake.psk_extensions import MaxEarlyData, OfferedPsks, PskIdentity
from tests.support import rfc8448
from tests.support.strategies import MESSAGES, any_message

RANDOM = bytes(range(32))

EXAMPLES: list[Message] = [
    ClientHello(RANDOM, b"session", (0x1303, 0x0A0A), (SupportedVersions((0x0304,)),)),
    ServerHello(
        RANDOM, b"session", 0x1303, (SelectedVersion(), ServerKeyShare(KeyShareEntry(29, bytes(32))))
    ),
    HelloRetryRequest(b"session", 0x1303, (SelectedVersion(), SelectedGroup(29), Cookie(b"cookie"))),
    EncryptedExtensions((SupportedGroups((29, 23)),)),
    CertificateRequest(b"context", (UnusedExtension(0xABCD, b"data"),)),
    Certificate(
        (CertificateEntry(b"one"), CertificateEntry(b"two", (CertificateStatus(b"good"),))), b"context"
    ),
    CertificateVerify(0x0807, bytes(64)),
    Finished(bytes(32)),
    EndOfEarlyData(),
    NewSessionTicket(7200, 12345, b"nonce", b"ticket", (MaxEarlyData(4096),)),
    KeyUpdate(1),
]


def kind(message: Message) -> str:
    return type(message).__name__


def body(raw: bytes) -> bytes:
    return raw[messages.HEADER_SIZE :]


def framed(message_type: int, content: bytes) -> bytes:
    return bytes([message_type]) + len(content).to_bytes(3, "big") + content


# Round trips


@pytest.mark.parametrize("name", MESSAGES)
def test_round_trip(name: str) -> None:
    @given(MESSAGES[name])
    def check(message: Message) -> None:
        raw = messages.encode(message)
        assert raw == framed(message.type, body(raw))
        read = messages.decode(raw)
        assert kind(read) == name
        assert read == message

    check()


@pytest.mark.parametrize(
    ("section", "name"),
    [(section, name) for section in rfc8448.SECTIONS for name in rfc8448.load(section).messages],
)
def test_recorded_messages_are_read_and_written_as_they_were(section: str, name: str) -> None:
    raw = rfc8448.load(section).messages[name]
    assert messages.encode(messages.decode(raw)) == raw


def test_the_random_tells_a_hello_retry_request_from_a_server_hello() -> None:  # section 4.2.3 [12]
    trace = rfc8448.load("5").messages
    assert isinstance(messages.decode(trace["hello_retry_request"]), HelloRetryRequest)
    assert isinstance(messages.decode(trace["server_hello"]), ServerHello)
    assert trace["hello_retry_request"][6:38] == HELLO_RETRY_REQUEST_RANDOM


@given(any_message, st.data())
def test_changed_bytes_are_read_or_refused_and_nothing_else(message: Message, data: st.DataObject) -> None:
    raw = bytearray(messages.encode(message))
    for _ in range(data.draw(st.integers(1, 3))):
        if len(raw) > messages.HEADER_SIZE:
            raw[data.draw(st.integers(messages.HEADER_SIZE, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        read = messages.decode(bytes(raw))
    except PeerError:
        return
    assert messages.decode(messages.encode(read)) == read


# Lengths


@pytest.mark.parametrize("message", EXAMPLES, ids=kind)
def test_every_truncated_message_is_refused(message: Message) -> None:  # section 6 [9]
    raw = messages.encode(message)
    for length in range(1, len(raw)):
        with pytest.raises(DecodeError):
            messages.decode(raw[:length])


@pytest.mark.parametrize("message", EXAMPLES, ids=kind)
def test_every_truncated_body_is_refused(message: Message) -> None:
    """The header says how much is left, so the fields have to notice."""
    content = body(messages.encode(message))
    # Where the extensions are missing altogether, it is an older hello, for others to refuse.
    without_extensions = {
        "ClientHello": 2 + 32 + 8 + 6 + 2,
        "ServerHello": 2 + 32 + 8 + 2 + 1,
        "HelloRetryRequest": 2 + 32 + 8 + 2 + 1,
    }.get(kind(message))
    for length in range(len(content)):
        raw = framed(message.type, content[:length])
        if length == without_extensions or isinstance(message, Finished):
            messages.decode(raw)
            continue
        with pytest.raises(DecodeError):
            messages.decode(raw)


@pytest.mark.parametrize("message", [m for m in EXAMPLES if not isinstance(m, Finished)], ids=kind)
@pytest.mark.parametrize("rest", [b"\x00", b"\x00\x00", bytes(8)])
def test_trailing_bytes_are_refused(message: Message, rest: bytes) -> None:  # section 6 [9]
    with pytest.raises(DecodeError, match="bytes too many"):
        messages.decode(framed(message.type, body(messages.encode(message)) + rest))


HELLO = "0303" + RANDOM.hex()

BOUNDS = {
    "ClientHello: session id of 33 bytes": (1, HELLO + "21" + "aa" * 33 + "0002 1303 01 00"),
    "ClientHello: no suites": (1, HELLO + "00 0000 01 00"),
    "ClientHello: half a suite": (1, HELLO + "00 0003 1303 13 01 00"),
    "ClientHello: no compression method": (1, HELLO + "00 0002 1303 00"),
    "ClientHello: one byte of extensions": (1, HELLO + "00 0002 1303 01 00 00"),
    "ClientHello: an extension without its body": (1, HELLO + "00 0002 1303 01 00 0002 abcd"),
    "ServerHello: session id of 33 bytes": (2, HELLO + "21" + "aa" * 33 + "1303 00"),
    "ServerHello: one byte of extensions": (2, HELLO + "00 1303 00 00"),
    "EncryptedExtensions: nothing": (8, ""),
    "CertificateRequest: no extensions": (13, "00"),
    "Certificate: an empty certificate": (11, "00 000005 000000 0000"),
    "Certificate: an entry without extensions": (11, "00 000004 000001 aa"),
    "CertificateVerify: no signature": (15, "0807"),
    "NewSessionTicket: an empty ticket": (4, "00000001 00000001 00 0000 0000"),
    "NewSessionTicket: no extensions": (4, "00000001 00000001 00 0001 aa"),
    "KeyUpdate: nothing": (24, ""),
    "KeyUpdate: two bytes": (24, "0000"),
}


@pytest.mark.parametrize("name", BOUNDS)
def test_the_bounds_of_the_syntax(name: str) -> None:  # section 6 [9]
    message_type, content = BOUNDS[name]
    with pytest.raises(DecodeError):
        messages.decode(framed(message_type, bytes.fromhex(content)))


WITHIN_BOUNDS = {
    "ClientHello: session id of 32 bytes": (1, HELLO + "20" + "aa" * 32 + "0002 1303 01 00"),
    "ClientHello: no extensions at all": (1, HELLO + "00 0002 1303 01 00"),
    "ServerHello: session id of 32 bytes": (2, HELLO + "20" + "aa" * 32 + "1303 00"),
    "ServerHello: no extensions at all": (2, HELLO + "00 1303 00"),
    "EncryptedExtensions: none": (8, "0000"),
    "Certificate: none": (11, "00 000000"),
    "CertificateVerify: an empty signature": (15, "0807 0000"),
    "NewSessionTicket: no nonce": (4, "00000001 00000001 00 0001 aa 0000"),
    "KeyUpdate: not requested": (24, "00"),
    "KeyUpdate: requested": (24, "01"),
}


@pytest.mark.parametrize("name", WITHIN_BOUNDS)
def test_what_is_just_within_bounds(name: str) -> None:
    message_type, content = WITHIN_BOUNDS[name]
    raw = framed(message_type, bytes.fromhex(content))
    messages.decode(raw)


# What the syntax allows and the meaning does not


@pytest.mark.parametrize("value", [2, 3, 255])
def test_key_update_knows_two_values(value: int) -> None:  # section 4.7.3 [4]
    with pytest.raises(IllegalParameter, match=f"request_update is {value}"):
        messages.decode(framed(24, bytes([value])))


def test_pre_shared_key_is_the_last_extension_of_a_client_hello() -> None:  # section 4.3.11 [18]
    psk, other = OfferedPsks((PskIdentity(b"ticket", 0),), (bytes(32),)), UnusedExtension(0xABCD)
    last = ClientHello(RANDOM, b"", (0x1303,), (other, psk))
    assert messages.decode(messages.encode(last)) == last
    not_last = ClientHello(RANDOM, b"", (0x1303,), (psk, other))
    with pytest.raises(IllegalParameter, match="not the last"):
        messages.decode(messages.encode(not_last))


# The types


def test_one_type_stands_for_no_message_that_can_be_read() -> None:
    with pytest.raises(DecodeError, match="not a message that can be parsed"):
        messages.decode(framed(HandshakeType.MESSAGE_HASH, b""))


def test_the_types_are_those_of_section_4() -> None:
    names = {message.type.name.lower(): int(message.type) for message in EXAMPLES}
    assert names == {
        "client_hello": 1,
        "server_hello": 2,  # HelloRetryRequest as well
        "new_session_ticket": 4,
        "end_of_early_data": 5,
        "encrypted_extensions": 8,
        "certificate": 11,
        "certificate_request": 13,
        "certificate_verify": 15,
        "finished": 20,
        "key_update": 24,
    }


# Looking for extensions


def test_find_goes_by_class_and_has_by_type() -> None:
    hello = ClientHello(RANDOM, b"", (0x1303,), (SupportedVersions((0x0304,)), UnusedExtension(0xABCD)))
    assert hello.find(SupportedVersions) == SupportedVersions((0x0304,))
    assert hello.find(SupportedGroups) is None
    assert [hello.has(number) for number in (43, 0xABCD, 10)] == [True, True, False]
