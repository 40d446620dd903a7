"""Rung 14: Finished.  Before the first message, each side proves that it has heard what the other said."""

from collections.abc import Callable

from journey.credentials import Credentials, Role
from journey.errors import Refused
from journey.layout import Field, Layout
from journey.randomness import RandomBytes
from journey.s07_aead import channel as s07
from journey.s12_signed_share import channel as s12
from journey.s13_both_shares import channel as s13
from journey.s14_finished.groups import GROUPS, NAME_SIZE, OLD, X25519
from journey.wire import Wire
from purecrypto import constant_time, hkdf, hmac
from purecrypto.sha256 import sha256

CLIENT_HELLO = Layout(
    Field("share", GROUPS[X25519].share_size),
    Field("old_share", GROUPS[OLD].share_size),
    Field("groups", prefix=2),
    Field("suites", prefix=2),
)
SERVER_HELLO = Layout(Field("group", NAME_SIZE), Field("share", prefix=1), Field("suite", s13.NAME_SIZE))
PROOF = Layout(*s12.PROOF_FIELDS)  # key, signature
FINISHED = Layout(Field("finished", sha256.digest_size))
HELLOS = (("client", CLIENT_HELLO), ("server", SERVER_HELLO))
HANDSHAKE = (*HELLOS, ("server", PROOF), ("server", FINISHED), ("client", FINISHED))
RECORD = s07.RECORD  # ciphertext, tag


def open(
    wire: Wire,
    role: Role,
    credentials: Credentials,
    random_bytes: RandomBytes,
    covered: Callable[[bytes, bytes], bytes] = lambda shares, hellos: shares,
) -> s07.Channel:
    """Agree on group, suite and secret.  `covered` picks what is signed: the shares, or the two hellos."""
    privates = {name: random_bytes(group.private_size) for name, group in GROUPS.items()}
    shares = {name: group.share(privates[name]) for name, group in GROUPS.items()}
    if role == "client":
        client_hello = CLIENT_HELLO.join(*shares.values(), b"".join(GROUPS), b"".join(s13.SUITES))
        wire.send(client_hello)
        server_hello, proof = wire.receive(), wire.receive()
        name, received, suite = SERVER_HELLO.split(server_hello)
        if name not in GROUPS or suite not in s13.SUITES or len(received) != GROUPS[name].share_size:
            raise Refused("the server has chosen what was not offered")
        key, signature = PROOF.split(proof)
        signed = covered(shares[name] + received, client_hello + server_hello)
        s12.verify(credentials, key, signature, signed)
    else:
        client_hello = wire.receive()
        *offered, groups, suites = CLIENT_HELLO.split(client_hello)
        name, suite = s13.choose(tuple(GROUPS), groups), s13.choose(s13.SUITES, suites)
        received = dict(zip(GROUPS, offered, strict=True))[name]
        server_hello = SERVER_HELLO.join(name, shares[name], suite)
        signed = covered(received + shares[name], client_hello + server_hello)
        proof = PROOF.join(*s12.sign(credentials, signed))
        wire.send(server_hello)
        wire.send(proof)
    secret = hkdf.extract(b"", GROUPS[name].agree(privates[name], received))
    confirm(wire, role, secret, client_hello + server_hello + proof)
    return s13.channel_under(wire, role, secret, suite)


def confirm(wire: Wire, role: Role, secret: bytes, transcript: bytes) -> None:
    """Exchange Finished: first the server's, then the client's, which covers the server's, too."""
    for sender in ("server", "client"):
        frame = FINISHED.join(finished(secret, sender, transcript))
        if sender == role:
            wire.send(frame)
        elif not constant_time.equal(wire.receive(), frame):
            raise Refused(f"the {sender} has not heard what we have heard")
        transcript += frame


def finished(secret: bytes, sender: str, transcript: bytes) -> bytes:
    """A MAC over all that was said so far, under a key that only the two ends can have."""
    return hmac.digest(hkdf.expand(secret, sender.encode() + b" finished", 32), transcript, "sha256")
