"""One submission, from its bytes to a Record: rebuild, run, judge."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from workbook.exercises import EXERCISES
from workbook.exercises.model import NOT_ATTEMPTED, NOT_YET, RIGHT, Case, Finding
from workbook.grading.facts.lesson import Facts, facts
from workbook.grading.facts.plain import plain
from workbook.grading.facts.record import (
    FAILED,
    GRADED,
    TOO_LARGE,
    UNKNOWN_LESSON,
    UNREADABLE,
    ExerciseResult,
    Record,
    Refusal,
    Submission,
)
from workbook.grading.notebook.execute import execute
from workbook.grading.notebook.passage import RAISED, Course
from workbook.grading.notebook.rebuild import MAX_BYTES, Rebuilt, Refused, rebuild
from workbook.grading.reports import written
from workbook.grading.rubric.rubric import Rubric
from workbook.grading.sandbox.bubblewrap import MIB, Limits
from workbook.grading.sandbox.inside.keeper import THREADS
from workbook.grading.sandbox.outputs import Outputs
from workbook.grading.sandbox.session import (
    DIED,
    MEMORY,
    OUTPUT,
    PROCESSES,
    REPLIED,
    TIMEOUT,
    Reply,
    Session,
    Zygote,
)
from workbook.grading.sandbox.warm import Worker
from workbook.language import _

MOST_NOTES = 10
MOST_IN_A_NOTE = 3
LONGEST_BEGIN = 60  # characters
LONGEST_TEXT = 2000  # characters of what a judge found; it may name what a learner named


def read(submission: Submission) -> bytes | Refusal:
    """The bytes of a submission, without following a link or waiting for a pipe."""
    if submission.refusal:
        return submission.refusal
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        file = os.open(submission.path, flags)
        with os.fdopen(file, "rb") as stream:
            if not stat.S_ISREG(os.fstat(file).st_mode):
                return Refusal(UNREADABLE, _("This is no file."))
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        return Refusal(UNREADABLE, _("The file can't be read: {why}").format(why=error.strerror))
    if len(data) > MAX_BYTES:
        text = _("The file has more than {most:,} bytes.").format(most=MAX_BYTES)
        return Refusal(TOO_LARGE, text)
    return data


def key(submission: Submission, data: bytes | Refusal) -> str:
    """The same for the same learner, lesson and content, in every batch."""
    content = data if isinstance(data, bytes) else submission.file.encode("utf-8", "replace")
    names = f"{submission.learner}\0{submission.lesson}\0".encode("utf-8", "replace")
    return sha256(names + sha256(content).digest()).hexdigest()[:32]


def refused(submission: Submission, refusal: Refusal, name: str, seed: int) -> Record:
    return Record(
        key=name,
        learner=submission.learner,
        lesson=submission.lesson,
        file=submission.file,
        verdict=refusal.verdict,
        text=refusal.text,
        notes=submission.notes,
        seed=seed,
    )


def mark(
    submission: Submission,
    worker: Worker,
    rubric: Rubric,
    cases: Mapping[str, Sequence[Case]],
    seed: int,
    out: Path,
    limits: Limits,
) -> Record:
    """Grade one submission; `cases` are those of its lesson (`reference`). Raises WorkerLost when
    the worker is gone, and OSError."""
    begin = time.monotonic()
    data = read(submission)
    name = key(submission, data)
    if isinstance(data, Refusal):
        return refused(submission, data, name, seed)
    if submission.lesson not in rubric.lessons:
        refusal = Refusal(UNKNOWN_LESSON, _("Which lesson this is can't be told."))
        return refused(submission, refusal, name, seed)
    lesson = facts(submission.lesson)
    try:
        rebuilt = rebuild(data, lesson)
    except Refused as error:
        return refused(submission, error.refusal, name, seed)
    given = rubric.parameters(submission.lesson, seed)
    course = run(rebuilt, lesson, worker.kernels, given, limits)
    results = judge(course, lesson, worker.judges, rubric, given, cases, limits)
    notes = [*submission.notes, *rebuilt.notes, *_notes_of(course)]
    stored = written.keep_notebook(
        course.notebook, submission.learner, submission.lesson, submission.file, out
    )
    return Record(
        key=name,
        learner=submission.learner,
        lesson=submission.lesson,
        file=submission.file,
        verdict=GRADED,
        notes=tuple(notes),
        exercises=results,
        seconds=round(time.monotonic() - begin, 3),
        isolated=worker.isolated,
        seed=seed,
        notebook=stored,
    )


def run(
    rebuilt: Rebuilt, lesson: Facts, zygote: Zygote, given: Mapping[str, Any], limits: Limits
) -> Course:
    """Run a notebook with the parameters `given`."""
    course = Course(
        zygote,
        limits,
        kinds={name: EXERCISES[name].kind for name in lesson.expressions},
        expressions=lesson.expressions,
        owners=rebuilt.owners,
    )
    execute(rebuilt.notebook, given, course)
    return course


def judge(
    course: Course,
    lesson: Facts,
    zygote: Zygote,
    rubric: Rubric,
    given: Mapping[str, Any],
    cases: Mapping[str, Sequence[Case]],
    limits: Limits,
) -> tuple[ExerciseResult, ...]:
    """Judge what a notebook answered, in the order of the lesson."""
    session: Session | None = None
    results = []
    try:
        for exercise_id in lesson.expressions:
            possible = rubric.points(exercise_id)
            failure = _failure(course, exercise_id)
            taken = course.answers.get(exercise_id)
            hint, line = "", ""
            if failure and (failure.how != RAISED or taken is None):
                finding = Finding(FAILED, _words(failure, limits))
                line = _line(failure)
            elif exercise_id in course.unread:
                text = _("the answer can't be read: {why}")
                finding = Finding(NOT_YET, text.format(why=course.unread[exercise_id]))
            elif taken is None:
                finding = Finding(NOT_ATTEMPTED)
            else:
                if session is None or not session.alive:
                    session = _renewed(session, zygote, limits)
                message = {
                    "judge": exercise_id,
                    "answer": taken,
                    "given": dict(given),
                    "cases": cases.get(exercise_id),
                }
                finding = _finding(session.ask(message, limits.judge_seconds, Outputs(0)), limits)
            if finding.verdict in (NOT_YET, FAILED):
                hint = EXERCISES[exercise_id].hints[0]
            points = possible if finding.verdict == RIGHT else 0.0
            results.append(
                ExerciseResult(
                    exercise_id, finding.verdict, points, possible, finding.text, hint, line
                )
            )
    finally:
        if session:
            session.close()
    return tuple(results)


def _renewed(session: Session | None, zygote: Zygote, limits: Limits) -> Session:
    if session:
        session.close()
    return zygote.open(limits)


def _finding(reply: Reply, limits: Limits) -> Finding:
    verdict, text = reply.said.get("verdict"), reply.said.get("text")
    if (
        reply.how == REPLIED
        and verdict in (RIGHT, NOT_YET, NOT_ATTEMPTED)
        and isinstance(text, str)
    ):
        return Finding(verdict, plain(text, LONGEST_TEXT))
    words = {
        TIMEOUT: _("it takes longer than {n:g} seconds").format(n=limits.judge_seconds),
        MEMORY: _("out of memory"),
    }
    text = _("your answer could not be judged: {why}")
    return Finding(FAILED, text.format(why=words.get(reply.how, reply.word or reply.how)))


def _failure(course: Course, exercise_id: str) -> Reply | None:
    """How the last cell of an exercise that failed did so."""
    found = None
    for cell_id, reply in course.failures.items():
        if course.owners.get(cell_id) == exercise_id:
            found = reply
    return found


def _words(reply: Reply, limits: Limits) -> str:
    raised = reply.said.get("raised") or {}
    name, value = str(raised.get("ename", "")), str(raised.get("evalue", ""))
    if reply.how == MEMORY or name == "MemoryError":
        return _("out of memory (the limit is {size:g} GB)").format(size=limits.memory / MIB / 1024)
    if reply.how == TIMEOUT and reply.word == "notebook":
        return _("not run: the notebook took longer than {n:g} seconds").format(
            n=limits.notebook_seconds
        )
    texts = {
        TIMEOUT: _("timeout: it ran longer than {n:g} seconds").format(n=limits.cell_seconds),
        DIED: _("the kernel died ({how})").format(how=reply.word),
        PROCESSES: _("it started more than {n} processes, or {threads} threads").format(
            n=limits.processes, threads=THREADS * limits.processes
        ),
        OUTPUT: _("it printed more than {n} MB").format(n=limits.output // MIB),
        RAISED: ": ".join(filter(None, [name, " ".join(value.split())]))[:500],
    }
    return texts[reply.how]


def _line(reply: Reply) -> str:
    raised = reply.said.get("raised")
    return str(raised.get("line", ""))[:300] if isinstance(raised, dict) else ""


def _notes_of(course: Course) -> list[str]:
    """What failed outside of the exercises, and what was too large to be kept."""
    notes = []
    for cell in course.notebook.cells:
        found = [*course.omitted.get(cell.id, ())]
        if cell.id in course.failures and cell.id not in course.owners:
            found.append(_words(course.failures[cell.id], course.limits))
        if found:
            text = _('the cell that begins with "{line}": {what}')
            line = cell.source.strip().partition("\n")[0][:LONGEST_BEGIN]
            notes.append(text.format(line=line, what=", ".join(found[:MOST_IN_A_NOTE])))
    return notes[:MOST_NOTES]
