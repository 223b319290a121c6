"""What a notebook answered, judged: exercise by exercise, outside of the learner's sandbox."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from workbook.exercises import EXERCISES
from workbook.exercises.model import NOT_ATTEMPTED, NOT_YET, RIGHT, Finding
from workbook.grading.batch.assignment import Assignment
from workbook.grading.batch.words import failed_line, failure_of, words
from workbook.grading.facts.plain import plain
from workbook.grading.facts.record import FAILED, ExerciseResult
from workbook.grading.notebook.passage import RAISED, Passage
from workbook.grading.sandbox.bubblewrap import Limits
from workbook.grading.sandbox.outputs import Outputs
from workbook.grading.sandbox.session import MEMORY, REPLIED, TIMEOUT, Reply, Session, Zygote
from workbook.language import _

LONGEST_CODE = 5000  # characters of the cells of an exercise
MOST_QUESTIONS = 20
LONGEST_TEXT = 2000  # characters of what a judge found; it may name what a learner named


class Bench:
    """The judges of one submission: a process of the judges' sandbox, and a new one when that has
    ended. Close it after use."""

    def __init__(self, zygote: Zygote, limits: Limits) -> None:
        self._zygote, self._limits = zygote, limits
        self._end = time.monotonic() + limits.judging_seconds
        self._session: Session | None = None

    def ask(self, message: Mapping[str, Any]) -> Reply:
        """Raises WorkerLost when the warm process is gone."""
        left = min(self._limits.judge_seconds, self._end - time.monotonic())
        if left <= 0:
            return Reply(TIMEOUT, word="submission")
        if self._session is None or not self._session.alive:
            self.close()
            self._session = self._zygote.open(self._limits)
        return self._session.ask(message, left, Outputs(0))

    def close(self) -> None:
        if self._session:
            self._session.close()
        self._session = None


def judge(
    passage: Passage, assignment: Assignment, zygote: Zygote, limits: Limits
) -> tuple[ExerciseResult, ...]:
    """The results, in the order of the lesson. Raises WorkerLost."""
    bench = Bench(zygote, limits)
    try:
        return tuple(
            _result(passage, assignment, exercise_id, bench, limits)
            for exercise_id in assignment.facts.expressions
        )
    finally:
        bench.close()


def _result(
    passage: Passage, assignment: Assignment, exercise_id: str, bench: Bench, limits: Limits
) -> ExerciseResult:
    failure = failure_of(passage, exercise_id)
    taken = passage.answers.get(exercise_id)
    line, seen = "", ""
    if failure and (failure.how != RAISED or taken is None):
        finding = Finding(FAILED, words(failure, limits))
        line = failed_line(failure)
    elif exercise_id in passage.unread:
        text = _("the answer can't be read: {why}")
        finding = Finding(NOT_YET, text.format(why=passage.unread[exercise_id]))
    elif taken is None:
        finding = Finding(NOT_ATTEMPTED)
    else:
        finding, seen = _findings(exercise_id, taken, assignment, bench, limits)
    wrong = finding.verdict in (NOT_YET, FAILED)
    possible = assignment.points[exercise_id]
    return ExerciseResult(
        exercise_id,
        finding.verdict,
        possible if finding.verdict == RIGHT else 0.0,
        possible,
        text=finding.text,
        hint=EXERCISES[exercise_id].hints[0] if wrong else "",
        line=line,
        detail=seen,
        code=_code(passage, exercise_id) if wrong else "",
        wrong=finding.wrong,
    )


def _code(passage: Passage, exercise_id: str) -> str:
    """The learner's cells of an exercise."""
    cells = [c.source for c in passage.notebook.cells if passage.owners.get(c.id) == exercise_id]
    return "\n\n".join(cells)[:LONGEST_CODE]


def _findings(
    exercise_id: str, taken: str, assignment: Assignment, bench: Bench, limits: Limits
) -> tuple[Finding, str]:
    """The finding, its text without what was drawn; and what was seen with that."""
    cases = assignment.cases.get(exercise_id)
    message = {"judge": exercise_id, "answer": taken, "given": dict(assignment.values)}
    finding = _finding(bench.ask(message | {"cases": cases}), limits)
    if finding.verdict != NOT_YET:
        return finding, ""
    if exercise_id in assignment.facts.of_values:
        text = _("that is not what comes of the values with which your notebook was run")
        return Finding(NOT_YET, text), finding.text
    if cases is None:
        return finding, ""
    # what `check` says in the lesson, to which nothing is secret
    known = _finding(bench.ask(message | {"cases": None}), limits)
    if known.verdict == NOT_YET:
        return known, finding.text
    text = _("that is right for what `check` tries, and not for other values")
    return Finding(NOT_YET, text), finding.text


def _finding(reply: Reply, limits: Limits) -> Finding:
    verdict, text = reply.said.get("verdict"), reply.said.get("text")
    if (
        reply.how == REPLIED
        and verdict in (RIGHT, NOT_YET, NOT_ATTEMPTED)
        and isinstance(text, str)
        and isinstance(reply.said.get("wrong", []), list)
    ):
        wrong = reply.said.get("wrong", [])
        return Finding(verdict, plain(text, LONGEST_TEXT), tuple(map(str, wrong))[:MOST_QUESTIONS])
    late = limits.judging_seconds if reply.word == "submission" else limits.judge_seconds
    known = {
        TIMEOUT: _("it takes longer than {n:g} seconds").format(n=late),
        MEMORY: _("out of memory"),
    }
    text = _("your answer could not be judged: {why}")
    return Finding(FAILED, text.format(why=known.get(reply.how, reply.word or reply.how)))
