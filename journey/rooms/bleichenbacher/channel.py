"""Side room: the client draws the secret and seals it with the server's RSA key, as in TLS up to 1.2.

    00 02 | random bytes, none of them 00 | 00 | the secret          PKCS #1 v1.5, to the power of e modulo n

The server is a patient one, as in the room `early_exit`: if it does not believe a client, it says no with an
alert, and waits for another sealed secret.
"""

from dataclasses import dataclass
from types import SimpleNamespace

from journey.credentials import Credentials, Role
from journey.layout import Field, Layout
from journey.randomness import RandomBytes
from journey.s07_aead import channel as s07
from journey.s08_fresh_keys import channel as s08
from journey.s11_x25519 import channel as s11
from journey.wire import Wire
from purecrypto import constant_time, hkdf, hmac
from purecrypto.rsa import RSAPrivateKey

K = 64  # bytes of the modulus, of which the first is 01
SECRET_SIZE = 48  # bytes
SEALED = Layout(Field("sealed_secret", K))
FINISHED = Layout(Field("mac", 32))
HANDSHAKE = (("client", s08.HELLO), ("server", s08.HELLO), ("client", SEALED), ("client", FINISHED))
RECORD = s07.RECORD  # ciphertext, tag
NO = Layout(Field("alert", 1))
BAD_RECORD_MAC, DECRYPT_ERROR = 20, 51  # alerts: the second says that it could not be unsealed


@dataclass(frozen=True)
class Variant:
    alert_for_padding: int = BAD_RECORD_MAC
    waits_for_finished: bool = True  # before it says anything
    never_tells: bool = False
    RECORD = RECORD
    HANDSHAKE = HANDSHAKE

    def open(self, wire: Wire, role: Role, own: Credentials, random_bytes: RandomBytes) -> s07.Channel:
        random = random_bytes(s08.RANDOM_SIZE)
        (received,) = s08.HELLO.split(s08.exchange(wire, role, s08.HELLO.join(random)))
        if role == "client":
            secret = random_bytes(SECRET_SIZE)
            wire.send(SEALED.join(seal(own, secret, random_bytes)))
            main_secret = hkdf.extract(random + received, secret)
            wire.send(FINISHED.join(finished(main_secret)))
        else:
            main_secret = self.accept(wire, own, received + random, random_bytes)
        return s08.channel_under(wire, role, main_secret)

    def accept(self, wire: Wire, own: Credentials, randoms: bytes, random_bytes: RandomBytes) -> bytes:
        while True:
            (sealed,) = SEALED.split(wire.receive())
            another = random_bytes(SECRET_SIZE)  # drawn in any case, which takes equally long
            secret = unseal(own.rsa_key(), sealed)
            if secret is None and not self.never_tells:
                if self.waits_for_finished:
                    FINISHED.split(wire.receive())
                wire.send(NO.join(bytes([self.alert_for_padding])))
                continue
            main_secret = hkdf.extract(randoms, another if secret is None else secret)
            (received_mac,) = FINISHED.split(wire.receive())
            if constant_time.equal(received_mac, finished(main_secret)):
                return main_secret
            wire.send(NO.join(bytes([BAD_RECORD_MAC])))


def seal(own: Credentials, secret: bytes, random_bytes: RandomBytes) -> bytes:
    """RSAES-PKCS1-v1_5, RFC 8017 section 7.2.1."""
    key = own.pinned_rsa_key()
    filler = bytes(byte % 255 + 1 for byte in random_bytes(K - 3 - len(secret)))
    m = int.from_bytes(b"\x00\x02" + filler + b"\x00" + secret, "big")
    return pow(m, key.e, key.n).to_bytes(K, "big")


def unseal(key: RSAPrivateKey, sealed: bytes) -> bytes | None:
    """Section 7.2.2; None if it does not begin with 00 02.  The secret's size is known, so it is the end."""
    c, p, q = int.from_bytes(sealed, "big"), key.p, key.q
    m_p, m_q = pow(c % p, key.dmp1, p), pow(c % q, key.dmq1, q)  # c^d modulo p and q, as in purecrypto/rsa.py
    padded = (m_q + q * ((m_p - m_q) * key.iqmp % p)).to_bytes(K, "big")
    return padded[-SECRET_SIZE:] if padded.startswith(b"\x00\x02") else None


def finished(main_secret: bytes) -> bytes:
    """Proves that the client has the same secret."""
    return hmac.digest(main_secret, b"client finished", "sha256")


VARIANTS = {
    "it says that the padding is wrong": Variant(alert_for_padding=DECRYPT_ERROR),
    "one alert for both, but sooner": Variant(waits_for_finished=False),
    "it goes on with a random secret": Variant(never_tells=True),
    "no secret is sent": SimpleNamespace(open=s11.open, RECORD=s11.RECORD, HANDSHAKE=s11.HANDSHAKE),
}
