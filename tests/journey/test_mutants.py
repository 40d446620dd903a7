"""Every mutant is killed: with the check its act is refused, without it, it gets through."""

import pytest

from journey.mutants import catalogue, trial
from journey.mutants.stage import Stage
from journey.mutants.trial import Mutant

STAGE = Stage()


@pytest.mark.parametrize("mutant", catalogue.MUTANTS, ids=lambda mutant: mutant.name)
def test_no_mutant_survives(mutant: Mutant) -> None:
    verdict = trial.judge(mutant, STAGE)
    assert not verdict.with_check.got_through, verdict
    assert verdict.without_check.got_through, verdict
    assert not verdict.survives
