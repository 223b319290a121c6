"""report.html, for the instructor: what needs a person, how the points lie, what went wrong."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from workbook.exercises import EXERCISES
from workbook.exercises.judges.quiz import Quiz
from workbook.exercises.model import RIGHT
from workbook.grading.facts.places import stem
from workbook.grading.facts.plain import plain, plain_line
from workbook.grading.facts.record import EXERCISE_VERDICTS, GRADED, ExerciseResult, Record
from workbook.grading.reports.markup import fragment, page, word
from workbook.grading.rubric.rubric import Rubric
from workbook.language import _

MOST_BINS = 10
COMMONEST = 3
LONGEST_DETAIL = 4000  # characters
# orders of the list of all -> what it is sorted by
ORDERS: Mapping[str, Callable[[Record], Any]] = {
    "learner": lambda r: (r.learner.casefold(), r.learner, r.lesson),
    "lesson": lambda r: (r.lesson, r.learner.casefold(), r.learner),
    "lowest": lambda r: (_share(r), r.learner.casefold(), r.lesson),
    "highest": lambda r: (-_share(r), r.learner.casefold(), r.lesson),
}


@dataclass(frozen=True)
class Bin:
    """How many submissions have these points, rounded down."""

    label: str
    count: int


@dataclass(frozen=True)
class Common:
    """A finding that several learners got; `who` are examples, `detail` is that of the first."""

    text: str
    count: int
    who: tuple[Record, ...]
    detail: str


@dataclass(frozen=True)
class ExerciseSummary:
    """`counts`: verdict -> submissions; `mean` of the points. `questions`: of a quiz, question ->
    submissions that have it right."""

    id: str
    mean: float
    possible: float
    counts: Mapping[str, int]
    questions: Mapping[str, int]
    common: tuple[Common, ...]


@dataclass(frozen=True)
class LessonSummary:
    number: str
    count: int
    median: float
    possible: float
    bins: tuple[Bin, ...]
    exercises: tuple[ExerciseSummary, ...]


def report_html(records: Sequence[Record], rubric: Rubric, notes: Sequence[str] = ()) -> str:
    """The page. `notes` are the intake's."""
    return page(
        "report.html",
        title=_("Grades"),
        records=records,
        people=_people(records),
        exposed=sum(not record.isolated for record in records),
        notes=notes,
        lessons=summarize(records, rubric),
        orders={key: sorted(records, key=by) for key, by in ORDERS.items()},
        seeds=sorted({record.seed for record in records}),
        seconds=math.fsum(record.seconds for record in records),
        verdicts=EXERCISE_VERDICTS,
        link=lambda record: f"{stem(record.learner, record.lesson, record.file)}.html",
        one_line=plain_line,
    )


def summary_html(records: Sequence[Record], rubric: Rubric) -> str:
    """The figures without links, for a notebook: nothing that JupyterLab's sanitizer takes out."""
    return fragment(
        "summary.html",
        people=_people(records),
        lessons=summarize(records, rubric),
        verdicts=EXERCISE_VERDICTS,
        one_line=plain_line,
    )


def _people(records: Sequence[Record]) -> list[Record]:
    return sorted((r for r in records if r.needs_a_person), key=ORDERS["learner"])


def summarize(records: Sequence[Record], rubric: Rubric) -> list[LessonSummary]:
    """What is known of each lesson of which a submission was graded."""
    by_lesson: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        if record.verdict == GRADED:
            by_lesson[record.lesson].append(record)
    return [_lesson(lesson, graded, rubric) for lesson, graded in sorted(by_lesson.items())]


def _lesson(lesson: str, graded: Sequence[Record], rubric: Rubric) -> LessonSummary:
    of_rubric = rubric.exercises(lesson) if lesson in rubric.lessons else ()
    results: dict[str, list[tuple[Record, ExerciseResult]]] = {each: [] for each in of_rubric}
    for record in graded:
        for exercise in record.exercises:
            results.setdefault(exercise.id, []).append((record, exercise))
    points = [record.points for record in graded]
    possible = max(record.possible for record in graded)
    return LessonSummary(
        lesson,
        len(graded),
        median(points),
        possible,
        tuple(bins(points, possible)),
        tuple(_exercise(each, found) for each, found in results.items() if found),
    )


def bins(points: Sequence[float], possible: float) -> list[Bin]:
    """How points from 0 to `possible` lie, in at most eleven bins of whole points."""
    top = math.floor(max([possible, *points]))
    width = max(1, math.ceil(top / MOST_BINS))
    counts = Counter(math.floor(max(0, each)) // width for each in points)
    return [
        Bin(
            _label(low, min(low + width - 1, top)),
            counts[low // width],
        )
        for low in range(0, top + 1, width)
    ]


def _label(first: int, last: int) -> str:
    return str(first) if first == last else _("{first} to {last}").format(first=first, last=last)


def _exercise(each: str, found: Sequence[tuple[Record, ExerciseResult]]) -> ExerciseSummary:
    findings: dict[tuple[str, str], list[tuple[Record, ExerciseResult]]] = defaultdict(list)
    for record, result in found:
        if result.verdict != RIGHT and (result.text or result.detail):
            text = plain_line(result.text or result.detail)
            findings[result.verdict, text].append((record, result))
    commonest = sorted(findings.items(), key=lambda item: (-len(item[1]), item[0]))[:COMMONEST]
    return ExerciseSummary(
        each,
        math.fsum(result.points for _, result in found) / len(found),
        max(result.possible for _, result in found),
        Counter(result.verdict for _, result in found),
        _questions(each, [result for _, result in found]),
        tuple(
            Common(
                f"{word(verdict)}: {text}",
                len(group),
                tuple(record for record, _ in group[:COMMONEST]),
                plain(group[0][1].detail, LONGEST_DETAIL),
            )
            for (verdict, text), group in commonest
        ),
    )


def _questions(exercise_id: str, results: Sequence[ExerciseResult]) -> dict[str, int]:
    exercise = EXERCISES.get(exercise_id)
    if exercise is None or not isinstance(exercise.judge, Quiz):
        return {}
    answered = [each for each in results if each.verdict == RIGHT or each.wrong]
    return {
        number: sum(number not in each.wrong for each in answered)
        for number in exercise.judge.questions
    }


def _share(record: Record) -> float:
    """Of the possible points; what was not graded comes first."""
    if record.needs_a_person:
        return -1
    return record.points / record.possible if record.possible else 0
