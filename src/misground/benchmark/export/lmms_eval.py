"""A task folder for lmms-eval: YAML, `utils.py`, and the questions with their pictures as Parquet.

lmms-eval passes `dataset_path: parquet` and `data_files` to `datasets.load_dataset`, relative to the working
directory. Options have no letters and the marks stay A and B, as in the prompt of `misground eval`.
"""

from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from misground.benchmark.export.rows import Progress, Questions, png_frames
from misground.benchmark.export.target import Exported
from misground.benchmark.files import write_text
from misground.benchmark.hub import with_features
from misground.dialogue import prompt_text
from misground.records.schemas import FRAME, QUESTIONS

_FILE: Final = "data/test-00000.parquet"
_COPIED: Final = ("misground.yaml", "utils.py", "README.md")
_SCHEMA: Final = with_features(
    pa.schema(
        [
            *QUESTIONS,
            ("prompt_text", pa.string()),  # byte for byte that of `misground eval`
            ("images", pa.list_(FRAME)),
        ]
    )
)


def write(questions: Questions, folder: Path, progress: Progress) -> Exported:
    """Write `data/*.parquet`, `misground.yaml`, `utils.py` and a README.md.

    A view that several questions share is stored with each of them, since the harness reads only one table.
    """
    path = folder / _FILE
    path.parent.mkdir(parents=True)
    done = views = frames = 0
    with pq.ParquetWriter(path, _SCHEMA, compression="zstd") as writer:
        for view, rows in questions.with_views():
            # Never a path, which `datasets` would open, whatever the benchmark holds.
            images = [{"bytes": png, "path": None} for png in png_frames(view)]
            _write(writer, rows, images)
            done += len(rows)
            views += 1
            frames += len(rows) * len(images)
            progress(done, len(questions))
        rest = questions.without_views()
        if rest:
            _write(writer, rest, [])
            done += len(rest)
    progress(done, len(questions))
    for name in _COPIED:
        template = files("misground.benchmark.export") / "lmms_task" / name
        write_text(template.read_text(encoding="utf-8"), folder / name)
    return Exported(done, views, frames, 0, (_FILE, *_COPIED))


def _write(writer: pq.ParquetWriter, rows: Iterable[Mapping[str, Any]], images: list[dict[str, Any]]) -> None:
    full = [{**row, "prompt_text": prompt_text(row, len(images)), "images": images} for row in rows]
    writer.write_table(pa.Table.from_pylist(full, schema=_SCHEMA))
