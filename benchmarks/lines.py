"""A measured share beside what must hold."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """A share.

    Attributes:
        what: what was measured.
        share: the share, 0 to 1.
        least: the smallest share that is good enough; None if there is none.
        most: the largest share that is good enough; None if there is none.
        also: what to print behind it.
    """

    what: str
    share: float
    least: float | None = None
    most: float | None = None
    also: str = ""

    @property
    def kept(self) -> bool:
        """Whether the share is good enough."""
        return (self.least is None or self.share >= self.least) and (
            self.most is None or self.share <= self.most
        )

    @property
    def wanted(self) -> str:
        """What must hold, in percent; "" if nothing must."""
        if self.least is not None:
            return f"at least {100 * self.least:.0f}"
        return "" if self.most is None else f"at most {100 * self.most:.0f}"

    def __str__(self) -> str:
        missed = "" if self.kept else "MISSED "
        return f"{self.what:<70} {100 * self.share:5.1f}  {self.wanted:<12} {missed}{self.also}".rstrip()


def show(title: str, lines: Iterable[Line]) -> None:
    """Print lines below a title, each as soon as it is known."""
    print(f"\n{title}")
    for line in lines:
        print(line, flush=True)
