"""Following a run through a hook of inspect_ai that is called at the end of each sample."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from inspect_ai.hooks import Hooks, SampleEnd, hooks

from misground.evaluation.results import outcome_of_sample, stopped

Watcher = Callable[[str, str | None], None]
_watchers: list[Watcher] = []


@hooks(name="misground_watching", description="Progress of misground eval")
class Watching(Hooks):
    """Pass outcomes on to the watchers, which exist only inside `watching`."""

    def enabled(self) -> bool:
        """Whether there is a watcher."""
        return bool(_watchers)

    async def on_sample_end(self, data: SampleEnd) -> None:
        """Pass the outcome of a finished sample on."""
        if stopped(data.sample):
            return
        outcome, reason = outcome_of_sample(data.sample)
        for watcher in _watchers:
            watcher(outcome, reason)


@contextmanager
def watching(watcher: Watcher) -> Iterator[None]:
    """Call `watcher` with the outcome, and the reason if it is an error, of each sample that ends inside."""
    _watchers.append(watcher)
    try:
        yield
    finally:
        _watchers.remove(watcher)
