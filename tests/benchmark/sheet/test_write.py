"""The contact sheet of a benchmark made by hand, whose pictures are plain greys that can be counted."""

import io
import json
from itertools import count, product
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from misground.anatomy import PLANES, SLICE_AXIS, in_plane_axes
from misground.benchmark.settings import FORMAT
from misground.benchmark.sheet.write import write_sheet
from misground.errors import UsageError, WorkError
from misground.records import COORDINATES, PROMPTS
from misground.records.schemas import CASES, QUESTIONS, SKIPPED, VIEWS

SIZE = {"2d": (80, 60), "3d": (50, 40)}
STACK = 8


def png(level, size):
    file = io.BytesIO()
    Image.new("L", size, level).save(file, format="PNG")
    return file.getvalue()


class Made:
    """A benchmark of some items; `levels` has the grey of each view, a multiple of 4, by its factors."""

    def __init__(self, root):
        self.root = root
        self.questions, self.views, self.levels = [], [], {}
        self.numbers = count(3)  # the darkest greys are the letters' own

    def item(self, modality, dimension, task, plane, conditions=("image", "text_only", "blank")):
        relation = task in ("in_plane", "cross_slice")
        axis = in_plane_axes(plane)[-1] if task == "in_plane" else SLICE_AXIS[plane]
        options = PLANES if task == "slice_direction" else ["anterior", "posterior"]
        facts = {
            "item_id": f"{modality}-{dimension}-{task}-{plane}",
            "case_id": f"case-{modality}",
            "modality": modality,
            "dimension": dimension,
            "task": task,
            "plane": plane,
            "axis": None if task == "slice_direction" else axis,
            "structure_a": "liver" if relation else None,
            "structure_b": "own_structure" if relation else None,
            "evidence": {"p_a_greater": 1.0, "delta_mm": 12.0} if relation else None,
            "stack_reversed": False if dimension == "3d" else None,
            "shared_frames": 0 if relation and dimension == "3d" else None,
            "name_hint": "none",
            "options": list(options),
            "answer": options[0],
        }
        for coordinates, prompt in product(COORDINATES, PROMPTS if relation else ["none"]):
            self._ask(facts, "image", coordinates, prompt)
            if relation and "blank" in conditions and prompt != "none":
                self._ask(facts, "blank", coordinates, prompt)
        if relation and "text_only" in conditions:
            self._ask(facts, "text_only", "viewing", "none")

    def _ask(self, facts, condition, coordinates, prompt):
        factors = {"condition": condition, "coordinates": coordinates, "prompt": prompt}
        view_id = None if condition == "text_only" else f"v{len(self.views)}"
        asked = facts | factors | {"view_id": view_id, "text": "Where is A?", "terms": "colloquial"}
        self.questions.append(asked | {"question_id": f"q{len(self.questions)}"})
        if view_id is not None:
            self._draw(view_id, facts, condition, coordinates, prompt)

    def _draw(self, view_id, facts, condition, coordinates, prompt):
        dimension, key = facts["dimension"], (facts["item_id"], condition, coordinates, prompt)
        width, height = SIZE[dimension]
        level = 4 * next(self.numbers)
        self.levels[key] = level
        frames = [png(level, (width, height))] * (STACK if dimension == "3d" else 1)
        marks = [
            {
                "structure": "liver", "label": label, "color": "#ffb000", "frame": frame,
                "box": [1, 1, 9, 9], "point": [5, 5],
            }
            for frame, label in ([(2, "A"), (5, "B")] if dimension == "3d" else [(0, "A"), (0, "B")])
        ]  # fmt: skip
        row = {name: facts[name] for name in ("case_id", "dimension", "plane")}
        row |= {"coordinates": coordinates, "prompt": prompt, "blank": condition == "blank"}
        row["mirrored"] = False
        row |= {"view_id": view_id, "width": width, "height": height, "mm_per_pixel": 1.0, "marks": marks}
        row["slices"] = list(range(len(frames)))
        self.views.append(row | {"frames": [{"bytes": frame, "path": None} for frame in frames]})

    def write(self):
        for folder in ("questions", "views"):
            (self.root / folder).mkdir(parents=True)
        counts = {"cases": 2, "questions": len(self.questions)}
        (self.root / "manifest.json").write_text(json.dumps({"format": FORMAT, "seed": 0, "counts": counts}))
        tables = {"questions/test": (QUESTIONS, self.questions), "views/a": (VIEWS, self.views),
                  "cases": (CASES, []), "skipped": (SKIPPED, [])}  # fmt: skip
        for name, (schema, values) in tables.items():
            full = [dict.fromkeys(schema.names) | row for row in values]
            pq.write_table(pa.Table.from_pylist(full, schema=schema), self.root / f"{name}.parquet")
        return self.root


@pytest.fixture
def made(tmp_path):
    return Made(tmp_path / "bench")


def pixels(path):
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def greys(path):
    """How many pixels the sheet has of each grey; its palette moves greys by a step at most."""
    sheet = pixels(path)
    red = sheet[:, :, 0]
    exact = np.bincount(red[(red == sheet[:, :, 1]) & (red == sheet[:, :, 2])], minlength=256)
    return exact + np.append(exact[1:], 0) + np.insert(exact[:-1], 0, 0)


def assert_shows(found, level, size, times=1):
    """The picture as often as said, beside the few pixels of letters that have the same grey."""
    assert times <= found[level] / (size[0] * size[1]) < times + 0.5


def test_every_picture_of_an_item_is_on_the_sheet_once(made):
    made.item("ct", "2d", "in_plane", "axial")
    found = greys(write_sheet(made.write(), None))
    assert len(made.levels) == 14
    for level in made.levels.values():
        assert_shows(found, level, SIZE["2d"])


def test_a_stack_shows_four_of_its_frames(made):
    made.item("mri", "3d", "cross_slice", "coronal", conditions=("blank",))
    found = greys(write_sheet(made.write(), None))
    for level in made.levels.values():
        assert_shows(found, level, SIZE["3d"], times=4)


def test_both_modalities_take_turns_over_the_kinds(made):
    for modality, plane in product(("ct", "mri"), ("axial", "coronal", "sagittal")):
        made.item(modality, "3d", "slice_direction", plane)
        made.item(modality, "3d", "stack_order", plane)
    found = greys(write_sheet(made.write(), None))
    shown = {key[0] for key, level in made.levels.items() if found[level] > 2_000}
    assert shown == {
        "ct-3d-slice_direction-axial",
        "mri-3d-slice_direction-coronal",
        "ct-3d-slice_direction-sagittal",
        "mri-3d-stack_order-axial",
        "ct-3d-stack_order-coronal",
        "mri-3d-stack_order-sagittal",
    }


def test_kinds_that_are_missing_are_left_out(made):
    made.item("ct", "2d", "in_plane", "sagittal", conditions=())
    whole = Made(made.root.with_name("whole"))
    whole.item("ct", "2d", "in_plane", "sagittal")
    assert (
        pixels(write_sheet(made.write(), None)).shape[0] < pixels(write_sheet(whole.write(), None)).shape[0]
    )


def test_the_sheet_lies_beside_the_folder_and_leaves_it_alone(made):
    made.item("ct", "2d", "in_plane", "axial")
    root = made.write()
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    assert write_sheet(root, None) == root.parent / "bench-sheet.png"
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before


def test_the_default_path_of_the_current_folder_is_beside_it(made, monkeypatch):
    made.item("ct", "2d", "in_plane", "axial")
    monkeypatch.chdir(made.write())
    target = write_sheet(made.root.relative_to(made.root), None)
    assert target == made.root.resolve().parent / "bench-sheet.png"
    assert target.is_file()


def test_the_same_benchmark_gives_the_same_bytes(made, tmp_path):
    made.item("ct", "2d", "in_plane", "axial")
    made.item("mri", "3d", "cross_slice", "axial")
    root = made.write()
    first, second = (write_sheet(root, tmp_path / name).read_bytes() for name in ("a.png", "new/b.png"))
    assert first == second


def test_a_compact_sheet_shows_a_slice_and_a_stack_of_the_other_modality(made):
    made.item("ct", "2d", "in_plane", "axial")
    made.item("mri", "2d", "in_plane", "coronal")
    made.item("ct", "3d", "cross_slice", "coronal", conditions=("blank",))
    made.item("mri", "3d", "cross_slice", "axial", conditions=("blank",))
    root = made.write()
    target = write_sheet(root, root.with_name("c.png"), compact=True)
    found = greys(target)
    shown = {key for key, level in made.levels.items() if found[level] > 2_000}
    slices = {("ct-2d-in_plane-axial", "image", c, p) for c in COORDINATES for p in PROMPTS}
    stacks = {("mri-3d-cross_slice-axial", condition, "viewing", "box") for condition in ("image", "blank")}
    assert shown == slices | stacks
    assert pixels(target).shape[1] < 1_700


def test_a_full_sheet_is_3200_pixels_wide(made):
    made.item("ct", "2d", "in_plane", "axial")
    assert pixels(write_sheet(made.write(), None)).shape[1] == 3_200


def refused(*arguments):
    with pytest.raises(UsageError) as error:
        write_sheet(*arguments)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_sheet_is_not_written_into_the_benchmark_or_over_a_folder(made, tmp_path):
    made.item("ct", "2d", "in_plane", "axial")
    root = made.write()
    assert "is inside the benchmark folder" in refused(root, root / "views" / "sheet.png")
    assert "is a folder" in refused(root, tmp_path)


def test_an_earlier_sheet_is_replaced_and_no_other_file(made, tmp_path):
    made.item("ct", "2d", "in_plane", "axial")
    root = made.write()
    first = write_sheet(root, None).read_bytes()
    assert write_sheet(root, None).read_bytes() == first
    (tmp_path / "link.png").symlink_to("bench-sheet.png")
    others = {
        "thesis.txt": b"mine",
        "photo.png": png(9, SIZE["2d"]),
        "empty.png": b"",
        "drawn-on.png": first[:2_000] + b"x" + first[2_001:],
    }
    for name, content in others.items():
        (tmp_path / name).write_bytes(content)
    for name in (*others, "link.png"):
        assert "exists and is not an unchanged contact sheet" in refused(root, tmp_path / name)
    assert "exists" in refused(root, Path("/dev/null"))
    assert {name: (tmp_path / name).read_bytes() for name in others} == others


def test_a_folder_that_cannot_be_made_is_told_before_any_drawing(made, tmp_path, monkeypatch):
    made.item("ct", "2d", "in_plane", "axial")
    root = made.write()
    (tmp_path / "file").touch()
    monkeypatch.setattr("misground.benchmark.sheet.write.Sections", None)
    with pytest.raises(WorkError, match="cannot write"):
        write_sheet(root, tmp_path / "file" / "sheet.png")


def test_a_full_disk_leaves_the_earlier_sheet(made, small_disk):
    made.item("ct", "2d", "in_plane", "axial")
    root, disk = made.write(), small_disk(1_000_000)
    target = write_sheet(root, disk / "sheet.png")
    before = target.read_bytes()
    (disk / "filler").write_bytes(bytes(240 * 4096 - 4096 * (len(before) // 4096 + 2)))
    with pytest.raises(WorkError, match=r"disk full while writing sheet.png: .*; no new sheet was written"):
        write_sheet(root, target)
    assert target.read_bytes() == before
    assert sorted(path.name for path in disk.iterdir()) == ["filler", "sheet.png"]


def test_a_benchmark_without_questions_is_refused(made):
    assert "no question" in refused(made.write(), None)


def test_a_folder_that_is_no_benchmark_is_refused(tmp_path):
    assert "no manifest.json" in refused(tmp_path, None)


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda view: view["frames"][0].update(bytes=b"no picture"), "frame 0 is not a PNG file"),
        (lambda view: view["frames"][0].update(bytes=png(9, SIZE["2d"])[:60]), "frame 0 is truncated"),
        (lambda view: view["frames"][0].update(bytes=None), "a frame has no bytes"),
        (lambda view: view["frames"].clear(), "0 frames, expected as many as slices"),
        (lambda view: view.update(width=81), "frame 0 is 80 x 60 pixels, expected 81 x 60"),
    ],
)
def test_a_damaged_picture_is_named_and_leaves_no_sheet(made, damage, told):
    made.item("ct", "2d", "in_plane", "axial")
    damage(made.views[3])
    root = made.write()
    message = refused(root, None)
    assert "v3" in message
    assert told in message
    assert [path.name for path in root.parent.iterdir()] == ["bench"]


def test_words_of_any_kind_fit_on_the_sheet(made):
    made.item("ct", "2d", "in_plane", "axial")
    for row in made.questions:
        row["text"] = "é" + "x" * 5_000 + "\n\x00 中"
        row["options"] = ["o" * 400, "right\tof"]
        row["answer"] = "right\tof"
        row["case_id"] = "ö" * 3_000
        row["structure_a"] = "s" * 3_000
    for view in made.views:
        view["case_id"] = "ö" * 3_000
    assert pixels(write_sheet(made.write(), None)).shape[1] == 3_200
