"""Wrong answers that learners give in lesson 04, and what the finding must say of each."""

from __future__ import annotations

from kfp.components import create_component_from_func
from kfp.dsl import pipeline


def add(value_1: int, value_2: int) -> int:
    return value_1 + value_2


def multiply(value_1: int, value_2: int) -> int:
    return value_1 * value_2


add_op = create_component_from_func(add, base_image="python:3.11")
multiply_op = create_component_from_func(multiply, base_image="python:3.11")


@pipeline(name="square of sum")
def adds_twice(value_1: int, value_2: int):
    multiply_op(add_op(value_1, value_2).output, add_op(value_1, value_2).output)


@pipeline(name="square of sum")
def multiplies_by_python(value_1: int, value_2: int):
    total = add_op(value_1, value_2)
    total.output * total.output


@pipeline(name="square of sum")
def squares_one_argument(value_1: int, value_2: int):
    total = add_op(value_1, value_2)
    multiply_op(total.output, value_1)


@pipeline(name="square of sum")
def calls_plain_functions(value_1: int, value_2: int):
    len(str(value_1)) + len(str(value_2))


WRONG = {
    "04-1": [
        (lambda: [{"name": "add", "container": {"image": "python:3.11"}}], "a list of their names"),
        (lambda: ["add", "add-example", "multiply", "subtract"], "every template"),
        (lambda: ["add-example"], "asked for are the others"),
        (lambda: ["add", "subtract", "multiply"], "sort the list"),
        (lambda: {"add", "subtract"}, "sorted(...) makes a list"),
    ],
    "04-2": [
        (lambda: ["subtract"], "depends on 2 tasks"),
        (lambda: ["subtract", "add"], "sort"),
        (lambda: ["add-Output", "subtract-Output"], "names of its inputs"),
    ],
    "04-3": [
        (lambda: "add-Output", "path of its file"),
        (lambda: {"path": "/tmp/outputs/Output/data"}, "out of the mapping"),
        (lambda: "{{tasks.add.outputs.parameters.add-Output}}", "another task"),
    ],
    "04-4": [
        (lambda: adds_twice, "add-2"),
        (lambda: multiplies_by_python, "there is no number yet"),
        (lambda: calls_plain_functions, "makes no step"),
        (lambda: squares_one_argument, "gives 60"),
        (lambda: multiply_op, "a pipeline that uses it"),
    ],
    "04-quiz": [
        (lambda: {1: "b", 2: "c", 3: "b"}, "look at the names"),
        (lambda: {1: "a", 2: "b", 3: "b"}, "only dependencies"),
        (lambda: {1: "a", 2: "c", 3: "a"}, "no value yet"),
    ],
}
