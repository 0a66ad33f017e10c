"""Ray, started for one build, ends with it; what it builds is what one machine builds."""

import os
import signal
from pathlib import Path

import pytest
from cluster.builds import Builds, contents, differing, ended, finished, untouched, wait_until

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
