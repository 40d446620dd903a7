"""The extensions: where each may stand, what its body may be, and what happens to those that nobody knows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handshake import extension_blocks
from handshake.certificate_extensions import (
    CertificateAuthorities,
    CertificateStatus,
    OidFilters,
    PostHandshakeAuth,
    StatusRequest,
)
from handshake.codec import Reader, Writer
from handshake.constants import ExtensionType
from handshake.errors import DecodeError, IllegalParameter
from handshake.extension_blocks import Place
from handshake.extensions import (
    ApplicationProtocols,
    ClientKeyShares,
    Cookie,
    Extension,
    KeyShareEntry,
    RecordSizeLimit,
    SelectedGroup,
    SelectedVersion,
    ServerKeyShare,
    ServerName,
    SignatureAlgorithms,
    SignatureAlgorithmsCert,
    SupportedGroups,
    SupportedVersions,
    UnusedExtension,
)
from handshake.psk_extensions import (
    EarlyDataIndication,
    MaxEarlyData,
    OfferedPsks,
    PskIdentity,
    PskKeyExchangeModes,
    SelectedPsk,
)
from tests.support.strategies import blocks

# The table of RFC 9846 section 4.3, and the numbers of its enumeration.
TABLE = """
server_name 0                               CH, EE, CR
status_request 5                            CH, CR, CT
supported_groups 10                         CH, EE
signature_algorithms 13                     CH, CR
use_srtp 14                                 CH, EE
heartbeat 15                                CH, EE
application_layer_protocol_negotiation 16   CH, EE
client_certificate_type 19                  CH, EE
server_certificate_type 20                  CH, EE
padding 21                                  CH
compress_certificate 27                     CH, CR
record_size_limit 28                        CH, EE
delegated_credential 34                     CH, CR, CT
supported_ekt_ciphers 39                    CH, EE
pre_shared_key 41                           CH, SH
early_data 42                               CH, EE, NST
supported_versions 43                       CH, SH, HRR
cookie 44                                   CH, HRR
psk_key_exchange_modes 45                   CH
certificate_authorities 47                  CH, CR
oid_filters 48                              CR
post_handshake_auth 49                      CH
signature_algorithms_cert 50                CH, CR
key_share 51                                CH, SH, HRR
transparency_info 52                        CH, CR, CT
external_id_hash 55                         CH, EE
external_session_id 56                      CH, EE
quic_transport_parameters 57                CH, EE
ticket_request 58                           CH, EE
ech_outer_extensions 64768                  CH
encrypted_client_hello 65037                CH, HRR, EE
"""
ROWS = [line.split(maxsplit=2) for line in TABLE.strip().splitlines()]
NUMBERS = {name: int(number) for name, number, _ in ROWS}
PLACES = {int(number): places.split(", ") for _, number, places in ROWS}

GREASE = [0x0A0A + 0x1010 * i for i in range(16)]
UNKNOWN = [1, 35, 0xABCD, 0xFF01, 0xFFFF]

IDENTITY, BINDER = "0006 7469636b6574 01020304", "20" + "ab" * 32

# A body for each extension that is read, in each message that may hold it.
BODIES: dict[tuple[str, int], tuple[str, Extension]] = {
    ("CH", 0): ("000c 00 0009 6c6f63616c686f7374", ServerName("localhost")),
    ("EE", 0): ("", ServerName(None)),
    ("CH", 10): ("0004 001d 0017", SupportedGroups((29, 23))),
    ("EE", 10): ("0002 001d", SupportedGroups((29,))),
    ("CH", 13): ("0004 0807 0403", SignatureAlgorithms((0x0807, 0x0403))),
    ("CR", 13): ("0002 0807", SignatureAlgorithms((0x0807,))),
    ("CH", 50): ("0002 0807", SignatureAlgorithmsCert((0x0807,))),
    ("CR", 50): ("0002 0807", SignatureAlgorithmsCert((0x0807,))),
    ("CH", 16): ("0006 02 6832 02 6833", ApplicationProtocols((b"h2", b"h3"))),
    ("EE", 16): ("0003 02 6832", ApplicationProtocols((b"h2",))),
    ("CH", 43): ("04 0304 0303", SupportedVersions((0x0304, 0x0303))),
    ("SH", 43): ("0304", SelectedVersion(0x0304)),
    ("HRR", 43): ("0304", SelectedVersion(0x0304)),
    ("CH", 44): ("0002 abcd", Cookie(b"\xab\xcd")),
    ("HRR", 44): ("0002 abcd", Cookie(b"\xab\xcd")),
    ("CH", 51): ("0006 001d 0002 abcd", ClientKeyShares((KeyShareEntry(29, b"\xab\xcd"),))),
    ("SH", 51): ("001d 0002 abcd", ServerKeyShare(KeyShareEntry(29, b"\xab\xcd"))),
    ("HRR", 51): ("001d", SelectedGroup(29)),
    ("CH", 28): ("0040", RecordSizeLimit(64)),
    ("EE", 28): ("4001", RecordSizeLimit(16_385)),
    ("CH", 45): ("02 00 01", PskKeyExchangeModes((0, 1))),
    ("CH", 41): (
        f"000c {IDENTITY} 0021 {BINDER}",
        OfferedPsks((PskIdentity(b"ticket", 0x01020304),), (b"\xab" * 32,)),
    ),
    ("SH", 41): ("0001", SelectedPsk(1)),
    ("CH", 42): ("", EarlyDataIndication()),
    ("EE", 42): ("", EarlyDataIndication()),
    ("NST", 42): ("00004000", MaxEarlyData(16_384)),
    ("CH", 47): ("0006 0001 aa 0001 bb", CertificateAuthorities((b"\xaa", b"\xbb"))),
    ("CR", 47): ("0004 0002 3000", CertificateAuthorities((b"\x30\x00",))),
    ("CR", 48): ("0008 01 aa 0000 01 bb 0000", OidFilters(((b"\xaa", b""), (b"\xbb", b"")))),
    ("CH", 49): ("", PostHandshakeAuth()),
    ("CH", 5): ("01 0003 0001 aa 0001 bb", StatusRequest()),
    ("CT", 5): ("01 000002 3000", CertificateStatus(b"\x30\x00")),
}


def block(*entries: tuple[int, bytes]) -> bytes:
    content = b"".join(
        number.to_bytes(2, "big") + len(data).to_bytes(2, "big") + data for number, data in entries
    )
    return len(content).to_bytes(2, "big") + content


def read(raw: bytes, place: Place) -> tuple[Extension, ...]:
    reader = Reader(raw)
    found = extension_blocks.read(reader, place)
    reader.end()
    return found


def read_one(number: int, data: bytes, place: Place) -> Extension:
    """Read a block of this extension; in a ServerHello supported_versions makes it one of TLS 1.3."""
    if place is Place.SH and number != 43:
        return read(block((43, b"\x03\x04"), (number, data)), place)[1]
    return read(block((number, data)), place)[0]


# Where they may stand (section 4.3)


def test_the_numbers_are_those_of_section_4_3() -> None:
    assert {member.name.lower(): int(member) for member in ExtensionType} == NUMBERS


@pytest.mark.parametrize("place", Place, ids=lambda place: place.name)
@pytest.mark.parametrize("name", NUMBERS)
# sections 4.3 [5], 4.3.6 [2] and 4.3.9 [6]
def test_the_table_of_section_4_3(name: str, place: Place) -> None:
    number = NUMBERS[name]
    body, expected = BODIES.get((place.name, number), ("", UnusedExtension(number)))
    if place.name in PLACES[number]:
        assert read_one(number, bytes.fromhex(body), place) == expected
    else:
        with pytest.raises(IllegalParameter, match=f"{place.value}: {name} may not stand there"):
            read_one(number, bytes.fromhex(body), place)


@pytest.mark.parametrize("place", Place, ids=lambda place: place.name)
@pytest.mark.parametrize("number", GREASE + UNKNOWN)
def test_what_nobody_knows_may_stand_anywhere(number: int, place: Place) -> None:
    """Whether it was asked for is another question, which client and server put."""
    assert read_one(number, b"any data", place) == UnusedExtension(number, b"any data")


def test_an_older_server_hello_follows_older_rules() -> None:  # section 4.3.1 [14]
    """Without supported_versions it is not TLS 1.3, and that is what it shall be refused for (4.3.1)."""
    found = read(block((0, b""), (16, b"\x00\x03\x02h2")), Place.SH)
    assert found == (UnusedExtension(0), UnusedExtension(16, b"\x00\x03\x02h2"))


# Blocks


@pytest.mark.parametrize("place", Place, ids=lambda place: place.name)
def test_blocks_round_trip(place: Place) -> None:  # sections 4.3 [1] and 9.2 [1]
    @given(blocks(place))
    def check(written: tuple[Extension, ...]) -> None:
        writer = Writer()
        extension_blocks.write(writer, written)
        assert read(writer.getvalue(), place) == written

    check()


@pytest.mark.parametrize("place", Place, ids=lambda place: place.name)
@pytest.mark.parametrize("number", [0x0A0A, 0xABCD])
def test_none_may_be_there_twice(number: int, place: Place) -> None:  # section 4.3 [7]
    with pytest.raises(IllegalParameter, match="twice"):
        read(block((number, b""), (1, b""), (number, b"other")), place)


def test_not_even_with_another_body() -> None:
    with pytest.raises(IllegalParameter, match="ClientHello: supported_versions twice"):
        read(block((43, b"\x02\x03\x04"), (43, b"\x02\x03\x03")), Place.CH)


@pytest.mark.parametrize(("place", "number"), BODIES)
def test_every_truncated_body_is_refused(place: str, number: int) -> None:
    data = bytes.fromhex(BODIES[place, number][0])
    for length in range(len(data)):
        with pytest.raises(DecodeError):
            read_one(number, data[:length], Place[place])


@pytest.mark.parametrize(("place", "number"), BODIES)
def test_trailing_bytes_are_refused(place: str, number: int) -> None:  # section 4.3 [2]: decode_error
    data = bytes.fromhex(BODIES[place, number][0])
    with pytest.raises(DecodeError, match="bytes too many"):
        read_one(number, data + b"\x00", Place[place])


@given(st.binary(max_size=60), st.sampled_from(Place))
def test_any_bytes_are_a_block_or_refused(data: bytes, place: Place) -> None:
    try:
        found = read(len(data).to_bytes(2, "big") + data, place)
    except (DecodeError, IllegalParameter):
        return
    assert len({extension.type for extension in found}) == len(found)


# The bounds of their syntax

OUT_OF_BOUNDS = {
    "versions<2..254>: none": ("CH", 43, "00"),
    "versions<2..254>: one byte": ("CH", 43, "01 03"),
    "versions<2..254>: one and a half": ("CH", 43, "03 0304 03"),
    "cookie<1..2^16-1>: empty, in a ClientHello": ("CH", 44, "0000"),
    "cookie<1..2^16-1>: empty, in a HelloRetryRequest": ("HRR", 44, "0000"),
    "supported_signature_algorithms<2..2^16-2>: none": ("CH", 13, "0000"),
    "supported_signature_algorithms<2..2^16-2>: one byte": ("CH", 13, "0001 08"),
    "supported_signature_algorithms<2..2^16-2>: half": ("CR", 13, "0003 0807 08"),
    "signature_algorithms_cert: none": ("CH", 50, "0000"),
    "signature_algorithms_cert: half": ("CR", 50, "0003 0807 08"),
    "named_group_list<2..2^16-1>: none": ("CH", 10, "0000"),
    "named_group_list<2..2^16-1>: half": ("EE", 10, "0003 001d 00"),
    "key_exchange<1..2^16-1>: empty, in a ClientHello": ("CH", 51, "0004 001d 0000"),
    "key_exchange<1..2^16-1>: empty, in a ServerHello": ("SH", 51, "001d 0000"),
    "client_shares: half a share": ("CH", 51, "0003 001d 00"),
    "server_name_list<1..2^16-1>: none": ("CH", 0, "0000"),
    "HostName<1..2^16-1>: empty": ("CH", 0, "0003 00 0000"),
    "server_name: a body in the server's consent": ("EE", 0, "000c 00 0009 6c6f63616c686f7374"),
    "protocol_name_list<2..2^16-1>: none": ("CH", 16, "0000"),
    "protocol_name_list<2..2^16-1>: one byte": ("CH", 16, "0001 00"),
    "ProtocolName<1..2^8-1>: empty": ("CH", 16, "0004 00 02 6832"),
    "ProtocolName<1..2^8-1>: longer than the list": ("EE", 16, "0002 02 68"),
    "ke_modes<1..255>: none": ("CH", 45, "00"),
    "identities<7..2^16-1>: none": ("CH", 41, f"0000 0021 {BINDER}"),
    "identity<1..2^16-1>: empty": ("CH", 41, f"0013 0000 01020304 0007 {'aa' * 7} 01020304 0021 {BINDER}"),
    "identities: an age of three bytes": ("CH", 41, f"0007 0002 aaaa 010203 0021 {BINDER}"),
    "binders<33..2^16-1>: none": ("CH", 41, f"000c {IDENTITY} 0000"),
    "PskBinderEntry<32..255>: 31 bytes": ("CH", 41, f"000c {IDENTITY} 0021 1f {'ab' * 31} 00"),
    "PskBinderEntry<32..255>: longer than the list": ("CH", 41, f"000c {IDENTITY} 0021 21 {'ab' * 32}"),
    "early_data: a size in the client's wish": ("CH", 42, "00004000"),
    "early_data: a size in the server's consent": ("EE", 42, "00004000"),
    "early_data: no size in a ticket": ("NST", 42, ""),
    "authorities<3..2^16-1>: none": ("CR", 47, "0000"),
    "DistinguishedName<1..2^16-1>: empty": ("CR", 47, "0005 0000 0001 aa"),
    "certificate_extension_oid<1..2^8-1>: empty": ("CR", 48, "0003 00 0000"),
    "filters: half a filter": ("CR", 48, "0002 01 aa"),
    "status_request: empty": ("CH", 5, ""),
    "status_request: half of an OCSPStatusRequest": ("CH", 5, "01 0000"),
    "ResponderID<1..2^16-1>: empty": ("CH", 5, "01 0002 0000 0000"),
    "OCSPResponse<1..2^24-1>: empty": ("CT", 5, "01 000000"),
}


@pytest.mark.parametrize("name", OUT_OF_BOUNDS)
def test_out_of_bounds(name: str) -> None:
    place, number, data = OUT_OF_BOUNDS[name]
    with pytest.raises(DecodeError):
        read_one(number, bytes.fromhex(data), Place[place])


WITHIN_BOUNDS: dict[str, tuple[str, int, bytes, Extension]] = {
    "127 versions": ("CH", 43, b"\xfe" + b"\x03\x04" * 127, SupportedVersions((0x0304,) * 127)),
    "a cookie of one byte": ("HRR", 44, b"\x00\x01x", Cookie(b"x")),
    "as large a cookie as a block can hold": ("HRR", 44, b"\xff\xf9" + bytes(65_529), Cookie(bytes(65_529))),
    "no client shares": ("CH", 51, b"\x00\x00", ClientKeyShares(())),
    "a protocol of one byte": ("CH", 16, b"\x00\x02\x01x", ApplicationProtocols((b"x",))),
    "a protocol of 255 bytes": (
        "CH",
        16,
        b"\x01\x00\xff" + b"x" * 255,
        ApplicationProtocols((b"x" * 255,)),
    ),
    "255 modes": ("CH", 45, b"\xff" + bytes(255), PskKeyExchangeModes((0,) * 255)),
    "an identity of one byte, a binder of 255": (
        "CH",
        41,
        bytes.fromhex("0007 0001 aa 00000000 0100 ff") + bytes(255),
        OfferedPsks((PskIdentity(b"\xaa", 0),), (bytes(255),)),
    ),
    "no filters": ("CR", 48, b"\x00\x00", OidFilters(())),
    "an OID without values": ("CR", 48, bytes.fromhex("0004 01 aa 0000"), OidFilters(((b"\xaa", b""),))),
    "OCSP with no responders, and extensions": ("CH", 5, bytes.fromhex("01 0000 0002 abcd"), StatusRequest()),
}


@pytest.mark.parametrize("name", WITHIN_BOUNDS)
def test_just_within_bounds(name: str) -> None:
    place, number, data, expected = WITHIN_BOUNDS[name]
    assert read_one(number, data, Place[place]) == expected


# server_name (RFC 6066 section 3)


def host_name_list(*names: tuple[int, bytes]) -> bytes:
    content = b"".join(bytes([kind]) + len(name).to_bytes(2, "big") + name for kind, name in names)
    return len(content).to_bytes(2, "big") + content


def test_names_of_other_types_are_ignored() -> None:
    data = host_name_list((1, b"\xff\x00"), (0, b"localhost"), (255, b"x"))
    assert read_one(0, data, Place.CH) == ServerName("localhost")
    assert read_one(0, host_name_list((1, b"x")), Place.CH) == ServerName(None)


def test_one_host_name_at_most() -> None:
    with pytest.raises(IllegalParameter, match="two host names"):
        read_one(0, host_name_list((0, b"a.example"), (0, b"b.example")), Place.CH)


@pytest.mark.parametrize("byte", [0x00, 0x0A, 0x20, 0x7F, 0x80, 0xFF])
def test_a_host_name_is_visible_ascii(byte: int) -> None:
    with pytest.raises(IllegalParameter, match="is no host name"):
        read_one(0, host_name_list((0, b"local" + bytes([byte]) + b"host")), Place.CH)


@pytest.mark.parametrize("byte", [0x21, 0x2E, 0x5F, 0x7E])
def test_and_all_of_it_is_passed_on(byte: int) -> None:
    """Whether it is the name of a host is for others to say."""
    assert read_one(0, host_name_list((0, bytes([byte]))), Place.CH) == ServerName(chr(byte))


# pre_shared_key (section 4.3.11)


@pytest.mark.parametrize(("identities", "binders"), [(1, 2), (2, 1), (3, 2)])
def test_each_identity_has_one_binder(identities: int, binders: int) -> None:
    names = bytes.fromhex(IDENTITY) * identities
    proofs = bytes.fromhex(BINDER) * binders
    data = len(names).to_bytes(2, "big") + names + len(proofs).to_bytes(2, "big") + proofs
    with pytest.raises(IllegalParameter, match=f"{binders} binders for {identities} identities"):
        read_one(41, data, Place.CH)


@given(st.lists(st.binary(min_size=32, max_size=255), min_size=1, max_size=4))
def test_the_binders_are_the_last_bytes_of_the_hello(binders: list[bytes]) -> None:  # section 4.3.11.2
    identities = tuple(PskIdentity(b"ticket", number) for number in range(len(binders)))
    offered = OfferedPsks(identities, tuple(binders))
    writer = Writer()
    offered.write(writer)
    content = b"".join(bytes([len(binder)]) + binder for binder in binders)
    assert writer.getvalue()[-offered.binders_size :] == len(content).to_bytes(2, "big") + content


# oid_filters (section 4.3.5)


def test_an_oid_is_filtered_once() -> None:
    with pytest.raises(IllegalParameter, match="oid_filters: 5504 twice"):
        read_one(48, bytes.fromhex("000b 02 5504 0000 02 5504 0001 aa"), Place.CR)


# status_request (section 4.5.1.1, RFC 6066 section 8)


def test_a_request_for_anything_but_ocsp_is_left_alone() -> None:
    """Even if it has the form of one for OCSP."""
    for data in (b"\x00", b"\x02anything", b"\x02\x00\x00\x00\x00"):
        assert read_one(5, data, Place.CH) == UnusedExtension(5, data)


def test_we_ask_for_ocsp_and_name_no_responder() -> None:
    writer = Writer()
    StatusRequest().write(writer)
    assert writer.getvalue() == bytes.fromhex("01 0000 0000")


@pytest.mark.parametrize("status_type", [0, 2, 255])
def test_a_response_is_of_ocsp(status_type: int) -> None:
    with pytest.raises(IllegalParameter, match=f"of type {status_type}, not OCSP"):
        read_one(5, bytes([status_type]) + bytes.fromhex("000002 3000"), Place.CT)


# record_size_limit (RFC 8449 section 4)


@pytest.mark.parametrize("place", [Place.CH, Place.EE])
@pytest.mark.parametrize("limit", [0, 1, 63])
def test_a_record_size_limit_is_at_least_64_bytes(limit: int, place: Place) -> None:
    with pytest.raises(IllegalParameter, match=f"{limit} bytes, at least 64"):
        read_one(28, limit.to_bytes(2, "big"), place)


@pytest.mark.parametrize("limit", [16_386, 65_535])
def test_only_a_client_knows_that_a_limit_is_too_large(limit: int) -> None:
    data = limit.to_bytes(2, "big")
    assert read_one(28, data, Place.CH) == RecordSizeLimit(limit)
    with pytest.raises(IllegalParameter, match=f"{limit} bytes, at most 16385"):
        read_one(28, data, Place.EE)


# Arranged


OURS = (ServerName("ours"), Cookie(b"ours"), RecordSizeLimit(100))


@pytest.mark.parametrize(
    ("others", "order", "expected"),
    [
        ((), (), OURS),
        ((Cookie(b"theirs"),), (), (OURS[0], Cookie(b"theirs"), OURS[2])),
        ((UnusedExtension(7), UnusedExtension(9)), (), (*OURS, UnusedExtension(7), UnusedExtension(9))),
        ((UnusedExtension(7),), (7, 28), (UnusedExtension(7), OURS[2], OURS[0], OURS[1])),
        ((), (99, 44, 99, 44), (OURS[1], OURS[0], OURS[2])),  # what is not there, and what is said twice
        ((UnusedExtension(44, b"raw"),), (44,), (UnusedExtension(44, b"raw"), OURS[0], OURS[2])),
    ],
)
def test_arranged(
    others: tuple[Extension, ...], order: tuple[int, ...], expected: tuple[Extension, ...]
) -> None:
    assert extension_blocks.arrange(OURS, others, order) == expected
