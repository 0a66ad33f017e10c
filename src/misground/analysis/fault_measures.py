"""What each fault would leave in the answers of a run, one value per unit of evidence.

Only stated answers count, except for the fault of giving none: then no answer, however frequent, can pass for
another fault. Each measure compares what is otherwise alike, so that one fault leaves no trace in the measure
of another: pairs of questions within an item, or the answers that most wordings and samples of an item agree
on, which a change of mind now and then does not alter.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np
import polars as pl
from numpy.typing import NDArray

from misground.analysis.cells import groups_of, select
from misground.analysis.dependence import Floats, Groups
from misground.analysis.results import Run
from misground.analysis.stated import asked, stated
from misground.records import RELATION_TASKS, Probe

Fault = Literal["silent", "flip", "first", "sees", "names", "prior", "mirror"]
FAULTS: Final[tuple[Fault, ...]] = get_args(Fault)
"""The faults that a report names, in its order."""
_KEY: Final = ("item_id", "condition", "terms", "coordinates", "prompt")
_UNIT: Final = ("item_id", "case_id", "structure_a", "structure_b")


@dataclass(frozen=True)
class Measure:
    """The size of a fault, as values whose mean it is.

    Attributes:
        values: (n,) one value per unit.
        groups: what the units belong to.
        side: (n,) whether a unit is of the kind that the fault concerns; the size is then the mean of these
            less the mean of the others. None if all are.
    """

    values: Floats
    groups: Groups
    side: NDArray[np.bool_] | None = None

    @property
    def size(self) -> float:
        """The mean, or the difference of means."""
        if self.side is None or self.side.all():
            return float(self.values.mean())
        return float(self.values[self.side].mean() - self.values[~self.side].mean())


@dataclass(frozen=True)
class Answers:
    """What a run states.

    Attributes:
        said: its questions, with `stated`, `right`, `place` and `offered` (`stated.asked`), and `share`: the
            share of its stated answers that are right; only questions with a stated answer.
        again: one row per question with two stated answers: `differ`, the share of pairs that differ.
        probes: like `said`, of its probes.
        silent: every scored question, with `silent`: the share of its replies without an answer.
    """

    said: pl.DataFrame
    again: pl.DataFrame
    probes: pl.DataFrame
    silent: pl.DataFrame

    def probe(self, name: Probe) -> pl.DataFrame:
        """The answers to one kind of probe."""
        return self.probes.filter(pl.col("probe") == name)


def answers_of(run: Run) -> Answers:
    """Read what a run states, once for all measures."""
    said, again = _said(run)
    probed = run.of_probes
    probes = (
        said.with_columns(probe=pl.lit(None, dtype=pl.String)).clear() if probed is None else _said(probed)[0]
    )
    scored = run.questions.filter(pl.col("replies") > 0)
    silent = scored.with_columns(silent=(pl.col("no_answer") + pl.col("refused")) / pl.col("replies"))
    return Answers(said, again, probes, silent)


def _said(run: Run) -> tuple[pl.DataFrame, pl.DataFrame]:
    places = stated(run)
    questions = asked(run, places)
    counts = places.group_by("question", "place").agg(said=pl.len())
    same = counts.group_by("question").agg(same=(pl.col("said") * (pl.col("said") - 1)).sum())
    said = questions.filter((pl.col("stated") > 0) & (pl.col("place") >= 0))
    said = said.with_columns(share=pl.col("right") / pl.col("stated"))
    twice = said.filter(pl.col("stated") > 1).join(same, on="question", how="left", maintain_order="left")
    pairs = pl.col("stated") * (pl.col("stated") - 1)
    return said, twice.with_columns(differ=1 - pl.col("same") / pairs)


def silent(answers: Answers) -> Measure | None:
    """Share of replies without an answer, refusals among them."""
    return _measure(answers.silent, "silent")


def flip(answers: Answers) -> Measure | None:
    """Share of pairs of replies to one question that state different options."""
    return _measure(answers.again.filter(pl.col("task").is_in(RELATION_TASKS)), "differ")


def first(answers: Answers) -> Measure | None:
    """How much more often an answer is right where the right option comes first.

    From questions and their probes `reordered`, which differ in the order of the options alone; without these
    probes, from all questions with two options, among which the draw balances the places.
    """
    pairs = pairs_with(answers, "reordered")
    if len(pairs):
        gain = pl.when(pl.col("place") == 0).then(1.0).otherwise(-1.0)
        return _measure(pairs.with_columns(gain=gain * (pl.col("share") - pl.col("share_probe"))), "gain")
    two = answers.said.filter((pl.col("offered") == 2) & pl.col("task").is_in(RELATION_TASKS))
    side = (two["place"] == 0).to_numpy()
    if not side.any() or side.all():
        return None
    return Measure(two["share"].to_numpy(), groups_of(two), side)


def sees(answers: Answers) -> Measure | None:
    """Share of items that most answers on the marks alone, on a blank canvas, have wrong."""
    return _mostly_wrong(_undisturbed(answers, select(answers.said, condition="blank")))


def names(answers: Answers) -> Measure | None:
    """Share of items whose marked structure most answers to the probe `naming` call by the other's name."""
    return _mostly_wrong(_undisturbed(answers, answers.probe("naming")))


def prior(answers: Answers) -> Measure | None:
    """How much more often an answer is wrong where anatomy speaks against the picture than where it does not.

    From in-plane questions in colloquial terms and the same ones on a mirrored picture (probe `mirrored`), as
    far as the anatomy prior has an answer. Right options at either place weigh the same.
    """
    if "anatomy" not in answers.said.columns:
        return None
    pairs = pairs_with(answers, "mirrored").filter(
        (pl.col("task") == "in_plane") & pl.col("anatomy").is_in([0.0, 1.0])
    )
    loss = (pl.col("share") - pl.col("share_probe")) * (2 * pl.col("anatomy") - 1)
    equal = pl.len() / (pl.len().over("place") * pl.col("place").n_unique())
    return _measure(pairs.with_columns(loss=loss * equal), "loss")


def mirror(answers: Answers) -> Measure | None:
    """How much anatomical terms lose against colloquial ones on left and right, beyond the other axes.

    From in-plane relations with the picture as viewed, the same picture in both terms.
    """
    seen = select(answers.said, condition="image", coordinates="viewing", task="in_plane")
    on = ["item_id", "prompt"]
    screen, patient = (
        select(seen, terms=terms).unique(on, keep="first", maintain_order=True)
        for terms in ("colloquial", "anatomical")
    )
    pairs = screen.join(patient.select(*on, "share"), on=on, suffix="_patient", maintain_order="left")
    pairs = pairs.with_columns(loss=pl.col("share") - pl.col("share_patient"))
    side = (pairs["axis"] == "x").to_numpy()
    if not side.any():
        return None
    return Measure(pairs["loss"].to_numpy(), groups_of(pairs), None if side.all() else side)


MEASURES: Final[Mapping[Fault, Callable[[Answers], Measure | None]]] = {
    "silent": silent, "flip": flip, "first": first, "sees": sees, "names": names, "prior": prior,
    "mirror": mirror,
}  # fmt: skip


def pairs_with(answers: Answers, probe: Probe) -> pl.DataFrame:
    """Questions with the answers to a probe that repeats them (`share_probe`)."""
    repeated = answers.probe(probe).unique(_KEY, keep="first", maintain_order=True)
    questions = answers.said.unique(_KEY, keep="first", maintain_order=True)
    return questions.join(
        repeated.select(*_KEY, "share"), on=list(_KEY), suffix="_probe", maintain_order="left"
    )


def _undisturbed(answers: Answers, questions: pl.DataFrame) -> pl.DataFrame:
    """The questions whose right option stands where a preference for a place costs nothing.

    Without a preference, either half has as many errors, and the better half understates them a little.
    """
    preferred = first(answers)
    if preferred is None or abs(preferred.size) < PREFERENCE:
        return questions
    return questions.filter((pl.col("place") == 0) == (preferred.size > 0))


PREFERENCE: Final = 0.03
"""A difference between the places from which half of the items are left out."""


def _mostly_wrong(questions: pl.DataFrame) -> Measure | None:
    """Whether most answers to an item are wrong; a half if as many are right."""
    items = questions.group_by(_UNIT, maintain_order=True).agg(pl.col("right", "stated").sum())
    wrong = pl.col("stated") - pl.col("right")
    verdict = (
        pl.when(wrong == pl.col("right")).then(0.5).otherwise((wrong > pl.col("right")).cast(pl.Float64))
    )
    return _measure(items.with_columns(wrong=verdict), "wrong")


def _measure(rows: pl.DataFrame, name: str) -> Measure | None:
    return Measure(rows[name].to_numpy().astype(float), groups_of(rows)) if len(rows) else None
