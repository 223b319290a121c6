"""What comes of a lesson's solution with what a batch draws: with that, answers are compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from workbook.authoring.lessons import find_lessons
from workbook.exercises import EXERCISES
from workbook.exercises.model import RIGHT, Case
from workbook.grading.batch import marking
from workbook.grading.facts.lesson import facts
from workbook.grading.notebook.rebuild import rebuild
from workbook.grading.rubric.rubric import Rubric, RubricError
from workbook.grading.sandbox.bubblewrap import Limits
from workbook.grading.sandbox.outputs import Outputs
from workbook.grading.sandbox.session import Session
from workbook.grading.sandbox.warm import Worker


def cases_of(
    number: str, worker: Worker, rubric: Rubric, seed: int, limits: Limits
) -> dict[str, Sequence[Case]]:
    """Exercise -> the cases on which answers to it are judged. The solution goes the way that a
    submission goes, and must be right on them.

    Raises RubricError when it isn't, and WorkerLost.
    """
    lesson, given = facts(number), rubric.parameters(number, seed)
    (files,) = find_lessons([number])
    solved = rebuild(files.solution.read_bytes(), lesson)
    course = marking.run(solved, lesson, worker.kernels, given, limits)
    cases: dict[str, Sequence[Case]] = {}
    session = worker.judges.open(limits)
    try:
        for exercise_id, answer in course.answers.items():
            if trial := EXERCISES[exercise_id].trial:
                drawn = rubric.arguments(exercise_id, trial, seed)
                seen = _observe(exercise_id, answer, drawn, session, limits, seed)
                fixed = trial.cases if rubric.as_in_check(exercise_id) else ()
                cases[exercise_id] = [*fixed, *zip(drawn, seen, strict=True)]
    finally:
        session.close()
    for result in marking.judge(course, lesson, worker.judges, rubric, given, cases, limits):
        if result.verdict != RIGHT:
            raise _error(result.id, f"{result.verdict}: {result.text}", seed)
    return cases


def _observe(
    exercise_id: str,
    answer: str,
    drawn: Sequence[Mapping[str, Any]],
    session: Session,
    limits: Limits,
    seed: int,
) -> list[Any]:
    message = {"observe": exercise_id, "answer": answer, "arguments": drawn}
    reply = session.ask(message, limits.judge_seconds, Outputs(0))
    if "seen" not in reply.said:
        raise _error(exercise_id, reply.said.get("wrong", reply.word or reply.how), seed)
    return reply.said["seen"]


def _error(exercise_id: str, what: str, seed: int) -> RubricError:
    return RubricError(
        f"rubric.yaml: with what seed {seed} draws, the solution of {exercise_id} is itself not "
        f"right ({what}); draw other values for it or for lesson {exercise_id[:2]}"
    )
