"""Benchmark folders and results that a stranger made: changed tables, records and pictures."""

import io
import json
import shutil
import struct
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from .byte_changes import HOSTILE_TEXTS, any_value, change_bytes, change_json

MOST_CELLS: Final = 3


def change_benchmark(folder: Path, rng: Random) -> None:
    """Change one or two files of a benchmark folder."""
    for _ in range(rng.randint(1, 2)):
        path = rng.choice(sorted(path for path in folder.rglob("*") if path.is_file()))
        if path.suffix == ".parquet":
            _change_parquet(path, rng, pictures=path.parent.name == "views")
        elif path.suffix == ".json":
            path.write_bytes(change_json(path.read_text(encoding="utf-8", errors="replace"), rng))
        else:
            path.write_bytes(change_bytes(path.read_bytes(), rng))
        if rng.random() < 0.05:
            path.unlink()


def change_run(folder: Path, rng: Random) -> None:
    """Change results.parquet or run.json of a log folder."""
    if rng.random() < 0.7:
        _change_parquet(folder / "results.parquet", rng, pictures=False)
    else:
        path = folder / "run.json"
        path.write_bytes(change_json(path.read_text(encoding="utf-8", errors="replace"), rng))


def _change_parquet(path: Path, rng: Random, *, pictures: bool) -> None:
    if rng.random() < 0.15:
        content = path.read_bytes()
        end = change_bytes(content[-4096:], rng) if rng.random() < 0.5 else None
        path.write_bytes(change_bytes(content, rng) if end is None else content[:-4096] + end)
        return
    try:
        table = pq.read_table(path, partitioning=None)
    except (OSError, pa.ArrowException):  # the first change broke it
        return
    if pictures and rng.random() < 0.5:
        table = _with_odd_pictures(table, rng)
    else:
        table = _CHANGES[rng.randrange(len(_CHANGES))](table, rng)
    with suppress(pa.ArrowException, OSError):  # some tables cannot be written
        pq.write_table(table, path, compression=rng.choice(("zstd", "snappy", "none")))


def _cells(table: pa.Table, rng: Random) -> pa.Table:
    """Some cells of a column with other values of its type, or of another."""
    at = rng.randrange(table.num_columns)
    field = table.schema.field(at)
    values = table.column(at).to_pylist()
    for row in {rng.randrange(len(values)) for _ in range(rng.randint(1, MOST_CELLS))} if values else ():
        values[row] = _value(field.type, rng)
    if rng.random() < 0.1:
        values = [_value(field.type, rng)] * len(values)
    made = pa.array(values, field.type)
    return table.set_column(at, pa.field(field.name, field.type), made)


def _value(kind: pa.DataType, rng: Random) -> Any:
    """A value of an Arrow type, rarely a sensible one."""
    if rng.random() < 0.15:
        return None
    if pa.types.is_struct(kind):
        return {field.name: _value(field.type, rng) for field in kind}
    if pa.types.is_list(kind):
        return [_value(kind.value_type, rng) for _ in range(rng.choice((0, 1, 2, 3, 40)))]
    if pa.types.is_floating(kind):
        return rng.choice((0.0, -1.0, float("nan"), float("inf"), -float("inf"), 1e308, 5e-324))
    if pa.types.is_integer(kind):
        top = 2 ** (kind.bit_width - 1) - 1
        return rng.choice((0, -1, 1, 7, top, -top - 1))
    if pa.types.is_boolean(kind):
        return rng.random() < 0.5
    if pa.types.is_binary(kind):
        return rng.randbytes(10)
    return rng.choice(HOSTILE_TEXTS).encode("utf-8", "replace").decode()


def _columns(table: pa.Table, rng: Random) -> pa.Table:
    """A column missing, twice, of another name or type."""
    at = rng.randrange(table.num_columns)
    name = table.schema.names[at]
    kind = rng.randrange(5)
    if kind == 0:
        return table.remove_column(at)
    if kind == 1:
        return table.append_column(name, table.column(at))
    if kind == 2:
        names = list(table.schema.names)
        names[at] = rng.choice(HOSTILE_TEXTS).encode("utf-8", "replace").decode()
        return table.rename_columns(names)
    if kind == 3:
        others = ([any_value(rng)] * table.num_rows, [None] * table.num_rows, [b"x"] * table.num_rows)
        for values in others:
            try:
                return table.set_column(at, name, pa.array(values))
            except (pa.ArrowException, OverflowError):
                continue
    return table.select(rng.sample(table.schema.names, rng.randint(0, table.num_columns)))


def _rows(table: pa.Table, rng: Random) -> pa.Table:
    """No rows, one, each twice, in another order, or some of them many times."""
    count = table.num_rows
    if not count:
        return table
    kind = rng.randrange(5)
    if kind == 0:
        return table.slice(0, 0)
    if kind == 1:
        return table.slice(rng.randrange(count), 1)
    if kind == 2:
        return pa.concat_tables([table, table])
    if kind == 3:
        return table.take(rng.sample(range(count), count))
    return table.take([rng.randrange(count)] * rng.choice((10, 2_000)))


_CHANGES: Final[tuple[Callable[[pa.Table, Random], pa.Table], ...]] = (
    _cells,
    _cells,
    _cells,
    _columns,
    _rows,
)


def _with_odd_pictures(table: pa.Table, rng: Random) -> pa.Table:
    if "frames" not in table.schema.names or not table.num_rows:
        return table
    at = table.schema.names.index("frames")
    frames = table.column(at).to_pylist()
    row = rng.randrange(len(frames))
    if frames[row]:
        number = rng.randrange(len(frames[row]))
        content = (frames[row][number] or {}).get("bytes") or b""
        frames[row][number] = {"bytes": odd_picture(content, rng), "path": rng.choice((None, "/etc/passwd"))}
    return table.set_column(at, table.schema.field(at), pa.array(frames, table.schema.field(at).type))


def odd_picture(content: bytes, rng: Random) -> bytes | None:
    """A picture that is none, another format, or larger than it seems."""
    kind = rng.randrange(9)
    if kind == 0:
        return None
    if kind == 1:
        return b""
    if kind == 2:
        return bytes(rng.choice((10, 5_000_000)))
    if kind == 3:
        return _saved(
            Image.new("L", (64, 64)), "GIF", append_images=[Image.new("L", (64, 64))] * 3, save_all=True
        )
    if kind == 4:
        return _saved(Image.new(rng.choice(("L", "RGB", "P", "1", "I;16")), (64, 64)), "PNG")
    if kind == 5:  # a claim of 60,000 x 60,000 pixels
        return content[:16] + struct.pack(">II", 60_000, 60_000) + content[24:]
    if kind == 6:
        return _with_chunk(content, b"zTXt", b"x\0\0" + zlib.compress(bytes(rng.choice((10, 80_000_000)))))
    if kind == 7:
        return _with_chunk(content, rng.choice((b"tEXt", b"iCCP", b"acTL", b"eXIf")), rng.randbytes(30))
    return change_bytes(content, rng)


def _saved(image: Image.Image, form: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def _with_chunk(content: bytes, kind: bytes, data: bytes) -> bytes:
    """A PNG file with one chunk more after its header."""
    chunk = struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return content[:33] + chunk + content[33:]


def copied(folder: Path, to: Path) -> Path:
    """A copy that may be changed."""
    shutil.copytree(folder, to)
    return to


def foreign_record(rng: Random) -> str:
    """A record as our commands leave in the folders that they write, with odd names."""
    names = rng.sample([*HOSTILE_TEXTS, "report.html", "../keep.txt", "index.html"], 4)
    return json.dumps(
        {"misground": "0.1.0", "runs": [], "files": {name: {"sha256": "0", "size": 1} for name in names}}
    )
