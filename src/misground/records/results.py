"""Words and names of a run's results: outcomes, and the files of a log folder."""

from collections.abc import Mapping
from typing import Final, Literal, get_args

RESULTS_NAME: Final = "results.parquet"
"""The file of a log folder that holds one row for each question and epoch."""
RECORD_NAME: Final = "run.json"
"""The file of a log folder that records what was run: settings, seeds, model, versions."""

Outcome = Literal["correct", "wrong", "no_answer", "refused", "error"]
OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)
OUTCOME_WORDS: Final[Mapping[str, str]] = {"no_answer": "no answer"}
"""What a reader sees for an outcome; one that is not here is its own word."""
