"""The limits on what is read from a benchmark folder or from results, which anybody may have made.

A file beyond a limit is refused in one line before it is read into memory. Every limit allows all that
`build` and `eval` write: the comment beside it says what that is.
"""

from typing import Final

KIB: Final = 1 << 10
MIB: Final = 1 << 20

# Folders and files
MOST_FILES: Final = 200_000
"""Parquet files in `questions/` or `views/`; a build writes one file of views per case."""
MOST_JSON_BYTES: Final = 32 * MIB
"""Bytes of manifest.json or run.json; a manifest has about 110 bytes per case."""
MOST_JSON_VALUES: Final = 2_000_000
"""Values in a JSON file; a manifest has about two per case."""
MOST_JSON_DEPTH: Final = 32
"""Levels of nesting in a JSON file; a manifest has three, and a run record about five."""
MOST_DIGITS: Final = 1_000
"""Digits of a number in a JSON file; a seed may have any number of digits."""

# Parquet files
MOST_FOOTER_BYTES: Final = 64 * MIB
"""Bytes of a Parquet file's footer; views have 2.5 kB per item."""
MOST_FOOTER_PARTS: Final = 700_000
"""Structures in a footer, each of which takes up to a kilobyte of memory. Views have about 250 per item.
Results have about 600 per row group, and `eval` writes at most about a thousand groups."""
MOST_COLUMNS: Final = 200
"""Columns of a Parquet file, counting those within structs; results have 45."""
MOST_PAGES: Final = 10_000
"""Pages of a column in a row group; other writers put up to 20,000 rows on a page."""
MOST_FILE_PAGES: Final = 500_000
"""Pages of a file; views have about 30 per item."""
MOST_PAGE_BYTES: Final = 64 * MIB
"""Bytes of a page of texts beside its longest one; writers end a page at about 1 MiB."""
MOST_GROUP_VALUES: Final = 5_000_000
"""Values of a column in a row group; other writers put up to 1,048,576 rows into one."""
MOST_GROUP_BYTES: Final = 512 * MIB
"""Bytes of a row group, decompressed and decoded; the 448 frames of an item are at most 88 MB of noise."""

# Tables as a whole
MOST_QUESTIONS: Final = 20_000_000
"""Questions of a benchmark; `pool` asks up to 2,757 per CT case."""
MOST_VIEWS: Final = 20_000_000
"""Views of a benchmark; an item has up to 16."""
MOST_CASES: Final = 2_000_000
"""Cases of a benchmark, used and skipped."""
MOST_REPLIES: Final = 40_000_000
"""Replies in a results file; 33,864 questions in 1,000 epochs are 33,864,000."""
MOST_TABLE_BYTES: Final = 32 * MIB
"""Bytes of a table in memory, unless its file is so large that this is less than EXPANSION times its size."""
EXPANSION: Final = 100
"""How many times larger than its file a table may be in memory. Ids are hashes, which do not compress: the
questions of a build are 10 to 20 times larger in memory than on disk."""
MOST_RESULT_BYTES: Final = 256 * MIB
"""As MOST_TABLE_BYTES, for results without their completions."""
RESULT_EXPANSION: Final = 1_000
"""As EXPANSION, for results, where all columns but a few repeat in every epoch."""

# Cells
MOST_NAME_BYTES: Final = 256 * KIB
"""UTF-8 bytes of an id, a key, a level or an option; a CSV table of names has at most 128 KiB in a cell."""
MOST_TEXT_BYTES: Final = MIB
"""UTF-8 bytes of a question's text or of a reason; a question holds two names."""
MOST_REPLY_BYTES: Final = 16 * MIB
"""UTF-8 bytes of a completion; the longest reply of a model has about a million characters."""
MOST_FRAME_BYTES: Final = 8 * MIB
"""Bytes of a picture; 512 x 512 pixels of colour noise take 0.8 MB, and 1,600 x 1,600 take 7.7 MB."""
LONGEST_SIDE: Final = 4_096
"""Pixels of a picture's width or height; a build draws 512."""
MOST_FRAMES: Final = 32
"""Frames of a view, as many as a stack has slices."""
MOST_SLICE: Final = 100_000
"""The largest index of a slice, and the most voxels of a case along an axis."""
MOST_LIST: Final = 1_000
"""Items of a list in a cell, if it has no limit of its own; a view has up to 64 marks."""
MOST_STRUCTURES: Final = 65_536
"""Structures of a case; labels have 16 bits."""
MOST_OPTIONS: Final = 26
"""Options of a question in results; a question has two or three."""
MOST_QUESTIONS_PER_ITEM: Final = 100
"""Questions of an item; a relation has 24, 9 more in everyday words, and 18 probes."""

# Results
MOST_EPOCHS: Final = 1_000
"""The largest number of an epoch."""
MOST_RUNS: Final = 100
"""Runs in a results file; `eval` writes one."""
MOST_OUTCOMES: Final = 100_000_000
"""Questions times epochs of a run; 33,864 questions in 1,000 epochs are 33,864,000."""
MOST_STEPS: Final = 1_000_000_000
"""Steps in the file beside the results; `eval` keeps up to 320 of a reply."""
LONGEST_REPLY: Final = 16 * MIB
"""The largest position in a reply, in tokens or characters."""

# Replies made elsewhere
MOST_PREDICTION_BYTES: Final = 8 << 30
"""Bytes of all files of replies that are scored at once; 33,864 replies of a thinking model take 1 GB."""
MOST_PREDICTION_LINE: Final = 64 * MIB
"""Bytes of a line of JSON; a reply has at most 16 MiB, and its file may repeat it."""
MOST_PREDICTION_JSON: Final = 512 * MIB
"""Bytes of a file that is one JSON value, and of one part of a spreadsheet or a log, decompressed."""
MOST_PREDICTION_VALUES: Final = 50_000_000
"""Values in such a file, counting the commas and brackets of its texts."""
MOST_CELLS: Final = 1_000
"""Columns of a table of replies; VLMEvalKit's have about 30."""
