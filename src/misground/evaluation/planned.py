"""What a run would ask, and where its results would go, before anything is asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from misground.benchmark.load import Benchmark, open_benchmark
from misground.evaluation.samples import ViewSize, chosen_questions, view_sizes
from misground.evaluation.selection import Row
from misground.evaluation.settings import EvalSettings


@dataclass(frozen=True)
class Planned:
    """What a run would ask, before anything is asked."""

    benchmark: Benchmark
    questions: Sequence[Row]
    settings: EvalSettings

    @cached_property
    def sizes(self) -> dict[str, ViewSize]:
        """How much each view shows that is asked about."""
        return view_sizes(self.benchmark, (row["view_id"] for row in self.questions if row["view_id"]))

    @property
    def calls(self) -> int:
        """Questions times epochs."""
        return len(self.questions) * self.settings.times

    @property
    def run_id(self) -> str:
        """Of these settings on this benchmark."""
        return self.settings.run_id(self.benchmark.content_hash)


def plan(out: Path, settings: EvalSettings) -> Planned:
    """Which questions a run would ask.

    Raises:
        UsageError: the folder is no benchmark, or the filter and the limit leave nothing.
    """
    opened = open_benchmark(out)
    return Planned(opened, chosen_questions(opened, settings.wanted, settings.limit), settings)


def default_log_dir(planned: Planned) -> Path:
    """Where a run goes unless told: equal settings lead to the same folder, so that the same call resumes."""
    settings = planned.settings
    model = "-".join(part for part in Path(settings.model).parts if part not in {"/", "\\"})[-60:]
    root = planned.benchmark.root.resolve()
    return Path("logs") / root.name / f"{model}-{settings.decoding}-{planned.run_id[:8]}"
