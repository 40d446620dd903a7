"""The extensions of pre-shared keys: to offer some, to choose one, to send early data under it.
RFC 9846 sections 4.3.9 to 4.3.11.

A binder is computed over the hello without its binders: `OfferedPsks.binders_size` says how many bytes to
leave off.  Whether a key is known and its binder is right, is judged in `pre_shared_keys.py`.
"""

from dataclasses import dataclass
from typing import ClassVar

from handshake.codec import Reader, Writer
from handshake.constants import ExtensionType, PskKeyExchangeMode
from handshake.errors import IllegalParameter

MIN_IDENTITIES_SIZE = 7  # bytes: one identity of one byte, with its length and age
MIN_BINDER_SIZE = 32  # bytes: the output of the shortest hash
MIN_BINDERS_SIZE = 1 + MIN_BINDER_SIZE  # bytes: one binder with its length


@dataclass(frozen=True, slots=True)
class PskKeyExchangeModes:
    """Whether the client wants a fresh key exchange beside the pre-shared key (section 4.3.9)."""

    type: ClassVar = ExtensionType.PSK_KEY_EXCHANGE_MODES
    modes: tuple[int, ...]

    def write(self, writer: Writer) -> None:
        with writer.vector8("ke_modes"):
            for mode in writer.items(self.modes):
                writer.uint8("", mode, PskKeyExchangeMode)

    @classmethod
    def read(cls, reader: Reader) -> "PskKeyExchangeModes":
        modes = reader.vector8("ke_modes", minimum=1)
        return cls(tuple(item.uint8("", PskKeyExchangeMode) for item in modes.items()))


@dataclass(frozen=True, slots=True)
class EarlyDataIndication:
    """The client sends data before the handshake is complete; the server takes it (section 4.3.10)."""

    type: ClassVar = ExtensionType.EARLY_DATA

    def write(self, writer: Writer) -> None:
        """To be there is all that it says."""

    @classmethod
    def read(cls, reader: Reader) -> "EarlyDataIndication":
        return cls()


@dataclass(frozen=True, slots=True)
class MaxEarlyData:
    """How much early data a ticket is good for (section 4.3.10)."""

    type: ClassVar = ExtensionType.EARLY_DATA
    max_early_data_size: int  # bytes of content: neither type nor padding counts (section 4.7.1)

    def write(self, writer: Writer) -> None:
        writer.uint32("max_early_data_size", self.max_early_data_size)

    @classmethod
    def read(cls, reader: Reader) -> "MaxEarlyData":
        return cls(reader.uint32("max_early_data_size"))


@dataclass(frozen=True, slots=True)
class PskIdentity:
    """A name for a key that both sides may have: for instance a ticket (section 4.3.11)."""

    identity: bytes
    obfuscated_ticket_age: int  # milliseconds plus the ticket's ticket_age_add, modulo 2^32

    def write(self, writer: Writer) -> None:
        writer.opaque16("identity", self.identity)
        writer.uint32("obfuscated_ticket_age", self.obfuscated_ticket_age)

    @classmethod
    def read(cls, reader: Reader) -> "PskIdentity":
        return cls(reader.opaque16("identity", minimum=1), reader.uint32("obfuscated_ticket_age"))


@dataclass(frozen=True, slots=True)
class OfferedPsks:
    """The keys that the client offers, best first, and a proof of each (section 4.3.11)."""

    type: ClassVar = ExtensionType.PRE_SHARED_KEY
    identities: tuple[PskIdentity, ...]
    binders: tuple[bytes, ...]  # one for each identity, in the same order

    @property
    def binders_size(self) -> int:
        """Bytes of the list of binders, its length included: the last ones of the ClientHello.

        The binders are computed over what stands before them (section 4.3.11.2).
        """
        return 2 + sum(1 + len(binder) for binder in self.binders)

    def write(self, writer: Writer) -> None:
        with writer.vector16("identities"):
            for identity in writer.items(self.identities):
                identity.write(writer)
        with writer.vector16("binders"):
            for binder in writer.items(self.binders):
                writer.opaque8("", binder)

    @classmethod
    def read(cls, reader: Reader) -> "OfferedPsks":
        identities = tuple(
            PskIdentity.read(item) for item in reader.vector16("identities", MIN_IDENTITIES_SIZE).items()
        )
        binders = tuple(
            item.opaque8("", MIN_BINDER_SIZE) for item in reader.vector16("binders", MIN_BINDERS_SIZE).items()
        )
        if len(identities) != len(binders):  # section 4.3.11 [10]: one binder for each identity
            raise IllegalParameter(f"pre_shared_key: {len(binders)} binders for {len(identities)} identities")
        return cls(identities, binders)


@dataclass(frozen=True, slots=True)
class SelectedPsk:
    """The key that the server chose, counted from 0 (section 4.3.11)."""

    type: ClassVar = ExtensionType.PRE_SHARED_KEY
    selected_identity: int

    def write(self, writer: Writer) -> None:
        writer.uint16("selected_identity", self.selected_identity)

    @classmethod
    def read(cls, reader: Reader) -> "SelectedPsk":
        return cls(reader.uint16("selected_identity"))
