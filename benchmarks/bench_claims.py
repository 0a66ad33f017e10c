"""What a benchmark and a report claim, one part a claim: what must hold, and what is measured.

Run: python benchmarks/bench_claims.py [--draws 200] [--reports 40] [--cases 12] [--questions 12000]

The first half are the rules of the statistics (`bench_coverage`: made-up effects on a real draw), the second
half what the questions give away: the draw of `paper` on phantoms and on the real scans (`bench_draw`), and
the guessers of `misground shortcuts` on a benchmark that is built for it.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import bench_coverage
import bench_draw
from bench_reading import DATA
from lines import Line, show

from misground.analysis.figures.pairs import FEW
from misground.analysis.published import published
from misground.benchmark.load import open_benchmark
from misground.records import RELATION_TASKS
from misground.shortcuts import Shortcuts, measure, read_benchmark
from misground.shortcuts.scores import MARGIN

SQUARE = 0.38
"""Most that the canvas may tell of the plane: a third, and what chance adds with so few cases."""
KNOWLEDGE = "names"


def guessed(
    found: Shortcuts, guesser: str, condition: str, tasks: Sequence[str], most: float | None = None
) -> Iterator[Line]:
    """The accuracy of a guesser in the cells of some tasks."""
    for score in found.scores:
        if score.guesser == guesser and score.condition == condition and score.task in tasks:
            ends = "" if score.low is None else f"(interval {100 * score.low:.0f} to {100 * score.high:.0f})"
            what = f"{score.task}, {score.condition}, {score.terms}, {score.modality.upper()}"
            yield Line(what, score.accuracy, most=most, also=ends)


def shortcuts_of(folder: Path, cases: int, questions: int) -> Shortcuts:
    """Build a benchmark of phantoms and let every guesser answer it."""
    build = [
        sys.executable, "-m", "misground", "build", f"phantom:torso?n={cases}", f"phantom:knee?n={cases}",
        "--preset", "paper", "--max-questions", str(questions), "--no-shortcuts", "-o", str(folder),
    ]  # fmt: skip
    subprocess.run(build, check=True, capture_output=True)
    return measure(read_benchmark(open_benchmark(folder)))


def pairs_on_one_item(folder: Path) -> Iterator[Line]:
    """How many pairs of structures rest on one item, which a heat map must draw hollow."""
    rows = open_benchmark(folder).questions(("item_id", "structure_a", "structure_b", "task")).to_pylist()
    items: dict[tuple[str, ...], set[str]] = {}
    for row in rows:
        if row["task"] in RELATION_TASKS:
            items.setdefault(tuple(sorted((row["structure_a"], row["structure_b"]))), set()).add(
                row["item_id"]
            )
    few = sum(len(found) < FEW for found in items.values())
    yield Line(f"of {len(items)} pairs, below {FEW} items: hollow", few / len(items))
    one = sum(len(found) == 1 for found in items.values())
    yield Line(f"of {len(items)} pairs, on one item", one / len(items))


def printed_figures() -> None:
    """Which figures of the paper stand in which table, and where its model is named."""
    for (table, cell), figures in published().figures.items():
        for figure in figures:
            print(f"{table:<10} {cell:<48} {figure.text}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Print every part."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--reports", type=int, default=40)
    parser.add_argument("--cases", type=int, default=12, help="phantoms of each kind that are built")
    parser.add_argument("--questions", type=int, default=12_000)
    chosen = parser.parse_args(arguments)
    bench_coverage.alike()
    for title, lines in bench_coverage.steps(6, chosen.draws, chosen.reports):
        show(title, lines)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "benchmark"
        found = shortcuts_of(place, chosen.cases, chosen.questions)
        show(
            "without the picture: what the names alone tell",
            guessed(found, KNOWLEDGE, "text_only", RELATION_TASKS),
        )
        show("cross-slice with marks: what the place of mark A tells",
             guessed(found, "mark A", "image", ["cross_slice"]))  # fmt: skip
        show(
            "in-plane with boxes and points: what the place of letter A tells",
            guessed(found, "letter A", "image", ["in_plane"], 0.5 + MARGIN),
        )
        show("slice_direction: what the size of the canvas tells",
             guessed(found, "canvas", "image", ["slice_direction"], SQUARE))  # fmt: skip
        show("heat map by pair", pairs_on_one_item(place))
        print(f"\nguessers more than 10 points above their ceiling beyond doubt: {len(found.wins)}")
    print("\nfigures of the paper")
    printed_figures()
    print("\nthe draw: thresholds, cut ends, words, stacks, and questions in proportion to the cases")
    bench_draw.run([f"phantom:torso?n={5 * chosen.cases}", f"phantom:knee?n={chosen.cases}"])
    if (DATA / "ct_torso").is_dir():
        bench_draw.run([f"totalsegmentator:{DATA / 'ct_torso'}", f"oai:{DATA / 'oai_knee'}"])


if __name__ == "__main__":
    main()
