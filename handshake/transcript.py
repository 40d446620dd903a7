"""Everything that was said so far, as one running hash.  RFC 9846 section 4.1.

Both sides hash the same messages in the same order, and every key, signature and Finished depends on the
result: whoever changes one byte on the way is found out.
"""

from handshake.constants import HandshakeType
from handshake.suites import Suite
from purecrypto.hmac import HashClass
from purecrypto.sha2 import MerkleDamgard


class Transcript:
    """Collects whole handshake messages, headers included, record headers not.

    Which hash it will be is known only once the server has chosen a suite; until `use` is called the
    messages are kept as they are.
    """

    def __init__(self) -> None:
        self._waiting: list[bytes] = []
        self._hash: MerkleDamgard | None = None
        self._digest = b""  # of all messages so far, once somebody has asked; who asks twice gets it again
        self._begun: tuple[bytes, MerkleDamgard] | None = None  # what has been hashed of what waits

    def add(self, message: bytes) -> None:
        """Append one message."""
        self._digest = b""
        if self._hash is None:
            self._waiting.append(message)
        else:
            self._hash.update(message)

    def replace_first_hello(self, suite: Suite) -> None:
        """Put message_hash(ClientHello1) in the place of ClientHello1: a HelloRetryRequest wants it so.

        A server without memory can then keep this hash alone, in the cookie that it gives to the client.
        """
        header = bytes([HandshakeType.MESSAGE_HASH]) + suite.hash_size.to_bytes(3, "big")
        self._waiting[0] = header + suite.hash(self._waiting[0]).digest()

    def use(self, suite: Suite) -> None:
        """From now on hash with the suite's hash, starting with what has been waiting."""
        self._hash = self._go_on(suite.hash, b"".join(self._waiting))
        self._waiting.clear()
        self._begun = None

    def digest_by(self, hash_class: HashClass, leave_off: int = 0, *, then: bytes = b"") -> bytes:
        """The hash of what waits for a suite, and of what comes `then`, without its last `leave_off` bytes.

        Binders stand at the end of a hello, and cannot cover themselves (section 4.3.11.2).
        """
        heard = b"".join(self._waiting) + then
        covered = heard[: len(heard) - leave_off]
        hashed = self._go_on(hash_class, covered)
        self._begun = covered, hashed
        return hashed.digest()

    def _go_on(self, hash_class: HashClass, heard: bytes) -> MerkleDamgard:
        """A hash of all this, which takes over what `digest_by` has done, so that a hello is hashed once."""
        covered, begun = self._begun or (b"", hash_class())
        if type(begun) is not hash_class or not heard.startswith(covered):
            return hash_class(heard)
        hashed = begun.copy()
        hashed.update(heard[len(covered) :])
        return hashed

    def copy(self) -> "Transcript":
        """Another one that has heard the same, and goes its own way from here."""
        twin = Transcript()
        twin._waiting = self._waiting.copy()
        twin._hash = self._hash and self._hash.copy()
        return twin

    def digest(self) -> bytes:
        """The Transcript-Hash of all messages so far; ValueError before `use`."""
        if self._hash is None:
            raise ValueError("no cipher suite yet, hence no hash")
        if not self._digest:
            self._digest = self._hash.digest()
        return self._digest
