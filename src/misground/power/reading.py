"""The design of a benchmark on disk."""

import polars as pl
import pyarrow.compute as pc

from misground.benchmark.load import Benchmark
from misground.errors import UsageError
from misground.power.design import COLUMNS, Design


def read_design(benchmark: Benchmark) -> Design:
    """Read the design of a finished benchmark, without its probes.

    Raises:
        UsageError: a file is missing or damaged, or there are no questions.
    """
    questions = pl.DataFrame(pl.from_arrow(benchmark.questions(list(COLUMNS), pc.field("probe").is_null())))
    if not len(questions):
        raise UsageError(f"{benchmark.root}: the benchmark has no questions, so no difference can show")
    return Design.of(questions)
