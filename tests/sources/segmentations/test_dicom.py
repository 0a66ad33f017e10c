"""DICOM segmentations written by highdicom, RT structure sets written by pydicom, on a CT series."""

import datetime

import highdicom
import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sr.codedict import codes
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, RTStructureSetStorage, generate_uid
from skimage.measure import find_contours

from misground.errors import CaseError
from misground.sources import list_cases

from .conftest import KEYS

# SNOMED CT, as TotalSegmentator's output has it: structure, code, side.
CODED = {
    "liver": ("10200004", None),
    "kidney_left": ("64033007", "7771000"),
    "kidney_right": ("64033007", "24028007"),
}


@pytest.fixture
def series(tmp_path, phantom):
    """The scan as a series of CT slices; the affine of `phantom` runs along LPS, as DICOM does."""
    folder = tmp_path / "p1/ct"
    folder.mkdir(parents=True)
    study, number, frame = generate_uid(), generate_uid(), generate_uid()
    slices = []
    for k in range(phantom.scan.shape[2]):
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID, meta.TransferSyntaxUID = CTImageStorage, ExplicitVRLittleEndian
        meta.MediaStorageSOPInstanceUID = generate_uid()
        one = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
        one.SOPClassUID, one.SOPInstanceUID = CTImageStorage, meta.MediaStorageSOPInstanceUID
        one.StudyInstanceUID, one.SeriesInstanceUID, one.FrameOfReferenceUID = study, number, frame
        one.Modality, one.PatientID, one.PatientName, one.InstanceNumber = "CT", "1", "A^B", k + 1
        one.PatientBirthDate = one.PatientSex = one.AccessionNumber = one.StudyID = ""
        one.StudyDate, one.StudyTime, one.ReferringPhysicianName, one.SeriesNumber = (
            "20200101",
            "000000",
            "",
            1,
        )
        one.PositionReferenceIndicator = ""
        lps = np.diag([-1.0, -1.0, 1.0, 1.0]) @ phantom.affine
        one.ImagePositionPatient = [float(x) for x in (lps @ [0, 0, k, 1])[:3]]
        one.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        one.PixelSpacing = [float(abs(phantom.affine[1, 1])), float(abs(phantom.affine[0, 0]))]
        one.SliceThickness = one.SpacingBetweenSlices = float(phantom.affine[2, 2])
        pixels = np.ascontiguousarray(phantom.scan[:, :, k].T)
        one.Rows, one.Columns = pixels.shape
        one.SamplesPerPixel, one.PhotometricInterpretation = 1, "MONOCHROME2"
        one.BitsAllocated, one.BitsStored, one.HighBit, one.PixelRepresentation = 16, 16, 15, 1
        one.RescaleSlope, one.RescaleIntercept = 1, 0
        one.PixelData = pixels.astype("<i2").tobytes()
        one.save_as(folder / f"{k:03d}.dcm", enforce_file_format=True)
        slices.append(one)
    return slices


def description(number, key):
    code, side = CODED.get(key, ("85756007", None))
    kind = highdicom.sr.CodedConcept(code, "SCT", key)
    found = highdicom.seg.SegmentDescription(
        number, key.replace("_", " "), codes.SCT.Organ, kind, "MANUAL",
    )  # fmt: skip
    if side:
        modifier = highdicom.sr.CodedConcept(side, "SCT", "side")
        found.SegmentedPropertyTypeCodeSequence[0].SegmentedPropertyTypeModifierCodeSequence = [modifier]
    return found


def write_seg(path, series, arrays, kind, keys=KEYS, **more):
    """Write frames (slices, rows, columns[, segments]) as a DICOM segmentation."""
    highdicom.seg.Segmentation(
        source_images=series,
        pixel_array=arrays,
        segmentation_type=kind,
        segment_descriptions=[description(i, key) for i, key in enumerate(keys, 1)],
        series_instance_uid=generate_uid(),
        series_number=2,
        sop_instance_uid=generate_uid(),
        instance_number=1,
        manufacturer="made up",
        manufacturer_model_name="phantom",
        software_versions="1",
        device_serial_number="1",
        **more,
    ).save_as(path)


def frames(labels):
    """(I, J, K) to (slices, rows, columns)."""
    return np.ascontiguousarray(labels.transpose(2, 1, 0))


def test_of_several_series_in_a_folder_the_one_that_was_segmented_is_read(
    tmp_path, phantom, series, only_case
):
    other = generate_uid()
    for number, one in enumerate(series):
        again = one.copy()
        again.SeriesInstanceUID, again.SOPInstanceUID = other, generate_uid()
        again.PixelData = bytes(len(one.PixelData))
        again.save_as(tmp_path / f"p1/ct/other{number}.dcm", enforce_file_format=True)
    write_seg(tmp_path / "p1/seg.dcm", series, frames(phantom.labels), "LABELMAP")
    phantom.check(only_case())


def test_slices_without_a_preamble_are_a_scan_too(tmp_path, phantom, series, only_case):
    write_seg(tmp_path / "p1/seg.dcm", series, frames(phantom.labels), "LABELMAP")
    for path in (tmp_path / "p1/ct").iterdir():
        one = pydicom.dcmread(path)
        path.unlink()
        del one.file_meta
        one.preamble = None
        with path.with_suffix("").open("wb") as file:
            pydicom.dcmwrite(file, one, implicit_vr=False, little_endian=True)
    phantom.check(only_case())


@pytest.mark.parametrize("kind", ["BINARY", "LABELMAP"])
def test_a_segmentation_of_either_kind_comes_back(tmp_path, phantom, series, only_case, kind):
    write_seg(tmp_path / "p1/seg.dcm", series, frames(phantom.labels), kind)
    case = only_case()
    phantom.check(case)
    assert (case.facts.case_id, case.facts.modality) == ("p1", "ct")


def test_a_fractional_segmentation_counts_from_half(tmp_path, phantom, series, only_case):
    parts = np.stack([frames(phantom.mask(key)) for key in KEYS], axis=-1) * 0.6
    parts[parts == 0] = 0.4
    write_seg(tmp_path / "p1/seg.dcm", series, parts.astype(np.float32), "FRACTIONAL")
    phantom.check(only_case())


def test_overlapping_segments_are_read_one_by_one(tmp_path, phantom, series):
    masks = [frames(phantom.mask(key)) for key in ("liver", "spleen", "liver")]
    write_seg(
        tmp_path / "p1/seg.dcm",
        series,
        np.stack(masks, -1).astype(np.uint8),
        "BINARY",
        ("liver", "spleen", "colon"),
    )
    raw = list_cases(f"segmentations:{tmp_path}").refs[0].read()
    assert raw.overlap_voxels == phantom.mask("liver").sum()


def test_a_file_that_is_cut_is_skipped(tmp_path, phantom, series):
    path = tmp_path / "p1/seg.dcm"
    write_seg(path, series, frames(phantom.labels), "BINARY")
    path.write_bytes(path.read_bytes()[:-1000])
    listing = list_cases(f"segmentations:{tmp_path}")
    with pytest.raises(CaseError, match=r"'seg\.dcm'"):
        listing.refs[0].read()


def write_rtstruct(path, series, contours):
    """Write structures: name -> contours, each a list of points (x, y, z) in LPS mm."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.TransferSyntaxUID = RTStructureSetStorage, ExplicitVRLittleEndian
    meta.MediaStorageSOPInstanceUID = generate_uid()
    found = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    found.SOPClassUID, found.SOPInstanceUID = RTStructureSetStorage, meta.MediaStorageSOPInstanceUID
    found.Modality, found.StudyInstanceUID = "RTSTRUCT", series[0].StudyInstanceUID
    found.StructureSetDate = datetime.date(2020, 1, 1).strftime("%Y%m%d")
    found.StructureSetROISequence, found.ROIContourSequence, found.RTROIObservationsSequence = [], [], []
    for number, (name, own) in enumerate(contours.items(), 11):
        roi, shape = Dataset(), Dataset()
        roi.ROINumber, roi.ROIName, roi.ReferencedFrameOfReferenceUID = (
            number,
            name,
            series[0].FrameOfReferenceUID,
        )
        shape.ReferencedROINumber, shape.ContourSequence = number, []
        for points in own:
            contour = Dataset()
            contour.ContourGeometricType, contour.NumberOfContourPoints = "CLOSED_PLANAR", len(points)
            contour.ContourData = [f"{x:.3f}" for x in np.asarray(points).ravel()]
            shape.ContourSequence.append(contour)
        found.StructureSetROISequence.append(roi)
        found.ROIContourSequence.append(shape)
    found.save_as(path, enforce_file_format=True)


def outlines(phantom, key):
    """The contours of a structure between the centres of its voxels and those around, in LPS mm."""
    lps = np.diag([-1.0, -1.0, 1.0, 1.0]) @ phantom.affine
    found = []
    for k in range(phantom.labels.shape[2]):
        padded = np.pad(phantom.mask(key)[:, :, k].astype(float), 1)
        for line in find_contours(padded, 0.5):
            index = np.column_stack([line - 1, np.full(len(line), k), np.ones(len(line))])
            found.append((index @ lps.T)[:-1, :3])
    return found


def test_contours_come_back_as_the_same_label_map(tmp_path, phantom, series, only_case):
    write_rtstruct(tmp_path / "p1/rs.dcm", series, {key: outlines(phantom, key) for key in KEYS})
    phantom.check(only_case())


def test_an_inner_contour_is_a_hole(tmp_path, phantom, series):
    lps = np.diag([-1.0, -1.0, 1.0, 1.0]) @ phantom.affine

    def square(low, high):
        corners = [(low, low), (low, high), (high, high), (high, low)]
        return [(lps @ [x, y, 3, 1])[:3] for x, y in corners]

    write_rtstruct(tmp_path / "p1/rs.dcm", series, {"Liver": [square(2.5, 12.5), square(4.5, 8.5)]})
    raw = list_cases(f"segmentations:{tmp_path}").refs[0].read()
    assert np.count_nonzero(raw.labels.data) == 10 * 10 - 4 * 4


def test_a_contour_between_slices_is_refused_with_its_distance(tmp_path, phantom, series):
    lps = np.diag([-1.0, -1.0, 1.0, 1.0]) @ phantom.affine
    points = [(lps @ [x, y, 3.5, 1])[:3] for x, y in ((2, 2), (2, 9), (9, 9))]
    write_rtstruct(tmp_path / "p1/rs.dcm", series, {"liver": [points]})
    with pytest.raises(CaseError, match=r"a contour 0\.50 of a voxel from the nearest slice"):
        list_cases(f"segmentations:{tmp_path}").refs[0].read()


def test_a_lesion_in_an_organ_is_not_the_organ(tmp_path, phantom, series):
    path = tmp_path / "p1/seg.dcm"
    write_seg(path, series, frames(phantom.labels), "BINARY")
    header = pydicom.dcmread(path)
    category = header.SegmentSequence[0].SegmentedPropertyCategoryCodeSequence[0]
    category.CodeValue, category.CodeMeaning = "49755003", "Morphologically Altered Structure"
    header.save_as(path)
    rows = {row.name: row.status for row in list_cases(f"segmentations:{tmp_path}").label_names}
    assert (rows["liver"], rows["spleen"]) == ("unmatched", "matched")
