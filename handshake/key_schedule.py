"""From one shared secret to every key of a connection.  RFC 9846 section 7.

          0
          |
    0 -> Extract = EarlySecret
          |
       "derived"
          |
 (EC)DHE -> Extract = HandshakeSecret ---> "c hs traffic", "s hs traffic"   over ClientHello..ServerHello
          |
       "derived"
          |
    0 -> Extract = MainSecret ---> "c ap traffic", "s ap traffic", "exp master"   over ..server Finished

The diagram is the class structure: each step is a type of its own whose only constructor is the step before
it, so no secret can be derived out of order, and every method says which transcript it wants.

What is needed at the same moment is expanded in one call, side by side (see `sha256`): six keys cost hardly
more than one.  An observer is told of each where it is used.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field

from handshake.codec import Observer, Writer
from handshake.suites import IV_SIZE, Suite
from purecrypto import hkdf, hmac
from purecrypto.hmac import HMAC
from record.protection import RecordProtection

LABEL_PREFIX = b"tls13 "


@dataclass(frozen=True, slots=True)
class Derivation:
    """One step of the key schedule, as an observer sees it: a secret, so only where somebody asked."""

    name: str  # of what came out, such as "client_handshake_traffic_secret"
    operation: str  # "HKDF-Extract" or "HKDF-Expand-Label"
    source: str  # the secret that it came from
    label: str
    context: bytes = field(repr=False)  # a transcript hash, the input keying material (a secret), or nothing
    covers: str  # the messages in the context, such as "ClientHello..ServerHello"
    value: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Question:
    """What HKDF-Expand-Label is asked; with a transcript hash as its context it is Derive-Secret."""

    secret: "Secret"
    name: str  # of what is to come out
    label: str
    length: int  # bytes
    context: bytes = b""
    covers: str = ""  # the messages in the context


def expand_labels(questions: Sequence[Question]) -> list[bytes]:
    """HKDF-Expand-Label (section 7.1) for each question, side by side; their secrets are of one suite."""
    return hkdf.expand_side_by_side(
        [(q.secret.keyed, hkdf_label(q.label, q.context, q.length), q.length) for q in questions]
    )


def hkdf_label(label: str, context: bytes, length: int) -> bytes:
    """The `info` that HKDF-Expand takes: struct HkdfLabel (section 7.1).

    The label and the context make every output its own.
    """
    writer = Writer()
    writer.uint16("length", length)
    writer.opaque8("label", LABEL_PREFIX + label.encode("ascii"))
    writer.opaque8("context", context)
    return writer.getvalue()


class Secret:
    """A secret of the schedule, ready to derive others: its HMAC states are computed once and kept."""

    def __init__(
        self, name: str, value: bytes, suite: Suite, observe: Observer | None, keyed: HMAC | None = None
    ) -> None:
        self.name = name
        self.value = value
        self.suite = suite
        self.keyed = keyed or hmac.new(value, digestmod=suite.hash)
        self._observe = observe
        self._salt: bytes | None = None  # of the next step, once it has been derived

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"

    def expand_label(self, name: str, label: str, length: int, context: bytes = b"") -> bytes:
        """HKDF-Expand-Label (section 7.1) of this secret alone."""
        question = Question(self, name, label, length, context)
        (value,) = expand_labels([question])
        self._tell(question, value)
        return value

    def derive_secret(self, name: str, label: str, transcript_hash: bytes, covers: str) -> Question:
        """Derive-Secret, as a question (section 7.1)."""
        return Question(self, name, label, self.suite.hash_size, transcript_hash, covers)

    def derive_salt(self) -> Question:
        """`Derive-Secret(., "derived", "")`, as a question: the way down to the next extraction."""
        return self.derive_secret(f"derived from {self.name}", "derived", _nothing(self.suite), "no message")

    def _extract_next(self, name: str, input_key: bytes) -> bytes:
        """HKDF-Extract with what was derived from this secret and the next input (section 7.1)."""
        question = self.derive_salt()
        if self._salt is None:
            (self._salt,) = expand_labels([question])
        self._tell(question, self._salt)
        value = hkdf.extract(self._salt, input_key, self.suite.hash)
        if self._observe is not None:
            self._observe(Derivation(name, "HKDF-Extract", question.name, "", input_key, "", value))
        return value

    def _tell(self, q: Question, value: bytes) -> None:
        """Tell the observer, if there is one, of a value that is put to use."""
        if self._observe is not None:
            expand, source = "HKDF-Expand-Label", self.name
            self._observe(Derivation(q.name, expand, source, q.label, q.context, q.covers, value))

    def _traffic_secrets(
        self, questions: Sequence[Question], values: Sequence[bytes], labels: Sequence[str]
    ) -> "list[TrafficSecret]":
        """Make traffic secrets of what was derived, and expand the keys that will be needed of each."""
        for question, value in zip(questions, values, strict=True):
            self._tell(question, value)
        keyed = hmac.new_side_by_side(values, self.suite.hash)
        secrets = [
            TrafficSecret(question.name, value, self.suite, self._observe, keyed_with_it)
            for question, value, keyed_with_it in zip(questions, values, keyed, strict=True)
        ]
        _expand_keys(secrets, labels)
        return secrets


class EarlySecret(Secret):
    """The top of the schedule; without a pre-shared key it is a constant of the hash."""

    def __init__(self, suite: Suite, observe: Observer | None = None) -> None:
        constant, salt = _without_psk(suite)
        super().__init__(constant.name, constant.value, suite, observe, constant.keyed)
        self._salt = salt
        if observe is not None:
            zeros = bytes(suite.hash_size)
            observe(Derivation(self.name, "HKDF-Extract", "0", "", zeros, "", self.value))

    def handshake_secret(self, shared_secret: bytes) -> "HandshakeSecret":
        """Mix in what the key exchange agreed on."""
        value = self._extract_next("handshake_secret", shared_secret)
        return HandshakeSecret("handshake_secret", value, self.suite, self._observe)


class HandshakeSecret(Secret):
    """Protects the rest of the handshake."""

    def traffic_secrets(self, through_server_hello: bytes) -> "TrafficSecrets":
        """The two directions' secrets for the handshake, over ClientHello..ServerHello."""
        said = through_server_hello, "ClientHello..ServerHello"
        client = self.derive_secret("client_handshake_traffic_secret", "c hs traffic", *said)
        server = self.derive_secret("server_handshake_traffic_secret", "s hs traffic", *said)
        # The salt does not depend on what was said, and is needed later.
        *values, self._salt = expand_labels([client, server, self.derive_salt()])
        labels = "key", "iv", "finished"
        return TrafficSecrets(*self._traffic_secrets((client, server), values, labels))

    def main_secret(self) -> "MainSecret":
        """The last step down: nothing is mixed in any more."""
        value = self._extract_next("main_secret", bytes(self.suite.hash_size))
        return MainSecret("main_secret", value, self.suite, self._observe)


class MainSecret(Secret):
    """Protects the application's data.  Its labels still say "master" (section 7.1)."""

    def application_secrets(self, through_server_finished: bytes) -> "ApplicationSecrets":
        """The secrets for the application, over ClientHello..server Finished."""
        said = through_server_finished, "ClientHello..server Finished"
        client = self.derive_secret("client_application_traffic_secret_0", "c ap traffic", *said)
        server = self.derive_secret("server_application_traffic_secret_0", "s ap traffic", *said)
        exporter = self.derive_secret("exporter_secret", "exp master", *said)
        *values, exporter_secret = expand_labels([client, server, exporter])
        of_client, of_server = self._traffic_secrets((client, server), values, ("key", "iv"))
        self._tell(exporter, exporter_secret)
        return ApplicationSecrets(of_client, of_server, exporter_secret)


class TrafficSecret(Secret):
    """One direction's secret in one phase: its record keys, its Finished key, its successor."""

    def __init__(
        self, name: str, value: bytes, suite: Suite, observe: Observer | None, keyed: HMAC | None = None
    ) -> None:
        super().__init__(name, value, suite, observe, keyed)
        self._keys: dict[str, bytes] = {}  # by label, those that have been expanded

    def protection(self) -> RecordProtection:
        """Fresh record protection under this secret's key and iv (section 7.3)."""
        key, iv = self._expanded("key", "iv")
        return RecordProtection(self.suite.aead(key), iv, self._observe)

    def finished(self, transcript_hash: bytes) -> bytes:
        """The verify_data of this direction's Finished (section 4.5.3)."""
        (finished_key,) = self._expanded("finished")
        return hmac.digest(finished_key, transcript_hash, self.suite.hash)

    def next_generation(self) -> "TrafficSecret":
        """application_traffic_secret_N+1, for a KeyUpdate (section 7.2)."""
        base, generation = self.name.rsplit("_", 1)
        name = f"{base}_{int(generation) + 1}"
        value = self.expand_label(name, "traffic upd", self.suite.hash_size)
        return TrafficSecret(name, value, self.suite, self._observe)

    def _expanded(self, *labels: str) -> list[bytes]:
        if not self._keys.keys() >= set(labels):
            _expand_keys([self], labels)
        for label in labels:
            self._tell(self._key(label), self._keys[label])
        return [self._keys[label] for label in labels]

    def _key(self, label: str) -> Question:
        match label:
            case "key":
                return Question(self, f"{self.name}: key", label, self.suite.key_size)
            case "iv":
                return Question(self, f"{self.name}: iv", label, IV_SIZE)
            case _:
                return Question(self, f"{self.name}: finished_key", "finished", self.suite.hash_size)


@dataclass(frozen=True, slots=True)
class TrafficSecrets:
    """The secrets of both directions in one phase."""

    client: TrafficSecret
    server: TrafficSecret


@dataclass(frozen=True, slots=True)
class ApplicationSecrets(TrafficSecrets):
    """The two directions' first secrets for data, and one for exported keys (section 7.5)."""

    exporter_secret: bytes = field(repr=False)


def _expand_keys(secrets: Sequence[TrafficSecret], labels: Sequence[str]) -> None:
    """Expand these labels of each of these secrets."""
    pairs = [(secret, label) for secret in secrets for label in labels]
    answers = expand_labels([secret._key(label) for secret, label in pairs])
    for (secret, label), answer in zip(pairs, answers, strict=True):
        secret._keys[label] = answer


@functools.cache
def _without_psk(suite: Suite) -> tuple[Secret, bytes]:
    """The early secret without a pre-shared key, and the salt derived from it: constants of the hash."""
    zeros = bytes(suite.hash_size)
    constant = Secret("early_secret", hkdf.extract(zeros, zeros, suite.hash), suite, None)
    (salt,) = expand_labels([constant.derive_salt()])
    return constant, salt


@functools.cache
def _nothing(suite: Suite) -> bytes:
    """Transcript-Hash(""), which Derive-Secret takes where nothing was said."""
    return suite.hash().digest()
