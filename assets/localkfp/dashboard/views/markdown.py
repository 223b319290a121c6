"""Markdown as HTML that is safe to put into a page."""

from __future__ import annotations

from html import escape
from typing import Any

import mistune


class _Renderer(mistune.HTMLRenderer):
    """Raw HTML is escaped, and so are addresses that run something (mistune does both). A heading
    is bold text: it is none of the page's."""

    def __init__(self) -> None:
        super().__init__(escape=True)

    def heading(self, text: str, level: int, **attributes: Any) -> str:
        return f'<p class="heading heading-{level}">{text}</p>\n'


_markdown = mistune.create_markdown(renderer=_Renderer(), plugins=["table", "strikethrough"])


def markdown(text: str) -> str:
    """Markdown as HTML that is safe to put into a page."""
    try:
        return str(_markdown(text))
    except RecursionError:
        return f"<pre>{escape(text)}</pre>"
