"""Wrong answers that learners give in lesson 02, and what the finding must say of each."""

from __future__ import annotations

from kfp.components import create_component_from_func
from kfp.dsl import pipeline


def add(value_1: int, value_2: int) -> int:
    return value_1 + value_2


def subtract(value_1: int, value_2: int) -> int:
    return value_1 - value_2


def multiply(value_1: int, value_2: int) -> int:
    return value_1 * value_2


add_op, subtract_op, multiply_op = (
    create_component_from_func(f, base_image="python:3.11") for f in (add, subtract, multiply)
)


@pipeline(name="product minus sum")
def subtracts_the_wrong_way(value_1: int, value_2: int):
    total = add_op(value_1, value_2)
    product = multiply_op(value_1, value_2)
    subtract_op(total.output, product.output)


@pipeline(name="product minus sum")
def is_the_quick_start(value_1: int, value_2: int):
    total = add_op(value_1, value_2)
    difference = subtract_op(value_1, value_2)
    multiply_op(total.output, difference.output)


@pipeline(name="product minus sum")
def subtracts_by_python(value_1: int, value_2: int):
    total = add_op(value_1, value_2)
    product = multiply_op(value_1, value_2)
    product.output - total.output


WRONG = {
    "02-1": [
        (lambda: 16, "5 and 3"),
        (lambda: 14, "output of add"),
        (lambda: "84", "as text"),
        (lambda: 40, "last step"),
    ],
    "02-2": [
        (lambda: subtracts_the_wrong_way, "should give 14"),
        (lambda: is_the_quick_start, "waits for"),
        (lambda: subtracts_by_python, "does not compile"),
    ],
    "02-3": [
        (lambda: "80:9000", "comes first"),
        (lambda: "9000", "9000:9000"),
        (lambda: "9000:8080", "no port 8080"),
        (lambda: 9000, "HERE:THERE"),
    ],
    "02-4": [
        (lambda: ["subtract"], "docstring"),
        (lambda: ["add", "multiply", "subtract"], "above a function"),
        (lambda: [], "the file is ASCII"),
        (lambda: ["subtract", "add"], "sort"),
    ],
    "02-quiz": [
        (lambda: {1: "a", 2: "a", 3: "b"}, "not your file"),
        (lambda: {1: "c", 2: "c", 3: "b"}, "no connection"),
        (lambda: {1: "c", 2: "a", 3: "a"}, "a database"),
    ],
}
