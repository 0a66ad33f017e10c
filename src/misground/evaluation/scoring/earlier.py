"""An earlier run of `misground eval` or `misground score` as replies, to be read again."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pyarrow.compute as pc

from misground.analysis.results_file import ResultsFile
from misground.errors import UsageError
from misground.evaluation.scoring.reply import Claims, Reply, Source
from misground.evaluation.structure_sizes import SMALLER
from misground.records.schemas import QUESTIONS, RESULTS

_RUN: Final = (
    "run_id",
    "benchmark_hash",
    "model",
    "model_parameters",
    "decoding",
    "decoding_settings",
    "arm",
)
_READING: Final = ("outcome", "error_reason", "extracted", "completion", "rule", "span")
_ASKED: Final = tuple(name for name in RESULTS.names if name in QUESTIONS.names)
_KNOWN: Final = tuple(
    name for name in RESULTS.names if name not in (*_RUN, *_READING, *_ASKED, SMALLER, "epoch")
)


def open_run(path: Path, results: Path, sha256: str) -> Source:
    """The replies of an earlier run.

    Args:
        path: As the user named it.
        results: Its results.parquet.
        sha256: Hash of that file.

    Raises:
        UsageError: The file cannot be read as results, or holds several runs.
    """
    with ResultsFile(results, RESULTS.names) as file:
        runs = pc.unique(file.read(["run_id"])["run_id"]).to_pylist()
        if len(runs) != 1:
            raise UsageError(f"{path} holds {len(runs)} runs, expected one: split the file by run_id")
        first = file.read_group(0, _RUN).slice(0, 1).to_pylist()[0]
        record = file.record() or {}
    mine = record if record.get("run_id") == first["run_id"] else {}
    settings = mine.get("settings")
    by_options = isinstance(settings, dict) and settings.get("read") == "options"
    return Source(
        path,
        "run",
        _replies(results, by_options),
        sha256,
        benchmark_hash=first["benchmark_hash"],
        model=first["model"],
        columns={name: first[name] for name in _RUN if name not in ("run_id", "benchmark_hash")},
        record={**mine, "run_id": first["run_id"]},
    )


def _replies(results: Path, by_options: bool) -> Iterator[Reply]:
    with ResultsFile(results, RESULTS.names) as file:
        for group in range(len(file.group_sizes)):
            for row in file.read_group(group).to_pylist():
                yield _reply(row, results, by_options)


def _reply(row: Mapping[str, Any], results: Path, by_options: bool) -> Reply:
    return Reply(
        row["question_id"],
        row["epoch"],
        None if row["outcome"] == "error" else row["completion"] or "",
        f"{results} question {row['question_id']}",
        error=row["error_reason"] or "unknown" if row["outcome"] == "error" else None,
        claims=Claims(
            options=None if row["options"] is None else tuple(row["options"]),
            answer=row["answer"],
            factors={name: row[name] for name in _ASKED if name not in ("options", "answer")},
        ),
        known={name: row[name] for name in _KNOWN},
        before=(row["outcome"], row["extracted"]),
        kept=by_options and row["outcome"] != "error",
    )
