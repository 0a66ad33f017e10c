"""Every view of a folder against the labels, and the on-screen answers read off the pixels themselves."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

import numpy as np
from scipy import ndimage
from second import facts, marks
from second.bodies import Body
from second.folder import Folder, pixels
from second.screen import canvas_size, nearest, scaled, screen_direction, shown

LONGER = {"2d": 512, "3d": 256}
# Pixels: thicker than a letter's stroke and a line; how far a dark rim reaches from its colour; a letter's
# area with its rim.
STROKE = {"2d": 5, "3d": 4}
RIM = {"2d": 3, "3d": 2}
LETTER = {"2d": 250, "3d": 150}


def faults(
    folder: Folder, bodies: dict[str, Body], wanted: Callable[[dict], bool] = lambda _: True
) -> list[str]:
    """Everything in the pictures that the labels or the answers contradict."""
    questions = {
        q["view_id"]: q
        for q in (*folder.questions, *folder.probes)
        if q["terms"] == "colloquial" and q["probe"] in (None, "mirrored")
    }
    groups = defaultdict(list)
    for view in filter(wanted, folder.views.values()):
        groups[twins(view)].append(view)
    found = []
    for views in groups.values():
        body = bodies[views[0]["case_id"]]
        frames = {view["view_id"]: [pixels(f) for f in folder.frames(view["view_id"])] for view in views}
        unmarked = [frames[view["view_id"]] for view in views if view["prompt"] == "none"]
        if len(unmarked) != 1:
            found.append(f"{len(unmarked)} unmarked views beside {[view['view_id'] for view in views]}")
            continue
        for n, as_stored in enumerate(views):
            view = {**as_stored, "turned": turned(questions.get(as_stored["view_id"]), as_stored)}
            pictures = frames[view["view_id"]]
            says = [*canvas(view, pictures, body)]
            if not says and (n == 0 or view["marks"] != views[0]["marks"]):
                says += recorded(view, body)
            if not says and view["prompt"] == "none":
                says += [f"{i}: colour" for i, p in enumerate(pictures) if (marks.hue(p) != 0).any()]
            elif not says:
                says += drawn(view, pictures, unmarked[0], body)
                says += on_screen(view, pictures, questions[view["view_id"]])
            found += [f"{described(view)}: {fault}" for fault in says]
    return found


def twins(view: dict) -> tuple:
    """What the views of an item that differ in their prompt alone have in common."""
    names = ("case_id", "dimension", "plane", "coordinates", "mirrored")
    places = tuple(str(mark["box"]) for mark in view["marks"]) if view["mirrored"] else ()
    return *(view[name] for name in names), tuple(view["slices"]), tuple(sorted(asked(view).items())), places


def turned(question: dict | None, view: dict) -> str:
    """How the picture is mirrored: across, upside down, or not at all, as a stack run the other way."""
    if not view["mirrored"] or question["task"] == "cross_slice":
        return ""
    along = screen_direction(view["plane"], "viewing", question["axis"])
    return "across" if along in ("left", "right") else "upside down"


def turned_back(point: list[int], view: dict) -> list[int]:
    """A place in a mirrored picture as a place in the picture before."""
    x, y = point
    how = view.get("turned", "")
    if how == "across":
        return [view["width"] - 1 - x, y]
    return [x, view["height"] - 1 - y] if how == "upside down" else point


def turn(picture: np.ndarray, how: str) -> np.ndarray:
    return {"across": picture[:, ::-1], "upside down": picture[::-1]}.get(how, picture)


def described(view: dict) -> str:
    names = ("view_id", "case_id", "dimension", "plane", "coordinates", "prompt", "blank")
    return " ".join(str(view[name]) for name in names) + f" {asked(view)}"


def asked(view: dict) -> dict[str, str]:
    """Letter -> structure."""
    return {mark["label"]: mark["structure"] for mark in view["marks"]}


def colors(view: dict) -> dict[str, str]:
    """Letter -> the one colour of its marks."""
    return {mark["label"]: mark["color"] for mark in view["marks"]}


def canvas(view: dict, pictures: list[np.ndarray], body: Body) -> Iterator[str]:
    longer = LONGER[view["dimension"]]
    width, height, mm = canvas_size(
        body.labels.shape, body.spacing, view["plane"], view["coordinates"], longer
    )
    if not asked(view):
        width = height = longer
    found = view["width"], view["height"], view["mm_per_pixel"]
    if found[:2] != (width, height) or abs(found[2] - mm) > 1e-9 * mm:
        yield f"canvas (width, height, mm a pixel) {found}, not {(width, height, mm)}"
    if len(pictures) != len(view["slices"]):
        yield f"{len(pictures)} frames of {len(view['slices'])} slices"
    sizes = {picture.shape[1:] for picture in pictures}
    if sizes != {(height, width)}:
        yield f"frames of {sizes}"
    if len({(m["label"], m["structure"], m["color"]) for m in view["marks"]}) != len(asked(view)):
        yield "a letter has two structures or two colours"


def slice_of(view: dict, body: Body, frame: int) -> np.ndarray:
    """The labels of a frame, rows and columns as on the screen, unscaled and not mirrored."""
    return shown(facts.plane_of(body.labels, view["plane"], view["slices"][frame]), view["coordinates"])


def sections_of(view: dict, body: Body, frame: int) -> dict[str, np.ndarray]:
    """Letter -> its structure's section in a frame, at the size of the picture."""
    labels = scaled(slice_of(view, body, frame), view["width"], view["height"])
    labels = turn(labels, view.get("turned", ""))
    return {letter: labels == body.number(key) for letter, key in asked(view).items()}


def recorded(view: dict, body: Body) -> Iterator[str]:
    """The recorded marks against the sections of their structures, frame by frame."""
    for i in range(len(view["slices"])):
        sections = sections_of(view, body, i)
        here = [mark for mark in view["marks"] if mark["frame"] == i]
        if sorted(m["label"] for m in here) != sorted(letter for letter, s in sections.items() if s.any()):
            yield f"frame {i}: marks of {[m['label'] for m in here]}, which is not what shows"
            continue
        for mark in here:
            box = marks.box_of(sections[mark["label"]])
            if mark["box"] != box:
                yield f"frame {i}: {mark['label']} has box {mark['box']}, not {box}"
            native = slice_of(view, body, i) == body.number(mark["structure"])
            for fault in one_point(turned_back(mark["point"], view), native, view):
                yield f"frame {i}: {mark['label']} has its point {mark['point']} {fault}"


def one_point(point: list[int], section: np.ndarray, view: dict) -> Iterator[str]:
    """A recorded point against its section in voxels: inside, in the largest piece, near its middle."""
    x, y = point
    rows, columns = section.shape
    row, column = nearest(rows, view["height"])[y], nearest(columns, view["width"])[x]
    if not section[row, column]:
        yield "outside its structure"
        return
    pieces, _ = ndimage.label(section, structure=marks.EIGHT)
    sizes = np.bincount(pieces.ravel())
    if sizes[pieces[row, column]] < sizes[1:].max():
        yield f"in a piece of {sizes[pieces[row, column]]} pixels, not {sizes[1:].max()}"
    piece = np.argwhere(pieces == pieces[row, column])
    # Voxels need not be square: distances in pixels of the picture.
    scale = np.array([view["height"] / rows, view["width"] / columns])
    from_middle = np.linalg.norm((piece - piece.mean(axis=0)) * scale, axis=1)
    away = np.linalg.norm(([row, column] - piece.mean(axis=0)) * scale)
    # Where voxels are smaller than pixels, the nearest may have no pixel of its own.
    slack = 0.01 if scale.min() >= 1 else 1.5
    if away > from_middle.min() + slack:
        yield f"{away} pixels from its middle, which another voxel is nearer to: {from_middle.min()}"


def inks_of(view: dict, picture: np.ndarray) -> dict[str, np.ndarray]:
    """Letter -> where its colour is."""
    return dict(zip("AB", marks.of_colours(picture, *(colors(view)[letter] for letter in "AB")), strict=True))


def drawn(view: dict, pictures: list[np.ndarray], unmarked: list[np.ndarray], body: Body) -> Iterator[str]:
    """The drawn marks, frame by frame: where they should be, and nothing else changed."""
    for i, picture in enumerate(pictures):
        below = np.zeros_like(picture) if view["blank"] else unmarked[i]
        for fault in one_frame(view, i, picture, below, sections_of(view, body, i)):
            yield f"frame {i}: {fault}"


def one_frame(
    view: dict, frame: int, picture: np.ndarray, below: np.ndarray, sections: dict[str, np.ndarray]
) -> Iterator[str]:
    dimension = view["dimension"]
    inks = inks_of(view, picture)
    changed = (picture != below).any(axis=0)
    stray = changed & ~marks.near(inks["A"] | inks["B"], RIM[dimension])
    if stray.any():
        yield f"{stray.sum()} pixels changed away from the marks"
    here = {mark["label"]: mark for mark in view["marks"] if mark["frame"] == frame}
    for letter, ink in inks.items():
        if letter not in here:
            if ink.any():
                yield f"{letter} does not show and has {ink.sum()} pixels of its colour"
            continue
        other = inks["B" if letter == "A" else "A"]
        says: Iterable[str]
        if view["prompt"] == "mask":
            says = mask(ink, other, sections[letter], dimension)
        elif view["prompt"] == "box":
            own = marks.is_exactly(picture, here[letter]["color"])
            says = box(ink, own, other, here[letter]["box"], dimension)
        else:
            says = point(ink, here[letter]["point"], dimension)
        yield from (f"{letter} {here[letter]['box']}: {fault}" for fault in says)


def mask(ink: np.ndarray, other: np.ndarray, section: np.ndarray, dimension: str) -> Iterator[str]:
    """The tint covers the section but for its own letter's rim; beyond it are strokes alone."""
    beyond = marks.thick(ink & ~section, STROKE[dimension]).sum()
    missing = (section & ~ink).sum()
    overlap = (section.sum() - missing) / (section.sum() + beyond)
    if overlap < 0.9 and (missing > LETTER[dimension] or beyond):
        yield f"its tint and its section overlap by {overlap:.2f}, {missing} missing, {beyond} beyond"
    if (other & section).any():
        yield f"the other's colour covers {(other & section).sum()} pixels of it"


def box(ink: np.ndarray, own: np.ndarray, other: np.ndarray, at: list[int], dimension: str) -> Iterator[str]:
    """The outermost pixels of the recorded box are of its colour, or the other's where they cross."""
    outline = marks.outline(at, ink.shape)
    missing = outline & ~own & ~other
    if missing.any():
        yield f"{missing.sum()} of {outline.sum()} pixels of its outline are missing"
    if marks.thick(ink & ~marks.inside(at, ink.shape), STROKE[dimension]).any():
        yield "its colour fills something beyond its box"


def point(ink: np.ndarray, at: list[int], dimension: str) -> Iterator[str]:
    """The middle of the dot is the recorded point."""
    dot = marks.largest(marks.thick(ink, STROKE[dimension]))
    if not dot.any():
        yield "it has no dot"
        return
    y, x = np.argwhere(dot).mean(axis=0)
    if max(abs(x - at[0]), abs(y - at[1])) > 2:
        yield f"its dot lies at {x:.1f}, {y:.1f}, not at {at}"


def middle(ink: np.ndarray, view: dict) -> tuple[float, float]:
    """The middle of a mark on the screen: of what is thicker than a letter, where anything is."""
    whole = marks.filled(ink) if view["prompt"] == "box" else ink
    body = marks.thick(whole, STROKE[view["dimension"]])
    if not body.any():
        body = marks.largest(ink)
    elif view["prompt"] != "mask":
        body = marks.largest(body)
    x0, y0, x1, y1 = marks.box_of(body)
    return (x0 + x1) / 2, (y0 + y1) / 2


def on_screen(view: dict, pictures: list[np.ndarray], question: dict) -> Iterator[str]:
    """The answer that the pixels give: the mean over the frames in which a colour shows."""
    places: dict[str, list[tuple[float, float, float]]] = {"A": [], "B": []}
    for i, picture in enumerate(pictures):
        for letter, ink in inks_of(view, picture).items():
            if ink.any():
                places[letter].append((*middle(ink, view), i))
    if not all(places.values()):
        yield f"no colour of {[letter for letter, found in places.items() if not found]} in any frame"
        return
    a, b = (np.mean(places[letter], axis=0) for letter in "AB")
    x, y, frame = a - b
    seen = {
        frozenset(("left", "right")): "right" if x > 0 else "left",
        frozenset(("above", "below")): "below" if y > 0 else "above",
        frozenset(("earlier", "later")): "later" if frame > 0 else "earlier",
    }[frozenset(question["options"])]
    if seen != question["answer"]:
        yield f"the picture shows {seen}, the answer is {question['answer']}: A {a}, B {b}"
