"""The TSV files, read as VLMEvalKit's custom multiple-choice data sets read them: see `kit.py`.

`build_dataset` takes an unknown name for CustomMCQDataset where the file has the columns A and B and an
image, for CustomTextMCQDataset where it has none. Options are the columns A to Z that are not missing;
`answer` is one of the letters.
"""

import io
import re
import shutil
import string

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from misground.benchmark.export import export, vlmevalkit
from misground.benchmark.export.vlmevalkit import lettered_text
from misground.benchmark.load import open_benchmark
from misground.errors import WorkError

from .kit import DataSet, as_list, decoded

KINDS = ("2d", "3d", "text")


@pytest.fixture(scope="module")
def tables(exports):
    """The files as pandas reads them: the one call of VLMEvalKit's `load` for .tsv."""
    paths = {kind: list((exports / "vlmevalkit").glob(f"misground_{kind}_*.tsv")) for kind in KINDS}
    return {kind: pd.read_csv(path, sep="\t") for kind, (path,) in paths.items()}


def pictures(table):
    """index -> the base64 pictures of each row, as the reader resolves them."""
    stored = dict(zip(map(str, table["index"]), map(str, table["image"]), strict=True))
    for index, image in stored.items():
        if len(image) <= 64:
            assert len(stored[image]) > 64
            stored[index] = stored[image]
    return {index: as_list(image) for index, image in stored.items()}


def test_every_question_is_in_one_file_once(tables, asked) -> None:
    ids = [question for table in tables.values() for question in table["question_id"]]
    assert sorted(ids) == sorted(asked)
    indices = [index for table in tables.values() for index in table["index"]]
    assert sorted(indices) == list(range(len(asked)))


def test_the_options_are_lettered_in_their_order_and_the_answer_is_the_right_letter(tables, asked) -> None:
    for table in tables.values():
        for row in table.to_dict("records"):
            question = asked[row["question_id"]]
            options = {x: row[x] for x in string.ascii_uppercase if x in row and not pd.isna(row[x])}
            assert list(options.values()) == question["options"]
            assert options[row["answer"]] == question["answer"]


def test_the_factors_are_columns_that_no_reader_takes_for_missing(tables, asked) -> None:
    for table in tables.values():
        for row in table.to_dict("records"):
            question = asked[row["question_id"]]
            for name in (
                "item_id",
                "modality",
                "plane",
                "task",
                "coordinates",
                "prompt",
                "terms",
                "condition",
            ):
                assert row[name] == question[name]
            assert row["category"] == question["task"]


def test_a_file_without_pictures_has_no_image_column(tables) -> None:
    assert "image" not in tables["text"]
    assert set(tables["text"]["condition"]) == {"text_only"}


def test_the_words_call_the_marks_1_and_2_and_change_nothing_else(tables, asked) -> None:
    for table in tables.values():
        for row in table.to_dict("records"):
            question = asked[row["question_id"]]
            assert not re.search(r"\b[AB]\b", row["question"])
            back = row["question"].replace("(marked 1)", "(marked A)").replace("(marked 2)", "(marked B)")
            back = back.replace("of 1 relative to 2", "of A relative to B")
            back = back.replace("is marked 1?", "is marked A?")
            assert back == question["text"]
            assert (row["question"] != question["text"]) == (question["prompt"] != "none")


def test_a_blank_question_in_other_words_is_refused() -> None:
    with pytest.raises(WorkError, match="does not ask for the position of A relative to B"):
        lettered_text("Where is A?", "blank")


@pytest.mark.parametrize("kind", ["2d", "3d"])
def test_a_row_resolves_to_as_many_pictures_as_its_view_has_frames(
    tables, small_benchmark, asked, kind
) -> None:
    shown = pictures(tables[kind])
    frames = {
        view["view_id"]: len(view["slices"])
        for view in open_benchmark(small_benchmark).views(
            [q["view_id"] for q in asked.values() if q["view_id"]], ["view_id", "slices"]
        )
    }
    for row in tables[kind].to_dict("records"):
        count = frames[asked[row["question_id"]]["view_id"]]
        assert len(shown[str(row["index"])]) == count
        assert len(set(as_list(row["image_path"]))) == count


def test_each_view_is_stored_once(tables, asked) -> None:
    for kind in ("2d", "3d"):
        stored = tables[kind][tables[kind]["image"].str.len() > 64]
        views = [asked[question]["view_id"] for question in stored["question_id"]]
        every = {asked[question]["view_id"] for question in tables[kind]["question_id"]}
        assert sorted(views) == sorted(every)


def test_pictures_differ_from_the_benchmark_in_the_letters_rectangles_alone(
    tables, small_benchmark, asked
) -> None:
    benchmark = open_benchmark(small_benchmark)
    seen = 0
    for kind in ("2d", "3d"):
        shown = pictures(tables[kind])
        for row in (
            tables[kind].drop_duplicates(["item_id", "prompt", "condition"]).head(12).to_dict("records")
        ):
            view = benchmark.view(asked[row["question_id"]]["view_id"])
            marked = {mark["frame"] for mark in view["marks"]} if row["prompt"] != "none" else set()
            for number, (frame, text) in enumerate(
                zip(view["frames"], shown[str(row["index"])], strict=True)
            ):
                with Image.open(io.BytesIO(frame["bytes"])) as image:
                    changed = (np.array(image.convert("RGB")) != decoded(text)).any(axis=2)
                assert changed.any() == (number in marked)
                labels = sum(mark["frame"] == number for mark in view["marks"])
                assert changed.sum() <= labels * 22 * 24
                seen += number in marked
    assert seen > 20


def test_the_names_of_the_files_hold_the_hash_of_the_benchmark(exports, small_benchmark) -> None:
    label = open_benchmark(small_benchmark).content_hash[:12]
    names = {path.name for path in (exports / "vlmevalkit").glob("*.tsv")}
    assert names == {f"misground_{kind}_{label}.tsv" for kind in KINDS}


def test_files_that_would_be_too_large_are_split_and_read_at_any_size(
    exports, small_benchmark, tmp_path, monkeypatch, tables
) -> None:
    most = 6_000_000
    (whole,) = (exports / "vlmevalkit").glob("misground_3d_*.tsv")
    assert whole.stat().st_size > 2 * most
    with pytest.raises(AssertionError):  # what the harness does with a large file of stacks
        DataSet(whole.parent, whole.stem, most)
    monkeypatch.setattr(vlmevalkit, "MOST_FILE_BYTES", most)
    done = export(small_benchmark, tmp_path / "split", "vlmevalkit")
    for kind in ("2d", "3d"):
        paths = sorted((tmp_path / "split").glob(f"misground_{kind}_*.tsv"))
        assert [path.stem[-3:] for path in paths] == [f"_{n:02}" for n in range(1, len(paths) + 1)]
        assert len(paths) > 1
        assert {path.name for path in paths} <= set(done.files)
        read = [DataSet(path.parent, path.stem, most) for path in paths]
        together = pd.concat([one.table for one in read], ignore_index=True)
        columns = [name for name in together if name != "image"]
        assert plain(together[columns]) == plain(tables[kind][columns])
        shown = pictures(tables[kind])
        for one in read:
            for row in one.rows[::7]:
                found = [path.read_bytes() for path in one.pictures(row)]
                texts = shown[str(row["index"])]
                assert [np.array_equal(decoded_file(png), decoded(text)) for png, text in
                        zip(found, texts, strict=True)] == [True] * len(texts)  # fmt: skip


def plain(table):
    """Rows whatever the types of the columns: a file may lack every third option."""
    return table.astype(object).where(table.notna(), None).to_dict("records")


def decoded_file(png):
    with Image.open(io.BytesIO(png)) as image:
        return np.array(image.convert("RGB"))


def test_two_exports_in_one_data_root_show_their_own_pictures(exports, tmp_path, misground) -> None:
    other = tmp_path / "other"
    built = misground("build", "phantom:knee?n=1", "--seed", 9, "-o", other, "--preset", "mini")
    assert built.returncode == 0, built.stderr
    export(other, tmp_path / "tsv", "vlmevalkit")
    root = tmp_path / "LMUData"
    root.mkdir()
    files = [*(exports / "vlmevalkit").glob("*_2d_*.tsv"), *(tmp_path / "tsv").glob("*_2d_*.tsv")]
    for path in files:
        shutil.copy(path, root)
    assert len({path.name for path in files}) == 2
    for path in files:
        read = DataSet(root, path.stem)
        shown = pictures(read.table)
        for row in read.rows[:40]:
            (found,) = read.pictures(row)
            assert np.array_equal(decoded_file(found.read_bytes()), decoded(shown[str(row["index"])][0]))
