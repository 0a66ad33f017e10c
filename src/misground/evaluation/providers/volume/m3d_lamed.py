"""M3D-LaMed (Bai et al., arXiv 2404.00578): Llama 2 or Phi 3 with a 3D vision transformer.

Known from the authors' quick start and code: the volume is 1 x 32 x 256 x 256 in [0, 1], and the axis after
the channel is the order of slices. 256 tokens "<im_patch>" precede the question, without a chat template.
`generate(images, inputs, **options)` passes the options on to transformers with embeddings instead of ids, so
that it returns only the new tokens. It drops attention masks, so questions are asked one at a time.

Assumed, since the models could not be run here: their files hold all weights as safetensors, and their code,
written for transformers 4, runs with the installed release. Without `seg_enable` they make no mask.
"""

from typing import Any

from torch import Tensor

from misground.evaluation.providers.volume.grid import Grid

PATCH = "<im_patch>"
PATCHES = 256


class M3DLaMed:
    """The family "m3d-lamed"."""

    def grid(self, config: Any) -> Grid:
        """Return 1 x 32 x 256 x 256."""
        return Grid(1, 32, 256, 256)

    def prompt(self, text: str, config: Any) -> str:
        """Make a prompt of 256 placeholders and the question."""
        return PATCH * PATCHES + text

    def finish(self, model: Any, source: str) -> None:
        """Do nothing: the model is complete."""

    def generate(self, model: Any, volume: Tensor, input_ids: Tensor, **options: Any) -> Tensor:
        """Generate a reply with the model's own `generate`."""
        new: Tensor = model.generate(volume, input_ids, **options)
        return new
