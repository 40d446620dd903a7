"""The extensions: where each may stand, what its body may be, and what happens to those that nobody knows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handshake import extension_blocks
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


def test_an_older_server_hello_follows_older_rules() -> None:
    """Without supported_versions it is not TLS 1.3, and that is what it shall be refused for (4.3.1)."""
    found = read(block((0, b""), (16, b"\x00\x03\x02h2")), Place.SH)
    assert found == (UnusedExtension(0), UnusedExtension(16, b"\x00\x03\x02h2"))


# Blocks


@pytest.mark.parametrize("place", Place, ids=lambda place: place.name)
def test_blocks_round_trip(place: Place) -> None:
    @given(blocks(place))
    def check(written: tuple[Extension, ...]) -> None:
        writer = Writer()
        extension_blocks.write(writer, written)
        assert read(writer.getvalue(), place) == written

    check()


@pytest.mark.parametrize("place", Place, ids=lambda place: place.name)
@pytest.mark.parametrize("number", [0x0A0A, 0xABCD])
def test_none_may_be_there_twice(number: int, place: Place) -> None:  # section 4.3
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
def test_trailing_bytes_are_refused(place: str, number: int) -> None:  # section 4.3: decode_error
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
