"""The outcomes of a reply, and the names of the files in a log folder."""

from collections.abc import Mapping
from typing import Final, Literal, get_args

RESULTS_NAME: Final = "results.parquet"
"""The file in a log folder that holds one row for each question and epoch."""
STEPS_NAME: Final = "steps.parquet"
"""The file in a log folder that holds the flipped and deferred steps of the replies, if they were kept."""
RECORD_NAME: Final = "run.json"
"""The file in a log folder that records the run: settings, seeds, model, versions."""

Outcome = Literal["correct", "wrong", "no_answer", "refused", "error"]
OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)
OUTCOME_WORDS: Final[Mapping[str, str]] = {"no_answer": "no answer"}
"""What a reader sees for an outcome; one that is not listed is shown as it is."""

StepStatus = Literal["fired", "deferred"]
STEP_STATUSES: Final[tuple[StepStatus, ...]] = get_args(StepStatus)
FlipKind = Literal["antonym", "variant", "other"]
FLIP_KINDS: Final[tuple[FlipKind, ...]] = get_args(FlipKind)
"""What a flipped step exchanged: a word for its opposite, a spelling for another, or anything else."""
