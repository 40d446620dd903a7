"""The room of the toy lattice: its equations, the three ways to solve them, and where each of them ends."""

import itertools

import pytest

from journey import ladder, referee
from journey.randomness import seeded
from journey.referee import Result
from journey.rooms.toy_lattice import lattice, reduction
from journey.rooms.toy_lattice.attack import basis, centred, eliminate, errors, small_solutions
from journey.rooms.toy_lattice.channel import THREE
from journey.rooms.toy_lattice.lattice import Lattice
from journey.scene import Scene
from purecrypto import polynomials
from tests.support.journey import converse, watch

VARIANTS = ladder.room("toy_lattice")
FEW, EXACT, TEN, REAL = VARIANTS
each_variant = pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.variant)

# The example of docs/post-quantum.md
A, S, E = [[14, 73, 51], [62, 5, 88], [33, 40, 7]], [2, -1, 1], [1, 0, -1]
T = [7, 13, 32]


@each_variant
def test_honest_parties_understand_each_other(variant: ladder.Rung) -> None:
    parties = converse(variant, [b"one", b"two"], [b"three"])
    assert parties["server"].accepted == [b"one", b"two"]
    assert parties["client"].accepted == [b"three"]


@pytest.mark.parametrize("variant", [FEW, EXACT, TEN], ids=lambda variant: variant.variant)
def test_no_bit_is_ever_misread(variant: ladder.Rung) -> None:
    """The bracket, e y + e2 - s e1, stays below a quarter of q even where all in it is as large as can be."""
    own: Lattice = variant.channel.agreement
    assert 4 * (2 * own.n * lattice.SMALL * own.error + own.error) < own.q - 2
    draw = seeded("bits")
    for _ in range(20):
        offer, secret_in = own.offer(draw)
        answer, secret = own.answer(offer, draw)
        assert (len(offer), len(answer)) == (own.offer_size, own.answer_size)
        assert secret_in(answer) == secret


def test_small_numbers_are_those_of_the_real_one() -> None:
    values = [lattice.small(bytes([byte]), 2)[0] for byte in range(256)]
    assert [values.count(x) for x in (-2, -1, 0, 1, 2)] == [16, 64, 96, 64, 16]
    assert set(lattice.small(bytes(range(256)), 1)) == {-1, 0, 1}
    assert set(lattice.small(bytes(range(256)), 0)) == {0}


def test_both_see_one_matrix_and_no_number_is_too_large() -> None:
    matrix = TEN.channel.agreement.matrix(bytes(32))
    assert matrix == TEN.channel.agreement.matrix(bytes(32)) != TEN.channel.agreement.matrix(bytes([1] * 32))
    assert [len(row) for row in matrix] == [10] * 10
    assert max(itertools.chain(*matrix)) < polynomials.q == TEN.channel.agreement.q


@each_variant
def test_a_number_that_is_not_below_q_is_refused(variant: ladder.Rung) -> None:
    own = variant.channel.agreement

    def run(scene: Scene) -> None:
        with scene.connect(client=None) as link:
            link.server.send(b"\xff" * own.offer_size)

    _, evidence = watch(variant, run)
    refused = str(evidence.links[0].parties["server"].refused)
    assert refused == (
        "this is no key of ML-KEM-768" if variant is REAL else f"a number is not below {own.q}"
    )


def test_the_client_refuses_such_a_number_too() -> None:
    def run(scene: Scene) -> None:
        with scene.connect(server=None) as link:
            link.client.receive()
            link.client.send(b"\xff" * THREE.answer_size)

    _, evidence = watch(FEW, run)
    assert str(evidence.links[0].parties["client"].refused) == "a number is not below 97"


def test_the_page_s_example_is_solved_by_trying() -> None:
    assert list(errors(THREE, A, S, T)) == E
    assert list(small_solutions(THREE, A, T)) == [S]


def test_the_page_s_example_is_not_solved_as_it_stands() -> None:
    exact = [value - error for value, error in zip(T, E, strict=True)]
    assert [centred(x, 97) for x in eliminate(A, exact, 97)] == S
    assert [centred(x, 97) for x in eliminate(A, T, 97)] == [-35, 37, -28]


def test_elimination_exchanges_rows_and_leaves_open_what_is_open() -> None:
    assert eliminate([[0, 1], [1, 0]], [5, 7], 97) == [7, 5]
    assert eliminate([[0, 0], [0, 2]], [0, 6], 97) == [0, 3]
    assert eliminate([[1, 2], [2, 4]], [3, 6], 97) == [3, 0]


def test_reduction_keeps_the_lattice_and_shortens_its_vectors() -> None:
    first, second = reduction.reduce([[97, 0], [35, 1]])
    assert sorted([[abs(x) for x in first], [abs(x) for x in second]]) == [[3, 11], [8, 3]]
    assert abs(first[0] * second[1] - first[1] * second[0]) == 97


def test_errors_and_secrets_stand_in_a_sum_of_the_basis() -> None:
    own: Lattice = TEN.channel.agreement
    drawn = iter([bytes(32), bytes(range(10)), bytes(range(1, 11))])
    offer, _ = own.offer(lambda count: next(drawn))
    matrix, t = own.equations(offer)
    s, e = lattice.small(bytes(range(10)), 2), lattice.small(bytes(range(1, 11)), 2)
    vectors = basis(own, matrix, t)
    times = [*[0] * 10, *[-x for x in s], 1]
    total = [sum(k * x for k, x in zip(times, column, strict=True)) for column in zip(*vectors, strict=True)]
    assert [centred(x, own.q) for x in total] == [*e, *[-x for x in s], 1]


def test_each_variant_answers_in_its_own_way() -> None:
    wins, nothing, not_here = Result.SUCCEEDS, Result.LEARNS_NOTHING, Result.DOES_NOT_APPLY
    outcomes = [
        [referee.play(attack, variant, seed="each") for attack in FEW.attacks] for variant in VARIANTS
    ]
    assert [[outcome.result for outcome in row] for row in outcomes] == [
        [wins, not_here, not_here],
        [nothing, wins, wins],
        [nothing, nothing, wins],
        [nothing, not_here, not_here],
    ]
    assert outcomes[0][1].why == "three unknowns are sooner tried out"
    assert str(outcomes[3][2].why).startswith("768 unknowns")
