"""The judges of train, evaluate and choose.

What `see_...` observes of the solution is what the cases of the judge have second.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from workbook.exercises.judges.components import (
    component_outputs,
    is_stub,
    judge_interface,
    judge_outputs,
    run_component,
)
from workbook.exercises.lesson_10.tables import read_table
from workbook.exercises.model import Case, Finding, not_attempted, not_yet, right
from workbook.language import _


def judge_train(answer: dict[str, Any], cases: Sequence[Case]) -> Finding:
    wrong = judge_interface(answer, {"setting": "String", "table": "CSV"}, {"model": "JSON"})
    if wrong:
        return wrong
    for arguments, models in cases:
        for setting, wanted in models.items():
            outputs = run_component(answer, {**arguments, "setting": setting})
            if isinstance(outputs, Finding):
                return outputs
            rows = len(arguments["table"].splitlines()) - 1
            if finding := _judge_model(outputs["model"], setting, wanted, rows):
                return finding
    return right()


def see_train(answer: dict[str, Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {
        setting: json.loads(component_outputs(answer, {**arguments, "setting": setting})["model"])
        for setting in ("raw", "scaled")
    }


def _judge_model(text: str, setting: str, wanted: Mapping[str, Any], rows: int) -> Finding | None:
    try:
        model = json.loads(text)
        centers, spread = model["centers"], model["spread"]
    except (ValueError, TypeError, KeyError) as error:
        return not_yet(
            _("the model is no JSON object with spread and centers: {error}").format(
                error=f"{type(error).__name__}: {error}"
            )
        )
    if not close(centers, wanted["centers"]):
        return not_yet(
            _("the centers are {given:.200}; on the check's table they are {wanted}.").format(
                given=repr(centers), wanted=wanted["centers"]
            )
        )
    if close(spread, wanted["spread"]):
        return None
    of_a_sample = math.sqrt(rows / (rows - 1))
    if close(spread, {name: value * of_a_sample for name, value in wanted["spread"].items()}):
        return not_yet(_("your spread is that of statistics.stdev; asked for is pstdev."))
    return not_yet(
        _("with setting {setting} the spread is {given:.200}; it should be {wanted}.").format(
            setting=setting, given=repr(spread), wanted=wanted["spread"]
        )
    )


def judge_evaluate(answer: dict[str, Any], cases: Sequence[Case]) -> Finding:
    wrong = judge_interface(
        answer, {"model": "JSON", "table": "CSV"}, {"predictions": "CSV", "Output": "Float"}
    )
    return wrong or judge_outputs(answer, cases, _judge_predicted)


def see_evaluate(answer: dict[str, Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
    outputs = component_outputs(answer, arguments)
    _header, rows = read_table(outputs["predictions"])
    return {
        "predicted": [[row["species"], row["predicted"]] for row in rows],
        "accuracy": number(outputs["Output"]),
    }


def _judge_predicted(
    outputs: Mapping[str, str], arguments: object, wanted: Mapping[str, Any]
) -> Finding | None:
    header, rows = read_table(outputs["predictions"])
    if header != ["species", "predicted"]:
        return not_yet(
            _("predictions has the columns {given}; asked for are species, predicted.").format(
                given=", ".join(header) or _("none")
            )
        )
    pairs = [[row["species"], row["predicted"]] for row in rows]
    predicted = wanted["predicted"]
    if pairs != predicted:
        return not_yet(
            _(
                "for the true {true} you predict {given}; asked for is {wanted}: the center with"
                " the least sum of ((value - center) / spread) ** 2."
            ).format(
                true=", ".join(true for true, _predicted in predicted),
                given=", ".join(predicted for _true, predicted in pairs) or _("nothing"),
                wanted=", ".join(predicted for _true, predicted in predicted),
            )
        )
    if number(outputs["Output"]) != wanted["accuracy"]:
        return not_yet(
            _(
                "{right} of {count} predictions are right, and you return {given}; asked for is"
                " {wanted}."
            ).format(
                right=sum(true == given for true, given in predicted),
                count=len(predicted),
                given=outputs["Output"],
                wanted=wanted["accuracy"],
            )
        )
    return None


def see_choose(answer: dict[str, Any], arguments: Mapping[str, Any]) -> str:
    return component_outputs(answer, arguments)["Output"]


def judge_choose(answer: dict[str, Any], cases: Sequence[Case]) -> Finding:
    if is_stub(answer):
        return not_attempted()
    kinds = {entry["name"]: entry.get("type") for entry in answer.get("inputs", ())}
    if "accuracies" in kinds and kinds["accuracies"] is not None:
        return not_yet(
            _(
                "accuracies is declared {kind}, but it is to be given what evaluate declares a"
                " Float and what comes as a list: leave it without a hint."
            ).format(kind=kinds["accuracies"])
        )
    if "settings" in kinds and kinds["settings"] != "JsonArray":
        return not_yet(_("settings is to arrive as a list, not as its text: write settings: list."))
    wrong = judge_interface(
        answer, {"settings": "JsonArray", "accuracies": None}, {"Output": "String"}
    )
    return wrong or judge_outputs(answer, cases, _judge_chosen)


def _judge_chosen(
    outputs: Mapping[str, str], arguments: Mapping[str, Any], best: str
) -> Finding | None:
    if outputs["Output"] == best:
        return None
    return not_yet(
        _(
            "of {settings} with the accuracies {accuracies} you choose {given};"
            " asked for is {wanted}."
        ).format(
            settings=", ".join(arguments["settings"]),
            accuracies=arguments["accuracies"],
            given=repr(outputs["Output"])[:60],
            wanted=best,
        )
    )


def number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def close(answer: Any, wanted: Any) -> bool:
    """The same keys, and numbers that differ by rounding at most."""
    if isinstance(wanted, dict):
        return (
            isinstance(answer, dict)
            and answer.keys() == wanted.keys()
            and all(close(answer[key], value) for key, value in wanted.items())
        )
    return (
        isinstance(answer, int | float)
        and not isinstance(answer, bool)
        and math.isclose(answer, wanted, rel_tol=1e-3)
    )
