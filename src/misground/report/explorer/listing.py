"""The page's data about all questions: their factors, and the outcomes of every run."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa

from misground import __version__
from misground.benchmark.load import Benchmark
from misground.dialogue import RULES
from misground.questions.names import structure_names
from misground.records import LEVELS, PROBES
from misground.report.explorer.catalogue import Catalogue
from misground.report.explorer.runs import LETTERS, Run
from misground.visible import visible

OF_ITEM: Final = (
    "modality", "dimension", "plane", "task", "axis", "case_id", "structure_a", "structure_b",
)  # fmt: skip
OF_QUESTION: Final = ("coordinates", "prompt", "terms", "condition", "probe")
NOT_A_PROBE: Final = "none"
_ORDER: Final = tuple(level for levels in LEVELS.values() for level in levels)
_ORDERS: Final = {"probe": (NOT_A_PROBE, *PROBES)}
"""The order of the values of a column, if it is not that of the levels."""
LONGEST_NAME: Final = 200
"""Most characters of a model's name that are shown."""
_FIRST_CODE: Final = ord("0")


def listing(benchmark: Benchmark, catalogue: Catalogue, runs: Sequence[Run]) -> dict[str, Any]:
    """The list as JSON, about 60 bytes per question with three runs of five epochs.

    Returns:
        A mapping with these keys, among others:

        - items: ids, numbers of questions, and each column of OF_ITEM as {"values", "codes"}, where codes are
          indices into values (-1: none).
        - questions: ids by rank, and each column of OF_QUESTION as {"values", "codes"}, where codes has one
          character per question ("0" for the first value).
        - runs: the outcomes of each as one string in LETTERS, with the epochs of a question side by side, and
          the ranks of its questions with a reply that was cut.
    """
    firsts = catalogue.table.take(pa.array(catalogue.starts[:-1]))
    named = ("structure_a", "structure_b", "condition", "text")
    names = structure_names(firsts.select(named).to_pylist())
    items: dict[str, Any] = {name: _encoded(firsts[name].to_pylist(), names) for name in OF_ITEM}
    levels = {name: catalogue.table[name].to_pylist() for name in OF_QUESTION}
    levels["probe"] = [probe or NOT_A_PROBE for probe in levels["probe"]]
    columns = {name: _encoded(values, {}, _ORDERS.get(name, _ORDER)) for name, values in levels.items()}
    questions = {
        name: {"values": column["values"], "codes": "".join(chr(_FIRST_CODE + c) for c in column["codes"])}
        for name, column in columns.items()
    }
    return {
        "benchmark": {
            "name": visible(benchmark.root.resolve().name),
            "hash": benchmark.content_hash,
            "version": __version__,
        },
        "letters": {letter: outcome for outcome, letter in LETTERS.items()},
        "items": {"id": list(catalogue.item_ids), "count": np.diff(catalogue.starts).tolist(), **items},
        "questions": {"id": catalogue.question_ids.to_pylist(), **questions},
        "runs": [_run(run, name) for run, name in zip(runs, _short_ids(runs), strict=True)],
    }


def _encoded(
    values: Sequence[str | None], names: dict[str, str], order: Sequence[str] = _ORDER
) -> dict[str, Any]:
    """Values as indices into the distinct values, sorted in the order of the design, then alphabetically."""
    known = sorted({value for value in values if value is not None}, key=lambda value: _rank(value, order))
    code = {value: number for number, value in enumerate(known)}
    shown: Iterable[str] = (names.get(value, value) for value in known)
    return {
        "values": [visible(value) for value in shown],
        "codes": [-1 if value is None else code[value] for value in values],
    }


def _rank(value: str, order: Sequence[str]) -> tuple[int, str]:
    return (order.index(value) if value in order else len(order), value)


def _short_ids(runs: Sequence[Run]) -> list[str]:
    """The first characters of each run's id, with a number appended if a run occurs in two files."""
    names: list[str] = []
    for run in runs:
        short = visible(run.run_id)[:12] or "run"
        twins = sum(name.partition("~")[0] == short for name in names)
        names.append(f"{short}~{twins + 1}" if twins else short)
    return names


def _run(run: Run, name: str) -> dict[str, Any]:
    return {
        "id": name,
        "model": visible(run.model[:LONGEST_NAME]),
        "decoding": visible(run.decoding),
        "epochs": run.epochs,
        "outcomes": run.outcomes.tobytes().decode("ascii"),
        "cut": run.cut.tolist(),
        "rules": [
            {
                "name": visible(name[:LONGEST_NAME]),
                "about": RULES[name].description if name in RULES else "",
                "questions": ranks.tolist(),
            }
            for name, ranks in run.rules.items()
        ],
        "contradictions": [
            {"name": kind, "questions": ranks.tolist()} for kind, ranks in run.contradictions.items()
        ],
    }
