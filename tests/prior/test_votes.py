"""One vote a case, the asked case left out."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from misground.benchmark.load import Benchmark
from misground.evaluation import benchmark_votes
from misground.evaluation.benchmark_votes import VotesOfBenchmarks, read_votes
from misground.prior.votes import Pair, Poll, Votes, count_votes
from misground.prior.words import DIRECTIONS, lay_word, opposite

LIVER = Pair("ct", "liver", "urinary_bladder", "z")
TURNED = Pair("ct", "urinary_bladder", "liver", "z")


def votes(*answers: tuple[str, Pair, str]) -> Votes:
    """Votes of (case, pair, word)."""
    return count_votes(
        {
            "case_id": case,
            "modality": pair.modality,
            "structure_a": pair.structure_a,
            "structure_b": pair.structure_b,
            "axis": pair.axis,
            "answer": word,
        }
        for case, pair, word in answers
    )


def test_the_word_of_most_cases_wins() -> None:
    found = votes(("a", LIVER, "superior"), ("b", LIVER, "superior"), ("c", LIVER, "inferior"))
    assert found.poll(LIVER, without="asked") == Poll("superior", 2, 3)


def test_a_case_has_one_vote_however_often_it_is_asked() -> None:
    found = votes(*[("a", LIVER, "inferior")] * 9, ("b", LIVER, "superior"), ("c", LIVER, "superior"))
    assert found.poll(LIVER, without="asked") == Poll("superior", 2, 3)


def test_the_asked_case_has_no_vote() -> None:
    found = votes(("asked", LIVER, "inferior"), ("b", LIVER, "superior"))
    assert found.poll(LIVER, without="asked") == Poll("superior", 1, 1)
    assert votes(("asked", LIVER, "superior")).poll(LIVER, without="asked") is None


def test_the_pair_turned_round_counts_as_the_opposite_word() -> None:
    found = votes(("a", LIVER, "superior"), ("b", TURNED, "inferior"))
    assert found.poll(LIVER, without="asked") == Poll("superior", 2, 2)
    assert found.poll(TURNED, without="asked") == Poll("inferior", 2, 2)


def test_a_tie_says_nothing() -> None:
    assert votes(("a", LIVER, "superior"), ("b", TURNED, "superior")).poll(LIVER, without="asked") is None


def test_a_case_that_gives_both_words_has_no_vote() -> None:
    found = votes(("a", LIVER, "superior"), ("a", LIVER, "inferior"), ("b", LIVER, "superior"))
    assert found.poll(LIVER, without="asked") == Poll("superior", 1, 1)


@pytest.mark.parametrize("change", [{"modality": "mri"}, {"axis": "y"}, {"structure_a": "spleen"}])
def test_votes_on_another_pair_do_not_count(change: dict[str, str]) -> None:
    other = replace(LIVER, **change)  # type: ignore[arg-type]
    assert votes(("a", other, "superior")).poll(LIVER, without="asked") is None


@pytest.mark.parametrize("word", ["above", "later", "towards the head", "axial"])
def test_words_of_other_frames_are_passed_over(word: str) -> None:
    assert votes(("a", LIVER, word)).poll(LIVER, without="asked") is None


def test_opposites_come_in_pairs() -> None:
    assert {word: opposite(word) for word in DIRECTIONS} == {
        "right": "left", "left": "right", "anterior": "posterior", "posterior": "anterior",
        "superior": "inferior", "inferior": "superior", "medial": "lateral", "lateral": "medial",
    }  # fmt: skip


def test_every_word_has_everyday_words() -> None:
    assert lay_word("superior") == "towards the head"
    assert lay_word("medial") == "towards the inner side of the knee"
    assert lay_word("left") == "towards the patient's left"


def test_the_votes_of_a_benchmark_are_the_answers_in_the_patients_frame(phantoms: Benchmark) -> None:
    rows = [
        row
        for row in phantoms.questions().to_pylist()
        if row["terms"] == "anatomical" and row["condition"] == "text_only"
    ]
    found = read_votes(phantoms)
    assert sum(len(cases) for cases in found.words.values()) == len(
        {(row["case_id"], frozenset((row["structure_a"], row["structure_b"])), row["axis"]) for row in rows}
    )
    for row in rows:
        pair = Pair(row["modality"], row["structure_a"], row["structure_b"], row["axis"])
        own = Votes(
            {key: {c: w for c, w in v.items() if c == row["case_id"]} for key, v in found.words.items()}
        )
        poll = own.poll(pair, without="no case")
        assert poll == Poll(row["answer"], 1, 1)


def test_threads_that_ask_at_once_have_the_votes_counted_once(
    phantoms: Benchmark, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = []
    monkeypatch.setattr(benchmark_votes, "read_votes", lambda b: counted.append(b) or Votes({}))
    kept = VotesOfBenchmarks()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(kept.of, [phantoms] * 32))
    assert len(counted) == 1
    assert all(votes is found[0] for votes in found)


def test_a_folder_that_was_built_anew_is_counted_anew(
    phantoms: Benchmark, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(benchmark_votes, "read_votes", lambda _: Votes({}))
    kept = VotesOfBenchmarks()
    other = Benchmark(phantoms.root, {**phantoms.manifest, "content_hash": "other"})
    assert kept.of(other) is not kept.of(phantoms)
