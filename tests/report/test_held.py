"""A report of runs that recorded what they held likely: tables, figure and findings in every format."""

import math
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from misground.analysis.planned import planned
from misground.analysis.results import read_runs
from misground.report.findings import findings
from misground.report.write import write_report


def scored(row: dict[str, Any], right: float) -> list[dict[str, Any]]:
    """The entries of the options, of which the right one has this probability."""
    rest = (1 - right) / (len(row["options"]) - 1)
    likely = [right if option == row["answer"] else rest for option in row["options"]]
    return [
        {"option": option, "tokens": 2, "raw": math.log(p), "normalised": math.log(p) / 2}
        for option, p in zip(row["options"], likely, strict=True)
    ]


@pytest.fixture(scope="module")
def results(folders: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first run: it holds the right option likely where it is correct, and where it gives no answer."""
    table = pq.read_table(folders[0] / "results.parquet")
    rows = table.to_pylist()
    for number, row in enumerate(rows):
        if row["outcome"] == "wrong" and number % 7 == 0:
            row["outcome"] = "no_answer"
        if row["outcome"] != "error":
            row["option_logprobs"] = scored(row, 0.8 if row["outcome"] in ("correct", "no_answer") else 0.1)
    path = tmp_path_factory.mktemp("held") / "results.parquet"
    pq.write_table(pa.Table.from_pylist(rows, table.schema), path)
    return path


def test_tables_figure_and_bins_are_files_and_on_the_page(results: Path, tmp_path: Path) -> None:
    written = write_report(read_runs([results]), tmp_path / "report", ("html", "md"))
    tables = tmp_path / "report" / "tables"
    held = pl.read_csv(tables / "held.csv")
    assert held["share"].sum() == pytest.approx(1)
    assert dict(zip(held["said"], held["held"], strict=True)) == {
        "correct": "right", "wrong": "wrong", "no_answer": "right",
    }  # fmt: skip
    calibration = pl.read_csv(tables / "calibration.csv").filter(pl.col("cell") == "all").row(0, named=True)
    bins = pl.read_csv(tables / "reliability.csv").filter(pl.col("cell") == "all")
    assert bins["n"].sum() == calibration["n"]
    assert len(bins) == calibration["bins"] == 10
    gaps = (bins["confidence"] - bins["right"]).abs()
    assert calibration["calibration_error"] == pytest.approx((gaps * bins["n"]).sum() / calibration["n"])
    assert calibration["calibration_error_low"] < calibration["calibration_error"]
    assert (tmp_path / "report" / "figures" / "reliability.svg").is_file()
    for page in written.pages:
        text = page.read_text(encoding="utf-8")
        assert "Said and held likely" in text
        assert "Calibration" in text
        assert "Reliability curve" in text


def test_what_is_lost_in_wording_is_told_from_what_is_lost_in_belief(results: Path) -> None:
    runs = read_runs([results])
    found = findings(runs, planned(runs))
    assert len(found) <= 8
    said = " ".join(one.text for one in found)
    name = runs[0].name
    assert f"where {name} gives no answer, it holds the right option most likely in 100.0%" in said
    assert f"where {name} answers wrongly, it holds the right option most likely in 0.0%" in said
