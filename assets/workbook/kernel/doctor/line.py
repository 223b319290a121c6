"""What the doctor says of one thing: a word, a sentence, and what to do next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from workbook.language import _

OK = "ok"
PROBLEM = "problem"
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Line:
    """`word` is one of the three above; `next` is empty where nothing is to be done. `name` is the
    same in every language, so that a lesson can ask for a line by it."""

    name: str
    word: str
    text: str
    next: str = ""


def table(lines: Iterable[Line]) -> str:
    """The lines for a person, the names and words in columns."""
    lines = list(lines)
    words = {OK: _("ok"), PROBLEM: _("problem"), UNKNOWN: _("unknown")}
    wide = max(len(line.name) for line in lines)
    word_wide = max(map(len, words.values()))
    rows = []
    for line in lines:
        rows.append(f"{line.name:{wide}}  {words[line.word]:{word_wide}}  {line.text}")
        if line.next:
            rows.append(f"{'':{wide + word_wide + 4}}{_('next: {step}').format(step=line.next)}")
    return "\n".join(rows)
