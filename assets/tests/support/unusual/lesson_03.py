"""Unusual answers to lesson 03, right and wrong.

Without `from __future__ import annotations`: kfp takes the hints as they are.
"""

from kfp.dsl import pipeline
from tests.support.answers.answers_03 import component, double_op


def label_with_a_default(width: int, height: int, unit: str = "cm") -> str:
    import json

    return json.dumps({"size": [width, height], "unit": unit})


def label_by_hand(width: int, height: int) -> str:
    return f'{{"size": [{width}, {height}], "unit": "cm"}}'


def label_indented(width: int, height: int) -> str:
    import json

    return json.dumps({"unit": "cm", "size": [width, height]}, indent=2)


def label_as_floats(width: int, height: int) -> str:
    import json

    return json.dumps({"size": [float(width), float(height)], "unit": "cm"})


def label_in_two_helpers(width: int, height: int) -> str:
    from json import dumps as write

    def unit():
        return "cm"

    return write({"size": [width, height], "unit": unit()})


def percent_rounded(part: int, whole: int) -> float:
    return round(100 * part / whole, 2)


def percent_rounded_late(part: int, whole: int) -> float:
    return round(100 * part / whole, 10)


def percent_cut(part: int, whole: int) -> float:
    return 100 * part * 1000 // whole / 1000


def percent_at_most_100(part: int, whole: int) -> float:
    return min(100.0, 100 * part / whole)


def percent_divided_first(part: int, whole: int) -> float:
    return part / whole * 100


def percent_by_fractions(part: int, whole: int) -> float:
    from fractions import Fraction

    return float(Fraction(part, whole) * 100)


def percent_by_decimals(part: int, whole: int) -> float:
    from decimal import Decimal

    return float(Decimal(part) * 100 / Decimal(whole))


@pipeline(name="fourfold")
def tries_again(number: int):
    double_op(double_op(number).set_retry(2).output).set_retry(2)


@pipeline(name="fourfold")
def in_a_loop(number: int):
    for _ in range(2):
        number = double_op(number).output


@pipeline(name="fourfold")
def one_after_the_other(number: int):
    once = double_op(number)
    double_op(number).after(once)


ALSO_RIGHT = {
    "03-1": [
        component(label_with_a_default),
        component(label_by_hand),
        component(label_indented),
        component(label_in_two_helpers),
    ],
    "03-3": [
        component(percent_divided_first),
        component(percent_by_fractions),
        component(percent_by_decimals),
    ],
    "03-4": [tries_again, in_a_loop],
    "03-quiz": [{1: "C", 2: "ㅠ", 3: "a."}],
}

WRONG = {
    "03-1": [(lambda: component(label_as_floats), "[3.0, 4.0]")],
    "03-3": [
        (lambda: component(percent_rounded), "gives 166.67"),
        (lambda: component(percent_rounded_late), "gives 166.6666666667"),
        (lambda: component(percent_cut), "gives 166.666"),
        (lambda: component(percent_at_most_100), "gives 100.0"),
    ],
    "03-4": [
        (lambda: one_after_the_other, "takes no output of it"),
    ],
}
