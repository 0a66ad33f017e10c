"""Progress bars on the terminal: cases, questions, skipped cases, time left."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Final, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from misground.cli.terminal import shown
from misground.evaluation.server_words import wording

REASONS_TOLD: Final = 10
"""Reasons of errors that are told while a run goes on."""


class _Bars:
    """Progress bars on a terminal; where the output is a file, ten lines for each bar."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[note]}"),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def say(self, text: str) -> None:
        """Print a line above the bars."""
        self._progress.console.print(shown(text))

    def _advance(self, task: TaskID, done: int, total: int, note: str, line: str) -> None:
        """Move a bar to `done` of `total`; `line` is printed instead where the output is a file."""
        self._progress.update(task, completed=done, note=note)
        tenths = (10 * (done - 1) // total, 10 * done // total)
        if not self._progress.console.is_terminal and tenths[0] != tenths[1]:
            self._progress.console.print(line + (f", {note}" if note else ""))


class BuildProgress(_Bars):
    """One bar per phase of a build, with the questions drawn and the cases skipped so far."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._name = ""
        self._total = self._done = self._questions = self._skipped = 0

    def phase(self, name: str, total: int, done: int) -> None:
        """Start a phase over `total` cases, of which `done` are finished already."""
        self._name, self._total, self._done = name, total, done
        self._questions = self._skipped = 0
        self._task = self._progress.add_task(name, total=total, completed=done, note="")

    def step(self, skipped: int = 0, questions: int = 0) -> None:
        """Count one more finished case of the phase."""
        if self._task is None:
            return
        self._done += 1
        self._skipped += skipped
        self._questions += questions
        parts = [f"{self._questions:,} questions"] if self._questions else []
        parts += [f"{self._skipped} skipped"] if self._skipped else []
        line = f"{self._name}: {self._done} of {self._total} cases"
        self._advance(self._task, self._done, self._total, ", ".join(parts), line)


@contextmanager
def counting(console: Console, name: str, total: int | None) -> Iterator[Callable[..., None]]:
    """Show a bar that counts things.

    Args:
        console: Where to show it.
        name: Text before the bar.
        total: Number of things, or None if it is given later.

    Yields:
        A function to call without arguments for each finished thing, or with (done, total).
    """
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(name, total=total)

        def advance(done: int | None = None, of: int | None = None) -> None:
            if done is None:
                progress.update(task, advance=1)
            else:
                progress.update(task, completed=done, total=of)

        yield advance


class EvalProgress(_Bars):
    """A bar over the calls of a run, with the accuracy so far, the errors and the time left."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._total = 0
        self._outcomes: Counter[str] = Counter()
        self._told: set[str] = set()

    def validating(self, done: int, total: int) -> None:
        """Show that `done` of `total` cases of the benchmark are validated."""
        if self._task is None:
            self._task = self._progress.add_task("validating", total=total, note="")
        self._progress.update(self._task, completed=done)
        if done == total:
            self._progress.remove_task(self._task)
            self._task = None

    def begin(self, total: int, so_far: Counter[str]) -> None:
        """Start the bar of a run.

        Args:
            total: Calls of the whole run.
            so_far: Outcomes of an earlier, interrupted call of the same run.
        """
        self._total = total
        self._outcomes = Counter(so_far)
        if so_far:
            self._progress.console.print(f"resuming: {so_far.total():,} of {total:,} answered")
        self._task = self._progress.add_task(
            "asking", total=total, completed=so_far.total(), note=self._note()
        )

    def outcome(self, outcome: str, reason: str | None) -> None:
        """Count the outcome of one more question, and say why it is an error, once for each reason."""
        if self._task is None:
            return
        if reason is not None:
            self._tell(reason)
        self._outcomes[outcome] += 1
        done = self._outcomes.total()
        self._advance(self._task, done, self._total, self._note(), f"asked {done:,} of {self._total:,}")

    def _tell(self, reason: str) -> None:
        alike = wording(reason)
        if alike in self._told or len(self._told) > REASONS_TOLD:
            return
        self._told.add(alike)
        more = len(self._told) > REASONS_TOLD
        self.say("error: further reasons are in results.parquet" if more else f"error: {reason}")

    def _note(self) -> str:
        answered = self._outcomes.total() - self._outcomes["error"]
        parts = [f"accuracy {self._outcomes['correct'] / answered:.1%}"] if answered else []
        parts += [f"{self._outcomes['no_answer']} no answer"] if self._outcomes["no_answer"] else []
        parts += [f"{self._outcomes['refused']} refused"] if self._outcomes["refused"] else []
        parts += [f"{self._outcomes['error']} errors"] if self._outcomes["error"] else []
        return ", ".join(parts)
