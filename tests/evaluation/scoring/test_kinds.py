"""Every kind of file gives the rows that `misground eval` wrote for the same replies."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from misground.benchmark.export import export

NAMES = ("question_id", "completion", "epoch")


def test_json_lines_give_the_rows_of_eval(
    score: Any, lines: Any, replies: Any, same: Any, tmp_path: Path
) -> None:
    rows, out = score(lines([{name: row[name] for name in NAMES} for row in replies]))
    same(rows, replies)
    assert [row["model"] for row in rows] == ["lab/m"] * len(replies)
    assert [row["rule"] for row in rows] == [row["rule"] for row in replies]
    assert [row["span"] for row in rows] == [row["span"] for row in replies]
    record = json.loads((tmp_path / "scored" / "run.json").read_text(encoding="utf-8"))
    (source,) = record["replies"]["from"]
    assert (source["file"], source["kind"]) == ("replies.jsonl", "replies")
    assert len(source["sha256"]) == 64
    assert len(record["readers"]) == 1
    assert "truncated" not in record  # the file does not tell
    assert "questions have no reply" in out


def test_the_order_of_the_file_does_not_matter_and_several_files_are_one_run(
    score: Any, lines: Any, replies: Any, same: Any
) -> None:
    shuffled = [{name: row[name] for name in NAMES} for row in reversed(replies)]
    rows, _ = score(lines(shuffled[:50], "a.jsonl"), lines(shuffled[50:], "b.jsonl"))
    same(rows, replies)


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_a_table_of_text_gives_the_rows_of_eval(
    score: Any, replies: Any, same: Any, tmp_path: Path, delimiter: str
) -> None:
    path = tmp_path / "replies.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file, delimiter=delimiter)
        table.writerow(NAMES)
        table.writerows([row[name] for name in NAMES] for row in replies)
    same(score(path)[0], replies)


def test_a_reply_that_was_cut_withheld_or_never_made_is_recorded_as_eval_would(
    score: Any, lines: Any, replies: Any
) -> None:
    ids = [row["question_id"] for row in replies[::2]]
    cut = {"completion": f"It may be {replies[0]['answer']}", "finish_reason": "length"}
    given = [
        {"question_id": ids[0], **cut},
        {"question_id": ids[1], "completion": "", "stop_reason": "content_filter"},
        {"question_id": ids[2], "completion": None, "error_reason": "timeout"},
        {
            "question_id": ids[3],
            "completion": replies[6]["completion"],
            "truncated": False,
            "input_tokens": 7,
        },
    ]
    rows, out = score(lines(given))
    assert [row["outcome"] for row in rows] == ["no_answer", "refused", "error", replies[6]["outcome"]]
    assert (rows[0]["stop_reason"], rows[0]["truncated"]) == ("max_tokens", True)
    assert (rows[2]["error_reason"], rows[2]["completion"]) == ("timeout", None)
    assert (rows[3]["truncated"], rows[3]["input_tokens"]) == (False, 7)
    assert "error x 1: timeout" in out


@pytest.fixture(scope="module")
def kit(mini: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The files of our VLMEvalKit export."""
    out = tmp_path_factory.mktemp("kit") / "tsv"
    export(mini, out, "vlmevalkit")
    return sorted(out.glob("*.tsv"))


def predicted(path: Path, said: Callable[[dict[str, Any], str], str]) -> pd.DataFrame:
    """The table that VLMEvalKit writes: said(row, letter) for the first epoch's answer, without pictures."""
    table = pd.read_csv(path, sep="\t")
    return table.drop(columns=[name for name in ("image",) if name in table]).assign(
        prediction=[said(row, "") for row in table.to_dict("records")]
    )


def write(table: pd.DataFrame, path: Path) -> Path:
    """As VLMEvalKit's `dump` writes it."""
    if path.suffix == ".xlsx":
        openpyxl = pytest.importorskip("openpyxl")
        book = openpyxl.Workbook()
        rows = table.astype(object).where(table.notna(), None).values.tolist()
        for row in [list(table), *rows]:
            book.active.append(row)
        book.save(path)
    elif path.suffix == ".json":
        path.write_text(json.dumps(table.to_dict("records"), indent=4, ensure_ascii=False), encoding="utf-8")
    else:
        sep = "\t" if path.suffix == ".tsv" else ","
        table.to_csv(path, sep=sep, index=False, encoding="utf-8", quoting=csv.QUOTE_ALL)
    return path


FORMS = ("{letter}", "{letter}. {option}", "The answer is {letter}.", "Answer: {letter}", "{option}")


@pytest.mark.parametrize("suffix", [".xlsx", ".tsv", ".json", ".csv"])
@pytest.mark.parametrize("with_ids", [True, False])
def test_tables_of_vlmevalkit_give_the_rows_of_eval(
    score: Any, replies: Any, same: Any, kit: list[Path], tmp_path: Path, suffix: str, with_ids: bool
) -> None:
    first = {row["question_id"]: row["extracted"] for row in replies if row["epoch"] == 1}

    def said(row: dict[str, Any], _: str) -> str:
        option = first.get(row["question_id"])
        if option is None:
            return ""
        letter = next(letter for letter in "ABC" if row.get(letter) == option)
        return FORMS[row["index"] % len(FORMS)].format(letter=letter, option=option)

    paths = []
    for path in kit:
        table = predicted(path, said)
        table = table[table["question_id"].isin(first)]
        table = table if with_ids else table.drop(columns="question_id")
        if len(table):
            paths.append(write(table, tmp_path / f"m_{path.stem}{suffix}"))
    rows, _ = score(*paths)
    same(rows, [row for row in replies if row["epoch"] == 1])


def test_a_failed_call_of_vlmevalkit_is_an_error_and_an_empty_cell_is_told(
    score: Any, kit: list[Path], tmp_path: Path
) -> None:
    pytest.importorskip("openpyxl")
    table = predicted(kit[-1], lambda *_: "Failed to obtain answer via API.")
    table.loc[table.index[0], "prediction"] = None
    rows, out = score(write(table, tmp_path / "m.xlsx"))
    assert [row["outcome"] for row in rows] == ["no_answer"] + ["error"] * (len(table) - 1)
    assert "1 replies are empty; an .xlsx file loses replies of more than 32,767 characters" in out
    assert "Failed to obtain answer via API." in out


def test_a_formula_in_a_cell_is_never_run_and_a_reply_that_looks_like_one_is_read(
    score: Any, kit: list[Path], tmp_path: Path
) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    table = predicted(kit[-1], lambda *_: "A").head(2)
    path = write(table, tmp_path / "m.xlsx")
    book = openpyxl.load_workbook(path)
    at = list(table).index("prediction") + 1
    book.active.cell(2, at).value = '=HYPERLINK("http://127.0.0.1/")'
    book.save(path)
    rows, _ = score(path)
    assert rows[0]["completion"] == ""  # a formula has the value that its program saved, which is none
    assert rows[1]["extracted"] == rows[1]["options"][0]


@pytest.mark.parametrize("what", ["", "results.parquet", "log"])
def test_a_run_of_ours_is_read_from_its_folder_its_results_or_its_log(
    score: Any, run: Path, replies: Any, same: Any, what: str
) -> None:
    given = next(run.glob("*.eval")) if what == "log" else run / what
    rows, out = score(given, model=None)
    same(rows, replies, without=())
    assert {row["model"] for row in rows} == {"misground/random"}
    assert f"none of the {len(replies)} replies is read otherwise than before" in out
