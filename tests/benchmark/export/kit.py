"""How VLMEvalKit reads a custom multiple-choice data set, in our own words (it is not installed here).

What is followed: `CustomMCQDataset.load_data` reads `NAME.tsv` in the data root; above 1 GiB it first unpacks
the pictures (`LOCALIZE`), one row at a time, and wants as many pictures as names in each. `ImageBaseDataset`
drops rows without an image, turns an image of at most 64 characters into that of the row with this index,
which must hold more, reads text in square brackets as a list, and makes a list of one its element.
`dump_image` keeps what it has decoded under `images/NAME` and never decodes it again.
"""

import ast
import base64
import io
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

GIBIBYTE = 1 << 30


def as_list(text):
    """The items of text in square brackets, or the text alone."""
    return [str(one) for one in ast.literal_eval(text)] if text[0] == "[" and text[-1] == "]" else [text]


def decoded(text):
    """The pixels of a base64 picture."""
    with Image.open(io.BytesIO(base64.b64decode(text, validate=True))) as image:
        return np.array(image.convert("RGB"))


class DataSet:
    """A data set of this name in a data root; `large`: bytes above which a file is unpacked first."""

    def __init__(self, root: Path, name: str, large: int = GIBIBYTE) -> None:
        path = root / f"{name}.tsv"
        self.table = pd.read_csv(path, sep="\t")
        self._images = root / "images" / name
        if path.stat().st_size > large:
            self._unpack()
        self.rows = self.table.to_dict("records")
        stored = {str(row["index"]): str(row["image"]) for row in self.rows}
        for index, image in stored.items():
            if len(image) <= 64:
                assert image in stored
                assert len(stored[image]) > 64
                stored[index] = stored[image]
        self._stored = {index: as_list(image) for index, image in stored.items()}

    def _unpack(self) -> None:
        for row in self.table.to_dict("records"):
            names = as_list(row["image_path"]) if "image_path" in row else [f"{row['index']}.jpg"]
            assert len(as_list(row["image"])) == len(names)
        raise NotImplementedError("pictures by absolute paths")

    def pictures(self, row) -> list[Path]:
        """The files that a model is shown."""
        self._images.mkdir(parents=True, exist_ok=True)
        images = self._stored[str(row["index"])]
        names = as_list(row["image_path"])
        paths = [self._images / name for name in names]
        for path, image in zip(paths, images, strict=True):
            if not path.exists():
                path.write_bytes(base64.b64decode(image, validate=True))
        return paths
