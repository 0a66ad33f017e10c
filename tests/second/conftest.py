"""Makes the modules beside this file importable as `second.*`, with nothing put on sys.path."""

import sys
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).parent

if "second" not in sys.modules:
    second = ModuleType("second", "A second implementation of the truth: slow, obvious, on its own.")
    second.__path__ = [str(HERE)]
    sys.modules["second"] = second
