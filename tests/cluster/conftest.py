"""Builds on Ray and into object stores, as a user calls them: what they need, what they must not leave."""

import os
import runpy
import shutil
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import nibabel as nib
import numpy as np
import pytest

if "cluster" not in sys.modules:
    package = ModuleType("cluster", "Helpers of these tests; nothing is put on sys.path.")
    package.__path__ = [str(Path(__file__).parent)]
    sys.modules["cluster"] = package

from cluster import processes
from cluster.builds import CASES, Builds
from cluster.nodes import Cluster
from cluster.stores import Store

Once = Callable[[str, Callable[[Path], None]], Path]
BODY = runpy.run_path(str(Path(__file__).parents[1] / "benchmark" / "conftest.py"))

ORGANS = ["spleen", "kidney_right", "kidney_left", "liver", "stomach", "urinary_bladder"]
ORGANS += ["sacrum", "heart", "sternum"]


@pytest.fixture(scope="session")
def source(once: Once) -> str:
    """Small torsos in class files, each a little further to the side than the one before."""

    def write(folder: Path) -> None:
        for number in range(CASES):
            labels = np.roll(BODY["torso_labels"](), number - CASES // 2, axis=0)
            classes = BODY["write_case"](folder / f"s{number}", labels=labels) / "segmentations"
            (classes.parent / "segmentation.nii.gz").unlink()
            classes.mkdir()
            for value, name in zip(BODY["ORGANS"], ORGANS, strict=True):
                mask = (labels == value).astype(np.uint8)
                nib.save(nib.Nifti1Image(mask, BODY["AFFINE"]), classes / f"{name}.nii.gz")

    return f"totalsegmentator:{once('cluster-scans', write)}"


@pytest.fixture(scope="session")
def expected(once: Once, source: str) -> Path:
    """What every build of these tests must come to: the folder that the local engine builds undisturbed."""

    def build(out: Path) -> None:
        ran = Builds(source, dict(os.environ)).run(out, "--workers", "1")
        assert ran.returncode == 0, ran.stderr

    return once("cluster-expected", build)


@contextmanager
def _nothing_left() -> Iterator[dict[str, str]]:
    """The environment of everything that is started in a block; after it none of that may be running.

    Ray's files lie in a folder of their own, with a short name: the paths of sockets have a limit.
    """
    mark = uuid.uuid4().hex
    folder = tempfile.mkdtemp(prefix="mg-", dir="/tmp")
    known = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "RAY_"))}
    try:
        yield {**known, "COLUMNS": "200", processes.MARK: mark, "RAY_TMPDIR": folder}
        left = processes.wait_until_gone(mark)
        assert not left, f"left running: {left}"
    finally:
        processes.kill_all(mark)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def environment() -> Iterator[dict[str, str]]:
    """Of everything that a test starts."""
    with _nothing_left() as environment:
        yield environment


@pytest.fixture
def builds(source: str, environment: dict[str, str]) -> Builds:
    return Builds(source, environment)


@pytest.fixture(scope="session")
def ray() -> None:
    if find_spec("ray") is None:
        pytest.skip("Ray is not installed: pip install 'misground[ray]'")


@pytest.fixture(scope="module")
def cluster(ray: None, store: Store) -> Iterator[Cluster]:  # noqa: ARG001
    """A Ray cluster that runs already; its nodes have the keys of the store."""
    with _nothing_left() as environment, Cluster(environment | store.environment) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def store() -> Iterator[Store]:
    """An S3-compatible server on this machine."""
    for name in ("moto", "flask", "boto3", "s3fs"):
        if find_spec(name) is None:
            pytest.skip(f"{name} is not installed: pip install 'misground[dev]'")
    with Store() as store:
        yield store
