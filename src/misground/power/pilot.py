"""The standard errors of an earlier run, in place of assumed effects."""

from collections.abc import Sequence
from pathlib import Path

from misground.analysis.dependence import Dependence
from misground.analysis.planned import planned
from misground.analysis.results import Run, read_runs
from misground.errors import UsageError
from misground.power.measured import mean_dependence


def read_pilot(paths: Sequence[Path], benchmark_hash: str) -> list[Run]:
    """The runs of models in log folders or results files.

    Raises:
        UsageError: a file is no results.parquet, a run was made on another benchmark, or there is no run of
            a model.
    """
    runs = [run for run in read_runs(paths) if not run.baseline]
    if not runs:
        raise UsageError(
            f"--pilot {', '.join(map(str, paths))} holds baselines only, expected the run of a model"
        )
    for run in runs:
        if run.benchmark_hash != benchmark_hash:
            raise UsageError(
                f"--pilot {run.source} holds a run on the benchmark {run.benchmark_hash[:12]}, expected "
                f"{benchmark_hash[:12]}: give a run on this benchmark, or leave --pilot out"
            )
    return runs


def measured_by(runs: Sequence[Run]) -> dict[str, Dependence]:
    """The planned contrasts that runs have a standard error for, by name, with the mean over the runs."""
    found: dict[str, list[Dependence]] = {}
    for one in planned(runs):
        if one.robust.dependence.error is not None:
            found.setdefault(one.name, []).append(one.robust.dependence)
    return {name: mean_dependence(each) for name, each in found.items()}
