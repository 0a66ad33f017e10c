"""Which cases of a TotalSegmentator folder are used: splits and known-bad cases."""

import pytest

from misground.errors import UsageError, WorkError
from misground.sources import list_cases
from misground.sources.totalsegmentator import known_bad


def listing(tmp_path, options=""):
    return list_cases(f"totalsegmentator:{tmp_path}{options}")


class TestSplit:
    @pytest.fixture(autouse=True)
    def three_cases(self, case_folder):
        for name in ("s1", "s2", "s3"):
            case_folder(name=name, classes=("liver",))
        case_folder(name="s4")

    @pytest.mark.parametrize("separator", [";", ","])
    @pytest.mark.parametrize("mark", ["", "\ufeff"])
    def test_a_split_is_selected_by_meta_csv(self, tmp_path, table, separator, mark):
        lines = [["image_id", "age", "split"], ["s1", "5", "test"], ["s2", "6", "train"], ["s3", "7", "test"]]
        table("meta.csv", *(mark * (i == 0) + separator.join(cells) for i, cells in enumerate(lines)))
        found = listing(tmp_path, "?split=test")
        assert [ref.case_id for ref in found.refs] == ["s1", "s3"]
        assert found.skipped == ()
        assert found.notes == ("1 folders are not in meta.csv and are left out",)

    def test_a_skipped_case_of_the_split_is_reported(self, tmp_path, table):
        table("meta.csv", "image_id;split", "s1;test", "s4;test", "s5;test")
        found = listing(tmp_path, "?split=test")
        assert [skipped.case_id for skipped in found.skipped] == ["s4"]
        assert found.notes == (
            "1 cases of split test have no folder",
            "2 folders are not in meta.csv and are left out",
        )

    def test_without_the_option_meta_csv_is_not_read(self, tmp_path, table):
        table("meta.csv", "rubbish")
        assert len(listing(tmp_path).refs) == 3

    def test_a_split_without_meta_csv_is_a_wrong_call(self, tmp_path):
        with pytest.raises(UsageError, match=r"split=test needs meta\.csv"):
            listing(tmp_path, "?split=test")

    def test_a_split_without_the_column_is_a_wrong_call(self, tmp_path, table):
        table("meta.csv", "image_id;age", "s1;5")
        with pytest.raises(UsageError, match=r"meta\.csv, line 1: missing column split"):
            listing(tmp_path, "?split=test")

    def test_an_unknown_split_is_a_wrong_call_that_lists_those_present(self, tmp_path, table):
        table("meta.csv", "image_id;split", "s1;train", "s2;val", "s3;")
        with pytest.raises(UsageError, match=r"split=test is not in meta\.csv, expected one of train, val$"):
            listing(tmp_path, "?split=test")

    def test_a_split_none_of_whose_cases_is_here_is_failed_work(self, tmp_path, table):
        table("meta.csv", "image_id;split", "s9;test")
        with pytest.raises(WorkError, match="has no cases of split 'test'"):
            listing(tmp_path, "?split=test")


class TestKnownBad:
    def test_known_bad_cases_are_skipped_with_the_reason(self, tmp_path, case_folder):
        case_folder(name="s0143", classes=("liver",))
        case_folder(name="s0144", classes=("liver",))
        found = listing(tmp_path)
        assert [ref.case_id for ref in found.refs] == ["s0144"]
        assert [(skipped.case_id, skipped.reason) for skipped in found.skipped] == [
            (
                "s0143",
                "known bad: heart labelled in the abdomen (wasserth/TotalSegmentator#299); "
                "to use it, add the option known_bad=keep",
            )
        ]

    def test_an_option_keeps_them(self, tmp_path, case_folder):
        case_folder(name="s0143", classes=("liver",))
        found = listing(tmp_path, "?known_bad=keep")
        assert [ref.case_id for ref in found.refs] == ["s0143"]

    def test_the_mri_set_uses_the_same_names_for_other_scans(self, tmp_path, case_folder):
        case_folder(name="s0143", classes=("liver",), scan="mri.nii.gz")
        assert [ref.case_id for ref in listing(tmp_path).refs] == ["s0143"]
        assert "s0143" in known_bad()
