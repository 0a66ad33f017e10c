"""The usual forms of structures' names."""

import pytest

from misground.anatomy import name_forms, sideless, structure_table


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("left adrenal gland", "left adrenal"),
        ("left iliopsoas muscle", "left iliopsoas"),
        ("left hip bone", "left hip"),
        ("left upper lung lobe", "left upper lobe"),
        ("right lower lung lobe", "lower lobe of the right lung"),
        ("thyroid gland", "thyroid"),
        ("aorta", "descending aorta"),
        ("femur", "distal femur"),
        ("inferior vena cava", "IVC"),
        ("vertebrae", "l3"),
        ("vertebrae", "third lumbar vertebra"),
        ("right kidney", "r kidney"),
        ("left gluteus medius", "left gluteus medius muscle"),
    ],
)
def test_a_usual_form_is_among_the_forms(name: str, form: str) -> None:
    assert form in name_forms(name)


@pytest.mark.parametrize("structure", structure_table().structures.values(), ids=lambda s: s.key)
def test_a_name_comes_first_and_no_form_is_given_twice(structure) -> None:
    forms = name_forms(structure.name)
    assert forms[0] == structure.name
    assert len(set(forms)) == len(forms)


def test_no_two_structures_of_a_region_share_a_form() -> None:
    for region in ("torso", "knee"):
        of = {s.key: name_forms(s.name) for s in structure_table().structures.values() if s.region == region}
        every = [form.lower() for forms in of.values() for form in forms]
        assert len(set(every)) == len(every)


def test_the_benchmark_structures_have_synonyms_where_people_use_them() -> None:
    without = {s.key for s in structure_table().structures.values() if not s.synonyms and not s.extension}
    assert without == {"spleen", "duodenum", "kidney_left", "kidney_right", "stomach", "pancreas"}


def test_a_name_without_its_side_is_a_form_apart() -> None:
    assert sideless("left kidney") == ("kidney",)
    assert sideless("liver") == ()
    assert "kidney" not in name_forms("left kidney")


def test_a_name_that_is_not_in_the_table_has_the_forms_of_its_words() -> None:
    assert "left parotid" in name_forms("left parotid gland")
