"""Rehearsal of the paper's size on 200 made cases with every ugliness, and the same work on Ray.

Run: python benchmarks/bench_scale.py [--workers 2] [--ray 100]

Two smaller builds, 50 cases with many items and 100 cases with few, give the costs of a case and of an item:
seconds = a x cases + b x items. (Items about relations; a case's one item about the stack's direction is part
of the case.) They predict the `paper` build of 200 cases, whose skips and number of
questions are then checked against what make_dataset.py says that it made, and the paper's 1,437 cases. The
build of 100 cases is also done on Ray, started on this machine, whose start is counted.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from made_runs import Run, linked, made, timed, verdict
from make_dataset import expected

from misground.questions.draw import paper_counts
from misground.questions.draw_settings import PAPER_QUESTIONS

# Cases, and questions: items are about a 24th of them.
FITTED = ((50, PAPER_QUESTIONS // 5), (100, PAPER_QUESTIONS // 12))
PREDICTED = 200
PAPER_CASES = 1437
MOST_OFF = 0.10
MOST_OVER_LOCAL = 1.15


def built(
    folder: Path, cases: list[str], workers: int, questions: int | None, engine: str = "local"
) -> tuple[Run, dict]:
    """A build of these cases, and the reasons why it skipped some."""
    with linked(folder, cases) as source, tempfile.TemporaryDirectory() as name:
        out = Path(name) / "out"
        run = timed(f"totalsegmentator:{source}", out, workers=workers, questions=questions, engine=engine)
        skipped = pq.read_table(out / "skipped.parquet").to_pylist()
    return run, {row["case_id"]: row["reason"] for row in skipped}


def told(name: str, run: Run) -> str:
    phases = ", ".join(f"{phase} {took:.0f} s" for phase, took in run.phases.items())
    c = run.counts
    return (
        f"{name}: {c['cases']} cases and {c['skipped']} skipped, {c['items']:,} items, {c['questions']:,} "
        f"questions, {c['frames']:,} pictures: {run.seconds:.0f} s ({phases})"
    )


def relation_items(run: Run) -> int:
    """Items of 24 questions; the others have two."""
    return (run.counts["questions"] - 2 * run.counts["items"]) // 22


def check(run: Run, skipped: dict[str, str], faulty: dict[str, str]) -> None:
    """The skips are those that were made, each with its reason, and no question is missing."""
    wrong = set(skipped) ^ set(faulty)
    wrong |= {case for case, word in faulty.items() if word not in skipped.get(case, "")}
    met = verdict(not wrong)
    print(
        f"  skipped {len(skipped)}, made unusable {len(faulty)}, unlike what was made {sorted(wrong)}: {met}"
    )
    for case, reason in sorted(skipped.items()):
        print(f"    {case}: {reason}")
    directions, relations = paper_counts(run.counts["cases"])
    print(
        f"  questions: {run.counts['questions']:,} of {PAPER_QUESTIONS:,}: "
        f"{verdict(run.counts['questions'] == PAPER_QUESTIONS)}; items {run.counts['items']:,} of "
        f"{directions + relations:,}: {verdict(run.counts['items'] == directions + relations)}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--ray", type=int, default=FITTED[1][0], help="cases of the build on Ray; 0: none")
    options = parser.parse_args()
    folder = made(range(PREDICTED))
    cases = sorted(path.name for path in folder.glob("s*"))[:PREDICTED]
    runs = []
    for number, questions in FITTED:
        run, _ = built(folder, cases[:number], options.workers, questions)
        runs.append(run)
        print(told(f"{number} cases", run), flush=True)
    if options.ray:
        on_ray, _ = built(folder, cases[: options.ray], options.workers, FITTED[1][1], "ray")
        ratio = on_ray.seconds / runs[1].seconds
        print(told("the same on Ray", on_ray))
        met = verdict(ratio <= MOST_OVER_LOCAL)
        print(f"  beside the local engine {ratio:.2f}, target: at most {MOST_OVER_LOCAL}: {met}", flush=True)
    sizes = np.array([[number, relation_items(run)] for (number, _), run in zip(FITTED, runs, strict=True)])
    a, b = np.linalg.solve(sizes, [run.seconds for run in runs])
    print(f"fit: seconds = {a:.3f} x cases + {b:.3f} x items, with {options.workers} workers")
    whole, skipped = built(folder, cases, options.workers, None)
    print(told(f"{PREDICTED} cases", whole))
    check(whole, skipped, {case: word for case, word in expected(folder).items() if case in set(cases)})
    predicted = a * PREDICTED + b * relation_items(whole)
    off = whole.seconds / predicted - 1
    met = verdict(abs(off) <= MOST_OFF)
    print(
        f"  predicted {predicted:.0f} s, took {whole.seconds:.0f}: {off:+.1%}, at most {MOST_OFF:.0%}: {met}"
    )
    _, items = paper_counts(PAPER_CASES)
    minutes = (a * PAPER_CASES + b * items) / 60
    print(f"the paper's {PAPER_CASES:,} cases and {items:,} items, so extrapolated: {minutes:.0f} minutes")


if __name__ == "__main__":
    main()
