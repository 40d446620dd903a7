"""Words about things that exist, and attacks that end where they are said to end."""

from handshake.constants import ExtensionType
from handshake.groups import GROUPS
from journey import ladder
from tls.tracing import annotations, elsewhere, page_words
from tls.tracing.annotations import CERTIFICATE, EXTENSIONS, FIELDS, MESSAGES, SECRETS

RECORDS = {"nonce", "sequence_number", "tag", "padding", "change_cipher_spec", "alert"}


def test_every_name_is_one_that_the_code_uses() -> None:
    known = {
        *MESSAGES,
        *FIELDS,
        *EXTENSIONS,
        *SECRETS,
        *CERTIFICATE,
        *RECORDS,
        *elsewhere.NAMES[ExtensionType].values(),
        "GREASE",
    }
    assert page_words.WHY.keys() - known == set()
    assert page_words.STOPS.keys() - known == set()


def test_every_message_is_explained() -> None:
    assert annotations.MESSAGES.keys() - page_words.WHY.keys() == set()


def test_a_key_exchange_need_not_be_diffie_hellman() -> None:
    """A browser's first share is not, and the words stand above all shares."""
    assert any(group.post_quantum for group in GROUPS.values())
    for name in ("key_exchange", "handshake_secret"):
        assert "hybrid" in page_words.WHY[name]


def test_every_attack_ends_on_its_rung() -> None:
    attacks = {attack.name: attack for rung in ladder.rungs() for attack in rung.attacks}
    for attack, rung in page_words.STOPS.values():
        if isinstance(rung, int):
            assert attacks[attack].wins_on(rung - 1), attack
            assert not attacks[attack].wins_on(rung), attack


def test_every_attack_in_a_side_room_wins_on_its_first_variant_and_not_on_the_last() -> None:
    stops = [stop for stop in page_words.STOPS.values() if isinstance(stop.where, str)]
    assert stops
    for attack, room in stops:
        variants = ladder.room(str(room))
        (shown,) = (a for a in variants[0].attacks if a.name == attack)
        assert shown.wins_on(variants[0].number), attack
        assert not shown.wins_on(variants[-1].number), attack


def test_the_first_name_that_is_known_decides() -> None:
    assert page_words.why("nobody", "random") == page_words.WHY["random"]
    assert page_words.why("nobody") == ""
    assert page_words.stop("nobody", "tag") == page_words.STOPS["tag"]
    assert page_words.stop("nobody") is None
