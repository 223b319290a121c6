"""The judges: an answer as data in, a finding in words out. One per kind of answer.

They read no file and print nothing. Behaviour is judged by running the Workflow on arguments that
the learner did not choose.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import localkfp
import yaml
from kfp.components import load_component_from_text

from workbook.exercises.model import Case, Finding, NotObserved, not_attempted, not_yet, right
from workbook.kernel.answers import compile_pipeline
from workbook.language import _

SECONDS = 60
MOST_SHOWN = 5  # outputs of a step
STEP = "step"  # the name under which a component is run
GZIP = "\x1f"  # a directory stays the gzipped tar it is; a file's content is its text
# `NameError: ...` ends a traceback, `Double: error: ...` is argparse's
ERROR = re.compile(r"[\w.]+: error: |[\w.]*(Error|Exception)\b")


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


def judge_quiz(answer: Any, questions: Mapping[str, tuple[str, Mapping[str, str]]]) -> Finding:
    """Judge the choices of a quiz, `{1: "b", 2: ...}` as the learner writes it.

    `questions` maps the number of each question to the right choice, a letter, and to the reason
    why each other choice is not so. The finding gives the reason for the first wrong choice.
    """
    if not isinstance(answer, Mapping) or set(answer) != set(questions):
        return not_yet(
            _("you gave {answer}; asked for is a dict with the keys {numbers}.").format(
                answer=f"{answer!r:.200}", numbers=", ".join(questions)
            )
        )
    wrong = [number for number, (key, _why) in questions.items() if answer[number] != key]
    if not wrong:
        return right()
    first = wrong[0]
    key, reasons = questions[first]
    choice = answer[first]
    if not isinstance(choice, str) or choice not in reasons:
        return not_yet(
            _("question {number} has the choices {choices}; you gave {answer}.").format(
                number=first, choices=", ".join(sorted({key, *reasons})), answer=f"{choice!r:.60}"
            )
        )
    return not_yet(
        _("{right} of {count} are right. Question {number}, {choice}: {reason}").format(
            right=len(questions) - len(wrong),
            count=len(questions),
            number=first,
            choice=choice,
            reason=reasons[choice],
        )
    )


def judge_component(
    answer: Mapping[str, Any],
    inputs: Mapping[str, str],
    outputs: Mapping[str, str],
    cases: Sequence[Case],
) -> Finding:
    """Judge a component by its interface (name -> type, as kfp writes it) and by what it gives.

    `cases` pairs arguments with the outputs they must give, name to text.
    """
    if finding := judge_interface(answer, inputs, outputs):
        return finding
    for arguments, wanted in cases:
        step = _one_step(answer, arguments)
        values = {(STEP, name): text for name, text in wanted.items()}
        if finding := _judge_run(step, {}, values, _words(arguments)):
            return finding
    return right()


def judge_interface(
    answer: Mapping[str, Any], inputs: Mapping[str, str | None], outputs: Mapping[str, str | None]
) -> Finding | None:
    """None when a component has these inputs and outputs, name -> type as kfp writes it; None as a
    type is that of an input without a hint."""
    if is_stub(answer):
        return not_attempted()
    for what, wanted in ((_("inputs"), inputs), (_("outputs"), outputs)):
        key = "inputs" if wanted is inputs else "outputs"
        given = {entry["name"]: entry.get("type") for entry in answer.get(key, ())}
        if not given and wanted:
            return not_yet(
                _(
                    "the component has no {what}; asked for are {wanted}, by the function's hints."
                ).format(what=what, wanted=_list(wanted))
            )
        if given != dict(wanted):
            return not_yet(
                _("the component has the {what} {given}; asked for are {wanted}.").format(
                    what=what, given=_list(given), wanted=_list(wanted)
                )
            )
    return None


def run_component(
    answer: Mapping[str, Any],
    arguments: Mapping[str, Any],
) -> Mapping[str, str] | Finding:
    """The outputs of a component run as a pipeline's only step, name -> text; or, when it doesn't
    succeed, the finding that says why. A text for an InputPath is the content of its file."""
    try:
        result = localkfp.run(localkfp.load(_one_step(answer, arguments)), {}, timeout=SECONDS)
    except (localkfp.WorkflowError, TimeoutError) as error:
        return not_yet(_("run on a table of the check's own: {error}").format(error=error))
    if result.phase != "Succeeded":
        return not_yet(
            _("run on a table of the check's own it ends {phase}: {why}").format(
                phase=result.phase, why=why(result)
            )
        )
    given = result.outputs.get(STEP, {})
    return {name.removeprefix(f"{STEP}-"): text for name, text in given.items()}


def judge_outputs(
    answer: Mapping[str, Any],
    cases: Sequence[Case],
    judged: Callable[[Mapping[str, str], Mapping[str, Any], Any], Finding | None],
) -> Finding:
    """Run a component on each case. The first finding on what it gives, `judged(outputs,
    arguments, wanted)`, or right."""
    for arguments, wanted in cases:
        outputs = run_component(answer, arguments)
        finding = outputs if isinstance(outputs, Finding) else judged(outputs, arguments, wanted)
        if finding:
            return finding
    return right()


def component_outputs(answer: Mapping[str, Any], arguments: Mapping[str, Any]) -> dict[str, str]:
    """What a case of judge_component has second. Raises NotObserved."""
    outputs = run_component(answer, arguments)
    if isinstance(outputs, Finding):
        raise NotObserved(outputs.text)
    return dict(outputs)


def judge_workflow(
    answer: Mapping[str, Any],
    steps: Mapping[str, Sequence[str]],
    cases: Sequence[Case],
) -> Finding:
    """Judge a Workflow by its graph (step -> the steps it waits for) and by what it gives.

    `cases` pairs arguments with the output of named steps, step to text.
    """
    given = graph(answer)
    if not given:
        return not_attempted()
    if set(given) != set(steps):
        return not_yet(
            _("your graph has the steps {given}; asked for are {wanted}.").format(
                given=_list(given), wanted=_list(steps)
            )
        )
    for step, waits_for in steps.items():
        if set(given[step]) != set(waits_for):
            return not_yet(
                _("in your graph {step} waits for {given}; it should wait for {wanted}.").format(
                    step=step, given=_list(given[step]), wanted=_list(waits_for)
                )
            )
    for arguments, wanted in cases:
        values = {(step, ""): text for step, text in wanted.items()}
        if finding := _judge_run(answer, arguments, values, _words(arguments)):
            return finding
    return right()


def step_outputs(*steps: str) -> Callable[[Mapping[str, Any], Mapping[str, Any]], dict[str, str]]:
    """What observes a case of judge_workflow: the texts of steps that have one output each."""

    def observe(manifest: Mapping[str, Any], arguments: Mapping[str, Any]) -> dict[str, str]:
        result = succeeded(manifest, arguments)
        return {step: next(iter(result.outputs[step].values())) for step in steps}

    return observe


def succeeded(manifest: Mapping[str, Any], arguments: Mapping[str, Any]) -> localkfp.LocalRun:
    """A run of the Workflow. Raises NotObserved for one that doesn't end Succeeded."""
    result = localkfp.run(localkfp.load(manifest), arguments, timeout=SECONDS)
    if result.phase != "Succeeded":
        raise NotObserved(f"it ends {result.phase}: {why(result)}")
    return result


def graph(manifest: Mapping[str, Any]) -> dict[str, list[str]]:
    """The steps of the entrypoint's DAG, each with the steps that it waits for."""
    spec = manifest.get("spec", {})
    for template in spec.get("templates", ()):
        if template.get("name") == spec.get("entrypoint"):
            tasks = template.get("dag", {}).get("tasks", ())
            return {task["name"]: sorted(task.get("dependencies", ())) for task in tasks}
    return {}


def program(component: Mapping[str, Any]) -> str:
    """The Python text that a component made from a function runs; empty for any other."""
    command = component.get("implementation", {}).get("container", {}).get("command", [])
    return command[-1] if command and isinstance(command[-1], str) else ""


def is_stub(component: Mapping[str, Any]) -> bool:
    """Whether the component's function has nothing in it but a docstring and `...`."""
    try:
        tree = ast.parse(program(component))
    except SyntaxError:
        return False
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    # kfp's own, which begin with _, stand before and after it
    function = next((node for node in functions if not node.name.startswith("_")), None)
    return function is not None and all(
        isinstance(line, ast.Pass)
        or (isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant))
        for line in function.body
    )


def _judge_run(
    manifest: Mapping[str, Any],
    arguments: Mapping[str, Any],
    wanted: Mapping[tuple[str, str], str],
    words: str,
) -> Finding | None:
    """None when the Workflow gives what is wanted: step and output -> text. Without an output's
    name it's the step's only one: a step with an output for every number would have the right one.
    """
    try:
        result = localkfp.run(localkfp.load(manifest), arguments, timeout=SECONDS)
    except (localkfp.WorkflowError, TimeoutError) as error:
        return not_yet(_("run with {arguments}: {error}").format(arguments=words, error=error))
    if result.phase != "Succeeded":
        return not_yet(
            _("run with {arguments} it ends {phase}: {why}").format(
                arguments=words, phase=result.phase, why=why(result)
            )
        )
    for (step, output), text in wanted.items():
        outputs = result.outputs.get(step, {})
        values = [v for name, v in outputs.items() if not output or name == f"{step}-{output}"]
        if values != [text]:
            shown = _repr if any(v.split() == text.split() for v in values) else _one_line
            return not_yet(
                _("run with {arguments}, {step} gives {given}; it should give {wanted}.").format(
                    arguments=words,
                    step=step if output in ("", "Output") else output,
                    given=_list([shown(value) for value in values[:MOST_SHOWN]]),
                    wanted=shown(text),
                )
            )
    return None


def why(result: localkfp.LocalRun) -> str:
    """The message, and the last line of a log that says which error it was."""
    lines = [line for log in result.logs.values() for line in log.splitlines()]
    errors = [line for line in lines if ERROR.match(line)]
    return f"{result.message}; {_one_line(errors[-1])}" if errors else result.message


def _one_step(component: Mapping[str, Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
    factory = load_component_from_text(yaml.safe_dump(dict(component)))
    factory.component_spec.name = STEP

    def pipeline() -> None:
        factory(**arguments)

    return compile_pipeline(pipeline)


def _same(answer: Any, expected: Any) -> bool:
    """Equal, and a number is not a truth value: in Python True == 1."""
    return answer == expected and isinstance(answer, bool) == isinstance(expected, bool)


def _list(names: Any) -> str:
    if isinstance(names, Mapping) and any(isinstance(value, str) for value in names.values()):
        return ", ".join(f"{name}: {kind}" for name, kind in names.items())
    return ", ".join(str(name) for name in names) or _("nothing")


def _one_line(text: str) -> str:
    """What a learner's program wrote can have any length, and lines, and be a folder's archive."""
    return _("a directory") if text.startswith(GZIP) else " ".join(text[:200].split())


def _repr(text: str) -> str:
    """For a text that differs only in its spaces and newlines."""
    return f"{text!r:.200}"


def _words(arguments: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in arguments.items())
