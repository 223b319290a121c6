"""Judges of Workflows: by their graph and by what their steps give."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from workbook.exercises.judges.runs import run_succeeded, succeeded
from workbook.exercises.judges.values import same_output
from workbook.exercises.judges.words import listed, one_line, quoted, spoken_arguments
from workbook.exercises.model import Case, Finding, not_attempted, not_yet, right
from workbook.language import _

MOST_SHOWN = 5  # outputs of a step


def judge_workflow(
    answer: Mapping[str, Any],
    steps: Mapping[str, Sequence[str]],
    cases: Sequence[Case],
) -> Finding:
    """Judge a Workflow by its graph (step -> those whose outputs it takes) and by what it gives.

    `cases` pairs arguments with the output of named steps, step to text.
    """
    if finding := judge_graph(answer, steps):
        return finding
    for arguments, wanted in cases:
        values = {(step, ""): text for step, text in wanted.items()}
        if finding := judge_run(answer, arguments, values, spoken_arguments(arguments)):
            return finding
    # a step without any argument is run first: what it says then is nearer to the cause
    return next(_untaken(answer, steps, list(steps)), right())


def judge_graph(answer: Mapping[str, Any], steps: Mapping[str, Sequence[str]]) -> Finding | None:
    """None when a Workflow has these steps, each with those whose outputs it takes."""
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
        # whatever it waits for besides is a matter of order
        if not set(waits_for) <= set(given[step]):
            return not_yet(
                _("in your graph {step} waits for {given}; it should wait for {wanted}.").format(
                    step=step, given=listed(given[step]), wanted=listed(waits_for)
                )
            )
    return next(
        _untaken(answer, steps, [t["name"] for t in _tasks(answer) if t.get("arguments")]), None
    )


def _untaken(
    answer: Mapping[str, Any], steps: Mapping[str, Sequence[str]], judged: Sequence[str]
) -> Iterator[Finding]:
    """A finding for each of the `judged` steps that takes outputs of others than it should."""
    for step in judged:
        taken, waits_for = _taken(answer, step), set(steps[step])
        if unused := sorted(waits_for - taken):
            yield not_yet(
                _("in your graph {step} waits for {given} and takes no output of it.").format(
                    step=step, given=listed(unused)
                )
            )
        elif taken != waits_for:
            yield not_yet(
                _("in your graph {step} waits for {given}; it should wait for {wanted}.").format(
                    step=step, given=listed(sorted(taken)), wanted=listed(waits_for)
                )
            )


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
        if len(values) != 1 or not same_output(values[0], text):
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


def _taken(manifest: Mapping[str, Any], step: str) -> set[str]:
    """The steps whose outputs are among the arguments of a step of the entrypoint's DAG."""
    arguments = json.dumps([t.get("arguments") for t in _tasks(manifest) if t["name"] == step])
    return set(re.findall(r"\{\{tasks\.([^.}]+)\.outputs\.", arguments))


def graph(manifest: Mapping[str, Any]) -> dict[str, list[str]]:
    """The steps of the entrypoint's DAG, each with the steps that it waits for."""
    return {task["name"]: sorted(task.get("dependencies", ())) for task in _tasks(manifest)}


def _tasks(manifest: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    spec = manifest.get("spec", {})
    for template in spec.get("templates", ()):
        if template.get("name") == spec.get("entrypoint"):
            tasks: Sequence[Mapping[str, Any]] = template.get("dag", {}).get("tasks", ())
            return tasks
    return ()
