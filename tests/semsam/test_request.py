"""Flat parameters of a request, as servers pass them on."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from semsam import NeighborTable, SemanticSampling, SettingsError, rescore
from semsam.engines.request import (
    CONTROL,
    CONTROL_SEED,
    MOST_CANDIDATES,
    PARAMETERS,
    Request,
    RequestBatch,
    parse_request,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=60),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@pytest.fixture
def table():
    ids = torch.tensor([[0, 1], [1, 2], [2, 0], [-1, -1]])
    weights = torch.tensor([[1, 0.5], [1, 0.25], [1, 0.5], [0, 0]])
    return NeighborTable(ids, weights, torch.tensor([True, True, True, False]))


@pytest.mark.parametrize(
    "parameters", [None, {}, {"semsam": False}, {"semsam": 0}, {"other": 1, "__req__": object()}]
)
def test_a_request_that_does_not_ask_gets_nothing(parameters):
    assert parse_request(parameters, temperature=0.0) is None


ABSURD = [
    math.nan,
    math.inf,
    -1e308,
    1e308,
    10**400,
    -(10**5000),
    True,
    None,
    "1",
    "x" * 10_000_000,
    [],
    [1] * 100_000,
    {"a": {"b": [{}]}},
    b"1",
    1j,
    object(),
]


@pytest.mark.parametrize("name", ["semsam", *PARAMETERS, CONTROL, CONTROL_SEED])
@pytest.mark.parametrize("value", ABSURD, ids=lambda value: f"{type(value).__name__}")
def test_an_absurd_value_is_refused_in_a_short_line_or_taken(name, value):
    said, found = "", None
    try:
        found = parse_request({"semsam": True, name: value}, temperature=1.0)
    except SettingsError as error:
        said = str(error)
    assert len(said) < 300
    assert "\n" not in said
    if found is not None:
        assert math.isfinite(found.settings.temperature)
        assert math.isfinite(found.settings.tau)


@pytest.mark.parametrize("parameters", [[], "semsam", 3, 1.5, [("semsam", True)], b"x"])
def test_parameters_of_another_shape_are_refused(parameters):
    with pytest.raises(SettingsError, match=r"the parameters are .*, expected names and values"):
        parse_request(parameters, temperature=1.0)


@pytest.mark.parametrize("temperature", [math.nan, math.inf])
def test_a_temperature_that_is_no_number_is_refused(temperature):
    with pytest.raises(SettingsError, match="the temperature of the request is"):
        parse_request({"semsam": True}, temperature=temperature)


@pytest.mark.parametrize("name", ["temperature", "tau"])
def test_the_largest_number_makes_no_row_invalid(table, name):
    logits = torch.tensor([[0.1, -math.inf, 0.3, 0.2]])
    settings = SemanticSampling(**{name: 1e308}, mode="softmax", top_p=1.0)
    alone = rescore(logits, table, settings, noise=torch.tensor([0.5]))
    stacked = rescore(logits, table, SemanticSampling.stack([settings]), noise=torch.tensor([0.5]))
    assert not alone.isnan().any()
    assert torch.equal(alone, stacked)


@pytest.mark.parametrize("on", [True, 1, 1.0])
def test_the_switch_alone_gives_the_defaults(on):
    assert parse_request({"semsam": on}, temperature=0.0) == Request(SemanticSampling(), 1.0)


def test_every_setting_has_a_parameter():
    parameters = {
        "semsam": True,
        "semsam_top_m": 7,
        "semsam_top_p": 0.5,
        "semsam_temperature": 2,
        "semsam_mode": "softmax",
        "semsam_tau": 0.1,
        "semsam_sign": -1,
    }
    wanted = SemanticSampling(top_m=7, top_p=0.5, temperature=2, mode="softmax", tau=0.1, sign=-1)
    assert parse_request(parameters, temperature=0.6) == Request(wanted, 0.6)
    assert set(parameters) == {"semsam", *PARAMETERS}


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"semsam": True, "semsam_top_m": -1}, "semsam: top_m is -1, expected a whole number of at least 1"),
        ({"semsam": True, "semsam_top_m": True}, "top_m is True"),
        ({"semsam": True, "semsam_top_m": 20.0}, r"top_m is 20\.0"),
        ({"semsam": True, "semsam_top_m": MOST_CANDIDATES + 1}, "at most 1000 on a server"),
        ({"semsam": True, "semsam_top_p": [0.5]}, r"top_p is \[0\.5\]"),
        ({"semsam": True, "semsam_tau": math.nan}, "tau is nan"),
        ({"semsam": True, "semsam_mode": ["argmax"]}, "mode is"),
        (
            {"semsam": True, "semsam_mode": "x" * 1000},
            r"^semsam_mode is 'x+\.\.\.x+', expected a number or one short word$",
        ),
        (
            {"semsam": True, "semsam_tap": 1},
            "unknown parameter 'semsam_tap', expected one of semsam, semsam_top_m",
        ),
        ({"semsam": True, "SEMSAM_TOP_M": 1}, "unknown parameter 'SEMSAM_TOP_M'"),
        ({"semsam-top-m": 1}, "unknown parameter 'semsam-top-m'"),
        ({"semsam": "true"}, "semsam is 'true', expected true or false"),
        ({"semsam": 2}, "semsam is 2"),
        ({"semsam": None}, "semsam is None"),
        ({"semsam": {}}, r"semsam is \{\}"),
        ({"semsam_top_p": 0.9}, "semsam_top_p is given without semsam"),
        ({"semsam": False, "semsam_top_p": 0.9}, "semsam_top_p is given without semsam"),
        ({"semsam": True, "semsam_mode": "softmax"}, "the request is greedy"),
        ({"semsam": True, "semsam_mode": "proportional", "semsam_sign": -1}, "needs positive ones"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_line(parameters, told):
    with pytest.raises(SettingsError, match=told) as caught:
        parse_request(parameters, temperature=0.0)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 250


@given(
    st.dictionaries(st.sampled_from(["semsam", *PARAMETERS, "semsam_other", "other"]), JSON), st.floats(0, 2)
)
def test_anything_that_json_can_hold_gives_settings_or_a_settings_error(parameters, temperature):
    try:
        request = parse_request(parameters, temperature=temperature)
    except SettingsError:
        return
    assert request is None or (request.temperature > 0 and request.settings.top_m <= MOST_CANDIDATES)


def test_a_batch_does_for_each_row_what_the_rule_does_alone(table):
    logits = torch.tensor([[1.0, 0.9, 0.8, -9.0]]).repeat(3, 1)
    drawing = SemanticSampling(mode="proportional", top_p=1.0)
    requests = [Request(SemanticSampling()), None, Request(drawing, 0.5)]
    out = RequestBatch.of(requests, torch.device("cpu")).rescore(logits[:, :3], table)
    assert torch.equal(out[0], rescore(logits[:1, :3], table, SemanticSampling())[0])
    assert torch.equal(out[1], logits[1, :3])
    assert torch.equal(out[2], rescore(logits[:1, :3], table, drawing)[0] * 0.5)


def test_rows_may_name_their_request(table):
    logits = torch.tensor([[1.0, 0.9, 0.8]]).repeat(3, 1)
    batch = RequestBatch.of([None, Request(SemanticSampling(), 0.5)], torch.device("cpu"))
    out = batch.rescore(logits, table, torch.tensor([1, 0, 1], dtype=torch.int32))
    assert torch.equal(out[1], logits[1])
    assert torch.equal(out[0], out[2])
    assert out[0].isfinite().sum() == 1


def test_the_copy_to_a_device_does_not_wait_for_it():
    class Watched(torch.utils._python_dispatch.TorchDispatchMode):
        def __torch_dispatch__(self, function, types, args=(), kwargs=None):
            assert function is not torch.ops.aten._local_scalar_dense.default, "a value was read back"
            return function(*args, **(kwargs or {}))

    with Watched():
        batch = RequestBatch.of([Request(SemanticSampling(top_m=3)), None], torch.device("meta"))
    assert batch.temperature.device.type == batch.settings.on.device.type == "meta"
    assert batch.settings.max_m == 3


def test_requests_of_a_server_are_hashable_so_that_batches_can_be_kept():
    assert len({Request(SemanticSampling()), Request(SemanticSampling()), None}) == 2
