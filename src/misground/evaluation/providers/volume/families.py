"""The families of volume models by their names."""

from misground.errors import UsageError
from misground.evaluation.providers.volume.adapter import VolumeAdapter
from misground.evaluation.providers.volume.m3d_lamed import M3DLaMed
from misground.evaluation.providers.volume.med3dvlm import Med3DVLM

FAMILIES: dict[str, VolumeAdapter] = {
    "m3d-lamed": M3DLaMed(),
    "med3dvlm": Med3DVLM(),
}


def split_name(name: str) -> tuple[str, str]:
    """Split `FAMILY/MODEL` into the family and the model, which is a folder or an id of the hub.

    Raises:
        UsageError: There is no such family, or the model is missing.
    """
    family, _, model = name.partition("/")
    if family not in FAMILIES or not model:
        raise UsageError(
            f"misground-volume/{name} is not a volume model, expected misground-volume/FAMILY/MODEL with the "
            f"family {' or '.join(FAMILIES)}"
        )
    return family, model
