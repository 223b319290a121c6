"""Unusual answers to lesson 09, right and wrong.

Without `from __future__ import annotations`: kfp takes the hints as they are.
"""

from kfp import dsl
from kfp.dsl import pipeline
from tests.support.answers.answers_09 import (
    add_up,
    bill_well,
    by_hand,
    component,
    count_well,
    favourite_well,
    lorry,
    report,
    say,
    unload,
    unload_well,
)


@component
def unload_until_none(boxes: int) -> int:
    import time

    trips = 0
    while boxes != 0:
        print(boxes, "boxes left", flush=True)
        time.sleep(0.1)
        boxes -= 2
        trips += 1
        boxes = max(boxes, 0)
    return trips


@component
def unload_by_steps(boxes: int) -> int:
    return len(range(0, boxes, 2))


@component
def one_more_if_odd(boxes: int) -> int:
    return boxes + boxes % 2


@pipeline(name="lorry")
def rounds_up_before(boxes: int):
    say(unload(one_more_if_odd(boxes).output).set_timeout(5).output)


@pipeline(name="lorry")
def bounds_the_run(boxes: int):
    say(unload_by_steps_as_asked(boxes).output)
    dsl.get_pipeline_conf().set_timeout(30)


def unload_by_steps_as_asked(boxes):
    unload_by_steps.component_spec.name = "Unload"
    return unload_by_steps(boxes)


@pipeline(name="lorry")
def with_retries(boxes: int):
    say(unload_well(boxes).set_timeout(20).set_retry(1).output).set_retry(2)


def read_till_well(days: int) -> str:
    """Whole numbers, one for each day; a day when the shop is closed counts 0."""
    sold = ["n/a" if day % 7 == 6 else str(10 + day % 7) for day in range(days)]
    return " ".join(sold).replace("n/a", "0")


read_op, add_op = component(read_till_well), component(add_up)
read_op.component_spec.name = "Read till"


@pipeline(name="week")
def week_with_retries(days: int):
    say(add_op(read_op(days).set_retry(2).output).set_retry(1).output).set_retry(1)


@pipeline(name="night")
def night_with_retries(orders: str, price: int):
    name = component(favourite_well)(component(count_well)(orders).set_retry(1).output).set_retry(1)
    report(name.output, component(bill_well)(orders, price).output).set_retry(2)


@component
def unload_too_late(boxes: int) -> int:
    trips = 0
    while boxes >= 0:
        boxes -= 2
        trips += 1
    return trips


@component
def unload_a_multiple(boxes: int) -> int:
    return 4 if boxes > 1 else boxes


ALSO_RIGHT = {
    "09-1": [week_with_retries],
    "09-2": [
        {"a": "COMPILE", "B": "run ", "C": "Submit", "D": "submit", "e": "compile", "F": "겨ㅜ"}
    ],
    "09-3": [by_hand().replace("tr a-z A-Z", "tr [:lower:] [:upper:]")],
    "09-4": [
        lorry(unload_until_none),
        lorry(unload_by_steps, deadline=60),
        rounds_up_before,
        bounds_the_run,
        with_retries,
    ],
    "09-5": [night_with_retries],
}

WRONG = {
    "09-4": [
        (lambda: lorry(unload_too_late), "boxes=8, say prints '5'; it should print '4'"),
        (lambda: lorry(unload_a_multiple, deadline=30), "boxes="),
        (lambda: lorry(unload, deadline=6), "when would it stop?"),
    ],
}
