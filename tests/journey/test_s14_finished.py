"""Rung 14: a MAC over the transcript, from each side; and what it does not save."""

import pytest

from journey import ladder
from journey.credentials import Role
from journey.referee import Result
from journey.s13_both_shares.channel import EXPORT
from journey.s14_finished import channel
from journey.s14_finished.groups import GROUPS, OLD, X25519
from journey.scene import Scene
from purecrypto import hkdf
from tests.support.greetings import Edit, edited, nothing, refusal, understood_each_other
from tests.support.journey import watch

RUNG = ladder.rung(14)
FILE = "s14_finished/channel.py"
PIN = ("s12_signed_share/channel.py", "this is not the key that we have pinned")
SIGNATURE = ("s12_signed_share/channel.py", "the signature does not fit what was said")
FIELDS = [(i, field.name) for i, (_, layout) in enumerate(RUNG.handshake) for field in layout.fields]


def at(number: int, change: Edit) -> Edit:
    """An edit of this frame of the handshake alone."""
    seen = 0

    def edit(sender: Role, fields: dict[str, bytes]) -> None:
        nonlocal seen
        seen += 1
        if seen - 1 == number:
            change(sender, fields)

    return edit


def put(**values: bytes) -> Edit:
    return lambda sender, fields: fields.update(values)


def flip(field: str, at: int) -> Edit:
    def edit(sender: Role, fields: dict[str, bytes]) -> None:
        value = bytearray(fields[field])
        value[at] ^= 1
        fields[field] = bytes(value)

    return edit


@pytest.mark.parametrize(("number", "field"), FIELDS)
@pytest.mark.parametrize("position", [0, -1])
def test_no_bit_of_the_handshake_can_be_changed(number: int, field: str, position: int) -> None:
    parties = edited(RUNG, at(number, flip(field, position)))
    assert any(party.refused for party in parties.values())
    assert parties["server"].accepted == []
    assert parties["client"].accepted == []


CLIENT_HELLO, SERVER_HELLO, PROOF, SERVER_FINISHED, CLIENT_FINISHED = range(5)


@pytest.mark.parametrize(
    ("number", "change"),
    [
        (CLIENT_HELLO, put(suites=EXPORT * 2)),
        (CLIENT_HELLO, put(groups=OLD * 2)),
        (CLIENT_HELLO, put(groups=X25519)),
        (CLIENT_HELLO, flip("old_share", 0)),
        (SERVER_HELLO, put(suite=EXPORT)),
        (SERVER_FINISHED, flip("finished", 0)),
    ],
)
def test_what_the_signature_does_not_cover_the_servers_finished_does(number: int, change: Edit) -> None:
    parties = edited(RUNG, at(number, change))
    assert refusal(parties["client"]) == (FILE, "the server has not heard what we have heard")


def test_the_clients_finished_is_checked_as_well() -> None:
    """Before the server has said anything that would be worth reading."""
    parties = edited(RUNG, at(CLIENT_FINISHED, flip("finished", 31)))
    assert refusal(parties["server"]) == (FILE, "the client has not heard what we have heard")
    assert parties["server"].sent == []


def test_the_servers_finished_is_not_the_clients() -> None:
    """Or else it could be sent back."""
    finished: list[bytes] = []

    def edit(sender: Role, fields: dict[str, bytes]) -> None:
        if "finished" in fields:
            finished.append(fields["finished"])
            fields["finished"] = finished[0]

    parties = edited(RUNG, edit)
    assert refusal(parties["server"])[0] == FILE
    assert channel.finished(b"s" * 32, "client", b"") != channel.finished(b"s" * 32, "server", b"")


def test_each_finished_covers_all_that_was_said_before() -> None:
    """The client's covers the server's, too."""

    def run(scene: Scene) -> None:
        with scene.connect() as link:
            hello, answer, proof, from_server, from_client = link.handshake()
            private, _ = scene.reveal_random_bytes(link, "client")
            share = channel.SERVER_HELLO.dissect(answer)["share"]
            secret = hkdf.extract(b"", GROUPS[X25519].agree(private, share))
            assert from_server == channel.finished(secret, "server", hello + answer + proof)
            assert from_client == channel.finished(secret, "client", hello + answer + proof + from_server)

    outcome, _ = watch(RUNG, run)
    assert outcome.result is Result.SUCCEEDS


@pytest.mark.parametrize(
    "change",
    [
        put(group=b"\x00\x17"),
        put(suite=b"\x13\x01"),
        put(group=OLD),  # with a share of the other group's size
        put(share=bytes(31)),
        put(share=b""),
    ],
)
def test_a_choice_that_was_not_offered_is_refused(change: Edit) -> None:
    parties = edited(RUNG, at(SERVER_HELLO, change))
    assert refusal(parties["client"]) == (FILE, "the server has chosen what was not offered")


@pytest.mark.parametrize("change", [put(groups=b"\x00\x17"), put(groups=b""), put(suites=b"\x13\x01")])
def test_a_client_with_nothing_in_common_is_refused(change: Edit) -> None:
    parties = edited(RUNG, at(CLIENT_HELLO, change))
    assert refusal(parties["server"]) == (
        "s13_both_shares/channel.py",
        "nothing that the client offers is known here",
    )


def test_the_best_group_comes_first() -> None:
    assert list(GROUPS) == [X25519, OLD]
    assert understood_each_other(edited(RUNG, nothing))


def test_the_signature_is_still_there() -> None:
    """Finished alone would prove no more than that somebody is there."""
    (middle,) = ladder.rung(11).attacks
    _, evidence = watch(RUNG, middle.run)
    assert refusal(evidence.links[0].parties["client"]) == PIN
    parties = edited(RUNG, at(SERVER_HELLO, flip("share", 0)))
    assert refusal(parties["client"]) == SIGNATURE


@pytest.mark.parametrize("name", GROUPS)
def test_sizes_are_those_of_the_group(name: bytes) -> None:
    group = GROUPS[name]
    x, y = b"\x05" * group.private_size, b"\x06" * group.private_size
    assert len(group.share(x)) == group.share_size
    assert group.agree(x, group.share(y)) == group.agree(y, group.share(x))


def test_logjam_cannot_be_seen_by_either_side() -> None:
    """Both have finished, under one secret, in the group that neither of them would have chosen."""
    (logjam,) = RUNG.attacks
    _, evidence = watch(RUNG, logjam.run)
    (link,) = evidence.links
    client, server = (vars(link.parties[role].channel) for role in ("client", "server"))
    assert client["sending_key"] == server["receiving_key"]
    assert not any(party.refused for party in link.parties.values())
