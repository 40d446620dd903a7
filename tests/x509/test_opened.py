"""Every byte of a certificate, exactly once, whatever it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.certificates import (
    assemble,
    authority_and_leaf,
    certified_key,
    leaf_extensions,
    leaf_under,
    root,
)
from x509 import encoding, opened, wording
from x509.algorithms import KeyKind
from x509.certificate import MAXIMUM_CERTIFICATE_SIZE
from x509.issue import extension

LEAF = authority_and_leaf().leaf.der


def bytes_of(lines: list[str]) -> bytes:
    """The left column, put together."""
    return b"".join(bytes.fromhex(line[8 : opened.LEFT]) for line in lines if line[:8].strip())


def assert_covers(certificate: bytes, width: int = wording.WIDTH) -> list[str]:
    lines = list(opened.lines(certificate, width))
    assert bytes_of(lines) == certificate
    offsets = [int(line[:6]) for line in lines if line[:6].strip()]
    assert offsets == sorted(set(offsets))
    assert all(len(line) <= width and line.isprintable() for line in lines)
    return lines


def words(lines: list[str]) -> list[str]:
    return [line[opened.LEFT :].strip() for line in lines]


@pytest.mark.parametrize("kind", KeyKind)
def test_every_byte_of_a_certificate_is_there_once(kind):
    for width in (wording.MINIMUM_WIDTH, wording.WIDTH, 200):
        assert_covers(certified_key(kind).leaf.der, width)


def test_each_field_says_its_name_its_type_and_its_value():
    said = words(assert_covers(LEAF))
    for line in (
        "certificate: SEQUENCE, 375 bytes",
        "version: [0], 3 bytes",
        "serialNumber: INTEGER 100",
        "algorithm: OBJECT IDENTIFIER Ed25519 (1.3.101.112)",
        "notBefore: UTCTime 2020-01-01 00:00:00 UTC",
        "extnID: OBJECT IDENTIFIER subjectAltName (2.5.29.17)",
        "[0].dNSName: [2] 'localhost'",
        "[1].iPAddress: [7] 127.0.0.1",
        "KeyUsage: BIT STRING digitalSignature",
    ):
        assert line in said


def test_the_curve_of_a_key_is_named():
    said = " ".join(words(assert_covers(certified_key(KeyKind.P256).leaf.der)))
    assert "parameters: OBJECT IDENTIFIER P-256 (1.2.840.10045.3.1.7) " in said


def test_reasons_are_not_called_usages():
    """Both are bits with names, and not with the same."""
    place = encoding.explicit(0, encoding.explicit(0, encoding.implicit(6, b"http://root.example/1.crl")))
    point = encoding.sequence(place, encoding.implicit(1, bytes.fromhex("0560")))
    points = extension("2.5.29.31", encoding.sequence(point))
    said = words(assert_covers(leaf_under(root(), extensions=leaf_extensions(points=points)).der))
    assert "reasons: [1] keyCompromise, cACompromise" in said


def test_parameters_that_are_a_broken_oid_are_shown_by_their_type():
    broken = certified_key(KeyKind.P256).leaf.der.replace(
        bytes.fromhex("06082a8648ce3d030107"), b"\x06\x08" + b"\x80" * 8
    )
    assert "parameters: OBJECT IDENTIFIER" in words(assert_covers(broken))


def test_what_is_inside_stands_further_in():
    lines = assert_covers(LEAF)
    indents = {
        line[opened.LEFT :].strip(): len(line[opened.LEFT :]) - len(line[opened.LEFT :].lstrip())
        for line in lines
    }
    outer, inner = indents["certificate: SEQUENCE, 375 bytes"], indents["serialNumber: INTEGER 100"]
    assert (outer, inner) == (0, 2 * opened.INDENT)
    assert indents["signatureValue: BIT STRING"] == opened.INDENT


def test_the_paths_are_the_readers():
    paths = {piece.path: piece for piece in opened.take_apart(LEAF).read}
    assert paths["certificate.tbsCertificate.validity.notBefore"].words == "UTCTime 2020-01-01 00:00:00 UTC"
    assert paths["certificate.tbsCertificate.validity.notBefore"].depth == 3


def test_what_is_refused_is_opened_as_far_as_it_was_read():
    negative = assemble(serialNumber=encoding.integer(-1))
    lines = assert_covers(negative)
    said = words(lines)
    assert "serialNumber: INTEGER -1" in said
    ended = said.index("here the reading ended: certificate.tbsCertificate.serialNumber: a")
    assert said[ended + 1] == "negative number, -1"
    assert said[ended + 2] == f"not read: {len(negative) - int(lines[ended + 2][:6])} bytes"
    assert "validity" not in " ".join(said)


def test_a_fault_that_is_found_after_the_last_byte_is_told_too():
    lines = assert_covers(LEAF + b"\0")
    assert "here the reading ended: input: 1 bytes too many at its end" in words(lines)


@pytest.mark.parametrize(
    "data", [b"", b"\x30", b"\x02\x01\x05", b"\xff" * 40, bytes(MAXIMUM_CERTIFICATE_SIZE + 1)]
)
def test_what_is_no_certificate_at_all(data):
    assert any("here the reading ended: " in line for line in assert_covers(data))


def test_a_good_one_ends_without_a_fault():
    found = opened.take_apart(LEAF)
    assert (found.unread, found.error) == (None, None)


@pytest.mark.parametrize("cut", range(0, len(LEAF), 7))
def test_a_certificate_that_is_cut_off(cut):
    assert_covers(LEAF[:cut])


@given(st.integers(0, len(LEAF) - 1), st.integers(1, 255))
def test_a_certificate_with_another_byte(position, change):
    changed = bytearray(LEAF)
    changed[position] ^= change
    assert_covers(bytes(changed), wording.MINIMUM_WIDTH)


def test_a_hostile_name_cannot_leave_its_line():
    name = "\x1b[2J\n" + "x" * 300
    san = extension("2.5.29.17", encoding.sequence(encoding.implicit(2, b"\x1b]0;x\x07")))
    hostile = leaf_under(root(), name, extensions=leaf_extensions(subject_alternative_name=san))
    lines = assert_covers(hostile.der, wording.MINIMUM_WIDTH)
    assert any(r"'\x1b]0;x\x07'" in line for line in lines)
