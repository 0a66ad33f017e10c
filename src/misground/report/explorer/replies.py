"""Each run's replies to the questions of an item, read from its file on demand."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from misground.analysis.results_file import ResultsFile
from misground.dialogue.options import shares
from misground.report.explorer.highlight import pieces
from misground.report.explorer.runs import REPLY, Run
from misground.report.explorer.steps import KeptSteps, shown_step
from misground.visible import visible

KEPT_GROUPS: Final = 4
"""Row groups kept in memory: neighbouring items share one, and every run has its own."""

LONGEST_WORDS: Final = 1_000
"""Most characters of an error's reason, or of an extracted answer, that are shown."""


class Replies:
    """Replies by item; decodes one row group at a time and is safe to call from several threads."""

    def __init__(self, runs: Sequence[Run]) -> None:
        self._runs = runs
        self._files: dict[Path, ResultsFile] = {}
        self._groups: OrderedDict[tuple[Path, int], pa.Table] = OrderedDict()
        self._kept = max(KEPT_GROUPS, len(runs))
        self._lock = Lock()
        self._steps = KeptSteps(runs)

    def of(self, first: int, end: int, question_ids: Sequence[str]) -> dict[str, list[list[dict[str, Any]]]]:
        """The replies to a range of questions, ready for display.

        Args:
            first: rank of the first question in the catalogue.
            end: rank after the last question.
            question_ids: the ids of these questions.

        Returns:
            question_id -> for each run, its replies by epoch.

        Raises:
            UsageError: a results file can no longer be read.
        """
        found: dict[str, list[list[dict[str, Any]]]] = {
            question_id: [[] for _ in self._runs] for question_id in question_ids
        }
        wanted = pa.array(question_ids, pa.string())
        kept = [self._steps.of(number, question_ids) for number in range(len(self._runs))]
        for number, run in enumerate(self._runs):
            for group in run.groups_of(first, end):
                with self._lock:
                    table = self._group(run.path, group)
                mine = pc.and_(
                    pc.equal(table["run_id"], run.run_id), pc.is_in(table["question_id"], value_set=wanted)
                )
                for row in table.filter(mine).to_pylist():
                    steps = kept[number].get((row["question_id"], row["epoch"]), ())
                    found[row["question_id"]][number].append(_shown(row, steps))
        for runs in found.values():
            for replies in runs:
                replies.sort(key=lambda reply: int(reply["epoch"]))
        return found

    def close(self) -> None:
        """Close the files."""
        for file in self._files.values():
            file.close()
        self._files.clear()
        self._steps.close()

    def _group(self, path: Path, group: int) -> pa.Table:
        key = (path, group)
        if key not in self._groups:
            if path not in self._files:
                self._files[path] = ResultsFile(path, REPLY)
            self._groups[key] = self._files[path].read_group(group)
            if len(self._groups) > self._kept:
                self._groups.popitem(last=False)
        self._groups.move_to_end(key)
        return self._groups[key]


def _shown(row: dict[str, Any], steps: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    completion, extracted = row["completion"], row["extracted"]
    marks = [None if one["start"] is None else (one["start"], one["end"]) for one in steps]
    return {
        "epoch": row["epoch"],
        "outcome": row["outcome"],
        "reason": visible((row["error_reason"] or "")[:LONGEST_WORDS]),
        "extracted": visible((extracted or "")[:LONGEST_WORDS]),
        "length": None if completion is None else len(completion),
        "pieces": [] if completion is None else pieces(completion, extracted, row["span"], marks),
        "steps": [shown_step(one) for one in steps],
        "rule": visible((row["rule"] or "")[:LONGEST_WORDS]),
        "tokens": row["output_tokens"],
        "cut": bool(row["truncated"]),
        "seconds": None if row["seconds"] is None else round(row["seconds"], 2),
        "held": _held(row["option_logprobs"]),
    }


def _held(scored: Sequence[dict[str, Any]] | None) -> list[dict[str, Any]]:
    """The probability of each option, given that the model answers with one of them; empty if unknown."""
    likely = shares([one["raw"] for one in scored]) if scored else []
    return [
        {
            "option": visible(one["option"][:LONGEST_WORDS]),
            "share": round(share, 4),
            "raw": round(one["raw"], 3),
            "normalised": round(one["normalised"], 3),
        }
        for one, share in zip(scored or (), likely, strict=True)
    ]
