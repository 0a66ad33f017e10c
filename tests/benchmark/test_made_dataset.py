"""The made data sets of the benchmarks: as ugly as they say, the same every time, read as they must be."""

import json
import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

from misground.benchmark.check import body_verdict
from misground.errors import CaseError
from misground.questions import measure_case
from misground.sources.totalsegmentator import list_totalsegmentator
from misground.volumes import load_case

DATASET = SimpleNamespace(**runpy.run_path(str(Path(__file__).parents[2] / "benchmarks" / "make_dataset.py")))
# The real torso is the faster of the two bodies to make.
BODIES = "torso" if DATASET.has_torso() else "phantoms"
SMALL = DATASET.Settings(size="small", bodies=BODIES)
# The first case that each thing makes unusable, and cases that have every harmless one between them.
UNUSABLE = {first for first, _, _ in DATASET.SKIPPING.values()}
USABLE = {0, 19, 58}


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def ugly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "ugly"
    DATASET.make(folder, UNUSABLE | USABLE, SMALL)
    return folder


def test_the_chosen_cases_have_everything_done_to_them(ugly: Path) -> None:
    done = {number: DATASET.harmless(number, SMALL) for number in USABLE}
    assert set.union(*done.values()) == set(DATASET.HARMLESS)
    assert DATASET.expected(ugly).keys() == {DATASET.case_id(number) for number in UNUSABLE}


def test_unusable_cases_have_their_reason_and_the_others_agree_with_anatomy(ugly: Path) -> None:
    listing = list_totalsegmentator(ugly, {})
    reasons = {skipped.case_id: skipped.reason for skipped in listing.skipped}
    usable = set()
    for ref in listing.refs:
        try:
            case = load_case(ref)
        except CaseError as error:
            reasons[ref.case_id] = str(error)
        else:
            usable.add(ref.case_id)
            assert not body_verdict(case, measure_case(case)).contradicts
    expected = DATASET.expected(ugly)
    assert reasons.keys() == expected.keys()
    assert all(expected[case_id] in reason for case_id, reason in reasons.items())
    assert usable == {DATASET.case_id(number) for number in USABLE}


def test_ugly_files_lie_where_the_record_says(ugly: Path) -> None:
    made = json.loads((ugly / "made.json").read_text())["cases"]
    for case_id, case in made.items():
        classes = {path.name for path in (ugly / case_id / "segmentations").glob("*.nii.gz")}
        foreign = "a foreign class file" in case["done"]
        assert (f"{DATASET.FOREIGN}.nii.gz" in classes) == foreign
        assert (len(classes) - foreign < 117) == ("class files are missing" in case["done"])
        assert (ugly / case_id / "notes.txt").exists() == ("a stray text file" in case["done"])


def test_a_case_is_the_same_whenever_and_in_however_large_a_set_it_is_made(tmp_path: Path) -> None:
    few, more = tmp_path / "few", tmp_path / "more"
    name = DATASET.case_id(58)
    DATASET.make(few, [58], SMALL)
    DATASET.make(more, [0, 58], SMALL)
    assert contents(few / name) == contents(more / name)
    other = tmp_path / "other"
    DATASET.make(other, [58], DATASET.Settings(seed=1, size="small", bodies=BODIES))
    assert contents(few / name)["ct.nii.gz"] != contents(other / name)["ct.nii.gz"]


def test_a_set_is_continued_and_not_mixed(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    DATASET.make(folder, [0], SMALL)
    kept = folder / DATASET.case_id(0) / "ct.nii.gz"
    kept.write_bytes(b"kept")
    left = folder / ".unfinished" / DATASET.case_id(1)
    left.mkdir(parents=True)
    (left / "ct.nii.gz").write_bytes(b"half of it")
    DATASET.make(folder, range(2), SMALL)
    assert kept.read_bytes() == b"kept"
    names = [ref.case_id for ref in list_totalsegmentator(folder, {"split": "train"}).refs]
    assert names == [DATASET.case_id(0), DATASET.case_id(1)]
    assert (folder / DATASET.case_id(1) / "ct.nii.gz").stat().st_size > 1000
    with pytest.raises(ValueError, match="other settings"):
        DATASET.make(folder, [2], DATASET.Settings(seed=1, size="small", bodies=BODIES))


def test_a_tidy_set_has_axis_orders_alone() -> None:
    tidy = DATASET.Settings(tidy=True)
    assert not any(DATASET.skipping(n, tidy) or DATASET.harmless(n, tidy) for n in range(500))


@pytest.mark.parametrize("what", DATASET.SKIPPING)
def test_two_hundred_cases_have_everything(what: str) -> None:
    assert any(DATASET.skipping(number, SMALL) == what for number in range(200))
