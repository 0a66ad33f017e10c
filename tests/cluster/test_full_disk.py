"""A disk that is full in the middle is named in one line; with more space the build is continued."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cluster.builds import Builds, contents, differing, finished, untouched

ENGINES = {"local": ("--workers", "1"), "ray": ("--engine", "ray", "--workers", "1")}


def mount(*arguments: str) -> None:
    program = shutil.which("mount")
    if program is None:
        pytest.skip("there is no mount here")
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"a disk of a chosen size cannot be mounted: {done.stderr.strip()}")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """small_disk(bytes): a disk of that size, or grown to it."""
    disk = tmp_path / "disk"
    disk.mkdir()

    def sized(size: int) -> Path:
        change = "remount," if disk.is_mount() else ""
        mount("-t", "tmpfs", "-o", f"{change}size={size}", "none", str(disk))
        return disk

    yield sized
    if disk.is_mount():
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_full_disk(
    engine: str,
    small_disk: Callable[[int], Path],
    builds: Builds,
    expected: Path,
    request: pytest.FixtureRequest,
) -> None:
    if engine == "ray":
        request.getfixturevalue("ray")
    whole = sum(map(len, contents(expected).values()))
    out = small_disk(whole * 2 // 3) / "out"
    ran = builds.run(out, *ENGINES[engine])
    assert ran.returncode == 1
    errors = ran.stderr.splitlines()
    assert [line for line in errors if "disk full while writing" in line] == [errors[-1]]
    assert errors[-1].startswith("misground:")
    assert "Traceback" not in ran.stderr
    assert not list(out.rglob("*.part"))

    before = finished(out)
    small_disk(whole * 10)
    ran = builds.run(out, *ENGINES["local"])  # one engine ends what another began, and starts sooner
    assert ran.returncode == 0, ran.stderr
    assert untouched(before)
    assert differing(contents(out), contents(expected)) == []
