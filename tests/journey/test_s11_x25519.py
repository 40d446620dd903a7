"""Rung 11: X25519, and what it refuses."""

import pytest

from journey import ladder, referee
from journey.credentials import Role
from journey.errors import Refused
from journey.parties import PEER
from journey.s11_x25519 import channel
from journey.scene import Scene
from purecrypto import edwards25519, x25519
from tests.support.journey import watch

RUNG = ladder.rung(11)
p = edwards25519.p
SMALL_ORDER = [  # all coordinates u of a point of order 1, 2, 4 or 8, on the curve or its twist
    0,
    1,
    p - 1,
    p,  # 0 again
    p + 1,
    325606250916557431795983626356110631294008115727848805560023387167927233504,
    39382357235489614581723060781553021112529911719440698176882885853963445705823,
]


@pytest.mark.parametrize("u", SMALL_ORDER)
@pytest.mark.parametrize("role", ["client", "server"])
def test_a_share_of_small_order_is_refused_by_both(role: Role, u: int) -> None:
    def run(scene: Scene) -> None:
        def edit(sender: Role, fields: dict[str, bytes]) -> None:
            if sender == PEER[role]:
                fields["share"] = u.to_bytes(32, "little")

        with scene.connect() as link:
            link.handshake(edit)

    _, evidence = watch(RUNG, run)
    refused = evidence.links[0].parties[role].refused
    assert refused is not None
    assert referee.place(refused).startswith("journey/s11_x25519/channel.py:")


def test_both_agree_on_what_rfc_7748_says() -> None:
    x, y = bytes(range(32)), bytes(range(32, 64))
    expected = x25519.x25519(x, x25519.x25519(y, x25519.BASE_POINT))
    assert channel.agree(x, channel.share(y)) == channel.agree(y, channel.share(x)) == expected


def test_zero_is_refused_by_name() -> None:
    with pytest.raises(Refused, match="zero with every private key"):
        channel.agree(bytes(32), bytes(32))
