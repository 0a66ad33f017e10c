"""Evaluation at scale: many questions to a server that takes its time, a kill at half, several servers.

Run: python benchmarks/bench_evaluation_scale.py [--requests 10000 | --full] [--delay 0.05] [--connections 10]

The server is tests/servers/mock_openai.py; rates are as it saw them. In this order:

- how many requests a second the server itself can answer;
- `misground eval` beside a bare task of inspect_ai (that of bench_evaluation.py), interleaved, from the first
  request to the end of the process: log and results are written by then;
- one long run (of 2D and text-only questions; of all with --full), killed at half with SIGKILL and started
  again: memory, log size, seconds until the first new request, requests made twice, and whether each question
  has one outcome;
- two servers, of which one is three times as slow, beside one; and two of which one dies.

--full asks the paper's 33,864 questions, stacks and all, in five epochs. Ends with status 1 where a question
has no outcome or two; targets of speed and memory are told of as met or MISSED.
"""

import argparse
import asyncio
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import psutil
import pyarrow.parquet as pq
from bench_evaluation import BARE, MOCK

PAPER = 33_864 * 5
LONG = "dimension=2d"  # pictures, blank pictures and text alone
KINDS = {"2D and text-only": LONG, "stacks": "dimension=3d,condition=image,prompt=none,plane=axial"}
RATIO = 1.2
MEMORY = 2_048  # MiB
GROWTH = 1.25
RESUME = 30.0  # seconds
SLOW = 8  # times the delay, for servers that shall be slower than the harness


class Server:
    """The mock server, and what it was asked."""

    def __init__(self, log: Path, delay: float) -> None:
        self.log, self.delay = log, delay
        command = [sys.executable, str(MOCK), "--log", str(log), "--delay", str(delay)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        self._seen, self._size = 0, 0

    def requests(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()] if self.log.exists() else []

    def count(self) -> int:
        """Requests so far; reads what is new alone."""
        if self.log.exists():
            with self.log.open("rb") as file:
                file.seek(self._size)
                new = file.read()
            self._seen += new.count(b"\n")
            self._size += len(new)
        return self._seen

    def times(self) -> list[float]:
        """When each request came in."""
        return sorted(float(str(request["time"])) - self.delay for request in self.requests())

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()


@dataclass
class Run:
    """One process that asks, watched: memory of it and its children in bytes, by requests so far."""

    command: Sequence[str]
    folder: Path
    servers: Sequence[Server]
    begun: float = 0.0
    ended: float = 0.0
    memory: list[tuple[int, int]] = field(default_factory=list)

    def until(
        self, stop: Callable[[int], bool] = lambda _: False, then: Callable[[], None] | None = None
    ) -> "Run":
        """Run it to its end; where `stop(requests)` holds, `then()`, by default a kill of its whole group."""
        environment = os.environ | {"INSPECT_CACHE_DIR": str(self.folder / "cache")}
        said = self.folder / "said.txt"
        self.begun = time.time()
        with said.open("w") as file:
            run = subprocess.Popen(
                self.command, stdout=file, stderr=file, env=environment, start_new_session=True
            )
        process, done = psutil.Process(run.pid), False
        try:
            while run.poll() is None:
                asked = sum(server.count() for server in self.servers)
                self.memory.append((asked, memory_of(process)))
                if not done and stop(asked):
                    done = True
                    (then or (lambda: os.killpg(run.pid, signal.SIGKILL)))()
                time.sleep(0.1)
        finally:  # a session of its own hears no Ctrl-C
            if run.poll() is None:
                os.killpg(run.pid, signal.SIGKILL)
            status = run.wait()
        self.ended = time.time()
        if status and not (done and then is None):
            raise SystemExit(f"{self.command}: {said.read_text()[-3000:]}")
        return self

    def peak(self, start: float = 0, end: float = float("inf")) -> float:
        """MiB, while between so many requests had been made."""
        return max((used for asked, used in self.memory if start <= asked <= end), default=0) / 2**20


def memory_of(process: psutil.Process) -> int:
    """Resident bytes of a process and all that it started."""
    total = 0
    try:
        for one in (process, *process.children(recursive=True)):
            total += one.memory_info().rss
    except psutil.NoSuchProcess:
        pass
    return total


def ours(benchmark: Path, folder: Path, urls: Sequence[str], wanted: str, epochs: int, connections: int):
    addresses = [part for url in urls for part in ("--base-url", url)]
    return [
        *(sys.executable, "-m", "misground", "eval", str(benchmark), "--model", "mock", *addresses),
        *("--log-dir", str(folder / "log"), "--no-validate", "--epochs", str(epochs)),
        *("--max-connections", str(connections)),
        *(("--filter", wanted) if wanted else ()),
    ]


def bare(benchmark: Path, folder: Path, urls: Sequence[str], wanted: str, epochs: int, connections: int):
    arguments = [str(benchmark), *urls, str(folder / "log"), wanted, str(epochs), str(connections)]
    return [sys.executable, "-c", BARE, *arguments, "no cache"]


RUNS = {"bare inspect_ai": bare, "ours": ours}


def verdict(met: bool) -> str:
    return "met" if met else "MISSED"


def count(benchmark: Path, wanted: str) -> int:
    from misground.evaluation.planned import plan  # noqa: PLC0415
    from misground.evaluation.selection import parse_filter  # noqa: PLC0415
    from misground.evaluation.settings import EvalSettings  # noqa: PLC0415

    return len(
        plan(benchmark, EvalSettings(model="mock", wanted=parse_filter([wanted] if wanted else []))).questions
    )


def build(out: Path, full: bool) -> None:
    """A mini benchmark, or one of the paper's size: 33,864 questions, stacks and all."""
    cases, size = (40, ["--preset", "paper"]) if full else (4, [])
    sources = [f"phantom:torso?n={cases}", f"phantom:knee?n={cases}"]
    command = [sys.executable, "-m", "misground", "build", *sources, *size, "-o", str(out)]
    subprocess.run(command, check=True, capture_output=True)


async def _flood(url: str, seconds: float, connections: int, pictures: int) -> float:
    url_of_picture = "data:image/png;base64," + "A" * 100_000
    content: list[dict[str, object]] = [
        {"type": "image_url", "image_url": {"url": url_of_picture}} for _ in range(pictures)
    ]
    content.append({"type": "text", "text": "Where?\n\nOptions:\n- left\n- right\n"})
    body = json.dumps({"model": "mock", "messages": [{"role": "user", "content": content}]}).encode()
    until, answered = time.monotonic() + seconds, 0

    async def ask(session: aiohttp.ClientSession) -> None:
        nonlocal answered
        while time.monotonic() < until:
            headers = {"Content-Type": "application/json"}
            async with session.post(f"{url}/chat/completions", data=body, headers=headers) as response:
                await response.read()
            answered += 1

    async with aiohttp.ClientSession() as session:
        await asyncio.gather(*(ask(session) for _ in range(connections)))
    return answered / seconds


def the_server(root: Path, connections: int) -> None:
    """What the server can answer at most, asked by a client that does nothing else."""
    found = []
    for name, pictures in (("text-only", 0), ("with a slice of 100 kB", 1)):
        with Server(root / f"flood-{pictures}.jsonl", 0.0) as server:
            rate = asyncio.run(_flood(server.url, 2.0, connections, pictures))
        found.append(f"{rate:,.0f} requests/s {name}")
    print(f"the server alone: at most {', '.join(found)}", flush=True)


def beside_bare(root: Path, benchmark: Path, args: argparse.Namespace) -> None:
    """Ours beside inspect_ai's bare task."""
    for kind, wanted in KINDS.items():
        asked = args.compare if wanted == LONG else args.compare // 4
        epochs = max(1, round(asked / count(benchmark, wanted)))
        found: dict[str, list[float]] = {who: [] for who in RUNS}
        for repeat in range(args.repeats):
            for who, command in RUNS.items():
                folder = root / f"{kind}-{repeat}-{who}"
                folder.mkdir()
                with Server(folder / "requests.jsonl", args.delay) as server:
                    line = command(benchmark, folder, [server.url], wanted, epochs, args.connections)
                    run = Run(line, folder, [server]).until()
                times = server.times()
                found[who].append((run.ended - times[0]) / len(times) * 1e3)
        plain, own = (statistics.median(found[who]) for who in RUNS)
        told = "; ".join(
            f"{who} {statistics.median(each):.1f} ms a question ({min(each):.1f} to {max(each):.1f})"
            for who, each in found.items()
        )
        floor = args.delay / args.connections * 1e3
        print(
            f"{kind}, {len(times):,} requests: {told}; the server's floor {floor:.1f} ms: "
            f"ours {own / plain:.2f} of bare (at most {RATIO}: {verdict(own <= RATIO * plain)})",
            flush=True,
        )


def long_run(root: Path, benchmark: Path, args: argparse.Namespace) -> None:
    """Killed at half, started again."""
    wanted = "" if args.full else LONG
    questions = count(benchmark, wanted)
    epochs = max(1, round(args.requests / questions))
    total = questions * epochs
    folder = root / "long"
    folder.mkdir()
    with Server(folder / "requests.jsonl", args.delay) as server:
        # As in every run of the paper's size, which logs no pictures.
        line = ours(benchmark, folder, [server.url], wanted, epochs, args.connections)
        line.append("--no-log-pictures")
        first = Run(line, folder, [server]).until(lambda asked: asked >= total // 2)
        time.sleep(2 * args.delay)  # what it was answering still
        before = len(server.times())
        second = Run(line, folder, [server]).until()
    times = server.times()
    asking = times[before - 1] - times[0] + times[-1] - times[before]
    print(
        f"the long run: {questions:,} questions x {epochs} = {total:,} requests, answered after "
        f"{args.delay * 1e3:.0f} ms: {total / asking:.1f} a second, {asking / total * 1e3:.1f} ms each; from "
        f"the last answer to the end (log, results.parquet) {second.ended - times[-1] - args.delay:.1f} s"
    )
    tenth, half, end = first.peak(0, total / 10), first.peak(), second.peak()
    print(
        f"  memory, MiB: up to a tenth {tenth:,.0f}, up to half {half:,.0f}, from half to the end {end:,.0f} "
        f"(at most {GROWTH} of that up to half: {verdict(end <= GROWTH * half)}; "
        f"under {MEMORY:,}: {verdict(end < MEMORY)})"
    )
    logs, cache = sizes(folder / "log", "*.eval"), sizes(folder / "cache", "*")
    results = sizes(folder / "log", "results.parquet")
    print(
        f"  on disk, bytes a request: logs {sum(logs) / total:,.0f} in {len(logs)} files, "
        f"results.parquet {sum(results) / total:,.0f}, stored replies {sum(cache) / total:,.0f}"
    )
    resumed = times[before] - second.begun
    keys = Counter(request["key"] for request in server.requests())
    twice = keys.total() - len(keys)
    print(
        f"  killed at {before:,} requests and started again: the first new request after {resumed:.1f} s "
        f"(at most {RESUME:.0f}: {verdict(resumed <= RESUME)}); {twice} requests made twice "
        f"(at most the {args.connections} in flight: {verdict(twice <= args.connections)})",
        flush=True,
    )
    check(folder, total)


def rate_of(times: Sequence[float]) -> float:
    """Requests a second, without the first and the last tenth, when not all connections are busy."""
    inner = times[len(times) // 10 : -len(times) // 10]
    return (len(inner) - 1) / (inner[-1] - inner[0])


def sizes(folder: Path, pattern: str) -> list[int]:
    return [path.stat().st_size for path in folder.rglob(pattern) if path.is_file()]


def check(folder: Path, total: int) -> None:
    """Each question and epoch has one outcome that is no error."""
    rows = pq.read_table(folder / "log" / "results.parquet", columns=["question_id", "epoch", "outcome"])
    once = len(set(zip(rows["question_id"].to_pylist(), rows["epoch"].to_pylist(), strict=True)))
    errors = rows["outcome"].to_pylist().count("error")
    met = rows.num_rows == once == total and not errors
    print(f"  {rows.num_rows:,} results, {once:,} different, {errors} errors: {verdict(met)}", flush=True)
    if not met:
        raise SystemExit(f"{total:,} outcomes were expected")


def several(root: Path, benchmark: Path, args: argparse.Namespace) -> None:
    """Two servers behind one run."""
    epochs = max(1, round(args.several / count(benchmark, LONG)))
    total = epochs * count(benchmark, LONG)
    delay = SLOW * args.delay
    rates = {}
    for name, delays in {"one server": [delay], "two, one three times as slow": [delay, 3 * delay]}.items():
        folder = root / name
        folder.mkdir()
        with ExitStack() as stack:
            servers = [
                stack.enter_context(Server(folder / f"{number}.jsonl", each))
                for number, each in enumerate(delays)
            ]
            connections = args.connections * len(servers)
            line = ours(benchmark, folder, [server.url for server in servers], LONG, epochs, connections)
            Run(line, folder, servers).until()
        shares = [len(server.times()) for server in servers]
        times = sorted(moment for server in servers for moment in server.times())
        rates[name] = rate_of(times)
        told = " and ".join(f"{each * 1e3:.0f} ms" for each in delays)
        print(f"{name} ({told}): {rates[name]:.1f} requests/s, {shares} served", flush=True)
        check(folder, total)
    ratio = shares[0] / shares[1]
    gain = rates["two, one three times as slow"] / rates["one server"]
    print(
        f"  {ratio:.1f} : 1 by load (2 to 4: {verdict(2 <= ratio <= 4)}), {gain:.2f} times as fast as one "
        f"(4/3 at most; at least 1.15: {verdict(gain >= 1.15)})",
        flush=True,
    )
    folder = root / "death"
    folder.mkdir()
    with Server(folder / "alive.jsonl", delay) as alive, Server(folder / "dying.jsonl", delay) as dying:
        line = ours(benchmark, folder, [dying.url, alive.url], LONG, epochs, 2 * args.connections)
        Run(line, folder, [alive, dying]).until(lambda asked: asked >= total // 3, dying.kill)
    before = max(dying.times())
    left = [moment for moment in alive.times() if moment > before]
    rate = rate_of(left)
    possible = rates["one server"]
    print(
        f"two servers, one dies after {total // 3}: the other answers {rate:.1f} requests/s from then on, "
        f"{rate / possible:.2f} of one alone (at least 0.8: {verdict(rate >= 0.8 * possible)})",
        flush=True,
    )
    check(folder, total)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--requests", type=int, default=10_000, help="about so many in the long run")
    parser.add_argument("--full", action="store_true", help=f"{PAPER:,} requests (about three hours)")
    parser.add_argument("--delay", type=float, default=0.05, help="seconds before each answer of the server")
    parser.add_argument("--connections", type=int, default=10)
    parser.add_argument("--compare", type=int, default=150, help="about so many a run beside the bare task")
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--several", type=int, default=216, help="about so many a run with several servers")
    parser.add_argument("--only", choices=["bare", "long", "several"], nargs="*", help="parts; otherwise all")
    args = parser.parse_args()
    if args.full and args.requests == parser.get_default("requests"):
        args.requests = PAPER
    only = args.only or ["bare", "long", "several"]
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        benchmark = root / "benchmark"
        build(benchmark, args.full)
        the_server(root, args.connections)
        if "bare" in only:
            beside_bare(root, benchmark, args)
        if "long" in only:
            long_run(root, benchmark, args)
        if "several" in only:
            several(root, benchmark, args)


if __name__ == "__main__":
    main()
