"""Judges of plain values."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from typing import Any

from workbook.exercises.model import Finding, not_yet, right
from workbook.language import _


def judge_value(
    answer: Any, expected: Any, causes: Sequence[tuple[Any, str]] = (), expects: str = ""
) -> Finding:
    """Compare a JSON value. `causes` pairs wrong values with what probably led to them; `expects`
    says what is asked for without giving it away."""
    if _same(answer, expected):
        return right()
    for value, cause in causes:
        if _same(answer, value):
            return not_yet(_("you gave {answer}; {cause}").format(answer=repr(answer), cause=cause))
    if answer is None and isinstance(expected, list):
        return not_yet(
            _("you gave None, which is what show, print and a list's sort give; use sorted(...).")
        )
    if answer is None:
        return not_yet(
            _("you gave None, which is what show, watch and print give: they only print. Type it.")
        )
    if _has_mappings(answer) and not _has_mappings(expected) and isinstance(expected, list):
        return not_yet(_("you gave a list of dicts; asked for is a list of their names."))
    if _is_unsorted(answer, expected):
        return not_yet(_("you gave {answer}; sort the list.").format(answer=f"{answer!r:.200}"))
    if type(answer) is not type(expected):
        return not_yet(
            _("you gave {answer}, of type {given}; asked for is {wanted}.").format(
                answer=f"{answer!r:.200}",
                given=type(answer).__name__,
                wanted=type(expected).__name__,
            )
        )
    expects = expects or _("that is not what the Workflow says.")
    return not_yet(_("you gave {answer}; {cause}").format(answer=f"{answer!r:.200}", cause=expects))


def same_output(given: str, wanted: str) -> bool:
    """Whether a step's output is the one that is wanted: the same text; the same JSON object or
    list, whose keys have no order and whose spaces mean nothing; or the same number in floating
    point, where the order of the operations changes the last digits."""
    if given == wanted:
        return True
    if wanted.startswith(("{", "[")):
        return (said := _json(given)) is not None and said == _json(wanted)
    if not re.fullmatch(r"-?\d+(\.\d+)?(e[-+]?\d+)?", wanted) or wanted.lstrip("-").isdigit():
        return False
    try:
        return math.isclose(float(given), float(wanted), rel_tol=1e-14)
    except ValueError:
        return False


def _json(text: str) -> str | None:
    """A JSON text as every writer of it would write it; None for what is no JSON. 1 and 1.0 stay
    apart, and 1 and true, which are equal in Python."""
    try:
        return json.dumps(json.loads(text), sort_keys=True)
    except (ValueError, RecursionError):
        return None


def _has_mappings(answer: Any) -> bool:
    return isinstance(answer, list) and any(isinstance(each, dict) for each in answer)


def _is_unsorted(answer: Any, expected: Any) -> bool:
    """Whether the right list is meant, where the right one is sorted."""
    if not isinstance(answer, list) or not isinstance(expected, list):
        return False
    try:
        return sorted(answer) == expected
    except TypeError:
        return False


def _same(answer: Any, expected: Any) -> bool:
    """Equal, and a number is not a truth value: in Python True == 1."""
    return answer == expected and isinstance(answer, bool) == isinstance(expected, bool)
