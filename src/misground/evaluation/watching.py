"""Following a run while it goes on: inspect_ai tells of each sample that ends."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from inspect_ai.hooks import Hooks, SampleEnd, hooks

from misground.evaluation.results import outcome_of_sample, stopped

Watcher = Callable[[str, str | None], None]
_watchers: list[Watcher] = []


@hooks(name="misground_watching", description="Progress of misground eval")
class Watching(Hooks):
    """Hands outcomes on to whoever watches; nobody does outside of `misground eval`."""

    def enabled(self) -> bool:
        """Whether somebody watches."""
        return bool(_watchers)

    async def on_sample_end(self, data: SampleEnd) -> None:
        """A sample has ended."""
        if stopped(data.sample):
            return
        outcome, reason = outcome_of_sample(data.sample)
        for watcher in _watchers:
            watcher(outcome, reason)


@contextmanager
def watching(watcher: Watcher) -> Iterator[None]:
    """Call `watcher(outcome, reason of an error)` for each sample that ends inside."""
    _watchers.append(watcher)
    try:
        yield
    finally:
        _watchers.remove(watcher)
