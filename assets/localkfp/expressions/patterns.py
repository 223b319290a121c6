"""Patterns as Go's package regexp has them."""

from __future__ import annotations

import functools
from typing import Any

import re2


@functools.lru_cache(maxsize=64)
def pattern(text: str) -> Any:
    """Matched in a time that grows with the text alone, so that no expression stops a server.
    Raises ValueError."""
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(text, options)
    except re2.error as error:
        said = error.args[0] if error.args else error
        said = said.decode(errors="replace") if isinstance(said, bytes) else said
        raise ValueError(f"error parsing regexp: {said}") from None
