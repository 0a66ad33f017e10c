"""Checks of whole columns at once; the first row that fails is named in one line."""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from misground.errors import UsageError

Mask = npt.NDArray[np.bool_]
_LONGEST_VALUE: Final = 60
_MOST_ITEMS: Final = 10


class Rows:
    """Some rows of a table, to be checked.

    Args:
        table: the rows, with plain types.
        name: the file, for messages.
        key: the column that identifies a row, for messages.
        first: the number of the first row in the file, for messages.
    """

    def __init__(self, table: pa.Table, name: str, key: str, first: int = 0) -> None:
        self.table = table
        self._name, self._key, self._first = name, key, first

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def column(self, name: str) -> pa.Array:
        """A column as one array; `a.b` for the field b of the struct a."""
        head, _, rest = name.partition(".")
        found = self.table[head].combine_chunks()
        found = found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
        return pc.struct_field(found, rest) if rest else found

    def refuse(self, wrong: pa.Array | Mask, column: str, expected: str) -> None:
        """Raise UsageError for the first row where `wrong` is true; null counts as false."""
        mask = wrong if isinstance(wrong, np.ndarray) else as_mask(wrong)
        if mask.any():
            at = int(mask.argmax())
            value = shown(self.column(column)[at])
            raise UsageError(f"{self._where(at)}: {column} is {value}, expected {expected}")

    def refuse_item(self, wrong: Mask, parents: npt.NDArray[np.int64], column: str, told: str) -> None:
        """As `refuse`, for items of a list; parents: the row of each item; told: what is wrong."""
        if wrong.any():
            raise UsageError(f"{self._where(int(parents[int(wrong.argmax())]))}: {column}: {told}")

    def _where(self, at: int) -> str:
        key = shown(self.column(self._key)[at]) if self._key in self.table.column_names else "?"
        return f"{self._name}: row {self._first + at + 1:,} ({self._key} {key})"

    def never_null(self, columns: Iterable[str]) -> None:
        """Each of these columns has a value in every row."""
        for name in columns:
            column = self.column(name)
            if column.null_count:
                self.refuse(pc.is_null(column), name, "a value in every row")

    def words(self, column: str, allowed: Sequence[str], *, null: bool = False) -> None:
        """Every value is one of some words; or null, if that is allowed."""
        found = self.column(column)
        known = pc.is_in(found, value_set=pa.array(allowed, pa.string()))
        wrong = ~as_mask(known) & (as_mask(pc.is_valid(found)) if null else True)
        self.refuse(wrong, column, f"one of {', '.join(allowed)}" + (", or null" if null else ""))

    def names(self, columns: Iterable[str]) -> None:
        """Each of these columns holds ids or keys: not empty, and without the character NUL; or null."""
        for name in columns:
            found = self.column(name)
            wrong = as_mask(pc.equal(found, "")) | as_mask(pc.match_substring(found, "\x00"))
            if wrong.any():
                at = int(wrong.argmax())
                raise UsageError(
                    f"{self._where(at)}: {name} {shown(found[at])} is not a valid id, expected a text that "
                    "is not empty and without the character NUL"
                )

    def filled(self, columns: Iterable[str]) -> None:
        """Each of these columns holds texts that are not empty; or null."""
        for name in columns:
            self.refuse(pc.equal(self.column(name), ""), name, "a text that is not empty")

    def numbers(self, column: str, low: float, high: float, *, above: bool = False) -> None:
        """Every value is a finite number from low to high (above: greater than low), or null."""
        found = self.column(column)
        least = pc.greater(found, low) if above else pc.greater_equal(found, low)
        fine = pc.fill_null(pc.and_kleene(least, pc.less_equal(found, high)), True)  # NaN is neither
        what = f"a number above {low:g} and" if above else f"a number from {low:,g}"
        self.refuse(pc.invert(fine), column, f"{what} up to {high:,g}" if above else f"{what} to {high:,g}")

    def null_where(self, column: str, wanted: Mask, when: str) -> None:
        """The column is null in exactly the rows of `wanted`."""
        null = as_mask(pc.is_null(self.column(column)))
        self.refuse(~wanted & null, column, "a value")
        self.refuse(wanted & ~null, column, f"null {when}")

    def lengths(self, column: str) -> npt.NDArray[np.int64]:
        """The length of each list; 0 for null."""
        found = pc.list_value_length(self.column(column))
        return as_numbers(found)

    def among(self, columns: Sequence[str], allowed: Iterable[Sequence[str]], expected: str) -> None:
        """The values of some columns occur together; a null is written as ""."""
        parts = [pc.fill_null(self.column(name), "") for name in columns]
        joined = pc.binary_join_element_wise(*parts, "/")
        known = pa.array(["/".join(values) for values in allowed], pa.string())
        self.refuse(pc.invert(pc.is_in(joined, value_set=known)), columns[-1], expected)

    def mask(self, column: str, value: str) -> Mask:
        """The rows in which a column has a value."""
        return as_mask(pc.equal(self.column(column), value))

    def distinct(self, column: str) -> None:
        """No value of a column occurs twice."""
        found = self.column(column).dictionary_encode()
        if len(found.dictionary) < len(found):
            self.refuse(repeats(found.indices), column, "a value that no other row has")


def items(column: pa.Array) -> tuple[pa.Array, npt.NDArray[np.int64]]:
    """The items of all lists in a column, and the row of each."""
    parents = pc.list_parent_indices(column).to_numpy(zero_copy_only=False).astype(np.int64)
    return column.flatten(), parents


def as_mask(column: pa.Array) -> Mask:
    """A column of booleans as an array; null is false."""
    filled = pc.fill_null(column, False)
    found: Mask = _values(filled).astype(bool)
    return found


def as_numbers(column: pa.Array) -> npt.NDArray[np.int64]:
    """A column of whole numbers as an array; null is 0."""
    found: npt.NDArray[np.int64] = _values(pc.fill_null(column, 0)).astype(np.int64)
    return found


def repeats(codes: pa.Array) -> Mask:
    """The places where a number occurs again; null is a number of its own."""
    numbers = pc.fill_null(codes, -1).to_numpy(zero_copy_only=False)
    _, first = np.unique(numbers, return_index=True)
    found = np.ones(len(numbers), bool)
    found[first] = False
    return found


def shown(value: Any) -> str:
    """A value from a file as a message shows it: short, in one line, without control characters."""
    if isinstance(value, pa.ListScalar) and value.is_valid and len(value) > _MOST_ITEMS:
        return f"a list of {len(value):,}"
    found = value.as_py() if isinstance(value, pa.Scalar) else value
    if isinstance(found, str | bytes) and len(found) > _LONGEST_VALUE:
        found = found[:_LONGEST_VALUE]
        return f"{found!r}..."
    text = re.sub(r"\s+", " ", repr(found))
    return text if len(text) <= 2 * _LONGEST_VALUE else text[: 2 * _LONGEST_VALUE] + "..."


def _values(column: Any) -> Any:
    """A column without nulls as an array."""
    return column.to_numpy() if isinstance(column, pa.ChunkedArray) else column.to_numpy(zero_copy_only=False)
