"""What the questions of a benchmark say of its views: that they are there, and show what is asked about."""

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from misground.errors import UsageError
from misground.records.door.rows import Rows, as_mask

_ALIKE: Final = ("case_id", "dimension", "plane", "coordinates", "prompt")


def check_references(questions: pa.Table, views: pa.Table, name: str) -> None:
    """Check that each question with a view names one that exists and shows the same.

    Args:
        questions: the questions of a benchmark.
        views: the columns `records.door.views.OF_VIEW` of all its views; of equal ids, the first counts.
        name: the folder, for messages.

    Raises:
        UsageError: it does not; the message names the question.
    """
    asked = questions.filter(pc.is_valid(questions["view_id"]))
    places = pc.index_in(asked["view_id"], value_set=views["view_id"].combine_chunks())
    if places.null_count:
        lacking = asked["view_id"].filter(pc.is_null(places))[0].as_py()
        raise UsageError(
            f"{name}: no view {lacking} in views/*.parquet: the folder is incomplete, build it again"
        )
    named = views.take(places)
    rows = Rows(asked, f"{name}: questions", "question_id")
    for column in _ALIKE:
        differs = as_mask(pc.not_equal(asked[column], named[column]))
        rows.refuse(differs, column, f"the {column} of the view that it names")
    blank = as_mask(pc.equal(asked["condition"], "blank"))
    rows.refuse(blank != as_mask(named["blank"]), "condition", "blank if, and only if, the view is blank")
    mirrored = as_mask(pc.equal(asked["probe"], "mirrored"))
    wrong = mirrored != as_mask(named["mirrored"])
    rows.refuse(wrong, "probe", "mirrored if, and only if, the view is mirrored")
