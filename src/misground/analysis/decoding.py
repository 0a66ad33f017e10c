"""What semantic sampling did, step by step, summed over the replies of a run."""

from dataclasses import dataclass

import polars as pl

from misground.analysis.results import Run


@dataclass(frozen=True)
class DecodingSteps:
    """Counts of decoding steps; a step is one token of a reply.

    replies: those whose steps are known, of `all_replies`. fired: the rule chose the token. deferred: a
    candidate was no content token, and the run's own sampler chose. flipped: fired steps whose token is
    another than the likeliest; None where a reply does not tell. What neither fired nor deferred had the
    rule off, or logits that no rule can read.
    """

    replies: int
    all_replies: int
    steps: int
    fired: int
    deferred: int
    flipped: int | None

    def share(self, kind: str) -> float | None:
        """Of all steps: "fired", "deferred" or "flipped"; None where it is not known."""
        count = getattr(self, kind)
        return None if count is None else count / self.steps


def decoding_steps(run: Run) -> DecodingSteps | None:
    """The run's sums; None where no reply tells its steps, or all of them had none."""
    known = run.replies.filter(
        pl.all_horizontal(pl.col("steps", "fired", "deferred").is_not_null()) & (pl.col("steps") > 0)
    )
    if not len(known):
        return None
    return DecodingSteps(
        replies=len(known),
        all_replies=len(run.replies),
        steps=int(known["steps"].sum()),
        fired=int(known["fired"].sum()),
        deferred=int(known["deferred"].sum()),
        flipped=None if known["flipped"].null_count() else int(known["flipped"].sum()),
    )
