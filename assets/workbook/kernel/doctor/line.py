"""What the doctor says of one thing: a word, a sentence, and what to do next."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from workbook.language import ENGLISH, _, spoken

OK = "ok"
PROBLEM = "problem"
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Line:
    """`word` is one of the three above; `next` is empty where nothing is to be done. `name` is the
    same in every language, so that a lesson can ask for a line by it; another language stands
    behind it in brackets."""

    name: str
    word: str
    text: str
    next: str = ""


def table(lines: Iterable[Line]) -> str:
    """The lines for a person, the names and words in columns."""
    words = {OK: _("ok"), PROBLEM: _("problem"), UNKNOWN: _("unknown")}
    lines = list(lines)
    said = {line.name: _said(line.name) for line in lines}
    name_wide = max(map(_width, said.values()))
    word_wide = max(map(_width, words.values()))
    following = _("next: {step}")
    rows = []
    for line in lines:
        name, word = _padded(said[line.name], name_wide), _padded(words[line.word], word_wide)
        rows.append(f"{name}  {word}  {line.text}")
        if line.next:
            rows.append(" " * (name_wide + word_wide + 4) + following.format(step=line.next))
    return "\n".join(rows)


def _said(name: str) -> str:
    names = {
        "packages": _("packages"),
        "kernel": _("kernel"),
        "home": _("home folder"),
        "door": _("way in"),
        "proxy": _("proxy"),
        "containers": _("containers"),
        "version": _("version"),
        "multi-user": _("several users"),
        "credentials": _("credentials"),
        "namespace": _("namespace"),
        "v1 pipelines": _("pipelines of kfp 1.8"),
    }
    meaning = names.get(name, name)
    return name if spoken() == ENGLISH or meaning == name else f"{name} ({meaning})"


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def _width(text: str) -> int:
    """In columns of a terminal, where a Korean letter takes two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
