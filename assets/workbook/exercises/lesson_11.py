"""Lesson 11: to SDK 2.

The course's kernel has kfp 1.8 only, so that nothing here can compile with SDK 2: a translation is
judged by its syntax tree. A slow test compiles the solution with the real kfp 2.17.0.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

from workbook.exercise import Exercise, Finding, not_attempted, not_yet, right
from workbook.judges import judge_quiz, judge_value
from workbook.language import _

Function = ast.FunctionDef


def _producers(answer: object, given: object) -> Finding:
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


CODE = {
    "step": "return value * 2",
    "step-2": "return value - 7",
    "step-3": "return value * 2",
    "step-4": "return first - second",
}


def _code(answer: object, given: object) -> Finding:
    if isinstance(answer, dict):
        if set(answer) == {key.replace("step", "exec-step") for key in CODE}:
            return not_yet(_("the keys are the executors; asked for are the tasks of root.dag."))
        if set(answer) == {key.replace("step", "comp-step") for key in CODE}:
            return not_yet(_("the keys are the components; asked for are the tasks of root.dag."))
        if set(answer) == set(CODE):
            lines = {task: str(line) for task, line in answer.items()}
            if all(
                line.strip().endswith(CODE[task]) and line != CODE[task]
                for task, line in lines.items()
            ):
                return not_yet(
                    _("the right programs; keep only the last line, without spaces around it.")
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
        answer, CODE, expects=_("asked for is a line of code for each of the tasks of root.dag.")
    )


COMPILES = {
    "a": _("SDK 2 takes keyword arguments only: add(value_1=value_1, value_2=value_2)."),
    "b": _("SDK 2 knows that a text is no number, and says so while it compiles."),
    "c": _("Python's if sees a placeholder in SDK 2 too: it compiles, and takes the branch."),
    "d": _("the old name is still there; SDK 2 warns that dsl.If has taken its place."),
    "e": _("a component.yaml of the first version can still be loaded."),
    "f": _("SDK 2 asks for a hint on every input; 1.8 took a missing one for text."),
}
DO_COMPILE = ["c", "d", "e"]


def _compiles(answer: Any, given: object) -> Finding:
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


def _translated(answer: Any, given: object) -> Finding:
    if not isinstance(answer, str):
        return judge_value(answer, "")
    if not answer.strip():
        return not_attempted()
    try:
        tree = ast.parse(answer)
    except SyntaxError as error:
        return not_yet(
            _("the text is not Python: {error}, line {line}").format(
                error=error.msg, line=error.lineno
            )
        )
    for fault in _faults(tree):
        return not_yet(fault)
    return right()


def _faults(tree: ast.Module) -> Iterator[str]:
    """What keeps the text from being the old file in SDK 2, the first fault first."""
    imported, called = _imported(tree), [_name(call.func) for call in _calls(tree)]
    if "create_component_from_func" in [*imported, *called]:
        yield _("create_component_from_func is still in it; SDK 2 has no such name.")
    functions = {node.name: node for node in tree.body if isinstance(node, Function)}
    components = {name: f for name, f in functions.items() if _decorator(f, "component")}
    pipelines = {name: f for name, f in functions.items() if _decorator(f, "pipeline")}
    if set(components) != {"scale"}:
        yield _("{given} decorated with dsl.component; it should be the function scale.").format(
            given=_and(components)
        )
    elif set(pipelines) != {"scale_twice"}:
        yield _(
            "{given} decorated with dsl.pipeline; it should be the function scale_twice."
        ).format(given=_and(pipelines))
    else:
        component, pipeline = components["scale"], pipelines["scale_twice"]
        yield from _faults_of_the_imports(tree, [component, pipeline])
        yield from _faults_of_the_component(component)
        yield from _faults_of_the_pipeline(pipeline)


def _faults_of_the_imports(tree: ast.Module, functions: list[Function]) -> Iterator[str]:
    for function in functions:
        for decorator in function.decorator_list:
            root = ast.unparse(decorator).partition("(")[0].partition(".")[0]
            if root not in _imported(tree):
                yield _("{name} is used and not imported: from kfp import dsl.").format(name=root)


def _faults_of_the_component(component: Function) -> Iterator[str]:
    decorator = _decorator(component, "component")
    options = _keywords(decorator) if isinstance(decorator, ast.Call) else {}
    if options.get("base_image") != "'python:3.11'":
        yield _("the old file names the image python:3.11; give dsl.component that base_image.")
    yield from _faults_of_the_hints(component, ["value", "factor"])
    if component.returns is None or ast.unparse(component.returns) != "int":
        yield _("scale has no hint of what it returns: without -> int it has no output.")
    results = [node.value for node in ast.walk(component) if isinstance(node, ast.Return)]
    if not any(
        isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult)
        for result in results
        if result is not None
        for node in ast.walk(result)
    ):
        yield _("scale no longer returns value * factor; the inside of a component can stay.")


def _faults_of_the_pipeline(pipeline: Function) -> Iterator[str]:
    yield from _faults_of_the_hints(pipeline, ["value", "factor"])
    calls = _calls(pipeline)
    if any(_name(call.func) == "scale_op" for call in calls):
        yield _("there is no scale_op any more: with the decorator, scale itself is the factory.")
    steps = [call for call in calls if _name(call.func) == "scale"]
    if len(steps) != 2:
        yield _("the pipeline calls scale {count} times; the old one has two steps.").format(
            count=len(steps)
        )
    for step in steps:
        if step.args:
            yield _("{call}: SDK 2 takes keyword arguments only.").format(call=ast.unparse(step))
        if set(_keywords(step)) != {"value", "factor"}:
            yield _("{call}: the inputs of scale are value and factor.").format(
                call=ast.unparse(step)
            )
    values = [_keywords(step)["value"] for step in steps]
    if sum("output" in value for value in values) != 1:
        yield _("the second step takes the .output of the first as its value, as the old one did.")


def _faults_of_the_hints(function: Function, names: list[str]) -> Iterator[str]:
    arguments = {argument.arg: argument.annotation for argument in function.args.args}
    if list(arguments) != names:
        yield _("{function} has the parameters {given}; the old one has value and factor.").format(
            function=function.name, given=", ".join(arguments) or _("none")
        )
    for name, hint in arguments.items():
        if hint is None:
            yield _("in {function}, {name} has no hint; SDK 2 asks for one on each.").format(
                function=function.name, name=name
            )
        elif ast.unparse(hint) != "int":
            yield _("in {function}, {name} is {hint}; a number goes in there, so int.").format(
                function=function.name, name=name, hint=ast.unparse(hint)
            )


def _imported(tree: ast.Module) -> list[str]:
    return [
        (alias.asname or alias.name).partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    ]


def _calls(tree: ast.AST) -> list[ast.Call]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def _name(node: ast.expr) -> str:
    return ast.unparse(node).rpartition(".")[2]


def _decorator(function: Function, name: str) -> ast.expr | None:
    for decorator in function.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        if _name(called) == name:
            return decorator
    return None


def _keywords(call: ast.Call) -> dict[str, str]:
    return {word.arg: ast.unparse(word.value) for word in call.keywords if word.arg}


def _and(names: Mapping[str, Any]) -> str:
    if not names:
        return _("no function is")
    return _("{names} is").format(names=", ".join(names))


REFUSED, RUNS = "refused", "runs"
PAIRS = {
    "a": (RUNS, _("KFP 2.17 as it is installed still takes a Workflow of version 1.")),
    "b": (REFUSED, _("BLOCK_V1_PIPELINES is there to refuse a Workflow.")),
    "c": (RUNS, _("IR is what KFP 2 was made for.")),
    "d": (REFUSED, _("KFP 1.7 is older than IR, and the client's v2beta1 is no API of its.")),
    "e": (RUNS, _("a Workflow is Argo's own kind; its controller needs no KFP to run it.")),
    "f": (REFUSED, _("IR has no kind, so that Kubernetes has nothing to do with it.")),
}


def _pairs(answer: Any, given: object) -> Finding:
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


def _quiz(answer: object, given: object) -> Finding:
    return judge_quiz(answer, QUIZ)


EXERCISES = (
    Exercise(
        "11-1",
        "value",
        _producers,
        (
            _("Which of the tasks has the inputs that you want, and where are the tasks?"),
            _("ir['root']['dag']['tasks'] is a mapping; each task has inputs.parameters."),
            _("{name: source['taskOutputParameter'][...] for name, source in ....items()}"),
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
        _quiz,
        (
            _("Who reads each file, and what of it is your own code?"),
            _("Read again: who reads which file, and what no longer compiles."),
            _("IR becomes a Workflow at the server; hints and keywords change, bodies stay."),
        ),
    ),
)
