"""Conversion of the label values of a file to the structure numbers of a case."""

from collections.abc import Iterable, Mapping
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

from misground.anatomy import Structure, structure_table
from misground.errors import CaseError
from misground.volumes.layout import map_elements, parts

_MOST_VALUES: Final = 1 << 16
_SHOWN: Final = 10


def exact_text(value: np.generic) -> str:
    """A number as short text that does not round it: 5, 4.9999999."""
    short = f"{value.item():g}"
    return short if float(short) == value else str(value)


def count_values(labels: NDArray[np.generic]) -> dict[int, int]:
    """Label value -> number of voxels, for all values that occur, including 0.

    Args:
        labels: label map of whole numbers, of any dtype.

    Raises:
        CaseError: a value is negative, above 65535, or not a whole number (for example NaN).
    """
    counts = np.zeros(1 << 8 if labels.dtype == np.uint8 else _MOST_VALUES, np.int64)
    for part in parts(labels):
        low, high = part.min(), part.max()
        if not (low >= 0 and high < _MOST_VALUES):
            if np.isnan(low):
                raise CaseError("found NaN voxels in the label map; expected whole numbers: set them to 0")
            raise CaseError(
                f"found label values from {low.item():g} to {high.item():g}; expected 0 to {_MOST_VALUES - 1}"
            )
        whole = part.astype(np.intp)
        if part.dtype.kind == "f" and (broken := part[whole != part]).size:
            raise CaseError(
                f"found the label value {exact_text(broken[0])}; expected whole numbers: round them and save "
                "them as integers"
            )
        counts += np.bincount(whole, minlength=counts.size)
    return {int(value): int(counts[value]) for value in np.flatnonzero(counts)}


def present_structures(
    values: Iterable[int], structures: Mapping[int, Structure], ignored: frozenset[int]
) -> tuple[Structure, ...]:
    """The structures of these label values, each once, in the order of the structure table.

    Args:
        values: the label values that occur.
        structures: label value -> structure.
        ignored: known values without a structure.

    Raises:
        CaseError: a value is unknown (all such values are listed), or there is no structure.
    """
    found = sorted(set(values) - {0})
    unknown = [value for value in found if value not in structures and value not in ignored]
    if unknown:
        more = f" and {len(unknown) - _SHOWN} more" if len(unknown) > _SHOWN else ""
        shown = ", ".join(map(str, unknown[:_SHOWN]))
        raise CaseError(f"unknown label values {shown}{more}; expected values of the label table")
    by_key = {structures[value].key: structures[value] for value in found if value in structures}
    if not by_key:
        raise CaseError("the label map has no structure; expected at least one labelled voxel")
    return tuple(by_key[key] for key in sorted(by_key, key=structure_table().rank))


def relabel(
    labels: NDArray[np.generic], structures: Mapping[int, Structure], present: tuple[Structure, ...]
) -> NDArray[np.unsignedinteger]:
    """The label map with i + 1 for `present[i]` and 0 elsewhere; uint8 or uint16, in equal memory order."""
    numbers = {structure.key: i for i, structure in enumerate(present, 1)}
    table = np.zeros(_MOST_VALUES, np.uint8 if len(present) < 256 else np.uint16)
    for value, structure in structures.items():
        if 0 < value < _MOST_VALUES:
            table[value] = numbers.get(structure.key, 0)
    numbered = map_elements(labels, lambda part: table[part.astype(np.intp)], table.dtype)
    return cast("NDArray[np.unsignedinteger]", numbered)
