"""Ray, started for one build, ends with it; what it builds is what one machine builds."""

import os
import signal
import subprocess
from pathlib import Path

import pytest
from cluster.builds import MISGROUND, Builds, contents, differing, ended, finished, untouched, wait_until

pytestmark = pytest.mark.usefixtures("ray")
ON_RAY = ("--engine", "ray", "--workers", "1")


def test_a_killed_driver_takes_ray_along_and_the_same_call_continues(
    builds: Builds, expected: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with builds.running(out, *ON_RAY) as run:
        wait_until(lambda: finished(out), run)
        os.kill(run.pid, signal.SIGKILL)
        status, _ = ended(run)
    assert status == -signal.SIGKILL
    assert builds.all_gone() == []
    before = finished(out)
    assert 0 < len(before) < len(list(expected.glob("views/*")))
    ran = builds.run(out, *ON_RAY)
    assert ran.returncode == 0, ran.stderr
    assert untouched(before)
    assert differing(contents(out), contents(expected)) == []


def test_workers_run_no_module_of_the_current_folder(builds: Builds, tmp_path: Path) -> None:
    here, marker = tmp_path / "here", tmp_path / "imported"
    (here / "misground").mkdir(parents=True)
    for name in ("misground/__init__", "misground", "pickle", "struct", "numpy", "nibabel", "sitecustomize"):
        (here / f"{name}.py").write_text(f"open({str(marker)!r}, 'a').write(__name__)\n")
    call = [str(MISGROUND), "build", "phantom:knee?n=1", "-o", str(tmp_path / "out"), "--max-questions", "2"]
    ran = subprocess.run(
        [*call, *ON_RAY], cwd=here, env=builds.environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert not marker.exists()
