"""On a cluster that runs already, a lost node costs what it was working on."""

import os
import subprocess
import sys
from pathlib import Path

import psutil
from cluster.builds import Builds, contents, differing, ended, finished, untouched, wait_until
from cluster.nodes import Cluster
from cluster.processes import title
from cluster.stores import Store

# Task 3 kills its process whenever it is tried, 5 is a case that cannot be used; each try leaves a file.
DYING = """
import os, signal, sys, uuid
from pathlib import Path
from misground.benchmark.engines.on_ray import RayEngine
from misground.errors import CaseError

def work(task):
    Path(FOLDER, f"{task}-{uuid.uuid4().hex}").touch()
    if task == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    if task == 5:
        raise CaseError("five has no scan")
    return task * task

FOLDER = sys.argv[1]
engine = RayEngine(sys.argv[2], 2)
for task, result in sorted(engine.run(work, range(8))):
    print(task, f"{type(result).__name__}: {result}" if isinstance(result, CaseError) else result)
print("again", *sorted(result for _, result in engine.run(work, [8, 9])))
engine.close()
"""


def busy(raylet: psutil.Process) -> bool:
    return any(title(process).startswith("ray::_unit") for process in raylet.children())


def test_a_lost_node_costs_only_its_unfinished_cases(
    builds: Builds, cluster: Cluster, expected: Path, tmp_path: Path
) -> None:
    """The call names its folder relative to where it runs; the nodes run elsewhere."""
    out = tmp_path / "out"
    raylet = cluster.add_node()
    with builds.running(os.path.relpath(out), "--engine", "ray", "--ray-address", cluster.address) as run:
        wait_until(lambda: finished(out) and busy(raylet), run)
        before = finished(out)
        for process in [raylet, *raylet.children()]:
            process.kill()
        status, errors = ended(run)
    assert status == 0, errors
    assert "skipped" not in errors
    assert untouched(before)
    assert differing(contents(out), contents(expected)) == []


def test_a_killed_worker_is_made_up_for_in_the_same_call(
    builds: Builds, cluster: Cluster, expected: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with builds.running(out, "--engine", "ray", "--ray-address", cluster.address) as run:
        wait_until(lambda: finished(out) and cluster.busy_workers(), run)
        before, workers = finished(out), cluster.busy_workers()
        for worker in workers:
            worker.kill()
        status, errors = ended(run)
    assert workers
    assert status == 0, errors
    assert "ray" not in errors.lower()
    assert untouched(before)
    assert differing(contents(out), contents(expected)) == []


def test_a_cluster_builds_into_a_store_what_one_machine_builds_into_a_folder(
    builds: Builds, cluster: Cluster, store: Store, expected: Path
) -> None:
    bucket = store.new_bucket()
    environment = store.environment | {"RAY_ADDRESS": cluster.address}
    ran = builds.run(f"s3://{bucket}/bench", "--engine", "ray", environment=environment)
    assert ran.returncode == 0, ran.stderr
    assert differing(store.contents(bucket, "bench"), contents(expected)) == []


def test_a_task_that_kills_every_worker_is_given_up_alone(
    environment: dict[str, str], cluster: Cluster, tmp_path: Path
) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", DYING, str(tmp_path), cluster.address],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        timeout=600,
    )
    assert ran.returncode == 0, ran.stderr
    told = dict(line.split(maxsplit=1) for line in ran.stdout.splitlines())
    assert {task: told[task] for task in "012467"} == {task: str(int(task) ** 2) for task in "012467"}
    assert told["3"].startswith("CaseError: its Ray worker died 3 times")
    assert "--workers" in told["3"]
    assert told["5"] == "CaseError: five has no scan"
    assert told["again"] == "64 81"
    tried = [file.name.partition("-")[0] for file in tmp_path.iterdir()]
    assert sorted(tried) == sorted([*"0123456789", "3", "3"])
