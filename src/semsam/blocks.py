"""Work on many rows, in blocks; on a processor the blocks are shared among threads that each work alone.

Threads inside every small operation, torch's way, wait for each other tens of thousands of times: where
another process holds one of the cores, that takes many times as long as the work.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

WORKERS = 8  # at most: each holds a block of its own
FEW = 2048  # rows for which no threads are started

Result = TypeVar("Result")


def in_blocks(
    work: Callable[[slice], Result], total: int, block: int, device: torch.device
) -> Iterator[tuple[slice, Result]]:
    """Do `work` on the rows of each block, and give the blocks and results in order.

    Args:
        work: takes a slice of the rows; called from several threads at once.
        total: rows in all.
        block: rows at work at a time, of all threads together.
        device: where the work is done.
    """
    threads = torch.get_num_threads()
    workers = min(threads, WORKERS, block) if device.type == "cpu" and total > FEW else 1
    size = block if workers == 1 else power_of_two(block // workers)
    blocks = [slice(start, min(start + size, total)) for start in range(0, total, size)]
    if workers == 1:
        yield from zip(blocks, map(work, blocks), strict=True)
        return
    # A thread's number of threads is its own, but what new threads begin with, and MKL's, is the process's.
    pool = ThreadPoolExecutor(workers, initializer=torch.set_num_threads, initargs=(threads // workers,))
    try:
        yield from zip(blocks, pool.map(work, blocks), strict=True)
    finally:
        pool.shutdown(cancel_futures=True)
        torch.set_num_threads(threads)


def power_of_two(number: int) -> int:
    """The largest one up to a number, 1 at least: products of other sizes are slower."""
    return 1 << (max(number, 1).bit_length() - 1)
