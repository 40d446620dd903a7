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
"""

from dataclasses import dataclass, field

from handshake.codec import Observer, Writer
from handshake.suites import IV_SIZE, Suite
from purecrypto import hkdf, hmac
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


def expand_label(secret: bytes, label: str, context: bytes, length: int, suite: Suite) -> bytes:
    """HKDF-Expand-Label (section 7.1): the label and the context make every output its own."""
    return _expand_label(hmac.new(secret, digestmod=suite.hash), label, context, length, suite)


def _expand_label(secret: hmac.HMAC, label: str, context: bytes, length: int, suite: Suite) -> bytes:
    return hkdf.expand(secret, hkdf_label(label, context, length), length, suite.hash)


def hkdf_label(label: str, context: bytes, length: int) -> bytes:
    """The `info` that HKDF-Expand takes: struct HkdfLabel (section 7.1)."""
    writer = Writer()
    writer.uint16("length", length)
    writer.opaque8("label", LABEL_PREFIX + label.encode("ascii"))
    writer.opaque8("context", context)
    return writer.getvalue()


class Secret:
    """A secret of the schedule, ready to derive others: its HMAC states are computed once and kept."""

    def __init__(self, name: str, value: bytes, suite: Suite, observe: Observer | None) -> None:
        self.name = name
        self.value = value
        self.suite = suite
        self._observe = observe
        self._keyed = hmac.new(value, digestmod=suite.hash)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"

    def expand_label(
        self, name: str, label: str, context: bytes = b"", length: int | None = None, covers: str = ""
    ) -> bytes:
        """HKDF-Expand-Label; with a transcript hash as its context it is Derive-Secret (section 7.1)."""
        size = self.suite.hash_size if length is None else length
        value = _expand_label(self._keyed, label, context, size, self.suite)
        if self._observe is not None:
            self._observe(Derivation(name, "HKDF-Expand-Label", self.name, label, context, covers, value))
        return value

    def _extract_next(self, name: str, input_key: bytes) -> bytes:
        """`Derive-Secret(., "derived", "")`, then HKDF-Extract with the next input (section 7.1)."""
        nothing = self.suite.hash().digest()
        salt = self.expand_label(f"derived from {self.name}", "derived", nothing, covers="no message")
        value = hkdf.extract(salt, input_key, self.suite.hash)
        if self._observe is not None:
            self._observe(
                Derivation(name, "HKDF-Extract", f"derived from {self.name}", "", input_key, "", value)
            )
        return value


class EarlySecret(Secret):
    """The top of the schedule; without a pre-shared key it is a constant of the hash."""

    def __init__(self, suite: Suite, observe: Observer | None = None) -> None:
        zeros = bytes(suite.hash_size)
        value = hkdf.extract(zeros, zeros, suite.hash)
        if observe is not None:
            observe(Derivation("early_secret", "HKDF-Extract", "0", "", zeros, "", value))
        super().__init__("early_secret", value, suite, observe)

    def handshake_secret(self, shared_secret: bytes) -> "HandshakeSecret":
        """Mix in what the key exchange agreed on."""
        value = self._extract_next("handshake_secret", shared_secret)
        return HandshakeSecret("handshake_secret", value, self.suite, self._observe)


class HandshakeSecret(Secret):
    """Protects the rest of the handshake."""

    def traffic_secrets(self, through_server_hello: bytes) -> "TrafficSecrets":
        """The two directions' secrets for the handshake, over ClientHello..ServerHello."""
        return _traffic_secrets(self, "handshake", "hs", through_server_hello, "ClientHello..ServerHello")

    def main_secret(self) -> "MainSecret":
        """The last step down: nothing is mixed in any more."""
        value = self._extract_next("main_secret", bytes(self.suite.hash_size))
        return MainSecret("main_secret", value, self.suite, self._observe)


class MainSecret(Secret):
    """Protects the application's data.  Its labels still say "master" (section 7.1)."""

    def traffic_secrets(self, through_server_finished: bytes) -> "TrafficSecrets":
        """The two directions' first secrets for data, over ClientHello..server Finished."""
        covers = "ClientHello..server Finished"
        return _traffic_secrets(self, "application", "ap", through_server_finished, covers)

    def exporter_secret(self, through_server_finished: bytes) -> bytes:
        """For keys that the application wants for itself (section 7.5)."""
        covers = "ClientHello..server Finished"
        return self.expand_label("exporter_secret", "exp master", through_server_finished, covers=covers)


class TrafficSecret(Secret):
    """One direction's secret in one phase: its record keys, its Finished key, its successor."""

    def protection(self) -> RecordProtection:
        """Fresh record protection under this secret's key and iv (section 7.3)."""
        key = self.expand_label(f"{self.name}: key", "key", length=self.suite.key_size)
        iv = self.expand_label(f"{self.name}: iv", "iv", length=IV_SIZE)
        return RecordProtection(self.suite.aead(key), iv, self._observe)

    def finished(self, transcript_hash: bytes) -> bytes:
        """The verify_data of this direction's Finished (section 4.5.3)."""
        finished_key = self.expand_label(f"{self.name}: finished_key", "finished")
        return hmac.digest(finished_key, transcript_hash, self.suite.hash)

    def next_generation(self) -> "TrafficSecret":
        """application_traffic_secret_N+1, for a KeyUpdate (section 7.2)."""
        base, generation = self.name.rsplit("_", 1)
        name = f"{base}_{int(generation) + 1}"
        return TrafficSecret(name, self.expand_label(name, "traffic upd"), self.suite, self._observe)


@dataclass(frozen=True, slots=True)
class TrafficSecrets:
    """The secrets of both directions in one phase."""

    client: TrafficSecret
    server: TrafficSecret


def _traffic_secrets(
    source: Secret, phase: str, abbreviation: str, transcript_hash: bytes, covers: str
) -> TrafficSecrets:
    suffix = "_0" if phase == "application" else ""  # the first of its generations (section 7.2)

    def secret(sender: str) -> TrafficSecret:
        name = f"{sender}_{phase}_traffic_secret{suffix}"
        label = f"{sender[0]} {abbreviation} traffic"
        value = source.expand_label(name, label, transcript_hash, covers=covers)
        return TrafficSecret(name, value, source.suite, source._observe)

    return TrafficSecrets(secret("client"), secret("server"))
