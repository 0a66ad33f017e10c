"""Scoring replies that exist already: read them, and write the folder of a run."""

import csv
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from misground.benchmark.escaping import spreadsheet_text
from misground.benchmark.load import Benchmark, open_benchmark
from misground.benchmark.written import Input, check_target, writing_folder
from misground.dialogue import Extracted, extract, read_answer
from misground.dialogue.version import reader_version
from misground.errors import UsageError
from misground.evaluation.results import Tally, write_rows
from misground.evaluation.run_record import benchmark_facts, ended, environment, now, write_record
from misground.evaluation.scorer import outcome_of
from misground.evaluation.scoring.folder import CHANGED_NAME, RUN
from misground.evaluation.scoring.kinds import open_source
from misground.evaluation.scoring.matching import Matching, match
from misground.evaluation.scoring.reply import Reply, Source
from misground.evaluation.structure_sizes import SMALLER
from misground.questions.names import asked, asked_names
from misground.records import RESULTS_NAME
from misground.records.arms import arm_of_earlier, decoding_of
from misground.records.schemas import QUESTIONS, RESULTS

ROWS_AT_ONCE: Final = 250
_ASKED: Final = [name for name in RESULTS.names if name in QUESTIONS.names]
_CHANGED: Final = (
    "question_id", "epoch", "outcome_before", "outcome", "extracted_before", "extracted", "answer", "rule",
)  # fmt: skip


@dataclass(frozen=True)
class Change:
    """A reply that is read otherwise than before: (outcome, extracted answer) before and now."""

    question_id: str
    epoch: int
    before: tuple[str, str | None]
    after: tuple[str, str | None]
    answer: str
    rule: str | None


@dataclass(frozen=True)
class Scored:
    """A run made of replies.

    Attributes:
        folder: Its folder.
        tally: Its outcomes.
        matching: What the replies were to, and what did not fit.
        sources: What was read.
        changes: Replies that are read otherwise than in the run that they come from.
        reread: Whether there was an earlier reading to compare with.
        empty: Number of empty replies.
    """

    folder: Path
    tally: Tally
    matching: Matching
    sources: Sequence[Source]
    changes: Sequence[Change] = ()
    reread: bool = False
    empty: int = 0


@dataclass
class _Reading:
    """Reads replies, and notes what changed."""

    common: Mapping[str, Any]
    changes: list[Change] = field(default_factory=list)
    reread: bool = False
    empty: int = 0
    endings: bool = False

    def row(self, question: Mapping[str, Any], reply: Reply) -> dict[str, Any]:
        row: dict[str, Any] = {**dict.fromkeys(RESULTS.names), **self.common, "epoch": reply.epoch}
        row |= {name: question[name] for name in (*_ASKED, SMALLER)}
        if reply.completion is None:
            row |= {"outcome": "error", "error_reason": reply.error}
        else:
            self.empty += not reply.completion.strip()
            self.endings = self.endings or reply.known.get("truncated") is not None
            row |= {**reply.known, "completion": reply.completion, **_read(question, reply)}
        if reply.before is not None:
            self.reread = True
            after = (row["outcome"], row["extracted"])
            if reply.before != after:
                change = (question["question_id"], reply.epoch, reply.before, after, question["answer"])
                self.changes.append(Change(*change, row["rule"]))
        return row


def score(
    out: Path,
    predictions: Sequence[Path],
    to: Path,
    *,
    model: str | None = None,
    decoding: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Scored:
    """Read replies that exist already as replies to the questions of a benchmark, and write them as a run.

    Args:
        out: The benchmark folder.
        predictions: Files or folders of replies; together they are one run.
        to: The folder to write.
        model: Name of the model; None to take it from the replies.
        decoding: "default" or "semantic"; None to take it from the replies.
        progress: Called with (replies read, replies in total).

    Raises:
        UsageError: A file cannot be read as replies, an altered question was asked, no reply is to a question
            of the benchmark, no model is named, or `to` contains anything else.
        WorkError: The folder cannot be written.
    """
    benchmark = open_benchmark(out)
    inputs = [Input(out, "the benchmark folder")]
    inputs += [Input(path, "the run that is read") for path in predictions if path.is_dir()]
    check_target(to, RUN, inputs)
    sources = [open_source(path) for path in predictions]
    columns = _columns(sources, model, decoding)
    matching = match(benchmark, sources)
    record = _record(benchmark, sources, matching, columns)
    reading = _Reading({"run_id": record["run_id"], "benchmark_hash": benchmark.content_hash, **columns})
    with writing_folder(to, RUN, inputs) as writing:
        rows = _rows(matching, reading, progress or (lambda _done, _total: None))
        tally = write_rows(rows, writing.folder / RESULTS_NAME)
        whole = not matching.missing and not matching.missing_epochs
        complete = not tally.outcomes["error"] and (whole or _was_complete(sources, matching))
        unknown = () if reading.endings else ("truncated",)
        write_record(writing.folder, _ended(record, complete, tally, unknown))
        if reading.reread:
            _write_changes(reading.changes, writing.folder / CHANGED_NAME)
    return Scored(to, tally, matching, sources, reading.changes, reading.reread, reading.empty)


def _read(question: Mapping[str, Any], reply: Reply) -> dict[str, Any]:
    if reply.kept and reply.before is not None:
        return {"outcome": reply.before[0], "extracted": reply.before[1], "rule": reply.known.get("rule")}
    found = read_reply(question, reply)
    return {
        "outcome": outcome_of(found, question["answer"]),
        "extracted": found.option,
        "rule": found.rule,
        "span": found.span,
    }


def read_reply(question: Mapping[str, Any], reply: Reply) -> Extracted:
    """Read a reply in the form in which its question was asked."""
    if reply.known.get("stop_reason") == "content_filter":
        return Extracted("refused", None, "withheld")
    completion, truncated = reply.completion or "", bool(reply.known.get("truncated"))
    if not reply.claims.lettered:
        return read_answer(question, completion, truncated=truncated)
    names = asked_names(question["text"])
    names = ("1", "2") if question["condition"] == "blank" and names else names
    kind = asked(question["text"])
    return extract(
        completion, question["options"], names=names, lettered=True, truncated=truncated,
        asked=kind if kind == "name" else None,
    )  # fmt: skip


def _rows(
    matching: Matching, reading: _Reading, progress: Callable[[int, int], None]
) -> Iterator[list[dict[str, Any]]]:
    pairs = matching.in_order()
    for start in range(0, len(pairs), ROWS_AT_ONCE):
        yield [reading.row(*pair) for pair in pairs[start : start + ROWS_AT_ONCE]]
        progress(min(start + ROWS_AT_ONCE, len(pairs)), len(pairs))


def _columns(sources: Sequence[Source], model: str | None, decoding: str | None) -> dict[str, Any]:
    """The columns that are the same in all rows."""
    told: dict[str, Any] = {}
    for name in ("model", "decoding", "decoding_settings", "model_parameters", "arm"):
        found = {
            value
            for source in sources
            if (value := source.model if name == "model" else source.columns.get(name)) is not None
        }
        if len(found) > 1 and not (model if name == "model" else name != "decoding" or decoding):
            raise UsageError(
                f"the files hold replies of different {name}s ({', '.join(sorted(map(str, found))[:3])}): "
                "score them one by one"
            )
        told[name] = found.pop() if len(found) == 1 else None
    if not model and not told["model"]:
        raise UsageError("the replies do not say which model made them: name it with --model")
    if model:
        told["model"] = model
    told["decoding"] = decoding or told["decoding"] or "default"
    if told["decoding_settings"] is None:
        unknown = {"sampler": dict.fromkeys(("sampler", "temperature", "top_p"))}
        told["decoding_settings"] = json.dumps({**unknown, "rule": None, "table_hash": None}, sort_keys=True)
    if told["arm"] is None or (decoding is not None and decoding != decoding_of(told["arm"])):
        told["arm"] = arm_of_earlier(told["decoding"], told["decoding_settings"])
    return told


def _record(
    benchmark: Benchmark, sources: Sequence[Source], matching: Matching, columns: Mapping[str, Any]
) -> dict[str, Any]:
    """The record of the run, with the settings of the run that the replies come from, if they do."""
    hashes = sorted(source.sha256 for source in sources)
    reader = reader_version()
    known = [benchmark.content_hash, hashes, columns["model"], columns["decoding"], reader]
    earlier = next((source.record for source in sources if source.record), {})
    settings: dict[str, Any] = dict(earlier.get("settings") or _settings(columns))
    settings |= {"model": columns["model"], "decoding": columns["decoding"]}
    carried = ("scopes", "max_tokens", "seeds", "base_urls", "sampler")
    return {
        "run_id": hashlib.sha256(json.dumps(known).encode()).hexdigest()[:16],
        "status": "running",
        "started": now(),
        "resumed": [],
        "benchmark_hash": benchmark.content_hash,
        "benchmark": benchmark_facts(benchmark.manifest),
        "arm": columns["arm"],
        "questions": len(matching.answered),
        "calls": len(matching.replies),
        "settings": settings,
        **{name: earlier[name] for name in carried if name in earlier},
        "model": {"model_parameters": columns["model_parameters"], **(earlier.get("model") or {})},
        "readers": [reader],
        "replies": {
            "from": [
                {"file": source.path.name, "kind": source.kind, "sha256": source.sha256} for source in sources
            ],
            "run_id": earlier.get("run_id"),
            "unknown": matching.unknown,
            "double": matching.double,
            "missing_questions": len(matching.missing),
            "missing_epochs": matching.missing_epochs,
        },
        **environment(),
    }


def _settings(columns: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that are known without a run record."""
    try:
        sampler = json.loads(columns["decoding_settings"])["sampler"]
        return {name: sampler[name] for name in ("temperature", "top_p") if sampler[name] is not None}
    except (ValueError, KeyError, TypeError):  # results of another program
        return {}


def _ended(record: Mapping[str, Any], complete: bool, tally: Tally, unknown: Sequence[str]) -> dict[str, Any]:
    """Complete the record; unknown: fields that the replies do not tell, which a count would state."""
    settings = record["settings"]
    asked = {name: settings[name] for name in ("temperature", "top_p") if settings.get(name) is not None}
    found = ended(record, complete, tally, asked)
    for name in (*unknown, *(() if tally.sent else ("sampler",))):
        found.pop(name)
    return found | ({"sampler": record["sampler"]} if "sampler" in record else {})


def _was_complete(sources: Sequence[Source], matching: Matching) -> bool:
    """Whether the replies are those of complete runs of a part of the benchmark."""
    whole = all(source.record.get("status") == "complete" for source in sources)
    return whole and not matching.missing_epochs and not matching.unknown


def _write_changes(changes: Sequence[Change], path: Path) -> None:
    outcomes = Counter((one.before[0], one.after[0]) for one in changes)
    order = sorted(changes, key=lambda one: -outcomes[one.before[0], one.after[0]])
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(_CHANGED)
        for one in order:
            cells = (
                one.question_id, one.epoch, one.before[0], one.after[0], one.before[1], one.after[1],
                one.answer, one.rule,
            )  # fmt: skip
            lines.writerow([spreadsheet_text(cell) if isinstance(cell, str) else cell for cell in cells])
