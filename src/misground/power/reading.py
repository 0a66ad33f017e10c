"""The design of a benchmark on disk."""

import polars as pl

from misground.benchmark.load import Benchmark
from misground.errors import UsageError
from misground.power.design import COLUMNS, Design


def read_design(benchmark: Benchmark) -> Design:
    """Read the design of a finished benchmark.

    Raises:
        UsageError: a file is missing or damaged, or there are no questions.
    """
    questions = pl.DataFrame(pl.from_arrow(benchmark.questions(list(COLUMNS))))
    if not len(questions):
        raise UsageError(f"{benchmark.root}: the benchmark has no questions, so no difference can show")
    return Design.of(questions)
