"""Each experiment ends as it says it does, at the check that is there for it."""

from pathlib import Path

import pytest

from handshake import errors
from handshake.constants import NamedGroup
from tests.support import peers_in_memory, taped
from tls.what_if import experiments
from tls.what_if.replay import Replay, Said
from tls.what_if.tape import Tape

HYBRID, X25519 = NamedGroup.X25519MLKEM768, NamedGroup.X25519
PROOF = "CertificateVerify"
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
        "raise self.group._refusal",
    ),
    "ML-KEM": ("EncryptedExtensions", "BadRecord", "bad_record_mac", "record/protection.py", "raise"),
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


def test_each_ends_where_it_should():
    found = endings(taped.rehearsed())
    assert len(found) == len(CLIENT) == len(experiments.EXPERIMENTS)
    for (title, ending), (part, wanted) in zip(found.items(), CLIENT.items(), strict=True):
        assert part in title
        assert ending[:4] == wanted[:4], title
        assert wanted[4] in ending[4], title


def test_without_the_hybrid_all_others_end_in_the_same_way():
    found, hybrid = endings(taped.replay()), endings(taped.rehearsed())
    assert len(found) == len(hybrid) - 1
    assert all(ending[:4] == hybrid[title][:4] for title, ending in found.items())


def test_a_server_is_tried_in_the_same_way():
    found = endings(taped.replay("server"))
    for (title, ending), (part, wanted) in zip(found.items(), SERVER.items(), strict=True):
        assert part in title
        assert ending[:4] == wanted[:4], title
        assert wanted[4] in ending[4], title


def test_what_has_no_place_is_not_offered():
    alone = Replay(taped.tape(client={"application_protocols": ()}))
    titles = [experiment.title for experiment, _ in experiments.possible(alone)]
    assert len(titles) == len(experiments.EXPERIMENTS) - 3  # and without the hybrid there is no ML-KEM
    assert not any("protocol" in title for title in titles)
    of_a_server = {experiment.title for experiment, _ in experiments.possible(taped.replay("server"))}
    assert not any("certificate" in title for title in of_a_server)


def test_nothing_is_possible_where_nothing_was_heard():
    silent = Replay(Tape(taped.tape().settings, b"", b""))
    assert list(experiments.possible(silent)) == []


def test_of_what_is_no_tls_1_3_there_is_something_possible():
    hello = taped.replay().content(1)
    for bare in (hello[:74] + b"\0\0", hello[:74]):
        message = b"\x02" + (len(bare) - 4).to_bytes(3, "big") + bare[4:]
        record = b"\x16\x03\x03" + len(message).to_bytes(2, "big") + message
        replay = Replay(Tape(taped.tape().settings, record, b""))
        titles = [experiment.title for experiment, _ in experiments.possible(replay)]
        assert titles == ["the peer's random is another one"]


def test_a_server_is_given_no_secret_in_the_share_that_it_takes():
    groups = peers_in_memory.client_keys(HYBRID, X25519)
    server = peers_in_memory.server_keys(X25519, HYBRID)
    for group in (HYBRID, X25519):
        settings = {"private_keys": {group: server[group]}}
        client = {"private_keys": groups, "key_share_groups": (HYBRID, X25519)}
        found = endings(Replay(taped.tape("server", client=client, server=settings)))
        (ending,) = [ending for title, ending in found.items() if "zero bytes" in title]
        assert ending[:3] == ("ClientHello", "IllegalParameter", "illegal_parameter")


@pytest.mark.parametrize("group", [NamedGroup.SECP256R1, NamedGroup.SECP384R1])
def test_zeros_are_no_secret_of_everybody_where_points_are_checked(group):
    client = {"private_keys": peers_in_memory.client_keys(group), "key_share_groups": (group,)}
    server = {"private_keys": peers_in_memory.server_keys(group)}
    titles = [e.title for e, _ in experiments.possible(Replay(taped.tape(client=client, server=server)))]
    assert len(titles) == len(experiments.EXPERIMENTS) - 2  # nor is there ML-KEM
    assert not any("zero bytes" in title for title in titles)


@pytest.mark.parametrize("replay", [taped.replay(), taped.replay("server")])
def test_what_fails_like_this_can_be_recorded_and_played_in_its_turn(replay):
    proof = b"\x0f\x00\x00\x04\x08\x07\x00\x00"  # CertificateVerify without a signature
    changes = [change for _, change in experiments.possible(replay)]
    changes += [Said(step, proof) for step, line in enumerate(replay.script, 1) if line.name == PROOF]
    for change in changes:
        outcomes = replay.run([change])
        wire, sent = (b"".join(parts) for parts in zip(*((o.wire, o.sent) for o in outcomes), strict=True))
        again = Replay(Tape(replay.tape.settings, wire, sent))
        assert str(again.recorded[-1].refusal.error) == str(outcomes[-1].refusal.error)
        for _, further in experiments.possible(again):
            refusal = again.run([further])[-1].refusal  # none, where it happens to mend what was wrong
            assert refusal is None or isinstance(refusal.error, errors.PEER_FAULTS)


def test_what_either_end_may_do_is_not_told_of_one_of_them():
    of_both = [each for each in experiments.EXPERIMENTS if each.title.startswith("the peer")]
    assert len(of_both) == 5
    for experiment in of_both:
        assert not {"client", "server"} & set(f"{experiment.title} {experiment.lesson}".split())


def test_what_is_on_the_journey_is_there():
    """`tests/tls/test_page_words.py` sees to it that each attack fails on that rung."""
    for experiment in experiments.EXPERIMENTS:
        assert (experiment.on_the_journey is not None) == bool(experiment.stop)
    assert sum(experiment.on_the_journey is not None for experiment in experiments.EXPERIMENTS) >= 7
