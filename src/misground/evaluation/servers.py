"""Modules of semsam about servers that need no torch: addresses, secrets in texts, one bounded request.

`import semsam` refuses to start without torch, which asking a hosted model does not need. So these modules
are read from their files, under names of their own, and both packages keep the same rules.
"""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING


def _module(name: str) -> ModuleType:
    package = importlib.util.find_spec("semsam")  # does not import it
    assert package is not None  # both packages are one distribution
    own = f"{__name__}_{name}"
    spec = importlib.util.spec_from_file_location(own, Path(str(package.origin)).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[own] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if TYPE_CHECKING:
    from semsam import address, fetch, redaction
else:
    address, fetch, redaction = map(_module, ("address", "fetch", "redaction"))

__all__ = ["address", "fetch", "redaction"]
