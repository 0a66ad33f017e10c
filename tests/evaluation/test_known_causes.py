"""Models made by hand, whose gain has a known cause: asked by `eval`, explained by `report`."""

import sys
from pathlib import Path

import pytest

pytest.importorskip("inspect_ai")
pytest.importorskip("torch")
sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
from bench_arms import make, told

from misground.analysis.arms import arm_pairs
from misground.analysis.cells import estimate_of
from misground.analysis.explained import decoding
from misground.analysis.planned import planned
from misground.analysis.results import read_runs
from misground.analysis.shift import shift_rows
from misground.report.gain import credit, flipped_wins

ARMS = ("default", "greedy", "semantic", "identity", "shuffled", "random", "flipped")


@pytest.fixture(scope="module")
def benchmark(once, misground):
    def build(folder: Path) -> None:
        done = misground(
            "build", "phantom:torso?n=5", "phantom:knee?n=5", "--preset", "paper", "--max-questions", 960,
            "--no-shortcuts", "-o", folder / "benchmark",
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    return once("known-causes", build) / "benchmark"


def asked(misground, benchmark: Path, folder: Path, name: str):
    """The runs of all arms of a made model."""
    make(folder / name, benchmark, name)
    done = misground(
        "eval", benchmark, "--model", f"misground-hf/{folder / name}", "--filter", "condition=text_only",
        "--arms", ",".join(ARMS), "--epochs", 1, "--no-reasoning", "--max-tokens", 4, "--no-validate",
        "--log-dir", folder / "logs",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return read_runs([folder / "logs" / arm for arm in ARMS])


def accuracy(runs, arm: str) -> float:
    return next(estimate_of(run.questions).accuracy for run in runs if run.arm == arm)


def explained(runs):
    return credit(runs, planned(runs), shift_rows(arm_pairs(runs)))


def test_where_the_right_word_is_split_over_spellings_neighbours_are_credited(
    misground, benchmark, tmp_path
) -> None:
    runs = asked(misground, benchmark, tmp_path, "split")
    assert accuracy(runs, "semantic") - accuracy(runs, "greedy") > 0.25
    for control in ("identity", "shuffled", "random", "flipped"):
        assert accuracy(runs, control) == accuracy(runs, "greedy")
    (found,) = explained(runs)
    assert found.cause == "neighbours"
    assert found.text in told(runs)
    assert flipped_wins(runs, planned(runs)) == []
    assert len(decoding(runs).shifts) > 10


def test_where_the_wrong_word_is_split_over_spellings_subtracting_them_wins(
    misground, benchmark, tmp_path
) -> None:
    runs = asked(misground, benchmark, tmp_path, "crowded")
    assert accuracy(runs, "flipped") == 1.0
    assert accuracy(runs, "semantic") < accuracy(runs, "greedy") == accuracy(runs, "identity") < 1.0
    (found,) = explained(runs)
    assert found.cause == "harm"
    (said,) = flipped_wins(runs, planned(runs))
    assert said in told(runs)
