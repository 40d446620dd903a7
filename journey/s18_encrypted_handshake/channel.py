"""Rung 18: the real key schedule.  There are keys as soon as both have said hello; the rest is encrypted."""

from handshake import derivation
from handshake.constants import CipherSuite
from handshake.key_schedule import EarlySecret, TrafficSecret, TrafficSecrets
from handshake.suites import SUITES
from journey.credentials import Credentials, Role
from journey.errors import Refused
from journey.randomness import RandomBytes
from journey.s07_aead import channel as s07
from journey.s08_fresh_keys import channel as s08
from journey.s11_x25519 import channel as s11
from journey.s16_certificates import channel as s16
from journey.s17_path_and_name.channel import valid_for_the_server
from journey.wire import Wire
from purecrypto import constant_time, x25519
from purecrypto.errors import InvalidSignature
from purecrypto.sha256 import sha256

# What is weak has been thrown out, so the hellos have nothing to choose from.
SUITE = SUITES[CipherSuite.TLS_CHACHA20_POLY1305_SHA256]
CERTIFICATES = s16.CERTIFICATES
RECORD = s07.RECORD  # ciphertext, tag
# The hellos; the server's certificates, signature and Finished; the client's Finished.
HANDSHAKE = (*s11.HANDSHAKE, *[("server", RECORD)] * 3, ("client", RECORD))


def open(wire: Wire, role: Role, credentials: Credentials, random_bytes: RandomBytes) -> s07.Channel:
    """Open a channel under keys that follow from everything that was said."""
    secrets = shake_hands(wire, role, credentials, random_bytes)
    return s07.Channel(wire, *map(key, sending_and_receiving(role, secrets)))


def shake_hands(wire: Wire, role: Role, own: Credentials, random_bytes: RandomBytes) -> TrafficSecrets:
    """Say hello in the clear and prove everything in secret; return the secrets for the conversation."""
    private = random_bytes(x25519.KEY_SIZE)
    share = s11.share(private)
    (received,) = s11.HELLO.split(s08.exchange(wire, role, s11.HELLO.join(share)))
    said = share + received if role == "client" else received + share
    handshake_secret = EarlySecret(SUITE).handshake_secret(s11.agree(private, received))
    secrets = handshake_secret.traffic_secrets(sha256(said).digest())
    hidden = s07.Channel(wire, *map(key, sending_and_receiving(role, secrets)))
    said += prove(hidden, role, own, said)
    said += confirm(hidden, role, "server", secrets.server, said)
    confirm(hidden, role, "client", secrets.client, said)
    return handshake_secret.main_secret().application_secrets(sha256(said).digest())


def prove(hidden: s07.Channel, role: Role, own: Credentials, said: bytes) -> bytes:
    """The server shows its certificates, and signs all that was said until then; the client checks both."""
    if role == "server":
        certificates = s16.pack(own.certificate_chain())
        signature = own.signing_key.sign(said + certificates)
        hidden.send(certificates)
        hidden.send(signature)
        return certificates + signature
    certificates, signature = hidden.receive(), hidden.receive()
    try:
        valid_for_the_server(own, s16.unpack(certificates)).verify(signature, said + certificates)
    except InvalidSignature as error:
        raise Refused("the signature does not fit what was said") from error
    return certificates + signature


def confirm(hidden: s07.Channel, role: Role, sender: Role, secret: TrafficSecret, said: bytes) -> bytes:
    """One side says its Finished, a MAC of all that was said; the other one compares."""
    finished = secret.finished(sha256(said).digest())
    if role == sender:
        hidden.send(finished)
    elif not constant_time.equal(hidden.receive(), finished):
        raise Refused(f"the {sender} has not heard what we have heard")
    return finished


def sending_and_receiving(role: Role, secrets: TrafficSecrets) -> tuple[TrafficSecret, TrafficSecret]:
    return (secrets.client, secrets.server) if role == "client" else (secrets.server, secrets.client)


def key(secret: TrafficSecret) -> bytes:
    return derivation.expand_labels([derivation.Question(secret, "the record key", "key", SUITE.key_size)])[0]
