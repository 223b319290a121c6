"""Lesson 03: from a function to a pipeline."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from workbook.exercises.judges.components import component_outputs, judge_component
from workbook.exercises.judges.quiz import quiz
from workbook.exercises.judges.typed import choice, with_keys
from workbook.exercises.judges.workflows import judge_workflow, step_outputs
from workbook.exercises.model import Case, Exercise, Finding, Trial, not_yet, right
from workbook.language import _

LABELS = (
    ({"width": 3, "height": 4}, {"Output": '{"size": [3, 4], "unit": "cm"}'}),
    ({"width": 10, "height": 0}, {"Output": '{"size": [10, 0], "unit": "cm"}'}),
)
PERCENTS = (
    ({"part": 3, "whole": 8}, {"Output": "37.5"}),
    ({"part": 1, "whole": 4}, {"Output": "25.0"}),
    ({"part": 5, "whole": 3}, {"Output": "166.66666666666666"}),
)
FOURFOLDS = (
    ({"number": 5}, {"double-2": "20"}),
    ({"number": -1}, {"double-2": "-4"}),
)


def _label(answer: dict[str, Any], cases: Sequence[Case]) -> Finding:
    inputs = {"width": "Integer", "height": "Integer"}
    return judge_component(answer, inputs, {"Output": "String"}, cases)


def _failure(answer: Any) -> Finding:
    answer = with_keys(answer, ("task", "exception"))
    if not isinstance(answer, dict) or set(answer) != {"task", "exception"}:
        return not_yet(
            _("you gave {answer}; asked for is a dict with the keys {keys}.").format(
                answer=f"{answer!r:.200}", keys="task, exception"
            )
        )
    task, exception = answer["task"], answer["exception"]
    meant = re.sub(r"[ _]", "-", str(choice(task)))
    # of the whole last line, too
    raised = str(choice(exception)).partition(":")[0].removeprefix("builtins.")
    if meant == "announce":
        return not_yet(_("announce was omitted, it never ran; which task before it failed?"))
    if meant != "add-fee":
        return not_yet(
            _("you gave the task {task}; which of the three has the phase Failed?").format(
                task=repr(task)
            )
        )
    if raised != "typeerror":
        return not_yet(
            _(
                "you gave the exception {exception}; its name begins the last line of the log."
            ).format(exception=repr(exception))
        )
    return right()


def _percent(answer: dict[str, Any], cases: Sequence[Case]) -> Finding:
    inputs = {"part": "Integer", "whole": "Integer"}
    return judge_component(answer, inputs, {"Output": "Float"}, cases)


def _fourfold(answer: dict[str, Any], cases: Sequence[Case]) -> Finding:
    return judge_workflow(answer, {"double": (), "double-2": ("double",)}, cases)


QUIZ = {
    "1": (
        "c",
        {
            "a": _("the compiler copies the text of the function; it imports nothing of it."),
            "b": _("what is installed here isn't in the Pod: the image decides."),
        },
    ),
    "2": (
        "b",
        {
            "a": _("untyped succeeded as well, and gave the text twice."),
            "c": _("untyped got a text in place of a number, and succeeded."),
        },
    ),
    "3": (
        "a",
        {
            "b": _("a run reads the compiled Workflow; your function isn't called again."),
            "c": _("compiling calls it; a run reads what the compiler wrote."),
        },
    ),
}


EXERCISES = (
    Exercise(
        "03-1",
        "component",
        _label,
        (
            _("Which two names does the function use that are not made inside it?"),
            _("An import statement may stand inside a function; so may a value."),
            _("import json on the first line of the function, and 'cm' in place of UNIT"),
        ),
        Trial(LABELS, component_outputs),
    ),
    Exercise(
        "03-2",
        "value",
        _failure,
        (
            _("Which of the three tasks has the phase Failed, and not only Omitted?"),
            _("show prints its log; the last line of a traceback begins with the exception."),
            _("{'task': 'add-...', 'exception': 'Type...'}"),
        ),
    ),
    Exercise(
        "03-3",
        "component",
        _percent,
        (
            _("What do the program's arguments arrive as if there is no hint?"),
            _("name: int for an argument, -> float for what is returned"),
            _("def percent(part: int, whole: int) -> float: and then return 100 * part / ..."),
        ),
        Trial(PERCENTS, component_outputs),
    ),
    Exercise(
        "03-4",
        "workflow",
        _fourfold,
        (
            _("What must the second task double: the number, or the first one's output?"),
            _("A task has .output; a component takes it like any argument."),
            _("once = double(number), then double(once...)"),
        ),
        Trial(FOURFOLDS, step_outputs("double-2")),
    ),
    Exercise(
        "03-quiz",
        "value",
        quiz(QUIZ),
        (
            _("Which happens when you compile, and which when a Pod runs?"),
            _("Look at what circle_area and untyped did, and at the if with n = 1."),
            _("1: as with math, but in the image. 2: an exit code. 3: it makes the graph."),
        ),
    ),
)
