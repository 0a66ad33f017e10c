"""Files of every format, without a network; hostile names are text in them."""

import re
from dataclasses import replace
from xml.etree import ElementTree

import altair as alt
import pytest

from misground.analysis.figures import FORMATS, figures, save, vega_lite
from misground.errors import UsageError

from .conftest import question

HOSTILE = 'a.b[0]["c"] <script>alert(1)</script> {{x}} \x00\x1b é'
MAGIC = {"svg": b"<svg", "png": b"\x89PNG\r\n\x1a\n", "pdf": b"%PDF-"}
ADDRESS = re.compile(rb"(?:https?:)?//[\w.-]+")


@pytest.fixture
def figure(make):
    run = make([question(n, axis="xyz"[n]) for n in range(3)])
    return next(figure for figure in figures([run]) if figure.name == "outcome-shares")


def test_each_format_begins_as_it_should_and_points_nowhere(figure, tmp_path) -> None:
    paths = save(figure, tmp_path / "new" / "folder")
    assert [path.name for path in paths] == [f"outcome-shares.{name}" for name in FORMATS]
    for path in paths:
        content = path.read_bytes()
        assert content.startswith(MAGIC[path.suffix[1:]])
        addresses = {found for found in ADDRESS.findall(content) if len(found) > 12}
        assert addresses <= {b"http://www.w3.org", b"//www.w3.org"}


def test_a_format_that_is_none_of_ours_is_refused(figure, tmp_path) -> None:
    with pytest.raises(UsageError, match="found format 'gif', expected one of svg, png, pdf"):
        save(figure, tmp_path, ["svg", "gif"])
    assert not list(tmp_path.glob("*.svg"))


def test_hostile_names_are_text_in_every_figure(make, tmp_path) -> None:
    rows = [
        question(
            n,
            axis="xyz"[n % 3],
            structure_a=f"liver.{HOSTILE}",
            coordinates=("storage", "viewing")[n % 2],
            prompt=("none", "box")[n % 2],
            extracted=HOSTILE,
            outcome="wrong",
            steps=4,
            fired=2,
            deferred=1,
            flipped=1,
        )
        for n in range(6)
    ]
    names = [HOSTILE, "datum.run", "x" * 500]
    runs = [replace(make(rows, parameters=10**9, decoding="semantic"), name=name) for name in names]
    found = figures(runs)
    assert len(found) == 10
    for figure in found:
        (path,) = save(figure, tmp_path, ["svg"])
        tree = ElementTree.parse(path)
        assert not tree.findall(".//{*}script")
        words = "".join(tree.getroot().itertext())
        assert "datum.run" in words
        assert "x" * 60 not in words


def test_a_specification_holds_its_data_and_asks_for_nothing(figure) -> None:
    spec = vega_lite(figure)
    assert spec["datasets"]
    assert spec["description"] == figure.alt
    assert "url" not in str({key: value for key, value in spec.items() if key != "$schema"}).lower()


def test_a_chart_is_valid_by_the_schema_of_vega_lite(figure) -> None:
    assert alt.Chart.from_dict(vega_lite(figure)).to_dict(validate=True)
