"""The flipped and deferred steps of replies, read from their file on demand."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from misground.analysis.steps_file import StepsFile
from misground.records.schemas import STEPS
from misground.report.explorer.runs import Run
from misground.visible import visible_line

_LONGEST_TOKEN: Final = 100
"""Characters of a token that are shown."""
_MOST_SHOWN: Final = 50
"""Candidates of a step that are shown, the likeliest first."""

Reply = tuple[str, int]
"""The id of a question, and the number of the epoch."""


class KeptSteps:
    """Steps by reply; safe to call from several threads.

    Args:
        runs: the runs; those without a file of steps have none.
    """

    def __init__(self, runs: Sequence[Run]) -> None:
        self._runs = runs
        self._files: dict[int, StepsFile] = {}
        self._places: dict[int, dict[str, list[int]]] = {}
        self._lock = Lock()

    def of(self, number: int, question_ids: Sequence[str]) -> dict[Reply, list[dict[str, Any]]]:
        """The steps of the replies of a run to some questions, in their order.

        Args:
            number: the number of the run.
            question_ids: the questions.

        Raises:
            UsageError: the file of steps cannot be read.
        """
        if self._runs[number].steps is None:
            return {}
        with self._lock:
            file, places = self._open(number)
            groups = sorted({group for one in question_ids for group in places.get(one, ())})
            tables = [file.group(group, STEPS.names) for group in groups]
        wanted = pa.array(question_ids, pa.string())
        found: dict[Reply, list[dict[str, Any]]] = defaultdict(list)
        for table in tables:
            mine = pc.and_(
                pc.equal(table["run_id"], self._runs[number].run_id),
                pc.is_in(table["question_id"], value_set=wanted),
            )
            for row in table.filter(mine).to_pylist():
                found[row["question_id"], row["epoch"]].append(row)
        for steps in found.values():
            steps.sort(key=lambda step: (step["status"] != "fired", step["position"]))
        return found

    def close(self) -> None:
        """Close the files."""
        for file in self._files.values():
            file.close()
        self._files.clear()

    def _open(self, number: int) -> tuple[StepsFile, dict[str, list[int]]]:
        """The file of a run, and for each question the row groups with its steps."""
        path = self._runs[number].steps
        assert path is not None
        if number not in self._files:
            file = self._files[number] = StepsFile(path)
            places = self._places[number] = {}
            for group, table in enumerate(file.groups(("question_id",))):
                for question_id in pc.unique(table["question_id"]).to_pylist():
                    places.setdefault(question_id, []).append(group)
        return self._files[number], self._places[number]


def shown_step(row: Mapping[str, Any]) -> dict[str, Any]:
    """A step as JSON for the page, with every text made visible."""
    return {
        "kind": row["kind"] if row["status"] == "fired" else "deferred",
        "position": row["position"],
        "placed": row["start"] is not None,
        "choice": _token(row["choice"]),
        "greedy": _token(row["greedy"]),
        "candidates": [
            {
                "token": _token(one["token"]),
                "p": round(one["p"], 4),
                "score": None if one["score"] is None else round(one["score"], 4),
                "chosen": _is(one, row["choice_id"], row["choice"]),
            }
            for one in (row["candidates"] or ())[:_MOST_SHOWN]
        ],
    }


def _is(candidate: Mapping[str, Any], token_id: int | None, token: str) -> bool:
    if token_id is not None and candidate["id"] is not None:
        return bool(candidate["id"] == token_id)
    return bool(candidate["token"] == token)


def _token(text: str) -> str:
    return visible_line(text[:_LONGEST_TOKEN]).replace(" ", "\u2423")
