"""The table of phantoms: what it says, and that it is what its command makes."""

import pytest

from misground.anatomy import load_relations, structure_table
from misground.errors import WorkError
from misground.prior import make
from misground.prior.positions import (
    PHANTOMS,
    SEED,
    Lean,
    Position,
    lean,
    parse_positions,
    positions_text,
    shipped_positions,
)
from misground.sources import list_cases
from misground.volumes import load_case

TABLE = {
    "liver": Position("torso", 20, (60.0, 30.0, 10.0)),
    "spleen": Position("torso", 20, (-80.0, 20.1, 20.0)),
    "patella": Position("knee", 20, (4.0, 40.0, 15.0)),
    "tibia": Position("knee", 20, (0.5, -10.0, -40.0)),
    "fibula": Position("knee", 20, (35.0, -30.0, -50.0)),
}


def test_structures_lean_to_where_their_mean_places_differ() -> None:
    assert lean(TABLE, "liver", "spleen", "x") == Lean("right", 140.0)
    assert lean(TABLE, "spleen", "liver", "x") == Lean("left", 140.0)
    assert lean(TABLE, "spleen", "liver", "z") == Lean("superior", 10.0)


def test_a_knee_leans_to_medial_and_lateral() -> None:
    assert lean(TABLE, "fibula", "tibia", "x") == Lean("lateral", 34.5)
    assert lean(TABLE, "patella", "fibula", "x") == Lean("medial", 31.0)
    assert lean(TABLE, "fibula", "tibia", "z") == Lean("inferior", 10.0)


@pytest.mark.parametrize(
    ("a", "b", "axis"),
    [
        ("liver", "spleen", "y"),
        ("liver", "heart", "z"),
        ("liver", "patella", "z"),
        ("unheard_of", "liver", "x"),
    ],
)
def test_no_lean_without_a_clear_difference_in_one_region(a: str, b: str, axis: str) -> None:
    assert lean(TABLE, a, b, axis) is None  # type: ignore[arg-type]


def test_a_knee_differs_clearly_from_three_millimetres() -> None:
    assert lean(TABLE, "patella", "tibia", "x") == Lean("lateral", 3.5)


def test_the_shipped_table_has_every_structure_of_the_benchmark() -> None:
    wanted = {key for key, s in structure_table().structures.items() if not s.extension}
    assert set(shipped_positions()) == wanted
    assert all(1 <= position.phantoms <= PHANTOMS for position in shipped_positions().values())


def test_the_shipped_table_agrees_with_plain_anatomy() -> None:
    positions = shipped_positions()
    words = {("x", 1): {"right", "lateral"}, ("y", 1): {"anterior"}, ("z", 1): {"superior"},
             ("x", -1): {"left", "medial"}, ("y", -1): {"posterior"}, ("z", -1): {"inferior"}}  # fmt: skip
    told = [(r, lean(positions, r.structure_a, r.structure_b, r.axis)) for r in load_relations()]
    wrong = [r for r, found in told if found is not None and found.word not in words[r.axis, r.sign]]
    assert wrong == []
    assert sum(found is not None for _, found in told) >= 100


def test_the_shipped_knees_are_made_by_the_command_to_the_byte() -> None:
    refs = list_cases(f"phantom:knee?n={PHANTOMS}&seed={SEED}").refs
    lines = make.rows("knee", (make.centroids(load_case(ref)) for ref in refs))
    assert lines == [line for line in positions_text().splitlines() if line.startswith("knee,")]


def test_the_shipped_torsos_lie_about_where_one_of_them_does() -> None:
    (ref,) = list_cases(f"phantom:torso?n=1&seed={SEED}").refs
    for key, place in make.centroids(load_case(ref)).items():
        assert place == pytest.approx(shipped_positions()[key].mm, abs=40)


def test_a_left_knee_counts_in_the_mirror() -> None:
    right, left = (make.centroids(load_case(ref)) for ref in list_cases("phantom:knee?n=2").refs)
    assert right["fibula"][0] > 20
    assert left["fibula"][0] > 20


def test_means_are_over_the_bodies_that_have_a_structure() -> None:
    bodies = [{"liver": (1.0, 2.0, 3.0), "spleen": (-0.01, 0.0, 1.0)}, {"liver": (2.0, 2.0, 4.06)}]
    assert make.rows("torso", bodies) == ["torso,spleen,1,0.0,0.0,1.0", "torso,liver,2,1.5,2.0,3.5"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("structure,x\n", "has the columns .*expected region, structure"),
        ("region,structure,phantoms,x_mm,y_mm,z_mm\ntorso,liver,20,1,2,far\n", "line 2 does not parse"),
        ("region,structure,phantoms,x_mm,y_mm,z_mm\nhead,eye,20,1,2,3\n", "line 2 does not parse"),
    ],
)
def test_a_table_of_another_form_is_refused_in_one_line(text: str, message: str) -> None:
    with pytest.raises(WorkError, match=message):
        parse_positions(text)
