"""What a server refuses, and how: a hostile client says one wrong thing after many right ones.

As in test_client.py, the last step of each script is the one that is refused.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from handshake import client_offer, messages, server_choice
from handshake.constants import ExtensionType, HandshakeType
from handshake.errors import (
    DecodeError,
    DecryptError,
    IllegalParameter,
    MissingExtension,
    NoCommonApplicationProtocol,
    NoCommonParameters,
    UnexpectedMessage,
    UnsupportedVersion,
)
from handshake.extensions import (
    ApplicationProtocols,
    ClientKeyShares,
    Cookie,
    Extension,
    KeyShareEntry,
    SelectedGroup,
    SelectedVersion,
    ServerName,
    SignatureAlgorithms,
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
    Finished,
    HelloRetryRequest,
    KeyUpdate,
    NewSessionTicket,
    ServerHello,
)
from handshake.pre_shared_keys import PreSharedKey
from handshake.psk_extensions import EarlyDataIndication, OfferedPsks, PskIdentity, PskKeyExchangeModes
from handshake.settings import Grease
from record.errors import UnexpectedRecord
from tests.support import hostile, oracle, peers_in_memory, remembered
from tests.support.hostile import HostileClient, Refused, Table, assert_connected, assert_refused
from tests.support.peers_in_memory import X25519

SECP256R1 = 0x0017  # a group for which our side has no private key here
HYBRID = oracle.X25519MLKEM768
AES_128_GCM, CHACHA20 = 0x1301, 0x1303
GREASE = Grease(cipher_suite=0x1A1A, version=0x2A2A, group=0x3A3A, signature_scheme=0x4A4A, extension=0x5A5A)
PUBLIC = oracle.public_value(hostile.PRIVATE_KEY)
GOOD_SHARE = KeyShareEntry(X25519, PUBLIC)
PSK = OfferedPsks((PskIdentity(b"a ticket", 0),), (bytes(32),))
UNKNOWN = UnusedExtension(0xABCD, b"?")


@pytest.fixture(scope="module", autouse=True)
def remember() -> Iterator[None]:
    with remembered.primitives():
        yield


def shares(*entries: KeyShareEntry) -> ClientKeyShares:
    return ClientKeyShares(entries)


def instead(*extensions: Any) -> dict[str, Any]:
    return {"instead": extensions}


# ClientHello: one thing is not as it should be (sections 4.2.2, 4.3 and 9.2)

CLIENT_HELLOS: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    # sections 4.3.1 [5] and 9.2 [3], appendices E.2 [3] and E.5 [4]
    "TLS 1.2": ({"without": (SupportedVersions,)}, UnsupportedVersion, "protocol_version"),
    "TLS 1.2, by supported_versions": (  # section 4.3.1 [4, 5, 9]
        instead(SupportedVersions((0x0303, 0x0302))),
        UnsupportedVersion,
        "protocol_version",
    ),
    "a version of the future": (  # section 4.3.1 [6]
        instead(SupportedVersions((0x0305,))),
        UnsupportedVersion,
        "protocol_version",
    ),
    "no extensions": ({"extensions": ()}, UnsupportedVersion, "protocol_version"),
    # section 4.2.2 [7]
    "legacy_version of TLS 1.3": ({"legacy_version": 0x0304}, UnsupportedVersion, "protocol_version"),
    # section 4.2.2 [7]
    "legacy_version of TLS 1.0": ({"legacy_version": 0x0301}, UnsupportedVersion, "protocol_version"),
    # section 4.2.2 [16]
    "compression": ({"legacy_compression_methods": b"\x01"}, IllegalParameter, "illegal_parameter"),
    "compression or none": (  # section 4.2.2 [16]
        {"legacy_compression_methods": b"\x01\x00"},
        IllegalParameter,
        "illegal_parameter",
    ),
    "no compression, twice": (  # section 4.2.2 [16]
        {"legacy_compression_methods": b"\x00\x00"},
        IllegalParameter,
        "illegal_parameter",
    ),
    "no compression method": ({"legacy_compression_methods": b""}, DecodeError, "decode_error"),
    "session id of 33 bytes": ({"legacy_session_id": bytes(33)}, DecodeError, "decode_error"),
    # What has to be there is looked for before anything is chosen: no suite fits either.
    "neither groups nor shares": (  # section 9.2 [5, 10]
        {"without": (SupportedGroups, ClientKeyShares), "cipher_suites": (0x1304,)},
        MissingExtension,
        "missing_extension",
    ),
    "no schemes for signatures": (  # section 4.3.3 [3]
        {"without": (SignatureAlgorithms,), "cipher_suites": (0x1304,)},
        MissingExtension,
        "missing_extension",
    ),
    "no suites": ({"cipher_suites": ()}, DecodeError, "decode_error"),
    # section 9.2 [5, 10, 12]
    "no supported_groups": ({"without": (SupportedGroups,)}, MissingExtension, "missing_extension"),
    # section 9.2 [6, 11, 12]
    "no key_share": ({"without": (ClientKeyShares,)}, MissingExtension, "missing_extension"),
    # sections 4.3.3 [3] and 9.2 [10, 12]
    "no signature_algorithms": ({"without": (SignatureAlgorithms,)}, MissingExtension, "missing_extension"),
    "no suite in common": (  # section 4.2.1 [4]
        {"cipher_suites": (0x1304, 0x1305)},
        NoCommonParameters,
        "handshake_failure",
    ),
    "no group in common": (  # sections 4.2.1 [1] and 4.3.8 [13]
        {"instead": (SupportedGroups((SECP256R1,)), shares(KeyShareEntry(SECP256R1, b"\x04" + bytes(64))))},
        NoCommonParameters,
        "handshake_failure",
    ),
    "no scheme in common": (  # section 4.2.1 [4]
        instead(SignatureAlgorithms((0x0403, 0x0804))),
        NoCommonParameters,
        "handshake_failure",
    ),
    "two shares for one group": (
        instead(shares(GOOD_SHARE, GOOD_SHARE)),
        IllegalParameter,
        "illegal_parameter",
    ),
    "two different shares for one group": (
        instead(shares(GOOD_SHARE, KeyShareEntry(X25519, bytes(range(32))))),
        IllegalParameter,
        "illegal_parameter",
    ),
    "a share for a group that is not supported": (
        instead(shares(GOOD_SHARE, KeyShareEntry(SECP256R1, b"\x04" + bytes(64)))),
        IllegalParameter,
        "illegal_parameter",
    ),
    "a share of 31 bytes": (
        instead(shares(KeyShareEntry(X25519, PUBLIC[:31]))),
        IllegalParameter,
        "illegal_parameter",
    ),
    "a share of 33 bytes": (
        instead(shares(KeyShareEntry(X25519, PUBLIC + b"\x00"))),
        IllegalParameter,
        "illegal_parameter",
    ),
    "a share of zeros": (  # section 7.4.2 [3]
        instead(shares(KeyShareEntry(X25519, bytes(32)))),
        IllegalParameter,
        "illegal_parameter",
    ),
    "an empty share": (instead(shares(KeyShareEntry(X25519, b""))), DecodeError, "decode_error"),
    "a pre-shared key without modes": (  # section 4.3.9 [3]
        {"without": (PskKeyExchangeModes,), "extra": (PSK,)},
        MissingExtension,
        "missing_extension",
    ),
    "a pre-shared key that is not last": (  # section 4.3.11 [18]
        {"extra": (PSK, UNKNOWN)},
        IllegalParameter,
        "illegal_parameter",
    ),
    "an extension twice": ({"extra": (UNKNOWN, UNKNOWN)}, IllegalParameter, "illegal_parameter"),
    "oid_filters, which is for CertificateRequest": (  # section 4.3.5 [1]
        {"extra": (UnusedExtension(ExtensionType.OID_FILTERS),)},
        IllegalParameter,
        "illegal_parameter",
    ),
    "a host name with a line feed": (
        instead(ServerName("local\nhost")),
        IllegalParameter,
        "illegal_parameter",
    ),
}


@pytest.mark.parametrize("name", CLIENT_HELLOS)
def test_client_hello(name: str) -> None:
    replaced, error, alert = CLIENT_HELLOS[name]
    hostile_client = HostileClient()
    hostile_client.say_hello(**replaced)
    assert_refused(hostile_client, error, alert, "hello")
    assert hostile_client.messages_heard == []


def test_an_honest_client_is_not_refused() -> None:
    """Or else nothing here would mean anything."""
    honest = HostileClient()
    honest.connect()
    hostile.assert_still_talks(honest)


# The second ClientHello (section 4.2.2): the first, with the share that was asked for

SECOND_HELLOS: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "with another random": ({"random": bytes(32)}, IllegalParameter, "illegal_parameter"),
    "with another session id": ({"legacy_session_id": b"other"}, IllegalParameter, "illegal_parameter"),
    "with other suites": (
        {"cipher_suites": (CHACHA20, AES_128_GCM)},
        IllegalParameter,
        "illegal_parameter",
    ),
    "with other groups": (
        instead(SupportedGroups((X25519, SECP256R1))),
        IllegalParameter,
        "illegal_parameter",
    ),
    "with other schemes": (
        instead(SignatureAlgorithms((0x0807, 0x0403))),
        IllegalParameter,
        "illegal_parameter",
    ),
    "with another server name": (instead(ServerName("other.example")), IllegalParameter, "illegal_parameter"),
    "without the server name": ({"without": (ServerName,)}, IllegalParameter, "illegal_parameter"),
    "with one extension more": ({"extra": (UNKNOWN,)}, IllegalParameter, "illegal_parameter"),
    "with other versions": (
        instead(SupportedVersions((0x0304, 0x0303))),
        IllegalParameter,
        "illegal_parameter",
    ),
    "of TLS 1.2": ({"without": (SupportedVersions,)}, IllegalParameter, "illegal_parameter"),
    "with compression": ({"legacy_compression_methods": b"\x01"}, IllegalParameter, "illegal_parameter"),
    "with another legacy_version": ({"legacy_version": 0x0302}, UnsupportedVersion, "protocol_version"),
    "without a key_share": ({"without": (ClientKeyShares,)}, MissingExtension, "missing_extension"),
    "still with no share": (instead(shares()), IllegalParameter, "illegal_parameter"),
    "with two shares for one group": (
        instead(shares(GOOD_SHARE, GOOD_SHARE)),
        IllegalParameter,
        "illegal_parameter",
    ),
    "with a share of zeros": (
        instead(shares(KeyShareEntry(X25519, bytes(32)))),
        IllegalParameter,
        "illegal_parameter",
    ),
}


@pytest.mark.parametrize("name", SECOND_HELLOS)
def test_second_client_hello(name: str) -> None:  # section 4.2.2 [2]
    replaced, error, alert = SECOND_HELLOS[name]
    hostile_client = HostileClient()
    hostile_client.say_hello(key_share_groups=())
    hostile_client.say_hello(**replaced)
    assert_refused(hostile_client, error, alert, "hello")


@pytest.mark.parametrize(
    "wrong",
    [
        [KeyShareEntry(SECP256R1, b"\x04" + bytes(64))],
        [GOOD_SHARE, KeyShareEntry(SECP256R1, b"\x04" + bytes(64))],
    ],
    ids=["another share", "one share too many"],
)
# section 4.3.8 [11]
def test_the_second_hello_has_the_one_share_that_was_asked_for(wrong: list[KeyShareEntry]) -> None:
    hostile_client = HostileClient()
    groups = SupportedGroups((X25519, SECP256R1))
    hostile_client.say_hello(instead=(groups, shares()))
    hostile_client.say_hello(instead=(groups, ClientKeyShares(tuple(wrong))))
    assert_refused(hostile_client, IllegalParameter, "illegal_parameter", "hello")


def test_no_third_hello_is_waited_for() -> None:
    hostile_client = HostileClient()
    hostile_client.say_hello(key_share_groups=())
    hostile_client.say_hello()
    hostile_client.say(hostile_client.client_hello())
    assert_refused(hostile_client, UnexpectedMessage, "unexpected_message", "handshake")


# Longer stories

STORIES = Table()


@STORIES.refused(UnexpectedMessage, "unexpected_message", "hello")
def client_hello_twice_in_a_record(client: HostileClient) -> None:  # section 5.1 [5]
    """Handshake bytes are left over where the keys change (section 5.1)."""
    client.say(client.client_hello(), client.client_hello())


@STORIES.refused(UnexpectedMessage, "unexpected_message", "hello")
def one_byte_too_many_in_the_record_of_client_hello(client: HostileClient) -> None:
    client.say(client.client_hello(), b"\x14")


@STORIES.refused(UnexpectedMessage, "unexpected_message", "hello")
def finished_before_hello(client: HostileClient) -> None:
    client.say(Finished(bytes(32)))


@STORIES.refused(UnexpectedRecord, "unexpected_message", "handshake")
def finished_in_the_clear(client: HostileClient) -> None:
    client.say_hello()
    client.say_in_the_clear(22, messages.encode(client.finished()))


@STORIES.refused(DecryptError, "decrypt_error", "handshake")
def finished_off_by_one_bit(client: HostileClient) -> None:  # section 4.5.3 [1, 2, 3]
    client.say_hello()
    honest = client.finished().verify_data
    client.say(Finished(honest[:-1] + bytes([honest[-1] ^ 1])))


@STORIES.refused(DecryptError, "decrypt_error", "handshake")
def finished_of_the_server(client: HostileClient) -> None:
    client.say_hello()
    assert client.secrets is not None
    client.say(Finished(client.secrets.server_handshake.finished(client.through())))


@STORIES.refused(DecryptError, "decrypt_error", "handshake")
def the_servers_own_finished_sent_back(client: HostileClient) -> None:
    client.say_hello()
    client.say(client.messages_heard[-1])


@STORIES.refused(DecodeError, "decode_error", "handshake")
def finished_of_12_bytes(client: HostileClient) -> None:
    """As in TLS 1.2."""
    client.say_hello()
    client.say(Finished(client.finished().verify_data[:12]))


@STORIES.refused(DecodeError, "decode_error", "handshake")
def finished_of_33_bytes(client: HostileClient) -> None:
    client.say_hello()
    client.say(Finished(client.finished().verify_data + b"\x00"))


@STORIES.refused(UnexpectedMessage, "unexpected_message", "handshake")
def key_update_in_the_record_of_finished(client: HostileClient) -> None:
    """It would be read as if it were under the next keys (section 5.1)."""
    client.say_hello()
    client.say(client.finished(), KeyUpdate(0))


@STORIES.refused(UnexpectedMessage, "unexpected_message", "handshake")
def certificate_that_was_not_asked_for(client: HostileClient) -> None:  # section 4.5.1 [2]
    client.say_hello()
    client.say(Certificate(()))


@STORIES.refused(UnexpectedMessage, "unexpected_message", "handshake")
def end_of_early_data_where_there_were_none(client: HostileClient) -> None:
    client.say_hello()
    client.say(b"\x05\x00\x00\x00")


@STORIES.parametrize()
def test_stories(line: Refused) -> None:
    hostile_client = HostileClient()
    line.script(hostile_client)
    assert_refused(hostile_client, line.error, line.alert, line.phase)


# ALPN (RFC 7301 section 3.2)


@pytest.mark.parametrize(
    ("ours", "theirs", "chosen"),
    [
        ((b"h2", b"http/1.1"), (b"http/1.1", b"h2"), b"h2"),  # our preference decides
        ((b"http/1.1",), (b"h2", b"http/1.1"), b"http/1.1"),
        ((), (b"h2",), None),
        ((b"h2",), (), None),
        ((), (), None),
    ],
)
# sections 4.3 [3] and 4.4.1 [1]
def test_protocols(ours: tuple[bytes, ...], theirs: tuple[bytes, ...], chosen: bytes | None) -> None:
    honest = HostileClient(application_protocols=ours)
    honest.say_hello(application_protocols=theirs)
    honest.say_finished()
    assert_connected(honest)
    answer = [messages.decode(raw) for raw in honest.messages_heard if raw[0] == 8]
    expected = () if chosen is None else (ApplicationProtocols((chosen,)),)
    assert answer == [EncryptedExtensions((ServerName(None), *expected))]
    assert honest.victim.session is not None
    assert honest.victim.session.application_protocol == chosen


@pytest.mark.parametrize("theirs", [(b"h3",), (b"H2", b"h2 ", b"h")])
def test_no_protocol_in_common(theirs: tuple[bytes, ...]) -> None:
    hostile_client = HostileClient(application_protocols=(b"h2", b"http/1.1"))
    hostile_client.say_hello(application_protocols=theirs)
    assert_refused(hostile_client, NoCommonApplicationProtocol, "no_application_protocol", "hello")


# EncryptedExtensions (section 4.4.1), and the order of all that is answered


def answered(client: HostileClient) -> tuple[Extension, ...]:
    (answer,) = client.heard_of(HandshakeType.ENCRYPTED_EXTENSIONS)
    found: tuple[Extension, ...] = answer.extensions
    return found


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ((X25519,), ()),
        ((X25519, SECP256R1), ()),
        ((SECP256R1, X25519), (SupportedGroups((SECP256R1, X25519)),)),
    ],
)
def test_a_server_says_which_group_it_would_rather_have_had(
    groups: tuple[int, ...], expected: tuple[Extension, ...]
) -> None:  # section 4.3.7
    client = HostileClient(private_keys=dict.fromkeys(groups, peers_in_memory.SERVER_PRIVATE_KEY))
    client.connect()
    assert answered(client) == (ServerName(None), *expected)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("localhost", (ServerName(None),)), ("other.example", ()), ("no..name", ()), (None, ())],
)
def test_a_name_is_acknowledged_if_it_made_a_difference(
    name: str | None, expected: tuple[Extension, ...]
) -> None:  # RFC 6066 section 3
    client = HostileClient()
    client.connect(server_name=name)
    assert answered(client) == expected


def test_so_it_did_if_a_key_was_for_it() -> None:
    key = PreSharedKey(b"external", bytes(32))
    client = HostileClient(external_psks=(key,))
    client.connect(psks=[hostile.Psk(b"external", bytes(32), external=True)], server_name="other.example")
    assert answered(client) == (ServerName(None),)


def test_a_user_may_add_to_it_and_set_the_order() -> None:
    client = HostileClient(
        extensions=(UNKNOWN,),
        extension_order=(UNKNOWN.type, ExtensionType.KEY_SHARE, ExtensionType.COOKIE),
        cookie=b"cookie",
    )
    client.say_hello(key_share_groups=())
    client.connect(extra=(Cookie(b"cookie"),))
    request, hello = client.heard_of(HandshakeType.SERVER_HELLO)
    assert [e.type for e in request.extensions] == [
        ExtensionType.KEY_SHARE,
        ExtensionType.COOKIE,
        ExtensionType.SUPPORTED_VERSIONS,
    ]
    assert [e.type for e in hello.extensions] == [ExtensionType.KEY_SHARE, ExtensionType.SUPPORTED_VERSIONS]
    assert answered(client) == (UNKNOWN, ServerName(None))


# What differs from our own client's hello and is to be accepted


ACCEPTED: dict[str, dict[str, Any]] = {
    "grease everywhere": {"grease": GREASE},
    "an extension that nobody knows": {"extra": (UNKNOWN,)},  # section 4.2.2 [18]
    "extensions that we do not use": {
        "extra": tuple(UnusedExtension(number, b"\x00") for number in (5, 21, 27, 35, 0xFF01))
    },
    "a pre-shared key that nobody knows": {"extra": (PSK,)},
    "no pre-shared keys, now or later": {"without": (PskKeyExchangeModes,)},
    # section 4.2.2 [13]
    "suites that we do not have": {"cipher_suites": (0x1301, 0x1302, 0x00FF, CHACHA20, 0x5600)},
    "no compatibility mode": {"legacy_session_id": b""},
    "a session id of one byte": {"legacy_session_id": b"x"},
    # section 4.3.1 [7]
    "versions that we do not speak": instead(SupportedVersions((0x0305, 0x0304, 0x0303, 0x0300))),
    "groups that we do not have": instead(SupportedGroups((0x11EB, SECP256R1, X25519, 0x0100))),
    "shares that we do not understand": {
        "instead": (
            SupportedGroups((0x11EB, SECP256R1, X25519)),
            shares(KeyShareEntry(0x11EB, b"?"), KeyShareEntry(SECP256R1, b"?"), GOOD_SHARE),
        )
    },
    "schemes that we cannot sign in": instead(SignatureAlgorithms((0x0403, 0x0804, 0x0807, 0x0401))),
    "no server name": {"without": (ServerName,)},
    "a cookie that nobody gave": {"extra": (Cookie(b"?"),)},
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_is_accepted(name: str) -> None:  # section 9.3 [4]
    unusual = HostileClient()
    unusual.say_hello(**ACCEPTED[name])
    unusual.say_finished()
    hostile.assert_still_talks(unusual)


@pytest.mark.parametrize("session_id", [b"", b"x", bytes(range(32))])
# sections 4.2.3 [1, 8, 10, 11], 4.3.1 [12], 4.3.8 [12] and 9.2 [3]
def test_the_answer_echoes_and_chooses(session_id: bytes) -> None:
    honest = HostileClient()
    honest.say_hello(legacy_session_id=session_id, grease=GREASE)
    answer = messages.decode(honest.messages_heard[0])
    assert isinstance(answer, ServerHello)
    assert answer.random == peers_in_memory.SERVER_RANDOM
    assert (answer.legacy_version, answer.legacy_compression_method) == (0x0303, 0)
    assert answer.legacy_session_id_echo == session_id
    assert answer.cipher_suite == CHACHA20
    (version, key_share) = answer.extensions
    assert version == SelectedVersion(0x0304)
    public_value = oracle.public_value(peers_in_memory.SERVER_PRIVATE_KEY)
    assert key_share.server_share == KeyShareEntry(X25519, public_value)  # type: ignore[attr-defined]


# HelloRetryRequest


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"extra": (Cookie(b"cookie"),)},
        {"extra": (UnusedExtension(ExtensionType.PADDING, bytes(100)),)},
    ],
    ids=["the same", "a cookie more", "padding more"],
)
# sections 4.2.1 [3], 4.2.4 [1, 2, 3] and 9.2 [3]
def test_hello_retry_request(change: dict[str, Any]) -> None:
    """What may change between the hellos may change (section 4.2.2)."""
    honest = HostileClient()
    honest.say_hello(key_share_groups=())
    request = messages.decode(honest.messages_heard[0])
    expected = (SelectedVersion(), SelectedGroup(X25519))
    assert request == HelloRetryRequest(peers_in_memory.SESSION_ID, CHACHA20, expected)
    honest.say_hello(**change)
    honest.say_finished()
    hostile.assert_still_talks(honest)
    assert honest.victim.session is not None
    assert honest.victim.session.hello_retried


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((EarlyDataIndication(), PSK), (PSK,)),
        ((PSK,), (OfferedPsks((PskIdentity(b"a ticket", 1),), (bytes(32),)),)),
        ((PSK,), ()),
        ((UnusedExtension(ExtensionType.PADDING, bytes(9)),), ()),
    ],
    ids=["early data no more", "another binder", "the pre-shared key removed", "padding removed"],
)
def test_what_may_be_changed_or_left_out(first: tuple[Extension, ...], second: tuple[Extension, ...]) -> None:
    honest = HostileClient()
    honest.say_hello(key_share_groups=(), extra=first)
    honest.say_hello(extra=second)
    honest.say_finished()
    hostile.assert_still_talks(honest)


def test_a_share_that_is_there_saves_the_round_trip() -> None:
    honest = HostileClient()
    groups = SupportedGroups((SECP256R1, X25519))
    honest.say_hello(instead=(groups, shares(GOOD_SHARE)))
    assert isinstance(messages.decode(honest.messages_heard[0]), ServerHello)
    honest.say_finished()
    hostile.assert_still_talks(honest)


# Preferences


@pytest.mark.parametrize("preferred", [AES_128_GCM, CHACHA20])
def test_the_servers_order_of_suites_decides(preferred: int) -> None:
    ours = (preferred, AES_128_GCM ^ CHACHA20 ^ preferred)
    settings = peers_in_memory.server_settings(cipher_suites=ours)
    for theirs in (ours, ours[::-1]):
        hello, _ = client_offer.first_hello(peers_in_memory.client_settings(cipher_suites=theirs))
        assert server_choice.choose(settings, server_choice.read_offer(hello)).suite.number == preferred


def test_the_servers_order_of_groups_decides_among_those_with_a_share() -> None:
    keys = {SECP256R1: bytes(31) + b"\1", X25519: bytes(32)}
    settings = peers_in_memory.server_settings(private_keys=keys)
    hello, _ = client_offer.first_hello(peers_in_memory.client_settings(private_keys=keys))
    assert server_choice.choose(settings, server_choice.read_offer(hello)).group == X25519
    both = replace(
        hello,
        extensions=tuple(
            shares(GOOD_SHARE, KeyShareEntry(SECP256R1, b"?")) if isinstance(e, ClientKeyShares) else e
            for e in hello.extensions
        ),
    )
    assert server_choice.choose(settings, server_choice.read_offer(both)).group == SECP256R1


@pytest.mark.parametrize(
    ("ours", "shares_for", "expected"),
    [
        ((HYBRID, X25519), (HYBRID, X25519), HYBRID),
        ((HYBRID, X25519), (X25519,), HYBRID),  # worth a round trip
        ((X25519, HYBRID), (X25519,), X25519),  # but it is for us to say what is best
        ((X25519, HYBRID), (HYBRID,), HYBRID),
        ((HYBRID, SECP256R1), (X25519,), HYBRID),
        ((SECP256R1, X25519), (HYBRID, X25519), X25519),
    ],
)
def test_a_hybrid_that_we_like_best_is_worth_a_round_trip(
    ours: tuple[int, ...], shares_for: tuple[int, ...], expected: int
) -> None:
    settings = peers_in_memory.server_settings(private_keys=peers_in_memory.server_keys(*ours))
    keys = peers_in_memory.client_keys(HYBRID, X25519, SECP256R1)
    hello, _ = client_offer.first_hello(
        peers_in_memory.client_settings(private_keys=keys, key_share_groups=shares_for)
    )
    choice = server_choice.choose(settings, server_choice.read_offer(hello))
    assert (choice.group, choice.needs_share) == (expected, expected not in shares_for)


# Every message where another one is expected

EXAMPLES: dict[int, bytes] = {
    raw[0]: raw
    for raw in [
        messages.encode(message)
        for message in (
            ClientHello(bytes(32), b"", (CHACHA20,), ()),
            ServerHello(bytes(32), b"", CHACHA20, (SelectedVersion(),)),
            EncryptedExtensions(),
            CertificateRequest(b"", (SignatureAlgorithms((0x0807,)),)),
            Certificate((CertificateEntry(b"certificate"),)),
            CertificateVerify(0x0807, bytes(64)),
            Finished(bytes(32)),
            NewSessionTicket(1, 2, b"", b"ticket"),
            KeyUpdate(0),
        )
    ]
}
STATES: dict[str, tuple[set[int], hostile.Phase]] = {
    # what may come now, and how far the server is
    "waiting for ClientHello": ({1}, "hello"),
    "waiting for the second ClientHello": ({1}, "hello"),
    "waiting for Finished": ({20}, "handshake"),
    "connected": ({24}, "connected"),
}
TYPES = sorted({*HandshakeType, 0, 3, 6, 7, 100, 255})


def client_at(state: str) -> HostileClient:
    """A client whose victim is in this state."""
    reached = HostileClient()
    if state == "waiting for the second ClientHello":
        reached.say_hello(key_share_groups=())
    elif state != "waiting for ClientHello":
        reached.say_hello()
    if state == "connected":
        reached.say_finished()
    return reached


@pytest.mark.parametrize(
    ("state", "message_type"),
    [(state, number) for state in STATES for number in TYPES if number not in STATES[state][0]],
)
# sections 4 [2], 4.2.2 [3] and 4.7.3 [1]
def test_every_other_message_is_unexpected(state: str, message_type: int) -> None:
    hostile_client = client_at(state)
    hostile_client.say(EXAMPLES.get(message_type, bytes([message_type, 0, 0, 0])))
    assert_refused(hostile_client, UnexpectedMessage, "unexpected_message", STATES[state][1])


def test_the_refusal_names_the_line_that_was_waiting() -> None:
    hostile_client = client_at("waiting for Finished")
    hostile_client.say(Certificate(()))
    error = hostile_client.events[-1].error  # type: ignore[union-attr]
    lines, traceback = [], error.__traceback__
    while traceback is not None:
        lines.append(traceback.tb_frame.f_code.co_name)
        traceback = traceback.tb_next
    assert lines[-2:] == ["handshake", "receive"]
    assert str(error) == "handshake message certificate, expected finished"


def test_suite_and_version_are_those_of_the_request() -> None:
    """Whatever else client and server have in common (section 4.2.4 [9, 12])."""
    both = (0x1301, 0x1303)
    honest = HostileClient(suite=0x1301, cipher_suites=both)
    honest.say_hello(cipher_suites=both[::-1], key_share_groups=())
    honest.say_hello(cipher_suites=both[::-1])
    request, hello = (messages.decode(raw) for raw in honest.messages_heard[:2])
    assert isinstance(request, HelloRetryRequest)
    assert isinstance(hello, ServerHello)
    assert request.cipher_suite == hello.cipher_suite == 0x1301
    assert request.find(SelectedVersion) == hello.find(SelectedVersion) == SelectedVersion(0x0304)


def test_status_request_v2_has_no_effect() -> None:  # section 4.5.1.1 [2, 3, 4]
    status_request_v2 = UnusedExtension(17, b"\x00\x07\x02\x00\x04\x00\x00\x00\x00")
    heard = []
    for extra in ((), (status_request_v2,)):
        honest = HostileClient()
        honest.say_hello(extra=extra)
        heard.append([messages.decode(raw) for raw in honest.messages_heard[1:3]])
        honest.say_finished()
        hostile.assert_still_talks(honest)
    assert heard[0] == heard[1]
