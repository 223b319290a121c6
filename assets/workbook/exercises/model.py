"""An exercise as data: what it asks for, how an answer is judged, what helps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from workbook.exercises.dice import Dice

RIGHT, NOT_YET, NOT_ATTEMPTED = "right", "not yet", "not attempted"

Case = Sequence[Any]  # (arguments, what must come of an answer that is run with them), both JSON


@dataclass(frozen=True)
class Finding:
    """What was found: one of the three verdicts, and for `not yet` what was seen and expected.
    `wrong`: of a quiz, the questions that were not answered rightly."""

    verdict: str
    text: str = ""
    wrong: tuple[str, ...] = ()


class NotObserved(ValueError):
    """Nothing came of a run that could be compared; the message says why."""


@dataclass(frozen=True)
class Trial:
    """How an answer that can be run is tried.

    `check` runs it on `cases`. The grader draws arguments, lets `observe(answer, arguments)` say
    what comes of the solution's answer, and judges by that: `observe` gives what a case has second,
    or raises NotObserved. `make` draws arguments that a rubric can't describe, like whole tables.
    """

    cases: tuple[Case, ...]
    observe: Callable[[Any, Mapping[str, Any]], Any]
    make: Callable[[Dice], dict[str, Any]] | None = None


@dataclass(frozen=True)
class Exercise:
    """`kind` says what an answer is: a JSON `value`, a `component` or a `workflow`.

    `judge(answer)` gets the answer as data (see `kernel.answers`) and returns a Finding; with a
    `trial` it is `judge(answer, cases)`. `hints` are three: a question, the API to look at, nearly
    the code. `parameters` are those of the lesson on which the right answer depends, with the
    values that it is handed out with; the judge gets them by name.
    """

    id: str
    kind: str
    judge: Callable[..., Finding]
    hints: tuple[str, str, str]
    trial: Trial | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def find(
        self, answer: Any, given: Mapping[str, Any], cases: Sequence[Case] | None = None
    ) -> Finding:
        """Judge an answer, with those of the lesson's parameters that are `given`; one that is run,
        on `cases`, by default on those of the trial."""
        known = {name: given.get(name, value) for name, value in self.parameters.items()}
        if self.trial is None:
            return self.judge(answer, **known)
        return self.judge(answer, self.trial.cases if cases is None else cases, **known)


def right() -> Finding:
    return Finding(RIGHT)


def not_yet(text: str) -> Finding:
    return Finding(NOT_YET, text)


def not_attempted() -> Finding:
    return Finding(NOT_ATTEMPTED)
