"""The declared sampler, which every engine is told to use, and the paper's settings as defaults."""

from collections.abc import Mapping
from typing import Final

TEMPERATURE: Final = 0.5
TOP_P: Final = 0.8
"""The declared sampler, without top-k: the same for both decodings, so that a paired comparison measures the
decoding rule only. The temperature is the paper's; see docs/evaluation.md."""

NO_CUTS: Final[Mapping[str, float]] = {"top_k": -1, "min_p": 0.0, "repetition_penalty": 1.0}
"""What vLLM and SGLang are told besides: they would otherwise take it from the model's own files."""

MAX_TOKENS: Final = 8912
"""Maximum number of tokens per reply, as in the paper."""

EPOCHS: Final = 5
"""Number of times each question is asked (our choice; the paper says several)."""
