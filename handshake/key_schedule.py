"""From one shared secret to every key of a connection.  RFC 9846 section 7.

          0
          |
  PSK -> Extract = EarlySecret ---> "ext binder" | "res binder"   over nothing
          |                    ---> "c e traffic", "e exp master"   over ClientHello
       "derived"
          |
 (EC)DHE -> Extract = HandshakeSecret ---> "c hs traffic", "s hs traffic"   over ClientHello..ServerHello
          |
       "derived"
          |
    0 -> Extract = MainSecret ---> "c ap traffic", "s ap traffic", "exp master"   over ..server Finished
                              ---> "res master"   over ..client Finished

Where there is no pre-shared key, or no key exchange, zeros stand in its place.

The diagram is the class structure: each step is a type of its own, made by the step before it, so no secret
can be derived out of order, and every method says which transcript it wants.

How a single step is computed is in `derivation`.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass

from handshake import derivation
from handshake.codec import Observer
from handshake.derivation import Derivation, Question, Secret
from handshake.suites import IV_SIZE, Suite
from purecrypto import hkdf, hmac
from purecrypto.hmac import HMAC
from record.protection import RecordProtection

RESUMPTION_BINDER = "res binder"
EXTERNAL_BINDER = "ext binder"


class EarlySecret(Secret):
    """The top of the schedule: what both sides knew before they met.

    psk         the pre-shared key; without one the early secret is a constant of the hash
    extracted   what `extract_psk` has made of it before, if it has
    """

    def __init__(
        self,
        suite: Suite,
        observe: Observer | None = None,
        psk: bytes | None = None,
        extracted: Secret | None = None,
    ) -> None:
        self._salt: Secret | None = None  # of the next extraction, where it is known already
        zeros = bytes(suite.hash_size)
        if psk is None:
            constant, salt = _without_psk(suite)
            super().__init__("early_secret", constant.value, suite, observe, constant.keyed)
            self._salt = Secret(salt.name, salt.value, suite, observe, salt.keyed)
        else:
            extracted = extracted or extract_psk(suite, psk)
            super().__init__("early_secret", extracted.value, suite, observe, extracted.keyed)
        if observe is not None:
            observe(Derivation(self.name, "HKDF-Extract", "0", "", psk or zeros, "", self.value))

    def binder_key(self, label: str) -> "TrafficSecret":
        """What a binder is made with, as a Finished is (section 4.3.11.2).

        label     RESUMPTION_BINDER or EXTERNAL_BINDER: so that no key can pass for one of the other origin
        """
        nothing = derivation.hash_of_nothing(self.suite)
        (secret,) = derivation.derive_secrets([self.question("binder_key", label, nothing, "no message")])
        return TrafficSecret._of(secret)

    def early_data_secrets(self, through_client_hello: bytes) -> "EarlyDataSecrets":
        """The client's secret for early data, and one for exported keys, over the ClientHello."""
        transcript = through_client_hello, "ClientHello"
        client, exporter = derivation.derive_secrets(
            [
                self.question("client_early_traffic_secret", "c e traffic", *transcript),
                self.question("early_exporter_secret", "e exp master", *transcript),
            ]
        )
        return EarlyDataSecrets(TrafficSecret._of(client), ExporterSecret._of(exporter))

    def handshake_secret(self, shared_secret: bytes | None) -> "HandshakeSecret":
        """Mix in what the key exchange agreed on; None if there was none (psk_ke, section 4.3.9)."""
        if self._salt is None:
            (self._salt,) = derivation.derive_secrets([self.question_for_salt()])
        else:
            self.question_for_salt().tell(self._salt.value)
        value = derivation.extract(
            self._salt, "handshake_secret", shared_secret or bytes(self.suite.hash_size)
        )
        return HandshakeSecret("handshake_secret", value, self.suite, self.observe)


class HandshakeSecret(Secret):
    """Protects the rest of the handshake."""

    _salt: Secret | None = None

    def traffic_secrets(self, through_server_hello: bytes) -> "TrafficSecrets":
        """The two directions' secrets for the handshake, over ClientHello..ServerHello."""
        transcript = through_server_hello, "ClientHello..ServerHello"
        client, server, self._salt = derivation.derive_secrets(
            [
                self.question("client_handshake_traffic_secret", "c hs traffic", *transcript),
                self.question("server_handshake_traffic_secret", "s hs traffic", *transcript),
                self.question_for_salt(),  # it does not depend on the transcript, and will be needed
            ]
        )
        secrets = TrafficSecrets(TrafficSecret._of(client), TrafficSecret._of(server))
        expand_keys((secrets.client, secrets.server), ("key", "iv", "finished"))
        return secrets

    def main_secret(self) -> "MainSecret":  # section 7.1 [1]
        """The last step down: nothing is mixed in any more."""
        if self._salt is None:
            (self._salt,) = derivation.derive_secrets([self.question_for_salt()])
        value = derivation.extract(self._salt, "main_secret", bytes(self.suite.hash_size))
        return MainSecret("main_secret", value, self.suite, self.observe)


class MainSecret(Secret):
    """Protects the application's data.  Its labels still say "master" (section 7.1)."""

    def application_secrets(self, through_server_finished: bytes) -> "ApplicationSecrets":
        """The secrets for the application, over ClientHello..server Finished."""
        transcript = through_server_finished, "ClientHello..server Finished"
        client, server, exporter = derivation.derive_secrets(
            [
                self.question("client_application_traffic_secret_0", "c ap traffic", *transcript),
                self.question("server_application_traffic_secret_0", "s ap traffic", *transcript),
                self.question("exporter_secret", "exp master", *transcript),
            ]
        )
        secrets = ApplicationSecrets(
            TrafficSecret._of(client), TrafficSecret._of(server), ExporterSecret._of(exporter)
        )
        expand_keys((secrets.client, secrets.server), ("key", "iv"))
        return secrets

    def resumption_secret(self, through_client_finished: bytes) -> "ResumptionSecret":
        """The secret behind the pre-shared keys of later connections, over the whole handshake."""
        transcript = through_client_finished, "ClientHello..client Finished"
        (secret,) = derivation.derive_secrets([self.question("resumption_secret", "res master", *transcript)])
        return ResumptionSecret._of(secret)


class ExporterSecret(Secret):
    """From this secret the application may take keys of its own (section 7.5)."""

    def export(self, label: str, context: bytes, length: int) -> bytes:
        """TLS-Exporter: `length` bytes that only the two ends know, of their own for each label and context.

        ValueError for a label or a length that does not fit (see `derivation.hkdf_label`).
        """
        nothing = derivation.hash_of_nothing(self.suite)
        (secret,) = derivation.derive_secrets(
            [self.question(f"{self.name}: {label}", label, nothing, "no message")]
        )
        context_hash = self.suite.hash(context).digest()
        question = Question(secret, f"exported for {label}", "exporter", length, context_hash, "the context")
        (value,) = derivation.expand_labels([question])
        question.tell(value)
        return value


class ResumptionSecret(Secret):
    """From this secret every ticket of the connection gets a pre-shared key (section 4.7.1)."""

    def psk(self, ticket_nonce: bytes) -> bytes:
        """The key that belongs to the ticket of this nonce."""
        question = Question(
            self, "PSK", "resumption", self.suite.hash_size, ticket_nonce, "the ticket's nonce"
        )
        (value,) = derivation.expand_labels([question])
        question.tell(value)
        return value


class TrafficSecret(Secret):
    """One direction's secret in one phase: its record keys, its Finished key, its successor."""

    def __init__(
        self, name: str, value: bytes, suite: Suite, observe: Observer | None, keyed: HMAC | None = None
    ) -> None:
        super().__init__(name, value, suite, observe, keyed)
        self.expanded: dict[str, bytes] = {}  # keys by label, once they are

    def protection(self) -> RecordProtection:
        """Fresh record protection under this secret's key and iv (section 7.3)."""
        key, iv = self._expanded("key", "iv")
        return RecordProtection(self.suite.aead(key), iv, self.observe)

    def finished(self, transcript_hash: bytes) -> bytes:
        """The verify_data of this direction's Finished (section 4.5.3)."""
        (finished_key,) = self._expanded("finished")
        return hmac.digest(finished_key, transcript_hash, self.suite.hash)

    def next_generation(self) -> "TrafficSecret":
        """application_traffic_secret_N+1, for a KeyUpdate (section 7.2)."""
        base, generation = self.name.rsplit("_", 1)
        question = Question(self, f"{base}_{int(generation) + 1}", "traffic upd", self.suite.hash_size)
        (successor,) = derivation.derive_secrets([question])
        return TrafficSecret._of(successor)

    def _expanded(self, *labels: str) -> list[bytes]:
        """The keys of these labels, to be used now."""
        if not self.expanded.keys() >= set(labels):  # not expanded ahead
            expand_keys([self], labels)
        if self.observe is not None:  # else the questions need not be put again
            for label in labels:
                self._question_for_key(label).tell(self.expanded[label])
        return [self.expanded[label] for label in labels]

    def _question_for_key(self, label: str) -> Question:
        match label:
            case "key":  # section 7.3
                return Question(self, f"{self.name}: key", label, self.suite.key_size)
            case "iv":  # section 7.3
                return Question(self, f"{self.name}: iv", label, IV_SIZE)
            case "finished":  # section 4.5.3
                return Question(self, f"{self.name}: finished_key", label, self.suite.hash_size)
        raise AssertionError(f"no key of a traffic secret is labelled {label}")


@dataclass(frozen=True, slots=True)
class TrafficSecrets:
    """The secrets of both directions in one phase."""

    client: TrafficSecret
    server: TrafficSecret


@dataclass(frozen=True, slots=True)
class EarlyDataSecrets:
    """The secrets of the client's first flight; the server has none of its own there."""

    client: TrafficSecret
    exporter: ExporterSecret


@dataclass(frozen=True, slots=True)
class ApplicationSecrets(TrafficSecrets):
    """The two directions' first secrets for data, and one for exported keys."""

    exporter: ExporterSecret


def expand_keys(secrets: Sequence[TrafficSecret], labels: Sequence[str]) -> None:
    """Have each of these secrets expand the keys of these labels, before it is asked for them one by one."""
    pairs = [(secret, label) for secret in secrets for label in labels]
    keys = derivation.expand_labels([secret._question_for_key(label) for secret, label in pairs])
    for (secret, label), key in zip(pairs, keys, strict=True):
        secret.expanded[label] = key


def extract_psk(suite: Suite, psk: bytes) -> Secret:
    """The early secret of a pre-shared key, for who needs it more than once; any suite of the hash does."""
    return Secret("early_secret", hkdf.extract(_keyed_with_zeros(suite), psk), suite, None)


@functools.cache
def _keyed_with_zeros(suite: Suite) -> HMAC:
    return hmac.new(bytes(suite.hash_size), digestmod=suite.hash)


@functools.cache
def _without_psk(suite: Suite) -> tuple[Secret, Secret]:
    """The early secret without a pre-shared key, and the salt derived from it: constants of the hash."""
    zeros = bytes(suite.hash_size)
    early_secret = Secret("early_secret", hkdf.extract(zeros, zeros, suite.hash), suite, None)
    (salt,) = derivation.derive_secrets([early_secret.question_for_salt()])
    return early_secret, salt
