"""Durations as Argo reads them: a whole number of seconds, else as time.ParseDuration of Go does.

Argo: `parseStringToDuration` in workflow/controller/operator.go. The record a132_retry_duration.
"""

from __future__ import annotations

import re

SECONDS = {
    "ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0,
}  # fmt: skip
PART = re.compile(r"(\d+\.?\d*|\.\d+)([^.\d]*)")


def seconds(text: str) -> float:
    """Raises ValueError in Argo's words."""
    if re.fullmatch(r"[-+]?\d+", text):
        return float(text)
    rest, total = text.lstrip("+-"), 0.0
    if not rest:
        raise _wrong(text, f'invalid duration "{text}"')
    while rest:
        match = PART.match(rest)
        if not match:
            raise _wrong(text, f'invalid duration "{text}"')
        amount, unit = match.groups()
        if not unit:
            raise _wrong(text, f'missing unit in duration "{text}"')
        if unit not in SECONDS:
            raise _wrong(text, f'unknown unit "{unit}" in duration "{text}"')
        total += float(amount) * SECONDS[unit]
        rest = rest[match.end() :]
    return -total if text.startswith("-") else total


def _wrong(text: str, said: str) -> ValueError:
    return ValueError(f"unable to parse {text} as a duration: time: {said}")
