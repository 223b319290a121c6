"""Small pieces of HTML, from data to text that is safe to send."""

from __future__ import annotations

from datetime import datetime
from html import escape
from typing import Any

from localkfp.drawing.graph import NOT_STARTED
from localkfp.drawing.svg import LOOKS, NO_XML, OTHER


def text(value: Any) -> str:
    """Anything as text in HTML; characters that HTML can't hold are replaced (U+FFFD)."""
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    return escape(NO_XML.sub("\N{REPLACEMENT CHARACTER}", str(value)))


def phase(word: str) -> str:
    """A phase by colour, shape and word. `word`: Argo's, or nothing for what hasn't begun."""
    word = word or NOT_STARTED
    look = LOOKS.get(word, OTHER)
    name = word.lower().replace(" ", "-") if word in LOOKS else "other"
    return (
        f'<span class="phase phase-{name}"><svg viewBox="-10 -10 20 20" width="16" height="16" '
        f'aria-hidden="true">{look.icon}</svg>{text(word)}</span>'
    )


def moment(when: str | None) -> str:
    """A time of the store (RFC 3339, UTC) for people; a dash for none."""
    if not when:
        return '<span class="none">-</span>'
    words = when.replace("T", " ").replace("Z", " UTC")
    return f'<time datetime="{text(when)}">{text(words)}</time>'


def duration(start: str | None, end: str | None) -> str:
    """Hours, minutes and seconds between two times, as the web front end writes them; a dash while
    one of them is missing."""
    if not start or not end:
        return "-"
    first, last = (datetime.fromisoformat(when.replace("Z", "+00:00")) for when in (start, end))
    seconds = max(0, int((last - first).total_seconds()))
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
