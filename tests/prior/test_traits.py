import pytest

from misground.errors import WorkError
from misground.prior.make_traits import rows
from misground.prior.positions import SEED
from misground.prior.traits import MEASURES, parse_traits, traits_of, traits_text
from misground.sources import list_cases
from misground.volumes import load_case


def test_the_shipped_table_is_that_of_the_phantoms():
    """All twenty knees, since a table of fewer phantoms would differ."""
    refs = list_cases(f"phantom:knee?n=20&seed={SEED}").refs
    assert rows("knee", map(load_case, refs)) == [
        line for line in traits_text().splitlines() if line.startswith("knee,")
    ]


def test_every_structure_of_the_benchmark_has_traits():
    assert (len(traits_of("torso")), len(traits_of("knee"))) == (67, 10)
    liver = dict(zip(MEASURES, traits_of("torso")["liver"].mean, strict=True))
    assert liver["x_mm"] > 30
    assert liver["log_ml"] > 7


def test_another_header_is_refused():
    with pytest.raises(WorkError, match=r"traits\.csv has the columns"):
        parse_traits("region,structure\n")
