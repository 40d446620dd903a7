"""Changes that are worth trying on a recorded handshake: what each is, and what it shows.

Each is made for the recording that is there: bytes are found by the names of their fields, and an experiment
for which a recording has no place is not offered.

Tested by      tests/tls/test_experiments.py: each ends as it says, and where the code says so
"""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeVar

from handshake.codec import Field
from handshake.constants import DOWNGRADE_TLS_1_2, ExtensionType, NamedGroup
from purecrypto import x25519
from record import framing
from record.alert import Alert, AlertDescription
from record.content_type import ContentType
from record.framing import HEADER_SIZE
from tls.events import HandshakeComplete
from tls.tracing import page_words
from tls.tracing.page_words import Stop
from tls.what_if import edits
from tls.what_if.replay import Change, Replay, Said, Tampered

T = TypeVar("T")

NOT_OFFERED = NamedGroup.FFDHE8192  # nobody here has it
UTC_TIME_SIZE = 13  # bytes; a GeneralizedTime has two more
NOBODYS_EXTENSION = 0xFE00  # a type that means nothing to us


class Experiment(NamedTuple):
    """Something to try."""

    title: str
    lesson: str  # one sentence
    stop: str  # the name in `page_words.STOPS` of what ends this attack on the journey; empty if none does
    change: Callable[[Replay], Change]  # LookupError where there is nothing to change

    @property
    def on_the_journey(self) -> Stop | None:
        """The attack, and the rung of the journey on which it fails."""
        return page_words.stop(self.stop)


def possible(replay: Replay) -> Iterator[tuple[Experiment, Change]]:
    """Those that this recording has a place for."""
    for experiment in EXPERIMENTS:
        try:
            yield experiment, experiment.change(replay)
        except LookupError:
            continue


# ---- What they change ------------------------------------------------------------------------------------


def _a_bit_on_the_way(replay: Replay) -> Change:
    step = _first_sealed(replay)
    wire = replay.recorded[step].wire
    return Tampered(step, edits.put(wire, HEADER_SIZE, bytes([wire[HEADER_SIZE] ^ 1])))


def _a_record_again(replay: Replay) -> Change:
    step = _first_sealed(replay)
    return Tampered(step, replay.recorded[step].wire * 2)


def _a_forged_alert(replay: Replay) -> Change:
    """Two bytes in the clear, before the first sealed record."""
    step = _first_sealed(replay)
    alert = Alert(AlertDescription.CLOSE_NOTIFY).encode()
    return Tampered(step, framing.frame(ContentType.ALERT, alert) + replay.recorded[step].wire)


def _another_random(replay: Replay) -> Change:
    return _flipped(replay, _hello(replay), "random", 0)


def _another_group(replay: Replay) -> Change:
    step = _step_of(replay, "ServerHello")
    return _replaced(replay, step, "server_share.group", NOT_OFFERED.to_bytes(2, "big"))


def _a_downgrade(replay: Replay) -> Change:
    """No supported_versions any more, and the mark that a server leaves when it is made to do so."""
    step = _step_of(replay, "ServerHello")
    content = replay.content(step)
    types = _fields(content, "extension_type")
    versions = _first(field for field in types if field.value == ExtensionType.SUPPORTED_VERSIONS)
    content = edits.replace(content, versions, NOBODYS_EXTENSION.to_bytes(2, "big"))
    random = _field(content, "random")
    mark = random.offset + random.length - len(DOWNGRADE_TLS_1_2)
    return Said(step, edits.put(content, mark, DOWNGRADE_TLS_1_2))


def _no_secret(replay: Replay) -> Change:
    step = _hello(replay)
    content = replay.content(step)
    last = _share(replay, content)[-1]  # X25519's, if it is one of several
    if last.path.endswith(".Y"):
        raise LookupError("a point of another curve: zeros are none")
    start = last.offset + last.length - x25519.KEY_SIZE
    return Said(step, edits.put(content, start, bytes(x25519.KEY_SIZE)))


def _another_ciphertext(replay: Replay) -> Change:
    step = _step_of(replay, "ServerHello")
    return _flipped(replay, step, "key_exchange.u", 0)


def _a_prolonged_certificate(replay: Replay) -> Change:
    step = _step_of(replay, "Certificate")
    content = replay.content(step)
    leaf = _field(content, "certificate_list[0].cert_data")
    end = _first(value for value in edits.values_in(leaf) if value.path.endswith(".notAfter"))
    later = b"481231235959Z" if end.length == UTC_TIME_SIZE else b"20481231235959Z"
    return Said(step, edits.put(content, end.offset, later))


def _a_copied_certificate(replay: Replay) -> Change:
    return _flipped(replay, _step_of(replay, "CertificateVerify"), "signature", -1)


def _no_proof(replay: Replay) -> Change:
    return Said(_step_of(replay, "CertificateVerify"), b"")


def _an_unknown_protocol(replay: Replay) -> Change:
    step = _step_of(replay, "EncryptedExtensions")
    chosen = _field(replay.content(step), "protocol_name_list[0]")
    return _replaced(replay, step, "protocol_name_list[0]", b"-" * chosen.length)


def _another_protocol(replay: Replay) -> Change:
    step = _step_of(replay, "EncryptedExtensions")
    chosen = _field(replay.content(step), "protocol_name_list[0]").value
    offered = replay.tape.settings.application_protocols
    another = _first(name for name in offered if name != chosen)
    return _replaced(replay, step, "protocol_name_list[0]", another)


def _a_cut_finished(replay: Replay) -> Change:
    step = _step_of(replay, "Finished")
    verify_data = replay.content(step)[_field(replay.content(step), "verify_data").offset :]
    return _replaced(replay, step, "verify_data", verify_data[:-1])


EXPERIMENTS = (
    Experiment(
        "one bit of the first sealed record is turned on the way",
        "Without the key nobody can make a tag that fits: the record does not open.",
        "tag",
        _a_bit_on_the_way,
    ),
    Experiment(
        "the first sealed record arrives twice",
        "Records are counted, and the number is in the nonce: the second one would have to be another.",
        "sequence_number",
        _a_record_again,
    ),
    Experiment(
        "somebody on the way puts a close_notify before the first sealed record",
        "Once there are keys, nothing in the clear is believed, least of all that it is over.",
        "alert",
        _a_forged_alert,
    ),
    Experiment(
        "the peer's random is another one",
        "Nearly any is taken, but it goes into every key: the next record does not open.",
        "random",
        _another_random,
    ),
    Experiment(
        "the server chooses a group for which we sent no share",
        "An answer has to be one of those that were offered.",
        "",
        _another_group,
    ),
    Experiment(
        "the server claims to know no TLS 1.3, and leaves the mark of those that do",
        "A man in the middle who strikes out our versions cannot take away what the server says of it.",
        "",
        _a_downgrade,
    ),
    Experiment(
        "the peer's share for X25519 is 32 zero bytes",
        "With such a share both ends would have a secret that everybody knows.",
        "key_exchange",
        _no_secret,
    ),
    Experiment(
        "one bit of the server's ML-KEM ciphertext is another one",
        "A secret comes of any ciphertext, so nothing is refused here: the next record does not open.",
        "",
        _another_ciphertext,
    ),
    Experiment(
        "the peer prolongs its certificate to the end of 2048",
        "A certificate is worth as much as its issuer's signature over every byte of it.",
        "Certificate",
        _a_prolonged_certificate,
    ),
    Experiment(
        "the peer shows a certificate without having its key",
        "Certificates are public; the signature over this very conversation is the proof.",
        "CertificateVerify",
        _a_copied_certificate,
    ),
    Experiment(
        "the peer leaves its proof out",
        "Each message has its place: whoever let one be skipped would talk to anybody.",
        "CertificateVerify",
        _no_proof,
    ),
    Experiment(
        "the server chooses a protocol that was not offered",
        "Its answer has to be one of ours, or data would be read as what they are not.",
        "",
        _an_unknown_protocol,
    ),
    Experiment(
        "the server has signed one protocol and says another",
        "Both were offered, so the answer passes; the signature is over what the server said at first.",
        "Finished",
        _another_protocol,
    ),
    Experiment(
        "Finished is one byte shorter, all lengths being right",
        "Who takes any length takes a MAC of no bytes, which everybody can make.",
        "verify_data",
        _a_cut_finished,
    ),
)


# ---- How they find it ------------------------------------------------------------------------------------


def _first(found: Iterable[T]) -> T:
    for one in found:
        return one
    raise LookupError("not in this recording")


def _step_of(replay: Replay, name: str) -> int:
    return _first(step for step, line in enumerate(replay.script, 1) if line.name == name)


def _first_sealed(replay: Replay) -> int:
    return _first(step for step, line in enumerate(replay.script, 1) if line.epoch)


def _hello(replay: Replay) -> int:
    return _step_of(replay, "ServerHello" if replay.tape.role == "client" else "ClientHello")


def _fields(content: bytes, ending: str) -> list[Field]:
    return [
        field
        for field in edits.fields_of(content)
        if isinstance(field, Field) and field.path.endswith(f".{ending}")
    ]


def _field(content: bytes, ending: str) -> Field:
    return _first(_fields(content, ending))


def _share(replay: Replay, content: bytes) -> list[Field]:
    """The parts of the share that counted in the end."""
    events = [event for outcome in replay.recorded for event in outcome.events]
    session = _first(event.session for event in events if isinstance(event, HandshakeComplete))
    group = _first(field for field in _fields(content, "group") if field.value == session.group)
    share = group.path.removesuffix("group")
    fields = edits.fields_of(content)
    return [f for f in fields if isinstance(f, Field) and f.path.startswith(f"{share}key_exchange")]


def _replaced(replay: Replay, step: int, ending: str, data: bytes) -> Said:
    content = replay.content(step)
    return Said(step, edits.replace(content, _field(content, ending), data, fix=True))


def _flipped(replay: Replay, step: int, ending: str, place: int) -> Said:
    """One bit of a field is another; `place` is a byte of it, counted from its end if it is negative."""
    content = replay.content(step)
    field = _field(content, ending)
    if not field.length:
        raise LookupError("a field of no bytes")
    offset = field.offset + place % field.length
    return Said(step, edits.put(content, offset, bytes([content[offset] ^ 1])))
