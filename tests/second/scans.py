"""Unmarked pictures against the scan itself: windowed, bilinear, in the coordinates that they claim."""

from collections.abc import Iterator

import numpy as np
from scipy import sparse
from second import facts
from second.bodies import Body
from second.folder import Folder, pixels
from second.pictures import LONGER, asked, described, turn, turned
from second.screen import canvas_size, shown

SOFT_TISSUE = (40 - 400 / 2, 40 + 400 / 2)
MIRRORED = {
    "left to right": lambda picture: picture[:, ::-1],
    "top to bottom": lambda picture: picture[::-1],
    "both ways": lambda picture: picture[::-1, ::-1],
}


def faults(folder: Folder, bodies: dict[str, Body]) -> list[str]:
    windows = {case_id: window(body) for case_id, body in bodies.items()}
    mirrored = {probe["view_id"]: probe for probe in folder.probes if probe["probe"] == "mirrored"}
    found = []
    for as_stored in folder.views.values():
        view = {**as_stored, "turned": turned(mirrored.get(as_stored["view_id"]), as_stored)}
        if view["prompt"] == "none":
            pictures = [pixels(frame)[0].astype(float) for frame in folder.frames(view["view_id"])]
            says = one_view(view, pictures, bodies[view["case_id"]], *windows[view["case_id"]])
            found += [f"{described(view)}: {fault}" for fault in says]
    return found


def window(body: Body) -> tuple[float, float]:
    """What is black and what is white: soft tissue for a CT, percentiles 1 and 99 for an MRI."""
    if body.side is None:
        return SOFT_TISSUE
    low, high = np.percentile(body.scan, [1, 99])
    return float(low), float(high)


def bilinear(length: int, pixels: int) -> sparse.csr_array:
    """(pixels, length) weights of the voxels for each pixel along one side.

    Triangles two voxels wide, or two pixels wide where a pixel is wider than a voxel, so that none is lost.
    """
    reach = max(1.0, length / pixels)
    at = (np.arange(pixels) + 0.5) * length / pixels - 0.5
    weights = np.maximum(0, 1 - np.abs(at[:, None] - np.arange(length)) / reach)
    return sparse.csr_array(weights / weights.sum(axis=1, keepdims=True))


def expected(body: Body, view: dict, frame: int, low: float, high: float) -> np.ndarray:
    """A frame as the scan has it, 0 to 255."""
    values = shown(facts.plane_of(body.scan, view["plane"], view["slices"][frame]), view["coordinates"])
    grey = (np.clip(values.astype(float), low, high) - low) / (high - low) * 255
    rows, columns = grey.shape
    width, height = view["width"], view["height"]
    if not asked(view):
        width, height, _ = canvas_size(
            body.labels.shape, body.spacing, view["plane"], view["coordinates"], LONGER[view["dimension"]]
        )
    grey = (bilinear(columns, width) @ (bilinear(rows, height) @ grey).T).T
    return turn(in_the_middle(grey, view), view.get("turned", ""))


def in_the_middle(grey: np.ndarray, view: dict) -> np.ndarray:
    """The picture with black around it; of an odd number of rows, the last is below, or in viewing above."""
    before = [
        (length - part) // 2 if view["coordinates"] == "storage" else -((part - length) // 2)
        for length, part in zip((view["height"], view["width"]), grey.shape, strict=True)
    ]
    after = [
        view[side] - n - part for side, n, part in zip(("height", "width"), before, grey.shape, strict=True)
    ]
    return np.pad(grey, list(zip(before, after, strict=True)))


def standard(picture: np.ndarray) -> np.ndarray:
    """Mean 0, deviation 1: the mean product of two such pictures is their correlation."""
    return (picture - picture.mean()) / max(picture.std(), 1e-9)


def one_view(view: dict, pictures: list[np.ndarray], body: Body, low: float, high: float) -> Iterator[str]:
    """Each frame is like the scan; all together are less like the scan in a mirror."""
    ahead = {name: [] for name in MIRRORED}
    for i, picture in enumerate(pictures):
        scan = expected(body, view, i, low, high)
        apart = np.abs(picture - scan)
        if scan.std() < 1:
            if apart.max() > 2:
                yield f"frame {i} is not of one shade, as the scan is"
            continue
        one, other = standard(picture), standard(scan)
        likeness = (one * other).mean()
        if likeness < 0.98 or apart.mean() > 2:
            yield f"frame {i} is like the scan by {likeness:.3f}, {apart.mean():.1f} shades apart"
        for name, mirror in MIRRORED.items():
            ahead[name].append(likeness - (one * mirror(other)).mean())
    for name, by in ahead.items():
        if np.mean(by) < 0.02:
            yield f"as like the scan mirrored {name}"
