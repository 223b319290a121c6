"""RFC 3339, as the API writes times, and whole seconds since 1970."""

from __future__ import annotations

from datetime import datetime, timezone

FORM = "%Y-%m-%dT%H:%M:%SZ"


def epoch(text: str) -> int:
    """Seconds of a time of RFC 3339; a fraction is dropped. Raises ValueError for what is none."""
    whole, dot, rest = text.upper().partition(".")
    zone = rest.lstrip("0123456789") if dot else ""
    moment = datetime.fromisoformat(f"{whole}{zone}".replace("Z", "+00:00"))
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} names no time zone")
    return int(moment.timestamp())


def text(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime(FORM)
