"""Reading one case of an nnU-Net folder."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from misground.anatomy import Structure
from misground.errors import CaseError
from misground.records import KneeSide, RawCase, Region
from misground.sources.file_names import check_names
from misground.sources.label_sets import LabelValues
from misground.sources.named.knee import knee_side
from misground.volumes import read_channel, read_volume


@dataclass(frozen=True)
class NnunetFiles:
    """What is known about a case before its files are opened.

    Attributes:
        scan: the scan.
        channel: index along the scan's fourth axis; None if the file is one channel.
        labels: the label file.
        structures: label value -> structure.
        ignored: values without a structure.
        region: torso or knee.
        side: the knee's side by an option or a name; None if unknown.
    """

    scan: Path
    channel: int | None
    labels: Path
    structures: Mapping[int, Structure]
    ignored: frozenset[int]
    region: Region
    side: KneeSide | None


def read_nnunet(files: NnunetFiles) -> RawCase:
    """Read a case.

    Raises:
        CaseError: a file is unusable, its labels are named otherwise in the label file itself, or the side of
            a knee is not known.
    """
    values = LabelValues(files.structures, files.ignored, files.region)
    check_names(files.labels, values, "dataset.json")
    scan = read_volume(files.scan) if files.channel is None else read_channel(files.scan, files.channel)
    labels = read_channel(files.labels, 0)
    if files.region == "torso":
        return RawCase(scan, labels, files.structures, files.ignored)
    side = files.side or knee_side(labels, files.structures)
    if side is None:
        raise CaseError(
            "the knee's side is unknown: expected right or left in the name of the case, a fibula, or "
            "side=right or side=left"
        )
    return RawCase(scan, labels, files.structures, files.ignored, side=side)
