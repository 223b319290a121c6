"""JSON that a stranger wrote: no key twice, no NaN, no depth, no endless number."""

from __future__ import annotations

import json
from typing import Any, NoReturn

DEPTH = 50


def strictly(text: str, depth: int = DEPTH) -> Any:
    """The value of a JSON text. Raises ValueError with what is wrong, line and column if known."""
    try:
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if _deeper(value, depth):
        raise ValueError(f"nested deeper than {depth}")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice[:60]!r} is there twice")
    return found


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _deeper(value: Any, depth: int) -> bool:
    level = [value]
    for _ in range(depth):
        level = [
            child
            for each in level
            if isinstance(each, dict | list)
            for child in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return False
    return True
