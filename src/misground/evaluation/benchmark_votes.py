"""The votes of a benchmark's cases, for `misground/anatomy-prior`."""

from threading import Lock

import pyarrow.compute as pc

from misground.benchmark.load import Benchmark
from misground.prior.votes import COLUMNS, Votes, count_votes


def read_votes(benchmark: Benchmark) -> Votes:
    """Count the votes of a benchmark's questions in anatomical terms, with or without a picture."""
    asked = (
        (pc.field("terms") == "anatomical")
        & pc.field("condition").isin(["image", "text_only"])
        & pc.field("axis").is_valid()
        & pc.field("structure_a").is_valid()
        & pc.field("structure_b").is_valid()
        & pc.field("probe").is_null()
    )
    table = benchmark.questions(COLUMNS, asked)
    # An item has nine such questions, all with the same answer.
    return count_votes(table.group_by(list(COLUMNS)).aggregate([]).to_pylist())


class VotesOfBenchmarks:
    """Votes of several benchmarks, counted when they are first needed; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._counted: dict[tuple[str, str | None], Votes] = {}

    def of(self, benchmark: Benchmark) -> Votes:
        """Return the votes of a benchmark; the same folder with other content is another benchmark."""
        key = (str(benchmark.root.resolve()), benchmark.content_hash)
        with self._lock:
            if key not in self._counted:
                self._counted[key] = read_votes(benchmark)
            return self._counted[key]
