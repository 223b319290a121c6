"""What is graded stays graded: a line of JSON for each Record, on the disk before the next one."""

from __future__ import annotations

import fcntl
import os
import threading
from pathlib import Path

from workbook.grading.record import Record, from_json, to_json
from workbook.language import _

NAME = "journal.jsonl"


class JournalError(ValueError):
    """The folder of results can't be used; the message says why and what to do."""


class Journal:
    """The journal in the folder `out`, for this process alone. `records` is what it holds."""

    def __init__(self, out: Path, resume: bool) -> None:
        """Raises JournalError, RecordError for a line that isn't one, and OSError."""
        out.mkdir(parents=True, exist_ok=True)
        self._path = out / NAME
        self._file = self._path.open("a+b")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            text = _("Another `workbook grade` is writing to {folder}.")
            raise JournalError(text.format(folder=out)) from None
        self._writing = threading.Lock()
        self.records = self._read()
        if self.records and not resume:
            self._file.close()
            text = _("{folder} has results already. Add --resume to go on, or name another folder.")
            raise JournalError(text.format(folder=out))

    def add(self, record: Record) -> None:
        with self._writing:
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
        return [from_json(line.decode()) for line in data[:whole].splitlines()]
