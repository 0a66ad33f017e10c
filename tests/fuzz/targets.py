"""What is tried: each target makes one input and the commands that read it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final, Literal

from .folders import change_benchmark, change_run, copied, foreign_record
from .models import change_model, change_safetensors, gguf
from .replies import spoilt_replies, spoilt_text
from .scans import write_cases
from .seeds import Seeds

Package = Literal["misground", "semsam"]
Commands = Sequence[Sequence[object]]


@dataclass(frozen=True)
class Target:
    """A kind of trial.

    Attributes:
        name: on the command line and in `finds.txt`.
        package: whose commands it calls.
        make: writes an input below a folder, and returns commands without the program's name.
        weight: how often it is chosen.
    """

    name: str
    package: Package
    make: Callable[[Seeds, Path, Random], Commands]
    weight: int = 1


def _scans(seeds: Seeds, folder: Path, rng: Random) -> Commands:
    data = folder / "data"
    data.mkdir()
    write_cases(data, rng, 6)
    source = f"labelmap:{data}?labels=total"
    check = ("check", source, "--workers", 1)
    if rng.random() < 0.7:
        return [check]
    build = ("build", source, "-o", folder / "out", "--max-questions", 4, "--workers", 1)
    # The benchmark is another one: every case is read, found different and told.
    validate = ("validate", seeds.benchmark, "--source", source, "--workers", 1)
    return [check, build, validate]


def _benchmark(seeds: Seeds, folder: Path, rng: Random) -> Commands:
    out = copied(seeds.benchmark, folder / "benchmark")
    change_benchmark(out, rng)
    exports = [
        ("export", out, "--format", form, "-o", folder / form)
        for form in ("jsonl", "lmms-eval", "vlmevalkit")
    ]
    calls: list[Sequence[object]] = [
        ("sheet", out, "-o", folder / "sheet.png"),
        ("shortcuts", out, "--json"),
        ("power", out, "--difference", 5, "--json"),
        *exports,
        ("view", out, seeds.runs[0], "--export", folder / "pages"),
        ("validate", out, "--workers", 1),
        ("eval", out, "--model", "misground/oracle", "--log-dir", folder / "log", "--limit", 10),
        ("eval", out, "--model", "openai/x", "--dry-run"),
        ("build", "phantom:torso?n=1", "-o", out),
    ]
    return rng.sample(calls, 3)


def _results(seeds: Seeds, folder: Path, rng: Random) -> Commands:
    run = copied(seeds.runs[0], folder / "run")
    change_run(run, rng)
    calls: list[Sequence[object]] = [
        ("compare", run, seeds.runs[1]),
        ("compare", seeds.runs[1], run, "--json"),
        ("power", seeds.benchmark, "--pilot", run),
        ("view", seeds.benchmark, run, "--export", folder / "pages"),
    ]
    if rng.random() < 0.2:
        calls.append(("report", run, "-o", folder / "report", "--format", "md"))
    if rng.random() < 0.2:
        resumed = ("eval", seeds.benchmark, "--model", "misground/oracle", "--log-dir", run)
        calls.append(resumed)
    return calls


def _replies(seeds: Seeds, folder: Path, rng: Random) -> Commands:
    scored = folder / "scored"
    if rng.random() < 0.2:
        text = spoilt_text(rng).replace("\x00", "").encode(errors="replace").decode()[:30_000]
        return [("read", "--options", "left,right", "--names", "liver,spleen", "--", text or "-")]
    if rng.random() < 0.2:
        run = copied(seeds.runs[1], folder / "run")
        change_run(run, rng)
        return [("score", seeds.benchmark, run, "-o", scored)]
    replies = spoilt_replies(seeds.runs[1], folder, rng)
    call = ("score", seeds.benchmark, replies, "--model", "lab/model", "-o", scored)
    return [call, ("view", seeds.benchmark, scored, "--export", folder / "pages")]


def _targets_of_writing(seeds: Seeds, folder: Path, rng: Random) -> Commands:
    to = folder / "to"
    to.mkdir()
    record = rng.choice(
        ("report.json", "export.json", "explorer.json", "manifest.json", "run.json", "written.json")
    )
    (to / record).write_text(foreign_record(rng), encoding="utf-8")
    (to / "thesis.txt").write_text("mine")
    calls: list[Sequence[object]] = [
        ("report", seeds.runs[0], "-o", to, "--format", "md"),
        ("view", seeds.benchmark, "--export", to),
        ("export", seeds.benchmark, "--format", "jsonl", "-o", to),
        ("score", seeds.benchmark, seeds.runs[0], "-o", to),
        ("shortcuts", seeds.benchmark, "-o", to),
        ("power", seeds.benchmark, "-o", to),
        ("build", "phantom:knee?n=1", "-o", to, "--max-questions", 4),
        ("eval", seeds.benchmark, "--model", "misground/oracle", "--log-dir", to, "--limit", 10),
    ]
    return [rng.choice(calls)]


def _table(seeds: Seeds, folder: Path, rng: Random) -> Commands:
    table = folder / "t.safetensors"
    table.write_bytes(change_safetensors(seeds.table.read_bytes(), rng))
    shown = [("neighbors", table, "w1", "--tokenizer", seeds.model), ("report", table)]
    generate = ("generate", seeds.model, "--prompt", "w1 w2", "--table", table, "--max-new-tokens", 2)
    return [rng.choice(shown), *([generate] if rng.random() < 0.3 else [])]


def _model(seeds: Seeds, folder: Path, rng: Random) -> Commands:
    if rng.random() < 0.3:
        model = folder / "m.gguf"
        model.write_bytes(gguf(rng))
    else:
        model = copied(seeds.model, folder / "model")
        change_model(model, rng)
    build = ("build", model, "-o", folder / "new.safetensors", "-k", 4)
    generate = ("generate", model, "--prompt", "w1 w2", "--max-new-tokens", 2)
    return [rng.choice((build, build, generate))]


TARGETS: Final = (
    Target("scans", "misground", _scans, 4),
    Target("benchmark", "misground", _benchmark, 6),
    Target("results", "misground", _results, 3),
    Target("replies", "misground", _replies, 3),
    Target("writing", "misground", _targets_of_writing, 1),
    Target("table", "semsam", _table, 2),
    Target("model", "semsam", _model, 2),
)
