"""Print how far the reader agrees with people on replies that were not used to make it.

Run: python -m tests.dialogue.agreement

- wrong: read as an option that the reply does not choose. It changes an accuracy, so it weighs most.
- lost: an option that a person reads, read as no answer.
- other kind: no answer read as a refusal, or the other way round.
"""

from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from misground.dialogue.extraction import extract

HELD_OUT = Path(__file__).with_name("extraction") / "held_out.yaml"


def replies() -> list[dict[str, Any]]:
    """The rows of the held-out corpus."""
    rows: list[dict[str, Any]] = yaml.safe_load(HELD_OUT.read_text(encoding="utf-8"))["replies"]
    return rows


def judged(row: dict[str, Any]) -> str:
    """How the reader's outcome compares with the expected one."""
    found = extract(row["completion"], row["options"], names=row["names"])
    outcome = found.option if found.kind == "answer" else found.kind
    if outcome == row["expected"]:
        return "agrees"
    if found.kind == "answer":
        return "wrong"
    return "lost" if row["expected"] in row["options"] else "other kind"


def main() -> None:
    """Print the counts, by what the reply is like."""
    rows = replies()
    counts = Counter((row["trap"] != "plain", judged(row)) for row in rows)
    for trap in (False, True):
        total = sum(number for (one, _), number in counts.items() if one == trap)
        parts = [f"{kind} {counts[trap, kind]}" for kind in ("agrees", "wrong", "lost", "other kind")]
        print(f"{'with a trap' if trap else 'plain':<12} {total:4}: {', '.join(parts)}")


if __name__ == "__main__":
    main()
