"""Levels stand once: what the tables of factors say fits the words that the columns hold."""

from typing import get_args

from misground.anatomy import AXES, PLANES
from misground.records import LEVEL_WORDS, LEVELS, OUTCOME_WORDS, OUTCOMES, RELATION_TASKS, TASKS, factors
from misground.records.schemas import QUESTIONS


def test_every_factor_is_a_column_and_shows_every_level_once() -> None:
    words = {"modality": "Modality", "dimension": "Dimension", "task": "Task", "coordinates": "Coordinates",
             "prompt": "Prompt", "terms": "Terms", "condition": "Condition"}  # fmt: skip
    levels = {name: get_args(getattr(factors, word)) for name, word in words.items()}
    levels |= {"plane": PLANES, "axis": AXES}
    assert LEVELS.keys() == levels.keys()
    assert set(LEVELS) <= set(QUESTIONS.names)
    assert {name: sorted(shown) for name, shown in LEVELS.items()} == {
        name: sorted(known) for name, known in levels.items()
    }


def test_a_reader_can_tell_levels_apart_and_words_are_of_levels() -> None:
    every = [level for levels in LEVELS.values() for level in levels]
    assert len(set(every)) == len(every)
    assert set(LEVEL_WORDS) <= set(every)
    shown = [LEVEL_WORDS.get(level, level) for level in every]
    assert len(set(shown)) == len(shown)
    assert set(OUTCOME_WORDS) <= set(OUTCOMES)


def test_relations_are_tasks() -> None:
    assert set(RELATION_TASKS) < set(TASKS)
