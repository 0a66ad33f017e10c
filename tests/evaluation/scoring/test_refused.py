"""Files that are not replies to this benchmark, or are made to do harm: one line each."""

import json
import pickle
import struct
import zipfile
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from misground.benchmark.load import open_benchmark


@pytest.fixture(scope="module")
def question(mini: Path) -> dict[str, Any]:
    return open_benchmark(mini).questions().to_pylist()[0]


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("a.jsonl", b"", "is empty, expected a file of replies"),
        ("a.jsonl", b"\n \n", "is empty"),
        ("a.jsonl", b'{"question_id": "x", "completion": "y"\n', "line 1: not valid JSON"),
        ("a.jsonl", b'{"question_id": "x", "completion": "y"}\n[1]\n', "line 2: contains a JSON list"),
        ("a.jsonl", b'{"question_id": "x", "text": "y"}', "expected question_id and completion"),
        ("a.jsonl", b'{"question_id": 5, "completion": "y"}', "question_id is 5, expected the id"),
        (
            "a.jsonl",
            b'{"question_id": "x", "completion": {"a": 1}}',
            "completion is {'a': 1}, expected a text",
        ),
        ("a.jsonl", b'{"question_id": "x", "completion": "y", "epoch": 0}', "epoch is 0, expected a whole"),
        ("a.jsonl", b'{"question_id": "x", "completion": "y", "epoch": 1e999}', "finite numbers"),
        ("a.jsonl", b'{"question_id": "x", "completion": "y", "epoch": true}', "epoch is True"),
        ("a.jsonl", b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nested too deeply"),
        ("a.jsonl", b'{"question_id": "x", "completion": "\xff"}', "not valid JSON"),
        ("a.json", b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
        ("a.json", b"[]", "has no row with a reply"),
        ("a.json", b'{"version": 2,\n "eval": 5}', "line 1: not valid JSON"),
        ("a.json", b'{\n "version": 2, "eval": {}\n}', "cannot be read as a log of inspect_ai"),
        ("a.csv", b"question_id,completion\n", "has no row with a reply"),
        ("a.csv", b"question_id,completion\nx,y,z\n", "row 2: 3 cells, expected 2"),
        ("a.csv", b"question_id,question_id\nx,y\n", "two columns are called 'question_id'"),
        ("a.csv", b'question_id,completion\nx,"y', "cannot be read as a table"),
        ("a.csv", b"question_id,completion\nx,\xff\xfe\n", "is not UTF-8 text (byte 0xff)"),
        ("a.csv", "question_id,completion\nx,y\n".encode("utf-16"), "neither text nor a known kind of file"),
        ("a.bin", bytes(1000), "neither text nor a known kind of file"),
        ("a.xlsx", b"PK\x03\x04" + bytes(100), "cannot be read as a zip file"),
        ("a.parquet", b"PAR1" + bytes(100), "cannot be read as results"),
        ("m_supp.pkl", pickle.dumps({0: "A"}), "is a pickle, which may run code when it is read"),
        ("m.pkl", b"(dp0\nI0\nVA\nps.", "is a pickle"),
    ],
)
def test_a_file_that_is_no_replies_is_one_line(
    refused: Any, tmp_path: Path, name: str, content: bytes, what: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert what in refused(path)


def test_a_zip_of_another_kind_and_one_that_claims_gigabytes_are_refused(
    refused: Any, tmp_path: Path
) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("a.txt", "text")
    assert "is a zip file of an unknown kind" in refused(path)
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("[Content_Types].xml", "text")
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 4_000_000_000)
    path.write_bytes(data)
    assert "a part of 4,000,000,000 bytes, expected at most 512 MiB" in refused(path)


def test_a_spreadsheet_whose_parts_are_damaged_is_one_line(refused: Any, tmp_path: Path) -> None:
    pytest.importorskip("openpyxl")
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("[Content_Types].xml", "<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;")
    assert "cannot be read as a spreadsheet" in refused(path)


def test_replies_to_other_questions_only_are_refused(refused: Any, lines: Any, question: Any) -> None:
    line = refused(lines([{"question_id": "elsewhere", "completion": "A"}]))
    assert "none of the 1 replies is to a question of" in line
    assert f"(found 'elsewhere', expected ids such as {question['question_id']})" in line


def test_unknown_missing_and_double_ids_are_told(score: Any, lines: Any, question: Any, mini: Path) -> None:
    mine = {"question_id": question["question_id"], "completion": f"Answer: {question['answer']}"}
    given = [mine, {**mine, "completion": "Answer: no"}, {"question_id": "elsewhere", "completion": "A"}]
    rows, out = score(lines(given))
    assert [row["outcome"] for row in rows] == ["correct"]
    total = open_benchmark(mini).questions().num_rows
    assert "1 replies are to questions that the benchmark lacks (elsewhere): left out" in out
    assert f"1 replies repeat a question and epoch ({question['question_id']} epoch 1)" in out
    assert f"{total - 1:,} of {total:,} questions have no reply" in out


def test_missing_epochs_are_told_and_the_run_is_incomplete(
    score: Any, lines: Any, replies: Any, tmp_path: Path
) -> None:
    rows = [{name: row[name] for name in ("question_id", "completion", "epoch")} for row in replies]
    found, out = score(lines(rows[:-1]))
    assert len(found) == len(rows) - 1
    assert "1 replies are missing: not every question has 2 epochs" in out
    record = json.loads((tmp_path / "scored" / "run.json").read_text(encoding="utf-8"))
    assert (record["status"], record["replies"]["missing_epochs"]) == ("incomplete", 1)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"text": "Where is it?"}, "text 'Where is it?'"),
        ({"options": ["left", "up"]}, "options ['left', 'up']"),
        ({"answer": "nowhere"}, "answer 'nowhere'"),
    ],
)
def test_an_altered_question_is_refused(
    refused: Any, lines: Any, question: Any, change: dict[str, Any], what: str
) -> None:
    told = {name: question[name] for name in ("question_id", "text", "options", "answer")}
    given = {**told, "completion": "A", **change}
    line = refused(lines([{**told, "completion": "A"}, given]))
    assert f"line 2 asks another question than the benchmark's {question['question_id']} ({what}" in line


def test_options_in_another_order_are_another_question(refused: Any, lines: Any, question: Any) -> None:
    given = {"question_id": question["question_id"], "completion": "A", "options": question["options"][::-1]}
    assert "asks another question" in refused(lines([given]))


def test_a_prompt_of_another_question_is_refused(refused: Any, lines: Any, question: Any) -> None:
    given = {
        "doc_id": 0, "target": question["answer"], "filtered_resps": "A", "input": "Where is the heart?",
        "misground_accuracy": {"question_id": question["question_id"]},
    }  # fmt: skip
    assert "a prompt without the text" in refused(lines([given]))


def test_a_run_on_another_benchmark_is_refused(refused: Any, run: Path, tmp_path: Path) -> None:
    path = tmp_path / "results.parquet"
    table = pq.read_table(run / "results.parquet")
    at = table.schema.get_field_index("benchmark_hash")
    column = pq.read_table(run / "results.parquet")["question_id"]
    pq.write_table(table.set_column(at, "benchmark_hash", [["f" * 64] * len(column)]), path)
    assert ": replies to the benchmark ffffffffffff, and" in refused(path)


def test_a_row_that_names_another_benchmark_is_refused(refused: Any, lines: Any, question: Any) -> None:
    given = {"question_id": question["question_id"], "completion": "A", "benchmark_hash": "e" * 64}
    assert "line 1: replies to the benchmark eeeeeeeeeeee, and" in refused(lines([given]))


def test_replies_of_an_unnamed_model_are_refused(refused: Any, lines: Any, question: Any) -> None:
    path = lines([{"question_id": question["question_id"], "completion": "A"}])
    assert "name it with --model" in refused(path, arguments=())


def test_what_does_not_exist_is_refused(refused: Any, tmp_path: Path) -> None:
    assert "does not exist, expected a file of replies" in refused(tmp_path / "none.jsonl")
    (tmp_path / "folder").mkdir()
    assert "has no results.parquet and no log of inspect_ai" in refused(tmp_path / "folder")


def test_a_folder_with_other_files_is_refused_and_one_of_ours_replaced(
    told: Any, score: Any, lines: Any, question: Any, mini: Path, tmp_path: Path
) -> None:
    path = lines([{"question_id": question["question_id"], "completion": "A"}])
    score(path, to="ours")
    rows, _ = score(path, to="ours", model="lab/other")
    assert rows[0]["model"] == "lab/other"
    (tmp_path / "ours" / "notes.txt").write_text("mine", encoding="utf-8")
    status, _, err = told("score", mini, path, "--model", "m", "-o", tmp_path / "ours")
    assert status == 2
    assert "notes.txt is not ours, so name another with -o" in err
    assert (tmp_path / "ours" / "notes.txt").read_text(encoding="utf-8") == "mine"
    status, _, err = told("score", mini, path, "--model", "m", "-o", mini / "views")
    assert status == 2
    assert "is inside the benchmark folder" in err


def test_odd_text_in_a_reply_is_kept_as_far_as_it_is_text(score: Any, tmp_path: Path, question: Any) -> None:
    path = tmp_path / "a.jsonl"
    said = f"nul \\u0000 half \\ud83d bell \\u0007\\nAnswer: {question['answer']}"
    path.write_text(
        f'{{"question_id": "{question["question_id"]}", "completion": "{said}"}}', encoding="utf-8"
    )
    rows, _ = score(path)
    assert rows[0]["outcome"] == "correct"
    assert "\x00" in rows[0]["completion"]
    assert "\ud83d" not in rows[0]["completion"]
