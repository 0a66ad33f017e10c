"""Print how far the reader agrees with people, by kind of reply and by rule.

Run: python -m tests.dialogue.agreement

- held out: replies that were not used to make the reader. tuned: replies that were.
- agrees: the outcome is the person's.
- wrong: read as an option that the reply does not choose. It changes an accuracy, so it weighs most.
- lost: an option that a person reads, read as no answer.
- other kind: no answer read as a refusal, or the other way round.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from misground.dialogue.extraction import RULES, Extracted, extract
from misground.questions.names import Asked

FOLDER = Path(__file__).with_name("extraction")
JUDGEMENTS = ("agrees", "wrong", "lost", "other kind")


@dataclass(frozen=True)
class Reply:
    """A reply, what was asked, and the outcome that a person gives."""

    name: str
    trap: str
    options: tuple[str, ...]
    names: tuple[str, ...]
    asked: Asked | None
    expected: str
    completion: str
    lettered: bool = False
    truncated: bool = False

    def read(self) -> Extracted:
        """What the reader makes of it."""
        return extract(
            self.completion,
            self.options,
            names=self.names,
            lettered=self.lettered,
            truncated=self.truncated,
            asked=self.asked,
        )


def held_out_rows() -> list[dict[str, Any]]:
    """The rows of the held-out corpus."""
    text = (FOLDER / "held_out.yaml").read_text(encoding="utf-8")
    rows: list[dict[str, Any]] = yaml.safe_load(text)["replies"]
    return rows


def held_out() -> list[Reply]:
    """The replies that were not used to make the reader."""
    return [
        Reply(
            name=row["id"],
            trap=row["trap"],
            options=tuple(row["options"]),
            names=tuple(row["names"]),
            asked=_asked(row),
            expected=row["expected"],
            completion=row["completion"],
            truncated=row["cut"] is True,
        )
        for row in held_out_rows()
    ]


def tuned() -> list[Reply]:
    """The replies that the reader was made with."""
    corpus: dict[str, Any] = yaml.safe_load((FOLDER / "completions.yaml").read_text(encoding="utf-8"))
    found: list[Reply] = []
    for group in ("completions", "lettered"):
        for name, trap, options, names, expected, completion in corpus[group]:
            found.append(
                Reply(
                    name=name,
                    trap=trap,
                    options=tuple(corpus["options"][options]),
                    names=tuple(corpus["names"][names]),
                    asked=None,
                    expected=expected,
                    completion=completion,
                    lettered=group == "lettered",
                )
            )
    for row in corpus["asked"] or ():
        name, trap, asked, options, names, expected, completion = row
        found.append(
            Reply(
                name, trap, tuple(options), tuple(names), asked, expected, completion, truncated=trap == "cut"
            )
        )
    return found


def judged(reply: Reply, found: Extracted) -> str:
    """How the reader's outcome compares with the expected one."""
    outcome = found.option if found.kind == "answer" else found.kind
    if outcome == reply.expected:
        return "agrees"
    if found.kind == "answer":
        return "wrong"
    return "lost" if reply.expected in reply.options else "other kind"


def by_rule(replies: Iterable[Reply]) -> dict[str, Counter[str]]:
    """Rule -> number of replies by judgement, in the order of the rules."""
    counts: dict[str, Counter[str]] = {rule: Counter() for rule in RULES}
    for reply in replies:
        found = reply.read()
        counts[found.rule][judged(reply, found)] += 1
    return {rule: count for rule, count in counts.items() if count}


def table(replies: Iterable[Reply]) -> list[str]:
    """The agreement by rule, as the lines of a Markdown table with a last line for all."""
    counts = by_rule(replies)
    total: Counter[str] = sum(counts.values(), Counter())
    lines = [f"| rule | replies | {' | '.join(JUDGEMENTS)} |", "|---" * (len(JUDGEMENTS) + 2) + "|"]
    for rule, count in [*counts.items(), ("all", total)]:
        cells = " | ".join(str(count[kind]) for kind in JUDGEMENTS)
        lines.append(f"| {rule} | {count.total()} | {cells} |")
    return lines


def _asked(row: dict[str, Any]) -> Asked:
    options = set(row["options"])
    if "axial" in options:
        return "plane"
    if "earlier" in options:
        return "order"
    if not row["names"]:
        return "end"
    return "picture" if row["terms"] == "colloquial" else "patient"


def main() -> None:
    """Print the tables of both corpora."""
    for title, replies in (("held out", held_out()), ("tuned", tuned())):
        print(f"{title}\n")
        print("\n".join(table(replies)), end="\n\n")


if __name__ == "__main__":
    main()
