"""Wrong answers that learners give in lesson 03, and what the finding must say of each.

Without `from __future__ import annotations`, as in a notebook: kfp takes the hints as they are.
"""

import json
from functools import partial

from kfp.components import create_component_from_func
from kfp.dsl import pipeline

UNIT = "cm"
component = partial(create_component_from_func, base_image="python:3.11")


def label_as_it_was(width: int, height: int) -> str:
    return json.dumps({"size": [width, height], "unit": UNIT})


def label_with_the_import_only(width: int, height: int) -> str:
    import json

    return json.dumps({"size": [width, height], "unit": UNIT})


def label_with_a_third_input(width: int, height: int, unit: str) -> str:
    import json

    return json.dumps({"size": [width, height], "unit": unit})


def label_as_a_dict(width: int, height: int) -> str:
    return {"size": [width, height], "unit": "cm"}


def percent_without_hints(part, whole):
    return 100 * part / whole


def percent_without_output(part: int, whole: int):
    return 100 * part / whole


def percent_as_int(part: int, whole: int) -> int:
    return 100 * part // whole


def percent_of_floats(part: float, whole: float) -> float:
    return 100 * part / whole


def percent_that_prints(part: int, whole: int) -> float:
    print(100 * part / whole)


def percent_as_a_fraction(part: int, whole: int) -> float:
    return part / whole


def percent_upside_down(part: int, whole: int) -> float:
    return 100 * whole / part


def percent_in_whole_numbers(part: int, whole: int) -> float:
    return 100 * part // whole


def double(a: int) -> int:
    return a * 2


double_op = component(double)


@pipeline(name="fourfold")
def doubles_side_by_side(number: int):
    double_op(number)
    double_op(number)


@pipeline(name="fourfold")
def doubles_in_python(number: int):
    double_op(number * 2)


@pipeline(name="fourfold")
def passes_the_task(number: int):
    double_op(double_op(number))


@pipeline(name="fourfold")
def doubles_once(number: int):
    double_op(number)


WRONG = {
    "03-1": [
        (lambda: component(label_as_it_was), "name 'json' is not defined"),
        (lambda: component(label_with_the_import_only), "name 'UNIT' is not defined"),
        (lambda: component(label_with_a_third_input), "unit: String"),
        (lambda: component(label_as_a_dict), "TypeError: Value"),
        (lambda: label_as_it_was, "create_component_from_func"),
    ],
    "03-2": [
        (lambda: {"task": "announce", "exception": "TypeError"}, "omitted"),
        (lambda: {"task": "double", "exception": "TypeError"}, "phase Failed"),
        (lambda: {"task": "add-fee", "exception": "Error (exit code 1)"}, "last line of the log"),
        (lambda: "add-fee", "a dict"),
    ],
    "03-3": [
        (lambda: component(component(percent_as_a_fraction)), "a component already"),
        (lambda: component(percent_that_prints), "The function returns nothing"),
        (lambda: component(percent_without_hints), "part: Integer"),
        (lambda: component(percent_without_output), "has no outputs"),
        (lambda: component(percent_as_int), "Output: Float"),
        (lambda: component(percent_of_floats), "part: Float"),
        (lambda: component(percent_as_a_fraction), "gives 0.375"),
        (lambda: component(percent_upside_down), "gives 266.6"),
        (lambda: component(percent_in_whole_numbers), "gives 37;"),
    ],
    "03-4": [
        (lambda: doubles_side_by_side, "waits for nothing"),
        (lambda: doubles_in_python, "does not compile"),
        (lambda: passes_the_task, "Pass a single output instead"),
        (lambda: doubles_once, "has the steps double"),
        (lambda: double_op, "a pipeline that uses it"),
    ],
    "03-quiz": [
        (lambda: {1: "a", 2: "b", 3: "a"}, "imports nothing"),
        (lambda: {1: "c", 2: "c", 3: "a"}, "in place of a number"),
        (lambda: {1: "c", 2: "b", 3: "b"}, "isn't called again"),
    ],
}
