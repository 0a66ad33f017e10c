"""Engines: where the work units of a build run. All of them give the same results, in any order."""

from misground.benchmark.engines.engine import Engine
from misground.benchmark.engines.local import LocalEngine, available_workers

__all__ = ["Engine", "LocalEngine", "available_workers"]
