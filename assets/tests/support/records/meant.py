"""The differences that are meant: `meant.yaml`, which is what `DIFFERENCES.md` shows.

everywhere:  kind, there, here, reason; fields (of nodes and status) and lines (patterns of
             lines of logs) that aren't compared, unordered (patterns of parts of logs whose order
             isn't compared)
records:     kind, there, here, reason; records, by name; places, patterns of the places of
             `facts` (all, where there are none); by_chance: they may be equal, too
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

FILE = Path(__file__).with_name("meant.yaml")
OPEN = Path(__file__).with_name("open.txt")


@dataclass(frozen=True)
class Kind:
    """A row of the page."""

    kind: str
    there: str
    here: str
    reason: str
    records: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    by_chance: bool = False
    lines: tuple[str, ...] = ()
    unordered: tuple[str, ...] = ()

    @property
    def _patterns(self) -> tuple[str, ...]:
        return self.places or ((".*",) if self.records else ())

    def covers(self, record: str, place: str) -> bool:
        concerns = record in self.records or not self.records
        return concerns and any(re.fullmatch(p, place, re.S) for p in self._patterns)


@cache
def kinds(part: str) -> tuple[Kind, ...]:
    """`part`: everywhere or records."""
    rows = yaml.safe_load(FILE.read_text())[part] or []
    return tuple(
        Kind(
            **{key: tuple(value) if isinstance(value, list) else value for key, value in r.items()}
        )
        for r in rows
    )


def open_records() -> frozenset[str]:
    """Records that still differ in what nobody means: `open.txt`, which must become empty."""
    return frozenset(OPEN.read_text().split())


def everywhere(what: str) -> list[str]:
    """All `fields`, `lines` or `unordered`."""
    return [entry for kind in kinds("everywhere") for entry in getattr(kind, what)]
