"""All figures that have data, in the order of the report."""

from collections.abc import Sequence

from misground.analysis.figures.breaking import where_it_breaks
from misground.analysis.figures.confusion import confusions
from misground.analysis.figures.evidence import by_evidence
from misground.analysis.figures.figure import Figure
from misground.analysis.figures.forest import forest
from misground.analysis.figures.interaction import prompts_by_terms, terms_by_coordinates
from misground.analysis.figures.outcomes import outcome_shares
from misground.analysis.figures.pairs import by_pair, by_structure
from misground.analysis.figures.reliability import reliability
from misground.analysis.figures.semantic import decoding_shares
from misground.analysis.figures.sizes import Reference, by_size
from misground.analysis.results import Run


def figures(runs: Sequence[Run], reference: Reference | None = None) -> list[Figure]:
    """The figures that have data: sizes, cells, interactions, structures, directions, outcomes, decoding,
    calibration.

    Args:
        runs: the runs to draw.
        reference: a line in the figure of model sizes, in addition to chance.
    """
    found = (
        by_size(runs, reference),
        forest(runs),
        terms_by_coordinates(runs),
        prompts_by_terms(runs),
        by_pair(runs),
        by_structure(runs),
        *confusions(runs),
        outcome_shares(runs),
        decoding_shares(runs),
        reliability(runs),
        where_it_breaks(runs),
        by_evidence(runs),
    )
    return [figure for figure in found if figure is not None]
