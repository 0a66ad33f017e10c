"""Progress on the terminal: cases, questions, skips, time left."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn


class BuildProgress:
    """A bar a phase of the build, with the questions drawn and the cases skipped so far."""

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
        self._name = ""
        self._total = self._done = self._questions = self._skipped = 0

    def __enter__(self) -> "BuildProgress":
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._progress.stop()

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
        self._progress.update(self._task, advance=1, told=told)
        tenths = (10 * (self._done - 1) // self._total, 10 * self._done // self._total)
        if not self._progress.console.is_terminal and tenths[0] != tenths[1]:  # a log gets ten lines a phase
            line = f"{self._name}: {self._done} of {self._total} cases" + (f", {told}" if told else "")
            self._progress.console.print(line)

    def say(self, text: str) -> None:
        """A line above the bars."""
        self._progress.console.print(escape(text))


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


class EvalProgress:
    """A bar over the calls of a run, with the accuracy so far, errors, and the time left."""

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
        self._total = 0
        self._outcomes: Counter[str] = Counter()

    def __enter__(self) -> "EvalProgress":
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
        """A line above the bar."""
        self._progress.console.print(escape(text))

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
        before = self._outcomes.total()
        self._outcomes[outcome] += 1
        told = self._told()
        self._progress.update(self._task, advance=1, told=told)
        tenths = (10 * before // self._total, 10 * (before + 1) // self._total)
        if not self._progress.console.is_terminal and tenths[0] != tenths[1]:  # a log gets ten lines
            self._progress.console.print(f"asked {before + 1:,} of {self._total:,}: {told}")

    def _told(self) -> str:
        answered = self._outcomes.total() - self._outcomes["error"]
        parts = [f"accuracy {self._outcomes['correct'] / answered:.1%}"] if answered else []
        parts += [f"{self._outcomes['no_answer']} no answer"] if self._outcomes["no_answer"] else []
        parts += [f"{self._outcomes['refused']} refused"] if self._outcomes["refused"] else []
        parts += [f"{self._outcomes['error']} errors"] if self._outcomes["error"] else []
        return ", ".join(parts)
