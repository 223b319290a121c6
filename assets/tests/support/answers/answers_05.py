"""Wrong answers that learners give in lesson 05, and what the finding must say of each."""

from __future__ import annotations

import json

from tests.support.answers.answers_04 import adds_twice
from tests.support.handout_pipeline import WORKFLOW
from workbook.kernel.answers import compile_pipeline


def request(**changes: object) -> dict[str, object]:
    """A right request, and what a learner changed in its pipeline_spec."""
    spec = {
        "workflow_manifest": json.dumps(WORKFLOW),
        "parameters": [{"name": "value_1", "value": "10"}, {"name": "value_2", "value": "4"}],
    }
    return {"name": "by plain HTTP", "pipeline_spec": {**spec, **changes}}


WRONG = {
    "05-1": [
        (lambda: {"add": "8", "subtract": "2", "multiply": "16"}, "int"),
        (lambda: {"multiply": 16}, "missing: add, subtract"),
        (lambda: {"add-Output": 8, "subtract": 2, "multiply": 16}, "names of the three steps"),
        (lambda: {"add": 8, "subtract": 2, "multiply": 10}, "not the outputs"),
    ],
    "05-2": [
        (lambda: {"value_1": 7, "value_2": 3}, "ends in 40"),
        (lambda: {"a": 5, "b": 2}, "value_1 and value_2"),
        (lambda: [5, 2], "a dict"),
        (lambda: {"value_1": 5.0, "value_2": 2}, "whole numbers"),
    ],
    "05-3": [
        (lambda: request(workflow_manifest=WORKFLOW), "JSON text"),
        (lambda: request(parameters={"value_1": "10", "value_2": "4"}), "a list of dicts"),
        (
            lambda: request(
                parameters=[{"name": "value_1", "value": 10}, {"name": "value_2", "value": 4}]
            ),
            "text on the wire",
        ),
        (lambda: request(parameters=[{"name": "value_1", "value": "5"}]), "asked for are"),
        (
            lambda: request(workflow_manifest=json.dumps(compile_pipeline(adds_twice))),
            "your graph has the steps",
        ),
        (lambda: {**request(), "name": ""}, "no name"),
    ],
    "05-quiz": [
        (lambda: {1: "a", 2: "a", 3: "c"}, "returned at once"),
        (lambda: {1: "b", 2: "c", 3: "c"}, "comes by upload"),
        (lambda: {1: "b", 2: "a", 3: "a"}, "had taken it"),
    ],
}
