"""Items on which all models agree, and the labels that strong ones contradict."""

from misground.analysis.screen import agreed, flat_suspects

from .habits import answered, other, questions

BAD = "i007"


def strong(question, random) -> str:
    """Right in 9 of 10 answers, except on one item, whose label is wrong."""
    right = random.random() < 0.9
    if question["item_id"] == BAD:
        right = False
    return question["answer"] if right else other(question)


def guess(question, random) -> str:
    """Right in half of the answers."""
    return question["answer"] if random.random() < 0.5 else other(question)


def of(read, **rules):
    asked = questions()
    return [
        read(answered(rule, asked, name=name, seed=seed), name)
        for seed, (name, rule) in enumerate(rules.items())
    ]


def test_a_wrong_label_is_the_one_that_all_strong_models_contradict(read) -> None:
    (found,) = agreed(of(read, one=strong, two=strong, guessing=guess))
    assert (found.items, len(found.models), len(found.strong)) == (60, 3, 2)
    assert found.suspects["item_id"].to_list() == [BAD]
    (row,) = found.suspects.to_dicts()
    assert row["label_says"] == next(
        one["answer"] for one in questions() if one["item_id"] == BAD and one["terms"] == "anatomical"
    )
    assert (row["models"], row["least_contradicted"], row["mean_contradicted"]) == (2, 1.0, 1.0)
    assert flat_suspects([found])["benchmark"].to_list() == ["made"]


def test_one_strong_model_makes_no_suspect(read) -> None:
    (found,) = agreed(of(read, one=strong, guessing=guess))
    assert len(found.strong) == 1
    assert found.suspects.is_empty()


def test_items_that_all_have_right_or_wrong_are_counted_beside_chance(read) -> None:
    (found,) = agreed(of(read, one=strong, two=strong))
    assert (found.right, found.wrong) == (59, 1)
    assert found.right_independent == 59 / 60 * 59
    assert found.wrong_independent == 1 / 60


def test_two_runs_of_one_model_are_no_two_models(read) -> None:
    (run,) = of(read, one=strong)
    assert agreed([run, run]) == []
