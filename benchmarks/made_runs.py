"""Builds of the made data set, timed; shared by the benchmarks of builds."""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from make_dataset import Settings, case_id, make

from misground.benchmark.building.build import build
from misground.benchmark.engines import LocalEngine
from misground.benchmark.settings import BuildSettings

HERE = Path(__file__).resolve().parent
MADE = HERE.parent / ".cache" / "made"
"""Kept from one run to the next: making 200 cases takes a few minutes."""


def made(numbers: range, size: str = "usual") -> Path:
    """The folder of a made data set that holds at least these cases."""
    folder = MADE / size
    absent = [n for n in numbers if not (folder / case_id(n)).is_dir()]
    if absent:
        print(f"making {len(absent)} cases ...", flush=True)
        make(folder, absent, Settings(size=size), workers=2)
    return folder


@contextmanager
def linked(folder: Path, cases: list[str]) -> Iterator[Path]:
    """A data set of some cases of another one."""
    with tempfile.TemporaryDirectory() as name:
        for case in cases:
            (Path(name) / case).symlink_to(folder / case)
        yield Path(name)


@dataclass(frozen=True)
class Run:
    """One build in a process of its own. seconds: of the whole, starts of workers included.

    phases: seconds of the parallel phases by name. peak: bytes of the largest worker; 0 on Ray.
    """

    seconds: float
    phases: dict[str, float]
    peak: int
    counts: dict[str, int]

    @property
    def parallel(self) -> float:
        return sum(self.phases.values())


class Stopwatch:
    """A build's progress that only notes when its phases begin and end."""

    def __init__(self) -> None:
        self.phases: dict[str, float] = {}
        self._name, self._start = "", 0.0

    def phase(self, name: str, total: int, done: int) -> None:
        self._name, self._start = name, time.perf_counter()

    def step(self, skipped: int = 0, questions: int = 0) -> None:
        self.phases[self._name] = time.perf_counter() - self._start

    def say(self, text: str) -> None:
        pass


def timed(source: str, out: Path, *, workers: int, questions: int | None, engine: str = "local") -> Run:
    """Build a `paper` benchmark of a SOURCE into `out`, with at most so many questions."""
    call = [sys.executable, __file__, source, str(out), str(workers), str(questions or 0), engine]
    start = time.perf_counter()
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(f"the build of {source} failed: {done.stderr[-2000:]}")
    return Run(seconds=seconds, **json.loads(done.stdout.splitlines()[-1]))


def verdict(met: bool) -> str:
    return "met" if met else "MISSED"


def main() -> None:
    source, out, workers, questions, name = sys.argv[1:]
    settings = BuildSettings(preset="paper", max_questions=int(questions) or None)
    if name == "ray":
        from misground.benchmark.engines.on_ray import RayEngine  # noqa: PLC0415

        engine = RayEngine(None, int(workers))
    else:
        engine = LocalEngine(int(workers))
    watch = Stopwatch()
    built = build([source], Path(out), settings, engine=engine, progress=watch)
    if name == "ray":
        engine.close()
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 if name == "local" else 0
    print(json.dumps({"phases": watch.phases, "peak": peak, "counts": built.manifest["counts"]}))


if __name__ == "__main__":
    main()
