"""Data as scripts."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from misground.report.explorer.script import script

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet=st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(alphabet=st.characters(codec="utf-8")), inner),
    max_leaves=10,
)


def value_of(written: bytes) -> list[Any]:
    text = written.decode()
    assert text.startswith("misground.receive.apply(null,")
    assert text.endswith(");\n")
    found: list[Any] = json.loads(text.removeprefix("misground.receive.apply(null,").removesuffix(");\n"))
    return found


def test_no_text_ends_the_script_or_a_line_of_it() -> None:
    hostile = "</script><!--\u2028\u2029]]>"
    written = script("name", {hostile: [hostile]}).decode()
    assert not set("<>\u2028\u2029") & set(written)
    assert value_of(script("name", {hostile: [hostile]})) == ["name", {hostile: [hostile]}]


@given(JSON)
def test_the_value_arrives_as_it_was(value: Any) -> None:
    assert value_of(script("x", value)) == ["x", value]
