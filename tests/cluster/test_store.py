"""`-o s3://BUCKET/NAME`: what lies there is what lies in a folder, though the store is lost in the middle."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from cluster.builds import Builds, contents, differing, ended, wait_until
from cluster.stores import Proxy, Store, environment_of

NAME = "benchmarks/bench"


@pytest.fixture
def bucket(store: Store) -> str:
    return store.new_bucket()


@pytest.fixture
def proxy(store: Store) -> Iterator[Proxy]:
    with Proxy(store.port) as proxy:
        yield proxy


def test_a_killed_build_into_a_store_is_continued_and_then_done(
    builds: Builds, store: Store, bucket: str, expected: Path, tmp_path: Path
) -> None:
    out, environment = f"s3://{bucket}/{NAME}", store.environment | {"TMPDIR": str(tmp_path)}
    with builds.running(out, "--workers", "1", environment=environment) as run:
        wait_until(lambda: store.finished(bucket, NAME), run)
        os.kill(run.pid, signal.SIGKILL)
        ended(run)
    assert builds.all_gone() == []
    before = store.finished(bucket, NAME)
    assert 0 < len(before) < len(list(expected.glob("views/*")))

    other = builds.run(out, "--seed", "1", environment=environment)
    assert other.returncode == 2
    assert len(other.stderr.splitlines()) == 1
    assert f"{out} contains a build with seed 0 (requested: 1)" in other.stderr

    ran = builds.run(out, "--workers", "1", environment=environment)
    assert ran.returncode == 0, ran.stderr
    assert differing(store.contents(bucket, NAME), contents(expected)) == []
    assert {store.writes(bucket)[name] for name in before} == {1}

    written = store.writes(bucket)
    again = builds.run(out, environment=environment)
    assert again.returncode == 0, again.stderr
    assert "The benchmark was already complete; nothing was written." in again.stdout
    assert store.writes(bucket) == written
    assert list(tmp_path.iterdir()) == []


def test_a_store_that_is_lost_in_the_middle_is_named_and_the_same_call_continues(
    builds: Builds, store: Store, bucket: str, proxy: Proxy, expected: Path, tmp_path: Path
) -> None:
    out = f"s3://{bucket}/{NAME}"
    # By default it takes about ten seconds until the store's library gives up.
    environment = environment_of(proxy.port) | {"TMPDIR": str(tmp_path), "AWS_MAX_ATTEMPTS": "2"}
    with builds.running(out, "--workers", "1", environment=environment) as run:
        wait_until(lambda: store.finished(bucket, NAME), run)
        proxy.cut()
        status, errors = ended(run)
    assert status == 1
    last = errors.splitlines()[-1]
    assert [line for line in errors.splitlines() if line.startswith("misground:")] == [last]
    assert out in last
    assert "run the same command again" in last
    assert "Traceback" not in errors
    assert list(tmp_path.iterdir()) == []

    before = store.finished(bucket, NAME)
    assert 0 < len(before) < len(list(expected.glob("views/*")))
    proxy.mend()
    ran = builds.run(out, "--workers", "1", environment=environment)
    assert ran.returncode == 0, ran.stderr
    assert differing(store.contents(bucket, NAME), contents(expected)) == []
    assert {store.writes(bucket)[name] for name in before} == {1}
    assert list(tmp_path.iterdir()) == []


def test_a_bucket_without_a_name_below_it_is_a_place_too(
    builds: Builds, store: Store, bucket: str, expected: Path
) -> None:
    ran = builds.run(f"s3://{bucket}", environment=store.environment)
    assert ran.returncode == 0, ran.stderr
    assert differing(store.contents(bucket, ""), contents(expected)) == []
