from importlib.resources import files

import pytest

from misground.anatomy import LABEL_SETS, UNPAIRED, StructureTable, parse_structures, structure_table

TEXT = (files("misground.anatomy") / "data" / "structures.csv").read_text(encoding="utf-8")
OPPOSITE = {"left": "right", "right": "left", "medial": "lateral", "lateral": "medial"}


def edited(row_key: str, **cells: str) -> str:
    """The shipped table with some cells of one row replaced."""
    header, *rows = TEXT.splitlines()
    columns = header.split(",")
    lines = [header]
    for row in rows:
        values = dict(zip(columns, row.split(","), strict=True))
        if values["key"] == row_key:
            values |= cells
        lines.append(",".join(values.values()))
    assert lines != [header, *rows], f"nothing was edited: {row_key}, {cells}"
    return "\n".join(lines)


def without(key: str) -> str:
    return "\n".join(line for line in TEXT.splitlines() if not line.startswith(key + ","))


@pytest.fixture(scope="module")
def table() -> StructureTable:
    return structure_table()


def test_the_benchmark_has_67_structures_of_ct_and_10_of_the_knee(table: StructureTable):
    benchmarks = [s.benchmark for s in table.structures.values()]
    assert benchmarks.count("ct") == 67
    assert benchmarks.count("mri") == 10
    assert {s.region for s in table.structures.values() if s.benchmark == "mri"} == {"knee"}
    assert {s.region for s in table.structures.values() if s.benchmark == "ct"} == {"torso"}


def test_only_structures_outside_the_benchmark_are_extensions(table: StructureTable):
    extensions = {s.key for s in table.structures.values() if s.extension}
    assert extensions == {"lung_left", "lung_right", "intervertebral_discs"}


def test_twins_differ_in_their_side_alone(table: StructureTable):
    for structure in table.structures.values():
        if structure.pair not in (None, UNPAIRED):
            twin = table.structures[structure.pair]
            assert twin.pair == structure.key
            assert twin.name == structure.name.replace(str(structure.side), OPPOSITE[str(structure.side)])
            assert (twin.region, twin.benchmark, twin.snomed_ct) == (
                structure.region,
                structure.benchmark,
                structure.snomed_ct,
            )


def test_every_key_that_ends_in_a_side_has_that_side(table: StructureTable):
    for key, structure in table.structures.items():
        if key.endswith(("_left", "_right")):
            assert structure.side == key.rsplit("_", 1)[1]


def test_unpaired_lateral_structures_are_named(table: StructureTable):
    unpaired = {s.key for s in table.structures.values() if s.pair == UNPAIRED}
    assert unpaired == {"lung_middle_lobe_right", "atrial_appendage_left"}


def test_snomed_laterality_agrees_with_the_side(table: StructureTable):
    modifier = {"left": "7771000", "right": "24028007"}
    for structure in table.structures.values():
        if structure.snomed_ct_laterality is not None:
            assert structure.snomed_ct_laterality == modifier[str(structure.side)]
        elif structure.pair not in (None, UNPAIRED):
            # Twins share a concept, so that without the modifier the code would mean either.
            assert structure.snomed_ct is None, structure.key


def test_every_label_set_maps_values_to_structures_of_one_region(table: StructureTable):
    for name in LABEL_SETS:
        structures = table.label_set(name)
        assert structures, name
        assert 0 not in structures
        assert len({s.region for s in structures.values()}) == 1


def test_a_range_of_label_values_is_one_structure(table: StructureTable):
    total = table.label_set("total")
    assert {total[value].key for value in range(26, 51)} == {"vertebrae"}
    assert total[25].key == "sacrum"
    assert total[51].key == "heart"


def test_the_oai_labels_are_those_of_the_data_sets_they_name(table: StructureTable):
    assert [s.key for _, s in sorted(table.label_set("oai").items())] == [
        "femoral_cartilage",
        "medial_tibial_cartilage",
        "lateral_tibial_cartilage",
        "patellar_cartilage",
        "femur",
        "tibia",
        "patella",
        "fibula",
        "lateral_meniscus",
        "medial_meniscus",
    ]
    assert {v: s.key for v, s in table.label_set("oai_zib").items()} == {
        1: "femur",
        2: "femoral_cartilage",
        3: "tibia",
    }
    assert {v: s.key for v, s in table.label_set("oaizib_cm").items()} == {
        1: "femur",
        2: "femoral_cartilage",
        3: "tibia",
        4: "medial_tibial_cartilage",
        5: "lateral_tibial_cartilage",
    }


def test_rank_follows_the_table_and_puts_declared_structures_last(table: StructureTable):
    keys = ["zygoma", "heart", "appendix", "spleen", "femur"]
    assert sorted(keys, key=table.rank) == ["spleen", "heart", "femur", "appendix", "zygoma"]


def test_the_table_is_read_once():
    assert structure_table() is structure_table()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (without("liver"), "66 structures of ct, expected 67"),
        (without("tibia"), "9 structures of mri, expected 10"),
        (edited("liver", benchmark="extension"), "66 structures of ct, expected 67"),
        (edited("liver", key="spleen"), "key 'spleen' is used 2 times"),
        (edited("liver", name="spleen"), "name 'spleen' is used 2 times"),
        (edited("liver", total="1"), "label set total: value 1 is used 2 times"),
        (edited("liver", total_v1="20-22"), "label set total_v1: value 20 is used 2 times"),
        (edited("kidney_left", pair=""), "kidney_left: a side requires a pair or 'unpaired'"),
        (edited("liver", pair="spleen"), "liver: a side requires a pair or 'unpaired'"),
        (
            edited("kidney_left", pair="liver"),
            "kidney_left: 'liver' is not its counterpart on the other side",
        ),
        (
            edited("kidney_left", pair="nothing"),
            "kidney_left: 'nothing' is not its counterpart on the other side",
        ),
        (
            edited("kidney_left", side="right"),
            "kidney_left: 'kidney_right' is not its counterpart",
        ),
    ],
)
def test_a_fault_of_the_table_is_named(text: str, fault: str):
    with pytest.raises(ValueError, match=r"^structure table: ") as raised:
        parse_structures(text)
    assert fault in str(raised.value)


def test_all_faults_are_named_at_once():
    with pytest.raises(ValueError, match="66 structures of ct") as raised:
        parse_structures(edited("liver", benchmark="extension", total="1"))
    assert "value 1 is used 2 times" in str(raised.value)


def test_two_regions_may_share_a_name():
    knee_femur = structure_table().structures["femur"]
    renamed = parse_structures(edited("liver", name=knee_femur.name))
    assert renamed.structures["liver"].name == knee_femur.name
