"""The plan of a run: its questions, and where its results go."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from misground.benchmark.load import Benchmark, open_benchmark
from misground.evaluation.samples import ViewSize, chosen_questions, view_sizes
from misground.evaluation.selection import Row
from misground.evaluation.settings import EvalSettings


@dataclass(frozen=True)
class Planned:
    """The plan of a run, made before anything is asked.

    Attributes:
        benchmark: The benchmark.
        questions: Questions to ask, in the order of the benchmark.
        settings: Settings of the run.
        served: What a server tells of its model; empty for other models, and before the server was asked.
    """

    benchmark: Benchmark
    questions: Sequence[Row]
    settings: EvalSettings
    served: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def sizes(self) -> dict[str, ViewSize]:
        """Sizes of the views of all questions, by view id."""
        return view_sizes(self.benchmark, (row["view_id"] for row in self.questions if row["view_id"]))

    @property
    def calls(self) -> int:
        """Number of calls: questions times epochs."""
        return len(self.questions) * self.settings.times

    @property
    def run_id(self) -> str:
        """Id of these settings on this benchmark, with this model."""
        return self.settings.run_id(self.benchmark.content_hash, self.served)


def plan(out: Path, settings: EvalSettings) -> Planned:
    """Choose the questions of a run.

    Args:
        out: The benchmark folder.
        settings: Settings of the run.

    Raises:
        UsageError: The folder is not a benchmark, or the filter and the limit leave no question.
    """
    opened = open_benchmark(out)
    return Planned(opened, chosen_questions(opened, settings.wanted, settings.limit), settings)


def default_log_dir(planned: Planned) -> Path:
    """Name the default folder of a run: equal settings give the same folder, so the same command resumes."""
    settings = planned.settings
    name = re.sub(r"[?&*]", "-", settings.model)  # no pattern of file names
    model = "-".join(part for part in Path(name).parts if part not in {"/", "\\"})[-60:]
    root = planned.benchmark.root.resolve()
    return Path("logs") / root.name / f"{model}-{settings.arm}-{planned.run_id[:8]}"
