"""What semantic sampling did at each decoding step, summed over the replies of a run."""

from dataclasses import dataclass

import polars as pl

from misground.analysis.results import Run


@dataclass(frozen=True)
class DecodingSteps:
    """Counts of decoding steps; a step is one token of a reply.

    At the remaining steps, the rule was off or the logits could not be used.

    Attributes:
        replies: replies whose steps are known.
        all_replies: all replies of the run.
        steps: all steps of `replies`.
        fired: steps at which the rule chose the token.
        deferred: steps at which a candidate was not a content token, so the run's own sampler chose.
        flipped: fired steps whose token is not the likeliest one; None if a reply does not record it.
    """

    replies: int
    all_replies: int
    steps: int
    fired: int
    deferred: int
    flipped: int | None

    def share(self, kind: str) -> float | None:
        """The share of "fired", "deferred" or "flipped" among all steps; None if it is unknown."""
        count = getattr(self, kind)
        return None if count is None else count / self.steps


def decoding_steps(run: Run) -> DecodingSteps | None:
    """The sums over a run; None if no reply records any steps."""
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
