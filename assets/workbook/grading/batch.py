"""A whole batch: what was handed in, through some workers, into the journal and the reports."""

from __future__ import annotations

import queue
import secrets
import shutil
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from workbook.grading import marking, outcome, sandbox
from workbook.grading.intake import IntakeError, find_submissions
from workbook.grading.journal import Journal
from workbook.grading.record import GRADER_ERROR, Record, Refusal, Submission
from workbook.grading.rubric import Rubric, load_rubric
from workbook.grading.sandbox import Layout, Limits
from workbook.grading.session import WorkerLost
from workbook.grading.worker import Worker
from workbook.language import _

LIMITS = Limits()
TRIES = 2  # of one submission, when a worker goes down with it


@dataclass
class Batch:
    """What the jobs share. `todo` is what is not graded yet; `worker` forks for all of them."""

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
    problems: list[BaseException]
    worker: Worker | None = None

    def work(self) -> None:
        """Grade until nothing is left. After a worker goes down, this job has one of its own, so
        that what brings it down is nobody else's loss a second time."""
        worker = self.worker
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
            self.stopping.set()
        finally:
            self._stop(worker)

    def _stop(self, worker: Worker | None) -> None:
        if worker and worker is not self.worker:
            worker.stop()

    def _grade(
        self, submission: Submission, worker: Worker | None
    ) -> tuple[Worker | None, Record | None]:
        why = ""
        for _try in range(TRIES):
            try:
                worker = worker or Worker.start(self.layout, self.isolate)
                record = marking.mark(
                    submission, worker, self.rubric, self.seed, self.out, self.limits
                )
                return worker, record
            except OSError:
                raise
            except Exception as error:
                why = (
                    str(error)
                    if isinstance(error, WorkerLost)
                    else f"{type(error).__name__}: {error}"
                )
                self._stop(worker)
                worker = None
            if self.stopping.is_set():
                return worker, None
        name = marking.key(submission, marking.read(submission))
        refusal = Refusal(GRADER_ERROR, _("The grader failed: {why}").format(why=why))
        return worker, marking.refused(submission, refusal, name, self.seed)


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
        intake = find_submissions(source, work / "intake")
        # of no known lesson: a person must see it, whichever lessons are graded
        chosen = [s for s in intake.submissions if not lessons or s.lesson in (*lessons, "")]
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
                sandbox.lay_out(work / "layout"),
                limits,
                isolate,
                bar,
                threading.Event(),
                [],
            )
            _run(batch, min(jobs, len(left)))
        outcome.write_outcome(journal.records, rubric, out, notes=intake.notes)
        return list(journal.records)
    finally:
        journal.close()
        shutil.rmtree(work, ignore_errors=True)


def _run(batch: Batch, jobs: int) -> None:
    if not jobs:  # all of it was graded before
        return
    batch.worker = Worker.start(batch.layout, batch.isolate)
    threads = [threading.Thread(target=batch.work) for _ in range(jobs)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            while thread.is_alive():
                thread.join(0.2)  # so that Ctrl-C is heard
    finally:
        batch.stopping.set()  # what is being graded is brought to its end
        for thread in threads:
            thread.join()
        batch.worker.stop()
    if batch.problems:
        raise batch.problems[0]
