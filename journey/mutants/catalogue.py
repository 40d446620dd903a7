"""All mutants, by the floor on which the check stands."""

from collections.abc import Iterator

from journey.mutants import (
    of_certificates,
    of_client_certificates,
    of_costs,
    of_early_data,
    of_handshakes,
    of_hellos,
    of_names,
    of_primitives,
    of_records,
    of_remembered_servers,
    of_resumption,
    of_revocation,
    trial,
)
from journey.mutants.stage import Stage
from journey.mutants.trial import Mutant, Verdict

MUTANTS: tuple[Mutant, ...] = (
    *of_records.MUTANTS,
    *of_hellos.MUTANTS,
    *of_handshakes.MUTANTS,
    *of_certificates.MUTANTS,
    *of_names.MUTANTS,
    *of_revocation.MUTANTS,
    *of_client_certificates.MUTANTS,
    *of_resumption.MUTANTS,
    *of_remembered_servers.MUTANTS,
    *of_early_data.MUTANTS,
    *of_costs.MUTANTS,
    *of_primitives.MUTANTS,
)


def called(part: str) -> list[Mutant]:
    """Those whose name contains this; all if it is empty."""
    return [mutant for mutant in MUTANTS if part in mutant.name]


def judge(mutants: list[Mutant]) -> Iterator[Verdict]:
    """Try one after the other, on a stage of fresh keys."""
    stage = Stage()
    for mutant in mutants:
        yield trial.judge(mutant, stage)
