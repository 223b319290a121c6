"""Judges of Workflows: by their graph and by what their steps give."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from workbook.exercises.judges.runs import run_succeeded, succeeded
from workbook.exercises.judges.words import listed, one_line, quoted, spoken_arguments
from workbook.exercises.model import Case, Finding, not_attempted, not_yet, right
from workbook.language import _

MOST_SHOWN = 5  # outputs of a step


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
                given=listed(given), wanted=listed(steps)
            )
        )
    for step, waits_for in steps.items():
        if set(given[step]) != set(waits_for):
            return not_yet(
                _("in your graph {step} waits for {given}; it should wait for {wanted}.").format(
                    step=step, given=listed(given[step]), wanted=listed(waits_for)
                )
            )
    for arguments, wanted in cases:
        values = {(step, ""): text for step, text in wanted.items()}
        if finding := judge_run(answer, arguments, values, spoken_arguments(arguments)):
            return finding
    return right()


def judge_run(
    manifest: Mapping[str, Any],
    arguments: Mapping[str, Any],
    wanted: Mapping[tuple[str, str], str],
    words: str,
) -> Finding | None:
    """None when the Workflow gives what is wanted: step and output -> text. Without an output's
    name it's the step's only one: a step with an output for every number would have the right one.
    """
    result = run_succeeded(manifest, arguments, words)
    if isinstance(result, Finding):
        return result
    for (step, output), text in wanted.items():
        outputs = result.outputs.get(step, {})
        values = [v for name, v in outputs.items() if not output or name == f"{step}-{output}"]
        if values != [text]:
            shown = quoted if any(v.split() == text.split() for v in values) else one_line
            return not_yet(
                _("run with {arguments}, {step} gives {given}; it should give {wanted}.").format(
                    arguments=words,
                    step=step if output in ("", "Output") else output,
                    given=listed([shown(value) for value in values[:MOST_SHOWN]]),
                    wanted=shown(text),
                )
            )
    return None


def step_outputs(*steps: str) -> Callable[[Mapping[str, Any], Mapping[str, Any]], dict[str, str]]:
    """What observes a case of judge_workflow: the texts of steps that have one output each."""

    def observe(manifest: Mapping[str, Any], arguments: Mapping[str, Any]) -> dict[str, str]:
        result = succeeded(manifest, arguments)
        return {step: next(iter(result.outputs[step].values())) for step in steps}

    return observe


def graph(manifest: Mapping[str, Any]) -> dict[str, list[str]]:
    """The steps of the entrypoint's DAG, each with the steps that it waits for."""
    spec = manifest.get("spec", {})
    for template in spec.get("templates", ()):
        if template.get("name") == spec.get("entrypoint"):
            tasks = template.get("dag", {}).get("tasks", ())
            return {task["name"]: sorted(task.get("dependencies", ())) for task in tasks}
    return {}
