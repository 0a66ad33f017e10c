"""Try the public commands on inputs that an attacker or an accident could make: `python -m tests.fuzz`.

Each trial is decided by its target and a seed. A find is an input on which a command ends in a traceback, by
a signal, too late, or with too much memory. It is kept in a folder with the command and its output. Once the
cause is mended, its line goes to `finds.txt`, whose trials come first in every run.
"""

import argparse
import os
import shlex
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

from .seeds import Seeds, make_seeds
from .targets import TARGETS, Package, Target
from .trial import SECONDS, Ended, Main, call

FINDS = Path(__file__).with_name("finds.txt")
MOST_FINDS = 20
MOST_UNMADE = 0.1
"""The largest share of trials whose input cannot be made; more is a fault of the trials."""


def main() -> None:
    """Run trials for a time and exit with status 1 if any found something."""
    names = [target.name for target in TARGETS]
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__.split("\n\n")[0])
    parser.add_argument("--seconds", type=float, default=120, help="Time for trials.  [default: 120]")
    parser.add_argument("--seed", type=int, default=0, help="Seed of the trials.  [default: 0]")
    parser.add_argument("--target", choices=names, help="Run only this target.")
    parser.add_argument(
        "--one", type=int, metavar="SEED", help="Run the one trial with this seed of --target."
    )
    parser.add_argument(
        "--keep", type=Path, default=Path("out/fuzz"), help="Folder of finds.  [default: out/fuzz]"
    )
    given = parser.parse_args()
    targets = [target for target in TARGETS if given.target in {None, target.name}]
    with tempfile.TemporaryDirectory(prefix="misground-fuzz-") as root:
        seeds = make_seeds(Path(root) / "seeds")
        found = 0
        for package in ("misground", "semsam"):
            chosen = [target for target in targets if target.package == package]
            if chosen:
                share = (
                    given.seconds * sum(each.weight for each in chosen) / sum(each.weight for each in targets)
                )
                trials = _one(chosen[0], given.one) if given.one is not None else _trials(chosen, given.seed)
                found += _in_fork(package, seeds, trials, share, given.keep.absolute())
    sys.exit(int(found > 0))


def _one(target: Target, seed: int) -> Iterator[tuple[Target, int]]:
    yield target, seed


def _trials(targets: list[Target], seed: int) -> Iterator[tuple[Target, int]]:
    """The kept finds, then trials without end."""
    by_name = {target.name: target for target in targets}
    for line in FINDS.read_text(encoding="utf-8").splitlines():
        name, number = line.partition("#")[0].split() or ("", "")
        if name in by_name:
            yield by_name[name], int(number)
    rng = Random(seed)
    while True:
        (target,) = rng.choices(targets, [each.weight for each in targets])
        yield target, rng.randrange(2**32)


def _in_fork(
    package: Package, seeds: Seeds, trials: Iterator[tuple[Target, int]], seconds: float, keep: Path
) -> int:
    """Run trials in a process that has imported one package alone, and return the number of finds."""
    child = os.fork()
    if child == 0:
        try:
            status = _run(package, seeds, trials, seconds, keep)
        except BaseException:
            sys.excepthook(*sys.exc_info())
            status = 1
        sys.stdout.flush()
        os._exit(min(status, 100))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _run(
    package: Package, seeds: Seeds, trials: Iterator[tuple[Target, int]], seconds: float, keep: Path
) -> int:
    run = _loaded(package)
    end = time.monotonic() + seconds
    counts: Counter[str] = Counter()
    finds = 0
    unmade: Exception | None = None
    slowest = largest = 0.0
    for target, seed in trials:
        if time.monotonic() > end:
            break
        with tempfile.TemporaryDirectory(prefix="misground-trial-", ignore_cleanup_errors=True) as root:
            folder = Path(root)
            counts["trials"] += 1
            try:
                commands = target.make(seeds, folder, Random(seed))
            except Exception as error:  # a second change of a file that the first one broke
                counts["not made"] += 1
                unmade = error
                continue
            for arguments in commands:
                ended = call(run, [package, *map(str, arguments)], folder)
                if ended.status is None:  # or the machine was busy: what really hangs does so again
                    ended = call(run, [package, *map(str, arguments)], folder, 2 * SECONDS)
                counts[f"{target.name} exit {ended.status}"] += 1
                slowest, largest = max(slowest, ended.seconds), max(largest, ended.megabytes)
                if ended.problem:
                    finds += 1
                    _keep(target, seed, [package, *map(str, arguments)], ended, folder, keep)
        if finds >= MOST_FINDS:
            print(f"stopped after {finds} finds")
            break
    if unmade is not None and counts["not made"] > MOST_UNMADE * counts["trials"]:
        raise unmade
    for name, count in sorted(counts.items()):
        print(f"{count:6} {name}")
    print(f"{package}: {finds} finds, slowest {slowest:.1f} s, most memory {largest:.0f} MB", flush=True)
    return finds


def _loaded(package: Package) -> Main:
    """The command's main, with what most commands import already in memory."""
    if package == "semsam":
        import transformers  # noqa: F401

        from semsam.cli import main as run
    else:
        import misground.analysis.results
        import misground.evaluation.run
        import misground.report.explorer
        import misground.report.write  # noqa: F401
        from misground.cli import main as run
    return run


def _keep(target: Target, seed: int, arguments: list[str], ended: Ended, folder: Path, keep: Path) -> None:
    to = keep / f"{target.name}-{seed}"
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(folder, to, symlinks=True)
    text = f"{shlex.join(arguments)}\n{ended.problem}\n\n{ended.output[-20_000:]}"
    (to / "find.txt").write_text(text, encoding="utf-8")
    print(
        f"FIND {target.name} {seed}: {ended.problem}: {shlex.join(arguments)[:160]}\n{ended.output[-1500:]}",
        flush=True,
    )


if __name__ == "__main__":
    main()
