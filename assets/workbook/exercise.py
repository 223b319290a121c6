"""An exercise as data: what it asks for, how an answer is judged, what helps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

RIGHT, NOT_YET, NOT_ATTEMPTED = "right", "not yet", "not attempted"


@dataclass(frozen=True)
class Finding:
    """What was found: one of the three verdicts, and for `not yet` what was seen and expected."""

    verdict: str
    text: str = ""


@dataclass(frozen=True)
class Exercise:
    """`kind` says what an answer is: a JSON `value`, a `component` or a `workflow`.

    `judge(answer, given)` gets the answer as data (see `answers`) and the lesson's parameters, and
    returns a Finding. `hints` are three: a question, the API to look at, nearly the code.
    """

    id: str
    kind: str
    judge: Callable[[Any, Mapping[str, Any]], Finding]
    hints: tuple[str, str, str]


def right() -> Finding:
    return Finding(RIGHT)


def not_yet(text: str) -> Finding:
    return Finding(NOT_YET, text)


def not_attempted() -> Finding:
    return Finding(NOT_ATTEMPTED)
