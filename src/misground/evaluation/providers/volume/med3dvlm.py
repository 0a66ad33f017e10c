"""Med3DVLM (Xin et al., arXiv 2503.20047): Qwen 2.5 with a 3D convolutional encoder (DCFormer).

Known, from the read-me and the demo that the authors publish: volumes are 128 x 256 x 256 with one channel;
`proj_out_num` tokens "<im_patch>", 256 where the configuration names no number, stand before the question;
`generate(images=, inputs=, **options)` as in M3D-LaMed, from which the code is derived. The demo loads the
encoder from `vision_tower.bin` afterwards. That file is a pickle, which can run any code when it is read: it
is not read here. Convert it once, where it is trusted, to `vision_tower.safetensors` in the model's folder.

Assumed, as the model could not be run here: values in [0, 1]; that the grid is `input_size` of the
configuration where it names three numbers; that the other files hold all other weights as safetensors; and
that its code runs with the installed release of transformers.
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
        """One channel of the configuration's size, 128 x 256 x 256 where it names none."""
        size = getattr(config, "input_size", None)
        named = isinstance(size, Sequence) and not isinstance(size, str) and len(size) == 3
        depth, height, width = map(int, size if named and size is not None else SIZE)
        return Grid(1, depth, height, width)

    def prompt(self, text: str, config: Any) -> str:
        """As many marks as the projector puts out, then the question."""
        return PATCH * int(getattr(config, "proj_out_num", PATCHES)) + text

    def finish(self, model: Any, source: str) -> None:
        """Load the encoder's own file where there is one.

        Raises:
            WorkError: it is there as a pickle alone, or does not fit.
        """
        missing_is_none = {"_raise_exceptions_for_missing_entries": False}
        path = cached_file(source, TOWER, **missing_is_none)
        if path is not None:
            try:
                model.get_model().vision_tower.load_state_dict(load_file(path))
            except RuntimeError as error:
                raise WorkError(f"{TOWER} does not fit the model's encoder: get it anew") from error
        elif cached_file(source, PICKLED_TOWER, **missing_is_none) is not None:
            raise WorkError(
                f"the model holds its encoder as a pickle, {PICKLED_TOWER}, which is not read, for it could "
                f"run any code: convert it to {TOWER} beside it"
            )

    def generate(self, model: Any, volume: Tensor, input_ids: Tensor, **options: Any) -> Tensor:
        """By the model's own `generate`."""
        new: Tensor = model.generate(images=volume, inputs=input_ids, **options)
        return new
