"""Sums of decoding steps."""

from misground.analysis.decoding import DecodingSteps, decoding_steps

from .conftest import row


def test_steps_are_summed_over_the_replies_that_tell_them(read) -> None:
    run = read(
        [
            row(0, steps=10, fired=6, deferred=3, flipped=2),
            row(1, steps=30, fired=20, deferred=10, flipped=4),
            row(2),
            row(3, steps=0, fired=0, deferred=0, flipped=0),
        ]
    )
    steps = decoding_steps(run)
    assert steps == DecodingSteps(replies=2, all_replies=4, steps=40, fired=26, deferred=13, flipped=6)
    assert [steps.share(kind) for kind in ("fired", "deferred", "flipped")] == [0.65, 0.325, 0.15]


def test_one_reply_that_does_not_tell_its_flips_leaves_them_unknown(read) -> None:
    run = read([row(0, steps=10, fired=6, deferred=3, flipped=2), row(1, steps=10, fired=6, deferred=3)])
    steps = decoding_steps(run)
    assert steps is not None
    assert (steps.fired, steps.flipped, steps.share("flipped")) == (12, None, None)


def test_a_run_whose_steps_are_not_known_has_none(read) -> None:
    assert decoding_steps(read([row(0), row(1, outcome="error")])) is None
