"""The families of volume models by name."""

from misground.errors import UsageError
from misground.evaluation.providers.volume.adapter import VolumeAdapter
from misground.evaluation.providers.volume.m3d_lamed import M3DLaMed
from misground.evaluation.providers.volume.med3dvlm import Med3DVLM

FAMILIES: dict[str, VolumeAdapter] = {
    "m3d-lamed": M3DLaMed(),
    "med3dvlm": Med3DVLM(),
}


def split_name(name: str) -> tuple[str, str]:
    """Family and model of `FAMILY/MODEL`; the model is a folder or an id of the hub.

    Raises:
        UsageError: there is no such family, or no model.
    """
    family, _, model = name.partition("/")
    if family not in FAMILIES or not model:
        raise UsageError(
            f"misground-volume/{name} names no volume model: expected misground-volume/FAMILY/MODEL, "
            f"FAMILY one of {', '.join(FAMILIES)}"
        )
    return family, model
