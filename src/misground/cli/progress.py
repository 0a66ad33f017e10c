"""Progress on the terminal: cases, questions, skips, time left."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn


class _Bars:
    """Bars on a terminal; in a log, ten lines each."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[told]}"),
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
        """A line above the bars."""
        self._progress.console.print(escape(text))

    def _advance(self, task: TaskID, done: int, total: int, told: str, line: str) -> None:
        """`done` of `total` now; line: what a log says of it."""
        self._progress.update(task, completed=done, told=told)
        tenths = (10 * (done - 1) // total, 10 * done // total)
        if not self._progress.console.is_terminal and tenths[0] != tenths[1]:
            self._progress.console.print(line + (f", {told}" if told else ""))


class BuildProgress(_Bars):
    """A bar a phase of the build, with the questions drawn and the cases skipped so far."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._name = ""
        self._total = self._done = self._questions = self._skipped = 0

    def phase(self, name: str, total: int, done: int) -> None:
        """A phase over `total` cases begins, `done` of them are there already."""
        self._name, self._total, self._done = name, total, done
        self._questions = self._skipped = 0
        self._task = self._progress.add_task(name, total=total, completed=done, told="")

    def step(self, skipped: int = 0, questions: int = 0) -> None:
        """One more case of the phase is finished."""
        if self._task is None:
            return
        self._done += 1
        self._skipped += skipped
        self._questions += questions
        parts = [f"{self._questions:,} questions"] if self._questions else []
        parts += [f"{self._skipped} skipped"] if self._skipped else []
        told = ", ".join(parts)
        line = f"{self._name}: {self._done} of {self._total} cases"
        self._advance(self._task, self._done, self._total, told, line)


@contextmanager
def counting(console: Console, name: str, total: int | None) -> Iterator[Callable[..., None]]:
    """A bar over `total` things (None: told later).

    Yields a function that is called without arguments for each thing done, or with (done, total).
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
    """A bar over the calls of a run, with the accuracy so far, errors, and the time left."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._total = 0
        self._outcomes: Counter[str] = Counter()

    def validating(self, done: int, total: int) -> None:
        """So many cases of the benchmark are checked."""
        if self._task is None:
            self._task = self._progress.add_task("validating", total=total, told="")
        self._progress.update(self._task, completed=done)
        if done == total:
            self._progress.remove_task(self._task)
            self._task = None

    def begin(self, total: int, so_far: Counter[str]) -> None:
        """The run begins, with so many calls, and goes on from these outcomes."""
        self._total = total
        self._outcomes = Counter(so_far)
        if so_far:
            self._progress.console.print(f"going on: {so_far.total():,} of {total:,} are answered")
        self._task = self._progress.add_task(
            "asking", total=total, completed=so_far.total(), told=self._told()
        )

    def outcome(self, outcome: str, _reason: str | None) -> None:
        """One more question has its outcome."""
        if self._task is None:
            return
        self._outcomes[outcome] += 1
        done = self._outcomes.total()
        self._advance(self._task, done, self._total, self._told(), f"asked {done:,} of {self._total:,}")

    def _told(self) -> str:
        answered = self._outcomes.total() - self._outcomes["error"]
        parts = [f"accuracy {self._outcomes['correct'] / answered:.1%}"] if answered else []
        parts += [f"{self._outcomes['no_answer']} no answer"] if self._outcomes["no_answer"] else []
        parts += [f"{self._outcomes['refused']} refused"] if self._outcomes["refused"] else []
        parts += [f"{self._outcomes['error']} errors"] if self._outcomes["error"] else []
        return ", ".join(parts)
