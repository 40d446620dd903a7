"""The room of the padding oracle: AES backwards, CBC and its padding, and what the server says."""

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from journey import ladder, referee
from journey.errors import EndOfStream
from journey.randomness import seeded
from journey.referee import Result
from journey.rooms.padding_oracle import attack as room
from journey.rooms.padding_oracle import cbc
from journey.rooms.padding_oracle.channel import BAD_RECORD_MAC, DECRYPTION_FAILED, NO, MacThenEncrypt
from journey.scene import Scene
from purecrypto import aes
from tests.support.journey import converse, watch

VARIANTS = ladder.room("padding_oracle")
TELLS, SOONER, ENCRYPT_FIRST, AEAD = VARIANTS
WITH_CBC = [TELLS, SOONER, ENCRYPT_FIRST]
each_variant = pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.variant)
with_cbc = pytest.mark.parametrize("variant", WITH_CBC, ids=lambda variant: variant.variant)


@pytest.mark.parametrize("key_size", aes.KEY_SIZES)
@pytest.mark.parametrize("blocks", [1, 2, 3, 255, 256])
def test_cbc_is_that_of_pyca(key_size: int, blocks: int) -> None:
    draw = seeded(f"cbc {key_size} {blocks}")
    key, iv, plaintext = draw(key_size), draw(16), draw(16 * blocks)
    ciphertext = cbc.encrypt(aes.Key(key), iv, plaintext)
    encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    assert ciphertext == encryptor.update(plaintext) + encryptor.finalize()
    assert cbc.decrypt(aes.Key(key), iv, ciphertext) == plaintext


@given(data=st.binary(max_size=60))
def test_padding_comes_off_again(data: bytes) -> None:
    padded = cbc.pad(data)
    assert len(padded) % 16 == 0
    assert len(padded) > len(data)
    assert cbc.unpad(padded) == data


@pytest.mark.parametrize(
    ("padded", "data"),
    [
        (b"\0", b""),
        (b"text\0", b"text"),
        (b"text\1\1", b"text"),
        (b"text\2\2\2", b"text"),
        (b"text\1", None),
        (b"text\2\1\2", None),
        (b"\1", None),  # one byte that says that there are two
        (b"\x0f" * 16, b""),
    ],
)
def test_what_is_a_padding_and_what_is_none(padded: bytes, data: bytes | None) -> None:
    assert cbc.unpad(padded) == data


@each_variant
def test_honest_parties_understand_each_other(variant: ladder.Rung) -> None:
    messages = [b"", b"one", b"x" * 15, b"x" * 16, b"two" * 300]
    parties = converse(variant, messages, messages)
    assert parties["server"].accepted == messages
    assert parties["client"].accepted == messages


def answers(variant: ladder.Rung, *inner: bytes) -> list[bytes]:
    """What the server says to these texts, under the right keys: they are encrypted as they are."""
    said = []

    def run(scene: Scene) -> None:
        key = scene.reveal("shared_key")
        with scene.connect(client=None, server=room.serve) as link:
            channel = scene.open(link.server, "client", shared_key=key)
            assert isinstance(channel, MacThenEncrypt)
            for text in inner:
                iv = scene.random_bytes(16)
                fields = {"iv": iv, "ciphertext": cbc.encrypt(channel.key, iv, text), "tag": bytes(32)}
                link.server.send(variant.record.assemble(fields))
                said.append(link.server.receive())

    watch(variant, run)
    return said


@with_cbc
def test_what_the_server_says(variant: ladder.Rung) -> None:
    padding, mac, short = answers(variant, bytes(63) + b"\5", bytes(64), bytes(16))
    right = NO.join(bytes([BAD_RECORD_MAC]), b"\1")
    assert mac == right
    if variant is ENCRYPT_FIRST:
        assert padding == short == right
    else:
        alert = DECRYPTION_FAILED if variant is TELLS else BAD_RECORD_MAC
        assert padding == short == NO.join(bytes([alert]), b"\0")


@with_cbc
def test_a_changed_record_is_not_believed(variant: ladder.Rung) -> None:
    def run(scene: Scene) -> None:
        with scene.connect(client=[scene.message(b"hello")], server=room.serve) as link:
            frame = link.client.receive()
            for position in range(len(frame)):
                changed = bytearray(frame)
                changed[position] ^= 1
                link.server.send(bytes(changed))
                assert len(link.server.receive()) == 2
            link.server.send(frame)

    _, evidence = watch(variant, run)
    assert evidence.links[0].parties["server"].accepted == [b"hello"]


@with_cbc
def test_what_is_no_whole_block_ends_the_conversation(variant: ladder.Rung) -> None:
    """Of one that has no tag, at least: elsewhere, only who has the key comes so far."""

    def run(scene: Scene) -> None:
        for size in (0, 15, 17):
            with scene.connect(client=None, server=room.serve) as link:
                fields = {"iv": bytes(16), "ciphertext": bytes(size), "tag": bytes(32)}
                link.server.send(variant.record.assemble(fields))
                if variant is ENCRYPT_FIRST:
                    assert link.server.receive() == NO.join(bytes([BAD_RECORD_MAC]), b"\1")
                else:
                    with pytest.raises(EndOfStream):
                        link.server.receive()

    _, evidence = watch(variant, run)
    for link in evidence.links:
        refused = link.parties["server"].refused
        assert refused is None if variant is ENCRYPT_FIRST else str(refused) == "these are no whole blocks"


def test_a_peer_that_tags_a_bad_padding_is_refused() -> None:
    def run(scene: Scene) -> None:
        key = scene.reveal("shared_key")
        with scene.connect(client=None, server=room.serve) as link:
            channel = scene.open(link.server, "client", shared_key=key)
            assert isinstance(channel, MacThenEncrypt)
            sealed = bytes(16) + cbc.encrypt(channel.key, bytes(16), bytes(15) + b"\5")
            link.server.send(sealed + channel.mac(sealed))

    _, evidence = watch(ENCRYPT_FIRST, run)
    assert str(evidence.links[0].parties["server"].refused) == "the peer itself has padded badly"


@with_cbc
def test_the_client_is_never_patient(variant: ladder.Rung) -> None:
    def run(scene: Scene) -> None:
        with scene.connect(server=None) as link:
            link.client.send(
                variant.record.assemble({"iv": bytes(16), "ciphertext": bytes(64), "tag": bytes(32)})
            )

    _, evidence = watch(variant, run)
    assert evidence.links[0].parties["client"].refused is not None


def test_a_longer_padding_is_no_zero() -> None:
    """R may by chance make 01 01 of the last two bytes, before the guess comes that makes 00."""

    def run(scene: Scene) -> None:
        key = aes.Key(scene.random_bytes(16))
        D = scene.random_bytes(15) + b"\x35"  # odd, so that the guess for 01 comes before the one for 00
        block = aes.encrypt_blocks(key.round_keys, D)

        class Unlucky(room.Oracle):
            def __init__(self) -> None:
                self.asked = 0

            def is_padded(self, R: bytes, block: bytes) -> bool:
                return cbc.unpad(cbc.decrypt(key, R, block)) is not None

        # The first thing that is drawn is the start of R: make D ^ R end in 01 at the place before the last.
        start = bytes(14) + bytes([D[14] ^ 1])
        draws = iter([start])
        honest = scene.random_bytes
        scene.random_bytes = lambda count: next(draws, None) or honest(count)
        assert room.undone(scene, Unlucky(), block) == D

    watch(TELLS, run)


@pytest.mark.parametrize("variant", [TELLS, SOONER], ids=lambda variant: variant.variant)
def test_about_128_questions_for_each_byte(variant: ladder.Rung) -> None:
    (attack,) = variant.attacks
    for seed in range(3):
        asked: list[bytes] = []

        def count(crossing: referee.Crossing, asked: list[bytes] = asked) -> None:
            if crossing.party == "server" and crossing.to_party:
                asked.append(crossing.frame)

        assert referee.play(attack, variant, seed=f"{seed}", capture=count).result is Result.SUCCEEDS
        assert 16 * 64 < len(asked) < 16 * 192


def test_each_variant_answers_in_its_own_way() -> None:
    (attack,) = TELLS.attacks
    outcomes = [str(referee.play(attack, variant, seed="answer")) for variant in VARIANTS]
    assert outcomes == [
        "succeeds",
        "succeeds",
        "learns nothing",
        "does not apply: its records have no iv",
    ]
