"""What comes of a lesson's solution with what a batch draws: with that, answers are compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from workbook.authoring.lessons import find_lessons
from workbook.exercises import EXERCISES
from workbook.exercises.model import RIGHT, Case
from workbook.grading.batch.assignment import Assignment
from workbook.grading.batch.judged import Bench, judge
from workbook.grading.batch.marking import run
from workbook.grading.facts.lesson import facts
from workbook.grading.notebook.rebuild import rebuild
from workbook.grading.rubric.rubric import Rubric, RubricError
from workbook.grading.sandbox.bubblewrap import Limits
from workbook.grading.sandbox.warm import WarmProcesses


def assignment_of(
    number: str, warm: WarmProcesses, rubric: Rubric, seed: int, limits: Limits
) -> Assignment:
    """What a seed draws for a lesson, and what comes of that. The solution goes the way that a
    submission goes, and must be right.

    Raises RubricError when it isn't, and WorkerLost.
    """
    lesson = facts(number)
    values = lesson.values | rubric.parameters(number, seed)
    assignment = Assignment(lesson, rubric.lessons[number].points, values, {})
    (files,) = find_lessons([number])
    passage = run(rebuild(files.solution.read_bytes(), lesson, values), lesson, warm, limits)
    cases: dict[str, Sequence[Case]] = {}
    bench = Bench(warm.judges, limits)
    try:
        for exercise_id, answer in passage.answers.items():
            if trial := EXERCISES[exercise_id].trial:
                drawn = rubric.arguments(exercise_id, trial, seed)
                seen = _observe(exercise_id, answer, drawn, bench, seed)
                fixed = trial.cases if rubric.as_in_check(exercise_id) else ()
                cases[exercise_id] = [*fixed, *zip(drawn, seen, strict=True)]
    finally:
        bench.close()
    assignment = replace(assignment, cases=cases)
    for result in judge(passage, assignment, warm.judges, limits):
        if result.verdict != RIGHT:
            found = result.detail or result.text
            raise _error(result.id, f"{result.verdict}: {found}", seed)
    return assignment


def _observe(
    exercise_id: str, answer: str, drawn: Sequence[Mapping[str, Any]], bench: Bench, seed: int
) -> list[Any]:
    reply = bench.ask({"observe": exercise_id, "answer": answer, "arguments": drawn})
    seen = reply.said.get("seen")
    if not isinstance(seen, list):
        raise _error(exercise_id, str(reply.said.get("wrong", reply.word or reply.how)), seed)
    return seen


def _error(exercise_id: str, what: str, seed: int) -> RubricError:
    return RubricError(
        f"rubric.yaml: with what seed {seed} draws, the solution of {exercise_id} is itself not "
        f"right ({what}); draw other values for it or for lesson {exercise_id[:2]}"
    )
