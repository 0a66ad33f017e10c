"""The door: files that a stranger may have made are read within limits, and checked before they are used.

- `json_file`: JSON of bounded size, depth and number of values.
- `pages`, `parquet`: Parquet whose memory is known before anything is decoded.
- `rows`: checks of whole columns at once.
- `questions`, `views`, `cases`, `results`, `manifest`: one function for each table and record.

What passes has the types of `records.schemas` and only values that a build or a run writes. What does not is
a UsageError of one line that names the file, what was found and what was expected.
"""
