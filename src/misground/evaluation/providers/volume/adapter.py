"""The interface of a family of volume models; a new family is one more file here and a line in `families`."""

from typing import Any, Protocol

from torch import Tensor

from misground.evaluation.providers.volume.grid import Grid


class VolumeAdapter(Protocol):
    """The input and the call of a family's models. `config` is the configuration of the model."""

    def grid(self, config: Any) -> Grid:
        """Return the size of the volume that the model takes."""

    def prompt(self, text: str, config: Any) -> str:
        """Make the prompt of a question, with placeholders for the volume."""

    def finish(self, model: Any, source: str) -> None:
        """Complete a model that was just loaded from `source`, a folder or an id of the hub."""

    def generate(self, model: Any, volume: Tensor, input_ids: Tensor, **options: Any) -> Tensor:
        """Generate a reply.

        Args:
            model: The model.
            volume: (1, channels, depth, height, width), in the model's type and on its device.
            input_ids: (1, L) int64, tokens of the prompt.
            options: Arguments for `generate` of transformers (generation_config, logits_processor).

        Returns:
            (1, n) new tokens, without those of the prompt.
        """
