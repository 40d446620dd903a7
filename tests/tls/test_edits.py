"""Bytes of a message are found by their names, and others put in their place."""

import pytest

from handshake.codec import Field, Length
from record.content_type import ContentType
from tests.support import taped
from tls.what_if import edits

CERTIFICATE = next(line.content for line in taped.replay().script if line.name == "Certificate")


def field_of(content: bytes, ending: str) -> Field:
    return next(f for f in edits.fields_of(content) if isinstance(f, Field) and f.path.endswith(f".{ending}"))


def test_the_fields_are_all_bytes_of_a_message():
    for line in taped.replay().script:
        if line.content_type is ContentType.HANDSHAKE:
            fields = edits.fields_of(line.content)
            assert sum(field.length for field in fields) == len(line.content)
            ends = [field.offset + field.length for field in fields]
            assert [field.offset for field in fields] == [0, *ends[:-1]]


@pytest.mark.parametrize(
    "content", [b"", b"\xff\x00\x00\x00", b"\xfe\x00\x00\x00", b"\x02", b"\x02\x00\x00\x00"]
)
def test_what_cannot_be_read_has_fields_as_far_as_it_can(content):
    assert len(edits.fields_of(content)) <= 2


@pytest.mark.parametrize(("offset", "data"), [(-1, b"a"), (4, b"a"), (3, b"ab"), (2**64, b"a")])
def test_there_is_nothing_to_write_over(offset, data):
    with pytest.raises(ValueError, match="there are 4 bytes"):
        edits.put(b"1234", offset, data)


def test_another_length_leaves_the_lengths_around_it():
    content = taped.replay().content(1)
    share = field_of(content, "key_exchange")
    changed = edits.replace(content, share, b"\x01\x02")
    assert changed == content[: share.offset] + b"\x01\x02"
    assert changed[: share.offset] == content[: share.offset]


def test_fix_makes_the_lengths_around_it_right_and_no_others():
    content = taped.replay().content(1)
    share = field_of(content, "key_exchange")
    changed = edits.replace(content, share, b"\x01\x02", fix=True)
    before = {f.path: f.value for f in edits.fields_of(content) if isinstance(f, Length)}
    after = {f.path: f.value for f in edits.fields_of(changed) if isinstance(f, Length)}
    shorter = share.length - 2
    assert {path for path in before if before[path] != after[path]} == {
        "server_hello",
        "server_hello.extensions",
        "server_hello.extensions[1].key_share",
        "server_hello.extensions[1].key_share.server_share.key_exchange",
    }
    assert all(before[path] - after[path] in (0, shorter) for path in before)


def test_fix_refuses_what_fits_no_length():
    content = taped.replay().content(1)
    with pytest.raises(ValueError, match="legacy_session_id_echo: 300 bytes do not fit"):
        edits.replace(content, field_of(content, "legacy_session_id_echo"), bytes(300), fix=True)


def test_what_stands_in_a_certificate_is_where_it_says():
    content = CERTIFICATE
    values = list(edits.values_in(field_of(content, "cert_data")))
    for value in values:
        assert content[value.offset :].startswith(value.value)
    (name,) = [value for value in values if value.path.endswith(".dNSName")]
    assert name.value == b"localhost"
    assert list(edits.values_in(Field("", 0, 3, b"\x30\x01\x05", None))) == []
