"""Pages that run nothing: templates, their policy, and small pieces of HTML."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tornado.template import Loader

from workbook.exercises.model import NOT_ATTEMPTED, NOT_YET, RIGHT
from workbook.grading.facts.plain import plain, plain_line
from workbook.grading.facts.record import (
    FAILED,
    GRADED,
    GRADER_ERROR,
    NOT_PYTHON,
    TOO_LARGE,
    UNKNOWN_LEARNER,
    UNKNOWN_LESSON,
    UNREADABLE,
)
from workbook.language import _, spoken

HERE = Path(__file__).parent / "templates"
STYLE = (HERE / "pages.css").read_text(encoding="utf-8")
# a page is one file, to be sent as it is: its style lies in it, and its policy names that by digest
POLICY = "; ".join(
    (
        "default-src 'none'",
        f"style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    )
)
BAR = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 1" preserveAspectRatio="none">'
    '<rect width="100" height="1" fill="#80868b" opacity=".25"/>'
    '<rect width="{percent}" height="1" fill="#4285f4"/></svg>'
)
BAR_LENGTH, BAR_HEIGHT = 240, 12  # pixels
COLUMN, COLUMNS_HEIGHT, LETTERS = 48, 72, 11  # of a picture of columns, in pixels


def text(value: Any) -> str:
    """Anything as text in HTML, without what can't be shown safely."""
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    return escape(plain(str(value)))


def line(value: str) -> str:
    """A stranger's text in HTML: one line, whose direction does not spread to what surrounds it."""
    return f"<bdi>{escape(plain_line(value))}</bdi>"


def number(value: float) -> str:
    """Points: 3, 2.5."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def of(points: float, possible: float) -> str:
    return _("{points} of {possible}").format(points=number(points), possible=number(possible))


def word(verdict: str) -> str:
    """A verdict, on an exercise or a submission, for people."""
    return {
        RIGHT: _("right"),
        NOT_YET: _("not yet"),
        NOT_ATTEMPTED: _("not attempted"),
        FAILED: _("failed"),
        GRADED: _("graded"),
        UNREADABLE: _("unreadable"),
        TOO_LARGE: _("too large"),
        NOT_PYTHON: _("not python"),
        UNKNOWN_LESSON: _("unknown lesson"),
        UNKNOWN_LEARNER: _("unknown learner"),
        GRADER_ERROR: _("grader error"),
    }[verdict]


def bar(share: float, length: int = BAR_LENGTH) -> str:
    """A bar, from 0 to 1, beside the number that it shows: of no use to a screen reader.

    As an image it needs no style, so JupyterLab shows it too.
    """
    drawn = quote(BAR.format(percent=round(100 * min(max(share, 0), 1))))
    return (
        f'<img class="bar" alt="" src="data:image/svg+xml,{drawn}" '
        f'width="{length}" height="{BAR_HEIGHT}">'
    )


def columns(values: Sequence[tuple[str, int]], title: str) -> str:
    """A picture of columns, each with its label and count; the alternative text has them all."""
    most = max((count for _label, count in values), default=0) or 1
    floor = COLUMNS_HEIGHT + LETTERS + 4
    drawn = []
    for place, (label, count) in enumerate(values):
        middle, height = COLUMN * place + COLUMN // 2, round(COLUMNS_HEIGHT * count / most)
        drawn.append(
            f'<rect x="{middle - 14}" y="{floor - height}" width="28" height="{height}" '
            f'fill="#4285f4"/><text x="{middle}" y="{floor - height - 3}">{count or ""}</text>'
            f'<text x="{middle}" y="{floor + LETTERS + 2}">{escape(label)}</text>'
        )
    width, height = COLUMN * len(values), floor + LETTERS + 6
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">'
        f'<g font-family="sans-serif" font-size="{LETTERS}" text-anchor="middle" fill="#80868b">'
        f'<path d="M0 {floor}H{width}" stroke="#80868b"/>{"".join(drawn)}</g></svg>'
    )
    words = "; ".join(f"{label}: {count}" for label, count in values)
    return (
        f'<img class="columns" alt="{escape(f"{title}: {words}")}" '
        f'src="data:image/svg+xml,{quote(svg)}" width="{width}" height="{height}">'
    )


TEMPLATES = Loader(
    str(HERE),
    autoescape="text",
    namespace={f.__name__: f for f in (text, line, number, of, word, bar, columns, _)},
)


def page(template: str, **data: Any) -> str:
    """A whole page."""
    return fragment(template, style=STYLE, policy=POLICY, language=spoken(), **data)


def fragment(template: str, **data: Any) -> str:
    return TEMPLATES.load(template).generate(**data).decode()
