"""Judges of components: by their interface and by what they give when they are run."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import yaml
from kfp.components import load_component_from_text

from workbook.exercises.judges.runs import run_succeeded
from workbook.exercises.judges.words import listed, spoken_arguments
from workbook.exercises.judges.workflows import judge_run
from workbook.exercises.model import Case, Finding, NotObserved, not_attempted, not_yet, right
from workbook.kernel.answers import QUOTED_HINT, compile_pipeline
from workbook.language import _

PYTHONS = {"int", "float", "str", "bool"}  # of a hint without quotation marks kfp makes Integer
STEP = "step"  # the name under which a component is run


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
        if finding := judge_run(step, {}, values, spoken_arguments(arguments)):
            return finding
    return right()


def judge_interface(
    answer: Mapping[str, Any], inputs: Mapping[str, str | None], outputs: Mapping[str, str | None]
) -> Finding | None:
    """None when a component has these inputs and outputs, name -> type as kfp writes it; None as a
    type is that of an input without a hint. An input more does no harm when it has a default."""
    if is_stub(answer):
        return not_attempted()
    for what, wanted in ((_("inputs"), inputs), (_("outputs"), outputs)):
        key = "inputs" if wanted is inputs else "outputs"
        given = {
            entry["name"]: entry.get("type")
            for entry in answer.get(key, ())
            if entry["name"] in wanted or not entry.get("optional")
        }
        if not given and wanted:
            return not_yet(
                _(
                    "the component has no {what}; asked for are {wanted}, by the function's hints."
                ).format(what=what, wanted=listed(wanted))
            )
        if given != dict(wanted):
            said = _("the component has the {what} {given}; asked for are {wanted}.").format(
                what=what, given=listed(given), wanted=listed(wanted)
            )
            quoted = PYTHONS.intersection(map(str, given.values()))
            return not_yet(f"{said} {QUOTED_HINT}" if quoted else said)
    return None


def run_component(
    answer: Mapping[str, Any], arguments: Mapping[str, Any]
) -> Mapping[str, str] | Finding:
    """The outputs of a component run as a pipeline's only step, name -> text; or, when it doesn't
    succeed, the finding that says why. A text for an InputPath is the content of its file."""
    words = _("a table of the check's own")
    result = run_succeeded(_one_step(answer, arguments), {}, words)
    if isinstance(result, Finding):
        return result
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


def _one_step(component: Mapping[str, Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
    factory = load_component_from_text(yaml.safe_dump(dict(component)))
    factory.component_spec.name = STEP

    def pipeline() -> None:
        factory(**arguments)

    return compile_pipeline(pipeline)
