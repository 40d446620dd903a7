"""Mutants of the primitives: what is checked of a point, a signature, a padding or a tag.

Several are mistakes that somebody has made: the names that they are known by stand with the acts.
"""

from dataclasses import dataclass, replace
from typing import Any

import vectors
from handshake import signatures
from handshake.constants import CipherSuite, NamedGroup, SignatureScheme
from handshake.extensions import KeyShareEntry, SelectedVersion, ServerKeyShare
from handshake.groups import GROUPS
from handshake.messages import CertificateVerify
from journey import forgeries
from journey.credentials import Credentials, Role
from journey.ladder import Rung
from journey.mutants.hostile import X25519, HostileServer
from journey.mutants.stage import Stage
from journey.mutants.surgery import changed, without
from journey.mutants.trial import TOP, Kind, Mutant, on, quoted
from journey.randomness import RandomBytes
from journey.rooms.invalid_curve import attack as invalid_curve
from journey.s21_tls13 import channel as s21
from journey.s21_tls13 import settings
from journey.wire import Wire
from purecrypto import aes_gcm, ec, ecdsa, entropy, rsa_padding, stream, weierstrass
from purecrypto.ed25519 import Ed25519PublicKey
from purecrypto.edwards25519 import L
from purecrypto.rsa import RSAPublicKey
from purecrypto.sha256 import sha256
from purecrypto.weierstrass import P256
from purecrypto.x25519 import X25519PrivateKey
from x509.issue import Authority
from x509.trust_store import TrustStore

RSA_SIZE = 2048  # bits
PASSWORD = b"my password is rosebud"


# --- Key exchange ------------------------------------------------------------------------------------------


def what_everybody_reads(hostile: HostileServer) -> str:
    """The victim's first words, where no secret is left that keeps them."""
    hostile.finish()
    hostile.victim.connection.send(PASSWORD)
    hostile.say_raw(b"")
    return quoted(hostile.first_data())


def a_share_of_small_order(stage: Stage) -> str:
    hostile = stage.hostile_server()
    zero = ServerKeyShare(KeyShareEntry(X25519, bytes(32)))
    hostile.hello(extensions=(SelectedVersion(), zero), shared_secret=bytes(32))
    return (
        f"the secret is 32 zeros, whatever the client drew: everybody reads {what_everybody_reads(hostile)}"
    )


def a_point_of_another_curve(stage: Stage) -> str:
    """The invalid-curve attack, of the room of that name: Q has q multiples, one of them is the secret."""
    group, (q, b) = NamedGroup.SECP256R1, (17, 109)
    Q = invalid_curve.point_of_order(entropy.random_bytes, b, q)
    share = ServerKeyShare(KeyShareEntry(group, weierstrass.encode(P256, Q)))
    while True:
        private = GROUPS[group].new_private(entropy.random_bytes)
        hostile = stage.hostile_server(private_keys={group: private}, key_share_groups=(group,))
        if int.from_bytes(private, "big") % q not in (1, q - 1):
            continue  # this call would fail, as a wrong guess does, and she would wait for the next
        x, _ = Q
        secret = x.to_bytes(P256.size, "big")
        hostile.hello(extensions=(SelectedVersion(), share), shared_secret=secret)
        return (
            f"one call in {q // 2} has the secret that she guesses: she reads {what_everybody_reads(hostile)}"
        )


# --- Signatures that nobody has made -----------------------------------------------------------------------


@dataclass(frozen=True)
class NobodysKey:
    """A public key, and in the place of the private one a way to do without."""

    public: Any
    forge: Any = None

    def public_key(self) -> Any:
        return self.public

    def sign(self, data: bytes, *how: Any) -> bytes:
        return bytes(self.forge(data))


def an_old_rsa_key() -> RSAPublicKey:
    """One with e = 3, as many had it.  Whoever forges needs no factors, so nobody knows any of this one."""
    n = int.from_bytes(entropy.random_bytes(RSA_SIZE // 8), "big") | 1 << RSA_SIZE - 1 | 1
    return RSAPublicKey(n, 3)


def pose_as(stage: Stage, public_key: Any, scheme: SignatureScheme, forge: Any) -> None:
    """Show an honest certificate for this key, and prove with a forgery that one holds the private one."""
    chain = stage.certifier.chain([stage.name], NobodysKey(public_key))  # type: ignore[arg-type]
    hostile = stage.hostile_server(chain, signature_schemes=(SignatureScheme.ED25519, scheme))
    hostile.flight(until=CertificateVerify)
    hostile.verify(scheme, forge(signatures.signed_content(signatures.SERVER_CONTEXT, hostile.through())))
    hostile.finished_session()


def a_signature_of_zeros(stage: Stage) -> str:
    """CVE-2022-21449, in Java 15 to 18: "psychic signatures"."""
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    zeros = ecdsa.encode_signature(0, 0)
    pose_as(stage, key, SignatureScheme.ECDSA_SECP256R1_SHA256, lambda content: zeros)
    return "(0, 0) is a signature of everything by everybody"


def a_cube_that_ends_well(stage: Stage) -> str:
    """PSS with e = 3.  Modulo a power of 2 each odd number is a cube: so she chooses how EM ends."""

    def forge(content: bytes) -> bytes:
        salt, size = bytes(sha256.digest_size), RSA_SIZE // 8
        H = sha256(bytes(8) + sha256(content).digest() + salt).digest()
        mask = rsa_padding.mgf1(H, size - len(H) - 1, sha256)[-len(salt) :]
        end = stream.xor(salt, mask) + H + b"\x01"
        bits = 8 * len(end)
        third = pow(3, -1, 2 ** (bits - 2))  # which undoes the third power
        s: int = pow(int.from_bytes(end, "big"), third, 2**bits)
        return int.to_bytes(s, size, "big")

    pose_as(stage, an_old_rsa_key(), SignatureScheme.RSA_PSS_RSAE_SHA256, forge)
    return "a cube root modulo 2^520 is taken for an RSA-PSS signature, which nobody has made"


def a_cube_that_begins_well(stage: Stage) -> str:
    """Bleichenbacher's forgery of 2006: the hash not at the end, and behind it whatever makes a cube."""

    def forge(data: bytes) -> bytes:
        size = RSA_SIZE // 8
        start = (
            b"\x00\x01" + b"\xff" * 8 + b"\x00" + rsa_padding.DIGEST_INFO["sha256"] + sha256(data).digest()
        )
        greatest = int.from_bytes(start.ljust(size, b"\xff"), "big")
        return cube_root(greatest).to_bytes(size, "big")

    old: Any = NobodysKey(an_old_rsa_key(), forge)
    root = Authority(forgeries.signed_by_itself("Old Root", old), old)
    chain = forgeries.signed(root, stage.name, stage.key, [forgeries.dns_names(stage.name)])
    stage.hostile_server([chain], trust=TrustStore([root.certificate])).flight()
    return f"a certificate for {stage.name}, signed by nobody: a cube root was enough"


def cube_root(n: int) -> int:
    """The greatest number whose cube is not above n."""
    root = 0
    for place in reversed(range(n.bit_length() // 3 + 1)):
        if (root | 1 << place) ** 3 <= n:
            root |= 1 << place
    return root


def add_the_order_to_the_answer(stage: Stage) -> str:
    """RFC 8032 section 7.1, test 2: R and S; then R and S + L, which satisfies the same equation."""
    (group,) = vectors.load("rfc8032")["groups"]
    vector = group["vectors"][1]
    public_key, message, signature = (
        bytes.fromhex(vector[field]) for field in ("public_key", "message", "signature")
    )
    R, S = signature[:32], int.from_bytes(signature[32:], "little")
    Ed25519PublicKey.from_public_bytes(public_key).verify(R + (S + L).to_bytes(32, "little"), message)
    return f"{vector['id']} with S + L for S: a second signature of the same message, made without the key"


# --- Tags --------------------------------------------------------------------------------------------------


class OnlyAesGcm:
    """What rung 21 publishes, with TLS_AES_128_GCM_SHA256 instead of the other suite."""

    RECORD, HANDSHAKE, CERTIFICATES = s21.RECORD, s21.HANDSHAKE, s21.CERTIFICATES

    @staticmethod
    def open(wire: Wire, role: Role, credentials: Credentials, random_bytes: RandomBytes) -> s21.Channel:
        own = settings.of(role, credentials, random_bytes)
        return s21.Channel(wire, replace(own, cipher_suites=(CipherSuite.TLS_AES_128_GCM_SHA256,)))


def without_ff(number: str) -> str:
    """In code: the bytes of a padded message that are no filler."""
    return f"{number}.to_bytes(length(modBits), 'big').replace(b'\\xff', b'')"


AES_GCM = Rung(TOP.number, TOP.folder, OnlyAesGcm)

MUTANTS = (
    Mutant(
        "X25519 all-zero",
        "RFC 9846 7.4.2",
        (without(X25519PrivateKey.exchange, "if constant_time.equal(shared_secret, bytes(KEY_SIZE)):"),),
        Kind.HOSTILE_PEER,
        a_share_of_small_order,
    ),
    Mutant(
        "point that is not on the curve",
        "RFC 9846 4.3.8.2",
        (without(weierstrass.decode, "if not is_on_curve(curve, Q):"),),
        Kind.HOSTILE_PEER,
        a_point_of_another_curve,
    ),
    Mutant(
        "ECDSA r and s from 1 on",
        "FIPS 186-5 6.4.2",
        # As they had it: 1/s came from a power, where 0 gives 0, and infinity was not looked for either.
        (
            changed(
                ecdsa.verify,
                {
                    "if not (1 <= r < n and 1 <= s < n):": "if not (0 <= r < n and 0 <= s < n):",
                    "s_inverse = pow(s, -1, n)": "s_inverse = pow(s, n - 2, n)",
                    "if Z == 0:": "if False:",
                },
            ),
        ),
        Kind.HOSTILE_PEER,
        a_signature_of_zeros,
    ),
    Mutant(
        "padding of PSS",
        "RFC 8017 9.1.2",
        (
            changed(
                rsa_padding.emsa_pss_verify,
                {
                    'if padding != b"\\x01".rjust(len(padding), b"\\x00"):': "if False:",
                    "if EM[-1] != TRAILER:": "if False:",
                },
            ),
        ),
        Kind.HOSTILE_PEER,
        a_cube_that_ends_well,
    ),
    Mutant(
        "PKCS #1 v1.5: the hash at the end",
        "RFC 8017 8.2.2",
        # A verifier that skips all ff, compares what follows, and does not ask for what comes after.
        (
            changed(
                rsa_padding.PKCS1v15.verify,
                {"if m != expected:": f"if not {without_ff('m')}.startswith({without_ff('expected')}):"},
            ),
        ),
        Kind.HOSTILE_PEER,
        a_cube_that_begins_well,
    ),
    Mutant(
        "Ed25519 S >= L",
        "RFC 8032 5.1.7",
        (without(Ed25519PublicKey.verify, "if S >= L:"),),
        Kind.VECTOR,
        add_the_order_to_the_answer,
    ),
    Mutant(
        "AES-GCM's tag not compared",
        "SP 800-38D 7.2",
        (
            without(
                aes_gcm.open,
                "if not constant_time.equal(tag, tag_of(key, mask, associated_data, ciphertext)):",
            ),
        ),
        Kind.ATTACK,
        on(AES_GCM, "change a bit", "flip bits"),
    ),
)
