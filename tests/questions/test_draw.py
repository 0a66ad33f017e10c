from collections import Counter, defaultdict
from dataclasses import replace
from fractions import Fraction

import pytest

from misground.anatomy import PLANES
from misground.questions import DrawSettings, cross, draw
from misground.questions.balance import Balance, option_order, scramble
from misground.questions.draw import modality_shares, paper_counts
from misground.questions.hints import name_hint


@pytest.fixture(scope="module")
def paper(plans):
    """The largest draw: all 33,864 questions from nine cases."""
    return draw(plans, DrawSettings(preset="paper"))


def asked(item):
    return (item.modality, item.dimension, item.plane, item.task, item.axis)


def test_the_paper_preset_has_exactly_33864_questions_for_any_number_of_cases():
    for cases in (0, 1, 11, 12, 209, 1_160, 1_164, 1_437, 100_000):
        directions, relations = paper_counts(cases)
        assert 2 * directions + 24 * relations == 33_864
        assert directions % 12 == 0
        assert directions <= min(cases, 1_164)
        assert cases - directions < 12 or directions == 1_164


def test_paper_draws_that_many(paper):
    assert sum(24 if item.is_relation else 2 for item in paper) == 33_864


def test_signs_directions_and_places_are_balanced_to_within_one(paper):
    counts = [defaultdict(Counter) for _ in range(3)]
    for item in paper:
        counts[0][asked(item)][item.sign] += 1
        if item.dimension == "3d":
            counts[1][asked(item), item.sign][item.stack_reversed] += 1
        counts[2][asked(item), item.sign, item.stack_reversed][item.option_order] += 1
    for table, values in zip(counts, (2, 2, 2), strict=True):
        for cell in table.values():
            levels = [*cell.values(), *[0] * (values - len(cell))]
            assert max(levels) - min(levels) <= 1


def test_relation_items_are_spread_evenly_over_strata_and_cases(paper):
    strata = Counter(asked(item) for item in paper)
    assert len(strata) == 15
    assert max(strata.values()) - min(strata.values()) <= 1
    cases = Counter(item.case_id for item in paper)
    assert len(cases) == 9
    assert max(cases.values()) < 2 * min(cases.values())


def test_direction_words_point_the_right_and_the_wrong_way_equally_often(paper):
    tally = Counter()
    for item in paper:
        hint = name_hint(item.structure_a.replace("_", " "), item.structure_b.replace("_", " "), item.axis)
        tally[item.task, item.axis] += hint.guess * item.sign
    assert sum(item.name_hint == "one" for item in paper) > 10
    assert max(map(abs, tally.values())) <= 1


def test_no_fact_is_drawn_twice(paper):
    assert len({item.item_id for item in paper}) == len(paper)


def test_the_order_of_the_cases_does_not_matter_and_the_seed_does(plans):
    settings = DrawSettings(preset="paper", max_questions=1_000)
    assert draw(plans, settings) == draw(plans[::-1], settings)
    other = draw(plans, replace(settings, seed=1))
    assert [i.item_id for i in other] != [i.item_id for i in draw(plans, settings)]


def test_mini_has_one_item_for_each_relation_and_two_small_ones_for_each_plane(plans):
    items = draw(plans, DrawSettings(preset="mini"))
    kinds = Counter((i.dimension, i.plane, i.task) for i in items)
    assert kinds == Counter(
        [("2d", plane, "in_plane") for plane in PLANES]
        + [
            ("3d", plane, task)
            for plane in PLANES
            for task in ("in_plane", "cross_slice", "slice_direction", "stack_order")
        ]
    )
    assert {i.sign for i in items if i.is_relation} == {1, -1}
    assert {i.stack_reversed for i in items if i.dimension == "3d"} == {True, False}
    assert {i.axis for i in items if i.task == "in_plane"} == {"x", "y", "z"}


def test_first_views_are_used_before_others(plans):
    items = draw(plans, DrawSettings(preset="paper", max_questions=15 * 24))
    planes = defaultdict(set)
    for item in items:
        planes[item.case_id, item.dimension].add(item.plane)
    assert all(len(used) <= (1 if dimension == "3d" else 2) for (_, dimension), used in planes.items())


@pytest.mark.parametrize("preset", ["mini", "paper", "pool"])
def test_bounds_hold_and_items_stay_whole(plans, preset):
    settings = DrawSettings(preset=preset, max_questions=500, per_case=100)
    items = draw(plans, settings)
    costs = Counter()
    for item in items:
        costs[item.case_id] += 24 if item.is_relation else 2
    assert max(costs.values()) <= 100
    assert 100 < sum(costs.values()) <= 500


@pytest.fixture(scope="module")
def both(plans):
    """Nine cases of which four count as MRI, in an order of ids that keeps the modalities apart."""
    return [
        replace(p, facts=replace(p.facts, case_id=f"a{p.facts.case_id}", modality="mri")) for p in plans[:4]
    ] + plans[4:]


@pytest.mark.parametrize("settings", [
    DrawSettings("mini", max_questions=200),
    DrawSettings("paper", max_questions=720),
    DrawSettings("pool", max_questions=600),
    DrawSettings("pool", max_questions=1_200, per_case=150, seed=3),
])  # fmt: skip
def test_a_bounded_draw_still_holds_every_part(both, settings):
    items = draw(both, settings)
    for modality in ("ct", "mri"):
        own = [i for i in items if i.modality == modality]
        assert {i.plane for i in own} == set(PLANES)
        assert {i.dimension for i in own} == {"2d", "3d"}
        assert {i.task for i in own} >= {"in_plane", "cross_slice", "slice_direction"}


@pytest.mark.parametrize("cases", range(1, 10))
@pytest.mark.parametrize("per_case", [50, 52, 54, None])
def test_planes_of_the_small_items_are_balanced_in_a_bounded_pool(both, cases, per_case):
    items = draw(both[:cases], DrawSettings("pool", per_case=per_case))
    planes = defaultdict(Counter)
    for item in items:
        if not item.is_relation:
            planes[item.modality, item.task][item.plane] += 1
    assert planes
    for counts in planes.values():
        used = [counts[plane] for plane in PLANES]
        assert max(used) - min(used) <= 1


def test_a_bounded_pool_is_stratified(both):
    items = draw(both, DrawSettings("pool", max_questions=1_500))
    for modality in ("ct", "mri"):
        strata = Counter(asked(i) for i in items if i.is_relation and i.modality == modality)
        assert len(strata) == 15
        assert max(strata.values()) - min(strata.values()) <= 1


def test_pool_gives_each_ct_case_up_to_2757_questions(plans):
    per_case = Counter()
    for item in draw(plans, DrawSettings(preset="pool")):
        per_case[item.case_id] += 24 if item.is_relation else 2
    assert all(count == 114 * 24 + 6 * 2 for count in per_case.values())


def test_lay_terms_add_nine_questions_to_a_relation_item(plans):
    item = next(i for i in draw(plans, DrawSettings()) if i.is_relation)
    names = {key: key for key in (item.structure_a, item.structure_b)}
    assert len(cross(item, names)) == 24
    assert len(cross(item, names, lay=True)) == 33


def test_balance_counts_through_nested_levels():
    balance = Balance()
    drawn = [balance.next("s", (2, 3), offset=5) for _ in range(12)]
    assert Counter(drawn) == Counter({(a, b): 2 for a in range(2) for b in range(3)})


def test_option_orders_put_the_right_one_at_its_place():
    for options in (2, 3):
        for place in range(options):
            for variant in range(2):
                order = option_order(place, options, variant)
                assert order.index(0) == place
                assert sorted(order) == list(range(options))


def test_scrambled_numbers_are_pinned():
    assert scramble(0, 2).tolist() == [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4]


def test_paper_shares_the_questions_as_the_cases_but_at_least_a_tenth_each():
    assert modality_shares({"ct": 3, "mri": 1}) == {"ct": Fraction(3, 4), "mri": Fraction(1, 4)}
    assert modality_shares({"ct": 97, "mri": 3}) == {"ct": Fraction(9, 10), "mri": Fraction(1, 10)}
    assert modality_shares({"ct": 1}) == {"ct": 1}


@pytest.mark.parametrize("limit", [None, 3_000])
def test_paper_draws_in_proportion_to_the_cases_of_each_modality(both, limit):
    cost = Counter()
    for item in draw(both, DrawSettings("paper", max_questions=limit)):
        cost[item.modality] += 24 if item.is_relation else 2
    assert abs(cost["mri"] - cost.total() * 4 / 9) <= 24
    assert limit or cost.total() == 33_864


@pytest.fixture(scope="module")
def knees(plans):
    """Nine cases as knees, of which five are left ones."""
    return [
        replace(p, facts=replace(p.facts, modality="mri", side="left" if i % 2 == 0 else "right"))
        for i, p in enumerate(plans)
    ]


@pytest.mark.parametrize("preset", ["paper", "pool"])
def test_in_a_knee_the_words_medial_and_lateral_are_balanced(knees, preset):
    sides = {p.facts.case_id: p.facts.side for p in knees}
    words, nested = defaultdict(Counter), defaultdict(Counter)
    for item in draw(knees, DrawSettings(preset, max_questions=12_000)):
        if item.axis == "x" and item.is_relation:
            word = item.sign * (1 if sides[item.case_id] == "right" else -1)
            words[asked(item)][word] += 1
            nested[asked(item), word, item.stack_reversed][item.option_order] += 1
    assert len(words) == 5
    assert all(abs(count[1] - count[-1]) <= 1 for count in words.values())
    assert all(max(c.values()) - min(c.values()) <= 1 for c in nested.values() if len(c) == 2)


def test_knees_and_torsos_of_one_modality_are_balanced_apart(knees, plans):
    torsos = [
        replace(p, facts=replace(p.facts, modality="mri", case_id=f"t{p.facts.case_id}")) for p in plans
    ]
    sides = {p.facts.case_id: p.facts.side for p in knees}
    words = defaultdict(Counter)
    for item in draw(knees + torsos, DrawSettings("paper", max_questions=9_000)):
        if item.axis == "x" and item.is_relation:
            side = sides.get(item.case_id)
            words[asked(item), side is None][-item.sign if side == "left" else item.sign] += 1
    assert len(words) == 10
    assert all(abs(count[1] - count[-1]) <= 1 for count in words.values())


def test_the_ends_of_a_knee_s_stack_are_balanced_in_direction_and_nearly_in_word(knees):
    sides = {p.facts.case_id: p.facts.side for p in knees}
    for cases in range(1, 10):
        items = [i for i in draw(knees[:cases], DrawSettings("pool")) if i.task == "stack_order"]
        sagittal = [i for i in items if i.plane == "sagittal"]
        assert abs(sum(i.sign for i in sagittal)) <= 1
        assert abs(sum(i.sign * (1 if sides[i.case_id] == "right" else -1) for i in sagittal)) <= 2
