"""The DER reader: what each type means, and every other spelling of it refused."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from x509 import der, encoding
from x509.der import Element, Reader
from x509.errors import DerError


def read(method, data, *arguments):
    """Read one field and nothing after it."""
    with Reader(data) as reader:
        return getattr(reader, method)("field", *arguments)


def refused(method, data, why, *arguments):
    with pytest.raises(DerError, match=why):
        read(method, bytes.fromhex(data), *arguments)


# ---- Tags and lengths ----------------------------------------------------------------------------------


def test_the_example_of_the_docstring():
    data = bytes.fromhex("300a 06032b6570 020105 0500")
    with Reader(data) as file, file.sequence("example") as example:
        assert example.object_identifier("oid") == "1.3.101.112"
        assert example.integer("number") == 5
        assert example.element("nothing") == b"\x05\x00"
        assert example.encoding == data
        assert example.content == data[2:]


@pytest.mark.parametrize("length", [0, 1, 127, 128, 255, 256, 65535, 65536])
def test_lengths(length):
    content = b"x" * length
    assert read("octet_string", encoding.octet_string(content)) == content


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("", "missing: expected OCTET STRING"),
        ("04", "ends after its tag"),
        ("0480 0000", "indefinite"),
        ("0481", "ends inside its length"),
        ("048201", "ends inside its length"),
        ("04ff", "ends inside its length"),
        ("048101 00", "shorter form"),
        ("04817f" + "00" * 127, "shorter form"),
        ("04820080" + "00" * 128, "shorter form"),
        ("0401", "says 1 bytes, but only 0"),
        ("0403 0000", "says 3 bytes, but only 2"),
        ("0484ffffffff 00", "says 4294967295 bytes, but only 1"),
        ("04fe" + "ff" * 126, "says .* bytes, but only 0"),
        ("0500", "expected OCTET STRING, got NULL"),
        ("2400", "expected OCTET STRING, got tag 0x24"),  # OCTET STRING in pieces: BER, not DER
        ("a200", r"expected OCTET STRING, got \[2\]"),
        ("8200", r"expected OCTET STRING, got \[2\]"),
    ],
)
def test_headers_refused(data, why):
    refused("octet_string", data, f"^field: .*{why}")


@pytest.mark.parametrize("data", ["1f0100", "3f8101 00", "bf1f00"])
def test_tags_of_several_bytes_are_refused(data):
    refused("element", data, "a tag of several bytes")


def test_an_element_cannot_reach_beyond_its_parent():
    with pytest.raises(DerError, match=r"^outer\.inner: says 2 bytes, but only 1"):
        Reader(bytes.fromhex("3003 040201 02")).sequence("outer").octet_string("inner")


def test_a_length_cannot_reach_beyond_its_parent():
    with pytest.raises(DerError, match=r"^outer\.inner: ends inside its length"):
        Reader(bytes.fromhex("3002 0481 80" + "00" * 128)).sequence("outer").octet_string("inner")


def test_a_tag_cannot_reach_beyond_its_parent():
    with pytest.raises(DerError, match=r"^outer\.inner: ends after its tag"):
        Reader(bytes.fromhex("3001 04 00")).sequence("outer").octet_string("inner")


def test_an_optional_field_is_not_found_beyond_its_parent():
    outer = Reader(bytes.fromhex("3000 0400")).sequence("outer")
    assert outer.at_end
    assert not outer.next_is(der.OCTET_STRING)


def test_nothing_may_be_left_over():
    with pytest.raises(DerError, match=r"^input: 1 bytes too many"):
        read("octet_string", b"\x04\x00\x00")
    outer = Reader(b"\x30\x02\x05\x00").sequence("outer")
    with pytest.raises(DerError, match=r"^outer: 2 bytes too many"), outer:
        pass


def test_a_refusal_is_not_hidden_by_what_is_left_over():
    outer = Reader(b"\x30\x02\x05\x00").sequence("outer")
    with pytest.raises(DerError, match=r"^outer: because"), outer:
        outer.fail("", "because")


def test_nesting_is_bounded():
    data = b""
    for _ in range(der.MAXIMUM_DEPTH + 1):
        data = encoding.sequence(data)
    reader = Reader(data)
    for _ in range(der.MAXIMUM_DEPTH):
        reader = reader.sequence("level")
    with pytest.raises(DerError, match="more than 16 levels deep"):
        reader.sequence("level")


# ---- Types ---------------------------------------------------------------------------------------------


def test_constructed_types():
    assert read("sequence", b"\x30\x00").at_end
    assert read("set_of", b"\x31\x00").at_end
    assert Reader(b"\xa3\x00").explicit(3, "field").at_end
    assert read("octets_with_der", b"\x04\x00").at_end
    refused("sequence", "3100", "expected SEQUENCE, got SET")
    refused("set_of", "3000", "expected SET, got SEQUENCE")
    refused("sequence", "1000", "expected SEQUENCE, got tag 0x10")
    with pytest.raises(DerError, match=r"expected \[3\], got \[2\]"):
        Reader(b"\xa2\x00").explicit(3, "field")


def test_boolean():
    assert read("boolean_default_false", b"\x01\x01\xff") is True
    assert read("boolean_default_false", b"") is False
    for content, got in (("00", "00"), ("01", "01"), ("", "nothing"), ("ffff", "ffff")):
        data = encoding.element(der.BOOLEAN, bytes.fromhex(content)).hex()
        refused(
            "boolean_default_false", data, f"^field: TRUE is one byte ff and FALSE is left out, got {got}$"
        )


@pytest.mark.parametrize(
    ("data", "value"),
    [
        ("020100", 0),
        ("02017f", 127),
        ("02020080", 128),
        ("0201ff", -1),
        ("020180", -128),
        ("0202ff7f", -129),
        ("02030100 00", 65536),
    ],
)
def test_integer(data, value):
    assert read("integer", bytes.fromhex(data)) == value
    assert encoding.integer(value) == bytes.fromhex(data)


def test_integer_refused():
    refused("integer", "0200", "of no bytes")
    refused("integer", "02020000", "repeats the sign")
    refused("integer", "0202007f", "repeats the sign")
    refused("integer", "0202ffff", "repeats the sign")
    refused("integer", "0202ff80", "repeats the sign")
    refused("integer", "021501" + "00" * 20, "an INTEGER of 21 bytes, more than 20")


@given(st.integers(min_value=-(2**159), max_value=2**159 - 1))
def test_any_integer_comes_back(value):
    assert read("integer", encoding.integer(value)) == value


@pytest.mark.parametrize(
    ("data", "value"),
    [
        ("06032b6570", "1.3.101.112"),
        ("0603551d0f", "2.5.29.15"),
        ("060100", "0.0"),
        ("060127", "0.39"),
        ("060128", "1.0"),
        ("06014f", "1.39"),
        ("060150", "2.0"),
        ("06028837", "2.999"),
        ("0603550400", "2.5.4.0"),
        ("06052a8648ce3d", "1.2.840.10045"),
    ],
)
def test_object_identifier(data, value):
    assert read("object_identifier", bytes.fromhex(data)) == value
    assert encoding.oid(value) == bytes.fromhex(data)


def test_object_identifier_refused():
    refused("object_identifier", "0600", "ends inside a number")
    refused("object_identifier", "06022b80", "leading zero|ends inside")
    refused("object_identifier", "06022b81", "ends inside a number")
    refused("object_identifier", "06032b8001", "leading zero")
    refused("object_identifier", "06038055 04", "leading zero")
    refused("object_identifier", "068181" + "01" * 129, "an OID of 129 bytes, more than 128")


def test_the_largest_number_of_an_oid_can_still_be_printed():
    assert read("object_identifier", b"\x06\x81\x80\x2a" + b"\xff" * 126 + b"\x7f").startswith("1.2.")


@given(st.integers(0, 2), st.integers(0, 39), st.lists(st.integers(0, 2**70), max_size=8))
def test_any_object_identifier_comes_back(root, second, others):
    dotted = ".".join(map(str, (root, second, *others)))
    assert read("object_identifier", encoding.oid(dotted)) == dotted


def test_bit_string():
    assert read("bit_string", bytes.fromhex("0303000102")) == b"\x01\x02"
    assert read("bit_string", bytes.fromhex("030100")) == b""
    assert read("bit_string", bytes.fromhex("8103000102"), 0x81) == b"\x01\x02"
    refused("bit_string", "0300", "not whole bytes")
    refused("bit_string", "03020780", "not whole bytes")
    refused("bit_string", "230403020001", "expected BIT STRING")  # in pieces: BER


@pytest.mark.parametrize(
    ("data", "numbers"),
    [
        ("030100", set()),
        ("03020780", {0}),
        ("03020001", {7}),
        ("030205a0", {0, 2}),
        ("0303070080", {8}),
        ("03050000000001", {31}),
    ],
)
def test_named_bits(data, numbers):
    assert read("named_bits", bytes.fromhex(data)) == numbers
    assert encoding.named_bits(frozenset(numbers)) == bytes.fromhex(data)


@pytest.mark.parametrize(
    "data",
    [
        "030101",  # no bits, of which one is unused
        "03020080",  # zeros after the last one, not marked unused
        "03020681",  # a one among the unused bits
        "03020600",  # no one at all
        "03020000",
        "03020800",
        "0303078000",  # a whole byte of zeros at the end
        "0303088000",
        "0303080100",
    ],
)
def test_named_bits_have_one_spelling(data):
    refused("named_bits", data, "do not end with a one")


def test_named_bits_are_bounded():
    refused("named_bits", "0300", "named bits are 1 to 5 bytes, got 0")
    refused("named_bits", "0306000000000001", "named bits are 1 to 5 bytes, got 6")


def test_octet_string_under_another_tag():
    assert read("octet_string", bytes.fromhex("870101"), 0x87) == b"\x01"


@pytest.mark.parametrize(
    ("data", "value"),
    [
        ("0c03c3bc78", "üx"),
        ("1302 4742", "GB"),
        ("1401fc", "ü"),
        ("160140", "@"),
        ("1e0400fc0078", "üx"),
        ("1c08000000fc00000078", "üx"),
        ("0c00", ""),
    ],
)
def test_strings(data, value):
    assert read("string", bytes.fromhex(data)) == value


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("0c01ff", "not utf-8, at its byte 0"),
        ("0c03eda080", "not utf-8"),  # a surrogate
        ("1302 41fc", "not ascii, at its byte 1"),
        ("1601fc", "not ascii"),
        ("1e0100", "not utf-16-be"),
        ("1e02d800", "not utf-16-be"),
        ("1c0400110000", "not utf-32-be"),
        ("0401 41", "expected a string"),
        ("", "expected a string"),
    ],
)
def test_strings_refused(data, why):
    refused("string", data, f"^field: {why}")


def test_ia5_string_under_another_tag():
    assert read("ia5_string", b"\x82\x02de", 0x82) == "de"
    assert read("ia5_string", b"\x16\x02de") == "de"
    refused("ia5_string", "8201fc", "not ascii", 0x82)


@pytest.mark.parametrize(
    ("tag", "text", "year"),
    [
        (0x17, "000229235959Z", 2000),
        (0x17, "490101000000Z", 2049),
        (0x17, "500101000000Z", 1950),
        (0x17, "991231235959Z", 1999),
        (0x18, "20500101000000Z", 2050),
        (0x18, "99991231235959Z", 9999),
    ],
)
def test_time(tag, text, year):
    data = encoding.element(tag, text.encode())
    value = read("time", data)
    assert value.year == year
    assert value.tzinfo is UTC
    assert f"{value:%m%d%H%M%S}Z" == text[-11:]
    assert encoding.time(value) == data


@pytest.mark.parametrize(
    ("tag", "text", "why"),
    [
        (0x17, "2001010000Z", "12 digits and Z"),  # no seconds
        (0x17, "200101000000", "12 digits and Z"),
        (0x17, "200101000000+0000", "12 digits and Z"),
        (0x17, "20010100000Z", "12 digits and Z"),
        (0x17, "20010100000 Z", "12 digits and Z"),
        (0x17, "200101000000Z\n", "12 digits and Z"),
        (0x17, "+20101000000Z", "12 digits and Z"),
        (0x17, "20500101000000Z", "12 digits and Z"),
        (0x17, "", "12 digits and Z"),
        (0x17, "200001000000Z", "no such time"),
        (0x17, "201301000000Z", "no such time"),
        (0x17, "210229000000Z", "no such time"),
        (0x17, "200101240000Z", "no such time"),
        (0x17, "200101006000Z", "no such time"),
        (0x17, "200101000060Z", "no such time"),
        (0x18, "20491231235959Z", "a GeneralizedTime before 2050"),
        (0x18, "00000101000000Z", "a GeneralizedTime before 2050"),
        (0x18, "20500101000000.5Z", "14 digits and Z"),
        (0x18, "205001010000Z", "14 digits and Z"),
        (0x18, "500101000000Z", "14 digits and Z"),
        (0x18, "20501301000000Z", "no such time"),
        (0x16, "200101000000Z", "expected a time"),
    ],
)
def test_time_refused(tag, text, why):
    with pytest.raises(DerError, match=f"^field: .*{why}"):
        read("time", encoding.element(tag, text.encode()))


@given(st.datetimes(datetime(1950, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC)))
def test_any_time_comes_back(moment):
    assert read("time", encoding.time(moment)) == moment.replace(microsecond=0)


# ---- The observer --------------------------------------------------------------------------------------


def test_the_observer_sees_every_element_where_it_is():
    value = encoding.octet_string(encoding.sequence(encoding.integer(-2)))
    data = encoding.sequence(encoding.oid("2.5.29.15"), encoding.explicit(0, value), encoding.sequence(value))
    seen = []
    with Reader(data, seen.append) as file, file.sequence("all") as everything:
        everything.object_identifier("oid")
        everything.explicit(0, "wrapped").octets_with_der("").sequence("pair").integer("number")
        with everything.sequence("list") as items:
            items.element("[0]")
    assert seen == [
        Element("all", 0, 2, 23, 0x30, None),
        Element("all.oid", 2, 2, 3, 0x06, "2.5.29.15"),
        Element("all.wrapped", 7, 2, 7, 0xA0, None),
        Element("all.wrapped", 9, 2, 5, 0x04, None),
        Element("all.wrapped.pair", 11, 2, 3, 0x30, None),
        Element("all.wrapped.pair.number", 13, 2, 1, 0x02, -2),
        Element("all.list", 16, 2, 7, 0x30, None),
        Element("all.list[0]", 18, 2, 5, 0x04, value),
    ]
    for element in seen:
        assert data[element.offset] == element.tag


def test_the_observer_sees_the_value_of_every_type():
    moment = datetime(2026, 7, 1, tzinfo=UTC)
    parts = {
        "boolean_default_false": (encoding.boolean(True), True),
        "bit_string": (encoding.bit_string(b"ab"), b"ab"),
        "named_bits": (encoding.named_bits(frozenset({1, 5})), frozenset({1, 5})),
        "octet_string": (encoding.octet_string(b"c"), b"c"),
        "string": (encoding.utf8_string("ü"), "ü"),
        "ia5_string": (encoding.element(der.IA5_STRING, b"d"), "d"),
        "time": (encoding.time(moment), moment),
        "set_of": (encoding.set_of(), None),
    }
    for method, (data, value) in parts.items():
        seen = []
        getattr(Reader(data, seen.append), method)("field")
        assert seen == [Element("field", 0, 2, len(data) - 2, data[0], value)]
