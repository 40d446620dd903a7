"""The key log: whoever has its lines can read the connection, and pyca/cryptography proves it."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from handshake.constants import HandshakeType
from handshake.effects import LogSecrets
from record.content_type import ContentType
from tests.support import oracle, peers_in_memory, remembered
from tests.support.oracle import Direction
from tests.support.peers_in_memory import Link, client_settings, connected
from tls import keylog
from tls.connection import Connection
from tls.events import ConnectionFailed

ROLES = ("client", "server")
HANDSHAKE, DATA, ALERT = ContentType.HANDSHAKE, ContentType.APPLICATION_DATA, ContentType.ALERT


@pytest.fixture(scope="module", autouse=True)
def remember() -> Iterator[None]:
    with remembered.primitives():
        yield


def secrets(lines: list[str]) -> dict[str, bytes]:
    """What another program reads out of the file: label, client random, secret."""
    found = {}
    for line in lines:
        label, client_random, secret = line.split(" ")
        assert bytes.fromhex(client_random) == peers_in_memory.CLIENT_RANDOM
        assert line == f"{label} {client_random.lower()} {secret.lower()}"
        found[label] = bytes.fromhex(secret)
    return found


@pytest.mark.parametrize("role", ROLES)
def test_the_labels_are_those_of_rfc_9850(role: str) -> None:
    assert list(secrets(connected().logs[role])) == [
        "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
        "SERVER_HANDSHAKE_TRAFFIC_SECRET",
        "CLIENT_TRAFFIC_SECRET_0",
        "SERVER_TRAFFIC_SECRET_0",
        "EXPORTER_SECRET",
    ]


@pytest.mark.parametrize("settings", [{}, {"key_share_groups": ()}])
def test_both_ends_log_the_same(settings: dict[str, tuple[int, ...]]) -> None:
    link = connected(client_settings(**settings))
    assert link.logs["client"] == link.logs["server"]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("settings", [{}, {"key_share_groups": ()}])
@pytest.mark.parametrize("suite", oracle.SUITES)
def test_the_lines_decrypt_everything(role: str, settings: dict[str, tuple[int, ...]], suite: int) -> None:
    """Handshake, data, key updates and alerts: every record of both sides."""
    link = connected(client_settings(cipher_suites=(suite,), **settings))
    link.client.send(b"question")
    link.to_server()
    link.server.send(b"answer")
    link.to_client()
    link.client.key_update(request_peer=True)
    link.client.send(b"under new keys")
    link.to_server()
    link.server.send(b"here too")
    link.to_client()
    link.client.close()
    link.to_server()

    logged = secrets(link.logs[role])
    read = {
        sender: opened(
            link.sent_by(sender),
            Direction(logged[f"{sender.upper()}_HANDSHAKE_TRAFFIC_SECRET"], oracle.SUITES[suite]),
            Direction(logged[f"{sender.upper()}_TRAFFIC_SECRET_0"], oracle.SUITES[suite]),
        )
        for sender in ROLES
    }
    names = {
        sender: [HandshakeType(raw[0]).name.lower() for raw in read[sender][HANDSHAKE]] for sender in ROLES
    }
    assert names["client"] == ["finished", "key_update"]
    assert names["server"] == [
        "encrypted_extensions",
        "certificate",
        "certificate_verify",
        "finished",
        "key_update",
    ]
    assert read["client"][DATA] == [b"question", b"under new keys"]
    assert read["server"][DATA] == [b"answer", b"here too"]
    assert read["client"][ALERT] == [b"\x01\x00"]


def opened(wire: bytes, handshake: Direction, application: Direction) -> dict[int, list[bytes]]:
    """All protected content of one side; every single record has to open."""
    found: dict[int, list[bytes]] = {HANDSHAKE: [], DATA: [], ALERT: []}
    direction = handshake
    for record in oracle.records(wire):
        if record[0] != DATA:
            continue
        content_type, content = direction.open(record)
        if content_type != HANDSHAKE:
            found[content_type].append(content)
            continue
        for raw in oracle.messages(content):
            found[HANDSHAKE].append(raw)
            if raw[0] == HandshakeType.FINISHED:
                direction = application
            elif raw[0] == HandshakeType.KEY_UPDATE:
                direction = direction.next_generation()
    return found


@pytest.mark.parametrize("role", ROLES)
def test_each_secret_is_logged_as_soon_as_it_is_there_and_once(role: str) -> None:
    link = Link()
    assert link.logs == {"client": [], "server": []}
    link.to_server()
    assert next(iter(secrets(link.logs["server"]))) == "CLIENT_HANDSHAKE_TRAFFIC_SECRET"
    assert len(link.logs["server"]) == 5
    link.carry()
    assert len(link.logs["server"]) == len(link.logs["client"]) == 5


def test_a_handshake_that_fails_has_logged_what_there_was() -> None:
    """That is when one wants to look."""
    link = Link(client_settings(reference_identity="other.example"))
    link.to_server()
    link.to_client()
    assert list(secrets(link.logs["client"])) == [
        "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
        "SERVER_HANDSHAKE_TRAFFIC_SECRET",
    ]


def full(_: LogSecrets) -> None:
    raise OSError("no space left on device")


@pytest.mark.parametrize("role", ROLES)
def test_a_key_log_that_raises_ends_the_connection(role: str) -> None:
    """With internal_error for the peer, and the error for us."""
    link = Link()
    if role == "client":
        link.client = Connection(client_settings(), key_log=full)
    else:
        link.server = Connection(peers_in_memory.server_settings(), key_log=full)
    with pytest.raises(OSError, match="no space left on device"):
        link.carry()
    (heard,) = link.to_server() if role == "client" else link.to_client()
    assert isinstance(heard, ConnectionFailed)
    assert "internal_error" in str(heard.error)


def test_nobody_need_keep_one() -> None:
    assert keylog.in_lines(None) is None


# The file


def test_a_file_is_appended_to(tmp_path: Path) -> None:
    path = tmp_path / "keys.log"
    for line in ("one", "two"):
        keylog.append_to(str(path))(line)
    assert path.read_text("ascii") == "one\ntwo\n"


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_a_new_file_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys.log"
    before = os.umask(0)
    try:
        keylog.append_to(str(path))("line")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_each_line_is_one_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that lines of several processes do not mix."""
    append = keylog.append_to(str(tmp_path / "keys.log"))
    written: list[bytes] = []
    monkeypatch.setattr(keylog.os, "write", lambda _, data: written.append(data))
    append("line")
    assert written == [b"line\n"]


def test_a_file_that_cannot_be_opened_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"keys\.log"):
        keylog.append_to(str(tmp_path / "missing" / "keys.log"))


# Reading one

RANDOM, SECRET = "1f" * 32, "A0" * 48
GOOD = f"SERVER_TRAFFIC_SECRET_0 {RANDOM} {SECRET}"


def test_what_is_written_can_be_read() -> None:
    link = connected()
    (secrets_of_it,) = keylog.read("\n".join(link.logs["client"])).values()
    assert {keylog.LABELS[name]: value for name, value in secrets_of_it.items()} == secrets(
        link.logs["client"]
    )


def test_secrets_are_found_by_client_random_and_name() -> None:
    other = GOOD.replace("1f", "2f").replace("A0" * 48, "b1" * 32)
    assert keylog.read(f"{GOOD}\n{other}\n") == {
        b"\x1f" * 32: {"server_application_traffic_secret_0": b"\xa0" * 48},
        b"\x2f" * 32: {"server_application_traffic_secret_0": b"\xb1" * 32},
    }


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_that_say_nothing_are_passed_over(end: str) -> None:
    aside = ["# a comment", "", f"CLIENT_RANDOM {RANDOM} {SECRET}", "RSA 0001020304050607 aabb", GOOD]
    assert keylog.read(end.join(aside)) == keylog.read(GOOD) != {}


def test_the_later_line_counts() -> None:
    (found,) = keylog.read(f"{GOOD}\n{GOOD.replace('A0', 'B1')}").values()
    assert list(found.values()) == [b"\xb1" * 48]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("nonsense", "not a label, a client random and a secret"),
        (f"{GOOD} more", "not a label, a client random and a secret"),
        (GOOD.replace(" ", "  "), "not a label, a client random and a secret"),
        (f"SERVER_TRAFFIC_SECRET_0 {RANDOM[2:]} {SECRET}", "SERVER_TRAFFIC_SECRET_0 goes with 32 bytes"),
        (f"SERVER_TRAFFIC_SECRET_0 {RANDOM} {SECRET[2:]}", "goes with 32 bytes and with 32 or 48, in hex"),
        (GOOD.replace("1f1f", "1g1f"), "goes with 32 bytes and with 32 or 48, in hex"),
        (GOOD.replace("A0A0", "A0 A0"), "not a label, a client random and a secret"),
        (GOOD[:-1] + "\u0660", "goes with 32 bytes and with 32 or 48, in hex"),
    ],
)
def test_a_line_that_is_none_is_named(line: str, reason: str) -> None:
    with pytest.raises(keylog.KeyLogError, match=r"^line 3: ") as caught:
        keylog.read(f"# a comment\n{GOOD}\n{line}\n{GOOD}")
    assert reason in str(caught.value)


def test_a_key_log_without_end_is_refused() -> None:
    with pytest.raises(keylog.KeyLogError, match="a key log of 67108865 characters, at most 67108864"):
        keylog.read("\n" * (keylog.MAX_SIZE + 1))
