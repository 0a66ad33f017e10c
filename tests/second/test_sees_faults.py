"""The checks can fail: each fault put into a good build is seen."""

import copy
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps
from second import balance, items, pictures, probes, scans, texts
from second.bodies import Body
from second.folder import Folder, read

Alter = Callable[[Folder], None]


@pytest.fixture(scope="module")
def good(torso_mini: Path) -> Folder:
    return read(torso_mini)


def of(folder: Folder, **wanted: str) -> list[dict]:
    """The questions with such columns."""
    return [q for q in folder.questions if all(q[name] == value for name, value in wanted.items())]


def swap_answers(folder: Folder, **wanted: str) -> None:
    for question in of(folder, **wanted):
        question["answer"] = next(o for o in question["options"] if o != question["answer"])


def change(folder: Folder, name: str, by: Callable, **wanted: str) -> None:
    for question in of(folder, **wanted):
        question[name] = by(question[name])


def change_views(folder: Folder, name: str, by: Callable) -> None:
    for view in folder.views.values():
        view[name] = by(view[name])


FALSE: dict[str, Alter] = {
    "anatomical answers": lambda f: swap_answers(f, terms="anatomical", task="in_plane"),
    "on-screen answers of storage": lambda f: swap_answers(f, terms="colloquial", coordinates="storage"),
    "answers through stacks": lambda f: swap_answers(f, task="cross_slice", terms="colloquial"),
    "answers of slice_direction": lambda f: swap_answers(f, task="slice_direction"),
    "answers of stack_order": lambda f: swap_answers(f, task="stack_order"),
    "a slice beside": lambda f: change_views(f, "slices", lambda s: [k + 1 for k in s]),
    "stacks the other way": lambda f: change_views(f, "slices", lambda s: s[::-1]),
    "the stacks' direction": lambda f: change(f, "stack_reversed", lambda r: not r, dimension="3d"),
    "share": lambda f: change(
        f, "evidence", lambda e: {**e, "p_a_greater": e["p_a_greater"] + 2e-6}, task="in_plane"
    ),
    "distance": lambda f: change(
        f, "evidence", lambda e: {**e, "delta_mm": e["delta_mm"] + 2e-6}, task="cross_slice"
    ),
    "shared frames": lambda f: change(f, "shared_frames", lambda n: n + 1, task="cross_slice"),
    "name hints": lambda f: change(f, "name_hint", lambda h: "one" if h == "none" else "none"),
    "structures": lambda f: change(f, "structure_a", lambda key: "liver" if key else None),
    "axes": lambda f: change(f, "axis", {"x": "y", "y": "z", "z": "x"}.get),
    "a third option": lambda f: change(f, "options", lambda o: [*o, "beside"]),
    "a question short": lambda f: f.questions.pop(),
    "a view of another prompt": lambda f: change_views(f, "prompt", lambda p: "box" if p == "mask" else p),
    "shape": lambda f: next(iter(f.cases.values())).update(shape=[122, 101, 111]),
}


@pytest.mark.parametrize("name", FALSE)
def test_a_false_fact_is_seen(good: Folder, torso: dict[str, Body], name: str) -> None:
    bad = copy.deepcopy(good)
    FALSE[name](bad)
    assert items.faults(bad, torso) != []


def probe(folder: Folder, kind: str, name: str, by: Callable) -> None:
    """Change a column of one kind of probes, by a function of the whole row."""
    for row in folder.probes:
        if row["probe"] == kind:
            row[name] = by(row)


def other(row: dict) -> str:
    return next(option for option in row["options"] if option != row["answer"])


def twin_view(folder: Folder) -> Callable[[dict], str]:
    """The view of the item's own question under the factors of a probe."""
    names = ("item_id", "condition", "coordinates", "prompt", "terms")
    views = {tuple(q[name] for name in names): q["view_id"] for q in folder.questions}
    return lambda row: views[tuple(row[name] for name in names)]


def no_longer_mirrored(folder: Folder) -> None:
    for view in folder.views.values():
        view["mirrored"] = False


PROBED: dict[str, Alter] = {
    "a mirrored answer that is not turned": lambda f: probe(f, "mirrored", "answer", other),
    "a picture that is not mirrored": lambda f: probe(f, "mirrored", "view_id", twin_view(f)),
    "a mirror that is not recorded": no_longer_mirrored,
    "a reversed answer that is not turned": lambda f: probe(f, "reversed", "answer", other),
    "A and B that are not exchanged": lambda f: probe(
        f, "reversed", "text", lambda r: r["text"].replace("relative", "relatively")
    ),
    "options that are not exchanged": lambda f: probe(
        f, "reordered", "options", lambda r: r["options"][::-1]
    ),
    "a reordered answer that is turned": lambda f: probe(f, "reordered", "answer", other),
    "the other name": lambda f: probe(f, "naming", "answer", other),
    "names in one order": lambda f: probe(
        f, "naming", "options", lambda r: sorted(r["options"], key=lambda o: o != r["answer"])
    ),
    "an axis of a name": lambda f: probe(f, "naming", "axis", lambda _: "x"),
    "a name in the text": lambda f: probe(f, "naming", "text", lambda r: f"{r['answer']}: {r['text']}"),
    "evidence turned with the question": lambda f: probe(
        f, "reversed", "evidence", lambda r: {**r["evidence"], "delta_mm": -r["evidence"]["delta_mm"]}
    ),
    "a probe short": lambda f: f.probes.pop(),
    "a probe twice": lambda f: f.probes.append(dict(f.probes[0])),
}


@pytest.mark.parametrize("name", PROBED)
def test_a_false_probe_is_seen(good: Folder, torso: dict[str, Body], name: str) -> None:
    bad = copy.deepcopy(good)
    PROBED[name](bad)
    assert probes.faults(bad, torso) != []


@pytest.mark.parametrize("name", ["in a mirror", "upside down"])
def test_a_mirrored_picture_mirrored_otherwise_is_seen(
    good: Folder, torso: dict[str, Body], name: str
) -> None:
    bad = redrawn(good, lambda view, p: MISDRAWN[name](view, p) if view["mirrored"] else p)
    found = pictures.faults(bad, torso, lambda v: flat(v) and v["mirrored"])
    assert {fault.split()[0] for fault in found} >= {
        v["view_id"] for v in good.views.values() if flat(v) and v["mirrored"] and v["prompt"] != "none"
    }


TELLING: dict[str, Alter] = {
    "display": lambda f: change(f, "text", lambda t: t + " (radiological display)"),
    "coordinates": lambda f: change(f, "text", lambda t: t + " ", coordinates="storage"),
    "plane": lambda f: change(f, "text", lambda t: "Axial. " + t, task="slice_direction"),
    "direction": lambda f: change(f, "text", lambda t: t + " The stack is reversed.", task="stack_order"),
    "names": lambda f: change(f, "text", lambda t: t + " A is the aorta.", condition="blank"),
    "marks": lambda f: change(f, "text", lambda t: t.replace(" (marked A)", ""), prompt="box"),
    "picture": lambda f: change(f, "text", lambda t: "Look. " + t, condition="text_only"),
    "frame": lambda f: change(f, "text", lambda t: t.replace("the picture's own", "the patient's own")),
}


@pytest.mark.parametrize("name", TELLING)
def test_a_text_that_tells_too_much_or_too_little_is_seen(good: Folder, name: str) -> None:
    bad = copy.deepcopy(good)
    TELLING[name](bad)
    assert texts.faults(bad) != []


def test_one_position_for_all_right_options_is_seen(good: Folder) -> None:
    bad = copy.deepcopy(good)
    for question in bad.questions:
        question["options"] = sorted(question["options"], key=lambda option: option != question["answer"])
        question["plane"], question["axis"] = "axial", "z"
    assert [fault for fault in balance.faults(bad) if fault.startswith("positions")] != []


def test_names_that_tell_are_seen(good: Folder) -> None:
    bad = copy.deepcopy(good)
    bad.questions = [
        {
            **bad.questions[0],
            "item_id": str(i),
            "axis": "x",
            "structure_a": f"kidney_{side}",
            "structure_b": "aorta",
        }
        | {"task": "in_plane", "evidence": {"delta_mm": 50.0 if side == "right" else -50.0}}
        for i, side in enumerate(["left", "right"] * 10)
    ]
    assert balance.telling_names(bad) != []


@dataclass
class Redrawn(Folder):
    """A folder whose pictures are drawn over."""

    redraw: Callable[[dict, Image.Image], Image.Image] = lambda _, picture: picture

    def frames(self, view_id: str) -> list[dict]:
        return [self.redrawn(self.views[view_id], frame) for frame in super().frames(view_id)]

    def redrawn(self, view: dict, frame: dict) -> dict:
        with Image.open(io.BytesIO(frame["bytes"])) as picture:
            written = io.BytesIO()
            self.redraw(view, picture.convert("RGB")).save(written, "PNG")
        return {"bytes": written.getvalue(), "path": None}


def redrawn(folder: Folder, redraw: Callable[[dict, Image.Image], Image.Image]) -> Redrawn:
    fields = {name: copy.deepcopy(value) for name, value in vars(folder).items() if name != "_open"}
    return Redrawn(**fields, redraw=redraw)


def flat(view: dict) -> bool:
    """Views of one item suffice."""
    return view["dimension"] == "2d" and view["plane"] == "axial"


def spot(_: dict, picture: Image.Image) -> Image.Image:
    """One grey pixel changed in a corner."""
    shade = picture.getpixel((1, 1))[0]
    picture.putpixel((1, 1), (shade ^ 1,) * 3)
    return picture


def spot_where_marked(view: dict, picture: Image.Image) -> Image.Image:
    return picture if view["prompt"] == "none" else spot(view, picture)


def swap_colours(view: dict, picture: Image.Image) -> Image.Image:
    if view["prompt"] == "none":
        return picture
    array = np.asarray(picture).copy()
    a, b = (np.array([int(c[i : i + 2], 16) for i in (1, 3, 5)]) for c in pictures.colors(view).values())
    is_a, is_b = (array == a).all(axis=-1), (array == b).all(axis=-1)
    array[is_a], array[is_b] = b, a
    return Image.fromarray(array)


def shift(view: dict, picture: Image.Image) -> Image.Image:
    """Marks three pixels to the right."""
    return (
        picture
        if view["prompt"] == "none"
        else picture.transform(picture.size, Image.Transform.AFFINE, (1, 0, -3, 0, 1, 0))
    )


MISDRAWN: dict[str, Callable[[dict, Image.Image], Image.Image]] = {
    "in a mirror": lambda _, picture: ImageOps.mirror(picture),
    "upside down": lambda _, picture: ImageOps.flip(picture),
    "with a spot": spot_where_marked,
    "with colours swapped": swap_colours,
    "with marks beside": shift,
    "with no marks": lambda _, picture: picture.convert("L").convert("RGB"),
    "smaller": lambda _, picture: picture.resize((picture.width - 1, picture.height)),
}


@pytest.mark.parametrize("name", MISDRAWN)
@pytest.mark.parametrize("prompt", ["mask", "box", "point"])
def test_a_wrong_picture_is_seen(good: Folder, torso: dict[str, Body], name: str, prompt: str) -> None:
    bad = redrawn(good, MISDRAWN[name])
    found = pictures.faults(bad, torso, lambda v: flat(v) and v["prompt"] in ("none", prompt))
    wanted = {
        v["view_id"] for v in good.views.values() if flat(v) and v["prompt"] == prompt and not v["blank"]
    }
    assert wanted <= {fault.split()[0] for fault in found}


RECORDED: dict[str, Callable[[dict], dict]] = {
    "box": lambda mark: {**mark, "box": [mark["box"][0] + 1, *mark["box"][1:]]},
    "point": lambda mark: {**mark, "point": [mark["box"][0], mark["box"][1]]},
    "colour": lambda mark: {**mark, "color": {"A": "#ff0000", "B": "#0000ff"}[mark["label"]]},
    "letter": lambda mark: {**mark, "label": {"A": "B", "B": "A"}[mark["label"]]},
}


@pytest.mark.parametrize("name", RECORDED)
def test_a_wrong_record_of_marks_is_seen(good: Folder, torso: dict[str, Body], name: str) -> None:
    bad = copy.deepcopy(good)
    change_views(bad, "marks", lambda marks: [RECORDED[name](mark) for mark in marks])
    assert pictures.faults(bad, torso, flat) != []


@pytest.mark.parametrize("name", ["in a mirror", "upside down"])
def test_a_scan_in_a_mirror_is_seen(good: Folder, torso: dict[str, Body], name: str) -> None:
    bad = redrawn(good, MISDRAWN[name])
    bad.views = {view_id: view for view_id, view in bad.views.items() if flat(view)}
    assert len(scans.faults(bad, torso)) >= sum(view["prompt"] == "none" for view in bad.views.values())
