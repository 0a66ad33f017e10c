"""`misground eval` beside a bare task of inspect_ai, on a local server that answers at once.

Run: python benchmarks/bench_evaluation.py [--samples 288] [--repeats 3]

Both ask the same questions with the same pictures of the same server, in processes of their own that are
interleaved: ours by the command (pictures read from Parquet, cache, extraction, results), the bare one with
messages that are ready in memory, `generate()` and `includes()`, without and with its cache. Timed is the
asking, from the first request to the last as the server saw them. bench_evaluation_scale.py is about memory
and many samples.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
MOCK = HERE.parent / "tests" / "servers" / "mock_openai.py"
CONNECTIONS = 10
KINDS = {"2D": "dimension=2d,condition=image", "text-only": "condition=text_only"}

BARE = """
import sys
from pathlib import Path
from inspect_ai import Task, eval
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import CachePolicy, get_model
from inspect_ai.scorer import includes
from inspect_ai.solver import generate
from misground.benchmark.load import open_benchmark
from misground.evaluation.messages import user_message
from misground.benchmark.frames import FrameReader
from misground.dialogue.prompt import prompt_text
from misground.evaluation.samples import chosen_questions
from misground.evaluation.selection import parse_filter

path, url, log_dir, wanted, epochs, connections, cache = sys.argv[1:]
opened = open_benchmark(Path(path))
reader = FrameReader(opened, groups=10_000)
samples = []
for row in chosen_questions(opened, parse_filter([wanted]), None):
    frames = () if row["view_id"] is None else reader.frames(row["view_id"])
    message = user_message(prompt_text(row, len(frames)), frames)
    samples.append(Sample(id=row["question_id"], input=[message], target=row["answer"]))
model = get_model("openai-api/vllm/mock", base_url=url, api_key="none")
solver = generate(cache=CachePolicy(expiry=None)) if cache == "cache" else generate()
task = Task(name="bare", dataset=MemoryDataset(samples), solver=solver, scorer=includes())
eval(task, model=model, log_dir=log_dir, epochs=int(epochs), display="none", log_images=True,
     max_connections=int(connections), temperature=0.5, top_p=0.8, max_tokens=8912)
"""


class Server:
    """The mock server, and when it was asked."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "requests.jsonl"
        self.process = subprocess.Popen(
            [sys.executable, str(MOCK), "--log", str(self.log)], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


def measure(command: list[str], folder: Path) -> tuple[float, int]:
    """Seconds from the first request to the last, and requests, of one command."""
    server = Server(folder)
    environment = os.environ | {"INSPECT_CACHE_DIR": str(folder / "cache")}
    command = [server.url if part == "URL" else part for part in command]
    try:
        run = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        if run.returncode:
            raise SystemExit(f"{command}: {run.stderr[-2000:]}")
        times = [json.loads(line)["time"] for line in server.log.read_text().splitlines()]
    finally:
        server.stop()
    return times[-1] - times[0], len(times)


def ours(benchmark: Path, folder: Path, wanted: str, epochs: int) -> list[str]:
    return [
        *(sys.executable, "-m", "misground", "eval", str(benchmark), "--model", "mock", "--base-url", "URL"),
        *("--log-dir", str(folder / "log"), "--no-validate", "--filter", wanted, "--epochs", str(epochs)),
        *("--max-connections", str(CONNECTIONS)),
    ]


def bare(benchmark: Path, folder: Path, wanted: str, epochs: int) -> list[str]:
    arguments = [str(benchmark), "URL", str(folder / "log"), wanted, str(epochs), str(CONNECTIONS)]
    return [sys.executable, "-c", BARE, *arguments, "no cache"]


def cached(benchmark: Path, folder: Path, wanted: str, epochs: int) -> list[str]:
    return [*bare(benchmark, folder, wanted, epochs)[:-1], "cache"]


def uncached(benchmark: Path, folder: Path, wanted: str, epochs: int) -> list[str]:
    return [*ours(benchmark, folder, wanted, epochs), "--no-cache"]


RUNS = {
    "bare inspect_ai": bare,
    "bare with its cache": cached,
    "ours": ours,
    "ours without the cache": uncached,
}


def count(benchmark: Path, wanted: str) -> int:
    from misground.evaluation.planned import plan  # noqa: PLC0415
    from misground.evaluation.selection import parse_filter  # noqa: PLC0415
    from misground.evaluation.settings import EvalSettings  # noqa: PLC0415

    return len(plan(benchmark, EvalSettings(model="mock", wanted=parse_filter([wanted]))).questions)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--samples", type=int, default=288, help="about so many a run")
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        benchmark = root / "benchmark"
        build = [sys.executable, "-m", "misground", "build", "phantom:torso?n=4", "phantom:knee?n=4"]
        subprocess.run([*build, "-o", str(benchmark)], check=True, capture_output=True)
        for kind, wanted in KINDS.items():
            epochs = max(1, round(args.samples / count(benchmark, wanted)))
            speeds: dict[str, list[float]] = {who: [] for who in RUNS}
            for repeat in range(args.repeats):
                for who, command in RUNS.items():
                    folder = root / f"{kind}-{repeat}-{who}"
                    folder.mkdir()
                    seconds, requests = measure(command(benchmark, folder, wanted, epochs), folder)
                    speeds[who].append((requests - 1) / seconds)
            plain = statistics.median(speeds["bare inspect_ai"])
            for who, found in speeds.items():
                median = statistics.median(found)
                told = "" if who == "bare inspect_ai" else f", {median / plain:.2f} of bare (goal 0.9)"
                print(
                    f"{kind}, {who}: {median:.1f} samples/s ({min(found):.1f} to {max(found):.1f}){told}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
