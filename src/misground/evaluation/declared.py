"""What a run declares: the one sampler, stated to every engine, and the paper's set-up as the default."""

from typing import Final

TEMPERATURE: Final = 0.5
TOP_P: Final = 0.8
"""The declared sampler, with top-k off: DESIGN's, so that a paired gain compares the decoding rule alone. The
temperature is the paper's."""

MAX_TOKENS: Final = 8912
"""Of a reply at most, as in the paper."""

EPOCHS: Final = 5
"""How often each question is asked (ours: the paper says several)."""
