"""A stand-in for pip that installs nothing, and refuses extras or packages that it does not know."""

import re
import sys
import tomllib
from pathlib import Path

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"
OTHERS = {"vllm"}

if __name__ == "__main__":
    extras = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    command, *wanted = sys.argv[1:]
    for requirement in wanted:
        found = re.fullmatch(r"misground\[([\w,]+)\]", requirement)
        if command != "install" or not (
            requirement in OTHERS or (found and set(found[1].split(",")) <= set(extras))
        ):
            sys.exit(f"pip {command} {requirement}: no stand-in for this")
