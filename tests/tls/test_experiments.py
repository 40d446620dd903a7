"""Each experiment ends as it says it does, at the check that is there for it."""

from pathlib import Path

import pytest

from tests.support import taped
from tls.tracing import experiments
from tls.tracing.tape import Tape
from tls.tracing.what_if import Replay

ROOT = Path(__file__).parents[2]

# By a part of the title: the message at which it ends, the error, the alert, the file, what that line says
CLIENT = {
    "on the way": ("EncryptedExtensions", "BadRecord", "bad_record_mac", "record/protection.py", "raise"),
    "arrives twice": ("EncryptedExtensions", "BadRecord", "bad_record_mac", "record/protection.py", "raise"),
    "a close_notify": (
        *("EncryptedExtensions", "UnexpectedRecord", "unexpected_message", "record/layer.py"),
        "raise UnexpectedRecord(_forgeable",
    ),
    "random": ("EncryptedExtensions", "BadRecord", "bad_record_mac", "record/protection.py", "raise"),
    "chooses a group": (
        *("ServerHello", "IllegalParameter", "illegal_parameter", "handshake/server_answer.py"),
        "where we sent none",
    ),
    "no TLS 1.3": (
        *("ServerHello", "IllegalParameter", "illegal_parameter", "handshake/server_answer.py"),
        "raise _older_version",
    ),
    "zero bytes": (
        *("ServerHello", "IllegalParameter", "illegal_parameter", "handshake/groups.py"),
        "raise self._refusal",
    ),
    "prolongs its certificate": (
        *("Certificate", "InvalidCertificateSignature", "bad_certificate", "x509/signatures.py"),
        "raise InvalidCertificateSignature",
    ),
    "without having its key": (
        *("CertificateVerify", "DecryptError", "decrypt_error", "handshake/signatures.py"),
        "raise DecryptError",
    ),
    "leaves its proof out": (
        *("Finished", "UnexpectedMessage", "unexpected_message", "handshake/conversation.py"),
        "ExpectMessage",
    ),
    "a protocol that was not offered": (
        *("EncryptedExtensions", "IllegalParameter", "illegal_parameter", "handshake/server_answer.py"),
        "which was not offered",
    ),
    "signed one protocol": (
        *("CertificateVerify", "DecryptError", "decrypt_error", "handshake/signatures.py"),
        "raise DecryptError",
    ),
    "one byte shorter": (
        *("Finished", "DecodeError", "decode_error", "handshake/authentication.py"),
        "raise DecodeError",
    ),
}
SERVER = {
    "on the way": ("Finished", "BadRecord", "bad_record_mac", "record/protection.py", "raise"),
    "arrives twice": ("Finished", "BadRecord", "bad_record_mac", "record/protection.py", "raise"),
    "a close_notify": (
        *("Finished", "UnexpectedRecord", "unexpected_message", "record/layer.py"),
        "raise UnexpectedRecord(_forgeable",
    ),
    "random": ("Finished", "BadRecord", "bad_record_mac", "record/protection.py", "raise"),
    "zero bytes": (
        *("ClientHello", "IllegalParameter", "illegal_parameter", "handshake/groups.py"),
        "raise self._refusal",
    ),
    "one byte shorter": (
        *("Finished", "DecodeError", "decode_error", "handshake/authentication.py"),
        "raise DecodeError",
    ),
}


def endings(replay: Replay) -> dict[str, tuple[str, str, str, str, str]]:
    """How each experiment ends."""
    found = {}
    for experiment, change in experiments.possible(replay):
        outcomes = replay.run([change])
        refusal = outcomes[-1].refusal
        assert refusal is not None, experiment.title
        file, _, number = refusal.lines[0].rpartition(":")
        text = (ROOT / file).read_text("utf-8").splitlines()[int(number) - 1]
        name = replay.script[len(outcomes) - 2].name
        found[experiment.title] = (name, type(refusal.error).__name__, refusal.alert, file, text)
    return found


@pytest.mark.parametrize(("replay", "expected"), [(taped.replay, CLIENT), (taped.rehearsed, CLIENT)])
def test_each_ends_where_it_should(replay, expected):
    found = endings(replay())
    assert len(found) == len(expected) == len(experiments.EXPERIMENTS)
    for (title, ending), (part, wanted) in zip(found.items(), expected.items(), strict=True):
        assert part in title
        assert ending[:4] == wanted[:4], title
        assert wanted[4] in ending[4], title


def test_a_server_is_tried_in_the_same_way():
    found = endings(taped.replay("server"))
    for (title, ending), (part, wanted) in zip(found.items(), SERVER.items(), strict=True):
        assert part in title
        assert ending[:4] == wanted[:4], title
        assert wanted[4] in ending[4], title


def test_what_has_no_place_is_not_offered():
    alone = Replay(taped.tape(client={"application_protocols": ()}))
    titles = [experiment.title for experiment, _ in experiments.possible(alone)]
    assert len(titles) == len(experiments.EXPERIMENTS) - 2
    assert not any("protocol" in title for title in titles)
    of_a_server = {experiment.title for experiment, _ in experiments.possible(taped.replay("server"))}
    assert not any("certificate" in title for title in of_a_server)


def test_nothing_is_possible_where_nothing_was_heard():
    silent = Replay(Tape(taped.tape().settings, b"", b""))
    assert list(experiments.possible(silent)) == []


def test_what_is_on_the_journey_is_there():
    """`tests/tls/test_page_words.py` sees to it that each attack fails on that rung."""
    for experiment in experiments.EXPERIMENTS:
        assert (experiment.on_the_journey is not None) == bool(experiment.stop)
    assert sum(experiment.on_the_journey is not None for experiment in experiments.EXPERIMENTS) >= 7
