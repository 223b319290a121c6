"""Where submissions are graded, several at once: a failure of the grader costs nobody a grade."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace

from workbook.grading.batch.assignment import Assignment
from workbook.grading.batch.marking import Marked, mark, refused
from workbook.grading.batch.reference import assignment_of
from workbook.grading.facts.record import GRADER_ERROR, UNKNOWN_LESSON, Refusal, Submission
from workbook.grading.rubric.rubric import Rubric, RubricError
from workbook.grading.sandbox.bubblewrap import Limits
from workbook.grading.sandbox.session import WorkerLost
from workbook.grading.sandbox.warm import Hearth, WarmProcesses
from workbook.language import _


class Stopped(Exception):
    """The batch was stopped before a submission was graded."""


@dataclass
class Desk:
    """`begins` is told of each submission before it is run."""

    hearth: Hearth
    rubric: Rubric
    limits: Limits
    seed: int
    begins: Callable[[Submission], None] = lambda _submission: None
    _stopping: threading.Event = field(default_factory=threading.Event)
    _solving: threading.Lock = field(default_factory=threading.Lock)
    _assignments: dict[str, Assignment] = field(default_factory=dict)

    def marked(self, submissions: Sequence[Submission], jobs: int) -> Generator[Marked, None, None]:
        """What comes of each, as it comes. Close this to stop what is being graded.

        Raises RubricError, WorkerLost when nothing can be started, and OSError.
        """
        # if there can be none, it is known before anything is graded
        try:
            self.hearth.shared()
        except WorkerLost:  # it may only have been late
            self.hearth.shared()
        with ThreadPoolExecutor(jobs) as pool:
            try:
                for future in as_completed({pool.submit(self.mark, each) for each in submissions}):
                    yield future.result()
            finally:
                self._stopping.set()
                pool.shutdown(wait=False, cancel_futures=True)
                self.hearth.stop()

    def mark(self, submission: Submission) -> Marked:
        """Raises RubricError, OSError, and Stopped."""
        if submission.refusal:
            return refused(submission, submission.refusal, self.seed)
        if submission.lesson not in self.rubric.lessons:
            text = _("Which lesson this is can't be told.")
            return refused(submission, Refusal(UNKNOWN_LESSON, text), self.seed)
        self.begins(submission)
        try:
            warm = self.hearth.shared()
            try:
                return self._mark(submission, warm)
            except WorkerLost:
                self.hearth.give_up(warm)
                raise
        except (OSError, RubricError):
            raise
        except Exception:
            if self._stopping.is_set():
                raise Stopped from None
        try:
            with self.hearth.own() as warm:
                return self._mark(submission, warm)
        except (OSError, RubricError):
            raise
        except Exception as error:
            if self._stopping.is_set():
                raise Stopped from None
            why = (
                str(error) if isinstance(error, WorkerLost) else f"{type(error).__name__}: {error}"
            )
        refusal = Refusal(GRADER_ERROR, _("The grader failed: {why}").format(why=why))
        record = refused(submission, refusal, self.seed).record
        return Marked(replace(record, isolated=self.hearth.isolated))

    def _mark(self, submission: Submission, warm: WarmProcesses) -> Marked:
        with self._solving:
            number = submission.lesson
            if number not in self._assignments:
                self._assignments[number] = assignment_of(
                    number, warm, self.rubric, self.seed, self.limits
                )
        return mark(submission, self._assignments[number], warm, self.limits, self.seed)
