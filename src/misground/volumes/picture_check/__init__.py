"""Does a scan fit its labels? See `sampling`, `borders`, `intensities` and `verdict`."""

from misground.volumes.picture_check.sampling import Sample, take_sample
from misground.volumes.picture_check.verdict import PictureVerdict, check_picture, no_picture

__all__ = ["PictureVerdict", "Sample", "check_picture", "no_picture", "take_sample"]
