"""The figures that are drawn by hand, with their words in Korean: `assets/img/ko/NAME.svg`, made of
`assets/img/NAME.svg` and the catalog `assets/locale/ko/figures.po`. Pure, but for reading them.

An entry is what one text of the picture says; a piece of it in another face stands between <1> and
</>, the second between <2> and </>. What is code has itself as its Korean.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from babel.messages.catalog import Catalog

from workbook.language import KOREAN

TEXT = re.compile(r"(?s)(<(text|title|desc)\b[^>]*>)(.*?)(</\2>)")
OPENING = re.compile(r"<tspan\b[^>]*>")
MARK = re.compile(r"<(\d+)>")
BY_HAND = "<desc>"  # a picture that a program drew describes itself in its title alone
IN_A_LESSON = re.compile(r"(assets/img/)([\w-]+\.svg)")


def by_hand(folder: Path) -> list[Path]:
    """The figures with words, in `assets/img`."""
    return [path for path in sorted(folder.glob("*.svg")) if BY_HAND in path.read_text("utf-8")]


def of_figures(folder: Path) -> Catalog:
    """The entries of the figures, not translated; the context is the figure's name."""
    catalog = Catalog(locale=KOREAN)
    for path in by_hand(folder):
        for text in _said(path.read_text("utf-8")):
            catalog.add(text, context=path.stem)
    return catalog


def in_korean(source: str, korean: Callable[[str], str]) -> str:
    """A picture with other words; everything else is the same."""

    def say(found: re.Match[str]) -> str:
        spans = OPENING.findall(found[3])
        text = korean(_marked(found[3]))
        text = MARK.sub(lambda mark: spans[int(mark[1]) - 1], text).replace("</>", "</tspan>")
        return found[1] + text + found[4]

    return TEXT.sub(say, source)


def with_korean_figures(prose: str, names: set[str]) -> str:
    """The Markdown of a Korean lesson, its figures those of the edition."""
    return IN_A_LESSON.sub(
        lambda found: f"{found[1]}{KOREAN}/{found[2]}" if found[2] in names else found[0], prose
    )


def _said(source: str) -> Iterator[str]:
    for _opening, _tag, inner, _closing in TEXT.findall(source):
        if re.search("[A-Za-z]", OPENING.sub("", inner)):
            yield _marked(inner)


def _marked(inner: str) -> str:
    numbers = iter(range(1, 100))
    return OPENING.sub(lambda _: f"<{next(numbers)}>", inner).replace("</tspan>", "</>")
