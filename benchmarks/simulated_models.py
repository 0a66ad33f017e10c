"""Runs of simulated models in memory, without pictures: a drawn benchmark of phantoms and its probes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from simulated import drawn_items

from misground.analysis.results import QUESTION_COLUMNS, REPLY_COLUMNS, RUN_COLUMNS, Run, run_of
from misground.anatomy import structure_table
from misground.evaluation.asking import sample_seed
from misground.evaluation.simulated.answering import answer, prior_option, spoken
from misground.evaluation.simulated.faults import parse_faults
from misground.prior.positions import shipped_positions
from misground.prior.votes import COLUMNS, count_votes
from misground.questions import Item, Question, cross
from misground.questions.probes import probe_questions, with_naming_orders
from misground.records import PROBES
from misground.records.schemas import RESULTS

HASH = "simulated-models"
_OF_ITEM = (
    "item_id", "case_id", "modality", "dimension", "plane", "structure_a", "structure_b", "stack_reversed",
)  # fmt: skip
_OF_QUESTION = (
    "question_id", "task", "axis", "coordinates", "prompt", "terms", "condition", "answer", "probe",
)  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """Questions with their probes, and the option that the anatomy prior takes for each."""

    rows: Sequence[dict[str, Any]]
    prior: Sequence[str | None]

    @cached_property
    def frame(self) -> pl.DataFrame:
        """The columns of the questions that a run repeats."""
        names = (*QUESTION_COLUMNS, "probe")
        columns = {name: [row[name] for row in self.rows] for name in names}
        schema = {"probe": pl.String, "axis": pl.String}
        return pl.DataFrame(columns, schema_overrides=schema).with_columns(row=pl.int_range(len(self.rows)))


def asked(torsos: int, knees: int, questions: int | None = None, *, probes: bool = True) -> Asked:
    """The questions that the preset `paper` draws from these numbers of phantoms.

    Args:
        torsos: number of phantom torsos.
        knees: number of phantom knees.
        questions: most questions without probes; None for all that the cases allow.
        probes: whether every item has its probes.
    """
    return asked_of(drawn_items(torsos, knees, questions), probes=probes)


def asked_of(items: Iterable[Item], *, probes: bool = True) -> Asked:
    """The questions of some items, and with `probes` those of every probe."""
    names = {key: one.name for key, one in structure_table().structures.items()}
    wanted = PROBES if probes else ()
    rows = [
        _row(question)
        for item in with_naming_orders(list(items), seed=0)
        for question in (*cross(item, names), *probe_questions(item, names, wanted))
    ]
    told = [
        {name: row[name] for name in COLUMNS}
        for row in rows
        if row["terms"] == "anatomical" and row["condition"] == "text_only" and row["probe"] is None
    ]
    votes, positions = count_votes(told), shipped_positions()
    return Asked(rows, [prior_option(row, votes, positions) for row in rows])


def _row(question: Question) -> dict[str, Any]:
    item = question.item
    return {
        **{name: getattr(item, name) for name in _OF_ITEM},
        **{name: getattr(question, name) for name in _OF_QUESTION},
        "options": list(question.options),
        "evidence": {"p_a_greater": item.p_a_greater, "delta_mm": item.delta_mm},
        "shared_frames": item.shared_frames,
        "smaller_mm2": None,  # no picture is drawn
    }


def simulated_run(found: Asked, model: str, *, epochs: int = 5, seed: int = 0) -> Run:
    """The run of a simulated model, such as "simulated?flip=0.1", as a report reads it after its ceilings."""
    faults = parse_faults(model)
    varies = bool(faults.flip or faults.silent)
    said: list[str | None] = []
    for row, prior in zip(found.rows, found.prior, strict=True):
        held = answer(row, faults, prior)
        if varies:
            seeds = (sample_seed(seed, row["question_id"], epoch) for epoch in range(1, epochs + 1))
            said += [spoken(row, faults, held, one) for one in seeds]
        else:
            said += [held.option] * epochs
    rows = {
        "row": np.repeat(np.arange(len(found.rows)), epochs),
        "epoch": np.tile(np.arange(1, epochs + 1), len(found.rows)),
        "extracted": pl.Series(said, dtype=pl.String),
    }
    right = pl.col("extracted") == pl.col("answer")
    stated = pl.when(right).then(pl.lit("correct")).otherwise(pl.lit("wrong"))
    outcome = pl.when(pl.col("extracted").is_null()).then(pl.lit("no_answer")).otherwise(stated)
    outcome = outcome.alias("outcome")
    about = {
        "run_id": f"{model}/{seed}", "benchmark_hash": HASH, "model": f"misground/{model}", "arm": "default",
        "model_parameters": None, "decoding": "default", "decoding_settings": "{}",
    }  # fmt: skip
    empty = pl.DataFrame(RESULTS.empty_table())
    missing = [name for name in (*REPLY_COLUMNS, "sent") if name not in (*rows, "outcome")]
    frame = pl.DataFrame(rows).join(found.frame, on="row", how="left")
    frame = frame.with_columns(
        outcome,
        *(pl.lit(about[name], dtype=empty.schema[name]).alias(name) for name in RUN_COLUMNS),
        *(pl.lit(None, dtype=empty.schema[name]).alias(name) for name in missing),
    )
    run = replace(run_of(frame.drop("row"), Path("simulated"), None), name=model)
    # What knowing anatomy alone answers is the prior's option, computed once for all models.
    known = pl.Series([_known(*pair) for pair in zip(found.rows, found.prior, strict=True)], dtype=pl.Float64)
    anatomy = found.frame.select("question_id", anatomy=known)
    questions = run.questions.join(anatomy, on="question_id", how="left", maintain_order="left")
    return replace(run, questions=questions)


def _known(row: dict[str, Any], prior: str | None) -> float:
    return 1 / len(row["options"]) if prior is None else float(prior == row["answer"])
