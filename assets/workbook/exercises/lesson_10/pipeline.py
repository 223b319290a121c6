"""The judge of the capstone's pipeline: it is run on tables of made-up birds, in which now one and
now the other setting wins, with thresholds that are just reached and just missed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import localkfp

from workbook.exercises.judges.runs import run_succeeded
from workbook.exercises.judges.words import spoken_arguments
from workbook.exercises.judges.workflows import graph
from workbook.exercises.lesson_10.model import number
from workbook.exercises.lesson_10.report import METADATA
from workbook.exercises.model import Case, Finding, NotObserved, not_attempted, not_yet, right
from workbook.language import _

PARAMETERS = ("seed", "threshold", "settings")
ONCE = ("load", "split", "choose", "report", "paint")


def judge_pipeline(answer: dict[str, Any], cases: Sequence[Case]) -> Finding:
    if not graph(answer):
        return not_attempted()
    names = [entry["name"] for entry in answer["spec"].get("arguments", {}).get("parameters", ())]
    if missing := [name for name in PARAMETERS if name not in names]:
        return not_yet(
            _("the pipeline has no parameter {missing}; asked for are {wanted}.").format(
                missing=", ".join(missing), wanted=", ".join(PARAMETERS)
            )
        )
    carried = _raw_artifacts(answer)
    if not carried or any("species" not in raw["data"] for raw in carried):
        return not_yet(
            _("load is given {given}; asked for is the table itself, the variable text.").format(
                given=", ".join(f"{raw['data']!r:.60}" for raw in carried) or _("no text")
            )
        )
    for arguments, wanted in cases:
        if finding := _judge_case(answer, arguments, wanted):
            return finding
    return right()


def see_pipeline(answer: dict[str, Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
    run = _run(answer, arguments)
    if isinstance(run, Finding):
        raise NotObserved(run.text)
    return {
        "best": run.outputs["choose"]["choose-Output"],
        "accuracy": number(run.outputs["evaluate-2"]["evaluate-2-Output"]),
    }


def _run(manifest: Mapping[str, Any], arguments: Mapping[str, Any]) -> localkfp.LocalRun | Finding:
    """Run the pipeline on the case's table, in place of the one that it carries."""
    copy = json.loads(json.dumps(manifest))
    for raw in _raw_artifacts(copy):
        raw["data"] = arguments["table"]
    texts = _texts(arguments)
    return run_succeeded(copy, texts, spoken_arguments(texts))


def _texts(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of the run."""
    texts = {name: arguments[name] for name in PARAMETERS}
    return {**texts, "settings": json.dumps(arguments["settings"])}


def _raw_artifacts(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The texts that the Workflow carries for files."""
    return [
        artifact["raw"]
        for template in manifest["spec"]["templates"]
        for artifact in template.get("inputs", {}).get("artifacts", ())
        if "raw" in artifact
    ]


def _judge_case(
    manifest: Mapping[str, Any], arguments: Mapping[str, Any], wanted: Mapping[str, Any]
) -> Finding | None:
    run = _run(manifest, arguments)
    if isinstance(run, Finding):
        cause = _(" Only a value that a step inside the loop takes can be collected.")
        return not_yet(run.text + cause) if "failed to resolve" in run.text else run
    said = _judge_steps(run, arguments["settings"], wanted["best"])
    said = said or _judge_end(run, arguments["threshold"], wanted["accuracy"])
    words = spoken_arguments(_texts(arguments))
    return not_yet(_("run with {words}, {said}").format(words=words, said=said)) if said else None


def _judge_steps(run: localkfp.LocalRun, settings: Sequence[str], best: str) -> str:
    """What is wrong up to the choice; empty if nothing is."""
    turns = sum(node["displayName"] == "train" for node in run.manifest["status"]["nodes"].values())
    if missing := [name for name in ONCE if name not in run.outputs]:
        return _("no step {missing} has run.").format(missing=", ".join(missing))
    if turns != len(settings):
        return _("train runs {given} times before choose; there are {wanted} settings.").format(
            given=turns, wanted=len(settings)
        )
    if "train-2" not in run.outputs or "evaluate-2" not in run.outputs:
        return _("nothing is trained and evaluated after the choice.")
    chosen = run.outputs["choose"]["choose-Output"]
    if chosen != best:
        return _(
            "choose gives {given}; on the validation table {wanted} is better. What do train and"
            " evaluate get in the loop?"
        ).format(given=chosen, wanted=best)
    return ""


def _judge_end(run: localkfp.LocalRun, threshold: float, accuracy: float) -> str:
    """What is wrong after the choice; empty if nothing is."""
    final = run.outputs["evaluate-2"]["evaluate-2-Output"]
    if number(final) != accuracy:
        return _(
            "the winner's accuracy is {given}; on the test table it is {wanted}: train it on the"
            " table train, evaluate it on the table test."
        ).format(given=final, wanted=accuracy)
    if str(accuracy) not in run.outputs["report"][METADATA]:
        return _("the accuracy on the test table, {wanted}, is not in the report.").format(
            wanted=accuracy
        )
    deployed = run.outputs.get("deploy")
    if accuracy < threshold and deployed is not None:
        return _(
            "deploy has run, though the accuracy {accuracy} is less than the threshold. Is it in a"
            " dsl.Condition?"
        ).format(accuracy=accuracy)
    if accuracy >= threshold and deployed is None:
        return _(
            "deploy has not run, though the accuracy {accuracy} is at least the threshold."
        ).format(accuracy=accuracy)
    if deployed and deployed["deploy-deployed"] != run.outputs["train-2"]["train-2-model"]:
        return _("what is deployed is not the model that was trained after the choice.")
    return ""
