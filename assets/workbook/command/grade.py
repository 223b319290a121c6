"""`workbook grade`: grade what learners handed in."""

from __future__ import annotations

import argparse
import sys

from localkfp import StoreError

from workbook.command.failure import fail
from workbook.grading.batch.batch import grade, here
from workbook.grading.batch.job import Unfinished
from workbook.grading.batch.journal import JournalError
from workbook.grading.batch.settings import Settings
from workbook.grading.cluster.away import Away, ClusterError
from workbook.grading.cluster.store import BatchStoreError
from workbook.grading.intake.submissions import IntakeError
from workbook.grading.reports.spreadsheet import SpreadsheetError
from workbook.grading.rubric.rubric import RubricError
from workbook.grading.sandbox.session import WorkerLost
from workbook.grading.sandbox.warm import ALWAYS, IF_POSSIBLE, Unisolated
from workbook.language import _

PROBLEMS = (
    *(IntakeError, JournalError, RubricError, SpreadsheetError),
    *(StoreError, Unisolated, WorkerLost),
    *(BatchStoreError, ClusterError, Unfinished),
)


def run(chosen: argparse.Namespace) -> int:
    if bool(chosen.export) != bool(chosen.template):
        return fail(_("--export and --template go together."))
    if bool(chosen.on) != bool(chosen.store):
        return fail(_("--on and --store go together."))
    by = Away(chosen.on, chosen.store, chosen.shares, chosen.image) if chosen.on else here
    try:
        records = grade(
            Settings(
                chosen.submissions,
                chosen.out,
                chosen.seed,
                chosen.jobs,
                tuple(chosen.lesson),
                chosen.resume,
                only=chosen.only,
                close=chosen.close,
                export=chosen.export,
                template=chosen.template,
                roster=chosen.roster,
                due=chosen.due,
                isolation=ALWAYS if chosen.require_isolation else IF_POSSIBLE,
            ),
            by,
        )
    except KeyboardInterrupt:
        print(_("workbook: stopped; go on with --resume, nothing is lost"), file=sys.stderr)
        return 2
    except PROBLEMS as error:
        return fail(error)
    except OSError as error:  # a full disk
        text = _("{reason}: {file}. Fix this and go on with --resume: nothing is lost.")
        return fail(text.format(reason=error.strerror, file=error.filename or chosen.out))
    people = [record for record in records if record.needs_a_person]
    if any(not record.isolated for record in records):
        print(_("Not isolated: there is no bubblewrap here that works, so limits only."))
    print(
        _("{count} graded, {people} need a person; see {report}").format(
            count=len(records) - len(people), people=len(people), report=chosen.out
        )
    )
    return 3 if people else 0
