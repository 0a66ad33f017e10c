"""Iterating over a volume's voxels in memory order, in parts of limited size.

A RAS+ volume is often a transposed and flipped view of a file's array. Counting or mapping voxels does not
depend on their order, and memory order is several times faster.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

_Scalar = TypeVar("_Scalar", bound=np.generic)
_PART: Final = 1 << 18


def memory_layout(array: NDArray[np.generic]) -> tuple[list[bool], list[int]]:
    """Which axes are reversed in memory, and the axes sorted from slowest to fastest."""
    flips = [stride < 0 for stride in array.strides]
    return flips, sorted(range(array.ndim), key=lambda axis: -abs(array.strides[axis]))


def memory_order(array: NDArray[_Scalar]) -> NDArray[_Scalar]:
    """All elements (N,) in memory order: a view, or a copy if the array has gaps."""
    flips, order = memory_layout(array)
    return array[_steps(flips)].transpose(order).reshape(-1)


def from_memory_order(
    flat: NDArray[_Scalar], shape: Sequence[int], flips: Sequence[bool], order: Sequence[int]
) -> NDArray[_Scalar]:
    """The array with this shape and `memory_layout` whose `memory_order` is `flat`; a view of it."""
    dense = flat.reshape([shape[axis] for axis in order])
    return dense.transpose(np.argsort(order))[_steps(flips)]


def parts(array: NDArray[_Scalar]) -> Iterator[NDArray[_Scalar]]:
    """The elements of `memory_order`, in parts of at most 2**18."""
    flat = memory_order(array)
    for start in range(0, flat.size, _PART):
        yield flat[start : start + _PART]


def map_elements(
    array: NDArray[np.generic],
    function: Callable[[NDArray[np.generic]], NDArray[np.generic]],
    dtype: DTypeLike,
) -> NDArray[np.generic]:
    """A new array with the same shape and memory order, filled by `function` part by part."""
    flat, start = np.empty(array.size, dtype), 0
    for part in parts(array):
        flat[start : start + part.size] = function(part)
        start += part.size
    return from_memory_order(flat, array.shape, *memory_layout(array))


def _steps(flips: Sequence[bool]) -> tuple[slice, ...]:
    return tuple(slice(None, None, -1 if flip else 1) for flip in flips)
