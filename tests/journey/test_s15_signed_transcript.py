"""Rung 15: the signature covers all that was said; whose signature it is, is another question."""

import pytest

from journey import ladder
from journey.credentials import Role
from journey.s14_finished.groups import OLD
from journey.scene import Scene
from tests.support.greetings import edited, nothing, refusal, understood_each_other
from tests.support.journey import watch

RUNG = ladder.rung(15)
COVERED = [(sender, field.name) for sender, layout in RUNG.handshake[:2] for field in layout.fields]


@pytest.mark.parametrize(("who", "field"), COVERED)
def test_the_client_sees_every_change_in_the_signature_itself(who: Role, field: str) -> None:
    """And so before it sends anything that was made from a secret."""
    sent = 0

    def edit(sender: Role, fields: dict[str, bytes]) -> None:
        nonlocal sent
        sent += sender == "client"
        if sender == who and field in fields and "finished" not in fields and "key" not in fields:
            names = {"groups": OLD * 2, "suites": b"\x13\x03\x13\x03", "suite": b"\xff\x01"}
            fields[field] = names.get(field, fields[field][:-1] + bytes([fields[field][-1] ^ 1]))

    parties = edited(RUNG, edit)
    file, _ = refusal(parties["client"])
    assert file == ("s14_finished/channel.py" if field == "group" else "s12_signed_share/channel.py")
    assert sent == 1


def test_logjam_is_refused_at_the_signature() -> None:
    (logjam,) = ladder.rung(14).attacks
    _, evidence = watch(RUNG, logjam.run)
    client = evidence.links[0].parties["client"]
    assert refusal(client) == ("s12_signed_share/channel.py", "the signature does not fit what was said")


def test_a_signature_of_the_shares_alone_is_refused() -> None:
    """As rung 14's would be: here by giving the client a server of rung 14."""

    def run(scene: Scene) -> None:
        with scene.connect(server=None, first_contact=True) as link:
            ladder.rung(14).channel.open(link.client, "server", scene.credentials, scene.random_bytes)

    _, evidence = watch(RUNG, run)
    assert refusal(evidence.links[0].parties["client"])[0] == "s12_signed_share/channel.py"


def test_finished_is_still_there() -> None:
    def edit(sender: Role, fields: dict[str, bytes]) -> None:
        if "finished" in fields:
            fields["finished"] = bytes(32)

    parties = edited(RUNG, edit)
    assert refusal(parties["client"])[0] == "s14_finished/channel.py"


def test_who_has_pinned_the_key_is_not_taken_in() -> None:
    def run(scene: Scene) -> None:
        with scene.connect(server=None) as link:
            scene.open(link.client, "server")

    _, evidence = watch(RUNG, run)
    assert refusal(evidence.links[0].parties["client"])[1] == "this is not the key that we have pinned"


def test_first_contact_with_the_true_server_is_fine() -> None:
    assert understood_each_other(edited(RUNG, nothing, first_contact=True))
