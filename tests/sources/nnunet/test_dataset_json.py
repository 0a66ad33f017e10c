import json

import pytest

from misground.errors import UsageError
from misground.sources.nnunet.dataset_json import read_dataset_json


def read(tmp_path, **content):
    path = tmp_path / "dataset.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return read_dataset_json(path)


def pairs(found):
    return [(label.name, label.values) for label in found.labels]


def test_labels_of_version_1_and_the_decathlon(tmp_path):
    found = read(
        tmp_path, name="Liver", licence="CC-BY-SA 4.0", reference="IRCAD", modality={"0": "CT"},
        labels={"0": "background", "1": "liver", "2": "cancer"},
        training=[{"image": "./imagesTr/liver_0.nii.gz", "label": "./labelsTr/liver_0.nii.gz"}],
    )  # fmt: skip
    assert pairs(found) == [("liver", (1,)), ("cancer", (2,))]
    assert (found.channels, found.name, found.licence) == (("CT",), "Liver", "CC-BY-SA 4.0")
    assert found.training == ("./labelsTr/liver_0.nii.gz",)


def test_labels_of_version_2_with_regions(tmp_path):
    found = read(
        tmp_path,
        channel_names={"0": "T1", "1": "T2"},
        labels={"background": 0, "kidney": [1, 2], "tumour": 2, "ignore": 3},
        license="MIT",
    )
    assert pairs(found) == [("kidney", (1, 2)), ("tumour", (2,)), ("ignore", (3,))]
    assert (found.channels, found.licence) == (("T1", "T2"), "MIT")


def test_channels_as_a_list(tmp_path):
    assert read(tmp_path, modality=["T2", "ADC"], labels={"a": 1}).channels == ("T2", "ADC")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({}, "labels is missing"),
        ({"labels": []}, "labels is a list"),
        ({"labels": {"liver": "many"}}, "label 'liver' has the value \\['many'\\]"),
        ({"labels": {"liver": -1}}, "label 'liver' has the value"),
        ({"labels": {"liver": True}}, "label 'liver' has the value"),
        ({"labels": {"liver": []}}, "label 'liver' has the value"),
        ({"labels": {"liver": 99_999}}, "label 'liver' has the value"),
        ({"labels": {"liver": 1}, "channel_names": {"1": "CT"}}, "expected numbers from 0 on"),
        ({"labels": {"liver": 1}, "channel_names": "CT"}, "the channels are a str"),
    ],
)
def test_other_forms_are_refused_in_one_line(tmp_path, content, said):
    with pytest.raises(UsageError, match=said):
        read(tmp_path, **content)


@pytest.mark.parametrize("text", ["", "[1]", "{", "[" * 100_000, "nul"])
def test_what_is_no_object_is_refused(tmp_path, text):
    path = tmp_path / "dataset.json"
    path.write_text(text)
    with pytest.raises(UsageError, match=r"dataset\.json is "):
        read_dataset_json(path)
