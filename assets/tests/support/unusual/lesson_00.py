"""Unusual answers to lessons 00, 01 and 02, right and wrong."""

from __future__ import annotations

from kfp.dsl import pipeline
from tests.support.answers.answers_02 import add_op, multiply_op, subtract_op


@pipeline(name="product minus sum")
def tries_again(value_1: int, value_2: int):
    total = add_op(value_1, value_2).set_retry(2)
    product = multiply_op(value_1, value_2).set_retry(1)
    subtract_op(product.output, total.output).set_retry(3).set_display_name("the last one")


@pipeline(name="product minus sum")
def waits_without_need(value_1: int, value_2: int):
    total = add_op(value_1, value_2)
    product = multiply_op(value_1, value_2).after(total)
    subtract_op(value_2=total.output, value_1=product.output).set_caching_options(False)


@pipeline(name="product minus sum")
def waits_for_what_it_never_takes(value_1: int, value_2: int):
    total = add_op(value_1, value_2)
    product = multiply_op(value_1, value_2)
    subtract_op(value_1, value_2).after(total, product)


@pipeline(name="product minus sum")
def takes_one_of_the_two(value_1: int, value_2: int):
    total = add_op(value_1, value_2)
    product = multiply_op(value_1, value_2)
    subtract_op(product.output, value_2).after(total)


ALSO_RIGHT = {
    "00-4": [["b", "c", "a"], ["ㅠ", "ㅊ", "ㅁ"], [" B", "c.", "(A)"]],
    "01-2": [["D"], ["ㅇ"]],
    "02-2": [tries_again, waits_without_need],
}

WRONG = {
    "02-2": [
        (lambda: waits_for_what_it_never_takes, "takes no output of it"),
        (lambda: takes_one_of_the_two, "waits for add and takes no output of it"),
    ],
}
