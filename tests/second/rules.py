"""Whether a relation may be asked at all: the rule of docs/benchmark.md, on the labels themselves."""

from collections.abc import Iterator

from second import facts
from second.bodies import Body, structures

HINTS = {
    "x": {"left", "right", "medial", "lateral"},
    "y": set(),
    "z": {"upper", "middle", "lower", "superior", "inferior"},
}


def truth(item: dict, slices: list[int], body: Body) -> facts.Relation:
    """The relation that an item asks: of the whole volume, in 2D of the slice."""
    a, b, axis = item["structure_a"], item["structure_b"], item["axis"]
    if item["dimension"] == "2d":
        return facts.in_slice(body, a, b, axis, item["plane"], slices[0])
    return facts.whole_volume(body, a, b, axis)


def relation(first: dict, slices: list[int], body: Body) -> Iterator[str]:
    """A relation item's fact by the rule of docs/benchmark.md."""
    a, b, axis = first["structure_a"], first["structure_b"], first["axis"]
    limits = facts.limits_of(body)
    whole = facts.whole_volume(body, a, b, axis)
    shown = truth(first, slices, body)
    sign = shown.sign(limits)
    if sign == 0:
        yield f"its relation is not certain: {float(shown.share)}, {shown.delta}"
    if abs(first["evidence"]["p_a_greater"] - shown.share) > 1e-6:
        yield f"p {first['evidence']['p_a_greater']}, not {float(shown.share)}"
    if abs(first["evidence"]["delta_mm"] - shown.delta) > 1e-6:
        yield f"delta {first['evidence']['delta_mm']}, not {shown.delta}"
    if whole.sign(limits) != sign:
        yield f"the whole volume has it otherwise: {float(whole.share)}, {whole.delta}"
    if facts.true_delta(body, a, b, axis) * shown.delta <= 0:
        yield "the centroids lie the other way along the patient's own axis"
    higher, lower = (a, b) if shown.delta > 0 else (b, a)
    i = facts.AXES.index(axis)
    if body.voxels(higher)[:, i].min() == 0 or body.voxels(lower)[:, i].max() == body.labels.shape[i] - 1:
        yield f"the scan ends where {higher} and {lower} face each other"
    if first["name_hint"] != name_hint(a, b, axis):
        yield f"name hint {first['name_hint']}, not {name_hint(a, b, axis)}"
    if first["name_hint"] == "both" or (axis == "x" and first["name_hint"] != "none"):
        yield "its names give it away"
    if first["dimension"] == "2d":
        yield from in_one_slice(first, slices[0], body, limits)
    else:
        yield from in_stack(first, slices, body)


def name_hint(a: str, b: str, axis: str) -> str:
    words = [set(structures()[key]["name"].lower().split()) & HINTS[axis] for key in (a, b)]
    if words[0] and words[1]:
        return "none" if words[0] == words[1] else "both"
    return "one" if words[0] or words[1] else "none"


def in_one_slice(first: dict, index: int, body: Body, limits: facts.Limits) -> Iterator[str]:
    for key in (first["structure_a"], first["structure_b"]):
        section = facts.section(body, key, first["plane"], index)
        if facts.components(section) != 1:
            yield f"{key} shows in {facts.components(section)} pieces"
        if section.sum() < facts.LEAST_VOXELS:
            yield f"{key} shows in {section.sum()} pixels"
        area = facts.area_mm2(body, section, first["plane"])
        if area < limits.area_mm2 - 1e-6:
            yield f"{key} shows with {area} mm2"


def in_stack(first: dict, slices: list[int], body: Body) -> Iterator[str]:
    a, b, plane = first["structure_a"], first["structure_b"], first["plane"]
    sections = [[facts.section(body, key, plane, k) for key in (a, b)] for k in slices]
    for i, key in enumerate((a, b)):
        if len(body.voxels(key)) < facts.LEAST_VOXELS:
            yield f"{key} has {len(body.voxels(key))} voxels"
        frames = sum(bool(pair[i].any()) for pair in sections)
        if frames < facts.LEAST_FRAMES:
            yield f"{key} shows in {frames} frames"
        voxels = sum(int(pair[i].sum()) for pair in sections)
        if voxels < facts.LEAST_VOXELS and sorted(slices) != facts.stack(body, plane, (a, b)):
            yield f"{key} shows with {voxels} voxels in a stack that is wider than it must be"
    shared = [pair for pair in sections if pair[0].any() and pair[1].any()]
    if first["shared_frames"] != len(shared):
        yield f"shared frames {first['shared_frames']}, not {len(shared)}"
    if first["task"] == "in_plane":
        i = facts.in_plane_axes(plane).index(first["axis"])
        for pair in shared:
            apart = facts.box_centre(pair[0], i) - facts.box_centre(pair[1], i)
            if apart * first["evidence"]["delta_mm"] < 0:
                yield f"a frame shows their boxes the other way: {apart} voxels"
