"""Engines, which run the tasks of a build. All give the same results, in any order."""

from misground.benchmark.engines.engine import Engine
from misground.benchmark.engines.local import LocalEngine, available_workers

__all__ = ["Engine", "LocalEngine", "available_workers"]
