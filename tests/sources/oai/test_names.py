import pytest
from hypothesis import given
from hypothesis import strategies as st

from misground.sources.oai.names import (
    LABEL_WORDS,
    SCAN_WORDS,
    case_stem,
    is_label_folder,
    is_label_stem,
    pairing_key,
    side_from_names,
    side_in_words,
    without_words,
)


@pytest.mark.parametrize(
    ("stem", "case"),
    [
        ("right_knee_labels", "right_knee"),
        ("9001104.segmentation_masks", "9001104"),
        ("9001104-seg", "9001104"),
        ("knee mask", "knee"),
        ("KNEE_LABEL", "KNEE"),
        ("labels", ""),
        ("segmentation_masks", ""),
        ("9001104_dess_labels", "9001104_dess"),
    ],
)
def test_label_words_at_the_end_make_a_label_file_and_the_rest_names_the_case(stem, case):
    assert is_label_stem(stem)
    assert case_stem(stem) == case


@pytest.mark.parametrize(
    "stem", ["right_knee", "labels_knee", "unlabeled", "knee_masked", "segment", "x_seg_v2"]
)
def test_label_words_elsewhere_do_not(stem):
    assert not is_label_stem(stem)
    assert case_stem(stem) == stem


@pytest.mark.parametrize("name", ["labelsTr", "labelsTs", "labels", "masks", "segmentation_masks", "Seg"])
def test_folders_of_labels(name):
    assert is_label_folder(name)


@pytest.mark.parametrize("name", ["imagesTr", "", "9001104", "labels_old", "mask1"])
def test_other_folders(name):
    assert not is_label_folder(name)


@pytest.mark.parametrize(
    ("scan", "labels"),
    [
        ("oaizib_001_0000", "oaizib_001"),
        ("9001104", "9001104.segmentation_masks"),
        ("9001104_dess", "9001104_seg"),
        ("9001104_dess", "9001104_dess_seg"),
        ("Knee_Image", "knee_mask"),
        ("9001104.scan", "9001104_labels"),
    ],
)
def test_a_scan_and_its_labels_have_one_key(scan, labels):
    assert pairing_key(scan) == pairing_key(labels)


def test_a_generic_name_has_no_key():
    assert pairing_key("image") == pairing_key("labels") == ""


@given(st.text(max_size=12), st.lists(st.sampled_from(sorted(LABEL_WORDS)), max_size=3))
def test_taking_words_off_is_complete_and_keeps_the_beginning(stem, words):
    rest = without_words("_".join([stem, *words]), LABEL_WORDS)
    assert without_words(rest, LABEL_WORDS) == rest
    assert stem.startswith(rest)
    assert without_words(stem, SCAN_WORDS | LABEL_WORDS) in stem


@pytest.mark.parametrize(
    ("names", "side"),
    [
        (["right_knee_labels"], "right"),
        (["LEFT_KNEE"], "left"),
        (["9001104_L"], "left"),
        (["9001104-R_0000"], "right"),
        (["9001104", "left"], "left"),
        (["x_right", "left"], "right"),
        (["left_right", "r"], "right"),
        (["bright_knee"], None),
        (["leftover"], None),
        (["knee_r01"], None),
        (["left_or_right"], None),
        ([], None),
    ],
)
def test_a_side_is_a_whole_word_of_the_first_name_that_tells_one(names, side):
    assert side_from_names(names) == side


@pytest.mark.parametrize(
    ("names", "side"),
    [
        (["right_knee_labels"], "right"),
        (["LEFT_KNEE", "9001104"], "left"),
        (["9001104_L"], None),
        (["x_right", "y_left"], None),
        (["left_or_right"], None),
        (["bright", "leftover"], None),
        (["r_right"], "right"),
    ],
)
def test_only_a_word_states_a_side(names, side):
    assert side_in_words(names) == side
