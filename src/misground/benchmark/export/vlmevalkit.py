"""VLMEvalKit's multiple-choice format: TSV files with base64 pictures and lettered options.

VLMEvalKit labels the options A, B, C, so the marks are called 1 and 2 here, in the text and in the pictures.
Its reader takes a row's `image` as base64, as a list of base64 strings with the same number of names in
`image_path`, or (if it has at most 64 characters) as the `index` of the row that holds the same picture. A
file without an `image` column has questions without pictures.

It keeps the decoded pictures of a file in a folder named by the file, under their index or `image_path`, and
never looks at their content again: so the names hold the benchmark's hash. It unpacks files above 1 GiB in
another way, which fails on stacks: so no file is that large.
"""

import base64
import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, Final

from misground.benchmark.escaping import file_name, spreadsheet_text
from misground.benchmark.export.repaint import repaint
from misground.benchmark.export.rows import Progress, Questions, png_frames
from misground.benchmark.export.target import Exported
from misground.benchmark.files import write_text
from misground.errors import WorkError

LETTERS: Final = "ABC"
MOST_FILE_BYTES: Final = 900 << 20
"""Bytes of a file; VLMEvalKit reads files above 1 GiB in another way."""
_HASH_DIGITS: Final = 12
_FACTORS: Final = (
    "question_id", "item_id", "case_id", "modality", "dimension", "plane", "task", "axis", "structure_a",
    "structure_b", "coordinates", "prompt", "terms", "condition", "stack_reversed", "name_hint", "probe",
)  # fmt: skip
_MARKED: Final = re.compile(r"\(marked ([AB])\)")
_NAMED: Final = re.compile(r"(?<=Which structure is marked )A(?=\?$)")
_BLANK_SUBJECTS: Final = "position of A relative to B"


def write(questions: Questions, folder: Path, progress: Progress) -> Exported:
    """Write `misground_KIND_HASH.tsv` for the kinds 2d, 3d and text, as far as they have questions.

    A file that would be too large is split into `misground_KIND_HASH_01.tsv` and so on, between views. A
    question about a marked picture is left out if the letter of a mark cannot be found in it.
    """
    views = frames = left_out = index = 0
    with ExitStack() as stack:
        files = _Files(folder, file_name(str(questions.manifest["content_hash"]))[:_HASH_DIGITS], stack)
        for view, rows in questions.with_views():
            pictures = _pictures(view)
            if pictures is None:
                left_out += len(rows)
                continue
            stacked = view["dimension"] == "3d"
            encoded = [base64.b64encode(png).decode("ascii") for png in pictures]
            image = json.dumps(encoded) if len(encoded) > 1 else encoded[0]
            name = file_name(view["view_id"])
            names = [f"{name}_{n:02}.png" for n in range(len(encoded))]
            shown = {"image": image, "image_path": json.dumps(names) if len(names) > 1 else names[0]}
            other = shown | {"image": str(index)}
            asked = [_row(index + n, row) | (other if n else shown) for n, row in enumerate(rows)]
            files.add("3d" if stacked else "2d", asked)
            index += len(rows)
            views += 1
            frames += len(encoded)
            progress(index + left_out, len(questions))
        for row in questions.without_views():
            files.add("text", [_row(index, row)])
            index += 1
        progress(index + left_out, len(questions))
    files.name()  # when they are closed, since some systems rename no open file
    write_text(_readme(files.written, left_out), folder / "README.md")
    return Exported(index, views, frames, left_out, (*files.written, "README.md"))


def question_ids(questions: Questions) -> Iterator[str]:
    """The id of the question at each `index` of the export, without writing it."""
    for view, rows in questions.with_views():
        if _pictures(view) is not None:
            yield from (row["question_id"] for row in rows)
    yield from (row["question_id"] for row in questions.without_views())


def lettered_text(text: str, condition: str) -> str:
    """A question's text with the marks called 1 and 2.

    Raises:
        WorkError: a question about marks only does not name them as this version does.
    """
    text = _MARKED.sub(lambda match: f"(marked {LETTERS.index(match[1]) + 1})", text)
    if condition != "blank":
        return _NAMED.sub("1", text)
    if _BLANK_SUBJECTS not in text:
        raise WorkError(
            f"the question {text!r} does not ask for the {_BLANK_SUBJECTS}: build the benchmark again"
        )
    return text.replace(_BLANK_SUBJECTS, "position of 1 relative to 2")


def _pictures(view: Mapping[str, Any]) -> list[bytes] | None:
    """A view's frames with the marks renamed; None if a mark's letter is not found in any frame."""
    pictures = png_frames(view)
    if view["prompt"] == "none":
        return pictures
    shown: dict[int, list[Any]] = {}
    for mark in view["marks"]:
        shown.setdefault(mark["frame"], []).append(mark["label"])
    found: set[str] = set()
    for frame, labels in shown.items():
        repainted = repaint(pictures[frame], labels, view["dimension"])
        pictures[frame] = repainted.png
        found.update(repainted.found)
    return pictures if found == {mark["label"] for mark in view["marks"]} else None


def _row(index: int, question: Mapping[str, Any]) -> dict[str, Any]:
    options: Sequence[str] = question["options"]
    return {
        "index": index,
        "question": lettered_text(question["text"], question["condition"]),
        **dict(zip(LETTERS, options, strict=False)),
        "answer": LETTERS[options.index(question["answer"])],
        "category": question["task"],
        "l2-category": f"{question['modality']}_{question['dimension']}_{question['condition']}",
        "split": "test",
        **{name: _cell(question[name]) for name in _FACTORS},
    }


def _cell(value: object) -> object:
    """A factor for people and their spreadsheets; the question and its options must stay as they are."""
    return spreadsheet_text(value) if isinstance(value, str) else value


class _Files:
    """The TSV files, each opened when its first row is added."""

    def __init__(self, folder: Path, label: str, stack: ExitStack) -> None:
        self._folder = folder
        self._label = label
        self._stack = stack
        self._paths: dict[str, list[Path]] = {}
        self._open: dict[str, tuple[IO[bytes], int]] = {}

    @property
    def written(self) -> tuple[str, ...]:
        """The names of the files."""
        return tuple(path.name for paths in self._paths.values() for path in paths)

    def add(self, kind: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Append the rows of one view, which stay together, to a file of the 2d, 3d or text questions."""
        columns = ["index", *_PICTURES[kind], "question", *_OPTIONS[kind], *_REST]
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, columns, delimiter="\t", lineterminator="\n")
        writer.writerows(rows)
        content = text.getvalue().encode()
        file, size = self._open.get(kind, (None, 0))
        if file is None or size + len(content) > MOST_FILE_BYTES:
            if file is not None:
                file.close()
            paths = self._paths.setdefault(kind, [])
            paths.append(self._folder / f"misground_{kind}_{self._label}_{len(paths) + 1:02}.tsv")
            file = self._stack.enter_context(paths[-1].open("wb"))
            size = file.write(("\t".join(columns) + "\n").encode())
        self._open[kind] = file, size + file.write(content)

    def name(self) -> None:
        """Take the number from the name of a file that is the only one of its kind."""
        for paths in self._paths.values():
            if len(paths) == 1:
                paths[0] = paths[0].rename(paths[0].with_stem(paths[0].stem.removesuffix("_01")))


_PICTURES: Final[Mapping[str, tuple[str, ...]]] = {
    "2d": ("image", "image_path"),
    "3d": ("image", "image_path"),
    "text": (),
}
_OPTIONS: Final[Mapping[str, str]] = {"2d": "AB", "3d": "ABC", "text": "AB"}
_REST: Final = ("answer", "category", "l2-category", "split", *_FACTORS)


def _readme(files: Sequence[str], left_out: int) -> str:
    names = " ".join(Path(file).stem for file in files)
    return _README.format(names=names, left_out=left_out)


_README: Final = """\
# MIS-Ground for VLMEvalKit

Copy the TSV files into the folder given by `LMUData`. Then run, in VLMEvalKit:

    python run.py --data {names} --model MODEL

VLMEvalKit treats unknown files as multiple-choice data sets of the same name. The names hold the hash of the
benchmark, because VLMEvalKit keeps the pictures of a data set by its name: do not rename the files. The file
with `text` in its name has no pictures.

VLMEvalKit labels the options A, B, C, so the two marks are called 1 and 2 here, in the text and in the
pictures, where a dark rectangle with the digit in the mark's colour replaces the letter A or B. The rest of
each picture is unchanged. Questions left out because a letter could not be found: {left_out}.

Rows that show the same picture refer to the `index` of the row that holds it, so keep each file whole. A
kind of questions that takes more than 900 MiB is split into several files, because VLMEvalKit cannot read
stacks from a file above 1 GiB. VLMEvalKit saves the pictures as PNG; versions before 2025 save single ones as
JPEG. `answer` is the letter of the correct option, `question_id` the benchmark's own id.

To get the results of `misground eval` from VLMEvalKit's tables of predictions:

    misground score BENCHMARK MODEL_misground_*.xlsx --model MODEL -o RUN

Not for clinical use. See the benchmark's own card for the licences and attribution of the scans.
"""
