"""The judge of the capstone's pipeline: it is run on tables of made-up birds, in which now one and
now the other setting wins, with thresholds that are just reached and just missed.

It follows the data, not the names: which table reached which training, which model was evaluated
on which table, which predictions were reported. So a step may be called as one likes, be tried
again, or be there once more.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import localkfp

from workbook.exercises.judges.runs import not_succeeded, run_ended
from workbook.exercises.judges.words import spoken_arguments
from workbook.exercises.judges.workflows import graph
from workbook.exercises.lesson_10.expected import Expected, Table, expected, table_of
from workbook.exercises.lesson_10.model import close, number
from workbook.exercises.lesson_10.report import says_number
from workbook.exercises.model import Case, Finding, NotObserved, not_attempted, not_yet, right
from workbook.language import _

PARAMETERS = ("seed", "threshold", "settings")
PICTURES = ("confusion_matrix", "web-app")  # kinds of pages that show one
LOOP = ".for-loop-"  # in the name of a node inside one
COLUMN = "bill_length_mm"  # of the table that the pipeline is to carry


@dataclass(frozen=True)
class Step:
    """A Pod that succeeded, by what went in and what came out of it."""

    in_loop: bool
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    def takes_table(self, table: Table) -> bool:
        return table in map(table_of, self.inputs)

    def gives_table(self, table: Table) -> bool:
        return table in map(table_of, self.outputs)

    def models(self, texts: Sequence[str]) -> list[Any]:
        found = map(_json, texts)
        return [each for each in found if isinstance(each, dict) and "centers" in each]

    @property
    def trained(self) -> Any:
        """The model that came of a table, None if none did."""
        tables = any(map(table_of, self.inputs))
        return next(iter(self.models(self.outputs)), None) if tables else None

    @property
    def evaluated(self) -> float | None:
        """The accuracy that came of a model and a table, None if none did."""
        if not self.models(self.inputs) or not any(map(table_of, self.inputs)):
            return None
        return next((float(text) for text in self.outputs if number(text) <= 1), None)

    def pages(self, *kinds: str) -> list[str]:
        """The sources of what it gives the dashboard of these kinds, in line."""
        found = [entry for text in self.outputs for entry in _entries(text, "outputs")]
        return [str(each.get("source", "")) for each in found if each.get("type") in kinds]

    @property
    def metrics(self) -> list[float]:
        found = [entry for text in self.outputs for entry in _entries(text, "metrics")]
        return [number(str(each.get("numberValue"))) for each in found]


def judge_pipeline(answer: dict[str, Any], cases: Sequence[Case]) -> Finding:
    if finding := judge_shape(answer, PARAMETERS):
        return finding
    for arguments, _wanted in cases:
        if finding := _judge_case(answer, arguments):
            return finding
    return right()


def judge_shape(answer: Mapping[str, Any], parameters: Sequence[str]) -> Finding | None:
    """None for a pipeline that has these parameters and carries the table."""
    if not graph(answer):
        return not_attempted()
    names = [entry["name"] for entry in answer["spec"].get("arguments", {}).get("parameters", ())]
    if missing := [name for name in parameters if name not in names]:
        return not_yet(
            _("the pipeline has no parameter {missing}; asked for are {wanted}.").format(
                missing=", ".join(missing), wanted=", ".join(parameters)
            )
        )
    carried = _raw_artifacts(answer)
    if not any(COLUMN in raw["data"] for raw in carried):
        return not_yet(
            _("load is given {given}; asked for is the table itself, the variable text.").format(
                given=", ".join(f"{raw['data']!r:.60}" for raw in carried) or _("no text")
            )
        )
    return None


def see_pipeline(answer: dict[str, Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
    if finding := _judge_case(answer, arguments):
        raise NotObserved(finding.text)
    wanted = expected(arguments["table"], arguments["seed"], arguments["settings"])
    return {"best": wanted.best, "accuracy": wanted.accuracy}


def run_on_birds(
    manifest: Mapping[str, Any], arguments: Mapping[str, Any], parameters: Sequence[str]
) -> localkfp.LocalRun | Finding:
    """A run of the pipeline on the case's table, in place of the one that it carries."""
    copy = json.loads(json.dumps(manifest))
    for raw in _raw_artifacts(copy):
        if COLUMN in raw["data"]:
            raw["data"] = arguments["table"]
    texts = texts_of(arguments, parameters)
    return run_ended(copy, texts, spoken_arguments(texts))


def texts_of(arguments: Mapping[str, Any], parameters: Sequence[str]) -> dict[str, Any]:
    """The arguments of the run."""
    texts = {name: arguments[name] for name in parameters}
    return {**texts, "settings": json.dumps(arguments["settings"])}


def _raw_artifacts(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The texts that the Workflow carries for files."""
    return [
        artifact["raw"]
        for template in manifest["spec"]["templates"]
        for artifact in template.get("inputs", {}).get("artifacts", ())
        if "raw" in artifact
    ]


def _judge_case(manifest: Mapping[str, Any], arguments: Mapping[str, Any]) -> Finding | None:
    wanted = expected(arguments["table"], arguments["seed"], arguments["settings"])

    def faults(steps: Sequence[Step]) -> Iterator[str]:
        yield from faults_of_the_choice(steps, wanted, arguments["settings"])
        yield from _faults_of_deploy(after_the_loop(steps), wanted, arguments["threshold"])

    return judge_steps(manifest, arguments, PARAMETERS, faults)


def judge_steps(
    manifest: Mapping[str, Any],
    arguments: Mapping[str, Any],
    parameters: Sequence[str],
    faults: Callable[[Sequence[Step]], Iterator[str]],
) -> Finding | None:
    """Run the pipeline; the finding on the first of the `faults` of the steps that succeeded."""
    run = run_on_birds(manifest, arguments, parameters)
    words = spoken_arguments(texts_of(arguments, parameters))
    if isinstance(run, Finding):
        cause = _(" Only a value that a step inside the loop takes can be collected.")
        return not_yet(run.text + cause) if "failed to resolve" in run.text else run
    if run.phase != "Succeeded":
        return not_succeeded(run, words)
    said = next(faults(steps_of(run)), "")
    return not_yet(_("run with {words}, {said}").format(words=words, said=said)) if said else None


def steps_of(run: localkfp.LocalRun) -> list[Step]:
    """The Pods that succeeded."""
    return [
        Step(LOOP in node.name, tuple(node.inputs.values()), tuple(node.outputs.values()))
        for node in run.nodes
        if node.type == "Pod" and node.phase == "Succeeded"
    ]


def after_the_loop(steps: Sequence[Step]) -> list[Step]:
    return [step for step in steps if not step.in_loop]


def faults_of_the_choice(
    steps: Sequence[Step], wanted: Expected, settings: Sequence[str]
) -> Iterator[str]:
    """What is wrong up to the report, in the order of the pipeline."""
    chosen = [(step, text) for step in steps for text in _choices(step, settings)]
    there = {
        "load": any(step.gives_table(wanted.table) for step in steps),
        "split": any(all(map(step.gives_table, wanted.parts.values())) for step in steps),
        "choose": bool(chosen),
        "report": any(step.pages("markdown") for step in steps),
        "paint": any(step.pages(*PICTURES) for step in steps),
    }
    if missing := [name for name, is_there in there.items() if not is_there]:
        yield _("no step {missing} has run.").format(missing=", ".join(missing))
        return
    yield from _faults_of_the_loop([step for step in steps if step.in_loop], wanted, settings)
    if wrong := [text for step, text in chosen if text != wanted.best]:
        yield _(
            "choose gives {given}; on the validation table {wanted} is better. What do train and"
            " evaluate get in the loop?"
        ).format(given=wrong[0], wanted=wanted.best)
    yield from _faults_of_the_winner(after_the_loop(steps), wanted)
    yield from _faults_of_the_pages(steps, wanted)


def _faults_of_the_loop(
    loop: Sequence[Step], wanted: Expected, settings: Sequence[str]
) -> Iterator[str]:
    trainings = [step for step in loop if step.trained]
    if len(trainings) < len(settings) or not all(
        sum(setting in step.inputs for step in trainings) >= count
        for setting, count in Counter(settings).items()
    ):
        yield _("train runs {given} times before choose; there are {wanted} settings.").format(
            given=len(trainings), wanted=len(settings)
        )
    validate = [step for step in loop if step.takes_table(wanted.parts["validate"])]
    for setting in settings:
        model, accuracy = wanted.models[setting], wanted.accuracies[setting]
        if not any(close(step.trained, model) for step in trainings):
            yield _(
                "no training of {setting} in the loop is on the table train, and on nothing else:"
                " its model would be another. Then, on the validation table, choose."
            ).format(setting=setting)
        if not any(
            step.evaluated == accuracy and close(step.models(step.inputs)[0], model)
            for step in validate
        ):
            yield _(
                "in the loop the model of {setting} is not evaluated on the validation table, where"
                " its accuracy is {accuracy}."
            ).format(setting=setting, accuracy=accuracy)
        if not any(accuracy in step.metrics and setting in step.inputs for step in loop):
            yield _("the accuracy of {setting}, {accuracy}, is not published in the loop.").format(
                setting=setting, accuracy=accuracy
            )


def _faults_of_the_winner(after: Sequence[Step], wanted: Expected) -> Iterator[str]:
    given = [step.evaluated for step in after if step.evaluated is not None]
    if not given:
        yield _("nothing is trained and evaluated after the choice.")
        return
    model = wanted.models[wanted.best]
    trained = any(
        step.takes_table(wanted.parts["train"]) and close(step.trained, model) for step in after
    )
    evaluated = any(
        step.takes_table(wanted.parts["test"])
        and step.evaluated == wanted.accuracy
        and close(step.models(step.inputs)[0], model)
        for step in after
    )
    if not trained or not evaluated:
        yield _(
            "the winner's accuracy is {given}; on the test table it is {wanted}: train it on the"
            " table train, evaluate it on the table test."
        ).format(given=given[-1], wanted=wanted.accuracy)


def _faults_of_the_pages(steps: Sequence[Step], wanted: Expected) -> Iterator[str]:
    reports = [step for step in steps if step.pages("markdown")]
    texts = [text for step in reports for text in step.pages("markdown")]
    if not any(says_number(text, wanted.accuracy) for text in texts):
        yield _("the accuracy on the test table, {wanted}, is not in the report.").format(
            wanted=wanted.accuracy
        )
    for name, pages in (
        ("report", reports),
        ("paint", [step for step in steps if step.pages(*PICTURES)]),
    ):
        if not any(step.takes_table(wanted.predictions) for step in pages):
            yield _("{step} doesn't get the predictions of the winner on the test table.").format(
                step=name
            )


def _faults_of_deploy(after: Sequence[Step], wanted: Expected, threshold: float) -> Iterator[str]:
    copies, accuracy = copies_of_models(after), wanted.accuracy
    if accuracy < threshold and copies:
        yield _(
            "deploy has run, though the accuracy {accuracy} is less than the threshold. Is it in a"
            " dsl.Condition?"
        ).format(accuracy=accuracy)
    if accuracy >= threshold and not copies:
        yield _(
            "deploy has not run, though the accuracy {accuracy} is at least the threshold."
        ).format(accuracy=accuracy)
    if any(not close(copy, wanted.models[wanted.best]) for copy in copies):
        yield _("what is deployed is not the model that was trained after the choice.")


def copies_of_models(after: Sequence[Step]) -> list[Any]:
    """The models that a step took and gave on as they were, and no table with them."""
    return [
        model
        for step in after
        if not any(map(table_of, step.inputs))
        for model in step.models(step.outputs)
        if model in step.models(step.inputs)
    ]


def _choices(step: Step, settings: Sequence[str]) -> list[str]:
    """The settings that a step gives which took a list of numbers."""
    lists = [each for each in map(_json, step.inputs) if isinstance(each, list)]
    if not any(each and all(number(str(one)) <= 1 for one in each) for each in lists):
        return []
    return [text for text in step.outputs if text in settings]


def _entries(text: str, key: str) -> list[Mapping[str, Any]]:
    found = _json(text)
    entries = found.get(key) if isinstance(found, dict) else None
    return [e for e in entries if isinstance(e, dict)] if isinstance(entries, list) else []


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
