"""A tape comes back from its file as it was, and a file is read as strictly as anything from outside."""

import dataclasses
import json
from typing import Any

import pytest

from handshake.settings import ClientSettings, Grease, ServerSettings
from record import padding
from tests.support import peers_in_memory, resumed, revocation_lists, taped
from tests.support.peers_in_memory import client_settings
from tls.what_if import tape, tape_text
from tls.what_if.replay import Replay
from tls.what_if.tape import TapeError
from tls.what_if.tape_text import LEFT_OUT
from x509.trust_store import TrustStore

CLIENTS: list[dict[str, Any]] = [
    {},
    {"grease": Grease(0x0A0A, 0x1A1A, 0x2A2A, 0x3A3A, 0x4A4A), "pad_hello": True},
    {"key_share_groups": (), "record_size_limit": 500, "status_request": True},
    {"trust": None, "reference_identity": None, "server_name": None, "legacy_session_id": b""},
    {"ticket": resumed.ticket()},
    {"certified_keys": (peers_in_memory.client_key(),), "post_handshake_auth": True},
]
SERVERS = [{}, {}, {}, {}, peers_in_memory.TICKETS, peers_in_memory.asking(require=True)]


@pytest.mark.parametrize("role", ["client", "server"])
@pytest.mark.parametrize("number", range(len(CLIENTS)))
def test_a_tape_is_read_as_it_was_written_and_can_be_played(number, role):
    recorded = taped.tape(role, client=CLIENTS[number], server=SERVERS[number])
    text = tape_text.write(recorded)
    again = tape_text.read(text)
    assert tape_text.write(again) == text
    assert (again.role, again.received, again.sent) == (role, recorded.received, recorded.sent)
    names = {field.name for field in dataclasses.fields(recorded.settings)} - {"trust"}
    for name in names:
        assert getattr(again.settings, name) == getattr(recorded.settings, name)
    Replay(again)


def test_every_setting_is_written_or_refused():
    for role, kind in (("client", ClientSettings), ("server", ServerSettings)):
        names = {field.name for field in dataclasses.fields(kind)}
        written = set(json.loads(tape_text.write(taped.tape(role)))["settings"])
        assert names - written == {name for name in LEFT_OUT if name in names}


@pytest.mark.parametrize(
    "settings",
    [
        {"padding_policy": padding.to_multiple_of(64)},
        {"extensions": (object(),)},
        {"external_psks": (object(),)},
        {"replayable_early_data": True},
    ],
)
def test_what_cannot_be_written_is_refused(settings):
    recorded = tape.Tape(client_settings(**settings), b"", b"")
    with pytest.raises(TapeError, match=f"a connection with {next(iter(settings))} cannot be recorded"):
        tape_text.write(recorded)


# What a file may hold


def changed(change: Any, role: str = "client") -> str:
    held = json.loads(tape_text.write(taped.tape(role)))
    change(held)
    return json.dumps(held)


def settings_with(name: str, value: Any, role: str = "client") -> str:
    return changed(lambda held: held["settings"].__setitem__(name, value), role)


HOSTILE = {
    "nothing": "",
    "cut": tape_text.write(taped.tape())[:-100],
    "no JSON": "random bytes \x00\x01",
    "deep": "[" * 100_000,
    "a list": "[]",
    "a number": "7",
    "a huge number": "9" * 10_000,
    "another format": '{"format": "something"}',
    "another version": changed(lambda held: held.update(version=2)),
    "a version that is no number": changed(lambda held: held.update(version=[1])),
    "no role": changed(lambda held: held.pop("role")),
    "another role": changed(lambda held: held.update(role="eavesdropper")),
    "a role that is a list": changed(lambda held: held.update(role=["client"])),
    "something more": changed(lambda held: held.update(more=1)),
    "a long name": changed(lambda held: held.update({"x" * 1000: 1})),
    "nothing received": changed(lambda held: held.pop("received")),
    "received is no hex": changed(lambda held: held.update(received="xyz")),
    "received is a number": changed(lambda held: held.update(received=7)),
    "no settings": changed(lambda held: held.update(settings=None)),
    "a setting is missing": changed(lambda held: held["settings"].pop("random")),
    "an unknown setting": settings_with("shell", "rm"),
    "a flag that is a number": settings_with("pad_hello", 1),
    "a number that is a flag": settings_with("max_certificates", True),
    "a number below zero": settings_with("max_certificates", -1),
    "a number without bound": settings_with("max_certificates", 2**64),
    "a list that is text": settings_with("cipher_suites", "1301"),
    "a list of text": settings_with("cipher_suites", ["1301"]),
    "a time without its zone": settings_with("now", "2026-07-01T12:00:00"),
    "no time": settings_with("now", "noon"),
    "no time, at length": settings_with("now", "f" * 1000),
    "a name that is a number": settings_with("server_name", 7),
    "keys that are no pairs": settings_with("private_keys", [[29]]),
    "a key that is no hex": settings_with("private_keys", [[29, 7]]),
    "no certificate": settings_with("trust", {"anchors": ["00"], "revocation_lists": [], "profile": "WEB"}),
    "no profile": settings_with("trust", {"anchors": [], "revocation_lists": [], "profile": "LAX"}),
    "no ticket": settings_with("ticket", "00"),
    "not all of it": settings_with("grease", {"cipher_suite": 1}),
    "a key without a certificate": settings_with(
        "certified_keys", [{"certificate_chain": [], "private_key": "00", "ocsp_response": None}], "server"
    ),
    "a ticket key that is short": settings_with("ticket_keys", [{"name": "00", "key": "00"}], "server"),
    "a share to compute, ten thousand times": settings_with("key_share_groups", [29] * 10_000),
    "keys without end": settings_with("private_keys", [[29, "00"]] * 10_000),
    "tickets without end": settings_with("ticket_random", "00" * 100_000, "server"),
    "who is asked": settings_with("client_certificates", "perhaps", "server"),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_tape_is_refused_in_one_line(text):
    with pytest.raises(TapeError) as refused:
        tape_text.read(text)
    assert len(str(refused.value).splitlines()) == 1
    assert len(str(refused.value)) < 200


def test_a_huge_file_is_not_read():
    with pytest.raises(TapeError, match="too large"):
        tape_text.read(" " * (tape_text.MAX_SIZE + 1))


@pytest.mark.parametrize(
    "text",
    [
        settings_with("private_keys", [[29, "00"]]),
        settings_with("private_keys", []),
        settings_with("key_share_groups", [7]),
        settings_with("cipher_suites", [7]),
        settings_with("signature_schemes", [7]),
        settings_with("reference_identity", "no name at all!"),
        settings_with("reference_identity", "f" * 1000),
        settings_with("ticket_random", "", "server"),
        settings_with("private_keys", [], "server"),
        changed(lambda held: held.update(sent="00" + held["sent"])),
        settings_with("random", "00" * 32),
    ],
)
def test_a_tape_that_does_not_come_out_as_it_was_is_refused(text):
    with pytest.raises(TapeError, match=r"cannot be played|does not send what was sent") as refused:
        Replay(tape_text.read(text))
    assert len(str(refused.value)) < 250


def test_revocation_lists_are_kept():
    lists = (revocation_lists.list_of(peers_in_memory.client_authority()),)
    store = TrustStore(peers_in_memory.family().trust.anchors, revocation_lists=lists)
    recorded = tape.Tape(client_settings(trust=store), b"", b"")
    assert tape_text.read(tape_text.write(recorded)).settings.trust.revocation_lists == lists
