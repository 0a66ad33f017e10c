"""Arms: the ways to choose tokens that an evaluation compares, by name."""

import json
from collections.abc import Mapping
from typing import Any, Final, Literal, get_args

Control = Literal["identity", "shuffled", "random", "flipped"]
CONTROLS: Final[tuple[Control, ...]] = get_args(Control)
"""Arms that decode by the rule with neighbours that mean nothing, or with their mass subtracted."""

SEMANTIC: Final = ("semantic", "semantic-softmax", "semantic-proportional")
"""Arms that decode by the rule with the neighbours of the model's own table."""

PLAIN: Final = ("default", "greedy", "provider")
"""Arms without the rule: the declared sampler, the likeliest token, and the provider's own defaults."""

FOREIGN: Final = ("min-p", "top-n-sigma")
"""Arms without the rule that cut the distribution in another way; each has a value, as in `min-p=0.1`."""

DEFAULT_CUTS: Final[Mapping[str, float]] = {"min-p": 0.1, "top-n-sigma": 1.0}
"""Values of these cuts where none is given."""

ARMS: Final = (*PLAIN, *SEMANTIC, *CONTROLS, *FOREIGN)


def kind_of(arm: str) -> str:
    """The name of an arm without its value: "min-p" of "min-p=0.1"."""
    return arm.partition("=")[0]


def decoding_of(arm: str) -> str:
    """The column `decoding` of an arm: default, semantic or control."""
    if arm in SEMANTIC:
        return "semantic"
    return "control" if arm in CONTROLS else "default"


def arm_of_earlier(decoding: str, decoding_settings: str | None) -> str:
    """The arm of a run that was recorded before there were arms.

    Args:
        decoding: Its column `decoding`.
        decoding_settings: Its column `decoding_settings`, JSON.
    """
    if decoding not in ("default", "semantic"):
        return decoding  # of another program; never credited to neighbours
    try:
        settings: Any = json.loads(decoding_settings or "{}")
    except ValueError:
        settings = {}
    if decoding == "semantic":
        rule = _part(settings, "rule")
        if rule.get("sign") == -1:
            return "flipped"
        mode = rule.get("mode") or rule.get("semsam_mode")
        return f"semantic-{mode}" if mode in ("softmax", "proportional") else "semantic"
    sampler = _part(settings, "sampler")
    name = sampler.get("sampler")
    if name in ("greedy", "provider"):
        return str(name)
    return "greedy" if name is None and sampler.get("temperature") == 0 else "default"


def _part(settings: Any, name: str) -> Mapping[str, Any]:
    found = settings.get(name) if isinstance(settings, Mapping) else None
    return found if isinstance(found, Mapping) else {}
