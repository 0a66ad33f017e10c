from dataclasses import replace

from misground.benchmark.building.notes import build_notes
from misground.benchmark.building.plans import StoredPlan, load_plan, save_plan
from misground.benchmark.settings import BuildSettings
from misground.questions import Item

ITEM = Item(
    case_id="knee", modality="mri", knee_side="right", dimension="2d", plane="axial", task="in_plane",
    axis="x", slices=(7,), stack_reversed=None, option_order=(1, 0), sign=1,
    structure_a="fibula", structure_b="tibia", p_a_greater=1.0, delta_mm=80.0,
)  # fmt: skip
PLAN = StoredPlan(plan=None)


def notes(settings=None, plans=None, items=(), questions=33_864):
    return list(build_notes(settings or BuildSettings(), plans or {}, items, questions))


def test_nothing_is_noted_where_nothing_is_odd():
    assert notes() == []


def test_cases_that_were_kept_against_the_body_are_named():
    plans = {"a": PLAN, "b": replace(PLAN, contradiction="looks mirrored along x")}
    assert [n.split(":")[0] for n in notes(plans=plans)] == ["CONTRADICTING CASES KEPT (1"]


def test_a_paper_preset_that_falls_short_says_by_how_much_and_on_how_few_cases():
    found = notes(BuildSettings(preset="paper"), items=[ITEM], questions=11_160)
    assert found[0].startswith("11,160 questions instead of the paper's 33,864")
    assert found[1].startswith("only 1 cases")


def test_an_axis_on_which_one_structure_is_in_most_items_is_named():
    items = [replace(ITEM, structure_b=other) for other in ("tibia", "femur", "patella", "medial_meniscus")]
    assert notes(items=items) == [
        "4 of 4 mri items along medial-lateral name fibula: "
        "knowing where it usually lies answers them without a picture"
    ]
    assert notes(items=items[:3]) == []


def test_a_kept_contradiction_survives_on_disk(tmp_path):
    stored = replace(PLAN, reason="skipped", contradiction="looks mirrored along x")
    save_plan(stored, "key", tmp_path / "plan.npz")
    assert load_plan(tmp_path / "plan.npz", "key") == stored
    assert load_plan(tmp_path / "plan.npz", "another key") is None
    (tmp_path / "plan.npz").write_bytes(b"damaged")
    assert load_plan(tmp_path / "plan.npz", "key") is None


def test_what_readers_left_out_is_named_and_survives_on_disk(tmp_path):
    note = "left out of the DICOM folder: 1 of localizer (such as 'LOC.dcm')"
    plans = {name: replace(PLAN, notes=(note,)) for name in "abcd"} | {"e": PLAN}
    (found,) = notes(plans=plans)
    assert found.startswith(f"4 cases have notes of their readers (a: {note}; b: ")
    assert found.endswith("; and 1 more)")
    save_plan(replace(plans["a"], reason="x"), "key", tmp_path / "plan.npz")
    assert load_plan(tmp_path / "plan.npz", "key").notes == (note,)
