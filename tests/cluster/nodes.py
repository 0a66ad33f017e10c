"""A Ray cluster of several nodes on this machine."""

import subprocess
import sys
from typing import Self

import psutil
from cluster import processes

# Answers each line "add" with the process of a new node, and ends with its input. A lost node is missed
# within two seconds, not only after Ray's fifteen.
PROGRAM = """
import sys
from ray.cluster_utils import Cluster

size = {"num_cpus": 1, "object_store_memory": 100 * 2**20}
soon = {"initial_delay_ms": 0, "period_ms": 500, "failure_threshold": 4}
soon = {f"health_check_{name}": value for name, value in soon.items()}
head = {**size, "include_dashboard": False, "_system_config": soon}
cluster = Cluster(initialize_head=True, head_node_args=head)
print(cluster.address, flush=True)
for line in sys.stdin:
    node = cluster.add_node(**size)
    print(*[started.process.pid for started in node.all_processes["raylet"]], flush=True)
cluster.shutdown()
"""


class Cluster:
    """A head node with one processor, and others on demand; ended with the block."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment

    def __enter__(self) -> Self:
        self._run = subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=self.environment,
            cwd="/",
        )
        self.address = self._line()
        return self

    def __exit__(self, *_: object) -> None:
        with self._run:
            assert self._run.stdin is not None
            self._run.stdin.close()
            self._run.wait(timeout=300)

    def add_node(self) -> psutil.Process:
        """The raylet of a new node, whose workers are its children."""
        assert self._run.stdin is not None
        self._run.stdin.write("add\n")
        self._run.stdin.flush()
        return psutil.Process(int(self._line()))

    def busy_workers(self) -> list[psutil.Process]:
        """Ray's worker processes that have one of our tasks at hand."""
        return processes.named(self.environment[processes.MARK], "ray::_unit")

    def _line(self) -> str:
        assert self._run.stdout is not None
        line = self._run.stdout.readline().strip()
        assert line, "the cluster does not start"
        return line
