"""A whole batch: what was handed in, into the journal and the reports."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

from workbook.grading.batch.desk import Desk
from workbook.grading.batch.job import Job, Unfinished
from workbook.grading.batch.journal import Journal
from workbook.grading.batch.marking import Marked
from workbook.grading.batch.settings import Settings
from workbook.grading.facts.places import CLOSED, stem
from workbook.grading.facts.record import Record, Submission
from workbook.grading.intake.content import key, read
from workbook.grading.intake.submissions import IntakeError, find_submissions
from workbook.grading.reports import written
from workbook.grading.reports.alike import alike
from workbook.grading.reports.due import with_lateness
from workbook.grading.reports.export import MOODLE, export, moodle_feedback
from workbook.grading.reports.overrides import overridden, read_overrides
from workbook.grading.reports.roster import compared, read_roster
from workbook.grading.rubric.rubric import Rubric, load_rubric
from workbook.grading.sandbox import bubblewrap
from workbook.grading.sandbox.inside.keeper import sweep
from workbook.grading.sandbox.warm import Hearth
from workbook.language import _

Grader = Callable[[Job], Generator[Marked, None, None]]


def here(job: Job) -> Generator[Marked, None, None]:
    """Grade on this machine: what comes of each, as it comes."""
    hearth = Hearth(bubblewrap.lay_out(job.work / "layout"), job.isolation)
    desk = Desk(hearth, job.rubric, job.limits, job.seed)
    with closing(desk.marked(job.submissions, min(job.jobs, len(job.submissions)))) as marked:
        yield from marked


def grade(settings: Settings, by: Grader = here) -> list[Record]:
    """Grade everything that was handed in. Returns all records, of before too.

    Raises IntakeError, RubricError, JournalError, SpreadsheetError, Unisolated, WorkerLost and
    OSError, each with a sentence, and what `by` raises; after Unfinished all is written.
    On KeyboardInterrupt what is graded stays in the journal, and `resume` goes on from there.
    """
    rubric = load_rubric()
    _refuse_nonsense(settings, rubric)
    overrides = read_overrides(settings.out)
    roster = read_roster(settings.roster) if settings.roster else ()
    journal = Journal(settings.out, settings.resume)
    work = Path(tempfile.mkdtemp(prefix="workbook-grade-"))
    unfinished = None
    try:
        chosen, notes = _chosen(settings, work)
        left = _left(chosen, settings, journal)
        closed = (settings.out / CLOSED).exists()
        if closed and left:
            text = _("{count} handed in after the batch was closed: left out")
            notes.append(text.format(count=len(left)))
        elif left:
            try:
                _grade(left, len(chosen), settings, rubric, journal, work, by)
            except Unfinished as error:
                unfinished = error
                notes.append(str(error))
        records, unknown = overridden(_newest(journal.records), overrides)
        notes += [*unknown, *alike(records)]
        if settings.due:
            records = with_lateness(records, settings.due)
        if roster:
            records, absent = compared(records, roster)
            notes += absent
        if settings.template:
            notes += export(settings.export, settings.template, records, settings.out)
        written.write_outcome(records, rubric, settings.out, notes, closed or settings.close)
        if settings.export == MOODLE:
            moodle_feedback(records, settings.out)
        if unfinished:
            raise unfinished
        return records
    finally:
        sweep(work)
        journal.close()


def _refuse_nonsense(settings: Settings, rubric: Rubric) -> None:
    for number in settings.lessons:
        if number not in rubric.lessons:
            known = ", ".join(rubric.lessons)
            text = _("There is no lesson {number}; there are {known}.")
            raise IntakeError(text.format(number=number, known=known))
    source, out = settings.source, settings.out
    if source.is_dir() and out.resolve().is_relative_to(source.resolve()):
        text = _("{out} lies in {source}: the next batch would grade it. Name another --out.")
        raise IntakeError(text.format(out=out, source=source))


def _chosen(settings: Settings, work: Path) -> tuple[list[Submission], list[str]]:
    """What is to be graded, and the intake's notes."""
    intake = find_submissions(settings.source, work)
    lessons, notes = settings.lessons, [*intake.notes]
    # of no known lesson: a person must see it, whichever lessons are graded
    chosen = [s for s in intake.submissions if not lessons or s.lesson in (*lessons, "")]
    if others := len(intake.submissions) - len(chosen):
        notes.append(_("{count} of other lessons: left out").format(count=others))
    if not chosen:
        text = _("there is no notebook of lesson {lessons} in {source}")
        raise IntakeError(text.format(lessons=", ".join(lessons), source=settings.source))
    return chosen, notes


def _left(chosen: Sequence[Submission], settings: Settings, journal: Journal) -> list[Submission]:
    """Those without a Record; of one learner who is to be graded anew, all."""
    if settings.only:
        if found := [each for each in chosen if each.learner == settings.only]:
            return found
        text = _("There is no learner {name} in {source}.")
        raise IntakeError(text.format(name=settings.only, source=settings.source))
    done = {record.key for record in journal.records}
    return [each for each in chosen if key(each, read(each)) not in done]


def _grade(
    left: Sequence[Submission],
    count: int,
    settings: Settings,
    rubric: Rubric,
    journal: Journal,
    work: Path,
    by: Grader,
) -> None:
    """Put a Record of each into the journal."""
    seed = settings.seed
    if seed is None:
        seed = journal.records[0].seed if journal.records else secrets.randbelow(10**6)
    job = Job(
        left,
        seed,
        rubric,
        settings.limits,
        settings.isolation,
        settings.jobs,
        settings.out,
        work,
        anew=bool(settings.only),
    )
    with (
        tqdm(
            total=count,
            initial=count - len(left),
            unit=_("notebook"),
            disable=not settings.progress,
        ) as bar,
        closing(by(job)) as marked,
    ):
        for each in marked:
            journal.add(_stored(each, settings.out))
            bar.update()


def _stored(marked: Marked, out: Path) -> Record:
    if marked.notebook is None:
        return marked.record
    return replace(
        marked.record, notebook=written.keep_notebook(marked.notebook, marked.record, out)
    )


def _newest(records: Sequence[Record]) -> list[Record]:
    """Of those of one learner and lesson the last: another was handed in between."""
    return list({stem(each.learner, each.lesson, each.file): each for each in records}.values())
