"""Tables that a person or a platform wrote with a spreadsheet."""

from __future__ import annotations

from pathlib import Path

from workbook.grading.facts.plain import plain_line
from workbook.language import _

MOST_BYTES = 20 * 1024 * 1024


class SpreadsheetError(ValueError):
    """A table can't be used. The message is a sentence that names it."""


def spreadsheet_text(path: Path) -> str:
    """The text of a CSV file: UTF-8, or CP949 as a Korean Excel saves it. Raises
    SpreadsheetError."""
    name = plain_line(path.name)
    try:
        data = path.read_bytes()
    except OSError as error:
        text = _("{name} can't be read: {reason}")
        raise SpreadsheetError(text.format(name=name, reason=error.strerror)) from None
    for encoding in ("utf-8-sig", "cp949"):
        try:
            return data[:MOST_BYTES].decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SpreadsheetError(_("{name} is neither UTF-8 nor CP949.").format(name=name))
