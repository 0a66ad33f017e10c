from importlib.resources import files

import pytest

from misground.anatomy import UNPAIRED, structure_table
from misground.anatomy.relations import Relation, load_relations, parse_relations

TEXT = (files("misground.anatomy") / "data" / "relations.csv").read_text(encoding="utf-8")


def added(*rows: str) -> str:
    return TEXT + "\n".join(rows)


def find(a: str, axis: str, b: str) -> Relation:
    (found,) = [r for r in load_relations() if (r.structure_a, r.axis, r.structure_b) == (a, axis, b)]
    return found


@pytest.mark.parametrize("region", ["torso", "knee"])
@pytest.mark.parametrize("axis", ["x", "y", "z"])
def test_each_region_has_many_relations_along_each_axis(region: str, axis: str):
    assert sum((r.region, r.axis) == (region, axis) for r in load_relations()) > 20


def test_every_structure_is_in_a_relation():
    named = {key for r in load_relations() for key in (r.structure_a, r.structure_b)}
    assert named == structure_table().structures.keys()


def test_left_stands_left_of_right_and_medial_medially_of_lateral_for_every_pair_of_twins():
    relations = {(r.structure_a, r.structure_b): r.sign for r in load_relations() if r.axis == "x"}
    pairs = 0
    for s in structure_table().structures.values():
        if s.pair not in (None, UNPAIRED) and s.side in ("left", "medial"):
            assert relations.get((s.key, s.pair)) == -1 or relations.get((s.pair, s.key)) == 1, s.key
            pairs += 1
    assert pairs == 23


@pytest.mark.parametrize(
    ("a", "axis", "sign", "b"),
    [
        ("liver", "x", 1, "spleen"),
        ("aorta", "x", -1, "inferior_vena_cava"),
        ("sternum", "y", 1, "vertebrae"),
        ("heart", "z", 1, "urinary_bladder"),
        ("kidney_left", "y", 1, "autochthon_left"),
        ("fibula", "x", 1, "tibia"),
        ("patella", "y", 1, "femur"),
        ("femur", "z", 1, "tibia"),
    ],
)
def test_well_known_relations_point_the_right_way(a: str, axis: str, sign: int, b: str):
    assert find(a, axis, b).sign == sign


def test_vessels_that_wander_are_less_sure_than_bones():
    bones = find("hip_left", "x", "hip_right").sureness
    for vessel in ("brachiocephalic_vein", "common_carotid_artery", "iliac_artery", "iliac_vena"):
        assert find(f"{vessel}_left", "x", f"{vessel}_right").sureness < 0.995 < bones


def test_a_star_stands_for_both_sides_in_turn():
    table = structure_table()
    rows = [line for line in TEXT.splitlines()[1:] if ",x," in line]
    starred = ["torso,kidney_*,y,+,autochthon_*,0.9,", "torso,liver,z,-,lung_*,0.9,"]
    text = "\n".join([TEXT.splitlines()[0], *rows, *starred])
    *_, first, second, third, fourth = parse_relations(text, table)
    assert first == Relation("torso", "kidney_left", "y", 1, "autochthon_left", 0.9)
    assert second == Relation("torso", "kidney_right", "y", 1, "autochthon_right", 0.9)
    assert (third.structure_a, third.sign, third.structure_b) == ("liver", -1, "lung_left")
    assert (fourth.structure_a, fourth.sign, fourth.structure_b) == ("liver", -1, "lung_right")


def test_log_odds_weigh_by_sureness():
    assert Relation("torso", "liver", "x", 1, "spleen", 0.9).log_odds == pytest.approx(2.1972245773)
    assert Relation("torso", "liver", "x", 1, "spleen", 0.999).log_odds == pytest.approx(6.9067547786)


def test_the_relations_are_read_once_and_in_the_files_order():
    assert load_relations() is load_relations()
    assert parse_relations(TEXT, structure_table()) == load_relations()


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("torso,liver,z,+,gizzard,0.99,", "unknown structure 'gizzard'"),
        ("torso,gizzard_*,z,+,liver,0.99,", "unknown structure 'gizzard_left'"),
        ("torso,liver,z,+,tibia,0.99,", "tibia is not a structure of the torso"),
        ("torso,liver,y,+,sacrum,1,", "sureness 1.0 of liver, sacrum is outside (0.5, 1)"),
        ("torso,liver,y,+,sacrum,0.5,", "sureness 0.5 of liver, sacrum is outside (0.5, 1)"),
        ("torso,liver,y,+,sacrum,nan,", "sureness nan of liver, sacrum is outside (0.5, 1)"),
        ("torso,liver,x,+,spleen,0.99,", "liver, spleen is given twice along x"),
        ("torso,spleen,x,-,liver,0.99,", "spleen, liver is given twice along x"),
        ("torso,spleen,x,+,liver,0.99,", "spleen, liver is given twice along x"),
        ("torso,urinary_bladder,z,+,thyroid_gland,0.99,", "torso z is cyclic"),
        ("torso,liver,z,+,liver,0.99,", "torso z is cyclic"),
        ("torso,liver,w,+,spleen,0.99,", "cannot be parsed"),
        ("head,liver,z,+,spleen,0.99,", "cannot be parsed"),
        ("torso,liver,z,>,spleen,0.99,", "cannot be parsed"),
        ("torso,liver,z,+,spleen,sure,", "cannot be parsed"),
        ("torso,liver,z", "cannot be parsed"),
    ],
)
def test_a_fault_of_the_table_is_named(row: str, fault: str):
    with pytest.raises(ValueError, match=r"^relation table: ") as raised:
        parse_relations(added(row), structure_table())
    assert fault in str(raised.value)


def test_a_row_that_does_not_parse_is_named_by_its_line():
    with pytest.raises(ValueError, match=f"line {len(TEXT.splitlines()) + 1} cannot be parsed"):
        parse_relations(added("nonsense"), structure_table())


def test_twins_without_a_relation_are_a_fault():
    text = "\n".join(
        line for line in TEXT.splitlines() if not line.startswith("torso,hip_left,x,-,hip_right")
    )
    with pytest.raises(ValueError, match="no relation of hip_left to hip_right along x"):
        parse_relations(text, structure_table())


def test_twins_that_stand_the_wrong_way_are_a_fault():
    text = TEXT.replace("torso,hip_left,x,-,hip_right", "torso,hip_left,x,+,hip_right")
    with pytest.raises(ValueError, match="hip_left is on the wrong side of hip_right"):
        parse_relations(text, structure_table())
