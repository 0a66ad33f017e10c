"""Results files of made-up runs whose effects are known."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

pytest.importorskip("polars")
pytest.importorskip("altair")

from misground.analysis.results import Run, read_runs
from misground.anatomy.directions import anatomical_words, colloquial_words
from misground.records.schemas import RESULTS

Row = dict[str, Any]
Effect = Callable[[Row], float]
SCREEN = {"x": "column", "y": "row", "z": "frame"}


def question(number: int = 0, **columns: Any) -> Row:
    """One question with the picture; what is given replaces what is here."""
    axis, terms = columns.get("axis", "z"), columns.get("terms", "anatomical")
    words = colloquial_words(SCREEN[axis or "z"]) if terms == "colloquial" else anatomical_words(axis or "z")
    return {
        "question_id": f"q{number}",
        "item_id": f"i{number}",
        "case_id": "case-0",
        "modality": "ct",
        "dimension": "3d",
        "plane": "axial",
        "task": "in_plane",
        "axis": "z",
        "structure_a": "liver",
        "structure_b": "spleen",
        "coordinates": "viewing",
        "prompt": "none",
        "terms": "anatomical",
        "condition": "image",
        "answer": words[1],
        "options": [words[1], words[-1]],
        "outcome": "correct",
        "epoch": 1,
        **columns,
    }


def crossed(items: int, structures: list[str], seed: int = 0) -> Iterator[Row]:
    """Items with their 24 questions, four items a case; every third has two of slice_direction besides."""
    random, number = np.random.default_rng(seed), 0
    for item in range(items):
        one, two = random.choice(len(structures), 2, replace=False)
        knee = item % 4 == 0
        facts = {
            "item_id": f"i{item}",
            "case_id": f"c{item // 4}",
            "modality": "mri" if knee else "ct",
            "dimension": ("2d", "3d")[item % 2],
            "plane": ("axial", "coronal", "sagittal")[item % 3],
            "task": "cross_slice" if item % 4 == 3 else "in_plane",
            "axis": "xyz"[item % 3],
            "structure_a": structures[one],
            "structure_b": structures[two],
        }
        sign = int(random.choice([-1, 1]))
        prompts = ["none", "mask", "box", "point"]
        image = product(["storage", "viewing"], prompts, ["anatomical", "colloquial"], ["image"])
        text = [("viewing", "none", terms, "text_only") for terms in ("anatomical", "colloquial")]
        blank = product(["storage", "viewing"], prompts[1:], ["colloquial"], ["blank"])
        for coordinates, prompt, terms, condition in (*image, *text, *blank):
            words = (
                anatomical_words(facts["axis"], "right" if knee else None)
                if terms == "anatomical"
                else colloquial_words(SCREEN[facts["axis"]])
            )
            levels = {"coordinates": coordinates, "prompt": prompt, "terms": terms, "condition": condition}
            yield question(number, **facts, **levels, answer=words[sign], options=list(words.values()))
            number += 1
        if item % 3 == 0:
            for coordinates in ("storage", "viewing"):
                asked = {
                    **facts, "item_id": f"s{item}", "task": "slice_direction", "axis": None,
                    "structure_a": None, "structure_b": None, "coordinates": coordinates, "dimension": "3d",
                }  # fmt: skip
                yield question(
                    number, **asked, answer=facts["plane"], options=["axial", "coronal", "sagittal"]
                )
                number += 1


def answered(
    questions: Iterable[Row],
    right: Effect,
    *,
    seed: int = 0,
    epochs: int = 1,
    no_answer: float = 0.0,
    refused: float = 0.0,
    error: float = 0.0,
    steps: tuple[int, int, int, int] | None = None,
) -> list[Row]:
    """A reply to each question and epoch, right with the probability that `right` gives."""
    random, rows = np.random.default_rng(seed), []
    for asked, epoch in product(questions, range(1, epochs + 1)):
        chances = [error, refused, no_answer]
        drawn = int(np.searchsorted(np.cumsum(chances), random.random(), side="right"))
        outcome = ("error", "refused", "no_answer", "")[drawn]
        if not outcome:
            outcome = "correct" if random.random() < right(asked) else "wrong"
        wrong = [word for word in asked["options"] if word != asked["answer"]]
        said = {"correct": asked["answer"], "wrong": wrong[0]}.get(outcome)
        counts = dict(zip(("steps", "fired", "deferred", "flipped"), steps, strict=True)) if steps else {}
        rows.append({**asked, "epoch": epoch, "outcome": outcome, "extracted": said, **counts})
    return rows


def read(
    folder: Path,
    rows: list[Row],
    model: str = "hf/model",
    parameters: int | None = None,
    decoding: str = "default",
) -> Run:
    """The run of these rows, written as a results file and read back."""
    folder.mkdir(parents=True, exist_ok=True)
    number = len(list(folder.iterdir()))
    path = folder / f"{number}.parquet"
    same = {
        "run_id": f"{number:08d}", "benchmark_hash": "b", "model": model, "model_parameters": parameters,
        "decoding": decoding, "decoding_settings": "{}",
    }  # fmt: skip
    pq.write_table(pa.Table.from_pylist([{**row, **same} for row in rows], schema=RESULTS), path)
    return read_runs([path])[0]


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Run]:
    """make(rows, model=..., parameters=..., decoding=...): a run."""
    return lambda rows, **run: read(tmp_path / "runs", rows, **run)


@pytest.fixture(scope="session")
def pair_of_runs(tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    """Semantic sampling and the plain sampler of one model: picture 0.8 and 0.6, else 0.5."""
    structures = ["liver", "spleen", "kidney_left", "aorta", "femur", "tibia"]
    asked = list(crossed(12, structures))
    folder = tmp_path_factory.mktemp("pair")

    def right(at: float) -> Effect:
        return lambda row: at if row["condition"] == "image" else 0.5

    mild = {"no_answer": 0.04, "refused": 0.02, "error": 0.03}
    plain = answered(asked, right(0.6), seed=1, epochs=2, **mild)
    semantic = answered(asked, right(0.8), seed=2, epochs=2, steps=(10, 7, 2, 1), **mild)
    runs = [
        read(folder, plain, "hf/grounder-7b", 7_600_000_000),
        read(folder, semantic, "hf/grounder-7b", 7_600_000_000, "semantic"),
    ]
    return [replace(run, name=f"grounder-7b ({run.decoding})") for run in runs]
