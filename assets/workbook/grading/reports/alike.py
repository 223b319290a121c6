"""Hand-ins that are equal or nearly so: noted for a person to judge."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from workbook.grading.facts.record import Record
from workbook.language import _

FEWEST = 40  # hashes of one's own; below, two who think alike write alike
NEAR = 0.8  # of all that either has, what both have
COMMON = 0.25  # of all hand-ins; what so many have comes from the same book
FEW = 10  # hand-ins, of which nothing is common
NAMED = 3


def alike(records: Sequence[Record]) -> list[str]:
    """A sentence for each whose own code another learner of the lesson handed in too; for the
    instructor, since it names others."""
    lessons: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        lessons[record.lesson].append(record)
    return [
        _sentence(*found) for _lesson, each in sorted(lessons.items()) for found in _alike(each)
    ]


def _sentence(record: Record, others: Sequence[Record], equal: bool) -> str:
    text = _("{learner}, lesson {lesson}: its own code is nearly that of {learners}")
    if equal:
        text = _("{learner}, lesson {lesson}: its own code is that of {learners}")
    names = ", ".join(other.learner for other in others[:NAMED])
    if len(others) > NAMED:
        names = _("{files} and {count} more").format(files=names, count=len(others) - NAMED)
    return text.format(learner=record.learner, lesson=record.lesson, learners=names)


def _alike(records: Sequence[Record]) -> Iterator[tuple[Record, list[Record], bool]]:
    """Of each that has likes: these, and whether one of them is equal."""
    counts = Counter(number for record in records for number in record.own)
    most = max(FEW, COMMON * len(records))
    sets = [frozenset(n for n in record.own if counts[n] <= most) for record in records]
    having: dict[int, list[int]] = defaultdict(list)
    for place, numbers in enumerate(sets):
        if len(numbers) >= FEWEST:
            for number in numbers:
                having[number].append(place)
    for place, numbers in enumerate(sets):
        shared = Counter(other for number in numbers for other in having.get(number, ()))
        likes = [
            other
            for other, count in sorted(shared.items())
            if records[other].learner != records[place].learner
            and len(numbers) >= FEWEST
            and count >= NEAR * (len(numbers) + len(sets[other]) - count)
        ]
        if likes:
            equal = any(sets[other] == numbers for other in likes)
            yield records[place], [records[other] for other in likes], equal
