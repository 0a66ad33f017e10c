"""Splitting a long run into parts that are asked one after another, each with its own log.

inspect_ai keeps about 30 kB in memory for each sample of a log until that log ends (its task, score and
summary), and goes through all summaries for each sample: 33,864 questions in five epochs would take 5 GB.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from inspect_ai.log import list_eval_logs

from misground.evaluation.selection import Row

SAMPLES: Final = 5_000


@dataclass(frozen=True)
class Part:
    """Questions that share a log, and the folder of that log."""

    folder: Path
    questions: Sequence[Row]


def parts(questions: Sequence[Row], epochs: int, log_dir: Path, samples: int) -> list[Part]:
    """Split a run into parts with about the same number of samples.

    Args:
        questions: All questions of the run, in order.
        epochs: Number of times each question is asked.
        log_dir: Folder of the run. It holds the log if there is one part, else one folder per part.
        samples: Maximum number of samples per log; the epochs of a question stay together.
    """
    most = max(1, samples // epochs)
    count = -(-len(questions) // most)
    if count == 1:
        return [Part(log_dir, questions)]
    ends = [len(questions) * number // count for number in range(count + 1)]
    width = len(str(count))
    return [
        Part(log_dir / f"part-{number:0{width}}-of-{count}", questions[start:end])
        for number, (start, end) in enumerate(pairwise(ends), 1)
    ]


def newest_logs(log_dir: Path) -> list[str]:
    """Find the newest log of each part that has started, in the order of the parts."""
    newest: dict[str, str] = {}
    for info in list_eval_logs(str(log_dir), descending=True):
        newest.setdefault(info.name.rpartition("/")[0], info.name)
    return [newest[folder] for folder in sorted(newest)]
