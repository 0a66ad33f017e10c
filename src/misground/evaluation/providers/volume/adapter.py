"""What a family of volume models has of its own; a new one is a file beside this and a line in `families`."""

from typing import Any, Protocol

from torch import Tensor

from misground.evaluation.providers.volume.grid import Grid


class VolumeAdapter(Protocol):
    """How a family's models are fed and asked. `config` is the model's configuration."""

    def grid(self, config: Any) -> Grid:
        """The volume that the model takes."""

    def prompt(self, text: str, config: Any) -> str:
        """A question as the model reads it, with marks for the volume."""

    def finish(self, model: Any, source: str) -> None:
        """What is to be done once the model is loaded from `source`, a folder or an id of the hub."""

    def generate(self, model: Any, volume: Tensor, input_ids: Tensor, **options: Any) -> Tensor:
        """New tokens (1, n), without the prompt's.

        Args:
            model: loaded.
            volume: (1, channels, depth, height, width), of the model's type, on its device.
            input_ids: (1, L) int64, of the prompt.
            options: for `generate` of transformers (generation_config, logits_processor), passed through.
        """
