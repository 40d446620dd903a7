"""One step of the key schedule: a secret is asked something, and who observes is told.  RFC 9846 section 7.1.

    HKDF-Extract(Salt, IKM)                               `extract`: a secret, from another and from outside
    HKDF-Expand-Label(Secret, Label, Context, Length)     `expand_labels`: a key, an iv, whatever has a length
    Derive-Secret(Secret, Label, Messages)                `derive_secrets`: a secret, to be asked in its turn

Which secret is asked what, and when, is in `key_schedule`.  What is needed at the same moment is expanded in
one call, side by side (see `sha256`): six keys cost one and a half times what one does.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from handshake.codec import Observer
from handshake.suites import Suite
from purecrypto import hkdf, hmac
from purecrypto.hmac import HMAC

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
    """What a secret is asked: HKDF-Expand-Label(secret, label, context, length).  Section 7.1."""

    secret: "Secret"
    name: str  # of what is to come out
    label: str
    length: int  # bytes
    context: bytes = b""
    covers: str = ""  # the messages in the context

    def tell(self, value: bytes) -> None:
        """Tell the observer what came out: secrets when they are derived, keys when they are used."""
        if self.secret.observe is not None:
            operation, source = "HKDF-Expand-Label", self.secret.name
            self.secret.observe(
                Derivation(self.name, operation, source, self.label, self.context, self.covers, value)
            )


def expand_labels(questions: Sequence[Question]) -> list[bytes]:
    """HKDF-Expand-Label (section 7.1) for each question, side by side; their secrets are of one suite."""
    return hkdf.expand_side_by_side(
        [(q.secret.keyed, hkdf_label(q.label, q.context, q.length), q.length) for q in questions]
    )


def hkdf_label(label: str, context: bytes, length: int) -> bytes:
    """The `info` that HKDF-Expand takes: struct HkdfLabel (section 7.1).

    The label and the context make every output its own.  ValueError for what does not fit into the struct.
    """
    full_label = LABEL_PREFIX + label.encode("ascii")
    if not (0 <= length < 2**16 and 7 <= len(full_label) < 2**8 and len(context) < 2**8):
        sizes = f"a label of {len(full_label)} bytes and a context of {len(context)}"
        raise ValueError(f"no HkdfLabel can ask for {length} bytes with {sizes}")
    return b"".join(  # uint16 length; opaque label<7..255>; opaque context<0..255>
        (length.to_bytes(2, "big"), bytes([len(full_label)]), full_label, bytes([len(context)]), context)
    )


class Secret:
    """A secret of the schedule, ready to derive others: its HMAC states are computed once and kept."""

    def __init__(
        self, name: str, value: bytes, suite: Suite, observe: Observer | None, keyed: HMAC | None = None
    ) -> None:
        self.name = name
        self.value = value
        self.suite = suite
        self.observe = observe
        self.keyed = keyed or hmac.new(value, digestmod=suite.hash)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"

    @classmethod
    def _of(cls, secret: "Secret") -> Self:
        """Return a secret that was derived, as one of this class."""
        return cls(secret.name, secret.value, secret.suite, secret.observe, secret.keyed)

    def question(self, name: str, label: str, transcript_hash: bytes, covers: str) -> Question:
        """The question of Derive-Secret(secret, label, messages), whose hash is given: section 7.1."""
        return Question(self, name, label, self.suite.hash_size, transcript_hash, covers)

    def question_for_salt(self) -> Question:  # appendix F.1.1 [1]
        """The question of Derive-Secret(secret, "derived", ""), the salt of the next extraction."""
        nothing = hash_of_nothing(self.suite)
        return self.question(f"derived from {self.name}", "derived", nothing, "no message")


def derive_secrets(questions: Sequence[Question]) -> list[Secret]:
    """Derive-Secret (section 7.1) for each question, side by side: secrets to be asked in their turn."""
    values = expand_labels(questions)
    keyed = hmac.new_side_by_side(values, questions[0].secret.suite.hash)
    secrets = []
    for question, value, mac in zip(questions, values, keyed, strict=True):
        question.tell(value)
        secrets.append(Secret(question.name, value, question.secret.suite, question.secret.observe, mac))
    return secrets


def extract(salt: Secret, name: str, input_key: bytes) -> bytes:
    """HKDF-Extract (section 7.1): the salt comes from the secret before, the key from outside."""
    value = hkdf.extract(salt.keyed, input_key)
    if salt.observe is not None:
        salt.observe(Derivation(name, "HKDF-Extract", salt.name, "", input_key, "", value))
    return value


@functools.cache
def hash_of_nothing(suite: Suite) -> bytes:
    """The transcript hash where there is no message."""
    return suite.hash().digest()
