"""Targets are judged by the figures of the run, against the right peers."""

from dataclasses import replace

import pytest

from benchmarks import cases, targets
from benchmarks.contenders import OURS, PYTHON, C
from benchmarks.results import Peer
from benchmarks.targets import Faster, Verdict
from tests.support import made_up_run

SIGN = "Ed25519 sign"


def test_every_target_is_about_a_case_that_exists() -> None:
    names = {case.name for case in cases.everything()}
    assert {target.case for target in targets.RATIOS} <= names


def test_every_named_peer_can_do_what_it_is_compared_at() -> None:
    """In the made-up run everyone does everything: only names that nobody has are left without a rival."""
    assert [verdict for verdict in targets.judge(made_up_run.run()) if verdict.reached is None] == []


@pytest.mark.parametrize(("theirs", "reached"), [(7.0, True), (6.99, False), (100.0, True), (0.5, False)])
def test_a_ratio_is_reached_from_the_number_on(theirs: float, reached: bool) -> None:
    run = made_up_run.run(purepycrypto=theirs)
    target = Faster("SHA-256 16 B", 7, "purepycrypto", targets.named("purepycrypto"))
    assert targets.judge_ratio(run, target).reached is reached


@pytest.mark.parametrize(("theirs", "reached"), [(1 / 1.49, True), (1 / 1.51, False)])
def test_a_target_may_allow_being_slower(theirs: float, reached: bool) -> None:
    target = Faster(SIGN, 1 / 1.5, "ecdsa", targets.named("ecdsa"))
    verdict = targets.judge_ratio(made_up_run.run(ecdsa=theirs), target)
    assert verdict.reached is reached
    assert verdict.target == "at most 1.50 x slower than ecdsa"
    assert verdict.measured.endswith("x slower")


def test_of_several_the_best_is_the_rival_and_is_named() -> None:
    target = Faster(SIGN, 3, "every pure-Python peer", targets.pure)
    verdict = targets.judge_ratio(made_up_run.run(sha256py=2.5), target)
    wanted = "3 x faster than every pure-Python peer"
    assert verdict == Verdict(SIGN, wanted, "2.50 x faster than sha256py", False, pytest.approx(2.5e-6 / 3))


def test_c_libraries_and_we_ourselves_are_no_pure_peers() -> None:
    run = made_up_run.run(hashlib=0.001)
    target = Faster(SIGN, 3, "every pure-Python peer", targets.pure)
    assert targets.judge_ratio(run, target).measured == "4.00 x faster than ecdsa"


def test_who_hashes_with_hashlib_does_not_hash_by_himself() -> None:
    assert not targets.hashes_itself(Peer("x", "1", PYTHON, False, ""))
    assert not targets.hashes_itself(Peer("x", "1", C, True, ""))
    assert targets.hashes_itself(Peer("x", "1", PYTHON, True, ""))


def test_what_was_not_measured_is_neither_reached_nor_missed() -> None:
    run = made_up_run.run()
    target = targets.RATIOS[0]
    without = replace(run, cases=[timed for timed in run.cases if timed.name != target.case])
    assert targets.judge_ratio(without, target).reached is None
    alone = replace(run, peers=[peer for peer in run.peers if peer.name == OURS])
    assert targets.judge_ratio(alone, target).measured == "nobody to compare with"
    assert [verdict.reached for verdict in targets.judge(replace(run, startup=None))[-3:]] == [None] * 3


@pytest.mark.parametrize(
    ("changed", "which"),
    [({"import_all": 0.151}, -3), ({"tables_on_import": 1}, -2), ({"first_handshake": 0.0351}, -1)],
)
def test_start_up_is_judged(changed: dict[str, float], which: int) -> None:
    run = made_up_run.run()
    good = targets.judge(run)[-3:]
    assert [verdict.reached for verdict in good] == [True, True, True]
    bad = targets.judge(replace(run, startup=replace(made_up_run.STARTUP, **changed)))[-3:]  # type: ignore[arg-type]
    assert [i - 3 for i, verdict in enumerate(bad) if verdict.reached is False] == [which]
