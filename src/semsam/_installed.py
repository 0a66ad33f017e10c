"""Says in one line what a plain install of the distribution lacks; imported before anything that needs it."""

import sys
from importlib.util import find_spec
from pathlib import Path

for _package in ("torch", "safetensors"):
    if find_spec(_package) is None:
        _needed = f"{_package} is not installed, which semsam needs: pip install 'misground[semsam]'"
        if Path(sys.argv[0]).name == "semsam":  # the command ends without a traceback
            sys.exit(f"semsam: {_needed}")
        raise ModuleNotFoundError(_needed, name=_package)
