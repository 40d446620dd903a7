"""How large the records of a handshake are where the client has a limit.  RFC 8449 section 4."""

from collections.abc import Iterator

import pytest

from record.content_type import ContentType
from record.framing import RecordBuffer
from tests.support import remembered
from tests.support.peers_in_memory import client_settings, connected, server_settings

LIMIT, TAG_SIZE = 64, 16


@pytest.fixture(scope="module", autouse=True)
def remember() -> Iterator[None]:
    with remembered.primitives():
        yield


def sizes(wire: bytes) -> list[int]:
    """Bytes in each protected record."""
    buffer = RecordBuffer()
    buffer.receive(wire)
    found = []
    while record := buffer.next_record(2**14 + 256):
        if record.content_type is ContentType.APPLICATION_DATA:
            found.append(len(record.fragment))
    return found


def test_the_limit_is_for_every_protected_record() -> None:
    """EncryptedExtensions says what we take, but what the client takes it has said before."""
    protocols = (b"a protocol of so long a name that EncryptedExtensions alone is more than the limit",)
    link = connected(
        client_settings(record_size_limit=LIMIT, application_protocols=protocols),
        server_settings(application_protocols=protocols),
    )
    assert max(sizes(link.sent_by("server"))) == LIMIT + TAG_SIZE


def test_a_limit_does_not_cut_a_flight() -> None:
    """Messages share a record as if there were none."""
    link = connected(client_settings(record_size_limit=2**14 + 1))
    assert len(sizes(link.sent_by("server"))) == 1
