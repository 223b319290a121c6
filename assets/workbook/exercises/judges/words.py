"""How a finding shows what a stranger wrote: of any length, in one line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from workbook.language import _

GZIP = "\x1f"  # a directory stays the gzipped tar it is; a file's content is its text


def listed(names: Iterable[Any]) -> str:
    """Names, or of a mapping to types each name with its type."""
    if isinstance(names, Mapping) and any(isinstance(value, str) for value in names.values()):
        return ", ".join(f"{name}: {kind}" for name, kind in names.items())
    return ", ".join(str(name) for name in names) or _("nothing")


def one_line(text: str, length: int = 200) -> str:
    return _("a directory") if text.startswith(GZIP) else " ".join(text[:length].split())


def quoted(text: str) -> str:
    """For a text that differs only in its spaces and newlines."""
    return f"{text!r:.200}"


def spoken_arguments(arguments: Mapping[str, Any]) -> str:
    """The arguments of a run."""
    return ", ".join(f"{name}={value!r}" for name, value in arguments.items()) or _("no arguments")
