"""Lesson 04: compile in the cell, inspect with PyYAML."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workbook.exercises.judges.quiz import quiz
from workbook.exercises.judges.values import judge_value
from workbook.exercises.judges.workflows import judge_workflow, step_outputs
from workbook.exercises.model import Case, Exercise, Finding, Trial
from workbook.language import _


def _pods(answer: object) -> Finding:
    return judge_value(
        answer,
        ["add", "multiply", "subtract"],
        causes=[
            (
                ["add", "add-example", "multiply", "subtract"],
                _("that is every template; one of them has a dag and runs no container."),
            ),
            (["add", "subtract", "multiply"], _("the right names; sort the list.")),
            (["add-example"], _("that is the template with the dag; asked for are the others.")),
        ],
        expects=_("those are not the templates with a container, sorted."),
    )


def _waits_for(answer: object) -> Finding:
    return judge_value(
        answer,
        ["add", "subtract"],
        causes=[
            (["subtract", "add"], _("the right names; sort the list.")),
            (
                ["add-Output", "subtract-Output"],
                _("those are the names of its inputs; asked for are the tasks it waits for."),
            ),
            (["add"], _("the task named multiply depends on 2 tasks.")),
            (["subtract"], _("the task named multiply depends on 2 tasks.")),
            ([], _("the task named multiply depends on 2 tasks.")),
        ],
        expects=_("look at the key dependencies of the task named multiply."),
    )


def _output_file(answer: object) -> Finding:
    return judge_value(
        answer.strip() if isinstance(answer, str) else answer,
        "/tmp/outputs/Output/data",
        causes=[
            ("add-Output", _("that is the output's name; asked for is the path of its file.")),
            ({"path": "/tmp/outputs/Output/data"}, _("take the path out of the mapping.")),
            (
                "{{tasks.add.outputs.parameters.add-Output}}",
                _("that is how another task refers to the value; asked for is the file."),
            ),
        ],
        expects=_("look at outputs of the template add."),
    )


SQUARES = (
    ({"value_1": 6, "value_2": 4}, {"multiply": "100"}),
    ({"value_1": -3, "value_2": 1}, {"multiply": "4"}),
)


def _square_of_sum(answer: dict[str, Any], cases: Sequence[Case]) -> Finding:
    return judge_workflow(answer, {"add": (), "multiply": ("add",)}, cases)


QUIZ = {
    "1": (
        "a",
        {
            "b": _("the compiler copies text; it doesn't look at the names in it."),
            "c": _("only the function's own text is copied, nothing of its surroundings."),
        },
    ),
    "2": (
        "c",
        {
            "a": _("the list is in alphabetical order, and says nothing about time."),
            "b": _("the order of the calls isn't kept; only dependencies make an order."),
        },
    ),
    "3": (
        "b",
        {
            "a": _("the compiler wrote it: there was no value yet to put there."),
            "c": _("the program gets a command line in which the value already is."),
        },
    ),
}


EXERCISES = (
    Exercise(
        "04-1",
        "value",
        _pods,
        (
            _("Which key does a template have that runs as a Pod, and which has the pipeline's?"),
            _("`'container' in t` is true for a mapping t that has that key."),
            _("sorted(t['name'] for t in templates if 'container' in ...)"),
        ),
    ),
    Exercise(
        "04-2",
        "value",
        _waits_for,
        (
            _("Who decides what runs after what: a component, or the pipeline?"),
            _("dag.tasks is a list; one of its entries is named multiply."),
            _("That entry has a key dependencies; sort what is in it."),
        ),
    ),
    Exercise(
        "04-3",
        "value",
        _output_file,
        (
            _("A program in a Pod ends; what can outlive it that others may read?"),
            _("template('add')['outputs']['parameters'] is a list with one mapping."),
            _("template('add')['outputs']['parameters'][0]['valueFrom'][...]"),
        ),
    ),
    Exercise(
        "04-4",
        "workflow",
        _square_of_sum,
        (
            _("How many additions are needed if one result is used twice?"),
            _("A task's .output can be passed to as many arguments as you like."),
            _("total = add_op(value_1, value_2), then multiply_op(total.output, ...)"),
        ),
        Trial(SQUARES, step_outputs("multiply")),
    ),
    Exercise(
        "04-quiz",
        "value",
        quiz(QUIZ),
        (
            _("Who is at work in each question: the compiler, Argo, or the program in the Pod?"),
            _("Look at the program of multiply, at dag.tasks, and at the args with braces."),
            _("1: as in lesson 03. 2: nothing to wait for. 3: it needs the end of add."),
        ),
    ),
)
