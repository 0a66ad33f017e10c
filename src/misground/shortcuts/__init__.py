"""How far guessers that see no anatomy get on a benchmark, and whether that is a leak or knowledge."""

from misground.shortcuts.measure import Shortcuts, measure
from misground.shortcuts.reading import read_benchmark, read_built
from misground.shortcuts.scores import Score

__all__ = ["Score", "Shortcuts", "measure", "read_benchmark", "read_built"]
