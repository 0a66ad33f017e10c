"""Following a run through a hook of inspect_ai that is called at the end of each sample."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from inspect_ai.hooks import Hooks, SampleEnd, hooks
from inspect_ai.log import EvalSample

from misground.evaluation.results import outcome_of_sample, stopped

Watcher = Callable[[str, str | None], None]
Reader = Callable[[EvalSample], None]
_watchers: list[tuple[Watcher, Reader]] = []


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
        for watcher, reader in _watchers:
            watcher(outcome, reason)
            reader(data.sample)


@contextmanager
def watching(watcher: Watcher, reader: Reader = lambda _: None) -> Iterator[None]:
    """Follow the samples that end inside.

    Args:
        watcher: Called with the outcome of each, and the reason if it is an error.
        reader: Called with each sample itself.
    """
    pair = watcher, reader
    _watchers.append(pair)
    try:
        yield
    finally:
        _watchers.remove(pair)
