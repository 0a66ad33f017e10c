"""Planted faults of simulated models, and what a report names.

Run: python benchmarks/bench_faults.py [--seeds 50] [--torsos 40] [--knees 10] [--questions 9600]

Each fault is planted alone, strong faults are planted in a tenth of the seeds, and none is planted. Every
model is asked the questions that the preset `paper` draws from phantoms, with all probes, three times each,
in memory and without pictures. A planted fault must be named in every seed, and no other in any. At last all
faults are planted together: how often each is still named, which takes more questions.
"""

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence

from lines import Line, show
from simulated_models import Asked, asked, simulated_run

from misground.analysis.fault_measures import FAULTS
from misground.analysis.faults import fault_rows

PLANTED = {
    "silent": "silent=0.02", "flip": "flip=0.05", "first": "first=0.1", "sees": "sees=0.6",
    "names": "names=0.6", "prior": "prior=0.3", "mirror": "mirror=0.5",
}  # fmt: skip
"""A size of each fault that these questions can show."""
EPOCHS = 3
STRONG = {
    "silent": "silent=0.3", "flip": "flip=0.3", "first": "first=0.5", "sees": "sees=0.2",
    "names": "names=0.2", "prior": "prior=0.8", "mirror": "mirror=0.9",
}  # fmt: skip
"""Sizes at which a fault could pass for another."""


def verdicts(found: Asked, settings: Sequence[str], seeds: int) -> Iterator[dict[str, str]]:
    """What the report says of each fault, for one seed after the other."""
    for seed in range(seeds):
        model = "simulated?" + "&".join([*settings, f"seed={seed}"])
        yield {row.fault: row.verdict for row in fault_rows(simulated_run(found, model, epochs=EPOCHS))}


def judged(
    found: Asked, planted: Sequence[str], settings: Sequence[str], seeds: int, least: float | None = 1.0
) -> Iterator[Line]:
    """How often each planted fault is named, and how often another is.

    Args:
        found: the questions.
        planted: the faults that the settings plant.
        settings: the settings of the model, such as "flip=0.1".
        seeds: number of models.
        least: the share of models in which a planted fault must be named; None if none must.
    """
    told = list(verdicts(found, settings, seeds))
    for fault in planted:
        named = sum(one[fault] == "shown" for one in told)
        about = settings[0] if len(settings) == 1 else settings[planted.index(fault)] + " among all"
        yield Line(f"{about}: {fault} is named", named / seeds, least=least)
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
    parser.add_argument("--torsos", type=int, default=40)
    parser.add_argument("--knees", type=int, default=10)
    parser.add_argument("--questions", type=int, default=9_600)
    chosen = parser.parse_args(arguments)
    found = asked(chosen.torsos, chosen.knees, chosen.questions)
    items = len({row["item_id"] for row in found.rows if row["probe"]})
    print(f"{chosen.seeds} models each, {items} relation items with probes, {len(found.rows):,} questions")
    show("no fault", judged(found, [], [], chosen.seeds))
    few = max(1, chosen.seeds // 10)
    for title, sizes, seeds in (("one fault", PLANTED, chosen.seeds), ("one strong fault", STRONG, few)):
        for fault, setting in sizes.items():
            show(title, judged(found, [fault], [setting], seeds))
    show("all faults together", judged(found, list(PLANTED), list(PLANTED.values()), few, None))


if __name__ == "__main__":
    main()
