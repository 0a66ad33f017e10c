"""What is reached on the same questions without reading the picture: by knowing anatomy, or by one mark.

A model's accuracy says little beside guessing where someone who knows where structures usually lie is right
without the picture. So each cell has, over exactly its questions, what two baselines reach:

- anatomy: `misground/anatomy-prior`, from its run if that covers all questions that were asked, otherwise by
  its rule from the results themselves, with the votes of the cases that were asked. Either way a coin counts
  as the share that it gets right in the long run: six tosses would make a cell look known, or unknown.
- one mark: `misground/one-mark`, from its run alone, since results do not hold where marks lie.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, cast

import polars as pl

from misground.analysis.results import Run
from misground.anatomy import AXES, PLANES, in_plane_axes
from misground.prior.positions import shipped_positions
from misground.prior.reply import Reply, settled
from misground.prior.votes import COLUMNS, Votes, count_votes
from misground.records import RELATION_TASKS, TERMS

ANATOMY: Final = "misground/anatomy-prior"
ONE_MARK: Final = "misground/one-mark"
_KIND: Final = (
    "case_id", "modality", "plane", "task", "axis", "structure_a", "structure_b", "terms", "blank", "offered",
)  # fmt: skip
"""Questions that are alike in these are alike to the prior."""


@dataclass(frozen=True)
class Ceilings:
    """Accuracies on the questions of a cell.

    Attributes:
        anatomy: of someone who knows anatomy and sees no picture; None if unknown.
        one_mark: of someone who sees mark A alone; None if unknown, or unless all questions show marks.
    """

    anatomy: float | None = None
    one_mark: float | None = None


UNKNOWN: Final = Ceilings()


def ceilings_of(questions: pl.DataFrame) -> Ceilings:
    """The ceilings on the scored questions among some of `with_ceilings`; none where the runs lack them."""
    scored = questions.filter(pl.col("replies") > 0)
    return Ceilings(*(_mean(scored, name) for name in ("anatomy", "one_mark")))


def with_ceilings(runs: Sequence[Run]) -> list[Run]:
    """The runs, whose questions gain the columns `anatomy` and `one_mark`: what each reaches, in [0, 1].

    Both are null where they are unknown, and `one_mark` where no mark is drawn.
    """
    found = {content_hash: _known(mine) for content_hash, mine in _by_benchmark(runs).items()}
    return [
        replace(
            run,
            questions=run.questions.join(
                found[run.benchmark_hash], on="question_id", how="left", maintain_order="left"
            ),
        )
        for run in runs
    ]


def run_of(baseline: str, runs: Sequence[Run]) -> Run | None:
    """The run of a baseline with the most questions; a prior with only one of its tables is another one."""
    mine = [run for run in runs if run.model == baseline and _table(run) in {None, "both"}]
    return max(mine, key=lambda run: len(run.questions), default=None)


def covering(baseline: str, runs: Sequence[Run]) -> Run | None:
    """The run of a baseline, if it answers every question that was asked in runs of one benchmark."""
    found = run_of(baseline, runs)
    if found is None:
        return None
    answered = found.questions.filter(pl.col("replies") > 0)["question_id"]
    whole = all(run.questions["question_id"].is_in(answered.implode()).all() for run in runs)
    return found if whole else None


def one_mark_note(runs: Sequence[Run]) -> list[str]:
    """How to get the ceiling of one mark; nothing if a run has it, or if no run was shown marks."""
    lacking = [
        content_hash
        for content_hash, mine in _by_benchmark(runs).items()
        if run_of(ONE_MARK, mine) is None and any((run.questions["prompt"] != "none").any() for run in mine)
    ]
    if not lacking:
        return []
    return [
        "What seeing one mark alone reaches is not shown, since no run of that baseline is among these. It "
        f"needs no model: misground eval BENCHMARK --model {ONE_MARK} --log-dir DIR, with the folder of "
        f"benchmark {' and of '.join(one[:12] for one in lacking)}; then add DIR to misground report."
    ]


def ceilings_note(runs: Sequence[Run]) -> str:
    """What the two columns say, and where the first comes from."""
    found = [covering(ANATOMY, mine) for mine in _by_benchmark(runs).values()]
    computed = "computed from these results by the same rule"
    source = "from its run" if all(found) else computed
    if any(found) and not all(found):
        source = f"from its run where there is one, else {computed}"
    return (
        f"knowing anatomy alone: what {ANATOMY}, which knows where structures usually lie and sees no "
        f"picture, reaches over the same questions, a coin counting as its share; {source}. A model that is "
        f"not above it has not shown that it reads the picture. seeing one mark: what {ONE_MARK}, which sees "
        "mark A and nothing else of the picture, reaches, where every question of the cell shows marks."
    )


def _by_benchmark(runs: Sequence[Run]) -> dict[str, list[Run]]:
    found: dict[str, list[Run]] = {}
    for run in runs:
        found.setdefault(run.benchmark_hash, []).append(run)
    return found


def _known(runs: Sequence[Run]) -> pl.DataFrame:
    """question_id, anatomy and one_mark of each question of one benchmark that was asked."""
    columns = ["question_id", "options", "condition", "prompt", *_KIND[:-2], "answer"]
    asked = pl.concat([run.questions.select(columns) for run in runs])
    asked = asked.unique("question_id", keep="first", maintain_order=True)
    prior, mark = covering(ANATOMY, runs), run_of(ONE_MARK, runs)
    anatomy = _by_rule(asked, {} if prior is None else _scores(prior))
    one_mark = {} if mark is None else _scores(mark)
    ids, drawn = asked["question_id"].to_list(), (asked["prompt"] != "none").to_list()
    return pl.DataFrame(
        {
            "question_id": ids,
            "anatomy": [anatomy.get(one) for one in ids],
            "one_mark": [one_mark.get(one) if shown else None for one, shown in zip(ids, drawn, strict=True)],
        },
        schema={"question_id": pl.String, "anatomy": pl.Float64, "one_mark": pl.Float64},
    )


def _table(run: Run) -> object:
    model = (run.record or {}).get("model")
    return model.get("table") if isinstance(model, Mapping) else None


def _scores(run: Run) -> dict[str, float]:
    """The mean score of each question with a scored reply."""
    scored = run.questions.filter(pl.col("replies") > 0)
    return dict(zip(scored["question_id"], scored["correct"] / scored["replies"], strict=True))


def _by_rule(asked: pl.DataFrame, said: Mapping[str, float]) -> dict[str, float | None]:
    """The share of each question that the prior gets right.

    Args:
        asked: the questions.
        said: scores of the baseline's own replies, which count wherever no coin decides.
    """
    told = asked.filter(
        pl.col("terms") == "anatomical",
        pl.col("condition").is_in(["image", "text_only"]),
        pl.all_horizontal(pl.col("axis", "structure_a", "structure_b").is_not_null()),
    )
    votes = count_votes(told.select(COLUMNS).unique(maintain_order=True).iter_rows(named=True))
    asked = asked.with_columns(
        blank=pl.col("condition") == "blank", offered=pl.col("options").list.join("\n")
    )
    options: dict[tuple[object, ...], str | None] = {}
    found: dict[str, float | None] = {}
    for row in asked.iter_rows(named=True):
        kind = tuple(row[name] for name in _KIND)
        if kind not in options:
            options[kind] = _option(row, votes)
        name, option = row["question_id"], options[kind]
        if option is not None:
            found[name] = said.get(name, float(option == row["answer"]))
        else:
            found[name] = 1 / len(row["options"]) if row["options"] else None
    return found


def _option(question: Mapping[str, Any], votes: Votes) -> str | None:
    """The option that the prior takes; None where a coin decides."""
    if not question["options"] or not _possible(question):
        return None
    reply = settled(question, _names(question), votes, shipped_positions())
    return reply.option if isinstance(reply, Reply) else None


def _names(question: Mapping[str, Any]) -> tuple[str, str] | None:
    return None if question["blank"] else (str(question["structure_a"]), str(question["structure_b"]))


def _possible(question: Mapping[str, Any]) -> bool:
    """Whether the rule covers the question: results may come from another writer, with any words."""
    task, plane, axis = question["task"], question["plane"], question["axis"]
    if task not in RELATION_TASKS or question["terms"] not in TERMS or plane not in PLANES:
        return False
    return axis in (AXES if task == "cross_slice" else in_plane_axes(plane))


def _mean(questions: pl.DataFrame, name: str) -> float | None:
    """The mean of a column; None unless there is one, with a value for every question."""
    if name not in questions.columns or not len(questions) or questions[name].null_count():
        return None
    return cast("float", questions[name].mean())
