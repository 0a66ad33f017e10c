"""Replies that were made elsewhere, or by an earlier run, read and scored as replies of `misground eval`."""

from misground.evaluation.scoring.score import Scored, score

__all__ = ["Scored", "score"]
