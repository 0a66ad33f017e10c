"""The fault that a case has is the one that is named, and a right case has none."""

from dataclasses import replace

import numpy as np
import pytest

from misground.benchmark.check import case_verdict, check_sources
from misground.questions import measure_case
from misground.volumes.picture_check import check_picture

AXES = {"x": 0, "y": 1, "z": 2}
PLACES = {"x": "left to right", "y": "front to back", "z": "upside down"}


def verdict_of(case):
    return case_verdict(case, measure_case(case))


@pytest.fixture(params=["torso", "knee", "real_torso"])
def body(request):
    return request.getfixturevalue(request.param)


def test_a_right_body_agrees_and_its_scan_fits(body):
    verdict = verdict_of(body)
    assert (verdict.status, verdict.picture.status, verdict.reason) == ("agrees", "fits", "")
    assert "; scan fits (0." in verdict.text


@pytest.mark.parametrize("axis", AXES)
def test_a_mirrored_header_is_named_and_its_scan_fits(body, axis):
    flipped = replace(body, scan=np.flip(body.scan, AXES[axis]), labels=np.flip(body.labels, AXES[axis]))
    verdict = verdict_of(flipped)
    best = verdict.hypotheses[0]
    assert (best.kind, best.axes) == ("mirrored", (axis,))
    assert not verdict.picture.contradicts
    assert verdict.reason.startswith(f"looks mirrored {PLACES[axis]} (mirrored along {axis}")
    assert (
        f"{best.after.agree} of {best.after.decided} relations agree after a flip of {axis}, "
        in verdict.reason
    )
    assert best.after.agree == best.after.decided > best.before.agree


@pytest.mark.parametrize("axis", AXES)
def test_a_mirrored_label_map_is_told_from_a_mirrored_header(body, axis):
    verdict = verdict_of(replace(body, labels=np.flip(body.labels, AXES[axis])))
    assert verdict.hypotheses[0].axes == verdict.picture.flip == verdict.mirrored_labels == (axis,)
    assert "the header and the scan fit each other, the label map does not" in verdict.reason


@pytest.mark.parametrize("axis", AXES)
def test_a_scan_mirrored_against_right_labels_contradicts_them(body, axis):
    verdict = verdict_of(replace(body, scan=np.flip(body.scan, AXES[axis])))
    assert verdict.hypotheses == ()
    assert verdict.picture.flip == (axis,)
    assert verdict.reason.startswith(
        f"the scan looks mirrored {PLACES[axis]} against its labels: borders of labels"
    )
    assert verdict.name == "scan against its labels"


@pytest.mark.parametrize(
    "pair",
    [
        ("liver", "spleen"),
        ("kidney_left", "kidney_right"),
        ("kidney_left", "adrenal_gland_left"),
        ("urinary_bladder", "colon"),
        ("vertebrae", "aorta"),
        ("hip_left", "gluteus_medius_left"),
        ("femur_left", "sacrum"),
        ("stomach", "pancreas"),
    ],
)
@pytest.mark.parametrize("name", ["torso", "real_torso"])
def test_two_swapped_labels_are_named(request, swapped, name, pair):
    verdict = verdict_of(swapped(request.getfixturevalue(name), pair))
    best = verdict.hypotheses[0]
    assert best.kind == "labels swapped"
    assert set(best.structures) == set(pair)
    assert "look swapped: " in verdict.reason


@pytest.mark.parametrize(
    "pair",
    [("femur", "tibia"), ("medial_meniscus", "medial_tibial_cartilage"), ("patella", "patellar_cartilage")],
)
def test_two_swapped_labels_of_a_knee_are_named(knee, swapped, pair):
    best = verdict_of(swapped(knee, pair)).hypotheses[0]
    assert (best.kind, set(best.structures)) == ("labels swapped", set(pair))


def test_swapped_lungs_alone_are_named_as_left_and_right(torso, swapped):
    lungs = [(f"lung_{lobe}_lobe_left", f"lung_{lobe}_lobe_right") for lobe in ("upper", "lower")]
    reason = verdict_of(swapped(torso, *lungs)).reason
    assert reason.startswith("labels of left and right look swapped for ")
    assert {"upper lung lobe", "lower lung lobe"} <= set(
        reason.split(": ")[0].partition(" for ")[2].split(", ")
    )


def test_all_sides_swapped_are_told_from_a_mirrored_body(real_torso, swapped):
    keys = {structure.key for structure in real_torso.structures}
    pairs = [
        (k, f"{k[:-5]}_right") for k in sorted(keys) if k.endswith("_left") and f"{k[:-5]}_right" in keys
    ]
    assert verdict_of(swapped(real_torso, *pairs)).reason.startswith("labels of left and right look swapped")


def test_a_label_in_a_wrong_place_is_named_with_its_distance(torso):
    keys = [structure.key for structure in torso.structures]
    labels = np.array(torso.labels)
    heart = labels == keys.index("heart") + 1
    labels[heart] = 0
    labels[np.roll(heart, -70, axis=2)] = keys.index("heart") + 1
    verdict = verdict_of(replace(torso, labels=labels))
    assert (verdict.hypotheses[0].kind, verdict.hypotheses[0].structures) == ("misplaced", ("heart",))
    away = "209 mm from where it lies in other bodies (209 mm inferior): "
    assert verdict.reason.startswith(f"the label of heart looks misplaced, {away}")


def test_sides_that_few_structures_cannot_tell_apart_are_both_given(torso, only, swapped):
    kidneys = only(torso, "kidney_left", "kidney_right")
    reason = verdict_of(swapped(kidneys, ("kidney_left", "kidney_right"))).reason
    assert "these structures do not tell which" in reason
    assert "mirrored left to right" in reason
    assert "labels of left and right look swapped" in reason


@pytest.mark.parametrize(
    ("change", "fault", "words"),
    [
        (np.zeros_like, "constant", "every voxel of the scan is 0"),
        (
            lambda s: np.random.default_rng(0).normal(0, 300, s.shape).astype(np.int16),
            "noise",
            "the scan looks like noise: ",
        ),
        (
            lambda s: ((s + 160.0) / 400).clip(0, 1),
            "units",
            "found values from 0 to 1, expected Hounsfield units",
        ),
        (
            lambda s: (((s + 160.0) / 400).clip(0, 1) * 255).astype(np.uint8),
            "units",
            "found values from 0 to 255 and none below 0",
        ),
        (lambda s: (s + 1024.0).clip(0), "units", "it looks like HU + 1024, rescale it"),
        (lambda s: -s.astype(float), "units", "darker than soft tissue"),
        (lambda s: s.astype(np.int16).view(np.uint16), "units", "look wrapped around"),
        (lambda s: s * 0.001, "units", "expected Hounsfield units"),
    ],
    ids=["zeros", "noise", "0..1", "0..255", "plus1024", "inverted", "wrapped", "small"],
)
@pytest.mark.parametrize("name", ["torso", "real_torso"])
def test_a_ct_that_is_none_contradicts_in_words(request, with_scan, name, change, fault, words):
    body = request.getfixturevalue(name)
    found = check_picture(with_scan(body, change(body.scan)))
    assert (found.status, found.fault) == ("contradicts", fault)
    assert words in found.text


def test_the_label_map_as_scan_is_seen(body, with_scan):
    assert check_picture(with_scan(body, body.labels)).fault == "labels"
    assert check_picture(with_scan(body, np.fliplr(body.labels))).contradicts


def test_an_mri_may_have_any_intensities(knee, with_scan):
    scan = knee.scan.astype(np.float32)
    for changed in (scan / scan.max(), scan + 1e5, 1e4 - scan, np.sqrt(scan.clip(0))):
        assert check_picture(with_scan(knee, changed)).status == "fits"


def test_a_mask_as_scan_is_called_unsure(torso, with_scan):
    found = check_picture(with_scan(torso, np.where(torso.labels > 0, 100, 0)))
    assert (found.status, found.fault) == ("unsure", "few values")


def test_noise_behind_few_structures_is_called_unsure(torso, only, with_scan):
    noise = np.random.default_rng(0).normal(0, 300, torso.scan.shape).astype(np.int16)
    found = check_picture(with_scan(only(torso, "liver", "spleen"), noise))
    assert found.status == "unsure"
    assert "too few borders to be sure" in found.text


@pytest.mark.parametrize("seed", range(10))
def test_right_parts_of_bodies_are_never_called_wrong(body, only, seed):
    rng = np.random.default_rng(seed)
    keys = [structure.key for structure in body.structures]
    part = only(body, *rng.choice(keys, rng.integers(1, len(keys)), replace=False).tolist())
    assert not verdict_of(part).contradicts


def test_a_picture_that_is_made_from_labels_is_not_compared_with_them(data_dir):
    (found,) = check_sources([f"oai:{data_dir / 'oai_knee'}"], 1).verdicts
    assert found.status == "agrees"
    assert found.text.endswith("; scan not tested, there is none")
