"""What baselines answer to probes, and how to ask only some of them."""

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from misground.analysis.results import read_runs
from misground.benchmark.load import open_benchmark
from misground.errors import UsageError
from misground.evaluation.benchmark_votes import read_votes
from misground.evaluation.one_mark import one_mark_reply
from misground.evaluation.selection import filtered, parse_filter
from misground.prior.positions import shipped_positions
from misground.prior.reply import reply
from misground.prior.votes import count_votes

ABOUT_B = "In the patient's frame, what is the position of the urinary bladder relative to the liver?"


def question(**changes: Any) -> dict[str, Any]:
    row = {
        "case_id": "asked", "modality": "ct", "plane": "coronal", "dimension": "2d", "task": "in_plane",
        "axis": "z", "structure_a": "liver", "structure_b": "urinary_bladder", "terms": "anatomical",
        "condition": "image", "coordinates": "viewing", "prompt": "none", "probe": None,
        "text": "In the patient's frame, what is the position of the liver relative to the urinary bladder?",
        "options": ["inferior", "superior"],
    }  # fmt: skip
    return row | changes


NAMING = question(
    task="naming", axis=None, probe="naming", prompt="mask", text="Which structure is marked A?",
    options=["urinary bladder", "liver"],
)  # fmt: skip


def test_the_prior_answers_a_reversed_question_with_the_other_word() -> None:
    for votes in (None, count_votes([{**question(), "case_id": "other", "answer": "superior"}])):
        positions = {} if votes else shipped_positions()
        assert reply(question(), 0, votes, positions).option == "superior"
        said = reply(question(probe="reversed", text=ABOUT_B), 0, votes, positions)
        assert said.option == "inferior"
        assert "urinary bladder lies" in said.grounds


def test_the_prior_takes_a_mirrored_picture_for_a_plain_one() -> None:
    shown = {"terms": "colloquial", "options": ["above", "below"]}
    plain, mirrored = (
        reply(question(**shown, probe=probe), 0, None, shipped_positions()) for probe in (None, "mirrored")
    )
    assert plain == mirrored
    assert plain.option == "above"


def test_a_coin_names_what_the_prior_and_one_mark_cannot() -> None:
    view = {
        "slices": [1],
        "width": 9,
        "height": 9,
        "marks": [{"label": "A", "frame": 0, "box": [0, 0, 2, 2]}],
    }
    for answer in (
        lambda seed: reply(NAMING, seed, None, shipped_positions()),
        lambda seed: one_mark_reply(NAMING, view, seed),
    ):
        assert {answer(seed).option for seed in range(20)} == {"liver", "urinary bladder"}
        assert answer(3) == answer(3)
        assert "coin" in answer(0).grounds


def test_a_filter_asks_some_probes_or_none() -> None:
    rows = [question(question_id=str(n), probe=probe) for n, probe in enumerate([None, "naming", "mirrored"])]
    for text, ids in (("naming", "1"), ("none", "0"), ("none|mirrored", "02")):
        kept = filtered(rows, parse_filter([f"probe={text}"]))
        assert "".join(row["question_id"] for row in kept) == ids
    with pytest.raises(UsageError, match="has probe=reversed, expected one of mirrored, naming, none"):
        filtered(rows, parse_filter(["probe=reversed"]))


@pytest.fixture(scope="module")
def probed(once: Any, misground: Any) -> Path:
    def make(out: Path) -> None:
        few = ("--max-questions", 50, "--probes", "all", "--no-shortcuts")
        made = misground("build", "phantom:knee?n=1", *few, "-o", out)
        assert made.returncode == 0, made.stderr

    return once("probed-knee", make)


@pytest.mark.slow
def test_the_oracle_is_right_on_every_probe(probed: Path, misground: Any, tmp_path: Path) -> None:
    done = misground("eval", probed, "--model", "misground/oracle", "--log-dir", tmp_path, "--workers", 1)
    assert done.returncode == 0, done.stderr
    rows = pq.read_table(tmp_path / "results.parquet").to_pylist()
    asked = open_benchmark(probed).questions().to_pylist()
    known, found = ({row["question_id"]: row["probe"] for row in some} for some in (asked, rows))
    assert found == known
    assert {row["probe"] for row in rows} == {None, "naming", "reversed", "reordered", "mirrored"}
    assert {row["outcome"] for row in rows} == {"correct"}
    (run,) = read_runs([tmp_path])
    assert len(run.questions) + len(run.probes) == len(rows)
    assert set(run.probes["probe"]) == {"naming", "reversed", "reordered", "mirrored"}


@pytest.mark.slow
def test_reversed_answers_are_no_votes(probed: Path) -> None:
    benchmark = open_benchmark(probed)
    rows = benchmark.questions().to_pylist()
    own = [
        row for row in rows
        if row["probe"] is None and row["structure_b"] and row["terms"] == "anatomical"
    ]  # fmt: skip
    assert own
    assert read_votes(benchmark) == count_votes(own)


@pytest.mark.slow
def test_a_bad_name_is_refused_before_anything_is_written(misground: Any, tmp_path: Path) -> None:
    done = misground("build", "phantom:knee?n=1", "--probes", "naming,mirror", "-o", tmp_path / "out")
    assert done.returncode == 2
    assert (
        "--probes names 'mirror', expected all, or some of naming, reversed, reordered, mirrored"
        in done.stderr
    )
    assert not (tmp_path / "out").exists()
