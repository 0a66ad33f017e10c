"""Tables that no build or run writes: a tiny benchmark, replies to it, and every way to spoil a column.

Plain functions, the same for the same seed, for the tests here and for long runs.
"""

import hashlib
import io
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from misground.benchmark.settings import FORMAT
from misground.records.schemas import CASES, QUESTIONS, RESULTS, SKIPPED, VIEWS

Row = dict[str, Any]
Step = str | int
TABLES: Mapping[str, pa.Schema] = {
    "questions/test.parquet": QUESTIONS,
    "views/a.parquet": VIEWS,
    "cases.parquet": CASES,
    "skipped.parquet": SKIPPED,
}
"""The tables of `tiny` by their paths."""
RESULTS_FILE = "log/results.parquet"
SIDE = 24
"""Pixels of the pictures of `tiny`."""
_COLORS = {"A": "#ffb000", "B": "#40b0ff"}
_TEXTS = (
    "", "\x00", "unknown", "../../x", "\u202eevil", "<script>x</script>", "CON", "A" * 3_000, "\x1b[31m", "9",
)  # fmt: skip
_NUMBERS = (-1, 0, 1, 9, 33, 2**31 - 1, -(2**31))
_FLOATS = (math.nan, math.inf, -math.inf, 0.0, -1.0, 0.5, 1e308)
_BYTES = (b"", b"GIF89a", b"\x89PNG\r\n\x1a\n", bytes(100_000))
_LONG = 5_000


# A tiny benchmark


def tiny(root: Path) -> Path:
    """Write a benchmark of one case, an item of each kind, and small pictures; every command takes it."""
    questions, views = _items()
    case = {
        "case_id": "s1", "modality": "ct", "source": "labelmap", "spacing_mm": [1.0] * 3, "shape": [SIDE] * 3,
        "oblique_degrees": 0.0, "side": None, "structures": ["liver", "spleen"],
    }  # fmt: skip
    skipped = {"case_id": "s2", "source": "labelmap", "reason": "it has no scan"}
    rows = dict(zip(TABLES, (questions, views, [case], [skipped]), strict=True))
    for name, schema in TABLES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(rows[name], schema), path)
    files = {name: hashlib.sha256((root / name).read_bytes()).hexdigest() for name in sorted(TABLES)}
    lines = "".join(f"{name}\t{value}\n" for name, value in files.items())
    manifest = {
        "format": FORMAT, "version": "0.1.0", "preset": "mini", "seed": 0,
        "settings": {"preset": "mini", "seed": 0}, "sources": ["labelmap"],
        "counts": {"cases": 1, "questions": len(questions), "views": len(views)}, "notes": [], "files": files,
        "content_hash": hashlib.sha256(lines.encode()).hexdigest(),
    }  # fmt: skip
    (root / "manifest.json").write_text(json.dumps(manifest))
    return root


def write_replies(root: Path, epochs: int = 2) -> Path:
    """Write the results of a run on the benchmark in `root` into its neighbour; return their path."""
    questions = pq.read_table(root / "questions" / "test.parquet", partitioning=None).to_pylist()
    known = json.loads((root / "manifest.json").read_text())["content_hash"]
    path = root.parent / RESULTS_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [_reply(row, known, epoch) for row in questions for epoch in range(1, epochs + 1)]
    pq.write_table(pa.Table.from_pylist(rows, RESULTS), path, row_group_size=7)
    return path


def _reply(question: Row, content_hash: str, epoch: int) -> Row:
    asked = {name: question[name] for name in RESULTS.names if name in question}
    return {
        **dict.fromkeys(RESULTS.names), **asked, "run_id": "run0", "benchmark_hash": content_hash,
        "model": "lab/model", "model_parameters": 10**9, "decoding": "default", "decoding_settings": "{}",
        "epoch": epoch, "outcome": "correct", "extracted": question["answer"],
        "completion": f"Answer: {question['answer']}", "input_tokens": 9, "output_tokens": 3, "seconds": 0.5,
    }  # fmt: skip


def _items() -> tuple[list[Row], list[Row]]:
    questions: list[Row] = []
    views: list[Row] = []
    for dimension, task, plane, axis in (
        ("2d", "in_plane", "axial", "y"),
        ("3d", "cross_slice", "coronal", "y"),
        ("3d", "slice_direction", "sagittal", None),
        ("3d", "stack_order", "axial", "z"),
    ):
        relation, flat = task in ("in_plane", "cross_slice"), dimension == "2d"
        item = {
            "item_id": f"{task}-{dimension}", "case_id": "s1", "modality": "ct", "dimension": dimension,
            "plane": plane, "task": task, "axis": axis, "stack_reversed": None if flat else False,
            "structure_a": "liver" if relation else None, "structure_b": "spleen" if relation else None,
            "evidence": {"p_a_greater": 1.0, "delta_mm": 12.0} if relation else None,
            "shared_frames": 0 if relation and not flat else None, "name_hint": "none",
        }  # fmt: skip
        for condition, prompt, coordinates in _factors(relation):
            view = None if condition == "text_only" else _view(item, condition, prompt, coordinates)
            views += [] if view is None else [view]
            questions.append(_question(item, condition, prompt, coordinates, view, len(questions)))
    return questions, views


def _factors(relation: bool) -> Iterator[tuple[str, str, str]]:
    for coordinates, prompt in product(("storage", "viewing"), ("none", "box") if relation else ("none",)):
        yield "image", prompt, coordinates
    if relation:
        yield "text_only", "none", "viewing"
        yield "blank", "box", "viewing"


def _question(item: Row, condition: str, prompt: str, coordinates: str, view: Row | None, number: int) -> Row:
    words = {
        "in_plane": ("anterior", "posterior"),
        "cross_slice": ("anterior", "posterior"),
        "slice_direction": ("axial", "coronal", "sagittal"),
        "stack_order": ("superior", "inferior"),
    }
    options = list(words[item["task"]])
    text = "In this stack, which plane is it?"
    if item["structure_a"] is not None:
        text = "In this picture, what is the position of the liver relative to the spleen?"
        text = text.replace("the liver", "A").replace("the spleen", "B") if condition == "blank" else text
    return {
        **item, "question_id": f"q{number}", "condition": condition, "prompt": prompt,
        "coordinates": coordinates, "terms": "anatomical", "text": text, "options": options,
        "answer": item["plane"] if item["task"] == "slice_direction" else options[0],
        "view_id": None if view is None else view["view_id"],
    }  # fmt: skip


def _view(item: Row, condition: str, prompt: str, coordinates: str) -> Row:
    count = 1 if item["dimension"] == "2d" else 3
    marks = [
        {"structure": key, "label": label, "color": _COLORS[label], "frame": frame, "box": [2, 2, 9, 9],
         "point": [4, 4]}
        for frame, key, label in ((0, "liver", "A"), (count - 1, "spleen", "B"))
    ]  # fmt: skip
    name = f"{item['item_id']}-{condition}-{prompt}-{coordinates}"
    return {
        **{name: item[name] for name in ("case_id", "dimension", "plane")}, "view_id": name,
        "coordinates": coordinates, "prompt": prompt, "blank": condition == "blank", "mirrored": False,
        "slices": list(range(count)), "frames": [{"bytes": _png(n), "path": None} for n in range(count)],
        "width": SIDE, "height": SIDE, "mm_per_pixel": 1.0,
        "marks": marks if item["structure_a"] is not None else [],
    }  # fmt: skip


def _png(level: int) -> bytes:
    file = io.BytesIO()
    Image.new("L", (SIDE, SIDE), 40 + level).save(file, format="PNG")
    return file.getvalue()


# Mutations


def mutations(table: pa.Table, seed: int = 0) -> Iterator[tuple[str, pa.Table]]:
    """Every mutation of a table with at least one row, each with a name.

    Columns go, come twice and change their types; values of a random row (by `seed`) become null, empty,
    extreme or unknown, in lists and structs too; rows are repeated, removed and mixed.
    """
    yield from _whole(table)
    rows = table.to_pylist()
    dice = Random(seed)
    for path, kind in leaves(table.schema):
        for name, value in _values(kind):
            changed = deepcopy(rows)
            at = dice.randrange(len(rows))
            if not _set(changed[at], path, value) and not any(_set(row, path, value) for row in changed):
                continue
            where = ".".join(map(str, path))
            yield f"{where} = {name}", pa.Table.from_pylist(changed, table.schema)


def leaves(schema: pa.Schema) -> Iterator[tuple[tuple[Step, ...], pa.DataType]]:
    """The path and type of every column, struct, list and value; 0 stands for the first item of a list."""
    for field in schema:
        yield from _below((field.name,), field.type)


def _below(path: tuple[Step, ...], kind: pa.DataType) -> Iterator[tuple[tuple[Step, ...], pa.DataType]]:
    yield path, kind
    if pa.types.is_list(kind):
        yield from _below((*path, 0), kind.value_type)
    elif pa.types.is_struct(kind):
        for field in kind:
            yield from _below((*path, field.name), field.type)


def _whole(table: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    yield "no rows", table.slice(0, 0)
    yield "rows twice", pa.concat_tables([table, table])
    yield "first row only", table.slice(0, 1)
    yield "reversed rows", table.take(list(range(len(table)))[::-1])
    for number, field in enumerate(table.schema):
        yield f"without {field.name}", table.remove_column(number)
        yield f"{field.name} twice", table.append_column(field, table[field.name])
        nulls = pa.nulls(len(table), field.type)
        yield f"{field.name} all null", table.set_column(number, field, nulls)
        other = pa.array(["7" if pa.types.is_integer(field.type) else 7] * len(table))
        yield f"{field.name} of type {other.type}", table.set_column(number, field.name, other)
        if pa.types.is_string(field.type):
            encoded, wide = table[field.name].dictionary_encode(), table[field.name].cast(pa.large_string())
            yield f"{field.name} encoded", table.set_column(number, field.name, encoded)
            yield f"{field.name} wide", table.set_column(number, field.name, wide)


def _values(kind: pa.DataType) -> Iterator[tuple[str, Any]]:
    yield "null", None
    if pa.types.is_list(kind):
        one = _plain(kind.value_type)
        yield from {
            "[]": [], "[one]": [one], "[null]": [None], "nine": [one] * 9, "long": [one] * _LONG,
        }.items()  # fmt: skip
    elif pa.types.is_struct(kind):
        yield "null fields", {field.name: None for field in kind}
    else:
        for value in _leaf_values(kind):
            shown = repr(value)
            yield shown if len(shown) < 30 else f"{len(shown)} characters", value


def _leaf_values(kind: pa.DataType) -> Sequence[Any]:
    if pa.types.is_boolean(kind):
        return (True, False)
    if pa.types.is_floating(kind):
        return _FLOATS
    if pa.types.is_integer(kind):
        return _NUMBERS
    return _BYTES if pa.types.is_binary(kind) else _TEXTS


def _plain(kind: pa.DataType) -> Any:
    if pa.types.is_list(kind):
        return [_plain(kind.value_type)]
    if pa.types.is_struct(kind):
        return {field.name: _plain(field.type) for field in kind}
    return _leaf_values(kind)[2]


def _set(row: Row, path: Sequence[Step], value: Any) -> bool:
    """Put a value at a place in a row; false if the row has no such place."""
    here: Any = row
    for step in path[:-1]:
        if here is None or (isinstance(step, int) and not here):
            return False
        here = here[step]
    if here is None or (isinstance(path[-1], int) and not here):
        return False
    here[path[-1]] = value
    return True
