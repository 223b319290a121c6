"""Unusual answers to lesson 05, right and wrong."""

from __future__ import annotations

import json

from kfp.dsl import pipeline
from tests.support.answers.answers_05 import request
from tests.support.handout_pipeline import add_op, multiply_op, subtract_op
from workbook.kernel.answers import compile_pipeline


@pipeline(name="add example")
def tries_again(value_1: int = 5, value_2: int = 3):
    total = add_op(value_1, value_2).set_retry(2)
    multiply_op(total.output, subtract_op(value_1, value_2).output).set_retry(1)


@pipeline(name="nothing")
def nothing(value_1: int = 5, value_2: int = 3):
    pass


ALSO_RIGHT = {
    "05-2": [{"value_2": 2}, {"value_1": -5, "value_2": "-2"}, {"value_1": "11", "value_2": 10}],
    "05-3": [
        request(workflow_manifest=json.dumps(compile_pipeline(tries_again), indent=1)),
        {**request(), "description": "one more field"},
    ],
}

WRONG = {
    "05-2": [
        (dict, "ends in 16"),
        (lambda: {"value_1": 4}, "ends in 7"),
        (lambda: {"value_2": 2, "value": 5}, "value_1 and value_2"),
    ],
    "05-3": [
        (
            lambda: request(workflow_manifest=json.dumps(compile_pipeline(nothing))),
            "the Workflow has no step",
        ),
    ],
}
