"""Print requirements with the hashes of all their files, for `pip install --require-hashes`.

`python .ci/lock.py constraints.txt NAME ... > locks/NAME.txt`

Each name gets the version that the constraints pin, and the SHA-256 of every wheel of that release that a
supported Python could take, as pip's own index lists them (PEP 691): so one file serves every platform. If a
release has no wheel, it is its source archive. `--installed` stands for every package that is installed
beside this Python, except torch, whose build is the user's choice.
"""

import json
import re
import ssl
import subprocess
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

JSON = "application/vnd.pypi.simple.v1+json"
PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)")
AT_ONCE = 8
APART = frozenset({"misground", "pip", "torch", "triton"})
CUDA = ("nvidia-", "cuda-")
PYTHONS = (311, 312, 313, 314)


def main() -> None:
    """Print one requirement for each name."""
    constraints, *names = sys.argv[1:]
    pins = {normal(name): version for name, version in pinned(Path(constraints).read_text(encoding="utf-8"))}
    if names == ["--installed"]:
        names = [name for name in installed() if name not in APART and not name.startswith(CUDA)]
    wanted = sorted({normal(name) for name in names})
    missing = [name for name in wanted if name not in pins]
    if missing:
        sys.exit(f"lock: {constraints} pins no {', '.join(missing)}: pin it first")
    index = index_url()
    with ThreadPoolExecutor(AT_ONCE) as threads:
        found = list(threads.map(lambda name: hashes(index, name, pins[name]), wanted))
    print(f"# Made by .ci/lock.py from {Path(constraints).name}: the files that its pins stand for.")
    for name, known in zip(wanted, found, strict=True):
        lines = [f"{name}=={pins[name]}", *(f"    --hash=sha256:{one}" for one in known)]
        print(" \\\n".join(lines))


def pinned(text: str) -> list[tuple[str, str]]:
    """The names and versions that a file of constraints pins."""
    return [found.groups() for line in text.splitlines() if (found := PIN.match(line))]  # type: ignore[misc]


def normal(name: str) -> str:
    """A name as an index spells it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def index_url() -> str:
    """The index that pip is configured to use; its own default if none is named."""
    configured = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True
    )
    named = re.findall(r"^(?:global|install|:env:)\.index.url='(.*)'$", configured.stdout, re.MULTILINE)
    if named:
        return str(named[-1]).rstrip("/")
    return str(import_module("pip._internal.models.index").PyPI.simple_url)


def hashes(index: str, name: str, version: str) -> list[str]:
    """The hashes of all files of a release, in order."""
    request = urllib.request.Request(f"{index}/{name}/", headers={"Accept": JSON})
    with urllib.request.urlopen(request, timeout=60, context=ssl.create_default_context()) as answer:
        files: list[dict[str, Any]] = json.load(answer)["files"]
    wheels = [file for file in files if is_taken(file["filename"], version)]
    sources = [file for file in files if is_source(file["filename"], version)]
    found = sorted(file["hashes"]["sha256"] for file in wheels or sources)
    if not found:
        sys.exit(f"lock: the index has no file of {name} {version}")
    return found


def installed() -> list[str]:
    """The names of the packages that are installed beside this Python."""
    return sorted({normal(one.metadata["Name"]) for one in distributions()})


def is_source(filename: str, version: str) -> bool:
    """Whether a file is a source archive of this version."""
    return filename.endswith((f"-{version}.tar.gz", f"-{version}.zip"))


def is_taken(filename: str, version: str) -> bool:
    """Whether a file is a wheel of this version for a supported Python."""
    if not filename.endswith(".whl"):
        return False
    _, found, *_, python, abi, _ = filename.removesuffix(".whl").split("-")
    return found == version and (abi in {"none", "abi3"} or any(python == f"cp{minor}" for minor in PYTHONS))


if __name__ == "__main__":
    main()
