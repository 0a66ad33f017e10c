"""How the questions of a report differ from the paper's, whose figures stand beside them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import polars as pl

from misground.analysis.published import published
from misground.analysis.results import Run
from misground.records import LEVEL_WORDS, MODALITIES

CT_SCANS: Final = "84%"
"""CT among the paper's scans. Its counts, 1,228 and 209, make 85%; unchecked."""


def beside_note(runs: Sequence[Run]) -> str:
    """One sentence for a table with published figures."""
    return (
        f"The published figures are of other questions: {CT_SCANS} of the paper's scans are CT; of the "
        f"questions here {_mixture(runs)}."
    )


def sets_note(runs: Sequence[Run]) -> str:
    """What the published figures are of, and how the sets differ."""
    paper = published()
    return (
        f"published: the paper's figure on its own questions ({paper.source}). The poster names its model, "
        f"{paper.model}, at the overall accuracy and at the gain by semantic sampling; the others may be of "
        "another, and which views, tasks and marks they pool is our reading. The sets differ: the paper's "
        f"has 33,864 questions on CT ({CT_SCANS} of its scans) and knees in MRI, with a prompt that it does "
        "not print; "
        f"{'; '.join(_sets(runs))}. Structures, thresholds and prompt are our own."
    )


def _mixture(runs: Sequence[Run]) -> str:
    """ "72.0% are about CT and 28.0% are about MRI", over each question once."""
    asked = _asked(runs)
    shares = {one: (asked["modality"] == one).sum() / len(asked) for one in MODALITIES}
    told = [f"{share:.1%} are about {LEVEL_WORDS[one]}" for one, share in shares.items() if share]
    return " and ".join(told) or "none says its modality"


def _sets(runs: Sequence[Run]) -> Iterator[str]:
    """What each benchmark of the report asks."""
    for content_hash in dict.fromkeys(run.benchmark_hash for run in runs):
        mine = [run for run in runs if run.benchmark_hash == content_hash]
        asked = _asked(mine)
        named = pl.concat([asked["structure_a"], asked["structure_b"]]).drop_nulls().n_unique()
        known = next((facts for run in mine if (facts := _facts(run))), {})
        made = ""
        if known:
            made = f" (preset {known.get('preset')})"
        yield (
            f"benchmark {content_hash[:12]}{made} has {len(asked):,} questions from "
            f"{asked['case_id'].n_unique():,} cases about {named} structures, of which {_mixture(mine)}"
        )


def _asked(runs: Sequence[Run]) -> pl.DataFrame:
    columns = ["question_id", "case_id", "modality", "structure_a", "structure_b"]
    return pl.concat([run.questions.select(columns) for run in runs]).unique("question_id")


def _facts(run: Run) -> Mapping[str, object]:
    found = (run.record or {}).get("benchmark")
    return found if isinstance(found, Mapping) else {}
