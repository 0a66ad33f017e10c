"""What a reader must know before the numbers: benchmark, versions, number of cases, what was not asked."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from misground.analysis.results import Run
from misground.report.samplers import samplers

_SHORT: Final = 12  # of a hash
FEW_CASES: Final = 10


def facts(runs: Sequence[Run]) -> list[str]:
    """One line per benchmark with its origin and size; version and dates; then the samplers."""
    told = []
    for content_hash in dict.fromkeys(run.benchmark_hash for run in runs):
        mine = [run for run in runs if run.benchmark_hash == content_hash]
        known = next((found for run in mine if (found := _benchmark(run))), {})
        parts = [f"Benchmark {content_hash[:_SHORT]}"]
        if known:
            sources = ", ".join(map(str, known.get("sources", ())))
            parts.append(f"preset {known.get('preset')} from {sources}, seed {known.get('seed')}")
        asked = max(len(run.questions) for run in mine)
        cases = max(run.questions["case_id"].n_unique() for run in mine)
        times = max(run.epochs for run in mine)
        noun = "case" if cases == 1 else "cases"
        often = "once" if times == 1 else f"up to {times} times"
        parts.append(f"up to {asked:,} questions from {cases:,} {noun}, each asked {often}")
        told.append("; ".join(parts) + ".")
    ends = [str(run.record["ended"])[:10] for run in runs if run.record and run.record.get("ended")]
    versions = sorted(set(_versions(runs).values()))
    if ends and versions:
        first, last = min(ends), max(ends)
        span = first if first == last else f"{first} to {last}"
        told.append(f"Asked with misground {', '.join(versions)}, {span}.")
    return told + samplers(runs)


def _benchmark(run: Run) -> Mapping[str, Any]:
    found = (run.record or {}).get("benchmark")
    return found if isinstance(found, Mapping) else {}


def _versions(runs: Sequence[Run]) -> dict[str, str]:
    found = {run.name: (run.record or {}).get("versions", {}).get("misground") for run in runs}
    return {name: str(version) for name, version in found.items() if version}


def cautions(runs: Sequence[Run]) -> list[str]:
    """What limits the numbers: several benchmarks or versions, few cases, incomplete or text-only runs."""
    told: list[str] = []
    hashes = dict.fromkeys(run.benchmark_hash for run in runs)
    if len(hashes) > 1:
        listed = ", ".join(
            f"{short[:12]} ({', '.join(run.name for run in runs if run.benchmark_hash == short)})"
            for short in hashes
        )
        told.append(
            f"These runs used {len(hashes)} benchmarks ({listed}), so their accuracies are over different "
            "questions. Compare them only by paired differences, on the questions that they share."
        )
    versions = _versions(runs)
    if len(set(versions.values())) > 1:
        listed = ", ".join(f"{name}: {version}" for name, version in versions.items())
        told.append(f"These runs were made by different versions of misground ({listed}).")
    told += [f"{_listed(names)} {text}" for text, names in _of_runs(runs).items()]
    return told


def _of_runs(runs: Sequence[Run]) -> dict[str, list[str]]:
    """Cautions about single runs, each with the runs that it applies to."""
    found: dict[str, list[str]] = {}
    for run in runs:
        cases = run.questions["case_id"].n_unique()
        said = {
            "missing a run record: versions and seeds are unknown.": run.record is None,
            "incomplete: questions without a reply so far are not counted.": run.record is not None
            and run.record.get("status") != "complete",
            "based on one case: variation between cases is unknown.": cases == 1,
            "based on synthetic phantoms: the results say nothing about real scans.": "phantom"
            in _benchmark(run).get("sources", ()),
            f"based on {cases} cases: intervals are wide and themselves uncertain.": 1 < cases < FEW_CASES,
            "limited to text-only questions.": set(run.questions["condition"].unique()) == {"text_only"},
        }
        for text, holds in said.items():
            if holds:
                found.setdefault(text, []).append(run.name)
    return found


def _listed(names: Sequence[str]) -> str:
    if len(names) == 1:
        return f"{names[0]} is"
    return f"{', '.join(names[:-1])} and {names[-1]} are"
