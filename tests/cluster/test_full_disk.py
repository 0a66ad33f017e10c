"""A disk that is full in the middle is named in one line; with more space the build is continued."""

from collections.abc import Callable
from pathlib import Path

import pytest
from cluster.builds import Builds, contents, differing, finished, untouched

ENGINES = {"local": ("--workers", "1"), "ray": ("--engine", "ray", "--workers", "1")}


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
