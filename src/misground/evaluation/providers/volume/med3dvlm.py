"""Med3DVLM (Xin et al., arXiv 2503.20047): Qwen 2.5 with a 3D convolutional encoder (DCFormer).

Known from the authors' README and demo: volumes are 128 x 256 x 256 with one channel. `proj_out_num` tokens
"<im_patch>" precede the question, or 256 if the configuration does not say. `generate(images=, inputs=,
**options)` works as in M3D-LaMed, from which the code is derived. The demo then loads the encoder from
`vision_tower.bin`. That file is a pickle, which can run any code when it is read, so it is not read here. If
you trust it, convert it once to `vision_tower.safetensors` in the folder of the model.

Assumed, since the model could not be run here: values are in [0, 1]; the grid is `input_size` of the
configuration if that has three numbers; the other files hold all other weights as safetensors; and its code
runs with the installed release of transformers.
"""

from collections.abc import Sequence
from typing import Any

from safetensors.torch import load_file
from torch import Tensor
from transformers.utils.hub import cached_file

from misground.errors import WorkError
from misground.evaluation.providers.volume.grid import Grid

PATCH = "<im_patch>"
PATCHES = 256
SIZE = (128, 256, 256)
TOWER, PICKLED_TOWER = "vision_tower.safetensors", "vision_tower.bin"


class Med3DVLM:
    """The family "med3dvlm"."""

    def grid(self, config: Any) -> Grid:
        """Return one channel in the size of the configuration, or 128 x 256 x 256 if it does not say."""
        size = getattr(config, "input_size", None)
        named = isinstance(size, Sequence) and not isinstance(size, str) and len(size) == 3
        depth, height, width = map(int, size if named and size is not None else SIZE)
        return Grid(1, depth, height, width)

    def prompt(self, text: str, config: Any) -> str:
        """Make a prompt of one placeholder per output of the projector, and the question."""
        return PATCH * int(getattr(config, "proj_out_num", PATCHES)) + text

    def finish(self, model: Any, source: str) -> None:
        """Load the file of the encoder if there is one.

        Raises:
            WorkError: The file exists only as a pickle, or does not fit the model.
        """
        missing_is_none = {"_raise_exceptions_for_missing_entries": False}
        path = cached_file(source, TOWER, **missing_is_none)
        if path is not None:
            try:
                model.get_model().vision_tower.load_state_dict(load_file(path))
            except RuntimeError as error:
                raise WorkError(
                    f"{TOWER} does not fit the encoder of the model: download it again"
                ) from error
        elif cached_file(source, PICKLED_TOWER, **missing_is_none) is not None:
            raise WorkError(
                f"the encoder of the model is a pickle, {PICKLED_TOWER}, which is not read because it can "
                f"run any code: convert it to {TOWER} in the same folder"
            )

    def generate(self, model: Any, volume: Tensor, input_ids: Tensor, **options: Any) -> Tensor:
        """Generate a reply with the model's own `generate`."""
        new: Tensor = model.generate(images=volume, inputs=input_ids, **options)
        return new
