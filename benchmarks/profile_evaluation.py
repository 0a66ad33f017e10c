"""Where a question's processor time goes in `misground eval`: `python benchmarks/profile_evaluation.py`.

Text-only questions of a mini benchmark to a server that answers at once. A timer interrupts the process every
few milliseconds of processor time, and the sample counts for the first part below that the stack names, from
the inside out. Also for the bare task of bench_evaluation.py.
"""

import os
import runpy
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from types import FrameType

from bench_evaluation import BARE, KINDS, Server, count

EPOCHS = 20
INTERVAL = 0.002
# Part -> what a file's path holds.
PARTS = {
    "HTTP client (openai, httpx)": ("/openai/", "/httpx/", "/httpcore/", "/h11/", "/anyio/"),
    "inspect_ai: database of running samples": ("/inspect_ai/log/_recorders/buffer/",),
    "inspect_ai: stored replies": ("/inspect_ai/model/_cache",),
    "inspect_ai: log": ("/inspect_ai/log/", "/zipfile"),
    "inspect_ai: events": ("/inspect_ai/event/",),
    "our own": ("/misground/",),
    "inspect_ai: the rest": ("/inspect_ai/",),
    "event loop": ("/asyncio/", "/selectors"),
}

_samples: Counter[str] = Counter()


def _sample(_signal: int, frame: FrameType | None) -> None:
    while frame is not None:
        name = frame.f_code.co_filename
        for part, marks in PARTS.items():
            if any(mark in name for mark in marks):
                _samples[part] += 1
                return
        frame = frame.f_back
    _samples["other"] += 1


def _sampled(arguments: list[str]) -> None:
    """Run a command of Python in this process, sampled; prints seconds by part."""
    signal.signal(signal.SIGPROF, _sample)
    kind, what, *sys.argv[1:] = arguments
    signal.setitimer(signal.ITIMER_PROF, INTERVAL, INTERVAL)
    try:
        if kind == "module":
            sys.argv[0] = what
            runpy.run_module(what, run_name="__main__", alter_sys=True)
        else:
            exec(compile(what, "bare", "exec"), {"__name__": "__main__"})  # noqa: S102
    except SystemExit:
        pass
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    each = time.process_time() / max(1, _samples.total())  # samples are lost while no bytecode runs
    for part, found in _samples.items():
        print(f"SAMPLES\t{part}\t{found * each}", flush=True)


def profile(arguments: list[str], folder: Path) -> dict[str, float]:
    """Processor seconds by part of one command."""
    server = Server(folder)
    try:
        call = [server.url if part == "URL" else part for part in arguments]
        environment = os.environ | {"INSPECT_CACHE_DIR": str(folder / "cache")}
        command = [sys.executable, __file__, "--sampled", *call]
        run = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    finally:
        server.stop()
    rows = [line.split("\t") for line in run.stdout.splitlines() if line.startswith("SAMPLES\t")]
    if not rows:
        raise SystemExit(run.stderr[-2000:])
    return {part: float(seconds) for _, part, seconds in rows}


def main() -> None:
    if sys.argv[1:2] == ["--sampled"]:
        _sampled(sys.argv[2:])
        return
    wanted = KINDS["text-only"]
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        out = root / "benchmark"
        build = [sys.executable, "-m", "misground", "build", "phantom:torso?n=4", "phantom:knee?n=4"]
        subprocess.run([*build, "-o", str(out)], check=True, capture_output=True)
        questions = count(out, wanted) * EPOCHS
        found = {}
        for who in ("ours", "bare"):
            folder = root / who
            folder.mkdir()
            ours = ["module", "misground", "eval", str(out), "--model", "mock", "--base-url", "URL"]
            ours += ["--log-dir", str(folder / "log"), "--no-validate", "--filter", wanted]
            ours += ["--epochs", str(EPOCHS), "--max-connections", "10"]
            bare = ["code", BARE, str(out), "URL", str(folder / "log"), wanted, str(EPOCHS), "10", "no cache"]
            found[who] = profile({"ours": ours, "bare": bare}[who], folder)
    print(f"processor ms a question, {questions} text-only questions, start and end included")
    for part in (*PARTS, "other"):
        ours_ms, bare_ms = (1e3 * found[who].get(part, 0) / questions for who in ("ours", "bare"))
        print(f"{part:42}{ours_ms:8.2f}{bare_ms:8.2f}")
    ours_ms, bare_ms = (1e3 * sum(found[who].values()) / questions for who in ("ours", "bare"))
    print(f"{'all':42}{ours_ms:8.2f}{bare_ms:8.2f}")


if __name__ == "__main__":
    main()
