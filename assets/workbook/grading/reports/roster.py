"""Who should have handed in, as the instructor's own table says."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from workbook.grading.facts.plain import plain_line
from workbook.grading.facts.record import UNKNOWN_LEARNER, Record
from workbook.grading.reports.spreadsheet import SpreadsheetError, spreadsheet_text
from workbook.language import _

LEARNER, ID = "learner", "id"


@dataclass(frozen=True)
class Expected:
    """A learner of the course; `id` is the learning platform's number, or ""."""

    name: str
    id: str = ""


def read_roster(path: Path) -> tuple[Expected, ...]:
    """A CSV file with the columns `learner` and, if it likes, `id`; without such a header a name in
    the first column of each line. Raises SpreadsheetError."""
    rows = list(csv.reader(io.StringIO(spreadsheet_text(path), newline="")))
    header = [name.strip().casefold() for name in rows[0]] if rows else []
    place, number = 0, -1
    if LEARNER in header:
        place, number = header.index(LEARNER), header.index(ID) if ID in header else -1
        del rows[0]
    found = tuple(
        Expected(plain_line(row[place]), row[number].strip() if 0 <= number < len(row) else "")
        for row in rows
        if len(row) > place and row[place].strip()
    )
    if not found:
        raise SpreadsheetError(_("{name} names no learner.").format(name=plain_line(path.name)))
    return found


def compared(
    records: Sequence[Record], roster: Sequence[Expected]
) -> tuple[list[Record], list[str]]:
    """The records, those of nobody on the roster waiting for a person; and a sentence for each who
    handed in nothing of a lesson that others handed in."""
    by_name = {_same(each.name): each for each in roster}
    by_id = {each.id: each for each in roster if each.id}
    found: list[Record] = []
    there: set[tuple[Expected, str]] = set()
    for record in records:
        known = by_id.get(record.platform_id) if record.platform_id else None
        named = by_name.get(_same(record.platform_name or record.learner))
        if named and not (named.id and record.platform_id):
            known = known or named
        if known:
            there.add((known, record.lesson))
        else:
            text = _("This name is not on the roster.")
            record = replace(
                record,
                verdict=UNKNOWN_LEARNER,
                text=" ".join(filter(None, [text, record.text])),
            )
        found.append(record)
    text = _("{learner}: lesson {lesson} was not handed in")
    lessons = sorted({record.lesson for record in records if record.lesson})
    return found, [
        text.format(learner=each.name, lesson=lesson)
        for lesson in lessons
        for each in roster
        if (each, lesson) not in there
    ]


def _same(name: str) -> str:
    """Names are equal however they were typed: case, spaces, and macOS's Hangul apart."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
