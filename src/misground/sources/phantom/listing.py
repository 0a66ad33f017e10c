"""The cases of the SOURCE strings `phantom:torso` and `phantom:knee`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from misground.errors import UsageError
from misground.records import Attribution, CaseRef, Modality, RawCase, Region, SourceListing
from misground.sources.phantom.knee import knee_case
from misground.sources.phantom.torso import torso_case

# Increase it whenever a phantom's voxels change, so that stored work on older phantoms is not reused.
_VERSION: Final = 1
_OPTIONS: Final = {"n": (4, 1, 100_000), "seed": (0, 0, 2**32 - 1)}


@dataclass(frozen=True)
class _Kind:
    modality: Modality
    region: Region
    case: Callable[[int, int], RawCase]


_KINDS: Final = {
    "torso": _Kind("ct", "torso", torso_case),
    "knee": _Kind("mri", "knee", knee_case),
}


def list_phantoms(kind: str, options: Mapping[str, str]) -> SourceListing:
    """The cases of `phantom:KIND?n=N&seed=S`, each generated only when it is read.

    A case does not depend on the number of cases.

    Args:
        kind: torso (CT) or knee (MRI).
        options: n, the number of cases (1 to 100000; default 4), and seed (default 0).

    Raises:
        UsageError: the kind, an option or a value is not allowed.
    """
    made = _KINDS.get(kind)
    if made is None:
        raise UsageError(f"unknown source phantom:{kind}, expected phantom:torso or phantom:knee")
    number, seed = _values(kind, options)
    series = kind if seed == 0 else f"{kind}-s{seed}"
    source = f"phantom:{kind}"
    refs = tuple(
        CaseRef(
            case_id=f"{series}-{index:04d}",
            modality=made.modality,
            region=made.region,
            source=source,
            read=partial(made.case, seed, index),
            fingerprint=f"{source} version {_VERSION} seed {seed} number {index}",
        )
        for index in range(number)
    )
    attribution = Attribution(
        source=source,
        title="MIS-Ground analytic phantoms",
        licence="Apache-2.0",
        citation="The MIS-Ground contributors: MIS-Ground, a controlled benchmark of spatial grounding in "
        "medical images for vision-language models (software, Apache-2.0).",
    )
    return SourceListing(refs, (), attribution)


def _values(kind: str, options: Mapping[str, str]) -> tuple[int, int]:
    allowed = "; ".join(f"{name} from {low} to {high}" for name, (_, low, high) in _OPTIONS.items())
    values = {name: default for name, (default, _, _) in _OPTIONS.items()}
    for name, text in options.items():
        if name not in _OPTIONS:
            raise UsageError(f"phantom:{kind} has no option {name!r}, expected {allowed}")
        _, low, high = _OPTIONS[name]
        # isdecimal alone would accept digits of other scripts, and int() signs, spaces and underscores.
        if not (text.isascii() and text.isdecimal() and len(text) <= 10 and low <= int(text) <= high):
            raise UsageError(f"phantom:{kind}: option {name}={text!r}, expected {allowed}")
        values[name] = int(text)
    return values["n"], values["seed"]
