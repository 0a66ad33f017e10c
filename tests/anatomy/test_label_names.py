import pytest

from misground.anatomy import structure_table
from misground.anatomy.codes import match_code
from misground.anatomy.label_names import best_region, match_name, match_names, parse_label_names
from misground.sources.label_sets import class_values

LEFT_KIDNEY = (
    "left_kidney", "kidney_left", "kidney_l", "L kidney", "lkidney", "LKidney", "kidneyL", "leftkidney",
    "Left-Kidney", "KIDNEY, LEFT", "kidney (left)", "Lt. kidney", "kidney_lt", "Kidney.L", "LK", "left renal",
)  # fmt: skip


@pytest.mark.parametrize("name", LEFT_KIDNEY)
def test_a_side_is_read_in_every_usual_spelling(name):
    assert match_name(name, "torso").keys == ("kidney_left",)


@pytest.mark.parametrize("key", list(structure_table().structures))
def test_each_structure_is_found_by_its_key_and_its_name(key):
    structure = structure_table().structures[key]
    assert match_name(key, structure.region).key == key
    assert match_name(structure.name.title(), structure.region).key == key


@pytest.mark.parametrize("task", ["total", "total_v1", "total_mr"])
def test_totalsegmentators_class_names_mean_what_its_numbers_mean(task):
    names = {value: name for name, value in class_values(task).items()}
    found = {value: match.key for value, match in match_names(names, "torso").items() if match.key}
    assert found == structure_table().labels[task]


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("kidney", ("kidney_left", "kidney_right")),
        ("Kidneys", ("kidney_left", "kidney_right")),
        ("left and right kidney", ("kidney_left", "kidney_right")),
        ("lungs", ("lung_left", "lung_right")),
        ("vena cava", ("superior_vena_cava", "inferior_vena_cava")),
        ("Intestine", ("small_bowel", "colon")),
        ("pelvis", ("hip_left", "hip_right", "sacrum")),
    ],
)
def test_a_name_that_leaves_a_choice_stays_ambiguous(name, keys):
    match = match_name(name, "torso")
    assert (match.status, match.keys, match.key) == ("ambiguous", keys, None)
    assert match.why


@pytest.mark.parametrize(
    "name",
    [
        "ascending aorta", "aortic arch", "head of femur left", "Femur_Head_L", "left liver", "renal pelvis",
        "liver tumor", "kidney cyst left", "prostate/uterus", "pulmonary artery", "portal vein", "left psoas",
        "atrial appendage", "right atrial appendage", "spleen left", "", "___", "rib", "label 7", "S1",
        "vertebrae body", "gallbladder wall", "thyroid cartilage", "Segment_1", "femur", "patella",
    ],
)  # fmt: skip
def test_a_part_or_a_foreign_name_is_never_matched_by_guess(name):
    assert match_name(name, "torso").key is None


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Lateral Meniscus", "lateral_meniscus"),
        ("meniscus_med", "medial_meniscus"),
        ("LatMeniscus", "lateral_meniscus"),
        ("Tibial cartilage (medial)", "medial_tibial_cartilage"),
        ("FemoralCartilage", "femoral_cartilage"),
        ("Left Femur", "femur"),
    ],
)
def test_names_of_the_knee(name, key):
    assert match_name(name, "knee").key == key


def test_left_and_right_in_a_knee_say_which_knee_it_is():
    assert match_name("femur_l", "knee").knee_side == "left"
    assert match_name("medial meniscus", "knee").knee_side is None
    assert match_name("tibial cartilage", "knee").status == "ambiguous"


def test_vertebrae_and_ribs_are_merged_from_their_numbers():
    names = {1: "vertebrae_L5", 2: "T12 vertebra", 3: "rib_left_1", 4: "RibR12", 5: "2nd rib right"}
    found = match_names(names, "torso")
    assert [match.key for match in found.values()] == [
        "vertebrae", "vertebrae", "ribs_left", "ribs_right", "ribs_right",
    ]  # fmt: skip


def test_bare_levels_are_vertebrae_only_in_company():
    assert match_names({1: "T1", 2: "T2"}, "torso")[1].key is None  # tumours, or sequences
    assert match_names({1: "T1", 2: "T2", 3: "L5"}, "torso")[1].key == "vertebrae"


def test_the_heart_is_the_union_of_its_parts_only_if_all_have_labels():
    parts = dict(enumerate(("LA", "RA", "LV", "RV", "Myo")))
    assert {match.key for match in match_names(parts, "torso").values()} == {"heart"}
    four = {1: "heart_atrium_left", 2: "heart_atrium_right", 3: "heart_ventricle_left", 4: "heart_myocardium"}
    missing = match_names(four, "torso")[1]
    assert missing.key is None
    assert "ventricle right" in missing.why


def test_the_region_with_more_names_wins():
    assert best_region({1: "liver", 2: "left kidney"}) == "torso"
    assert best_region({1: "femur", 2: "tibia"}) == "knee"
    assert best_region({1: "tumour"}) is None


def test_a_hostile_name_is_only_a_name():
    long = "kidney" * 1_000_000
    assert match_name(long, "torso").keys == ()
    assert match_name("\x1b[31mliver\x1b[0m", "torso").keys == ()


def test_a_table_with_a_name_twice_is_refused():
    text = "structure,names\nliver,liver; hepar\nspleen,spleen; Hepar\nno_such,thing\n"
    with pytest.raises(ValueError, match=r"'hepar' is .* twice.*'no_such'|'no_such'.*'hepar'") as caught:
        parse_label_names(text, structure_table())
    assert "kidney_left has no name" in str(caught.value)


@pytest.mark.parametrize(
    ("code", "laterality", "keys"),
    [
        ("64033007", "7771000", ("kidney_left",)),
        ("64033007", None, ("kidney_right", "kidney_left")),
        ("10200004", None, ("liver",)),
        ("10200004", "7771000", ()),
        ("4147007", None, ()),
    ],
)
def test_snomed_codes(code, laterality, keys):
    assert match_code(code, laterality, "torso") == keys


def test_every_code_of_the_table_means_its_structure():
    for key, structure in structure_table().structures.items():
        if structure.snomed_ct:
            found = match_code(structure.snomed_ct, structure.snomed_ct_laterality, structure.region)
            assert found == (key,)
