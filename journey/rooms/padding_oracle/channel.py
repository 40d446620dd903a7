"""Side room: AES-CBC and a MAC, as in TLS 1.0 to 1.2.  Which comes first, and what is said when one is wrong?

The server is a patient one, as in the room `early_exit`: what it does not believe it answers with an alert,
and waits for the next.  Our stopwatch is in the answer, too: how many MACs the server has computed.
"""

from dataclasses import dataclass
from types import SimpleNamespace

from journey.credentials import Credentials, Role
from journey.errors import Refused
from journey.layout import Field, Layout
from journey.randomness import RandomBytes
from journey.rooms.padding_oracle import cbc
from journey.s00_plaintext import channel as s00
from journey.s06_direction_keys.channel import derive
from journey.s07_aead import channel as s07
from journey.wire import Wire
from purecrypto import aes, constant_time, hmac

MAC_SIZE = 32  # bytes
SEALED = Layout(Field("iv", cbc.BLOCK_SIZE), Field("ciphertext"))
SEALED_AND_TAGGED = Layout(Field("iv", cbc.BLOCK_SIZE), Field("ciphertext"), Field("tag", MAC_SIZE))
NO = Layout(Field("alert", 1), Field("macs_computed", 1))
BAD_RECORD_MAC, DECRYPTION_FAILED = 20, 21  # the alerts of TLS 1.0


class MacThenEncrypt(s00.Channel):
    """Both directions use the same keys, and nothing is counted: that does not matter in this room."""

    def __init__(self, wire: Wire, own: Credentials, random_bytes: RandomBytes, alert: int, patient: bool):
        super().__init__(wire)
        self.key = aes.Key(derive(own.shared_key, b"encrypts"))
        self.keyed = hmac.new(derive(own.shared_key, b"authenticates"), digestmod="sha256")
        self.random_bytes = random_bytes
        self.alert_for_padding = alert
        self.patient = patient

    def send(self, message: bytes) -> None:
        self.wire.send(self.sealed(message + self.mac(message)))

    def receive(self) -> bytes:
        while True:
            inner = self.opened(*SEALED.split(self.wire.receive()))
            if inner is None or len(inner) < MAC_SIZE:
                self.say_no(self.alert_for_padding, macs_computed=0)
                continue
            message, received_mac = inner[:-MAC_SIZE], inner[-MAC_SIZE:]
            if constant_time.equal(received_mac, self.mac(message)):
                return message
            self.say_no(BAD_RECORD_MAC, macs_computed=1)

    def sealed(self, text: bytes) -> bytes:
        iv = self.random_bytes(cbc.BLOCK_SIZE)
        return iv + cbc.encrypt(self.key, iv, cbc.pad(text))

    def opened(self, iv: bytes, ciphertext: bytes) -> bytes | None:
        """What was sealed; None if the padding is wrong."""
        if not ciphertext or len(ciphertext) % cbc.BLOCK_SIZE:
            raise Refused("these are no whole blocks")
        return cbc.unpad(cbc.decrypt(self.key, iv, ciphertext))

    def mac(self, data: bytes) -> bytes:
        keyed = self.keyed.copy()
        keyed.update(data)
        return keyed.digest()

    def say_no(self, alert: int, macs_computed: int) -> None:
        if not self.patient:
            raise Refused(f"alert {alert}")
        self.wire.send(NO.join(bytes([alert]), bytes([macs_computed])))


class EncryptThenMac(MacThenEncrypt):
    """Looks at nothing before the tag."""

    def send(self, message: bytes) -> None:
        sealed = self.sealed(message)
        self.wire.send(sealed + self.mac(sealed))

    def receive(self) -> bytes:
        while True:
            iv, ciphertext, received_tag = SEALED_AND_TAGGED.split(self.wire.receive())
            if constant_time.equal(received_tag, self.mac(iv + ciphertext)):
                message = self.opened(iv, ciphertext)
                if message is None:
                    raise Refused("the peer itself has padded badly")
                return message
            self.say_no(BAD_RECORD_MAC, macs_computed=1)


@dataclass(frozen=True)
class Variant:
    kind: type[MacThenEncrypt]
    RECORD: Layout
    alert_for_padding: int = BAD_RECORD_MAC

    def open(self, wire: Wire, role: Role, own: Credentials, random_bytes: RandomBytes) -> MacThenEncrypt:
        return self.kind(wire, own, random_bytes, self.alert_for_padding, role == "server")


VARIANTS = {
    "it says that the padding is wrong": Variant(MacThenEncrypt, SEALED, DECRYPTION_FAILED),
    "one alert for both, but sooner": Variant(MacThenEncrypt, SEALED),
    "encrypt, then MAC": Variant(EncryptThenMac, SEALED_AND_TAGGED),
    "an AEAD": SimpleNamespace(open=s07.open, RECORD=s07.RECORD),
}
