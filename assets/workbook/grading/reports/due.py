"""What was handed in late: shown, and left to the instructor."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from workbook.grading.facts.record import Record
from workbook.language import _

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def with_lateness(records: Iterable[Record], due: datetime) -> list[Record]:
    """The records, a note on each that was handed in after `due`, in this machine's time."""
    return [_noted(record, due) for record in records]


def _noted(record: Record, due: datetime) -> Record:
    if not record.handed_in:
        return record
    late = datetime.fromisoformat(record.handed_in) - due
    if late <= timedelta():
        return record
    text = _("late by {time}: handed in at {at}")
    note = text.format(time=_words(late), at=record.handed_in.replace("T", " "))
    return replace(record, notes=(*record.notes, note))


def _words(time: timedelta) -> str:
    if time >= 2 * DAY:
        return _("{count} days").format(count=time // DAY)
    if time >= 2 * HOUR:
        return _("{count} h").format(count=time // HOUR)
    return _("{count} min").format(count=max(1, time // timedelta(minutes=1)))
