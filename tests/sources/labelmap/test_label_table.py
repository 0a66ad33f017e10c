import pytest

from misground.anatomy import UNPAIRED, structure_table
from misground.errors import UsageError
from misground.sources.labelmap.label_table import read_label_table


def read(table, *lines, region="torso"):
    return read_label_table(table("labels.csv", *lines), region)


def fault(table, *lines):
    with pytest.raises(UsageError) as error:
        read(table, *lines)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_known_keys_mean_the_structures_of_the_table(table):
    found = read(table, "value,structure", "1,liver", "2,spleen", "9,")
    known = structure_table().structures
    assert found.structures == {1: known["liver"], 2: known["spleen"]}
    assert found.ignored == {9}


def test_several_values_may_name_one_structure(table):
    found = read(table, "value;structure", "1;vertebrae", "2;vertebrae")
    assert found.structures[1] == found.structures[2]


def test_a_new_key_is_declared_by_its_name(table):
    found = read(
        table,
        "value,structure,name,side,pair,lay_name",
        "1,ulna_left,left ulna,left,ulna_right,left forearm bone",
        "2,ulna_right,right ulna,right,ulna_left,",
        "3,navel,navel,,,",
        "4,stoma,stoma,left,,",
        region="knee",
    )
    left = found.structures[1]
    assert (left.key, left.name, left.side, left.pair, left.lay_name, left.region, left.extension) == (
        *("ulna_left", "left ulna", "left", "ulna_right", "left forearm bone", "knee", True),
    )
    assert (found.structures[3].side, found.structures[3].pair) == (None, None)
    assert found.structures[4].pair == UNPAIRED


def test_a_declared_key_needs_its_name_in_one_line_alone(table):
    found = read(table, "value,structure,name", "1,disc,", "2,disc,disc", "3,disc,disc")
    assert {structure.name for structure in found.structures.values()} == {"disc"}


def test_a_known_key_may_repeat_what_the_table_says(table):
    found = read(table, "value,structure,name,side,pair", "1,kidney_left,left kidney,left,kidney_right")
    assert found.structures[1] == structure_table().structures["kidney_left"]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["value,key"], "labels.csv, line 1: missing column structure, found value, key"),
        (
            ["value,structure,colour"],
            "labels.csv, line 1: unknown column colour, "
            "expected value, structure, name, side, pair, lay_name",
        ),
        (
            ["value,structure", "1,liver", "1,spleen"],
            "labels.csv, line 3: value 1 is given twice, expected once",
        ),
        (
            ["value,structure", "1.5,liver"],
            "labels.csv, line 2: value is '1.5', expected a whole number from 1 to 65535",
        ),
        (
            ["value,structure", "0,liver"],
            "labels.csv, line 2: value is '0', expected a whole number from 1 to 65535",
        ),
        (
            ["value,structure", "-1,liver"],
            "labels.csv, line 2: value is '-1', expected a whole number from 1 to 65535",
        ),
        (
            ["value,structure", "²,liver"],
            "labels.csv, line 2: value is '²', expected a whole number from 1 to 65535",
        ),
        (
            ["value,structure", "70000,liver"],
            "labels.csv, line 2: value is '70000', expected a whole number from 1 to 65535",
        ),
        (
            ["value,structure", "1,liver", "2,livver"],
            "labels.csv, line 3: not in the structure table: 'livver'; expected a key from "
            "docs/structures.md, a name to declare a new structure, or no structure to ignore the value",
        ),
        (
            ["value,structure", "1,liver", "2,livver", "3,brain"],
            "labels.csv, line 3: not in the structure table: 'livver', 'brain'; expected a key from "
            "docs/structures.md, a name to declare a new structure, or no structure to ignore the value",
        ),
        (
            ["value,structure,name", "1,Left Ulna,left ulna"],
            "labels.csv, line 2: structure 'Left Ulna', expected lower-case letters, digits and _, "
            "starting with a letter",
        ),
        (
            ["value,structure,name", "1,liver,big liver"],
            "labels.csv, line 2: 'liver' is in the structure table as 'liver', "
            "expected no different name, side, pair or lay_name",
        ),
        (
            ["value,structure,name", "1,disc,disc", "2,disc,discs"],
            "labels.csv, line 3: name of 'disc' is 'discs', but 'disc' in an earlier line",
        ),
        (
            ["value,structure,name,side", "1,ulna,ulna,up"],
            "labels.csv, line 2: side is 'up', expected left, right, medial, lateral or empty",
        ),
        (
            ["value,structure,name,pair", "1,ulna,ulna,radius"],
            "labels.csv, line 2: 'ulna' has a pair but no side, expected both or neither",
        ),
        (
            ["value,structure,name,side,pair", "1,ulna_left,left ulna,left,ulna_right"],
            "labels.csv, line 2: pair of 'ulna_left' is 'ulna_right', "
            "expected a structure of side right whose pair is 'ulna_left'",
        ),
        (
            ["value,structure,name,side,pair", "1,a,left a,left,b", "2,b,left b,left,a"],
            "labels.csv, line 2: pair of 'a' is 'b', expected a structure of side right whose pair is 'a'",
        ),
        (
            ["value,structure,name", "1,liver,", "2,hepar,Liver"],
            "labels.csv, line 3: 'hepar' and 'liver' have the same name 'Liver'",
        ),
        (["value,structure"], "labels.csv has no structure, expected at least one line with a structure"),
        (
            ["value,structure", "1,"],
            "labels.csv has no structure, expected at least one line with a structure",
        ),
    ],
)
def test_a_faulty_table_is_a_wrong_call_that_names_file_and_line(table, lines, message):
    assert fault(table, *lines) == message
