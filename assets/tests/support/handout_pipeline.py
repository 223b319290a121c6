"""The add example of the handout, as the lessons write it, and its Workflow."""

from __future__ import annotations

from kfp.components import create_component_from_func
from kfp.dsl import pipeline
from tests.support.answers.answers_04 import add_op, multiply_op
from workbook.kernel.answers import compile_pipeline


def subtract(value_1: int, value_2: int) -> int:
    return value_1 - value_2


subtract_op = create_component_from_func(subtract, base_image="python:3.11")


@pipeline(name="add example")
def my_pipeline(value_1: int = 5, value_2: int = 3):
    multiply_op(add_op(value_1, value_2).output, subtract_op(value_1, value_2).output)


WORKFLOW = compile_pipeline(my_pipeline)
