"""Lets torchvision be imported beside a torch that its compiled half was not built for.

transformers' image and video processors need `torchvision.transforms`, which is plain Python; its import
stops at operators of the compiled half. Where that half does not load, the two that the import asks for are
declared, without code: what tests use never calls them.
"""

import importlib.util
import sys
from pathlib import Path

import torch

_KEPT: list[torch.library.Library] = []  # a library's declarations go when it does


APART = Path(sys.prefix) / "torchvision"  # where `make setup` puts it

# At once, since transformers looks for it when it is imported, and never again.
if importlib.util.find_spec("torchvision") is None and APART.is_dir():
    sys.path.append(str(APART))


def declare() -> bool:
    """Declare the operators where they are missing; False where torchvision is not installed."""
    spec = importlib.util.find_spec("torchvision")
    if spec is None or spec.origin is None:
        return False
    if hasattr(torch.ops.torchvision, "nms"):
        return True
    try:
        torch.ops.load_library(next(Path(spec.origin).parent.glob("_C*.so")))
    except (OSError, StopIteration):
        library = torch.library.Library("torchvision", "FRAGMENT")
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _KEPT.append(library)
    return True
