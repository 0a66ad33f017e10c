"""Results of runs that were never made, with known truth: python benchmarks/synthetic_results.py OUT

Writes for each of three runs OUT/NAME/results.parquet, and OUT/truth.json: by default as many questions
as the paper has, over 1,437 cases, five epochs. A reply is right with the probability

    base of its cell (task, terms, coordinates, prompt, condition) + gain of the run + effect of its case
    + effect of its item

the last two uniform around zero, so that the base plus the gain is the accuracy over all cases that there
could be. "small" decodes by default, "small-semantic" is the same model with a gain of 8 points, "null" is
another model that answers as "small" does.
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from misground.anatomy import structure_table
from misground.records.schemas import RESULTS

QUESTIONS = 33_864
CASES = 1_437
EPOCHS = 5
GAIN = 0.08
CASE_SPREAD = 0.08
ITEM_SPREAD = 0.06
RUNS = {"small": 0.0, "small-semantic": GAIN, "null": 0.0}
WORDS = {
    ("anatomical", "x"): ("left", "right"),
    ("anatomical", "y"): ("anterior", "posterior"),
    ("anatomical", "z"): ("superior", "inferior"),
    ("colloquial", "x"): ("left", "right"),
    ("colloquial", "y"): ("above", "below"),
    ("colloquial", "z"): ("earlier", "later"),
}
STRUCTURES = {
    kind: tuple(sorted(key for key, one in structure_table().structures.items() if one.benchmark == kind))
    for kind in ("ct", "mri")
}


def base(cell: dict[str, str]) -> float:
    """The accuracy of a cell: made up, with the signs that the paper reports."""
    found = {"slice_direction": 0.72, "in_plane": 0.6, "cross_slice": 0.56}[cell["task"]]
    if cell["task"] == "slice_direction":
        return found
    if cell["condition"] == "text_only":
        return found + (0.08 if cell["terms"] == "anatomical" else -0.12)
    if cell["condition"] == "blank":
        return found + 0.02
    viewing, anatomical = cell["coordinates"] == "viewing", cell["terms"] == "anatomical"
    found += 0.08 if viewing and anatomical else -0.06 if anatomical else 0.0
    if cell["prompt"] != "none":
        found += -0.06 if anatomical else 0.06
    return found


@dataclass(frozen=True)
class Made:
    """Questions with the chance that a run without a gain answers them right. rows: columns by name."""

    rows: dict[str, list[Any]]
    chance: np.ndarray
    cases: np.ndarray


def crossed() -> Iterator[dict[str, str]]:
    """The 24 questions of a relation item."""
    for coordinates, prompt, terms in product(
        ("storage", "viewing"), ("none", "mask", "box", "point"), ("anatomical", "colloquial")
    ):
        yield {"coordinates": coordinates, "prompt": prompt, "terms": terms, "condition": "image"}
    for terms in ("anatomical", "colloquial"):
        yield {"coordinates": "viewing", "prompt": "none", "terms": terms, "condition": "text_only"}
    for coordinates, prompt in product(("storage", "viewing"), ("mask", "box", "point")):
        yield {"coordinates": coordinates, "prompt": prompt, "terms": "colloquial", "condition": "blank"}


def make_questions(questions: int, cases: int, seed: int) -> Made:
    """About so many questions: whole items, a twelfth of them slice_direction, spread over the cases."""
    random = np.random.default_rng(seed)
    case_effect = random.uniform(-CASE_SPREAD, CASE_SPREAD, cases)
    rows: dict[str, list[Any]] = {}
    chance: list[float] = []
    owner: list[int] = []
    item = 0
    while len(chance) < questions:
        case = item % cases
        relation = item % 12 != 0
        axis, plane = "xyz"[item % 3], ("axial", "coronal", "sagittal")[item // 3 % 3]
        modality = "mri" if case % 7 == 0 else "ct"
        first, second = random.choice(STRUCTURES[modality], 2, replace=False).tolist()
        item_effect = random.uniform(-ITEM_SPREAD, ITEM_SPREAD)
        same = {
            "item_id": f"i{item:06}", "case_id": f"case{case:04}",
            "modality": modality,
            "dimension": "2d" if relation and item % 2 else "3d", "plane": plane,
            "task": "slice_direction" if not relation else "cross_slice" if item % 4 == 2 else "in_plane",
            "axis": axis if relation else None,
            "structure_a": first if relation else None,
            "structure_b": second if relation else None,
        }  # fmt: skip
        plain = {"prompt": "none", "terms": "anatomical", "condition": "image"}
        cells = crossed() if relation else ({**plain, "coordinates": name} for name in ("storage", "viewing"))
        for levels in cells:
            cell = {**same, **levels}
            options = list(WORDS[levels["terms"], axis]) if relation else ["axial", "coronal", "sagittal"]
            answer = options[item % 2] if relation else plane
            cell |= {"question_id": f"q{len(chance):06}", "options": options, "answer": answer}
            for name, value in cell.items():
                rows.setdefault(name, []).append(value)
            chance.append(base(cell) + case_effect[case] + item_effect)
            owner.append(case)
        item += 1
    return Made(rows, np.array(chance), np.array(owner))


def write_run(made: Made, name: str, gain: float, epochs: int, seed: int, to: Path) -> None:
    """The results of one run, a row group an epoch."""
    random = np.random.default_rng([seed, *name.encode()])
    count = len(made.chance)
    model = name.removesuffix("-semantic")
    semantic = name.endswith("-semantic")
    to.parent.mkdir(parents=True, exist_ok=True)
    with pq.ParquetWriter(to, RESULTS, compression="zstd") as writer:
        for epoch in range(1, epochs + 1):
            drawn = random.random(count)
            right = drawn < made.chance + gain
            silent = random.random(count) < 0.03
            kinds = np.where(right, "correct", np.where(silent, "no_answer", "wrong"))
            columns: dict[str, Any] = {**made.rows, "outcome": kinds.tolist()}
            others = [
                next(option for option in options if option != answer)
                for options, answer in zip(made.rows["options"], made.rows["answer"], strict=True)
            ]
            columns["extracted"] = [
                answer if kind == "correct" else other if kind == "wrong" else None
                for answer, other, kind in zip(made.rows["answer"], others, kinds, strict=True)
            ]
            columns["completion"] = [f"Because.\nAnswer: {said or '?'}" for said in columns["extracted"]]
            fixed = {
                "run_id": f"synthetic-{name}", "benchmark_hash": "synthetic", "model": f"synthetic/{model}",
                "model_parameters": {"small": 2_000_000_000, "null": 32_000_000_000}[model],
                "decoding": "semantic" if semantic else "default", "decoding_settings": "{}", "epoch": epoch,
                "steps": 60, "fired": 40 if semantic else None, "deferred": 20 if semantic else None,
                "flipped": 3 if semantic else None, "input_tokens": 400, "output_tokens": 60, "seconds": 0.5,
            }  # fmt: skip
            arrays = [
                pa.array(columns[field.name], field.type)
                if field.name in columns
                else pa.array([fixed.get(field.name)] * count, field.type)
                for field in RESULTS
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=RESULTS))


def write_all(out: Path, questions: int, cases: int, epochs: int, seed: int) -> list[Path]:
    """The three runs and the truth; the folders of the runs."""
    made = make_questions(questions, cases, seed)
    folders = []
    for name, gain in RUNS.items():
        write_run(made, name, gain, epochs, seed, out / name / "results.parquet")
        folders.append(out / name)
    truth = {"gain": RUNS, "overall": {name: float(made.chance.mean() + gain) for name, gain in RUNS.items()}}
    (out / "truth.json").write_text(json.dumps(truth, indent=2) + "\n")
    return folders


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--questions", type=int, default=QUESTIONS)
    parser.add_argument("--cases", type=int, default=CASES)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    for folder in write_all(args.out, args.questions, args.cases, args.epochs, args.seed):
        print(folder)


if __name__ == "__main__":
    main()
