"""Lesson 05: submit and run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import localkfp

from workbook.exercises.judges.quiz import quiz
from workbook.exercises.judges.values import judge_value
from workbook.exercises.judges.workflows import graph, judge_workflow, step_outputs
from workbook.exercises.model import Case, Exercise, Finding, Trial, not_yet, right
from workbook.language import _

# (a + b) * (a - b), as the lesson's pipeline computes it; the exercises stand on it
STEPS = {"add": (), "subtract": (), "multiply": ("add", "subtract")}
DEFAULTS = {"value_1": 5, "value_2": 3}  # of the lesson's pipeline
ASKED = {"value_1": "10", "value_2": "4"}  # of 05-3; what it runs is tried with others too
REQUESTS = ((ASKED, {"multiply": "84"}),)
# as the lesson is handed out
PARAMETERS = {"value_1": 5, "value_2": 3}


def _results(answer: Any, value_1: int, value_2: int) -> Finding:
    wanted = {"add": value_1 + value_2, "subtract": value_1 - value_2}
    wanted["multiply"] = wanted["add"] * wanted["subtract"]
    text = {step: str(value) for step, value in wanted.items()}
    if isinstance(answer, dict) and (missing := [step for step in wanted if step not in answer]):
        return not_yet(
            _("missing: {missing}; the keys are the names of the three steps.").format(
                missing=", ".join(missing)
            )
        )
    return judge_value(
        answer,
        wanted,
        causes=[
            (text, _("the values are text; make each an int.")),
        ],
        expects=_("those are not the outputs of the three steps of this run."),
    )


def _arguments(answer: Any) -> Finding:
    if not isinstance(answer, dict) or not set(answer) <= set(DEFAULTS):
        return not_yet(
            _("you gave {answer}; asked for is a dict with value_1 and value_2.").format(
                answer=f"{answer!r:.200}"
            )
        )
    texts = [str(value) for value in (DEFAULTS | answer).values()]  # what kfp.Client sends
    try:
        first, second = map(int, texts)
    except ValueError:
        return not_yet(
            _("with {answer} the run fails: the components want whole numbers, like 5.").format(
                answer=answer
            )
        )
    if (first + second) * (first - second) == 21:
        return right()
    return not_yet(
        _("with {answer} the run ends in {result}, not in 21.").format(
            answer=answer, result=(first + second) * (first - second)
        )
    )


def _request(answer: Any, cases: Sequence[Case]) -> Finding:
    if not isinstance(answer, dict):
        return not_yet(_("the body must be a dict, which requests sends as a JSON object."))
    if not isinstance(answer.get("name"), str) or not answer["name"]:
        return not_yet(_("the body has no name; every run needs one."))
    spec = answer.get("pipeline_spec")
    if not isinstance(spec, dict) or "workflow_manifest" not in spec:
        return not_yet(_("pipeline_spec must be a dict with workflow_manifest and parameters."))
    if not isinstance(spec["workflow_manifest"], str):
        return not_yet(
            _("workflow_manifest is a {kind}; the API wants the Workflow as JSON text.").format(
                kind=type(spec["workflow_manifest"]).__name__
            )
        )
    parameters = spec.get("parameters")
    if not isinstance(parameters, list) or not all(
        isinstance(p, dict) and set(p) == {"name", "value"} for p in parameters
    ):
        return not_yet(
            _(
                "parameters must be a list of dicts with a name and a value each; you gave {given}."
            ).format(given=f"{parameters!r:.200}")
        )
    if not all(isinstance(p["value"], str) for p in parameters):
        return not_yet(_("a parameter's value is text on the wire, like '10'."))
    arguments = {p["name"]: p["value"] for p in parameters}
    if arguments != ASKED:
        return not_yet(
            _("asked for are value_1 = 10 and value_2 = 4; you gave {given}.").format(
                given=", ".join(f"{name} = {value}" for name, value in arguments.items())
                or _("none")
            )
        )
    try:
        manifest = _manifest(answer)
        if not isinstance(manifest, dict):
            raise ValueError(_("it holds no object; json.dumps takes the Workflow once, as it is"))
        if isinstance(manifest, dict) and "spec" in manifest and not graph(manifest):
            return not_yet(
                _("the Workflow has no step: asked for is the one of add_pipeline.yaml.")
            )
        localkfp.load(manifest)
    except (ValueError, RecursionError) as error:
        said = _("workflow_manifest is not a Workflow as JSON: {error}").format(error=error)
        python = spec["workflow_manifest"].lstrip().startswith("{'")
        cure = _("that is how Python writes a dict; json.dumps writes JSON.")
        return not_yet(f"{said}. {cure}" if python else said)
    return judge_workflow(manifest, STEPS, cases)


def _manifest(answer: Mapping[str, Any]) -> Any:
    return json.loads(answer["pipeline_spec"]["workflow_manifest"])


def _product(answer: Mapping[str, Any], arguments: Mapping[str, Any]) -> dict[str, str]:
    return step_outputs("multiply")(_manifest(answer), arguments)


QUIZ = {
    "1": (
        "b",
        {
            "a": _("watch had to wait for that; the call returned at once."),
            "c": _("that may take a while yet; the call only submits."),
        },
    ),
    "2": (
        "a",
        {
            "b": _("the run stays, with its Workflow; a pipeline there never was."),
            "c": _("@pipeline names the Workflow; a pipeline of the server comes by upload."),
        },
    ),
    "3": (
        "c",
        {
            "a": _("output() read it, and no task had taken it."),
            "b": _("main-logs is what was printed, and it printed nothing."),
        },
    ),
}


EXERCISES = (
    Exercise(
        "05-1",
        "value",
        _results,
        (
            _("Which function of this lesson reads an output, and what does it return: 8 or '8'?"),
            _("output(run.id, 'add') is the text that add wrote; int makes it a number."),
            _("{step: int(output(run.id, step)) for step in (...)}"),
        ),
        parameters=PARAMETERS,
    ),
    Exercise(
        "05-2",
        "value",
        _arguments,
        (
            _("The pipeline computes a product. Which two numbers have the product 21?"),
            _("Choose the sum and the difference of the arguments: 7 and 3, or 21 and 1."),
            _("If value_1 + value_2 is 7 and value_1 - value_2 is 3, then value_1 is 5."),
        ),
    ),
    Exercise(
        "05-3",
        "value",
        _request,
        (
            _("Which two things does a run need besides its name: what to run, and with what?"),
            _("json.dumps makes text of the Workflow; parameters are a list of name and value."),
            _("{'name': ..., 'pipeline_spec': {'workflow_manifest': json.dumps(...), ...}}"),
        ),
        Trial(REQUESTS, _product),
    ),
    Exercise(
        "05-quiz",
        "value",
        quiz(QUIZ),
        (
            _("Which of the two does each call do: submit, or wait; run, or upload?"),
            _("Look at the sections Upload and Two shortcuts, and at what output() reads."),
            _("1: it didn't wait. 2: nothing was uploaded. 3: read_artifact got it by name."),
        ),
    ),
)
