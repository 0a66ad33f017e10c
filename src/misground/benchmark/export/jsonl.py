"""The JSON-lines export: one object per question, and each picture once, as a PNG file named by its hash."""

import hashlib
import json
from pathlib import Path
from typing import Any, Final

from misground.benchmark.export.rows import Progress, Questions, png_frames
from misground.benchmark.export.target import Exported
from misground.benchmark.files import replacing, write_text

_HASH_BYTES: Final = 32
_VIEW_COLUMNS: Final = ("slices", "width", "height", "mm_per_pixel")


def write(questions: Questions, folder: Path, progress: Progress) -> Exported:
    """Write `questions.jsonl`, `frames/*/*.png` and a README.md."""
    facts: dict[str, dict[str, Any]] = {}
    hashes: dict[str, bytes] = {}  # a view's frames in order, 32 bytes each
    written: set[bytes] = set()
    for view, _ in questions.with_views():
        pngs = png_frames(view)
        names = [hashlib.sha256(png).digest() for png in pngs]
        for name, png in zip(names, pngs, strict=True):
            if name not in written:
                path = folder / _frame_path(name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(png)
                written.add(name)
        hashes[view["view_id"]] = b"".join(names)
        facts[view["view_id"]] = {column: view[column] for column in _VIEW_COLUMNS}
    done = 0
    with (
        replacing(folder / "questions.jsonl") as part,
        part.open("w", encoding="utf-8", newline="\n") as file,
    ):
        for row in questions.in_order():
            view_id = row["view_id"]
            frames = [] if view_id is None else [_frame_path(name) for name in _split(hashes[view_id])]
            row |= {"frames": frames, "view": facts.get(view_id)}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            done += 1
            progress(done, len(questions))
    write_text(_README, folder / "README.md")
    return Exported(done, len(hashes), len(written), 0, ("questions.jsonl", "frames/", "README.md"))


def _frame_path(name: bytes) -> str:
    text = name.hex()
    return f"frames/{text[:2]}/{text}.png"


def _split(names: bytes) -> list[bytes]:
    return [names[at : at + _HASH_BYTES] for at in range(0, len(names), _HASH_BYTES)]


_README: Final = """\
# MIS-Ground as JSON lines

`questions.jsonl` holds one object per question: every column of the benchmark, `options` in the order to
show, `answer` (one of them), and `frames`, the paths of its pictures in display order (empty for a question
without a picture). `view` gives the slices (indices along the patient's axis), the size in pixels, and the
millimetres per pixel. The marks in the pictures are labelled A and B, so do not label the options with
letters.

Not for clinical use. See the benchmark's own card for the licences and attribution of the scans.
"""
