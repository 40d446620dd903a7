"""The key schedule of somebody who was not there: it runs, and its values are those of a key log, or none.

What the two ends alone know, the shared secret above all, goes into the real schedule as zeros.  So its
steps come in their order, each with its label and the right hash of the transcript, and none is described
once more.  What it derives is thrown away: in its place stands what the key log says, or no bytes at all
where that says nothing.  Without a pre-shared key the first two steps are true as they are: constants of the
hash.

Tested by      tests/tls/test_eavesdropper.py
"""

from collections.abc import Mapping
from dataclasses import replace

from handshake.codec import Observer
from handshake.derivation import Derivation
from handshake.key_schedule import (
    EarlySecret,
    HandshakeSecret,
    MainSecret,
    ResumptionSecret,
    TrafficSecret,
)
from handshake.suites import Suite

CONSTANTS = frozenset({"early_secret", "derived from early_secret"})  # where there is no pre-shared key
FROM_ZEROS = frozenset({"main_secret"})  # with nothing mixed in


class BlindSchedule:
    """The schedule of one connection; its methods are to be called in their order.

    secrets     what the key log has of this connection, by name
    observe     called with each step, as a client's observer is
    """

    def __init__(self, secrets: Mapping[str, bytes], observe: Observer) -> None:
        self._secrets = secrets
        self._observe = observe
        self._true: frozenset[str] = frozenset()  # steps whose values are true
        self._from_zeros: frozenset[str] = frozenset()  # extractions into which zeros go
        self._handshake: HandshakeSecret | None = None
        self._main: MainSecret | None = None
        self._resumption: ResumptionSecret | None = None

    def traffic(self, name: str, suite: Suite, observe: Observer | None) -> TrafficSecret | None:
        """A traffic secret, ready to open records; None if the key log does not have it."""
        value = self._secrets.get(name, b"")
        return TrafficSecret(name, value, suite, observe) if len(value) == suite.hash_size else None

    def begin_early_data(self, suite: Suite, through_client_hello: bytes) -> None:
        """What is derived for early data."""
        early_secret = EarlySecret(suite, self._tell, bytes(suite.hash_size))
        early_secret.early_data_secrets(through_client_hello)

    def begin_handshake(
        self, suite: Suite, through_server_hello: bytes, *, with_psk: bool, with_key_exchange: bool
    ) -> None:
        """What is derived once the server has chosen."""
        self._true = frozenset() if with_psk else CONSTANTS
        self._from_zeros = FROM_ZEROS if with_key_exchange else FROM_ZEROS | {"handshake_secret"}
        early_secret = EarlySecret(suite, self._tell, bytes(suite.hash_size) if with_psk else None)
        self._handshake = early_secret.handshake_secret(None)
        self._handshake.traffic_secrets(through_server_hello)

    def begin_application(self, through_server_finished: bytes) -> None:
        """What is derived from the server's Finished on."""
        if self._handshake is not None:
            self._main = self._handshake.main_secret()
            self._main.application_secrets(through_server_finished)

    def begin_resumption(self, through_client_finished: bytes) -> None:
        """What every ticket gets its key from."""
        if self._main is not None:
            self._resumption = self._main.resumption_secret(through_client_finished)

    def hear_ticket(self, ticket_nonce: bytes) -> None:
        """The key that goes with a ticket."""
        if self._resumption is not None:
            self._resumption.psk(ticket_nonce)

    def _tell(self, event: object) -> None:
        """Tell of a step with its true value, or with none."""
        assert isinstance(event, Derivation)
        if event.name not in self._true:
            event = replace(event, value=self._secrets.get(event.name, b""))
            if event.operation == "HKDF-Extract" and event.name not in self._from_zeros:
                event = replace(event, context=b"")
        self._observe(event)
