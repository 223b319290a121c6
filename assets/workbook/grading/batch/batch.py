"""A whole batch: what was handed in, through some workers, into the journal and the reports."""

from __future__ import annotations

import queue
import secrets
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from tqdm import tqdm

from workbook.exercises.model import Case
from workbook.grading.batch import marking, reference
from workbook.grading.batch.journal import Journal
from workbook.grading.facts.places import stem
from workbook.grading.facts.record import GRADER_ERROR, Record, Refusal, Submission
from workbook.grading.intake.submissions import IntakeError, find_submissions
from workbook.grading.reports import written
from workbook.grading.rubric.rubric import Rubric, RubricError, load_rubric
from workbook.grading.sandbox import bubblewrap
from workbook.grading.sandbox.bubblewrap import Layout, Limits
from workbook.grading.sandbox.inside.keeper import sweep
from workbook.grading.sandbox.session import WorkerLost
from workbook.grading.sandbox.warm import Worker
from workbook.language import _

LIMITS = Limits()
TRIES = 2  # of one submission, when a worker goes down with it


@dataclass
class Batch:
    """What the jobs share. `todo` is what is not graded yet; the first of `workers` forks for all
    of them; `cases`: lesson -> on what its answers are judged, once it has been solved."""

    todo: queue.Queue[Submission]
    journal: Journal
    rubric: Rubric
    seed: int
    out: Path
    layout: Layout
    limits: Limits
    isolate: bool
    bar: tqdm
    stopping: threading.Event
    problems: list[BaseException] = field(default_factory=list)
    workers: list[Worker] = field(default_factory=list)
    cases: dict[str, Mapping[str, Sequence[Case]]] = field(default_factory=dict)
    solving: threading.Lock = field(default_factory=threading.Lock)

    def work(self) -> None:
        """Grade until nothing is left. After a worker goes down, this job has one of its own, so
        that what brings it down is nobody else's loss a second time."""
        worker: Worker | None = self.workers[0]
        try:
            while not self.stopping.is_set():
                try:
                    submission = self.todo.get_nowait()
                except queue.Empty:
                    return
                worker, record = self._grade(submission, worker)
                if record is not None:
                    self.journal.add(record)
                    self.bar.update()
        except BaseException as error:  # a full disk, say: nothing more can be graded
            self.problems.append(error)
            self.stop()
        finally:
            self._stop(worker)

    def stop(self) -> None:
        """End what is being graded; it is graded when the batch goes on."""
        self.stopping.set()
        for worker in self.workers:
            worker.stop()

    def start(self) -> Worker:
        worker = Worker.start(self.layout, self.isolate)
        self.workers.append(worker)
        return worker

    def _stop(self, worker: Worker | None) -> None:
        if worker and worker is not self.workers[0]:
            worker.stop()

    def _grade(
        self, submission: Submission, worker: Worker | None
    ) -> tuple[Worker | None, Record | None]:
        why, isolated = "", True
        for _try in range(TRIES):
            try:
                worker = worker or self.start()
                record = marking.mark(
                    submission,
                    worker,
                    self.rubric,
                    self._cases(submission.lesson, worker),
                    self.seed,
                    self.out,
                    self.limits,
                )
                return worker, record
            except (OSError, RubricError):
                raise
            except Exception as error:
                why = (
                    str(error)
                    if isinstance(error, WorkerLost)
                    else f"{type(error).__name__}: {error}"
                )
                if worker:
                    isolated = worker.isolated
                    self._stop(worker)
                worker = None
            if self.stopping.is_set():
                return worker, None
        name = marking.key(submission, marking.read(submission))
        refusal = Refusal(GRADER_ERROR, _("The grader failed: {why}").format(why=why))
        record = marking.refused(submission, refusal, name, self.seed)
        return worker, replace(record, isolated=isolated)

    def _cases(self, lesson: str, worker: Worker) -> Mapping[str, Sequence[Case]]:
        with self.solving:
            if lesson in self.rubric.lessons and lesson not in self.cases:
                self.cases[lesson] = reference.cases_of(
                    lesson, worker, self.rubric, self.seed, self.limits
                )
        return self.cases.get(lesson, {})


def grade(
    source: Path,
    out: Path,
    seed: int | None = None,
    jobs: int = 2,
    lessons: Sequence[str] = (),
    resume: bool = False,
    limits: Limits = LIMITS,
    isolate: bool = True,
    progress: bool = True,
) -> list[Record]:
    """Grade everything in `source`; results go to `out`. Returns all records, of before too.

    Raises IntakeError, RubricError, JournalError, WorkerLost and OSError, each with a sentence.
    On KeyboardInterrupt what is graded stays in the journal, and `resume` goes on from there.
    """
    rubric = load_rubric()
    for number in lessons:
        if number not in rubric.lessons:
            known = ", ".join(rubric.lessons)
            text = _("There is no lesson {number}; there are {known}.")
            raise IntakeError(text.format(number=number, known=known))
    if source.is_dir() and out.resolve().is_relative_to(source.resolve()):
        text = _("{out} lies in {source}: the next batch would grade it. Name another --out.")
        raise IntakeError(text.format(out=out, source=source))
    journal = Journal(out, resume)
    work = Path(tempfile.mkdtemp(prefix="workbook-grade-"))
    try:
        intake = find_submissions(source, work)
        # of no known lesson: a person must see it, whichever lessons are graded
        chosen = [s for s in intake.submissions if not lessons or s.lesson in (*lessons, "")]
        notes = [*intake.notes]
        if others := len(intake.submissions) - len(chosen):
            text = _("{count} of other lessons: left out")
            notes.append(text.format(count=others))
        if not chosen:
            text = _("there is no notebook of lesson {lessons} in {source}")
            raise IntakeError(text.format(lessons=", ".join(lessons), source=source))
        if seed is None:
            seed = journal.records[0].seed if journal.records else secrets.randbelow(10**6)
        done = {record.key for record in journal.records}
        left = [each for each in chosen if marking.key(each, marking.read(each)) not in done]
        todo: queue.Queue[Submission] = queue.Queue()
        for submission in left:
            todo.put(submission)
        with tqdm(
            total=len(chosen),
            initial=len(chosen) - len(left),
            unit=_("notebook"),
            disable=not progress,
        ) as bar:
            batch = Batch(
                todo,
                journal,
                rubric,
                seed,
                out,
                bubblewrap.lay_out(work / "layout"),
                limits,
                isolate,
                bar,
                threading.Event(),
            )
            _run(batch, min(jobs, len(left)))
        records = _newest(journal.records)
        written.write_outcome(records, rubric, out, notes)
        return records
    finally:
        sweep(work)
        journal.close()


def _newest(records: Sequence[Record]) -> list[Record]:
    """Of those of one learner and lesson the last: another was handed in between."""
    return list({stem(each.learner, each.lesson, each.file): each for each in records}.values())


def _run(batch: Batch, jobs: int) -> None:
    if not jobs:  # all of it was graded before
        return
    batch.start()
    threads = [threading.Thread(target=batch.work) for _ in range(jobs)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            while thread.is_alive():
                thread.join(0.2)  # so that Ctrl-C is heard
    finally:
        batch.stop()
        for thread in threads:
            thread.join()
    if batch.problems:
        raise batch.problems[0]
