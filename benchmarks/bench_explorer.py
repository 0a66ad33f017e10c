"""The explorer on 33,864 questions with three runs of five epochs, in headless Chromium.

Run: python benchmarks/bench_explorer.py [--questions 33864] [--repeats 5]

A small benchmark of phantoms lends its pictures; its questions are repeated under new ids to the size of the
paper's, and the runs are made up, with completions of a few hundred characters. Timed by the page's own
clock: from the start of the navigation to the frame after the list was drawn, from a filter's change to the
frame after the list was drawn anew, and from a choice to the picture. The server runs in a process of its
own, whose peak memory is read at the end.
"""

import argparse
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa
import pyarrow.parquet as pq

from misground.benchmark.load import open_benchmark
from misground.records.schemas import QUESTIONS, RESULTS

RUNS, EPOCHS, ROWS_A_GROUP = 3, 5, 250
RUN_IDS = [f"{number:012x}" for number in range(RUNS)]
CHANGES = [
    *(("plane", "axial"), ("prompt", "box"), ("plane", ""), ("structure", "cartilage")),
    *((f"run.{RUN_IDS[0]}", "none"), ("structure", ""), ("prompt", ""), (f"run.{RUN_IDS[0]}", "")),
]
"""Each leaves another list than the one before."""
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
REASONING = "The first structure is in the upper part of the picture and the second is below it. " * 4

SERVE = """
import sys
from pathlib import Path
from misground.report.explorer import serve
out, *results = map(Path, sys.argv[1:])
serve(out, results, open_browser=False, say=lambda line: print(line, flush=True))
"""

AFTER_FRAME = "new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)))"
FIRST = f"""async () => {{
  while (document.documentElement.dataset.ready !== "true") await new Promise((wait) => setTimeout(wait, 2));
  await {AFTER_FRAME};
  return performance.now();
}}"""
FILTER = f"""async ([name, value]) => {{
  const control = document.querySelector(`#filters [name="${{name}}"]`);
  const start = performance.now();
  control.value = value;
  control.dispatchEvent(new Event(control.tagName === "SELECT" ? "change" : "input"));
  await {AFTER_FRAME};
  return performance.now() - start;
}}"""
OPEN = """async (number) => {
  const rows = document.querySelectorAll(".tabulator-row");
  const start = performance.now();
  rows[number].click();
  const id = rows[number].querySelector("a").hash;
  const there = () => document.querySelector("#detail .id")?.hash === id;
  while (!there()) await new Promise((wait) => setTimeout(wait, 2));
  const shown = [...document.querySelectorAll("#picture img:not([hidden])")];
  await Promise.all(shown.map((image) => image.decode()));
  return performance.now() - start;
}"""


def enlarge(small: Path, to: Path, questions: int) -> pa.Table:
    """The benchmark of `small` with its items repeated under new ids until there are `questions`."""
    shutil.copytree(small, to)
    rows = open_benchmark(to).questions().to_pylist()
    items: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        items.setdefault(row["item_id"], []).append(row)
    whole = [item for item in items.values() if len(item) == 24]
    made: list[dict[str, Any]] = []
    for number in range(questions // 24):
        for place, row in enumerate(whole[number % len(whole)]):
            ids = {"item_id": f"{number:020x}", "question_id": f"{number:016x}{place:04x}"}
            made.append({**row, **ids})
    table = pa.Table.from_pylist(made, QUESTIONS)
    for path in (to / "questions").glob("*.parquet"):
        path.unlink()
    pq.write_table(table, to / "questions" / "test.parquet", compression="zstd")
    return table


def write_run(table: pa.Table, content_hash: str, number: int, to: Path) -> None:
    """A made-up run over the questions, a row group at a time."""
    dice = random.Random(number)
    to.mkdir()
    asked = [name for name in RESULTS.names if name in QUESTIONS.names]
    step = ROWS_A_GROUP // EPOCHS
    common = {
        "run_id": RUN_IDS[number],
        "benchmark_hash": content_hash,
        "model": f"maker/model-{number}",
        "decoding": "default",
        "decoding_settings": "{}",
    }
    with pq.ParquetWriter(to / "results.parquet", RESULTS, compression="zstd") as writer:
        for start in range(0, table.num_rows, step):
            rows = []
            for question in table.slice(start, step).select(asked).to_pylist():
                for epoch in range(1, EPOCHS + 1):
                    chosen = dice.choice(question["options"])
                    outcome = "correct" if chosen == question["answer"] else "wrong"
                    reply = {"extracted": chosen, "completion": f"{REASONING}\nAnswer: {chosen}"}
                    rows.append({**common, **question, "epoch": epoch, "outcome": outcome, **reply})
            filled = [{name: row.get(name) for name in RESULTS.names} for row in rows]
            writer.write_table(pa.Table.from_pylist(filled, RESULTS))


def measure(url: str, repeats: int) -> dict[str, list[float]]:
    """Milliseconds of each thing that is done, `repeats` times, in fresh pages."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    found: dict[str, list[float]] = {"first page": [], "filter": [], "open a question": []}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for _ in range(repeats):
            page = browser.new_page(viewport={"width": 1400, "height": 900})
            page.goto(url, wait_until="commit")
            found["first page"].append(page.evaluate(FIRST))
            for change in CHANGES:
                found["filter"].append(page.evaluate(FILTER, list(change)))
            found["open a question"] += [page.evaluate(OPEN, number) for number in (0, 3)]
            page.close()
        browser.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--questions", type=int, default=33_864)
    parser.add_argument("--repeats", type=int, default=5)
    args = parser.parse_args()
    if CHROMIUM is None:
        raise SystemExit("no Chromium: install Debian's package chromium, or name it by CHROMIUM")
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        small, large = root / "small", root / "benchmark"
        build = [sys.executable, "-m", "misground", "build", "phantom:torso?n=1", "phantom:knee?n=1"]
        subprocess.run([*build, "-o", str(small)], check=True, capture_output=True)
        table = enlarge(small, large, args.questions)
        runs = [root / f"run{number}" for number in range(RUNS)]
        for number, run in enumerate(runs):
            write_run(table, open_benchmark(large).content_hash, number, run)
        command = [sys.executable, "-c", SERVE, str(large), *map(str, runs)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            try:
                assert server.stdout is not None
                url = server.stdout.readline().split()[0]
                found = measure(url, args.repeats)
                peak = psutil.Process(server.pid).memory_info().rss
                peak = max(peak, _peak(server.pid))
            finally:
                server.terminate()
    told = f"{table.num_rows:,} questions, {RUNS} runs of {EPOCHS} epochs"
    goals = {"first page": " (goal: under 1,000)", "filter": " (goal: under 200)", "open a question": ""}
    for what, goal in goals.items():
        times = found[what]
        print(
            f"{told}, {what}: median {statistics.median(times):,.0f} ms "
            f"({min(times):,.0f} to {max(times):,.0f}){goal}",
            flush=True,
        )
    print(f"server: peak {peak / 2**20:,.0f} MiB (goal: under 2,048)", flush=True)


def _peak(pid: int) -> int:
    """Peak resident memory of a process in bytes, where the system tells; else 0."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return 0
    lines = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(lines[0].split()[1]) * 1024 if lines else 0


if __name__ == "__main__":
    main()
