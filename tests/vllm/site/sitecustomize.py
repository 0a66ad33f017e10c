"""Runs as each Python process of a server starts: torchvision's operators, as the tests' models have them."""

import runpy
from pathlib import Path

# Their declarations go when the namespace does.
KEPT = runpy.run_path(str(Path(__file__).parents[2] / "models" / "torchvision_operators.py"))
KEPT["declare"]()
