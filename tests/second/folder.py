"""A benchmark folder as its Parquet files say it is, as plain dictionaries."""

import io
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image


@dataclass
class Folder:
    """questions, cases, skipped: rows. views: rows by id, without their frames. items: questions by item.

    questions: without the probes, which are rows of their own.
    repeated: ids of views that are there more than once.
    """

    path: Path
    questions: list[dict]
    views: dict[str, dict]
    cases: dict[str, dict]
    skipped: list[dict]
    repeated: list[str]
    _frames: dict[str, tuple[Path, int]]
    probes: list[dict] = field(default_factory=list)
    _open: dict[Path, pa.Table] = field(default_factory=dict, repr=False)

    @property
    def probes_of(self) -> dict[str, list[dict]]:
        """The probes by item."""
        grouped = defaultdict(list)
        for probe in self.probes:
            grouped[probe["item_id"]].append(probe)
        return dict(grouped)

    @property
    def items(self) -> dict[str, list[dict]]:
        grouped = defaultdict(list)
        for question in self.questions:
            grouped[question["item_id"]].append(question)
        return dict(grouped)

    def view_of(self, question: dict) -> dict | None:
        return self.views[question["view_id"]] if question["view_id"] else None

    def frames(self, view_id: str) -> list[dict]:
        """The frames of a view: {bytes, path}. One file at a time stays in memory."""
        file, row = self._frames[view_id]
        if file not in self._open:
            self._open.clear()
            self._open[file] = pq.read_table(file, columns=["frames"])
        return self._open[file]["frames"][row].as_py()


def read(path: Path) -> Folder:
    views, repeated, frames = {}, [], {}
    for file in sorted((path / "views").glob("*.parquet")):
        names = [name for name in pq.read_schema(file).names if name != "frames"]
        for i, row in enumerate(pq.read_table(file, columns=names).to_pylist()):
            if row["view_id"] in views:
                repeated.append(row["view_id"])
            views[row["view_id"]] = row
            frames[row["view_id"]] = (file, i)
    asked = [row for f in sorted((path / "questions").glob("*.parquet")) for row in rows(f)]
    return Folder(
        path=path,
        questions=[row for row in asked if row["probe"] is None],
        probes=[row for row in asked if row["probe"] is not None],
        views=views,
        cases={row["case_id"]: row for row in rows(path / "cases.parquet")},
        skipped=rows(path / "skipped.parquet"),
        repeated=repeated,
        _frames=frames,
    )


def rows(file: Path) -> list[dict]:
    return pq.read_table(file).to_pylist()


def pixels(frame: dict) -> np.ndarray:
    """A frame's picture as (3, height, width) ints: red, green, blue."""
    with Image.open(io.BytesIO(frame["bytes"])) as image:
        assert image.format == "PNG"
        return np.stack([np.asarray(channel) for channel in image.convert("RGB").split()]).astype(np.int16)
