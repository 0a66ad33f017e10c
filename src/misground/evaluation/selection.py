"""Which questions of a benchmark are asked: filters on columns, and a limit that keeps items whole."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, Final

from misground.errors import UsageError

Row = Mapping[str, Any]

COLUMNS: Final = (
    "task", "plane", "modality", "dimension", "coordinates", "prompt", "terms", "condition", "axis",
    "structure_a", "structure_b", "case_id", "item_id", "question_id", "name_hint",
)  # fmt: skip


def parse_filter(texts: Iterable[str]) -> dict[str, frozenset[str]]:
    """`task=in_plane,plane=axial|coronal` as column -> allowed values; several columns must all hold.

    Raises:
        UsageError: a part is no `column=value`, a column is unknown, or it is given twice.
    """
    found: dict[str, frozenset[str]] = {}
    for part in (part.strip() for text in texts for part in text.split(",")):
        column, equals, values = (word.strip() for word in part.partition("="))
        allowed = frozenset(value.strip() for value in values.split("|"))
        if not equals or not all(allowed):
            raise UsageError(f"--filter: found {part!r}, expected column=value, such as task=in_plane")
        if column not in COLUMNS:
            raise UsageError(
                f"--filter: no column {column!r} to filter by, expected one of {', '.join(COLUMNS)}"
            )
        if column in found and found[column] != allowed:
            raise UsageError(f"--filter: {column} is given twice: join its values by |, as in {column}=a|b")
        found[column] = allowed
    return found


def filtered(rows: Sequence[Row], wanted: Mapping[str, frozenset[str]]) -> list[Row]:
    """The questions that hold one of the wanted values in every filtered column, in their order.

    Raises:
        UsageError: nothing is left; it names the value that does not occur, where one is to blame.
    """
    for column, values in wanted.items():
        present = {str(row[column]) for row in rows if row[column] is not None}
        unknown = values - present
        if unknown:
            some = ", ".join(sorted(present)[:8]) + (", ..." if len(present) > 8 else "")
            raise UsageError(
                f"--filter: no question has {column}={min(unknown)}, the benchmark holds {some or 'none'}"
            )
    kept = [row for row in rows if all(str(row[name]) in values for name, values in wanted.items())]
    if not kept:
        raise UsageError(
            "--filter: no question has all of "
            + ", ".join(f"{name}={'|'.join(sorted(values))}" for name, values in wanted.items())
        )
    return kept


def limited(rows: Sequence[Row], limit: int | None) -> list[Row]:
    """At most `limit` questions: whole items, taken in turn over all that a draw is balanced by.

    Raises:
        UsageError: the limit is below the smallest item.
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
        raise UsageError(f"--limit {limit} is below the smallest item, of {smallest} questions: raise it")
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
    """The ids so ordered that every beginning of the list holds each key's levels about equally often."""
    if not keys or len(ids) < 2:
        return list(ids)
    levels: dict[Hashable, list[str]] = {}
    for item_id in ids:
        levels.setdefault(keys[0](item_id), []).append(item_id)
    queues = [_in_turn(levels[level], keys[1:]) for level in sorted(levels, key=str)]
    longest = max(map(len, queues))
    return [queue[turn] for turn in range(longest) for queue in queues if turn < len(queue)]
