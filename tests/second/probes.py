"""The probes of a folder: which there are, what they ask, and their right answers."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import product

from second.bodies import Body, structures
from second.crossings import SAME, which
from second.folder import Folder
from second.rules import truth
from second.words import OPPOSITE, answer_and_options

BOTH = ("anatomical", "colloquial")
KINDS = {
    "naming": {
        ("image", c, p, "anatomical") for c in ("storage", "viewing") for p in ("mask", "box", "point")
    },
    "reversed": {
        *product(("image",), ("storage", "viewing"), ("none",), BOTH),
        *product(("text_only",), ("viewing",), ("none",), BOTH),
    },
    "reordered": set(product(("image", "text_only"), ("viewing",), ("none",), BOTH)),
    "mirrored": {("image", "viewing", "none", "colloquial"), ("image", "viewing", "mask", "colloquial")},
}
OTHER_WORD = {**OPPOSITE, "earlier": "later", "later": "earlier"}
SUBJECTS = re.compile(r"position of (the .+) relative to (the .+)\?$")


def faults(folder: Folder, bodies: dict[str, Body], kinds: tuple[str, ...] = tuple(KINDS)) -> list[str]:
    """Everything in the probes that the bodies or the other questions contradict."""
    probes, found = folder.probes_of, []
    for item_id, questions in folder.items.items():
        mine = probes.pop(item_id, [])
        body = bodies[questions[0]["case_id"]]
        found += [f"item {item_id}: {fault}" for fault in item(folder, questions, mine, body, kinds)]
    found += [f"item {item_id} has nothing but probes" for item_id in probes]
    return found + uneven_names(folder)


def item(
    folder: Folder, questions: list[dict], probes: list[dict], body: Body, kinds: tuple[str, ...]
) -> Iterator[str]:
    """All probes of one item."""
    first = questions[0]
    expected = {(kind, *one) for kind in kinds for one in KINDS[kind]} if first["structure_b"] else set()
    found = [(probe["probe"], *which(probe)) for probe in probes]
    if len(found) != len(set(found)) or set(found) != expected:
        yield f"has the probes {sorted(set(found) ^ expected)} too many or too few, or one twice"
        return
    twins = {which(question): question for question in questions}
    for probe in probes:
        for fault in one(folder, probe, twins[which(probe)], body):
            yield f"{probe['probe']} {which(probe)}: {fault}"


def one(folder: Folder, probe: dict, twin: dict, body: Body) -> Iterator[str]:
    """A probe against the question of its item under the same factors."""
    naming = probe["probe"] == "naming"
    for name in SAME:
        wanted = {"task": "naming", "axis": None}.get(name, twin[name]) if naming else twin[name]
        if probe[name] != wanted:
            yield f"{name} {probe[name]}, not {wanted}"
    yield from picture(folder, probe, twin)
    if naming:
        yield from of_a_name(folder, probe)
        return
    slices = next(folder.views[v] for v in (twin["view_id"], *some_view(folder, twin)) if v)["slices"]
    sign = 1 if truth(twin, slices, body).delta > 0 else -1
    answer, _ = answer_and_options(probe, -sign if probe["probe"] == "reversed" else sign, body.side)
    if probe["probe"] == "mirrored":
        answer = OTHER_WORD[answer]
    if probe["answer"] != answer:
        yield f"answers {probe['answer']!r}, not {answer!r}"
    order = twin["options"][::-1] if probe["probe"] == "reordered" else twin["options"]
    if probe["options"] != order:
        yield f"offers {probe['options']}, not {order}"
    text = twin["text"]
    if probe["probe"] == "reversed":
        text = SUBJECTS.sub(lambda m: f"position of {m[2]} relative to {m[1]}?", text)
    if probe["text"] != text:
        yield f"asks {probe['text']!r}, not {text!r}"


def some_view(folder: Folder, question: dict) -> list[str]:
    return [q["view_id"] for q in folder.items[question["item_id"]] if q["view_id"]]


def picture(folder: Folder, probe: dict, twin: dict) -> Iterator[str]:
    """The item's own picture, or one that is mirrored."""
    if probe["probe"] != "mirrored":
        if probe["view_id"] != twin["view_id"]:
            yield "sees another picture than its item's"
        return
    view, own = folder.views[probe["view_id"]], folder.views[twin["view_id"]]
    if not view["mirrored"]:
        yield "sees a picture that is not mirrored"
    for name in ("case_id", "dimension", "plane", "coordinates", "prompt", "blank", "width", "height"):
        if view[name] != own[name]:
            yield f"sees a view with {name} {view[name]}, not {own[name]}"
    slices = own["slices"][::-1] if twin["task"] == "cross_slice" else own["slices"]
    if view["slices"] != slices:
        yield f"sees the slices {view['slices']}, not {slices}"


def of_a_name(folder: Folder, probe: dict) -> Iterator[str]:
    """Which structure is marked A: the one whose mark is."""
    names = {key: structures()[key]["name"] for key in (probe["structure_a"], probe["structure_b"])}
    if sorted(probe["options"]) != sorted(names.values()):
        yield f"offers {probe['options']}, not {names}"
    marked = {m["structure"] for m in folder.view_of(probe)["marks"] if m["label"] == "A"}
    if {names.get(key) for key in marked} != {probe["answer"]}:
        yield f"answers {probe['answer']!r}, but A marks {marked}"
    text = probe["text"]
    if not text.endswith("Which structure is marked A?") or probe["plane"] not in text:
        yield f"asks {text!r}"
    if any(name in text for name in names.values()):
        yield f"names a structure: {text!r}"


def uneven_names(folder: Folder) -> list[str]:
    """Where the right name stands first and last, over all items and in each kind of them."""
    kinds = {item_id: questions[0] for item_id, questions in folder.items.items()}
    places: dict[tuple, Counter] = {}
    for item_id, probes in folder.probes_of.items():
        offered = {tuple(probe["options"]) for probe in probes if probe["probe"] == "naming"}
        if len(offered) > 1:
            return [f"item {item_id} offers names in two orders"]
        naming = next((probe for probe in probes if probe["probe"] == "naming"), None)
        if naming is None or item_id not in kinds:
            continue
        at = naming["options"].index(naming["answer"])
        names = ("modality", "dimension", "plane", "task", "axis")
        for group in ((), tuple(kinds[item_id][name] for name in names)):
            places.setdefault(group, Counter({0: 0, 1: 0}))[at] += 1
    return [f"names of {group}: {dict(c)}" for group, c in places.items() if abs(c[0] - c[1]) > 1]
