"""Replies made elsewhere, spoilt: tables, JSON lines and logs as other programs might leave them."""

import csv
import io
import json
from pathlib import Path
from random import Random
from typing import Any, Final

import pyarrow.parquet as pq

from .byte_changes import HOSTILE_TEXTS, change_bytes, change_json, replaced

_NAMES: Final = (
    "replies.jsonl", "replies.json", "replies.csv", "replies.tsv", "x_samples_misground.jsonl", "r.xlsx",
)  # fmt: skip
_PIECES: Final = (
    "Answer: ", "left", "superior", "<think>", "</think>", "\\boxed{", "}", "~~", "**", "\n", "?", "Wait, ",
    "not ", "A", "B", "Question 2:", "|", "```", "<|channel|>", "User:", "答案：", "\u202e", "\x1b[2J",
    "\ud800",
)  # fmt: skip


def spoilt_replies(run: Path, to: Path, rng: Random) -> Path:
    """Write the replies of a run as a file of some kind, damaged, and return its path."""
    columns = ["question_id", "epoch", "completion", "outcome"]
    rows: list[dict[str, Any]] = pq.read_table(run / "results.parquet", columns=columns).to_pylist()
    rows = rng.sample(rows, min(len(rows), rng.choice((1, 5, 60))))
    for row in rng.sample(rows, min(len(rows), 3)):
        row["completion"] = spoilt_text(rng)
        if rng.random() < 0.5:
            row[rng.choice(("question_id", "epoch", "prediction", "index", "answer"))] = rng.choice(
                (*HOSTILE_TEXTS, 0, -1, 10**30, None, 1.5, True, [], {})
            )
    path = to / rng.choice(_NAMES)
    if path.suffix in (".csv", ".tsv"):
        written = io.StringIO()
        names = sorted({name for row in rows for name in row})
        table = csv.DictWriter(written, names, delimiter="," if path.suffix == ".csv" else "\t")
        table.writeheader()
        table.writerows(rows)
        content = written.getvalue().encode(errors="surrogatepass")
    elif path.suffix == ".json":
        content = change_json(json.dumps(rows), rng)
    else:
        content = "".join(json.dumps(replaced(row, rng)) + "\n" for row in rows).encode()
    path.write_bytes(change_bytes(content, rng) if rng.random() < 0.5 else content)
    return path


def spoilt_text(rng: Random) -> str:
    """A reply of random pieces, now and then a long one."""
    text = "".join(rng.choices((*_PIECES, *HOSTILE_TEXTS), k=rng.choice((0, 3, 12))))
    return text * (rng.choice((1, 1, 1, 500)) if len(text) < 2_000 else 1)
