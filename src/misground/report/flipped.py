"""The table of flipped steps as text."""

from collections.abc import Sequence

from misground.analysis.flips import FlipRow
from misground.records import FLIP_KINDS
from misground.report import words
from misground.report.grid import Grid


def flip_grid(rows: Sequence[FlipRow]) -> Grid:
    """Flipped steps as text; columns that are empty in every row may be dropped."""
    return Grid(
        [
            "model", "replies", "steps", "flipped", "antonym", "variant", "other", "before the answer's word",
            "in the answer's word", "behind it", "no such word", "replies flipped in it: right / wrong",
            "flipped, not kept",
        ],
        [
            [
                row.run,
                f"{row.replies:,}",
                "" if row.steps is None else f"{row.steps:,}",
                f"{row.flipped + row.left_out:,}{_share(row)}",
                *(f"{row.kinds[kind]:,}" for kind in FLIP_KINDS),
                f"{row.before:,}",
                f"{row.within:,}",
                f"{row.behind:,}" if row.behind else "",
                f"{row.unplaced:,}" if row.unplaced else "",
                f"{row.right:,} / {row.wrong:,}",
                f"{row.left_out:,}" if row.left_out else "",
            ]
            for row in rows
        ],
        text=1,
    )  # fmt: skip


def _share(row: FlipRow) -> str:
    flipped = row.flipped + row.left_out
    return f" ({words.percent(flipped / row.steps)})" if row.steps else ""
