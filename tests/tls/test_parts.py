"""Parts say what every byte is: none is missing, none is there twice."""

import pytest

from handshake import client_offer, messages
from handshake.codec import Field, Length
from handshake.constants import NamedGroup
from handshake.conversation import HandshakeMessage
from handshake.extensions import (
    ClientKeyShares,
    Cookie,
    KeyShareEntry,
    ServerKeyShare,
    SignatureAlgorithms,
)
from handshake.groups import GROUPS
from handshake.messages import (
    CertificateRequest,
    ClientHello,
    EncryptedExtensions,
    NewSessionTicket,
    ServerHello,
)
from handshake.psk_extensions import MaxEarlyData
from tests.support import certificates, peers_in_memory, traced
from tls.tracing import parts
from tls.tracing.parts import Part
from x509 import der, oids
from x509.algorithms import NULL
from x509.certificate import Certificate
from x509.der import Element

TICKET = NewSessionTicket(7200, 0xDEADBEEF, b"\x00", b"t" * 20, (MaxEarlyData(0),))
REQUEST = CertificateRequest(b"", (SignatureAlgorithms((0x0807,)),))


def of_message(message: messages.Message) -> list[Part]:
    """The parts as they come when the message is written and, which must be the same, when it is read."""
    written: list[Field | Length] = []
    read: list[Field | Length] = []
    raw = messages.encode(message, written.append)  # type: ignore[arg-type]
    messages.decode(raw, read.append)  # type: ignore[arg-type]
    in_order = [parts.of_field(field) for field in sorted(written, key=lambda field: field.offset)]
    assert in_order == [parts.of_field(field) for field in read]
    assert_covers(in_order, raw)
    return in_order


def assert_covers(found: list[Part], whole: bytes) -> None:
    """Every byte of `whole` is in exactly one part, and the parts are in order."""
    offset = 0
    for part in found:
        assert part.offset == offset, part
        offset += len(part.data)
    assert b"".join(part.data for part in found) == whole


def said_messages() -> list[messages.Message]:
    seen: list[messages.Message] = []
    for both in (traced.retried(), traced.updated()):
        events = both.client_trace._events
        seen += [event.message for event in events if isinstance(event, HandshakeMessage)]
    return seen


def test_every_byte_of_every_message_is_in_one_part() -> None:
    kinds = set()
    for message in [*said_messages(), TICKET, REQUEST, EncryptedExtensions()]:
        of_message(message)
        kinds.add(type(message).__name__)
    assert len(kinds) == 10  # all that there are


def test_a_number_is_said_by_its_name() -> None:
    part = parts.of_field(Field("x.group", 7, 2, 0x001D, NamedGroup))
    assert part == Part("x.group", 7, b"\x00\x1d", "x25519 (0x1d)", part.section, part.meaning)
    assert parts.of_field(Field("new_session_ticket.ticket_lifetime", 4, 4, 7200, None)).text == "7200"


def test_a_length_says_how_much_follows() -> None:
    assert parts.of_field(Length("client_hello.cipher_suites", 71, 2, 4)).data == b"\x00\x04"
    assert parts.of_field(Length("client_hello.cipher_suites", 71, 2, 4)).text == "4 bytes"
    assert parts.of_field(Length("client_hello.legacy_compression_methods", 77, 1, 1)).text == "1 byte"


def test_only_names_are_shown_as_characters() -> None:
    texts = {
        part.path: part.text
        for part in of_message(next(m for m in said_messages() if isinstance(m, ClientHello)))
    }
    host_name = next(text for path, text in texts.items() if path.endswith("host_name"))
    protocol = next(text for path, text in texts.items() if path.endswith("protocol_name_list[0]"))
    assert (host_name, protocol) == ("'localhost'", "'http/1.1'")
    assert texts["client_hello.random"] == ""


def test_what_a_peer_calls_a_name_cannot_disturb_a_terminal() -> None:
    part = parts.of_field(Field("x.server_name_list.host_name", 0, 6, b"\x1b[2J\xe2\x80", None))
    assert part.text == r"'\x1b[2J\xe2\x80'"


def test_a_key_share_is_opened() -> None:
    """Points have two coordinates; the hybrid's halves are named as FIPS 203 names them."""
    keys = peers_in_memory.client_keys(*GROUPS)
    settings = peers_in_memory.client_settings(private_keys=keys, key_share_groups=tuple(GROUPS))
    hello, _ = client_offer.first_hello(settings)
    inside = "client_hello.extensions[4].key_share.client_shares"
    found = [
        (part.path.removeprefix(inside), len(part.data))
        for part in of_message(hello)
        if ".key_exchange" in part.path and "bytes" not in part.text
    ]
    assert found == [
        ("[0].key_exchange.t_hat", 1152),
        ("[0].key_exchange.rho", 32),
        ("[0].key_exchange.x25519", 32),
        ("[1].key_exchange", 32),
        ("[2].key_exchange.legacy_form", 1),
        ("[2].key_exchange.X", 32),
        ("[2].key_exchange.Y", 32),
        ("[3].key_exchange.legacy_form", 1),
        ("[3].key_exchange.X", 48),
        ("[3].key_exchange.Y", 48),
    ]


def test_an_answer_is_opened() -> None:
    share = KeyShareEntry(NamedGroup.X25519MLKEM768, bytes(1120))
    hello = ServerHello(bytes(32), b"", 0x1301, (ServerKeyShare(share),))
    names = {part.path.rpartition(".")[2]: len(part.data) for part in of_message(hello)}
    assert (names["u"], names["v"], names["x25519"]) == (960, 128, 32)


@pytest.mark.parametrize(
    ("group", "size"),
    [
        (NamedGroup.X25519MLKEM768, 1215),
        (NamedGroup.X25519MLKEM768, 1120),
        (NamedGroup.SECP256R1, 33),
        (0x1A1A, 1),
    ],
)
def test_a_share_that_is_none_is_left_in_one_piece(group: int, size: int) -> None:
    shares = ClientKeyShares((KeyShareEntry(group, bytes(size)),))
    hello = ClientHello(bytes(32), b"", (0x1301,), (shares,))
    found = [part for part in of_message(hello) if part.path.endswith("key_exchange")]
    assert [len(part.data) for part in found] == [2, size]


def of_certificate(encoding: bytes) -> list[Part]:
    elements: list[Element] = []
    Certificate.from_der(encoding, elements.append)
    found = [parts.of_element(element, encoding) for element in elements]
    assert_covers(found, encoding)
    return found


def test_every_byte_of_a_certificate_is_in_one_part() -> None:
    family = certificates.authority_and_leaf(intermediates=1)
    for certificate in (*family.chain, family.authority.certificate):
        of_certificate(certificate.der)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("certificate.tbsCertificate.signature", "SEQUENCE, 5 bytes"),
        ("certificate.tbsCertificate.serialNumber", "INTEGER 100"),
        ("certificate.tbsCertificate.signature.algorithm", "OBJECT IDENTIFIER Ed25519"),
        ("certificate.tbsCertificate.issuer[0][0].type", "OBJECT IDENTIFIER CN"),
        ("certificate.tbsCertificate.issuer[0][0].value", "UTF8String 'Root'"),
        ("certificate.tbsCertificate.validity.notBefore", "UTCTime 2020-01-01 00:00:00 UTC"),
        ("certificate.tbsCertificate.subjectPublicKeyInfo.subjectPublicKey", "BIT STRING"),
    ],
)
def test_an_element_says_type_and_value(path: str, text: str) -> None:
    found = of_certificate(certificates.authority_and_leaf().leaf.der)
    assert [part.text for part in found if part.path == path] == [text]


def test_the_values_of_extensions() -> None:
    found = of_certificate(certificates.authority_and_leaf().leaf.der)
    texts = {part.text for part in found if ".extnValue." in part.path}
    assert texts >= {
        "BIT STRING digitalSignature",
        "OBJECT IDENTIFIER serverAuth",
        "[2] 'localhost'",
        "[7] 127.0.0.1",
        "[7] ::1",
    }


def test_a_long_number_is_left_to_its_bytes() -> None:
    element = Element("certificate.tbsCertificate.serialNumber", 0, 2, 20, der.INTEGER, 2**150)
    assert parts.of_element(element, bytes(22)).text == "INTEGER"
    element = Element("certificate.tbsCertificate.serialNumber", 0, 2, 9, der.INTEGER, 2**64)
    assert parts.of_element(element, bytes(11)).text == "INTEGER"
    element = Element("certificate.tbsCertificate.serialNumber", 0, 2, 8, der.INTEGER, 2**64 - 1)
    assert parts.of_element(element, bytes(10)).text == f"INTEGER {2**64 - 1}"


def test_an_address_of_impossible_length_is_left_to_its_bytes() -> None:
    """The reader reports an element before the code that reads the format can refuse it."""
    element = Element("x.SubjectAltName[0].iPAddress", 0, 2, 5, der.CONTEXT | 7, bytes(5))
    assert parts.of_element(element, bytes(7)).text == "[7]"


def test_an_oid_without_a_name_is_said_in_numbers() -> None:
    element = Element(
        "certificate.tbsCertificate.extensions[0].extnID", 0, 2, 3, der.OBJECT_IDENTIFIER, "1.2.3"
    )
    assert parts.of_element(element, bytes(5)).text == "OBJECT IDENTIFIER 1.2.3"
    assert oids.name("1.2.3") == "1.2.3"


def test_null_is_said_by_its_name() -> None:
    """What an RSA key has for parameters."""
    element = Element("certificate.signatureAlgorithm.parameters", 0, 2, 0, der.NULL, NULL)
    assert parts.of_element(element, NULL).text == "NULL"


def test_a_cookie_is_covered_too() -> None:
    hello = next(m for m in said_messages() if isinstance(m, ClientHello))
    with_cookie = ClientHello(hello.random, b"", hello.cipher_suites, (*hello.extensions, Cookie(b"c" * 9)))
    assert any(part.path.endswith("cookie.cookie") for part in of_message(with_cookie))
