"""The label sets that are known by name: every value has a source, and means what its name means."""

import pytest

from misground.anatomy import LABEL_SETS
from misground.sources.label_sets import class_values, data_table, known_sets, label_values, set_names
from misground.sources.named.sets import labels_of_set


def keys_of(name):
    return {value: structure.key for value, structure in label_values(name).structures.items()}


def test_each_published_set_states_its_source():
    published = {row.get("set"): row.get("source") for row in data_table("label_set_sources.csv").rows}
    assert set(published) == set(known_sets()) - set(LABEL_SETS)
    assert all(published.values())


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        (
            "amos22",
            {1: "spleen", 2: "kidney_right", 6: "liver", 9: "inferior_vena_cava", 14: "urinary_bladder"},
        ),
        ("btcv", {3: "kidney_left", 10: "portal_vein_and_splenic_vein", 13: "adrenal_gland_left"}),
        ("flare22", {1: "liver", 2: "kidney_right", 7: "adrenal_gland_right", 13: "kidney_left"}),
        ("word", {1: "liver", 3: "kidney_left", 4: "kidney_right", 10: "colon", 14: "urinary_bladder"}),
        ("verse", {1: "vertebrae", 24: "vertebrae", 26: "sacrum", 28: "vertebrae"}),
        ("chaos_mr", {63: "liver", 126: "kidney_right", 189: "kidney_left", 252: "spleen"}),
        ("total_mr_56", {34: "femur_left", 36: "hip_left", 46: "iliopsoas_left"}),
    ],
)
def test_values_of_the_published_sets(name, keys):
    assert keys.items() <= keys_of(name).items()


def test_what_a_set_cannot_say_is_ignored():
    assert {15} <= label_values("amos22").ignored  # prostate or uterus
    assert {11, 12, 13, 15, 16} <= label_values("word").ignored  # both adrenal glands in one, heads of femurs


def test_version_3_has_a_sixth_lumbar_vertebra():
    two, three = class_values("total"), class_values("total_v3")
    assert set(three) - set(two) == {"vertebrae_L6"}
    assert three["vertebrae_L6"] == two["vertebrae_S1"] == 26
    assert keys_of("total_v3") == keys_of("total")


@pytest.mark.parametrize("name", known_sets())
def test_the_labels_of_a_set_are_its_values(name):
    values = label_values(name)
    assert {v for label in labels_of_set(name) for v in label.values} >= set(values.structures)


def test_an_unknown_set():
    with pytest.raises(KeyError):
        label_values("amos23")
    with pytest.raises(KeyError):
        set_names("amos23")
