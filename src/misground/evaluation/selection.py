"""Selection of questions: filters on columns, and a limit that keeps items whole."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, Final

from misground.errors import UsageError

Row = Mapping[str, Any]

COLUMNS: Final = (
    "task", "plane", "modality", "dimension", "coordinates", "prompt", "terms", "condition", "axis",
    "structure_a", "structure_b", "case_id", "item_id", "question_id", "name_hint", "probe",
)  # fmt: skip


NOT_A_PROBE: Final = "none"


def parse_filter(texts: Iterable[str]) -> dict[str, frozenset[str]]:
    """Parse filters such as "task=in_plane,plane=axial|coronal"; a question must match every column.

    Returns:
        Column -> allowed values.

    Raises:
        UsageError: A part is not of the form COLUMN=VALUE, a column is unknown, or a column is given twice.
    """
    found: dict[str, frozenset[str]] = {}
    for part in (part.strip() for text in texts for part in text.split(",")):
        column, equals, values = (word.strip() for word in part.partition("="))
        allowed = frozenset(value.strip() for value in values.split("|"))
        if not equals or not all(allowed):
            raise UsageError(f"--filter has {part!r}, expected COLUMN=VALUE, such as task=in_plane")
        if column not in COLUMNS:
            raise UsageError(
                f"--filter names the unknown column {column!r}, expected one of {', '.join(COLUMNS)}"
            )
        if column in found and found[column] != allowed:
            raise UsageError(f"--filter gives {column} twice: join the values with |, as in {column}=a|b")
        found[column] = allowed
    return found


def filtered(rows: Sequence[Row], wanted: Mapping[str, frozenset[str]]) -> list[Row]:
    """Keep the questions that have a wanted value in every filtered column, in their order.

    The value `none` of `probe` stands for the questions that are not probes.

    Raises:
        UsageError: No question is left; the message names the value that does not occur, if there is one.
    """
    for column, values in wanted.items():
        present = {level for row in rows if (level := _level(row, column)) is not None}
        unknown = values - present
        if unknown:
            some = ", ".join(sorted(present)[:8]) + (", ..." if len(present) > 8 else "")
            raise UsageError(
                f"--filter: no question has {column}={min(unknown)}, expected one of {some or '(none)'}"
            )
    kept = [row for row in rows if all(_level(row, name) in values for name, values in wanted.items())]
    if not kept:
        raise UsageError(
            "--filter matches no question; drop one of "
            + ", ".join(f"{name}={'|'.join(sorted(values))}" for name, values in wanted.items())
        )
    return kept


def _level(row: Row, column: str) -> str | None:
    value = row[column]
    return NOT_A_PROBE if value is None and column == "probe" else None if value is None else str(value)


def limited(rows: Sequence[Row], limit: int | None) -> list[Row]:
    """Keep at most `limit` questions: whole items, balanced over tasks, planes, axes and the other factors.

    Raises:
        UsageError: The limit is below the size of the smallest item.
    """
    if limit is None or len(rows) <= limit:
        return list(rows)
    items: dict[str, list[Row]] = {}
    for row in rows:
        items.setdefault(row["item_id"], []).append(row)
    taken: set[str] = set()
    left = limit
    for item_id in _in_turn(list(items), [_by(items, key) for key in _BALANCED_BY]):
        if len(items[item_id]) <= left:
            left -= len(items[item_id])
            taken.add(item_id)
    if not taken:
        smallest = min(map(len, items.values()))
        raise UsageError(
            f"--limit is {limit}, and the smallest item has {smallest} questions: raise it to {smallest}"
        )
    return [row for row in rows if row["item_id"] in taken]


def _sign(row: Row) -> int:
    delta = (row["evidence"] or {}).get("delta_mm")
    return 0 if delta is None else (delta > 0) - (delta < 0)


def _place(row: Row) -> int:
    return int(row["options"].index(row["answer"]))


_BALANCED_BY: Final[tuple[Callable[[Row], Hashable], ...]] = (
    lambda row: row["task"],
    lambda row: row["modality"],
    lambda row: row["dimension"],
    lambda row: row["plane"],
    lambda row: row["axis"],
    _sign,
    lambda row: row["stack_reversed"],
    _place,
    lambda row: row["case_id"],
)


def _by(items: Mapping[str, Sequence[Row]], key: Callable[[Row], Hashable]) -> Callable[[str], Hashable]:
    return lambda item_id: key(items[item_id][0])


def _in_turn(ids: Sequence[str], keys: Sequence[Callable[[str], Hashable]]) -> list[str]:
    """Order the ids so that the levels of each key are about equally frequent in every prefix of the list."""
    if not keys or len(ids) < 2:
        return list(ids)
    levels: dict[Hashable, list[str]] = {}
    for item_id in ids:
        levels.setdefault(keys[0](item_id), []).append(item_id)
    queues = [_in_turn(levels[level], keys[1:]) for level in sorted(levels, key=str)]
    longest = max(map(len, queues))
    return [queue[turn] for turn in range(longest) for queue in queues if turn < len(queue)]
