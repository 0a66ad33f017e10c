"""The real scans laid out as data sets lay them out, in any axis order; and a knee in the mirror."""

import csv
from pathlib import Path

import nibabel as nib
import numpy as np
import SimpleITK

CASE_ID = "s9001"


def save(array: np.ndarray, affine: np.ndarray, order: str, path: Path) -> None:
    """Write a volume with its axes in the named order, RAS or LPS or PIL ..., the affine saying so."""
    image = nib.Nifti1Image(array, affine)
    here = nib.io_orientation(affine)
    turn = nib.orientations.ornt_transform(here, nib.orientations.axcodes2ornt(order))
    path.parent.mkdir(parents=True, exist_ok=True)
    nib.save(image.as_reoriented(turn), path)


def totalsegmentator(data: Path, folder: Path, order: str, class_files: bool, case_id: str = CASE_ID) -> None:
    """The torso as one case of a TotalSegmentator data set, one file a class or one with all labels."""
    scan = nib.load(data / "ct_torso" / "ct.nii.gz")
    labels = nib.load(data / "ct_torso" / "segmentation.nii.gz")
    values = np.asanyarray(labels.dataobj).astype(np.uint8)
    save(np.asanyarray(scan.dataobj), scan.affine, order, folder / case_id / "ct.nii.gz")
    if not class_files:
        save(values, labels.affine, order, folder / case_id / "segmentation.nii.gz")
        return
    with (data / "totalsegmentator_classes.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["task"] == "total":
                mask = (values == int(row["label"])).astype(np.uint8)
                save(
                    mask, labels.affine, order, folder / case_id / "segmentations" / f"{row['class']}.nii.gz"
                )


def mirrored_knee(right: Path, left: Path) -> None:
    """The right knee's labels turned into a left knee's: the same header, the array flipped along x."""
    image = SimpleITK.ReadImage(str(right))
    direction = np.array(image.GetDirection()).reshape(3, 3)
    along_x = int(np.abs(direction[0]).argmax())
    array = SimpleITK.GetArrayFromImage(image)
    # SimpleITK's arrays are (k, j, i).
    flipped = SimpleITK.GetImageFromArray(np.flip(array, axis=2 - along_x).copy())
    flipped.CopyInformation(image)
    left.parent.mkdir(parents=True, exist_ok=True)
    SimpleITK.WriteImage(flipped, str(left), useCompression=True)
