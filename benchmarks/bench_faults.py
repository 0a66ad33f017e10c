"""Planted faults of simulated models, and what a report names.

Run: python benchmarks/bench_faults.py [--seeds 50] [--torsos 48] [--knees 12] [--questions 12000]

Each fault is planted alone, all are planted together, and none is planted. Every model is asked the questions
that the preset `paper` draws from phantoms, with all probes, five times each, in memory: without pictures, and
with what inspect_ai would do left out. A planted fault must be named in every seed, and no other in any.
"""

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence

from lines import Line, show
from simulated_models import Asked, asked, simulated_run

from misground.analysis.fault_measures import FAULTS
from misground.analysis.faults import fault_rows

PLANTED = {
    "silent": "silent=0.02", "flip": "flip=0.05", "first": "first=0.1", "sees": "sees=0.6", "names": "names=0.7",
    "prior": "prior=0.2", "mirror": "mirror=0.3",
}  # fmt: skip
"""A size of each fault that these questions can show."""
STRONG = {
    "silent": "silent=0.3", "flip": "flip=0.3", "first": "first=0.5", "sees": "sees=0.2", "names": "names=0.2",
    "prior": "prior=0.8", "mirror": "mirror=0.9",
}  # fmt: skip
"""Sizes at which a fault could pass for another."""


def verdicts(found: Asked, settings: Sequence[str], seeds: int) -> Iterator[dict[str, str]]:
    """What the report says of each fault, for one seed after the other."""
    for seed in range(seeds):
        model = "simulated?" + "&".join([*settings, f"seed={seed}"])
        yield {row.fault: row.verdict for row in fault_rows(simulated_run(found, model, seed=seed))}


def judged(found: Asked, planted: Sequence[str], settings: Sequence[str], seeds: int) -> Iterator[Line]:
    """How often each planted fault is named, and how often another is.

    Args:
        found: the questions.
        planted: the faults that the settings plant.
        settings: the settings of the model, such as "flip=0.1".
        seeds: number of models.
    """
    told = list(verdicts(found, settings, seeds))
    for fault in planted:
        named = sum(one[fault] == "shown" for one in told)
        yield Line(f"{', '.join(settings)}: {fault} is named", named / seeds, least=1.0)
    others = [fault for fault in FAULTS if fault not in planted]
    if not others:
        return
    false = Counter(fault for one in told for fault in others if one[fault] == "shown")
    which = ", ".join(f"{fault} in {count}" for fault, count in false.items()) or "none"
    some = sum(any(one[fault] == "shown" for fault in others) for one in told)
    about = ", ".join(settings) or "no fault"
    yield Line(f"{about}: another is named", some / seeds, most=0.0, also=f"({which})")
    if not planted:
        free = sum(all(one[fault] == "free" for fault in FAULTS) for one in told)
        yield Line(f"{about}: called free of all {len(FAULTS)}", free / seeds, least=1.0)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print every part."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--torsos", type=int, default=48)
    parser.add_argument("--knees", type=int, default=12)
    parser.add_argument("--questions", type=int, default=12_000)
    chosen = parser.parse_args(arguments)
    found = asked(chosen.torsos, chosen.knees, chosen.questions)
    items = len({row["item_id"] for row in found.rows if row["probe"]})
    print(f"{chosen.seeds} models each, {items} relation items with probes, {len(found.rows):,} questions")
    show("no fault", judged(found, [], [], chosen.seeds))
    for title, sizes in (("one fault", PLANTED), ("one strong fault", STRONG)):
        for fault, setting in sizes.items():
            show(title, judged(found, [fault], [setting], chosen.seeds))
    show("all faults together", judged(found, list(PLANTED), list(PLANTED.values()), chosen.seeds))


if __name__ == "__main__":
    main()
