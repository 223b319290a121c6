"""What of a notebook is its learner's own, as numbers by which two can be compared.

As Moss does (Schleimer, Wilkerson, Aiken: Winnowing, SIGMOD 2003): runs of tokens, hashed; what the
lesson itself has is left out, and names and spaces, comments and numbers of cells don't count.
"""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable, Iterator
from functools import cache
from zlib import crc32

from workbook.grading.facts.lesson import Facts

RUN = 6  # tokens
MOST = 200  # numbers that are kept, the smallest
COMMENT = re.compile(r"#[^\n]*")
TOKEN = re.compile(r"\w+|[^\w\s]")
KNOWN = frozenset(keyword.kwlist) | frozenset(dir(builtins))


def own(sources: Iterable[str], facts: Facts) -> tuple[int, ...]:
    """The smallest hashes of the runs of tokens in these cells that the lesson has not."""
    found: set[int] = set()
    for source in sources:
        found.update(_runs(source))
    return tuple(sorted(found - _of_lesson(facts.sources))[:MOST])


@cache
def _of_lesson(sources: frozenset[str]) -> frozenset[int]:
    return frozenset(number for source in sources for number in _runs(source))


def _runs(source: str) -> Iterator[int]:
    tokens = [_token(each) for each in TOKEN.findall(COMMENT.sub("", source))]
    for i in range(len(tokens) - RUN + 1):
        yield crc32(" ".join(tokens[i : i + RUN]).encode("utf-8", "replace"))


def _token(text: str) -> str:
    return "name" if text.isidentifier() and text not in KNOWN else text
