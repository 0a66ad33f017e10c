"""The benchmarks' straightforward baseline finds the relations that misground finds, and draws the same."""

import io
import runpy
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow.dataset as ds
import pytest
from PIL import Image

from misground.anatomy import AXES
from misground.questions import measure_case
from misground.questions.candidates import certain_relations
from misground.sources.totalsegmentator import list_totalsegmentator
from misground.volumes import load_case

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
DATASET = SimpleNamespace(**runpy.run_path(str(BENCHMARKS / "make_dataset.py")))
BASELINE = SimpleNamespace(**runpy.run_path(str(BENCHMARKS / "baseline.py")))
Once = Callable[[str, Callable[[Path], None]], Path]


@pytest.fixture(scope="module")
def tidy(once: Once) -> Path:
    """Four phantoms in four axis orders."""
    settings = DATASET.Settings(size="small", tidy=True)
    return once("baseline-source", lambda folder: DATASET.make(folder, (0, 9, 21, 46), settings))


@pytest.fixture(scope="module")
def built(once: Once, tidy: Path, misground) -> Path:
    def build(out: Path) -> None:
        source = f"totalsegmentator:{tidy}"
        ran = misground("build", source, "-o", out, "--max-questions", "76", "--workers", "1")
        assert ran.returncode == 0, ran.stdout + ran.stderr

    return once("baseline-built", build)


@pytest.fixture(scope="module")
def drawn(tidy: Path, built: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list]:
    """Where the baseline's pictures lie, and its results."""
    out = tmp_path_factory.mktemp("baseline")
    return out, BASELINE.run(tidy, built, out, BASELINE.case_ids_of(built))


def rows(folder: Path, *columns: str) -> list[dict]:
    table = ds.dataset(sorted(folder.glob("*.parquet")))
    return table.to_table(columns=list(columns) or None).to_pylist()


def test_relations_are_misgrounds_own(tidy: Path, drawn: tuple[Path, list]) -> None:
    refs = {ref.case_id: ref for ref in list_totalsegmentator(tidy, {}).refs}
    results = drawn[1]
    assert [result.case_id for result in results] == sorted(refs)
    for result in results:
        case = load_case(refs[result.case_id])
        assert result.keys == [structure.key for structure in case.structures]
        ours = certain_relations(case, measure_case(case))
        theirs = result.relations
        assert np.count_nonzero(theirs.sign) > 1000
        for i, axis in enumerate(AXES):
            np.testing.assert_array_equal(theirs.sign[i], ours[axis].sign)
            np.testing.assert_allclose(theirs.p_a_greater[i], ours[axis].p_a_greater, rtol=0, atol=1e-12)
            np.testing.assert_allclose(theirs.delta_mm[i], ours[axis].delta_mm, rtol=0, atol=1e-9)


def test_evidence_of_stacks_is_the_baselines(built: Path, drawn: tuple[Path, list]) -> None:
    results = {result.case_id: result for result in drawn[1]}
    asked = [q for q in rows(built / "questions") if q["dimension"] == "3d" and q["structure_b"]]
    assert asked
    for question in asked:
        found = results[question["case_id"]]
        a, b = (found.keys.index(question[f"structure_{side}"]) for side in "ab")
        at = AXES.index(question["axis"]), a, b
        evidence = question["evidence"]
        assert found.relations.sign[at] == np.sign(evidence["delta_mm"])
        assert found.relations.p_a_greater[at] == pytest.approx(evidence["p_a_greater"], rel=0, abs=1e-12)
        assert found.relations.delta_mm[at] == pytest.approx(evidence["delta_mm"], rel=0, abs=1e-9)


def test_every_picture_is_drawn_and_alike(built: Path, drawn: tuple[Path, list]) -> None:
    out, results = drawn
    views = rows(built / "views", "view_id", "case_id", "prompt", "blank", "frames")
    assert sum(result.views for result in results) == len(views)
    assert len(list(out.glob("*/*.png"))) == sum(len(view["frames"]) for view in views)
    for view in views:
        frame = len(view["frames"]) // 2
        ours = Image.open(io.BytesIO(view["frames"][frame]["bytes"])).convert("RGB")
        theirs = Image.open(out / view["case_id"] / f"{view['view_id']}_{frame}.png")
        difference = np.abs(np.asarray(ours, np.int16) - np.asarray(theirs, np.int16)).mean()
        # An empty window, another orientation or a missing mark differs by far more than styles do.
        assert difference < (0.1 if view["prompt"] == "none" else 3)


def test_questions_are_written_as_they_are(built: Path, drawn: tuple[Path, list]) -> None:
    written = [len(path.read_text().splitlines()) for path in sorted(drawn[0].glob("*/questions.jsonl"))]
    assert sum(written) == len(rows(built / "questions", "question_id"))
