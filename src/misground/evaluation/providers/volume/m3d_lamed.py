"""M3D-LaMed (Bai et al., arXiv 2404.00578): Llama 2 or Phi 3 with a 3D vision transformer.

Known, from the quick start and the code that the authors publish: the volume is 1 x 32 x 256 x 256 in [0, 1],
the first axis behind the channel being the order of slices; 256 tokens "<im_patch>" stand before the
question, without a chat template; `generate(images, inputs, **options)` hands the options on to transformers
with embeddings in the place of ids, so that the new tokens alone come back; it drops attention masks, so one
question is asked at a time.

Assumed, as the models could not be run here: that their files hold all weights as safetensors, and that their
code, written for transformers 4, runs with the installed release. Without `seg_enable` no mask is made.
"""

from typing import Any

from torch import Tensor

from misground.evaluation.providers.volume.grid import Grid

PATCH = "<im_patch>"
PATCHES = 256


class M3DLaMed:
    """The family "m3d-lamed"."""

    def grid(self, config: Any) -> Grid:
        """1 x 32 x 256 x 256."""
        return Grid(1, 32, 256, 256)

    def prompt(self, text: str, config: Any) -> str:
        """256 marks, then the question."""
        return PATCH * PATCHES + text

    def finish(self, model: Any, source: str) -> None:
        """Nothing."""

    def generate(self, model: Any, volume: Tensor, input_ids: Tensor, **options: Any) -> Tensor:
        """By the model's own `generate`."""
        new: Tensor = model.generate(volume, input_ids, **options)
        return new
