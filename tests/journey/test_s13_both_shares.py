"""Rung 13: a signature of both shares, and suites to choose from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journey import ladder
from journey.credentials import Role
from journey.errors import Refused
from journey.s07_aead import channel as s07
from journey.s13_both_shares import attack
from journey.s13_both_shares.channel import EXPORT, EXPORT_BITS, STRONG, SUITES, choose, weakened
from purecrypto import chacha20
from tests.support.greetings import Edit, edited, nothing, refusal, understood_each_other

RUNG = ladder.rung(13)
FILE = "s13_both_shares/channel.py"


def flip(who: Role, field: str) -> Edit:
    def edit(sender: Role, fields: dict[str, bytes]) -> None:
        if sender == who:
            fields[field] = bytes([fields[field][0] ^ 1]) + fields[field][1:]

    return edit


def replace(who: Role, field: str, value: bytes) -> Edit:
    def edit(sender: Role, fields: dict[str, bytes]) -> None:
        if sender == who:
            fields[field] = value

    return edit


@pytest.mark.parametrize("who", ["client", "server"])
def test_the_signature_covers_both_shares(who: Role) -> None:
    parties = edited(RUNG, flip(who, "share"))
    assert refusal(parties["client"]) == (
        "s12_signed_share/channel.py",
        "the signature does not fit what was said",
    )


def test_a_signature_of_yesterday_is_of_no_use_with_the_stolen_number() -> None:
    (replay,) = ladder.rung(12).attacks
    from tests.support.journey import watch

    _, evidence = watch(RUNG, replay.run)
    assert refusal(evidence.links[1].parties["client"])[0] == "s12_signed_share/channel.py"


def test_the_best_common_suite_is_chosen() -> None:
    assert choose(SUITES, STRONG + EXPORT) == STRONG
    assert choose(SUITES, EXPORT + STRONG) == STRONG
    assert choose(SUITES, b"\x13\x01" + EXPORT) == EXPORT
    with pytest.raises(Refused, match="nothing that the client offers"):
        choose(SUITES, b"\x13\x01")
    with pytest.raises(Refused):
        choose(SUITES, b"\x00" + STRONG + b"\x00")  # bytes of two names are not a name
    with pytest.raises(Refused):
        choose(SUITES, b"")


def test_a_suite_that_was_not_offered_is_refused() -> None:
    parties = edited(RUNG, replace("server", "suite", b"\x13\x01"))
    assert refusal(parties["client"]) == (FILE, "the server has chosen a suite that was not offered")


def test_a_client_with_nothing_in_common_is_refused() -> None:
    parties = edited(RUNG, replace("client", "suites", b"\x13\x01"))
    assert refusal(parties["server"])[0] == FILE


def test_what_the_server_chooses_is_what_both_use() -> None:
    """A changed answer leaves them with different keys: one of them is weak and the other one is not."""
    strong, export = edited(RUNG, nothing), edited(RUNG, replace("client", "suites", EXPORT))
    assert understood_each_other(strong)
    assert understood_each_other(export)
    for parties, weak in ((strong, False), (export, True)):
        for party in parties.values():
            for name in ("sending_key", "receiving_key"):
                key = vars(party.channel)[name]
                assert (weakened(key) == key) is weak
    assert not understood_each_other(edited(RUNG, replace("server", "suite", EXPORT)))


@given(st.binary(min_size=32, max_size=32))
def test_a_weakened_key_is_one_of_a_million(key: bytes) -> None:
    weak = weakened(key)
    assert len(weak) == 32
    assert int.from_bytes(weak, "little") < 1 << EXPORT_BITS == 1048576
    assert weak[:2] == key[:2]


@given(st.integers(0, (1 << EXPORT_BITS) - attack.BATCH_KEYS))
def test_the_table_is_what_the_cipher_gives(first: int) -> None:
    """The wide kernel over keys, and the plain one."""
    words = attack.batch_of_words(first)
    assert len(words) == attack.BATCH_KEYS * attack.WORD_SIZE
    for i in (0, 1, attack.BATCH_KEYS - 1):
        key = (first + i).to_bytes(32, "little")
        expected = chacha20.block(key, 1, s07.nonce(0))[: attack.WORD_SIZE]
        assert words[attack.WORD_SIZE * i :][: attack.WORD_SIZE] == expected


def test_every_key_is_in_the_table_and_is_found() -> None:
    assert len(attack.first_words()) == attack.WORD_SIZE << EXPORT_BITS
    for number in (0, 1, 831204, (1 << EXPORT_BITS) - 1):
        key = number.to_bytes(32, "little")
        assert key in attack.keys_that_give(chacha20.block(key, 1, s07.nonce(0))[: attack.WORD_SIZE])


def test_entries_are_not_found_across_a_border() -> None:
    table = attack.first_words()
    shifted = table[2:6]
    for key in attack.keys_that_give(shifted):
        assert chacha20.block(key, 1, s07.nonce(0))[:4] == shifted
