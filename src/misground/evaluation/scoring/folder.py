"""The folder of a run that is made of replies."""

import re
from typing import Final

from misground.benchmark.written import FolderKind
from misground.records import RECORD_NAME, RESULTS_NAME

CHANGED_NAME: Final = "changed.csv"
"""The file that lists the replies of an earlier run that are now read otherwise."""

RUN: Final = FolderKind(
    noun="run of scored replies",
    names=re.compile("|".join(map(re.escape, (RESULTS_NAME, RECORD_NAME, CHANGED_NAME)))),
    record="score.json",
)
