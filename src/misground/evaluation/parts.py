"""A long run in parts, one after another, each with a log of its own.

inspect_ai keeps some 30 kB in memory for each sample of a log until that log ends (its task, its score, its
summary), and goes through all summaries for each sample: 33,864 questions five times over would take 5 GB.
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
    """Questions that share a log, and the folder that it lies in."""

    folder: Path
    questions: Sequence[Row]


def parts(questions: Sequence[Row], epochs: int, log_dir: Path, samples: int) -> list[Part]:
    """The parts of a run: questions in their order, in logs of about equally many samples.

    Args:
        questions: all of the run. epochs: how often each is asked.
        log_dir: holds the log of a run that is one part, and the folders of several.
        samples: of a log at most; a question's epochs stay together.
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
    """The newest log of each part that has begun, in the order of the parts."""
    newest: dict[str, str] = {}
    for info in list_eval_logs(str(log_dir), descending=True):
        newest.setdefault(info.name.rpartition("/")[0], info.name)
    return [newest[folder] for folder in sorted(newest)]
