"""What is graded stays graded: a line of JSON for each Record, on the disk before the next one."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from workbook.grading.facts.record import Record, RecordError, from_json, to_json
from workbook.language import _

NAME = "journal.jsonl"


class JournalError(ValueError):
    """The folder of results can't be used; the message says why and what to do."""


class Journal:
    """The journal in the folder `out`, for this process alone. `records` is what it holds."""

    def __init__(self, out: Path, resume: bool) -> None:
        """Raises JournalError."""
        try:
            out.mkdir(parents=True, exist_ok=True)
            self._file = (out / NAME).open("a+b")
        except OSError as error:
            text = _("The folder {folder} can't be written to: {reason}. Name another one.")
            raise JournalError(text.format(folder=out, reason=error.strerror)) from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            text = _("Another `workbook grade` is writing to {folder}.")
            raise JournalError(text.format(folder=out)) from None
        self.records = self._read()
        if self.records and not resume:
            self._file.close()
            text = _("{folder} has results already. Add --resume to go on, or name another folder.")
            raise JournalError(text.format(folder=out))

    def add(self, record: Record) -> None:
        self._file.write(to_json(record).encode("ascii") + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        self.records.append(record)

    def close(self) -> None:
        self._file.close()

    def _read(self) -> list[Record]:
        """A line that was cut off when the machine stopped is taken away: it is graded again."""
        self._file.seek(0)
        data = self._file.read()
        whole = data.rfind(b"\n") + 1
        if whole < len(data):
            self._file.truncate(whole)
        records = []
        for number, line in enumerate(data[:whole].splitlines(), start=1):
            try:
                records.append(from_json(line))
            except RecordError as error:
                self._file.close()
                text = _("{file}, line {number}: {error}. Name another folder.")
                text = text.format(file=self._file.name, number=number, error=error)
                raise JournalError(text) from None
        return records
