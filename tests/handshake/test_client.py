"""What a client refuses, and how: a hostile server says one wrong thing after many right ones.

Each line of a table is a script for the server.  Its last step is refused, with exactly this error and this
alert; `assert_refused` checks the rest: no byte for the application, nothing sent after the alert, and every
further call raises the same error.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from handshake import messages
from handshake.certificate_extensions import CertificateStatus
from handshake.constants import (
    DOWNGRADE_TLS_1_1,
    DOWNGRADE_TLS_1_2,
    HandshakeType,
    SignatureScheme,
)
from handshake.errors import (
    DecodeError,
    DecryptError,
    IllegalParameter,
    MissingExtension,
    UnexpectedMessage,
    UnsupportedExtension,
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
    ServerKeyShare,
    ServerName,
    SignatureAlgorithms,
    SupportedGroups,
    UnusedExtension,
)
from handshake.messages import (
    Certificate,
    CertificateEntry,
    CertificateRequest,
    CertificateVerify,
    EncryptedExtensions,
    Finished,
    KeyUpdate,
    Message,
    NewSessionTicket,
)
from handshake.psk_extensions import EarlyDataIndication, SelectedPsk
from handshake.settings import Grease
from record.errors import UnexpectedRecord
from tests.support import certificates, hostile, oracle, peers_in_memory, remembered
from tests.support.hostile import HostileServer, Refused, Table, assert_connected, assert_refused
from tests.support.oracle import X25519MLKEM768
from tests.support.peers_in_memory import X25519
from tls.connection import Connection
from tls.events import ConnectionFailed
from x509 import distinguished_names, encoding, oids
from x509.algorithms import NULL
from x509.errors import (
    CertificateExpired,
    CertificateNotYetValid,
    InvalidCertificateSignature,
    MalformedCertificate,
    NameMismatch,
    NotPermitted,
    UnknownAuthority,
    UnsupportedCertificate,
    WeakSignature,
)

SECP256R1 = 0x0017  # a group for which our side has no private key here
AES_128_GCM, CHACHA20, AES_128_CCM = 0x1301, 0x1303, 0x1304
GREASE = Grease(cipher_suite=0x1A1A, version=0x2A2A, group=0x3A3A, signature_scheme=0x4A4A, extension=0x5A5A)
UNKNOWN = UnusedExtension(0xABCD, b"?")


@pytest.fixture(scope="module", autouse=True)
def remember() -> Iterator[None]:
    with remembered.primitives():
        yield


def share(group: int, value: bytes) -> ServerKeyShare:
    return ServerKeyShare(KeyShareEntry(group, value))


GOOD_SHARE = share(X25519, oracle.public_value(hostile.PRIVATE_KEY))
TLS_1_3 = SelectedVersion(0x0304)

# ServerHello: one field is not as it should be (section 4.2.3)

SERVER_HELLOS: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    # section 4.2.3 [2]
    "legacy_version of TLS 1.3": ({"legacy_version": 0x0304}, UnsupportedVersion, "protocol_version"),
    # section 4.2.3 [2]
    "legacy_version of TLS 1.1": ({"legacy_version": 0x0302}, UnsupportedVersion, "protocol_version"),
    # section 4.2.3 [6]
    "session id not echoed": ({"legacy_session_id_echo": b""}, IllegalParameter, "illegal_parameter"),
    # section 4.2.3 [6]
    "session id echoed wrong": ({"legacy_session_id_echo": bytes(32)}, IllegalParameter, "illegal_parameter"),
    # section 4.2.3 [9]
    "compression": ({"legacy_compression_method": 1}, IllegalParameter, "illegal_parameter"),
    # section 4.2.3 [7]
    "a suite that was not offered": ({"cipher_suite": AES_128_GCM}, IllegalParameter, "illegal_parameter"),
    "a suite of TLS 1.2": ({"cipher_suite": 0xC02B}, IllegalParameter, "illegal_parameter"),
    "selected_version TLS 1.2": (  # sections 4.2.4 [13] and 4.3.1 [15, 17], appendix E.5 [4]
        {"extensions": (SelectedVersion(0x0303), GOOD_SHARE)},
        IllegalParameter,
        "illegal_parameter",
    ),
    "selected_version of the future": (  # section 4.3.1 [17]
        {"extensions": (SelectedVersion(0x0305), GOOD_SHARE)},
        IllegalParameter,
        "illegal_parameter",
    ),
    # section 4.3.1 [16], appendix E.1 [3]
    "no supported_versions": ({"extensions": (GOOD_SHARE,)}, UnsupportedVersion, "protocol_version"),
    "no extensions": ({"extensions": ()}, UnsupportedVersion, "protocol_version"),
    "TLS 1.2, with the extensions of TLS 1.2": (  # section 4.3.1 [14]
        {"extensions": (UnusedExtension(0xFF01, b"\x00"), ApplicationProtocols((b"h2",)))},
        UnsupportedVersion,
        "protocol_version",
    ),
    "TLS 1.2 where TLS 1.3 is known": (  # section 4.2.3 [16, 18]
        {"extensions": (), "random": bytes(24) + DOWNGRADE_TLS_1_2},
        IllegalParameter,
        "illegal_parameter",
    ),
    "TLS 1.1 where TLS 1.3 is known": (  # section 4.2.3 [16]
        {"extensions": (), "random": bytes(24) + DOWNGRADE_TLS_1_1},
        IllegalParameter,
        "illegal_parameter",
    ),
    "no key_share": ({"extensions": (TLS_1_3,)}, MissingExtension, "missing_extension"),  # section 9.2 [6]
    "a group that was not offered": (
        {"extensions": (TLS_1_3, share(SECP256R1, b"\x04" + bytes(64)))},
        IllegalParameter,
        "illegal_parameter",
    ),
    "a share of 31 bytes": (
        {"extensions": (TLS_1_3, share(X25519, bytes(range(31))))},
        IllegalParameter,
        "illegal_parameter",
    ),
    "a share of 33 bytes": (
        {"extensions": (TLS_1_3, share(X25519, bytes(range(33))))},
        IllegalParameter,
        "illegal_parameter",
    ),
    "a share of zeros": (  # sections 6 [10] and 7.4.2 [3]
        {"extensions": (TLS_1_3, share(X25519, bytes(32)))},
        IllegalParameter,
        "illegal_parameter",
    ),
    "a share of small order": (  # section 7.4.2 [3]
        {"extensions": (TLS_1_3, share(X25519, b"\x01" + bytes(31)))},
        IllegalParameter,
        "illegal_parameter",
    ),
    "an extension that nobody knows": (  # section 4.3 [4]
        {"extensions": (TLS_1_3, GOOD_SHARE, UNKNOWN)},
        UnsupportedExtension,
        "unsupported_extension",
    ),
    "a pre-shared key that was not offered": (
        {"extensions": (TLS_1_3, GOOD_SHARE, SelectedPsk(0))},
        UnsupportedExtension,
        "unsupported_extension",
    ),
    "a cookie, which is for HelloRetryRequest": (
        {"extensions": (TLS_1_3, GOOD_SHARE, Cookie(b"cookie"))},
        IllegalParameter,
        "illegal_parameter",
    ),
    "server_name, which is for EncryptedExtensions": (
        {"extensions": (TLS_1_3, GOOD_SHARE, ServerName(None))},
        IllegalParameter,
        "illegal_parameter",
    ),
    "an extension twice": (
        {"extensions": (TLS_1_3, GOOD_SHARE, GOOD_SHARE)},
        IllegalParameter,
        "illegal_parameter",
    ),
}


@pytest.mark.parametrize("name", SERVER_HELLOS)
def test_server_hello(name: str) -> None:
    replaced, error, alert = SERVER_HELLOS[name]
    server = HostileServer()
    server.say(server.server_hello(**replaced))
    assert_refused(server, error, alert, "hello")


@pytest.mark.parametrize("name", SERVER_HELLOS)
def test_server_hello_after_a_hello_retry_request(name: str) -> None:
    """The second answer is judged like the first."""
    replaced, error, alert = SERVER_HELLOS[name]
    server = HostileServer(key_share_groups=())
    server.ask_again()
    server.say(server.server_hello(**replaced))
    assert_refused(server, error, alert, "hello")


def test_an_honest_server_is_not_refused() -> None:
    """Or else nothing here would mean anything."""
    server = HostileServer()
    server.connect()
    hostile.assert_still_talks(server)


@pytest.mark.parametrize("position", range(24))
def test_a_sentinel_stands_at_the_end(position: int) -> None:
    """The last eight bytes count, and all of them (section 4.2.3)."""
    server = HostileServer()
    random = (bytes(position) + DOWNGRADE_TLS_1_2).ljust(32, b"\x00")
    server.say(server.server_hello(extensions=(), random=random))
    assert_refused(server, UnsupportedVersion, "protocol_version", "hello")


def test_in_tls_1_3_a_sentinel_means_nothing() -> None:
    server = HostileServer()
    server.say_hello(random=bytes(24) + DOWNGRADE_TLS_1_2)
    server.say_extensions()
    assert server.events == []


# HelloRetryRequest (section 4.2.4); its victim has sent no key share yet

HELLO_RETRY_REQUESTS: dict[str, tuple[tuple[Extension, ...], dict[str, Any], type[Exception], str]] = {
    "that changes nothing": ((), {}, IllegalParameter, "illegal_parameter"),  # section 4.2.4 [5]
    "for a group that was not offered": (  # section 4.3.8 [9, 10]
        (SelectedGroup(SECP256R1),),
        {},
        IllegalParameter,
        "illegal_parameter",
    ),
    "with an extension that nobody knows": (  # section 4.3 [4]
        (SelectedGroup(X25519), UNKNOWN),
        {},
        UnsupportedExtension,
        "unsupported_extension",
    ),
    "with ALPN, which is for EncryptedExtensions": (
        (SelectedGroup(X25519), ApplicationProtocols((b"h2",))),
        {},
        IllegalParameter,
        "illegal_parameter",
    ),
    "for a suite that was not offered": (  # section 4.2.4 [4, 8]
        (SelectedGroup(X25519),),
        {"cipher_suite": AES_128_GCM},
        IllegalParameter,
        "illegal_parameter",
    ),
    "without supported_versions": (
        (),
        {"extensions": (SelectedGroup(X25519),)},
        MissingExtension,
        "missing_extension",
    ),
    "for TLS 1.2": (
        (),
        {"extensions": (SelectedVersion(0x0303), SelectedGroup(X25519))},
        IllegalParameter,
        "illegal_parameter",
    ),
    "with a legacy_version of TLS 1.3": (  # section 4.2.4 [4]
        (SelectedGroup(X25519),),
        {"legacy_version": 0x0304},
        UnsupportedVersion,
        "protocol_version",
    ),
    "with another session id": (  # section 4.2.4 [4]
        (SelectedGroup(X25519),),
        {"legacy_session_id_echo": b"other"},
        IllegalParameter,
        "illegal_parameter",
    ),
    "with compression": (  # sections 4.2.3 [9] and 4.2.4 [4]
        (SelectedGroup(X25519),),
        {"legacy_compression_method": 1},
        IllegalParameter,
        "illegal_parameter",
    ),
    "with an empty cookie": ((Cookie(b""),), {}, DecodeError, "decode_error"),
}


@pytest.mark.parametrize("name", HELLO_RETRY_REQUESTS)
def test_hello_retry_request(name: str) -> None:
    extensions, replaced, error, alert = HELLO_RETRY_REQUESTS[name]
    server = HostileServer(key_share_groups=())
    server.say(server.hello_retry_request(*extensions, **replaced))
    assert_refused(server, error, alert, "hello")


# Longer stories.  The decorator's arguments are the victim's settings; then, what comes of the script.

STORIES = Table()
SETTINGS: dict[str, dict[str, Any]] = {}


def refused(error: type[Exception], alert: str | None, phase: hostile.Phase, **settings: Any) -> Any:
    def collect(script: Any) -> Any:
        SETTINGS[script.__name__] = settings
        return STORIES.refused(error, alert, phase)(script)

    return collect


@refused(IllegalParameter, "illegal_parameter", "hello")
def hello_retry_request_for_a_share_that_was_there(server: HostileServer) -> None:  # section 4.3.8 [9]
    server.ask_again(SelectedGroup(X25519))


@refused(IllegalParameter, "illegal_parameter", "hello", grease=GREASE)
def hello_retry_request_for_grease(server: HostileServer) -> None:
    server.ask_again(SelectedGroup(GREASE.group))


@refused(IllegalParameter, "illegal_parameter", "hello", legacy_session_id=b"")
def session_id_echoed_where_none_was_sent(server: HostileServer) -> None:  # section 4.2.3 [6]
    server.say_hello(legacy_session_id_echo=bytes(32))


@refused(IllegalParameter, "illegal_parameter", "hello", grease=GREASE)
def grease_as_the_suite(server: HostileServer) -> None:
    server.say(server.server_hello(cipher_suite=GREASE.cipher_suite))


@refused(IllegalParameter, "illegal_parameter", "hello", grease=GREASE)
def grease_as_the_version(server: HostileServer) -> None:  # section 4.3.1 [17]
    server.say(server.server_hello(extensions=(SelectedVersion(GREASE.version), GOOD_SHARE)))


@refused(IllegalParameter, "illegal_parameter", "hello", grease=GREASE)
def grease_as_the_group(server: HostileServer) -> None:
    """The victim has even sent a share for it, a zero byte."""
    server.say(server.server_hello(extensions=(TLS_1_3, share(GREASE.group, b"\x00"))))


@refused(UnsupportedExtension, "unsupported_extension", "hello", grease=GREASE)
def grease_as_an_extension(server: HostileServer) -> None:
    server.say(server.server_hello(extensions=(TLS_1_3, GOOD_SHARE, UnusedExtension(GREASE.extension))))


@refused(
    IllegalParameter,
    "illegal_parameter",
    "hello",
    private_keys={X25519: bytes(32), SECP256R1: bytes(31) + b"\1"},
)
def group_that_was_offered_without_a_share(server: HostileServer) -> None:
    server.say(server.server_hello(extensions=(TLS_1_3, share(SECP256R1, b"\x04" + bytes(64)))))


@refused(IllegalParameter, "illegal_parameter", "hello", key_share_groups=())
def share_where_the_victim_sent_none(server: HostileServer) -> None:
    """There is a private key for it, but no public value has been sent."""
    server.say(server.server_hello())


@refused(IllegalParameter, "illegal_parameter", "hello", key_share_groups=())
def share_where_only_a_cookie_was_asked_for(server: HostileServer) -> None:
    server.ask_again(Cookie(b"cookie"))
    server.say(server.server_hello())


@refused(UnexpectedMessage, "unexpected_message", "hello", key_share_groups=())
def second_hello_retry_request(server: HostileServer) -> None:  # sections 4 [2] and 4.2.4 [6]
    """Or else it could go on for ever."""
    server.ask_again(SelectedGroup(X25519))
    server.ask_again(Cookie(b"and a cookie"))


@refused(UnexpectedMessage, "unexpected_message", "hello", key_share_groups=())
def the_same_hello_retry_request_again(server: HostileServer) -> None:
    server.ask_again()
    server.ask_again()


@refused(UnexpectedMessage, "unexpected_message", "hello")
def server_hello_twice_in_a_record(server: HostileServer) -> None:  # section 5.1 [5]
    """Handshake bytes are left over where the keys change (section 5.1)."""
    server.say(server.server_hello(), server.server_hello())


@refused(UnexpectedMessage, "unexpected_message", "hello")
def encrypted_extensions_in_the_record_of_server_hello(server: HostileServer) -> None:
    """In the clear, that is: whoever is on the wire could have put it there."""
    server.say(server.server_hello(), EncryptedExtensions())


@refused(UnexpectedMessage, "unexpected_message", "hello")
def one_byte_too_many_in_the_record_of_server_hello(server: HostileServer) -> None:  # section 5.1 [6]
    server.say(server.server_hello(), b"\x08")


@refused(UnexpectedRecord, "unexpected_message", "handshake")
def encrypted_extensions_in_the_clear(server: HostileServer) -> None:
    server.say_hello()
    server.say_in_the_clear(22, messages.encode(EncryptedExtensions()))


# EncryptedExtensions (section 4.4.1)


@refused(UnsupportedExtension, "unsupported_extension", "handshake")
def extension_that_nobody_knows(server: HostileServer) -> None:  # section 4.3 [4]
    server.say_hello()
    server.say_extensions(UNKNOWN)


@refused(UnsupportedExtension, "unsupported_extension", "handshake", grease=GREASE)
def grease_in_encrypted_extensions(server: HostileServer) -> None:
    server.say_hello()
    server.say_extensions(UnusedExtension(GREASE.extension))


@refused(UnsupportedExtension, "unsupported_extension", "handshake")
def protocol_where_none_was_offered(server: HostileServer) -> None:
    server.say_hello()
    server.say_extensions(ApplicationProtocols((b"h2",)))


@refused(IllegalParameter, "illegal_parameter", "handshake", application_protocols=(b"h2", b"http/1.1"))
def protocol_that_was_not_offered(server: HostileServer) -> None:
    server.say_hello()
    server.say_extensions(ApplicationProtocols((b"h3",)))


@refused(IllegalParameter, "illegal_parameter", "handshake", application_protocols=(b"h2", b"http/1.1"))
def two_protocols(server: HostileServer) -> None:
    server.say_hello()
    server.say_extensions(ApplicationProtocols((b"h2", b"http/1.1")))


@refused(DecodeError, "decode_error", "handshake", application_protocols=(b"h2",))
def no_protocol(server: HostileServer) -> None:
    server.say_hello()
    server.say_extensions(ApplicationProtocols(()))


@refused(UnsupportedExtension, "unsupported_extension", "handshake", server_name=None)
def server_name_where_none_was_sent(server: HostileServer) -> None:
    server.say_hello()
    server.say_extensions(ServerName(None))


@refused(DecodeError, "decode_error", "handshake")
def server_name_with_a_name(server: HostileServer) -> None:
    server.say_hello()
    server.say_extensions(ServerName("localhost"))


@refused(UnsupportedExtension, "unsupported_extension", "handshake")
def early_data_that_were_not_offered(server: HostileServer) -> None:
    server.say_hello()
    server.say_extensions(EarlyDataIndication())


@refused(IllegalParameter, "illegal_parameter", "handshake")
def key_share_in_encrypted_extensions(server: HostileServer) -> None:  # section 4.3 [5]
    server.say_hello()
    server.say_extensions(GOOD_SHARE)


@refused(IllegalParameter, "illegal_parameter", "handshake")
def supported_versions_in_encrypted_extensions(server: HostileServer) -> None:
    server.say_hello()
    server.say_extensions(TLS_1_3)


@refused(DecodeError, "decode_error", "handshake")
def encrypted_extensions_with_bytes_left_over(server: HostileServer) -> None:
    server.say_hello()
    server.say(bytes.fromhex("08 000003 0000 00"))


# CertificateRequest (section 4.4.2)

SCHEMES = SignatureAlgorithms((0x0807,))


@refused(IllegalParameter, "illegal_parameter", "handshake")
def certificate_request_with_a_context(server: HostileServer) -> None:  # section 4.4.2 [3]
    server.say_flight(until=Certificate)
    server.say(CertificateRequest(b"context", (SCHEMES,)))


@refused(MissingExtension, "missing_extension", "handshake")
def certificate_request_without_signature_algorithms(server: HostileServer) -> None:  # section 4.4.2 [5]
    server.say_flight(until=Certificate)
    server.say(CertificateRequest(b"", (UNKNOWN,)))


@refused(IllegalParameter, "illegal_parameter", "handshake")
def key_share_in_a_certificate_request(server: HostileServer) -> None:
    server.say_flight(until=Certificate)
    server.say(CertificateRequest(b"", (SCHEMES, GOOD_SHARE)))


@refused(UnexpectedMessage, "unexpected_message", "handshake")
def second_certificate_request(server: HostileServer) -> None:
    server.say_flight(until=Certificate)
    server.say(CertificateRequest(b"", (SCHEMES,)))
    server.say(CertificateRequest(b"", (SCHEMES,)))


@refused(UnexpectedMessage, "unexpected_message", "handshake")
def certificate_request_after_the_certificate(server: HostileServer) -> None:  # section 4.4.2 [1]
    server.say_flight(until=CertificateVerify)
    server.say(CertificateRequest(b"", (SCHEMES,)))


# Certificate (section 4.5.1)


def leaf() -> bytes:
    return peers_in_memory.family().leaf.der


@refused(DecodeError, "decode_error", "handshake")
def no_certificate(server: HostileServer) -> None:  # section 4.5.1.3 [1]
    server.say_flight(until=Certificate)
    server.say(Certificate(()))


@refused(DecodeError, "decode_error", "handshake", trust=None, reference_identity=None)
def no_certificate_even_where_nothing_is_verified(server: HostileServer) -> None:
    server.say_flight(until=Certificate)
    server.say(Certificate(()))


@refused(IllegalParameter, "illegal_parameter", "handshake")
def certificate_with_a_context(server: HostileServer) -> None:  # section 4.5.1 [5]
    server.say_flight(until=Certificate)
    server.say(Certificate((CertificateEntry(leaf()),), b"context"))


@refused(IllegalParameter, "illegal_parameter", "handshake")
def too_many_certificates(server: HostileServer) -> None:
    server.say_flight(until=Certificate)
    server.say_certificate(*[leaf()] * 11)


@refused(IllegalParameter, "illegal_parameter", "handshake", max_certificates=2)
def more_certificates_than_the_settings_allow(server: HostileServer) -> None:
    server.say_flight(until=Certificate)
    server.say_certificate(*[leaf()] * 3)


@refused(UnsupportedExtension, "unsupported_extension", "handshake")
# sections 4.3 [4] and 4.5.1 [6]
def certificate_with_a_status_that_was_not_asked_for(server: HostileServer) -> None:
    server.say_flight(until=Certificate)
    server.say(Certificate((CertificateEntry(leaf(), (CertificateStatus(b"good"),)),)))


@refused(UnsupportedExtension, "unsupported_extension", "handshake")
# section 4.5.1 [6]
def second_certificate_with_an_extension_that_nobody_knows(server: HostileServer) -> None:
    server.say_flight(until=Certificate)
    server.say(Certificate((CertificateEntry(leaf()), CertificateEntry(leaf(), (UNKNOWN,)))))


@refused(IllegalParameter, "illegal_parameter", "handshake")
def certificate_with_an_extension_of_other_messages(server: HostileServer) -> None:
    server.say_flight(until=Certificate)
    server.say(Certificate((CertificateEntry(leaf(), (GOOD_SHARE,)),)))


@refused(MalformedCertificate, "bad_certificate", "handshake")
def what_is_no_certificate(server: HostileServer) -> None:  # section 4.5.1 [14]
    server.say_flight(until=Certificate)
    server.say_certificate(b"no certificate")


@refused(MalformedCertificate, "bad_certificate", "handshake")
def certificate_with_trailing_bytes(server: HostileServer) -> None:
    server.say_flight(until=Certificate)
    server.say_certificate(leaf() + b"\x00")


@refused(MalformedCertificate, "bad_certificate", "handshake")
def superfluous_certificate_that_is_none(server: HostileServer) -> None:
    server.say_flight(until=Certificate)
    server.say_certificate(leaf(), b"no certificate")


@refused(MalformedCertificate, "bad_certificate", "handshake", trust=None, reference_identity=None)
def what_is_no_certificate_even_where_nothing_is_verified(server: HostileServer) -> None:
    server.say_flight(until=Certificate)
    server.say_certificate(b"no certificate")


# Certificates that are well formed (section 4.5.1.3, RFC 5280, RFC 9525)


def issued(**replaced: Any) -> bytes:
    """A leaf below the authority that the victim trusts."""
    return certificates.leaf_under(peers_in_memory.family().authority, **replaced).der


@refused(CertificateExpired, "certificate_expired", "handshake")
def expired_certificate(server: HostileServer) -> None:
    server.say_flight(until=Certificate)
    server.say_certificate(issued(not_after=certificates.NOW - timedelta(seconds=1)))


@refused(CertificateNotYetValid, "certificate_expired", "handshake")
def certificate_of_the_future(server: HostileServer) -> None:
    server.say_flight(until=Certificate)
    server.say_certificate(issued(not_before=certificates.NOW + timedelta(seconds=1)))


@refused(NameMismatch, "certificate_unknown", "handshake", reference_identity="other.example")
def certificate_for_another_name(server: HostileServer) -> None:  # section 4.5.1 [12]
    server.say_flight(until=Certificate)
    server.say_certificate()


@refused(NameMismatch, "certificate_unknown", "handshake", reference_identity="127.0.0.2")
def certificate_for_another_address(server: HostileServer) -> None:
    server.say_flight(until=Certificate)
    server.say_certificate()


@refused(UnknownAuthority, "unknown_ca", "handshake")
def self_signed_certificate(server: HostileServer) -> None:
    server.say_flight(until=Certificate)
    self_signed = certificates.root(100, extensions=certificates.leaf_extensions())
    server.say_certificate(self_signed.certificate.der)


@refused(UnknownAuthority, "unknown_ca", "handshake")
def certificate_from_another_authority(server: HostileServer) -> None:  # section 4.5.1.2 [11]
    server.say_flight(until=Certificate)
    elsewhere = distinguished_names.encode("Elsewhere")
    other = certificates.root(7, subject=elsewhere, issuer=elsewhere)
    server.say_certificate(certificates.leaf_under(other).der, other.certificate.der)


@refused(InvalidCertificateSignature, "bad_certificate", "handshake")
def certificate_from_an_authority_of_the_same_name(server: HostileServer) -> None:
    server.say_flight(until=Certificate)
    server.say_certificate(certificates.leaf_under(certificates.root(7)).der)


@refused(InvalidCertificateSignature, "bad_certificate", "handshake")
def certificate_with_a_broken_signature(server: HostileServer) -> None:
    server.say_flight(until=Certificate)
    der = leaf()
    server.say_certificate(der[:-1] + bytes([der[-1] ^ 1]))


@refused(WeakSignature, "bad_certificate", "handshake")
def certificate_signed_with_md5(server: HostileServer) -> None:  # sections 4.3.3 [16] and 4.5.1.3 [2]
    """Which has been used to make an authority of a leaf; the alert is section 4.5.1.3's."""
    server.say_flight(until=Certificate)
    server.say_certificate(certificates.with_signature_algorithm(oids.RSA_WITH_MD5, NULL).der)


@refused(WeakSignature, "bad_certificate", "handshake")
def certificate_signed_with_sha1(server: HostileServer) -> None:  # section 4.5.1.3 [3]
    server.say_flight(until=Certificate)
    server.say_certificate(certificates.with_signature_algorithm(oids.ECDSA_WITH_SHA1).der)


@refused(NotPermitted, "certificate_unknown", "handshake")
def certificate_from_someone_who_may_not_issue(server: HostileServer) -> None:
    """Every leaf would be an authority."""
    server.say_flight(until=Certificate)
    no_authority = certificates.authority_under(
        peers_in_memory.family().authority, 3, extensions=certificates.leaf_extensions()
    )
    server.say_certificate(certificates.leaf_under(no_authority).der, no_authority.certificate.der)


@refused(UnsupportedCertificate, "unsupported_certificate", "handshake")
def certificate_with_a_critical_extension_that_nobody_knows(server: HostileServer) -> None:
    server.say_flight(until=Certificate)
    critical = certificates.extension("1.2.3.4", b"\x05\x00", critical=True)
    server.say_certificate(issued(extensions=certificates.leaf_extensions(strange=critical)))


def rsa_certificate() -> bytes:
    algorithm = encoding.sequence(encoding.oid("1.2.840.113549.1.1.1"), bytes.fromhex("0500"))
    key = encoding.sequence(encoding.integer(2**2047 + 9), encoding.integer(65537))
    info = encoding.sequence(algorithm, encoding.bit_string(key))
    return certificates.assemble(subjectPublicKeyInfo=info)


@refused(IllegalParameter, "illegal_parameter", "handshake", trust=None)
def certificate_of_a_key_that_cannot_have_signed(server: HostileServer) -> None:
    server.say_flight(until=Certificate)
    server.say_certificate(rsa_certificate())
    server.say_verify()


@refused(UnsupportedCertificate, "unsupported_certificate", "handshake", trust=None)
def certificate_of_a_key_of_an_unknown_kind(server: HostileServer) -> None:
    server.say_flight(until=Certificate)
    kind = encoding.sequence(encoding.oid("1.2.3.4"))
    info = encoding.sequence(kind, encoding.bit_string(b"?"))
    server.say_certificate(certificates.assemble(subjectPublicKeyInfo=info))
    server.say_verify()


# CertificateVerify (section 4.5.2)


@refused(UnexpectedMessage, "unexpected_message", "handshake")
def certificate_verify_left_out(server: HostileServer) -> None:  # section 4.5.2 [1]
    """CVE-2020-24613: whoever has copied the certificate could be the server."""
    server.say_flight(until=CertificateVerify)
    server.say_finished()


@refused(UnexpectedMessage, "unexpected_message", "handshake")
def certificate_and_certificate_verify_left_out(server: HostileServer) -> None:  # section 4.5.1 [1]
    server.say_flight(until=Certificate)
    server.say_finished()


@refused(DecryptError, "decrypt_error", "handshake")
def signature_by_another_key(server: HostileServer) -> None:  # section 4.5.2 [8]
    server.say_flight(until=CertificateVerify)
    server.say_verify(key=certificates.key(0))


@refused(DecryptError, "decrypt_error", "handshake", trust=None, reference_identity=None)
def signature_by_another_key_even_where_nothing_is_verified(server: HostileServer) -> None:
    server.say_flight(until=CertificateVerify)
    server.say_verify(key=certificates.key(0))


@refused(DecryptError, "decrypt_error", "handshake")
def signature_made_as_a_client(server: HostileServer) -> None:
    server.say_flight(until=CertificateVerify)
    server.say_verify(role="client")


@refused(DecryptError, "decrypt_error", "handshake")
def signature_of_another_handshake(server: HostileServer) -> None:  # section 4.5.2 [8]
    server.say_flight(until=CertificateVerify)
    other = HostileServer(random=bytes(32))
    other.say_flight(until=CertificateVerify)
    server.say(other.certificate_verify())


@refused(DecryptError, "decrypt_error", "handshake")
def signature_off_by_one_bit(server: HostileServer) -> None:  # section 4.5.2 [9]
    server.say_flight(until=CertificateVerify)
    honest = server.certificate_verify()
    server.say(replace(honest, signature=honest.signature[:-1] + bytes([honest.signature[-1] ^ 1])))


@refused(DecryptError, "decrypt_error", "handshake")
def empty_signature(server: HostileServer) -> None:
    server.say_flight(until=CertificateVerify)
    server.say(CertificateVerify(0x0807, b""))


@refused(IllegalParameter, "illegal_parameter", "handshake")
def scheme_that_was_not_offered(server: HostileServer) -> None:
    server.say_flight(until=CertificateVerify)
    server.say_verify(scheme=0x0804)


@refused(IllegalParameter, "illegal_parameter", "handshake", signature_schemes=(0x0403,))
def ed25519_where_it_was_not_offered(server: HostileServer) -> None:  # section 4.5.2 [4]
    """The signature is good, and we could verify it; but we said that we would not."""
    server.say_flight(until=CertificateVerify)
    server.say_verify()


@refused(IllegalParameter, "illegal_parameter", "handshake", grease=GREASE)
def grease_as_the_scheme(server: HostileServer) -> None:
    server.say_flight(until=CertificateVerify)
    server.say_verify(scheme=GREASE.signature_scheme)


@refused(IllegalParameter, "illegal_parameter", "handshake", signature_schemes=(0x0807, 0x0401))
def scheme_that_does_not_fit_the_key(server: HostileServer) -> None:  # section 4.5.2 [6]
    server.say_flight(until=CertificateVerify)
    server.say_verify(scheme=0x0401)


# Finished (section 4.5.3)


@refused(DecryptError, "decrypt_error", "handshake")
def finished_off_by_one_bit(server: HostileServer) -> None:  # section 4.5.3 [1, 2]
    server.say_flight(until=Finished)
    honest = server.finished().verify_data
    server.say_as_last(Finished(bytes([honest[0] ^ 0x80]) + honest[1:]))


@refused(DecryptError, "decrypt_error", "handshake")
def finished_of_the_client(server: HostileServer) -> None:
    server.say_flight(until=Finished)
    assert server.secrets is not None
    server.say_as_last(Finished(server.secrets.client_handshake.finished(server.through())))


@refused(DecryptError, "decrypt_error", "handshake")
def finished_of_an_earlier_moment(server: HostileServer) -> None:
    server.say_flight(until=CertificateVerify)
    early = server.finished()
    server.say_verify()
    server.say_as_last(early)


@refused(DecodeError, "decode_error", "handshake")
def finished_of_31_bytes(server: HostileServer) -> None:
    server.say_flight(until=Finished)
    server.say_as_last(Finished(server.finished().verify_data[:-1]))


@refused(DecodeError, "decode_error", "handshake")
def finished_of_33_bytes(server: HostileServer) -> None:
    server.say_flight(until=Finished)
    server.say_as_last(Finished(server.finished().verify_data + b"\x00"))


@refused(DecodeError, "decode_error", "handshake")
def empty_finished(server: HostileServer) -> None:
    server.say_flight(until=Finished)
    server.say_as_last(Finished(b""))


@refused(UnexpectedMessage, "unexpected_message", "handshake")
def ticket_in_the_record_of_finished(server: HostileServer) -> None:
    """It would be read as if it were under the next keys (section 5.1)."""
    server.say_flight(until=Finished)
    server.say_as_last(server.finished(), NewSessionTicket(1, 2, b"", b"ticket"))


@STORIES.parametrize()
def test_stories(line: Refused) -> None:
    server = HostileServer(**SETTINGS[line.script.__name__])
    line.script(server)
    assert_refused(server, line.error, line.alert, line.phase)


def test_grease_was_offered_and_is_refused_for_what_it_is() -> None:
    server = HostileServer(grease=GREASE)
    hello_retry_request_for_grease(server)
    failure = server.events[-1]
    assert isinstance(failure, ConnectionFailed)
    assert str(failure.error) == "HelloRetryRequest: GREASE (0x3a3a) is no group of ours"


# What differs from honest stories and is to be accepted


@pytest.mark.parametrize(
    ("settings", "extensions"),
    [
        ({}, (ServerName(None),)),
        ({}, (SupportedGroups((SECP256R1, X25519)),)),
        ({"application_protocols": (b"h2", b"h3")}, (ApplicationProtocols((b"h3",)),)),
        ({"application_protocols": (b"h2",)}, ()),
    ],
)
# section 4.3.7 [2]
def test_answers_to_what_was_asked(settings: dict[str, Any], extensions: tuple[Extension, ...]) -> None:
    server = HostileServer(**settings)
    server.say_hello()
    server.say_extensions(*extensions)
    server.say_certificate()
    server.say_verify()
    server.say_finished()
    hostile.assert_still_talks(server)


@pytest.mark.parametrize("cookie", [(), (Cookie(b"cookie"),)])
@pytest.mark.parametrize("grease", [None, GREASE])
# sections 4.2.2 [2], 4.2.4 [7] and 4.3.8 [11]
def test_hello_retry_request_for_a_group(cookie: tuple[Extension, ...], grease: Grease | None) -> None:
    """The second hello is the first, with the one share that was asked for and with the cookie (4.2.2)."""
    server = HostileServer(key_share_groups=(), grease=grease)
    first = server.client_hello
    assert first.find(ClientKeyShares) == ClientKeyShares(())  # no share of GREASE either: it would be alone
    server.ask_again(SelectedGroup(X25519), *cookie)
    second = server.client_hello
    asked = ClientKeyShares((KeyShareEntry(X25519, oracle.public_value(peers_in_memory.CLIENT_PRIVATE_KEY)),))
    extensions = [asked if isinstance(e, ClientKeyShares) else e for e in first.extensions]
    assert second == replace(first, extensions=(*extensions, *cookie))
    server.connect()
    hostile.assert_still_talks(server)
    assert server.victim.session is not None
    assert server.victim.session.hello_retried


@pytest.mark.parametrize("shares", [(X25519MLKEM768, X25519), (X25519,), ()])
def test_the_second_hello_has_no_share_of_the_first(shares: tuple[int, ...]) -> None:  # section 4.3.8 [11]
    keys = peers_in_memory.client_keys(X25519MLKEM768, X25519, SECP256R1)
    server = HostileServer(group=SECP256R1, private_keys=keys, key_share_groups=shares, grease=GREASE)
    server.ask_again(SelectedGroup(SECP256R1))
    point = oracle.public_value(keys[SECP256R1], SECP256R1)
    assert server.client_hello.find(ClientKeyShares) == ClientKeyShares((KeyShareEntry(SECP256R1, point),))
    server.connect()


@pytest.mark.parametrize("grease", [None, GREASE])
def test_hello_retry_request_for_a_cookie_alone(grease: Grease | None) -> None:  # section 4.3.2 [1]
    server = HostileServer(grease=grease)
    first = server.client_hello
    server.ask_again(Cookie(b"cookie"))
    assert server.client_hello == replace(first, extensions=(*first.extensions, Cookie(b"cookie")))
    server.connect()
    hostile.assert_still_talks(server)


def test_as_many_certificates_as_allowed() -> None:
    """The first is the server's; what is superfluous is not looked at (section 4.5.1)."""
    server = HostileServer()
    server.say_flight(until=Certificate)
    server.say_certificate(*[leaf()] * 10)
    server.say_verify()
    server.say_finished()
    hostile.assert_still_talks(server)


# sections 4.4.2 [6], 4.5.1 [2, 3, 4] and 9.3 [5]
def test_a_certificate_request_is_answered_with_no_certificate() -> None:
    """Unknown extensions in it are ignored (section 4.4.2)."""
    server = HostileServer(grease=GREASE)
    server.say_flight(until=Certificate)
    server.say(CertificateRequest(b"", (UNKNOWN, SCHEMES, UnusedExtension(0x0A0A))))
    server.say_certificate()
    server.say_verify()
    server.say_finished()
    assert_connected(server)
    *_, certificate, finished = server.messages_heard
    assert messages.decode(certificate) == Certificate(())
    assert finished[0] == HandshakeType.FINISHED
    client_finished = finished[4:]
    assert server.secrets is not None
    through_certificate = oracle.transcript_hash(*server.transcript[:-1])
    assert client_finished == server.secrets.client_handshake.finished(through_certificate)
    hostile.assert_still_talks(server)


def test_without_trust_any_certificate_will_do_whose_key_has_signed() -> None:
    """That is what switching verification off means; the private key is still needed."""
    server = HostileServer(trust=None, reference_identity=None)
    server.say_flight(until=Certificate)
    other = certificates.root(9, not_after=certificates.NOW - timedelta(days=1))
    server.say_certificate(other.certificate.der)
    server.say_verify(key=certificates.key(9))
    server.say_finished()
    assert server.victim.session is not None
    assert server.victim.session.peer is not None
    assert server.victim.session.peer.path is None


def test_without_a_reference_any_name_will_do_of_someone_who_is_trusted() -> None:
    """Settings filled in by hand may ask for that; configs do not."""
    server = HostileServer(reference_identity=None)
    server.say_flight(until=Certificate)
    server.say_certificate(issued(subject=distinguished_names.encode("Nobody in particular")))
    server.say_verify()
    server.say_finished()
    hostile.assert_still_talks(server)


def test_with_trust_the_session_has_the_verified_path() -> None:
    server = HostileServer()
    server.connect()
    family = peers_in_memory.family()
    assert server.victim.session is not None
    assert server.victim.session.peer is not None
    assert server.victim.session.peer.path is not None
    assert server.victim.session.peer.path.certificates == (family.leaf, family.authority.certificate)


# More suites than one


def test_hello_retry_request_settles_the_suite() -> None:  # section 4.2.4 [10]
    server = HostileServer(cipher_suites=(CHACHA20, AES_128_GCM), key_share_groups=())
    server.ask_again()
    server.say(server.server_hello(cipher_suite=AES_128_GCM))
    assert_refused(server, IllegalParameter, "illegal_parameter", "hello")


def test_a_suite_that_is_known_has_to_be_offered() -> None:  # section 4.2.3 [7]
    server = HostileServer(cipher_suites=(CHACHA20,))
    server.say(server.server_hello(cipher_suite=AES_128_GCM))
    assert_refused(server, IllegalParameter, "illegal_parameter", "hello")


def test_a_suite_that_is_offered_has_to_be_known() -> None:
    """Whoever fills in settings by hand can offer more than there is: the server's choice is refused."""
    server = HostileServer(cipher_suites=(CHACHA20, AES_128_CCM))
    server.say(server.server_hello(cipher_suite=AES_128_CCM))
    assert_refused(server, IllegalParameter, "illegal_parameter", "hello")


# Every message where another one is expected

EXAMPLES: dict[int, bytes] = {
    raw[0]: raw
    for raw in [
        messages.encode(message)
        for message in (
            EncryptedExtensions(),
            CertificateRequest(b"", (SCHEMES,)),
            Certificate((CertificateEntry(b"certificate"),)),
            CertificateVerify(0x0807, bytes(64)),
            Finished(bytes(32)),
            NewSessionTicket(1, 2, b"", b"ticket"),
            KeyUpdate(0),
        )
    ]
}
STATES: dict[str, tuple[type[Message] | None, set[int], hostile.Phase]] = {
    # what the server has not said yet, what may come now, and how far the client is
    "waiting for ServerHello": (messages.ServerHello, {2}, "hello"),
    "waiting for EncryptedExtensions": (EncryptedExtensions, {8}, "handshake"),
    "waiting for Certificate": (Certificate, {11, 13}, "handshake"),
    "waiting for CertificateVerify": (CertificateVerify, {15}, "handshake"),
    "waiting for Finished": (Finished, {20}, "handshake"),
    "connected": (None, {4, 24}, "connected"),
}
TYPES = sorted({*HandshakeType, 0, 3, 6, 7, 100, 255})


@pytest.mark.parametrize(
    ("state", "message_type"),
    [(state, number) for state in STATES for number in TYPES if number not in STATES[state][1]],
)
# sections 4 [2], 4.5.2 [3], 4.6 [4] and 4.7.3 [1]
def test_every_other_message_is_unexpected(state: str, message_type: int) -> None:
    missing, _, phase = STATES[state]
    server = HostileServer()
    server.say_flight(until=missing)
    raw = EXAMPLES.get(message_type, bytes([message_type, 0, 0, 0]))
    if message_type == HandshakeType.SERVER_HELLO:
        raw = messages.encode(server.server_hello())
    server.say(raw)
    assert_refused(server, UnexpectedMessage, "unexpected_message", phase)


@pytest.mark.parametrize("message_type", [t for t in TYPES if t != HandshakeType.SERVER_HELLO])
def test_even_after_a_hello_retry_request(message_type: int) -> None:
    server = HostileServer(key_share_groups=())
    server.ask_again()
    server.say(EXAMPLES.get(message_type, bytes([message_type, 0, 0, 0])))
    assert_refused(server, UnexpectedMessage, "unexpected_message", "hello")


@pytest.mark.parametrize("message_type", [t for t in TYPES if t != HandshakeType.CERTIFICATE])
def test_even_after_a_certificate_request(message_type: int) -> None:
    server = HostileServer()
    server.say_flight(until=Certificate)
    server.say(CertificateRequest(b"", (SCHEMES,)))
    server.say(EXAMPLES.get(message_type, bytes([message_type, 0, 0, 0])))
    assert_refused(server, UnexpectedMessage, "unexpected_message", "handshake")


def test_the_refusal_names_the_line_that_was_waiting() -> None:
    """The driver throws into the story, so the traceback ends where the story stood still."""
    server = HostileServer()
    server.say_flight(until=CertificateVerify)
    server.say(KeyUpdate(0))
    error = server.events[-1].error  # type: ignore[union-attr]
    assert functions_on_the_way(error)[-3:] == ["handshake", "hear_certificate", "receive"]
    assert str(error) == "handshake message key_update, expected certificate_verify"


def test_so_does_that_of_a_message_across_a_change_of_keys() -> None:
    server = HostileServer()
    server.say(server.server_hello(), b"\x08")
    error = server.events[-1].error  # type: ignore[union-attr]
    assert str(error) == "handshake bytes left over where the keys change"
    functions = functions_on_the_way(error)
    assert functions[-1] == "read_with"
    assert "handshake" in functions


def functions_on_the_way(error: Exception) -> list[str]:
    found, traceback = [], error.__traceback__
    while traceback is not None:
        found.append(traceback.tb_frame.f_code.co_name)
        traceback = traceback.tb_next
    return found


def test_a_client_says_hello_at_once() -> None:  # section 4.2.2 [1]
    connection = Connection(peers_in_memory.client_settings())
    assert connection.data_to_send()[5] == HandshakeType.CLIENT_HELLO


@pytest.mark.parametrize("first_share", [(), (SECP256R1,)])
def test_a_share_in_another_group_than_the_one_asked_for(
    first_share: tuple[int, ...],
) -> None:  # section 4.3.8 [15, 16]
    """Not even in the one that the first hello had a share for."""
    keys = {X25519: bytes(32), SECP256R1: bytes(31) + b"\x01"}
    server = HostileServer(private_keys=keys, key_share_groups=first_share)
    server.ask_again(SelectedGroup(X25519))
    share = ServerKeyShare(KeyShareEntry(SECP256R1, oracle.public_value(hostile.PRIVATE_KEY, SECP256R1)))
    server.say(server.server_hello(extensions=(SelectedVersion(), share)))
    assert_refused(server, IllegalParameter, "illegal_parameter", "hello")


@pytest.mark.parametrize("scheme", [SignatureScheme.RSA_PKCS1_SHA1, SignatureScheme.ECDSA_SHA1])
def test_sha1_in_certificate_verify(scheme: int) -> None:
    """Not even where it was offered by hand (section 4.5.2 [7])."""
    server = HostileServer(signature_schemes=(0x0807, scheme))
    server.say_flight(until=CertificateVerify)
    server.say(CertificateVerify(scheme, bytes(64)))
    assert_refused(server, IllegalParameter, "illegal_parameter", "handshake")
