"""Goals say yes exactly when they are reached, and needs name what is missing."""

from types import SimpleNamespace

import pytest

from journey import attacks
from journey.attacks import Attack, Evidence, Goal, a_constant, a_field, a_greeting
from journey.ladder import Rung
from journey.layout import Field, Layout
from journey.parties import Link, Party, Secret

RUNG = Rung(
    99,
    "made up",
    SimpleNamespace(
        RECORD=Layout(Field("ciphertext"), Field("tag", 16)),
        HANDSHAKE=(("client", Layout(Field("share", 32))),),
        P=23,
    ),
)
BARE = Rung(98, "bare", SimpleNamespace(RECORD=Layout(Field("message"))))


def party(sent: list[bytes], accepted: list[bytes], end: bool = False) -> Party:
    made = object.__new__(Party)
    made.sent, made.accepted, made.heard_the_end = sent, accepted, end
    return made


def evidence(client: Party | None, server: Party | None, *aims: bytes) -> Evidence:
    link = Link(RUNG, 1)
    if client is not None:
        link.parties["client"] = client
    if server is not None:
        link.parties["server"] = server
    return Evidence(links=[link], aims=list(aims))


A, B, C = b"pay 1", b"pay 2", b"pay 3"
QUIET = party([], [])

# goal, the server's side of a conversation in which the client sent A, B and C, whether it is reached
JUDGED: list[tuple[Goal, list[bytes], bool]] = [
    (attacks.changes_a_message, [A, B, C], False),
    (attacks.changes_a_message, [B, A], False),
    (attacks.changes_a_message, [A, b"pay 9"], True),
    (attacks.plants_her_words, [A, B, C], False),
    (attacks.plants_her_words, [A, b"pay 9!"], True),
    (attacks.plants_her_words, [A, b"something else"], False),
    (attacks.changes_the_order, [], False),
    (attacks.changes_the_order, [A, B], False),
    (attacks.changes_the_order, [A, A], True),
    (attacks.changes_the_order, [B], True),
    (attacks.changes_the_order, [A, C], True),
    (attacks.reflects_a_message, [A, B, C], False),
    (attacks.reflects_a_message, [b"from the server"], True),
    (attacks.reflects_a_message, [b"from nobody"], False),
]


@pytest.mark.parametrize(("goal", "accepted", "reached"), JUDGED)
def test_goals_about_what_was_accepted(goal: Goal, accepted: list[bytes], reached: bool) -> None:
    client, server = party([A, B, C], []), party([b"from the server"], accepted)
    assert goal(evidence(client, server, b"pay 9")) == reached


def test_an_aim_that_the_peer_has_sent_itself_does_not_count() -> None:
    client, server = party([A], []), party([], [A])
    assert not attacks.plants_her_words(evidence(client, server, A))


def test_a_connection_is_repeated_when_nobody_is_there() -> None:
    assert attacks.repeats_a_connection(evidence(None, party([], [A])))
    assert not attacks.repeats_a_connection(evidence(None, party([], [])))
    assert not attacks.repeats_a_connection(evidence(QUIET, party([], [A])))
    assert not attacks.changes_the_order(evidence(None, party([], [A])))


@pytest.mark.parametrize(
    ("accepted", "end", "reached"),
    [([A, B, C], True, False), ([A, B], True, True), ([], True, True), ([A, B], False, False)],
)
def test_the_end_is_cut_when_less_is_believed_to_be_all(
    accepted: list[bytes], end: bool, reached: bool
) -> None:
    assert attacks.cuts_the_end(evidence(party([A, B, C], []), party([], accepted, end))) == reached


def test_a_secret_is_read_only_when_the_claim_is_true() -> None:
    secret = Secret(b"swordfish")
    assert attacks.reads_a_secret(Evidence(claims=[(secret, b"guess"), (secret, b"swordfish")]))
    assert not attacks.reads_a_secret(Evidence(claims=[(secret, b"guess")]))
    assert not attacks.reads_a_secret(Evidence())


@pytest.mark.parametrize(
    ("need", "lacking"),
    [
        (a_field("ciphertext"), None),
        (a_field("nonce"), "its records have no nonce"),
        (a_field("tag"), None),
        (a_field("tag", 16), None),
        (a_field("tag", 32), "its tag has 16 bytes, not 32"),
        (a_greeting("share"), None),
        (a_greeting("signature"), "nobody sends a signature in its handshake"),
        (a_constant("P", "group"), None),
        (a_constant("Q", "group"), "it has no group"),
    ],
)
def test_needs(need: attacks.Need, lacking: str | None) -> None:
    assert need(RUNG) == lacking
    attack = Attack("a test", lambda scene: None, lambda evidence: False, wins=(), needs=(need,))
    assert attack.missing(RUNG) == lacking


def test_without_a_handshake_nobody_greets() -> None:
    assert a_greeting("share")(BARE) == "it has no handshake"


def test_the_first_lack_is_named() -> None:
    needs = (a_field("message"), a_field("tag"), a_field("nonce"))
    attack = Attack("a test", lambda scene: None, lambda evidence: False, wins=(), needs=needs)
    assert attack.missing(BARE) == "its records have no tag"


def test_intervals_include_both_ends() -> None:
    attack = Attack("a test", lambda scene: None, lambda evidence: False, wins=((1, 3), (7, 7)))
    assert [number for number in range(10) if attack.wins_on(number)] == [1, 2, 3, 7]
