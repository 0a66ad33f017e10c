"""Check that the packages of the extra `semsam` are installed, and say in one line which one is missing.

Imported before anything that needs them.
"""

import sys
from importlib.util import find_spec
from pathlib import Path

for _package in ("torch", "safetensors"):
    if find_spec(_package) is None:
        _needed = f"semsam needs {_package}, which is not installed: pip install 'misground[semsam]'"
        if Path(sys.argv[0]).name == "semsam":  # the command ends without a traceback
            sys.exit(f"semsam: {_needed}")
        raise ModuleNotFoundError(_needed, name=_package)
