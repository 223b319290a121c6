"""Lesson 11: to SDK 2.

The course's kernel has kfp 1.8 only, so that nothing here can compile with SDK 2: a translation is
judged by its syntax tree, and its component by running it. A slow test compiles the solution with
the real kfp 2.17.0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from workbook.exercises.judges.components import component_outputs, judge_component
from workbook.exercises.judges.quiz import quiz
from workbook.exercises.judges.typed import choices, with_keys
from workbook.exercises.judges.values import judge_value
from workbook.exercises.lesson_11.sdk_2_source import faults, program
from workbook.exercises.model import Case, Exercise, Finding, Trial, not_attempted, not_yet, right
from workbook.language import _


def _producers(answer: object) -> Finding:
    return judge_value(
        answer,
        {"value_1": "add", "value_2": "subtract"},
        causes=[
            (
                {"value_1": "value_1", "value_2": "value_2"},
                _("those are the inputs of the pipeline; asked for is the task multiply."),
            ),
            (
                {"value_1": "Output", "value_2": "Output"},
                _("that is the name of the output; asked for is the task that has it."),
            ),
            (
                ["add", "subtract"],
                _("that is dependentTasks; it doesn't say which task gives which input."),
            ),
        ],
        expects=_("look at inputs.parameters of the task multiply, at producerTask of each."),
    )


CODE = {  # task of `part` -> what its executor runs, whose name is another
    "step": "return value * 2",
    "step-2": "return value - 7",
    "step-3": "return value * 2",
    "step-4": "return first - second",
}


def _code(answer: object) -> Finding:
    if isinstance(answer, dict):
        if all(str(key).startswith("exec-") for key in answer) and answer:
            return not_yet(_("the keys are the executors; asked for are the tasks of part."))
        if all(str(key).startswith("comp-") for key in answer) and answer:
            return not_yet(_("the keys are the components; asked for are the tasks of part."))
        if set(answer) == set(CODE):
            lines = {task: str(line) for task, line in answer.items()}
            if all(
                line.strip().endswith(CODE[task]) and line != CODE[task]
                for task, line in lines.items()
            ):
                return not_yet(
                    _("the right programs; keep only the last line, without spaces around it.")
                )
            if not any(line.strip() for line in lines.values()):
                return not_yet(
                    _("empty lines: each text ends with some, so strip() it before you split it.")
                )
            wrong = [task for task in CODE if answer[task] != CODE[task]]
            if wrong:
                return not_yet(
                    _(
                        "{count} of {all} are right; follow {task} again: componentRef, "
                        "executorLabel, then the last entry of command. You gave {answer}."
                    ).format(
                        count=len(CODE) - len(wrong),
                        all=len(CODE),
                        task=wrong[0],
                        answer=f"{answer[wrong[0]]!r:.80}",
                    )
                )
    return judge_value(
        answer, CODE, expects=_("asked for is a line of code for each of the tasks of part.")
    )


COMPILES = {
    "a": _("SDK 2 takes keyword arguments only: add(value_1=value_1, value_2=value_2)."),
    "b": _("SDK 2 knows that a string is no number, and says so while it compiles."),
    "c": _("Python's if sees a placeholder in SDK 2 too: it compiles, and takes the branch."),
    "d": _("the old name is still there; SDK 2 warns that dsl.If has taken its place."),
    "e": _("a component.yaml of the first version can still be loaded."),
    "f": _("SDK 2 asks for a hint on every input; 1.8 took a missing one for text."),
}
DO_COMPILE = ["c", "d", "e"]


def _compiles(answer: Any) -> Finding:
    answer = choices(answer)
    if not isinstance(answer, list) or not all(letter in list(COMPILES) for letter in answer):
        return judge_value(
            answer, DO_COMPILE, expects=_("asked for is a list of the letters a to f.")
        )
    if wrong := [letter for letter in COMPILES if (letter in answer) != (letter in DO_COMPILE)]:
        return not_yet(
            _("{right} of {count} are as you say. Not so {letter}: {why}").format(
                right=len(COMPILES) - len(wrong),
                count=len(COMPILES),
                letter=wrong[0],
                why=COMPILES[wrong[0]],
            )
        )
    return right()


def _translated(answer: Any, cases: Sequence[Case]) -> Finding:
    if not isinstance(answer, str):
        return judge_value(answer, "")
    if not answer.strip():
        return not_attempted()
    found = faults(answer)
    if found:
        return not_yet(found[0])
    return judge_component(_component(answer), INTEGERS, {"Output": "Integer"}, cases)


INTEGERS = {"value": "Integer", "factor": "Integer"}
SCALED = (
    ({"value": 7, "factor": 2}, {"Output": "14"}),
    ({"value": -3, "factor": 5}, {"Output": "-15"}),
)


def _scaled(answer: str, arguments: Mapping[str, Any]) -> dict[str, str]:
    return component_outputs(_component(answer), arguments)


def _component(text: str) -> dict[str, Any]:
    """The component of a translation for kfp 1.8, which can run it."""
    container = {
        "image": "python:3.11",
        "command": ["python3", "-c", program(text)],
        "args": [{"inputValue": "value"}, {"inputValue": "factor"}, {"outputPath": "Output"}],
    }
    return {
        "name": "scale",
        "inputs": [{"name": name, "type": kind} for name, kind in INTEGERS.items()],
        "outputs": [{"name": "Output", "type": "Integer"}],
        "implementation": {"container": container},
    }


REFUSED, RUNS = "refused", "runs"
PAIRS = {
    "a": (RUNS, _("KFP 2.17 as it is installed still takes a Workflow of version 1.")),
    "b": (REFUSED, _("BLOCK_V1_PIPELINES is there to refuse a Workflow.")),
    "c": (RUNS, _("IR is what KFP 2 was made for.")),
    "d": (REFUSED, _("KFP 1.7 is older than IR, and the client's v2beta1 is no API of its.")),
    "e": (RUNS, _("a Workflow is Argo's own kind; its controller needs no KFP to run it.")),
    "f": (REFUSED, _("IR has no kind, so that Kubernetes has nothing to do with it.")),
}


def _pairs(answer: Any) -> Finding:
    answer = with_keys(choices(answer), PAIRS)
    wanted = {letter: verdict for letter, (verdict, _why) in PAIRS.items()}
    if (
        not isinstance(answer, dict)
        or set(answer) != set(wanted)
        or any(verdict not in (RUNS, REFUSED) for verdict in answer.values())
    ):
        return judge_value(
            answer, wanted, expects=_('asked for is "runs" or "refused" for each of a to f.')
        )
    if wrong := [letter for letter in wanted if answer[letter] != wanted[letter]]:
        return not_yet(
            _("{right} of {count} are so. Not so {letter}: {why}").format(
                right=len(wanted) - len(wrong),
                count=len(wanted),
                letter=wrong[0],
                why=PAIRS[wrong[0]][1],
            )
        )
    return right()


QUIZ = {
    "1": (
        "c",
        {
            "a": _("IR says what to run, and nothing in the cluster runs it as it is."),
            "b": _("the Workflow controller doesn't know IR; somebody translates it first."),
        },
    ),
    "2": (
        "a",
        {
            "b": _("the file is a Workflow whatever client sends it, and Workflows are blocked."),
            "c": _("the file would still have templates, and no root, components or executors."),
        },
    ),
    "3": (
        "b",
        {
            "a": _("the body is copied as text, in SDK 2 as in 1.8, and so are its limits."),
            "c": _("a value still comes in as an argument and goes out by return."),
        },
    ),
}


EXERCISES = (
    Exercise(
        "11-1",
        "value",
        _producers,
        (
            _("Which of the tasks has the inputs that you want, and where are the tasks?"),
            _("ir['root']['dag']['tasks'] is a mapping; each task has ['inputs']['parameters']."),
            _("{name: source['taskOutputParameter'][...] for name, source in inputs.items()}"),
        ),
    ),
    Exercise(
        "11-2",
        "value",
        _code,
        (
            _("A task has no code. Which name in it leads on, and which from there?"),
            _("task['componentRef']['name'], then ['executorLabel'], then ['container']."),
            _("steps['deploymentSpec']['executors'][label]['container']['command'][-1].strip()"),
        ),
    ),
    Exercise(
        "11-3",
        "value",
        _compiles,
        (
            _("Which of the six break a rule of SDK 2: keywords only, hints, types that fit?"),
            _("The table says which names are gone and which only have a successor."),
            _("Three compile: one with a warning, one from YAML, one as treacherous as ever."),
        ),
    ),
    Exercise(
        "11-4",
        "value",
        _translated,
        (
            _("Which lines speak to kfp, and which are only your function's?"),
            _("@dsl.component(base_image=...) and @dsl.pipeline(name=...), from kfp import dsl."),
            _("def scale(value: int, factor: int) -> int; then scale(value=..., factor=...)."),
        ),
        Trial(SCALED, _scaled),
    ),
    Exercise(
        "11-5",
        "value",
        _pairs,
        (
            _("For each: what kind of file is it, and is there somebody who reads that kind?"),
            _("Argo reads Workflows. KFP 2 reads IR, and Workflows where that is not blocked."),
            _("The IR runs in one of its three situations; the Workflow in two of its three."),
        ),
    ),
    Exercise(
        "11-quiz",
        "value",
        quiz(QUIZ),
        (
            _("Who reads each file, and what of it is your own code?"),
            _("Read again: who reads which file, and what no longer compiles."),
            _("IR becomes a Workflow at the server; hints and keywords change, bodies stay."),
        ),
    ),
)
