"""The reliability curve: its points are the bins, and its text says them."""

import math
from typing import Any

from misground.analysis.figures.figure import vega_lite
from misground.analysis.figures.reliability import reliability

from .conftest import question


def scored(question: dict[str, Any], right: float) -> list[dict[str, Any]]:
    one, two = question["options"]
    p = {one: right, two: 1 - right} if one == question["answer"] else {one: 1 - right, two: right}
    return [
        {"option": o, "tokens": 1, "raw": math.log(p[o]), "normalised": math.log(p[o])} for o in (one, two)
    ]


def rows() -> list[dict[str, Any]]:
    asked = [question(number, case_id=f"case-{number % 4}") for number in range(20)]
    likely = [0.6] * 5 + [0.4] * 5 + [0.9] * 10  # of the right option
    return [{**one, "option_logprobs": scored(one, right)} for one, right in zip(asked, likely, strict=True)]


def test_each_bin_is_a_point_with_its_interval(make: Any) -> None:
    figure = reliability([make(rows())])
    assert figure is not None
    assert "confidence 60% right 50%, confidence 90% right 100%" in figure.alt
    sets = vega_lite(figure)["datasets"].values()
    (points,) = (data for data in sets if len(data) == 2 and "run" in data[0])
    assert [(point["confidence"], point["right"], point["n"]) for point in points] == [
        (0.6, 0.5, 10),
        (0.9, 1, 10),
    ]
    assert points[0]["low"] < 0.5 < points[0]["high"]
    assert points[1]["low"] is None  # all are alike


def test_without_probabilities_there_is_no_curve(make: Any) -> None:
    assert reliability([make([question(number) for number in range(3)])]) is None
