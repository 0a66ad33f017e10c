"""results.parquet, the stable record of a run, written from inspect_ai's logs a few samples at a time."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
from inspect_ai.log import (
    EvalSample,
    read_eval_log,
    read_eval_log_sample_summaries,
    read_eval_log_samples_by_id,
)
from inspect_ai.model import ModelOutput
from inspect_ai.scorer import Score

from misground.benchmark.files import ANSWERS_KEPT, replacing
from misground.evaluation.health import NOT_ASKED
from misground.evaluation.sent import sent_text
from misground.evaluation.server_words import wording
from misground.evaluation.structure_sizes import SMALLER
from misground.evaluation.traced import StepsFile
from misground.records.schemas import QUESTIONS, RESULTS

SAMPLES_AT_ONCE: Final = 250  # completions may be long
ROWS_A_GROUP: Final = 250
"""Rows of the first row groups; the explorer reads a whole group for an item's completions."""
GROUPS_A_SIZE: Final = 100
"""Row groups of a size; those that follow have twice as many rows, so that no file has many thousands."""
LONGEST_REASON: Final = 500
CUT: Final = ("max_tokens", "model_length")
"""Reasons of inspect_ai for a reply that ends before the model was done."""
PER_QUESTION: Final = "per question"
"""Stands for the seed where settings are counted: each question has its own."""
UNUSED: Final = {"events", "events_data", "attachments", "messages", "store", "timelines"}
_ASKED: Final = [name for name in RESULTS.names if name in QUESTIONS.names]


@dataclass
class Tally:
    """Counts of a run: outcomes, reasons of errors, replies that were cut, and what was sent.

    Attributes:
        outcomes: Count of each outcome.
        probes: Count of each outcome of a probe, all of which are in `outcomes` too.
        reasons: Count of each reason of an error.
        cut: Count of each reason of inspect_ai for a reply that was cut.
        sent: Count of each set of settings that was sent, as JSON with "per question" for the seed.
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    probes: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    cut: Counter[str] = field(default_factory=Counter)
    sent: Counter[str] = field(default_factory=Counter)
    _firsts: dict[str, str] = field(default_factory=dict, repr=False)

    def add(self, outcome: str, reason: str | None = None) -> None:
        """Count one outcome, and the reason if it is an error."""
        self.outcomes[outcome] += 1
        if reason:
            self.reasons[self._firsts.setdefault(wording(reason), reason)] += 1  # alike but for numbers

    def add_row(self, row: Mapping[str, Any]) -> None:
        """Count a row of `results.parquet`."""
        self.add(row["outcome"], row["error_reason"])
        if row.get("probe") is not None:
            self.probes[row["outcome"]] += 1
        if row["truncated"]:
            self.cut[row["stop_reason"]] += 1
        sent = _settings(row["sent"])
        if sent is not None:
            self.sent[json.dumps(sent | ({"seed": PER_QUESTION} if "seed" in sent else {}))] += 1

    @property
    def answered(self) -> int:
        """Number of scored replies: all but errors."""
        return self.outcomes.total() - self.outcomes["error"]

    @property
    def accuracy(self) -> float | None:
        """Share of correct replies among the scored ones, without probes; None if there is none."""
        correct, answered = self.correct
        return correct / answered if answered else None

    @property
    def correct(self) -> tuple[int, int]:
        """Number of correct and of scored replies, without probes."""
        own = self.outcomes - self.probes
        return own["correct"], own.total() - own["error"]


def _settings(text: str | None) -> dict[str, Any] | None:
    """The settings that were sent; None if they are unknown, or not a JSON object, as by another writer."""
    try:
        found = json.loads(text or "null")
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def write_results(
    logs: Iterable[str], to: Path, common: Mapping[str, Any], steps: StepsFile | None = None
) -> Tally:
    """Write one row per sample of these logs. The file is replaced as a whole or not at all.

    Args:
        logs: Addresses of logs of inspect_ai that share no sample.
        to: The Parquet file (schema `records.schemas.RESULTS`).
        common: Values of the columns that are the same in all rows.
        steps: What also gets the steps of each reply; None to leave them out.

    Raises:
        WorkError: The disk is full, or the folder cannot be written to.
    """
    return write_rows((_rows(samples, common, steps) for samples in samples_in_groups(logs)), to)


def _rows(
    samples: Sequence[EvalSample], common: Mapping[str, Any], steps: StepsFile | None
) -> list[dict[str, Any]]:
    rows = []
    for sample in samples:
        if not stopped(sample):
            rows.append(result_row(sample, common))
            if steps is not None and rows[-1]["outcome"] != "error":
                steps.add(sample)
    return rows


def write_rows(several: Iterable[Sequence[Mapping[str, Any]]], to: Path) -> Tally:
    """Write rows of the schema `records.schemas.RESULTS`, some at a time, as `write_results` does."""
    tally = Tally()
    with (
        replacing(to, kept=ANSWERS_KEPT) as partial,
        pq.ParquetWriter(partial, RESULTS, compression="zstd") as writer,
    ):
        groups, waiting, count = 0, [RESULTS.empty_table()], 0
        for rows in several:
            for row in rows:
                tally.add_row(row)
            waiting.append(pa.Table.from_pylist(list(rows), RESULTS))
            count += len(rows)
            if count >= ROWS_A_GROUP << groups // GROUPS_A_SIZE:
                writer.write_table(pa.concat_tables(waiting), row_group_size=count)
                groups, waiting, count = groups + 1, [], 0
        if waiting:
            writer.write_table(pa.concat_tables(waiting))
    return tally


def outcomes_so_far(logs: Iterable[str]) -> Counter[str]:
    """Count the outcomes in these logs, without errors, which are asked again.

    The log of a run that was killed may lack its last few samples.
    """
    found: Counter[str] = Counter()
    for log in logs:
        for summary in read_eval_log_sample_summaries(log):
            score = our_score(summary.scores)
            if score is not None:
                found[str((score.metadata or {}).get("outcome"))] += 1
    return found


def samples_in_groups(logs: Iterable[str]) -> Iterator[list[EvalSample]]:
    """Yield the samples of logs in the order of the benchmark; the epochs of a question follow each other."""
    for log in logs:
        order = read_eval_log(log, header_only=True).eval.dataset.sample_ids or []
        rank = {sample_id: place for place, sample_id in enumerate(order)}
        there = [(summary.id, summary.epoch) for summary in read_eval_log_sample_summaries(log)]
        there.sort(key=lambda found: (rank.get(found[0], len(rank)), found[1]))
        for start in range(0, len(there), SAMPLES_AT_ONCE):
            group = there[start : start + SAMPLES_AT_ONCE]
            yield read_eval_log_samples_by_id(log, group, exclude_fields=UNUSED)


def result_row(sample: EvalSample, common: Mapping[str, Any]) -> dict[str, Any]:
    """Make the row of a sample, of the schema `records.schemas.RESULTS`."""
    row: dict[str, Any] = {**dict.fromkeys(RESULTS.names), **common, "epoch": sample.epoch}
    row |= {name: sample.metadata.get(name) for name in (*_ASKED, SMALLER)}
    outcome, reason = outcome_of_sample(sample)
    row |= {"outcome": outcome, "error_reason": reason}
    if outcome == "error":
        return row
    score = our_score(sample.scores)
    told = (score.metadata or {}) if score else {}
    reading = {
        "extracted": score.answer if score else None,
        "rule": told.get("rule"),
        "span": told.get("span"),
        "option_logprobs": sample.metadata.get("option_logprobs"),
    }
    return {**row, **reply_columns(sample.output), **reading}


def reply_columns(output: ModelOutput) -> dict[str, Any]:
    """The columns of a row that tell of the reply itself, not of how it is read."""
    usage = output.usage
    steps = {name: (output.metadata or {}).get(name) for name in ("steps", "fired", "deferred", "flipped")}
    return {
        **steps,
        "completion": output.completion,
        "input_tokens": usage.input_tokens if usage else None,
        "output_tokens": usage.output_tokens if usage else None,
        "seconds": output.time,
        **_ending(output),
        "sent": sent_text(output),
    }


def _ending(output: ModelOutput) -> dict[str, Any]:
    """How a reply ended, and whether that cut it; null where the provider does not tell."""
    if not output.choices or output.stop_reason == "unknown":
        return {"stop_reason": None, "truncated": None}
    return {"stop_reason": output.stop_reason, "truncated": output.stop_reason in CUT}


def stopped(sample: EvalSample) -> bool:
    """Whether the run was stopped before or during this sample, which then has no outcome."""
    if sample.error is None:
        return False
    not_asked = str(sample.metadata.get("error_reason")).startswith(NOT_ASKED)
    return not_asked or sample.error.message.startswith("CancelledError(")


def outcome_of_sample(sample: EvalSample) -> tuple[str, str | None]:
    """Return the outcome of a logged sample, and the reason if it is an error."""
    if sample.error is not None:
        text = sample.metadata.get("error_reason") or sample.error.message
        return "error", " ".join(str(text).split())[:LONGEST_REASON]
    score = our_score(sample.scores)
    if score is not None:
        return str((score.metadata or {})["outcome"]), None
    return "error", "the reply was not scored because the run was stopped first"


def our_score(scores: Mapping[str, Score] | None) -> Score | None:
    """The latest score of ours: `inspect score` may have added scores, of other scorers or again of ours."""
    ours = [score for score in (scores or {}).values() if "outcome" in (score.metadata or {})]
    return ours[-1] if ours else None
