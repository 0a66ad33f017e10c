"""Which question of the benchmark each reply answers, and whether it is the one that was asked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from misground.benchmark.export.rows import Questions
from misground.benchmark.export.vlmevalkit import lettered_text, question_ids
from misground.benchmark.load import Benchmark
from misground.errors import UsageError
from misground.evaluation.scoring.reply import Claims, Reply, Source
from misground.evaluation.structure_sizes import with_sizes
from misground.records.door.rows import shown

SAMPLES: Final = 3
"""Ids that a message gives as examples."""
_UNCHECKED: Final = ("evidence",)


@dataclass
class Matching:
    """The replies of a run by question and epoch, and what did not fit.

    Attributes:
        questions: The benchmark's questions by id, in its order.
        replies: The reply to each question and epoch.
        total: Number of replies that were read.
        unknown: Number of replies to questions that the benchmark lacks, and examples.
        double: Number of further replies to the same question and epoch, and examples.
        by_kind: Number of replies of each source.
    """

    questions: Mapping[str, Mapping[str, Any]]
    replies: dict[tuple[str, int], Reply] = field(default_factory=dict)
    total: int = 0
    unknown: int = 0
    unknown_ids: list[str] = field(default_factory=list)
    double: int = 0
    double_ids: list[str] = field(default_factory=list)

    @property
    def epochs(self) -> int:
        """The largest epoch."""
        return max((epoch for _, epoch in self.replies), default=0)

    @property
    def answered(self) -> list[str]:
        """The questions that have a reply, in the order of the benchmark."""
        there = {question_id for question_id, _ in self.replies}
        return [question_id for question_id in self.questions if question_id in there]

    @property
    def missing(self) -> list[str]:
        """The questions without any reply."""
        there = {question_id for question_id, _ in self.replies}
        return [question_id for question_id in self.questions if question_id not in there]

    @property
    def missing_epochs(self) -> int:
        """Number of replies that questions lack which have one in another epoch."""
        return len(self.answered) * self.epochs - len(self.replies)

    def in_order(self) -> list[tuple[Mapping[str, Any], Reply]]:
        """Questions and replies in the order of the benchmark; the epochs of a question follow each other."""
        rank = {question_id: place for place, question_id in enumerate(self.questions)}
        keys = sorted(self.replies, key=lambda key: (rank[key[0]], key[1]))
        return [(self.questions[key[0]], self.replies[key]) for key in keys]


def match(benchmark: Benchmark, sources: Iterable[Source]) -> Matching:
    """Find the question of each reply.

    Raises:
        UsageError: A reply is to an altered question, or none is to a question of the benchmark.
    """
    found = Matching(
        {row["question_id"]: row for row in with_sizes(benchmark, benchmark.questions().to_pylist())}
    )
    by_index: Sequence[str] | None = None
    for source in sources:
        _check_hash(benchmark, source.benchmark_hash, str(source.path))
        for reply in source.replies:
            found.total += 1
            _check_hash(benchmark, reply.claims.benchmark_hash, reply.where)
            question_id = reply.question_id
            if question_id is None:
                if by_index is None:
                    by_index = list(question_ids(Questions(benchmark)))
                at = -1 if reply.index is None else reply.index
                question_id = by_index[at] if 0 <= at < len(by_index) else f"index {reply.index}"
            _add(found, question_id, reply)
    if not found.replies:
        given = f"found {shown(found.unknown_ids[0])}, " if found.unknown_ids else ""
        raise UsageError(
            f"none of the {found.total:,} replies is to a question of {benchmark.root} ({given}expected ids "
            f"such as {next(iter(found.questions))}): name the benchmark that was asked"
        )
    return found


def _add(found: Matching, question_id: str, reply: Reply) -> None:
    question = found.questions.get(question_id)
    if question is None:
        found.unknown += 1
        if len(found.unknown_ids) < SAMPLES:
            found.unknown_ids.append(question_id[:60])
        return
    check_claims(question, reply.claims, reply.where)
    key = (question_id, reply.epoch)
    before = found.replies.get(key)
    if before is not None:
        found.double += 1
        if len(found.double_ids) < SAMPLES:
            found.double_ids.append(f"{question_id} epoch {reply.epoch}")
    if before is None or (before.completion is None and reply.completion is not None):
        found.replies[key] = reply


def _check_hash(benchmark: Benchmark, told: str | None, where: str) -> None:
    mine = benchmark.content_hash
    if told is not None and told != mine:
        raise UsageError(
            f"{where}: replies to the benchmark {shown(told[:12])[1:-1]}, and {benchmark.root} is "
            f"{mine[:12]}: name the benchmark that was asked"
        )


def check_claims(question: Mapping[str, Any], claims: Claims, where: str) -> None:
    """Check that what a file says was asked is the benchmark's question.

    Args:
        question: A row of `records.schemas.QUESTIONS`.
        claims: What the file says.
        where: The place in the file, for messages.

    Raises:
        UsageError: It is not; the message names the first difference.
    """
    text = question["text"]
    if claims.lettered:
        text = lettered_text(text, question["condition"])
    pairs: list[tuple[str, Any, Any]] = [
        ("text", claims.text and _plain(claims.text), _plain(text)),
        (
            "options",
            None if claims.options is None else [*map(_plain, claims.options)],
            [*map(_plain, question["options"])],
        ),
        ("answer", claims.answer and _plain(claims.answer), _plain(question["answer"])),
        *(
            (name, value, question[name])
            for name, value in claims.factors.items()
            if value is not None and name not in _UNCHECKED
        ),
    ]
    for name, told, mine in pairs:
        if told is not None and told != mine:
            raise _altered(question, where, f"{name} {shown(told)}, expected {shown(mine)}")
    if claims.prompt is not None and not _asks(claims.prompt, text, question["options"]):
        raise _altered(question, where, f"a prompt without the text {shown(text)} and its options in order")


def _altered(question: Mapping[str, Any], where: str, what: str) -> UsageError:
    return UsageError(
        f"{where} asks another question than the benchmark's {question['question_id']} ({what}): name the "
        "benchmark that was asked, and export it again"
    )


def _asks(prompt: str, text: str, options: Sequence[str]) -> bool:
    """Whether a prompt holds the text, and after it the options in their order."""
    _, found, rest = _plain(prompt).partition(_plain(text))
    for option in options:
        _, there, rest = rest.partition(_plain(option))
        found = found and there
    return bool(found)


def _plain(text: str) -> str:
    return " ".join(text.split())
