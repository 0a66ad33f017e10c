"""Ask the database of advisories about every pinned package, with pip-audit in an environment of its own.

`python .ci/audit.py FILE ...`

Exit status: 0 if no advisory is known, 1 if one is, 2 if the database cannot be asked.
"""

import json
import subprocess
import sys
from pathlib import Path

PIP_AUDIT = "pip-audit==2.10.1"
PLACE = Path(".cache", "audit")


def main() -> None:
    """Print one line for each advisory, and one for the whole."""
    program = PLACE / "bin" / "pip-audit"
    if not program.is_file():
        quietly(sys.executable, "-m", "venv", "--clear", str(PLACE))
        quietly(str(PLACE / "bin" / "python"), "-m", "pip", "install", "-qq", PIP_AUDIT)
    files = [part for path in sys.argv[1:] for part in ("-r", path)]
    asked = subprocess.run(
        [str(program), *files, "--no-deps", "--disable-pip", "--format", "json", "--progress-spinner", "off"],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        packages = json.loads(asked.stdout)["dependencies"]
    except (ValueError, KeyError):
        unreachable((asked.stderr.strip().splitlines() or ["no answer"])[-1])
    known = [(one, flaw) for one in packages for flaw in one.get("vulns", ())]
    for one, flaw in known:
        fixed = ", ".join(flaw["fix_versions"]) or "no release"
        print(f"{one['name']} {one['version']}: {flaw['id']}, fixed in {fixed}")
    unasked = [one["name"] for one in packages if "skip_reason" in one]
    if unasked:
        unreachable(f"it has no answer about {len(unasked)} of {len(packages)} packages")
    print(f"audit: {len(known)} known advisories on {len(packages)} packages")
    sys.exit(1 if known else 0)


def quietly(*command: str) -> None:
    """Run a command, or end with its last line."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        unreachable((done.stderr.strip().splitlines() or [f"{command[0]} failed"])[-1])


def unreachable(why: str) -> None:
    """End: nothing is known of what was not asked."""
    print(f"audit: the database of advisories cannot be asked ({why[:200]})", file=sys.stderr)
    sys.exit(2)


if __name__ == "__main__":
    main()
