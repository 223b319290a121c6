"""Lesson 01: pipeline, component, Pod."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workbook.exercises.judges.quiz import quiz
from workbook.exercises.judges.typed import choices, with_keys
from workbook.exercises.judges.values import judge_value
from workbook.exercises.judges.workflows import judge_workflow, step_outputs
from workbook.exercises.model import Case, Exercise, Finding, Trial, not_yet, right
from workbook.language import _

# where the second Pod of the lesson looks, whether it finds something there, and why
PLACES = {
    "parameter": (True, _("what a task returns can be passed to another as its argument.")),
    "variable": (False, _("a variable is in the memory of its process, which has ended.")),
    "environment": (False, _("a process sets environment variables for itself, not for others.")),
    "file": (False, _("the /tmp of a Pod is its own, and so are all its files.")),
}


def _pods(answer: Any) -> Finding:
    return judge_value(
        answer,
        4,
        causes=[
            (2, _("that is the number of components; count what is made from them.")),
            (3, _("count the calls of add_op and multiply_op once more.")),
            (5, _("the pipeline itself needs no Pod.")),
        ],
        expects=_("count the calls of add_op and multiply_op in the pipeline."),
    )


def _same_tomorrow(answer: Any) -> Finding:
    digest_is_enough = _("in e the image stays the same; what pip installs a year later does not.")
    tags_move = _("a name after the colon is a tag, a long one too, and tags can move.")
    return judge_value(
        choices(answer),
        ["d"],
        causes=[
            ("d", _("asked for is a list, also of one letter.")),
            (["d", "e"], digest_is_enough),
            (["e"], digest_is_enough),
            ([], _("one of them names its image by something that never moves.")),
            (["c"], tags_move),
            (["c", "d"], tags_move),
            (["c", "d", "e"], tags_move),
            (["b", "c", "d"], tags_move),
            (["b", "c", "d", "e"], tags_move),
        ],
        expects=_("which of them names the image by its digest, and adds nothing later?"),
    )


def _found(answer: Any) -> Finding:
    answer = with_keys(answer, PLACES)
    if not isinstance(answer, dict) or set(answer) != set(PLACES):
        return not_yet(
            _("you gave {answer}; asked for is a dict with the keys {keys}.").format(
                answer=f"{answer!r:.200}", keys=", ".join(PLACES)
            )
        )
    for place, (is_there, why) in PLACES.items():
        if not isinstance(answer[place], bool):
            return not_yet(
                _("{place}: you gave {answer}; write True or False.").format(
                    place=place, answer=repr(answer[place])
                )
            )
        if answer[place] is not is_there:
            return not_yet(
                _("{place}: you gave {answer}; {why}").format(
                    place=place, answer=repr(answer[place]), why=why
                )
            )
    return right()


GREETINGS = (
    ({"name": "Mina"}, {"greet": "Hello, Mina", "shout": "HELLO, MINA"}),
    ({"name": "Jo Kim"}, {"shout": "HELLO, JO KIM"}),
)


def _loud_greeting(answer: dict[str, Any], cases: Sequence[Case]) -> Finding:
    return judge_workflow(answer, {"greet": (), "shout": ("greet",)}, cases)


QUIZ = {
    "1": (
        "b",
        {
            "a": _("a Pod is made for each use: in two_sums add_op made add and add-2."),
            "c": _("the pipeline is a DAG, and a DAG has no Pod."),
        },
    ),
    "2": (
        "c",
        {
            "a": _("Kubernetes runs Pods; Argo's controller makes them out of a Workflow."),
            "b": _("so it is without the controller; without Argo the kind is missing too."),
        },
    ),
    "3": (
        "b",
        {
            "a": _("the machine is shared, /tmp isn't: it belongs to the container."),
            "c": _("both begin with the image's files; what one writes the other doesn't get."),
        },
    ),
}


EXERCISES = (
    Exercise(
        "01-1",
        "value",
        _pods,
        (
            _("Is a Pod made for each component, or for each use of one?"),
            _("Every call of add_op or multiply_op inside the pipeline is a task."),
            _("multiply_op is called three times, add_op once."),
        ),
    ),
    Exercise(
        "01-2",
        "value",
        _same_tomorrow,
        (
            _("Who can put the name python:3.11.9-slim on another image?"),
            _("A tag is a label; a digest is computed from the image itself."),
            _("Two have a digest; one of them installs something that has no fixed version."),
        ),
    ),
    Exercise(
        "01-3",
        "value",
        _found,
        (
            _("Which of the four places outlives a process that ends, on another machine too?"),
            _("Variable and environment belong to a process, /tmp to a Pod."),
            _("One of them is True: the one that the pipeline function passes on."),
        ),
    ),
    Exercise(
        "01-4",
        "workflow",
        _loud_greeting,
        (
            _("What does greet_op(name) give, and who needs it?"),
            _("A task has .output; pass it as shout_op's argument."),
            _("greeting = greet_op(name), then shout_op(greeting...)"),
        ),
        Trial(GREETINGS, step_outputs("greet", "shout")),
    ),
    Exercise(
        "01-quiz",
        "value",
        quiz(QUIZ),
        (
            _("Which words of the question are a component, a task, a Pod, a custom resource?"),
            _("Look again at the number of boxes in two_sums, and at what look found."),
            _("1: calls count. 2: no definition, no such kind. 3: a /tmp belongs to one Pod."),
        ),
    ),
)
