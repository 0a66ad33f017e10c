"""How many made faults `misground check` names rightly, and how many right cases it calls wrong.

Run: python benchmarks/bench_checks.py [--cases 100] [--right 200]

Bodies are phantoms (torsos and knees) and, where MISGROUND_TEST_DATA (default ../shared/data) has them, the
real torso and knee, each time cropped otherwise. Each kind of fault is made in `--cases` bodies; a case
counts as named only if the first hypothesis is the fault that was made, with its axes or structures. Right
cases are whole bodies, crops, and bodies of which only some structures are labelled. The scan of the real
knee is made from its labels. Exit status 1 where a target is missed.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from bench_reading import DATA
from lines import Line

from misground.anatomy import UNPAIRED, structure_table
from misground.benchmark.check import CaseVerdict, case_verdict
from misground.questions import measure_case
from misground.records import Case
from misground.sources import list_cases
from misground.volumes import load_case

FLIPS = [f for n in (1, 2, 3) for f in combinations("xyz", n)]
FAR_MM = {"torso": 150, "knee": 40}
Faulty = tuple[Case, Callable[[CaseVerdict], bool]]


@dataclass(frozen=True)
class Bodies:
    """Right cases to make faults in; a random one, cropped at random, each time."""

    cases: tuple[Case, ...]
    rng: np.random.Generator

    def draw(self) -> Case:
        return cropped(self.cases[self.rng.integers(len(self.cases))], self.rng)


def load(torsos: int, knees: int) -> tuple[Case, ...]:
    """Phantoms, and the real bodies as often as a quarter of them."""
    sources = [f"phantom:torso?n={torsos}&seed=77", f"phantom:knee?n={knees}&seed=77"]
    real = [("totalsegmentator", "ct_torso", max(1, torsos // 3)), ("oai", "oai_knee", max(1, knees // 3))]
    cases = [load_case(ref) for source in sources for ref in list_cases(source).refs]
    for kind, name, times in real:
        if (DATA / name).is_dir():
            cases += [load_case(list_cases(f"{kind}:{DATA / name}").refs[0])] * times
        else:
            print(f"no {name}: set MISGROUND_TEST_DATA to the folder that holds it", file=sys.stderr)
    return tuple(cases)


def cropped(case: Case, rng: np.random.Generator) -> Case:
    """The case, or most of it: at least 70% along each axis."""
    kept = []
    for n in case.scan.shape:
        size = int(rng.integers(round(0.7 * n), n + 1))
        first = int(rng.integers(0, n - size + 1))
        kept.append(slice(first, first + size))
    return made(case, scan=case.scan[tuple(kept)], labels=case.labels[tuple(kept)])


def made(case: Case, *, scan: np.ndarray | None = None, labels: np.ndarray | None = None) -> Case:
    """The case with another scan or label map; structures without voxels are left out."""
    scan = case.scan if scan is None else scan
    labels = case.labels if labels is None else labels
    present = [i for i, n in enumerate(np.bincount(labels.ravel(), minlength=256)[1:]) if n]
    new = np.zeros(257, labels.dtype)
    new[np.array(present, int) + 1] = np.arange(1, len(present) + 1)
    structures = tuple(case.structures[i] for i in present)
    keys = tuple(structure.key for structure in structures)
    facts = replace(case.facts, shape=scan.shape, structures=keys)
    return replace(case, facts=facts, scan=scan, labels=new[labels], structures=structures)


def scan_mirrored(case: Case, rng: np.random.Generator) -> Faulty:
    flip = FLIPS[rng.integers(len(FLIPS))]
    scan = np.flip(case.scan, ["xyz".index(a) for a in flip])
    return made(case, scan=scan), lambda v: v.picture.fault == "mirrored" and v.picture.flip == flip


def labels_mirrored(case: Case, rng: np.random.Generator) -> Faulty:
    flip = FLIPS[rng.integers(len(FLIPS))]
    labels = np.flip(case.labels, ["xyz".index(a) for a in flip])
    return made(case, labels=labels), lambda v: is_mirrored(v, flip) and v.mirrored_labels == flip


def header_mirrored(case: Case, rng: np.random.Generator) -> Faulty:
    flip = FLIPS[rng.integers(len(FLIPS))]
    axes = ["xyz".index(a) for a in flip]
    both = made(case, scan=np.flip(case.scan, axes), labels=np.flip(case.labels, axes))
    return both, lambda v: is_mirrored(v, flip) and not v.picture.contradicts


def is_mirrored(verdict: CaseVerdict, flip: tuple[str, ...]) -> bool:
    found = verdict.hypotheses
    return bool(found) and found[0].kind == "mirrored" and found[0].axes == flip


def two_swapped(case: Case, rng: np.random.Generator) -> Faulty:
    big = [i for i, n in enumerate(np.bincount(case.labels.ravel())[1:]) if n >= 100]
    a, b = (int(i) for i in rng.choice(big, 2, replace=False))
    structures = list(case.structures)
    structures[a], structures[b] = structures[b], structures[a]
    wanted = {structures[a].key, structures[b].key}
    return renamed(case, structures), lambda v: is_swap(v, wanted)


def sides_swapped(case: Case, _: np.random.Generator) -> Faulty:
    table = structure_table().structures
    pairs = {s.key: s.pair for s in case.structures if s.pair not in (None, UNPAIRED)}
    structures = [table[str(pairs.get(s.key, s.key))] for s in case.structures]
    return renamed(case, structures), lambda v: bool(v.hypotheses) and v.hypotheses[0].kind == "sides swapped"


def organs_swapped(case: Case, rng: np.random.Generator) -> Faulty:
    """Left and right of one pair of structures."""
    keys = [s.key for s in case.structures]
    pairs = [(k, s.pair) for k, s in zip(keys, case.structures, strict=True) if s.pair in keys]
    a, b = (keys.index(str(key)) for key in pairs[rng.integers(len(pairs))])
    structures = list(case.structures)
    structures[a], structures[b] = structures[b], structures[a]
    wanted = {structures[a].key, structures[b].key}
    return renamed(case, structures), lambda v: is_swap(v, wanted)


def renamed(case: Case, structures: list) -> Case:
    keys = tuple(structure.key for structure in structures)
    return replace(case, structures=tuple(structures), facts=replace(case.facts, structures=keys))


def is_swap(verdict: CaseVerdict, wanted: set[str]) -> bool:
    found = verdict.hypotheses
    return bool(found) and found[0].kind == "labels swapped" and set(found[0].structures) == wanted


def one_moved(case: Case, rng: np.random.Generator) -> Faulty:
    """One structure's voxels elsewhere in the scan, at least FAR_MM away and 80% of them within it."""
    shape, spacing = np.array(case.scan.shape), np.array(case.facts.spacing_mm)
    while True:
        i = int(rng.integers(len(case.structures)))
        voxels = np.argwhere(case.labels == i + 1)
        by = rng.integers(-shape + 1, shape)
        there = voxels + by
        inside = ((there > 0) & (there < shape - 1)).all(axis=1)
        far = np.linalg.norm(by * spacing) >= FAR_MM[case.facts.region]
        if far and inside.mean() > 0.8 and inside.sum() > 200:
            break
    labels = np.array(case.labels)
    labels[tuple(voxels.T)] = 0
    labels[tuple(there[inside].T)] = i + 1
    key = case.structures[i].key
    return (
        made(case, labels=labels),
        lambda v: (
            bool(v.hypotheses)
            and v.hypotheses[0].kind == "misplaced"
            and v.hypotheses[0].structures == (key,)
        ),
    )


def _scan(change: Callable[[Case, np.random.Generator], np.ndarray], *faults: str) -> Callable[..., Faulty]:
    def make(case: Case, rng: np.random.Generator) -> Faulty:
        return made(case, scan=change(case, rng)), lambda v: v.picture.fault in faults

    return make


def _unit(case: Case) -> np.ndarray:
    return ((case.scan + 160.0) / 400).clip(0, 1).astype(np.float32)


ANY = {
    "scan mirrored along any axes": scan_mirrored,
    "label map mirrored along any axes": labels_mirrored,
    "scan and label map mirrored (header)": header_mirrored,
    "labels of any two structures swapped": two_swapped,
    "left and right of all structures swapped": sides_swapped,
    "left and right of one pair swapped": organs_swapped,
    "one label in a wrong place": one_moved,
    "noise as scan": _scan(lambda c, r: r.normal(0, 300, c.scan.shape).astype(np.int16), "noise"),
    "zeros as scan": _scan(lambda c, _: np.zeros(c.scan.shape, np.int16), "constant"),
    "the label map as scan": _scan(lambda c, _: np.array(c.labels), "labels"),
}
CT = {
    "CT in 0..1": _scan(lambda c, _: _unit(c), "units"),
    "CT in 0..255": _scan(lambda c, _: np.round(_unit(c) * 255).astype(np.uint8), "units"),
    "CT as HU + 1024": _scan(lambda c, _: (c.scan + 1024.0).clip(0).astype(np.uint16), "units"),
}


def right_case(case: Case, rng: np.random.Generator) -> Case:
    """The case, or one of which only some structures are labelled, or an MRI with other intensities."""
    kind = rng.integers(3)
    if kind == 1:
        count = int(rng.integers(1, len(case.structures) + 1))
        kept = np.zeros(256, bool)
        kept[1 + rng.choice(len(case.structures), count, replace=False)] = True
        return made(case, labels=np.where(kept[case.labels], case.labels, 0).astype(case.labels.dtype))
    if kind == 2 and case.facts.modality == "mri":
        return made(case, scan=(case.scan.astype(np.float32) * rng.uniform(0.01, 10)) ** 0.8)
    return case


def lines(bodies: Bodies, cases: int, right: int) -> Iterator[Line]:
    rng = bodies.rng
    for name, make in (ANY | CT).items():
        named = seen = 0
        for _ in range(cases):
            case = bodies.draw()
            while name in CT and case.facts.modality != "ct":
                case = bodies.draw()
            faulty, is_right = make(case, rng)
            verdict = case_verdict(faulty, measure_case(faulty))
            named, seen = named + is_right(verdict), seen + verdict.contradicts
        yield Line(name, named / cases, least=0.95, also=f"contradicts in {seen} of {cases}")
    wrong = 0
    for _ in range(right):
        case = right_case(bodies.draw(), rng)
        verdict = case_verdict(case, measure_case(case))
        wrong += verdict.contradicts
        if verdict.contradicts:
            print(f"  right, but: {verdict.text}")
    yield Line(f"right cases called wrong, of {right}", wrong / right, most=0.0)


def run(cases: int = 100, right: int = 200, torsos: int = 6, knees: int = 3) -> int:
    bodies = Bodies(load(torsos, knees), np.random.default_rng(0))
    print(f"faults named, % of {cases} made cases each")
    missed = 0
    for line in lines(bodies, cases, right):
        print(line, flush=True)
        missed += not line.kept
    seconds = [(timed(case)) for case in bodies.cases]
    print(
        f"a verdict takes {1000 * float(np.median(seconds)):.0f} ms (median), after measuring the label map"
    )
    return int(missed > 0)


def timed(case: Case) -> float:
    measured = measure_case(case)
    start = time.perf_counter()
    case_verdict(case, measured)
    return time.perf_counter() - start


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=int, default=100, help="made cases of each fault")
    parser.add_argument("--right", type=int, default=200, help="right cases")
    given = parser.parse_args()
    return run(given.cases, given.right)


if __name__ == "__main__":
    sys.exit(main())
