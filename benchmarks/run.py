"""Runs benchmarks, each in a process of its own: `python benchmarks/run.py [NAME...] [--OPTION...]`.

A benchmark is a module `bench_NAME.py` with a `main()` that prints medians and ratios of one run.
Exit status 1 where one fails; the others still run.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
# In make bench-full alone: what is neither building nor asking, and what another one tells more briefly.
BY_NAME_ALONE = {
    "arms",
    "checks",
    "claims",
    "coverage",
    "decoding",
    "draw",
    "evaluation",
    "explorer",
    "faults",
    "gain",
    "local_provider",
    "neighbors",
    "power",
    "report",
    "sampling",
    "vllm",
}


def names() -> list[str]:
    """The NAME of each bench_NAME.py here, in alphabetical order."""
    return sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))


def succeeds(name: str, options: list[str]) -> bool:
    """Run one benchmark to its end, its output passed through; False where it fails.

    A fresh process each: no benchmark measures with the caches, threads or memory of the one before.
    """
    module = f"bench_{name}"
    # Imported, not run as a script, so that worker processes can import its functions by name.
    code = f"import sys, {module}; sys.exit({module}.main())"
    environment = os.environ | {"PYTHONPATH": str(HERE)}
    run = subprocess.run(
        [sys.executable, "-c", code, *options], cwd=HERE.parent, env=environment, check=False
    )
    return run.returncode == 0


def main(arguments: list[str]) -> int:
    """Run the named benchmarks, or all; the exit status. What begins with a dash is an option of theirs."""
    known = names()
    options = [word for word in arguments if word.startswith("-")]
    arguments = [word for word in arguments if word not in options]
    unknown = [name for name in arguments if name not in known]
    if unknown or not known:
        print(f"no benchmark {', '.join(unknown)}; there are: {', '.join(known) or 'none'}", file=sys.stderr)
        return 2
    failed = []
    for name in arguments or [name for name in known if name not in BY_NAME_ALONE]:
        print(f"\n== {name} ==", flush=True)
        start = time.monotonic()
        if not succeeds(name, options):
            failed.append(name)
        print(f"({time.monotonic() - start:.0f} s)", flush=True)
    if failed:
        print(f"\nfailed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
