"""Work on many rows in blocks, which on a CPU are shared among threads that each work alone.

Torch's own way, threads inside each small operation, makes them wait for each other tens of thousands of
times. If another process holds one of the cores, that takes many times as long as the work.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

WORKERS = 8  # maximum number of threads: each holds a block of its own
FEW = 2048  # number of rows up to which no threads are started

Result = TypeVar("Result")


def in_blocks(
    work: Callable[[slice], Result], total: int, block: int, device: torch.device
) -> Iterator[tuple[slice, Result]]:
    """Do `work` on each block of rows, and yield the blocks with their results in order.

    Args:
        work: Takes a slice of the rows; called from several threads at once.
        total: Number of rows.
        block: Number of rows in progress at a time, over all threads together.
        device: Device that does the work; only "cpu" uses threads.

    Yields:
        A slice of the rows, and the result of `work` on it.

    Examples:
        >>> rows = torch.arange(5)
        >>> [total for _, total in in_blocks(lambda part: int(rows[part].sum()), 5, 2, rows.device)]
        [1, 5, 4]
    """
    threads = torch.get_num_threads()
    workers = min(threads, WORKERS, block) if device.type == "cpu" and total > FEW else 1
    size = block if workers == 1 else power_of_two(block // workers)
    blocks = [slice(start, min(start + size, total)) for start in range(0, total, size)]
    if workers == 1:
        yield from zip(blocks, map(work, blocks), strict=True)
        return
    # torch.set_num_threads acts on one thread, but also on the default of new threads and on MKL: restore it.
    pool = ThreadPoolExecutor(workers, initializer=torch.set_num_threads, initargs=(threads // workers,))
    try:
        yield from zip(blocks, pool.map(work, blocks), strict=True)
    finally:
        pool.shutdown(cancel_futures=True)
        torch.set_num_threads(threads)


def power_of_two(number: int) -> int:
    """Return the largest power of two up to a number, and at least 1: products of other sizes are slower.

    Examples:
        >>> power_of_two(100)
        64
    """
    return 1 << (max(number, 1).bit_length() - 1)
