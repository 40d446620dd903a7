"""Whatever the bytes, they end in a CertificateError on the way to a verified name, and in nothing else."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.certificates import NOW, assemble, authority_and_leaf, extension, leaf_extensions
from x509 import der, encoding, names, oids, path, pem, private_keys
from x509.certificate import Certificate
from x509.errors import CertificateError, MalformedCertificate
from x509.rules import Purpose
from x509.trust_store import TrustStore

FAMILY = authority_and_leaf(["localhost", "*.example.com"])
LEAF = FAMILY.leaf.der


def refused(data):
    """Whether these bytes are refused on the way from DER to a verified name; and only as they may be."""
    try:
        certificate = Certificate.from_der(data)
        str(certificate)
        repr(certificate)
        path.verify_chain([certificate], FAMILY.trust, at=NOW, purpose=Purpose.SERVER)
        names.verify_name(certificate, "localhost")
    except CertificateError as error:
        message = str(error)
        assert message.isprintable()
        assert len(message) < 1000
        return True
    return False


def test_the_leaf_itself_is_accepted():
    assert not refused(LEAF)


def flipped(position, bit):
    data = bytearray(LEAF)
    data[position] ^= 1 << bit
    return data


def test_a_bit_of_every_byte_flipped():
    assert all(refused(flipped(position, position % 8)) for position in range(len(LEAF)))


@pytest.mark.long
def test_every_bit_flipped():
    assert all(refused(flipped(position, bit)) for position in range(len(LEAF)) for bit in range(8))


def test_every_length_cut():
    for end in range(len(LEAF)):
        with pytest.raises(MalformedCertificate):
            Certificate.from_der(LEAF[:end])


def test_every_byte_left_out_or_doubled():
    for position in range(len(LEAF)):
        assert refused(LEAF[:position] + LEAF[position + 1 :])
        assert refused(LEAF[: position + 1] + LEAF[position:])


@given(st.binary(max_size=200))
def test_any_bytes(data):
    assert refused(data)


@given(st.integers(0, len(LEAF)), st.integers(0, 20), st.binary(max_size=20))
@settings(max_examples=300)
def test_any_piece_replaced(start, length, piece):
    data = LEAF[:start] + piece + LEAF[start + length :]
    assert refused(data) == (data != LEAF)


# ---- Every element replaced by every nasty one, with all the lengths around it made right --------------


NASTY = {
    "nothing": b"",
    "null": b"\x05\x00",
    "empty sequence": b"\x30\x00",
    "empty set": b"\x31\x00",
    "sequence of an empty sequence": b"\x30\x02\x30\x00",
    "deep": b"",  # filled in below
    "indefinite": b"\x30\x80\x00\x00",
    "huge length": b"\x30\x84\xff\xff\xff\xff",
    "length of 126 bytes": b"\x04\xfe" + b"\xff" * 126,
    "integer of no bytes": b"\x02\x00",
    "negative integer": b"\x02\x01\xff",
    "long integer": encoding.integer(1 << 8000),
    "too long integer": encoding.integer(1 << 40_000),
    "false": b"\x01\x01\x00",
    "empty oid": b"\x06\x00",
    "open oid": b"\x06\x02\x2b\x80",
    "long oid": b"\x06\x82\x40\x00" + b"\xff" * 0x3FFF + b"\x7f",
    "bits without a byte": b"\x03\x00",
    "long bits": encoding.bit_string(b"\xff" * 40_000),
    "empty octets": b"\x04\x00",
    "nul in a string": b"\x0c\x03a\0b",
    "line feed in a string": b"\x0c\x03a\nb",
    "broken utf-8": b"\x0c\x01\xff",
    "long string": encoding.utf8_string("é" * 20_000),
    "surrogate": b"\x1e\x02\xd8\x00",
    "year 0000": encoding.element(der.GENERALIZED_TIME, b"00000101000000Z"),
    "month 13": encoding.element(der.UTC_TIME, b"201301000000Z"),
    "leap second": encoding.element(der.UTC_TIME, b"161231235960Z"),
    "end of time": encoding.element(der.GENERALIZED_TIME, b"99991231235959Z"),
    "long tag": b"\x1f\x81\x00\x00",
    "end of contents": b"\x00\x00",
}
for _ in range(5000):
    NASTY["deep"] = encoding.sequence(NASTY["deep"])

OFFSETS: list[int] = []
Certificate.from_der(LEAF, lambda element: OFFSETS.append(element.offset))
OFFSETS = sorted(set(OFFSETS))


def header(data, offset):
    """Where the content of the element at this offset begins, and where it ends."""
    length, content = data[offset + 1], offset + 2
    if length > 0x80:
        content += length - 0x80
        length = int.from_bytes(data[offset + 2 : content], "big")
    return content, content + length


def replace(data, target, new, start, end):
    """The elements from start to end with one replaced, and the lengths of all around it corrected."""
    parts = []
    while start < end:
        content, after = header(data, start)
        if start == target:
            parts.append(new)
        elif start < target < after:
            parts.append(encoding.element(data[start], replace(data, target, new, content, after)))
        else:
            parts.append(data[start:after])
        start = after
    return b"".join(parts)


def test_replacing_corrects_the_lengths():
    for offset in OFFSETS:
        _, after = header(LEAF, offset)
        assert replace(LEAF, offset, LEAF[offset:after], 0, len(LEAF)) == LEAF
    assert len(OFFSETS) > 50


@pytest.mark.parametrize("name", NASTY)
def test_every_element_replaced(name):
    for offset in OFFSETS:
        data = replace(LEAF, offset, NASTY[name], 0, len(LEAF))
        assert refused(data) == (data != LEAF)


def test_every_element_doubled_or_moved():
    spans = [(offset, header(LEAF, offset)[1]) for offset in OFFSETS]
    for offset, after in spans:
        assert refused(replace(LEAF, offset, LEAF[offset:after] * 2, 0, len(LEAF)))
        for other, other_after in spans[::5]:
            moved = replace(LEAF, offset, LEAF[other:other_after], 0, len(LEAF))
            assert refused(moved) == (moved != LEAF)


# ---- Much of everything --------------------------------------------------------------------------------


def certificate_of(*, oid=oids.SUBJECT_ALTERNATIVE_NAME, value):
    return assemble(extensions=encoding.explicit(3, encoding.sequence(extension(oid, value, critical=False))))


@pytest.mark.parametrize(
    ("oid", "value"),
    [
        (oids.SUBJECT_ALTERNATIVE_NAME, encoding.sequence(b"\x82\x00" * 30_000)),
        (oids.SUBJECT_ALTERNATIVE_NAME, encoding.sequence(b"\x82\x01*" * 20_000)),
        (oids.EXTENDED_KEY_USAGE, encoding.sequence(b"\x06\x01\x00" * 20_000)),
        (oids.SUBJECT_KEY_IDENTIFIER, encoding.octet_string(bytes(60_000))),
        ("1.2.3", bytes(60_000)),
    ],
)
def test_a_long_extension(oid, value):
    assert refused(certificate_of(oid=oid, value=value))


def test_many_extensions():
    many = [extension(f"1.2.{number}", b"", critical=False) for number in range(4000)]
    data = assemble(extensions=encoding.explicit(3, encoding.sequence(*leaf_extensions(), *many)))
    assert not refused(data)
    assert len(Certificate.from_der(data).extensions.all) > 4000


def test_a_long_name():
    attribute = encoding.sequence(encoding.oid("2.5.4.3"), encoding.utf8_string("\x1b"))
    data = assemble(subject=encoding.sequence(encoding.set_of(attribute) * 5000))
    assert len(str(Certificate.from_der(data))) == 200
    assert not refused(data)


# ---- The user's own files ------------------------------------------------------------------------------


@given(st.text(alphabet="-BEGIN PRVATKYCD\nMAE=*", max_size=200) | st.binary(max_size=200))
def test_any_file(text):
    for read in (private_keys.from_pem, TrustStore.from_pem):
        with pytest.raises(ValueError):
            read(text)


def test_any_bit_of_a_private_key_flipped():
    original = private_keys.to_der(FAMILY.leaf_key)
    for position in range(len(original)):
        for bit in range(8):
            data = bytearray(original)
            data[position] ^= 1 << bit
            if position < 16 and (position, bit) != (4, 0):
                with pytest.raises(ValueError, match="the private key is"):
                    private_keys.from_der(data)
            else:  # any 32 bytes are a key, and PKCS#8 has a version 2
                assert (private_keys.from_der(data) == FAMILY.leaf_key) == (position == 4)


def test_a_trust_file_of_anything():
    blocks = [
        pem.encode(replace(LEAF, offset, b"\x05\x00", 0, len(LEAF)), "CERTIFICATE") for offset in OFFSETS
    ]
    trust = TrustStore.from_pem("".join(blocks))
    assert trust.skipped + len(trust.anchors) == len(OFFSETS)
    assert trust.skipped > 40
