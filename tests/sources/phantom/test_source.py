import pickle

import pytest

from misground.errors import UsageError
from misground.sources.phantom import list_phantoms


def test_four_cases_are_listed_by_default():
    listing = list_phantoms("torso", {})
    assert [ref.case_id for ref in listing.refs] == ["torso-0000", "torso-0001", "torso-0002", "torso-0003"]
    assert listing.skipped == ()


@pytest.mark.parametrize(("kind", "modality"), [("torso", "ct"), ("knee", "mri")])
def test_a_case_names_its_modality_region_and_source(kind: str, modality: str):
    (ref,) = list_phantoms(kind, {"n": "1"}).refs
    assert (ref.modality, ref.region, ref.source) == (modality, kind, f"phantom:{kind}")


def test_a_seed_shows_in_the_case_ids_and_fingerprints():
    zero, seven = (list_phantoms("knee", {"n": "2", "seed": seed}).refs for seed in ("0", "7"))
    assert [ref.case_id for ref in seven] == ["knee-s7-0000", "knee-s7-0001"]
    assert len({ref.fingerprint for ref in (*zero, *seven)}) == 4


def test_a_case_is_the_same_whatever_the_number_of_cases():
    few, many = (list_phantoms("torso", {"n": n}).refs for n in ("3", "20"))
    assert [(r.case_id, r.fingerprint) for r in many[:3]] == [(r.case_id, r.fingerprint) for r in few]


def test_the_largest_number_of_cases_keeps_its_ids_unique():
    refs = list_phantoms("torso", {"n": "100000"}).refs
    assert len({ref.case_id for ref in refs}) == 100_000
    assert refs[-1].case_id == "torso-99999"


def test_a_reader_is_small_when_pickled_and_reads_the_same_case():
    ref = list_phantoms("knee", {"n": "2"}).refs[1]
    packed = pickle.dumps(ref)
    assert len(packed) < 2000
    again = pickle.loads(packed).read()  # noqa: S301 - what this test itself has pickled
    assert (again.labels.data == ref.read().labels.data).all()


def test_the_phantoms_are_attributed_to_this_software():
    attribution = list_phantoms("torso", {}).attribution
    assert attribution.source == "phantom:torso"
    assert attribution.title == "MIS-Ground analytic phantoms"
    assert attribution.licence == "Apache-2.0"
    assert attribution.url is None
    assert "MIS-Ground" in attribution.citation


def test_an_unknown_kind_is_refused_with_the_known_ones():
    with pytest.raises(UsageError, match=r"phantom:elbow, expected phantom:torso or phantom:knee"):
        list_phantoms("elbow", {})


def test_an_unknown_option_is_refused_with_the_known_ones():
    with pytest.raises(UsageError, match=r"'count'.* n from 1 to 100000; seed from 0"):
        list_phantoms("torso", {"count": "3"})


@pytest.mark.parametrize("value", ["0", "100001", "-1", "+5", "2.5", "", " 4", "1_0", "四", "٣", "9" * 5000])
def test_a_number_of_cases_out_of_range_is_refused(value: str):
    with pytest.raises(UsageError, match="n from 1 to 100000") as error:
        list_phantoms("torso", {"n": value})
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("value", ["-1", "4294967296", "x"])
def test_a_seed_out_of_range_is_refused(value: str):
    with pytest.raises(UsageError, match="seed from 0 to 4294967295"):
        list_phantoms("knee", {"seed": value})
