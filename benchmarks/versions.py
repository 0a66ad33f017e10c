"""The same build by earlier versions of this repository: `python benchmarks/versions.py COMMIT...`.

Each commit is checked out apart and runs `misground build totalsegmentator:CASES --preset paper
--max-questions N --workers 1` on the first usable made cases (made_runs.py), with the libraries of this
environment. Printed are processor seconds a case, of the whole command, for two densities of questions.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from bench_build import DENSITIES, usable
from made_runs import HERE, linked, made


def processor_seconds(command: list[str], environment: dict[str, str]) -> float:
    """User and system time of a command and all that it started."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{command}: {done.stderr[-2000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def measured(source: Path, checkout: Path, per_case: int, cases: int) -> float:
    with tempfile.TemporaryDirectory() as name:
        command = [sys.executable, "-m", "misground", "build", f"totalsegmentator:{source}"]
        command += ["-o", str(Path(name) / "out"), "--preset", "paper", "--workers", "1"]
        command += ["--max-questions", str(per_case * cases)]
        environment = os.environ | {"PYTHONPATH": str(checkout / "src"), "OMP_NUM_THREADS": "1"}
        return processor_seconds(command, environment) / cases


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("commits", nargs="+")
    parser.add_argument("--cases", type=int, default=6)
    options = parser.parse_args()
    folder = made(range(2 * options.cases))
    cases = usable(folder, sorted(path.name for path in folder.glob("s*")))[: options.cases]
    with linked(folder, cases) as source, tempfile.TemporaryDirectory() as name:
        for commit in options.commits:
            checkout = Path(name) / commit
            git = ["git", "-C", str(HERE.parent), "worktree"]
            subprocess.run([*git, "add", "--detach", str(checkout), commit], check=True, capture_output=True)
            try:
                told = [
                    f"{measured(source, checkout, per_case, len(cases)):.2f} s at {per_case} questions a case"
                    for per_case in DENSITIES.values()
                ]
            finally:
                subprocess.run([*git, "remove", "--force", str(checkout)], check=True, capture_output=True)
            title = subprocess.run(
                ["git", "-C", str(HERE.parent), "log", "-1", "--format=%s", commit],
                capture_output=True,
                text=True,
                check=True,
            ).stdout.strip()
            print(f"{commit} {title}: {', '.join(told)}", flush=True)


if __name__ == "__main__":
    main()
