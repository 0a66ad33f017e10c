"""What can be wrong with an engine or a store ends in one line that says what to do."""

import pickle
import socket
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from cluster.builds import Builds
from cluster.stores import KEYS, Store, free_port

from misground import __version__
from misground.benchmark.places import parse_place
from misground.errors import WorkError

RAY = ("--engine", "ray")

# The command where a package is not installed.
WITHOUT = """
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == LACKING:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

LACKING = sys.argv.pop(1)
sys.meta_path.insert(0, Blocker())
"""
COMMAND = "from misground.cli import main; main()"


def one_line(ran: "subprocess.CompletedProcess[str]") -> str:
    """The one line that a call which failed has said."""
    assert ran.returncode != 0
    lines = ran.stderr.splitlines()
    assert len(lines) == 1, ran.stderr
    assert "Traceback" not in lines[0]
    return lines[0]


def called(program: str, builds: Builds, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", program, *words],
        capture_output=True,
        text=True,
        check=False,
        env=builds.environment,
        timeout=300,
    )


def without(package: str, builds: Builds, out: str, *options: str) -> "subprocess.CompletedProcess[str]":
    return called(WITHOUT + COMMAND, builds, package, *builds.call(out, *options)[1:])


def test_an_unknown_bucket_is_named(builds: Builds, store: Store) -> None:
    ran = builds.run("s3://nowhere/bench", environment=store.environment)
    line = one_line(ran)
    assert ran.returncode == 1
    assert line.startswith("misground: s3://nowhere/bench")
    assert "bucket does not exist" in line


def test_a_store_of_an_unknown_kind_is_refused(builds: Builds) -> None:
    ran = builds.run("foo://bucket/bench")
    assert one_line(ran).startswith("misground: foo://bucket/bench: Protocol not known: foo")
    assert ran.returncode == 2


def test_missing_keys_of_a_store_are_told(builds: Builds, store: Store, tmp_path: Path) -> None:
    keyless = {name: value for name, value in store.environment.items() if name not in KEYS}
    ran = builds.run(
        "s3://bucket/bench",
        environment={**keyless, "HOME": str(tmp_path), "AWS_DEFAULT_REGION": "us-east-1"},
    )
    line = one_line(ran)
    assert ran.returncode == 1
    assert "s3://bucket/bench" in line
    assert "credentials" in line.lower()


@pytest.mark.parametrize(("out", "package"), [("gs://bucket/bench", "gcsfs"), ("s3://bucket/bench", "s3fs")])
def test_a_store_whose_library_is_not_installed(builds: Builds, out: str, package: str) -> None:
    ran = without(package, builds, out)
    line = one_line(ran)
    assert ran.returncode == 2
    assert line.startswith(f"misground: {out}: ")
    assert package in line.replace(out, "")


def test_ray_that_is_not_installed(builds: Builds, tmp_path: Path) -> None:
    ran = without("ray", builds, str(tmp_path / "out"), *RAY)
    assert one_line(ran) == (
        "misground: Ray is not installed, and --engine ray needs it: pip install 'misground[ray]'"
    )
    assert ran.returncode == 2


@pytest.mark.usefixtures("ray")
def test_a_cluster_that_is_not_there(builds: Builds, tmp_path: Path) -> None:
    address = f"127.0.0.1:{free_port()}"
    ran = builds.run(tmp_path / "out", *RAY, "--ray-address", address)
    line = one_line(ran)
    assert ran.returncode == 1
    assert f"no Ray cluster responds at {address}" in line
    assert "ray start --head" in line
    # Ray looks for one among all processes of this machine, where other tests may have started theirs.
    nothing = "import functools, ray._private.services as s; s.find_gcs_addresses = functools.cache(set)"
    ran = called(
        f"{nothing}\n{COMMAND}",
        builds,
        *builds.call(tmp_path / "out", *RAY, "--ray-address", "auto")[1:],
    )
    assert ran.returncode == 1
    assert one_line(ran).startswith("misground: no Ray cluster runs on this machine")


@pytest.mark.usefixtures("ray")
@pytest.mark.parametrize("address", ["bogus", "127.0.0.1:99999", "http://127.0.0.1:6379"])
def test_an_address_of_another_form_is_refused(builds: Builds, tmp_path: Path, address: str) -> None:
    ran = builds.run(tmp_path / "out", *RAY, "--ray-address", address)
    assert ran.returncode == 2
    assert "expected auto, HOST:PORT or ray://HOST:PORT" in one_line(ran)


def test_an_address_without_ray_is_refused(builds: Builds, tmp_path: Path) -> None:
    ran = builds.run(tmp_path / "out", "--ray-address", "auto")
    assert ran.returncode == 2
    assert "--ray-address is given without --engine ray: add it" in one_line(ran)
    assert not (tmp_path / "out").exists()


def lose_the_store(task: str) -> str:
    raise WorkError(f"{task} cannot be reached")


def task_of_a_node(folder: Path, version: str, function: Callable[[str], str] = str.upper) -> Any:
    on_ray: Any = import_module("misground.benchmark.engines.on_ray")
    return on_ray._unit(function, "s3://bucket", (folder,), version)


@pytest.mark.usefixtures("ray")
def test_a_node_that_lacks_something_is_named(tmp_path: Path) -> None:
    node = socket.gethostname()
    assert task_of_a_node(tmp_path, __version__) == "S3://BUCKET"
    with pytest.raises(WorkError, match=f"Ray node {node} cannot see .*gone"):
        task_of_a_node(tmp_path / "gone", __version__)
    with pytest.raises(WorkError, match=f"Ray node {node} has misground {__version__}, this machine 0.0.0"):
        task_of_a_node(tmp_path, "0.0.0")
    with pytest.raises(WorkError, match=f"on Ray node {node}: s3://bucket cannot be reached"):
        task_of_a_node(tmp_path, __version__, lose_the_store)


@pytest.mark.skipif(find_spec("s3fs") is None, reason="s3fs is not installed")
def test_a_place_takes_no_keys_along_to_other_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    place = parse_place("s3://bucket/bench")
    sent = pickle.dumps(place)
    assert pickle.loads(sent) == place  # noqa: S301
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        assert KEYS[name].encode() not in sent
        assert KEYS[name] not in repr(place) + str(place)
