"""Wrong answers that learners give in lesson 11, and what the finding must say of each."""

from __future__ import annotations

from workbook.exercises.lesson_11 import CODE, PAIRS

TRANSLATED = """
from kfp import dsl


@dsl.component(base_image="python:3.11")
def scale(value: int, factor: int) -> int:
    return value * factor


@dsl.pipeline(name="scale twice")
def scale_twice(value: int = 5, factor: int = 3):
    first = scale(value=value, factor=factor)
    scale(value=first.output, factor=factor)
"""


def translated(*changes: tuple[str, str]) -> str:
    """The translation, with what a learner got wrong in it."""
    text = TRANSLATED
    for right, wrong in changes:
        assert right in text
        text = text.replace(right, wrong)
    return text


def paired(**changes: str) -> dict[str, str]:
    return {letter: verdict for letter, (verdict, _why) in PAIRS.items()} | changes


IMAGE = '@dsl.component(base_image="python:3.11")\n'
OLD_FACTORY = (
    "from kfp import dsl",
    "from kfp import dsl\nfrom kfp.components import create_component_from_func",
)
OLD_PATHS = (
    "from kfp import dsl",
    "from kfp import dsl\nfrom kfp.components import InputPath",
)

WRONG = {
    "11-1": [
        (lambda: {"value_1": "value_1", "value_2": "value_2"}, "inputs of the pipeline"),
        (lambda: {"value_1": "Output", "value_2": "Output"}, "name of the output"),
        (lambda: ["add", "subtract"], "dependentTasks"),
        (lambda: {"add": "value_1", "subtract": "value_2"}, "producerTask"),
    ],
    "11-2": [
        (
            lambda: {task.replace("step", "exec-step"): line for task, line in CODE.items()},
            "the keys are the executors",
        ),
        (
            lambda: {task.replace("step", "comp-step"): line for task, line in CODE.items()},
            "the keys are the components",
        ),
        (
            lambda: {**CODE, "step": "return value + 10", "step-2": "return value * 2"},
            "2 of 4 are right; follow step again",
        ),
        (lambda: {**CODE, "step-3": "return first - second"}, "3 of 4 are right; follow step-3"),
        (lambda: {task: f"    {line}" for task, line in CODE.items()}, "only the last line"),
        (
            lambda: {task: f"def step(...):\n    {line}" for task, line in CODE.items()},
            "only the last line",
        ),
        (lambda: dict.fromkeys(CODE, ""), "strip() it before you split it"),
        (lambda: dict.fromkeys(CODE, 7), "0 of 4"),
        (lambda: list(CODE.values()), "of type list"),
        (lambda: {"step": "return value * 2"}, "each of the tasks"),
    ],
    "11-3": [
        (lambda: ["d", "e"], "Not so c: Python's if sees a placeholder"),
        (lambda: ["b", "c", "d", "e"], "Not so b: SDK 2 knows that a string is no number"),
        (lambda: ["a", "b", "c", "d", "e", "f"], "Not so a: SDK 2 takes keyword arguments"),
        (lambda: ["c", "d", "e", "f"], "Not so f: SDK 2 asks for a hint"),
        (lambda: [], "3 of 6 are as you say. Not so c"),
        (lambda: ["a Python if"], "the letters a to f"),
        (lambda: "cde", "of type str"),
    ],
    "11-4": [
        (lambda: "def scale(:", "not Python"),
        (lambda: translated(OLD_FACTORY), "create_component_from_func is still in it"),
        (
            lambda: translated(('@dsl.component(base_image="python:3.11")\n', "")),
            "dsl.component: nothing",
        ),
        (
            lambda: translated(("@dsl.pipeline", "@dsl.component")),
            "it should be the function scale",
        ),
        (lambda: translated(("from kfp import dsl", "")), "dsl is used and not imported"),
        (lambda: translated(('(base_image="python:3.11")', "")), "the image python:3.11"),
        (lambda: translated(("scale(value: int,", "scale(value,")), "value has no hint"),
        (lambda: translated(("scale(value: int,", "scale(value: str,")), "so int"),
        (lambda: translated((" -> int:", ":")), "without -> int it has no output"),
        (lambda: translated((" -> int:", " -> str:")), "scale returns str"),
        (lambda: translated(("value=value, factor=factor", "value, factor")), "keyword arguments"),
        (lambda: translated(("= scale(", "= scale_op(")), "there is no scale_op"),
        (lambda: translated(("first.output", "value")), ".output of the first"),
        (lambda: translated(("first.output", "first")), ".output of the first"),
        (lambda: translated(("scale_twice(value: int", "scale_twice(value")), "no hint"),
        (lambda: translated(("value * factor", "value")), "gives 7; it should give 14"),
        (lambda: translated(("value * factor", "value * value")), "gives 49; it should give 14"),
        (lambda: translated(("value * factor", "times(value)")), "name 'times' is not defined"),
        (lambda: translated(("factor=factor", "factor=value")), "take the pipeline's factor"),
        (lambda: translated(("value=value,", "value=5,")), "takes the pipeline's value"),
        (lambda: translated(("value: int = 5", "value: int = 7")), "have the defaults 7, 3"),
        (lambda: translated(OLD_PATHS), "no InputPath and no OutputPath"),
        (lambda: ["from kfp import dsl"], "of type list"),
    ],
    "11-5": [
        (lambda: paired(a="refused"), "5 of 6 are so. Not so a: KFP 2.17"),
        (lambda: paired(e="refused"), "Not so e: a Workflow is Argo's own kind"),
        (lambda: paired(f="runs"), "Not so f: IR has no kind"),
        (lambda: paired(d="runs"), "Not so d: KFP 1.7 is older than IR"),
        (lambda: paired(a="yes"), '"runs" or "refused"'),
        (lambda: ["runs"] * 6, "of type list"),
    ],
    "11-quiz": [
        (lambda: {1: "a", 2: "a", 3: "b"}, "nothing in the cluster runs it as it is"),
        (lambda: {1: "c", 2: "b", 3: "b"}, "Workflows are blocked"),
        (lambda: {1: "c", 2: "a", 3: "c"}, "goes out by return"),
        (lambda: {1: "c", 2: "c", 3: "b"}, "still have templates"),
    ],
}
