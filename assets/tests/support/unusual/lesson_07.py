"""Unusual answers to lesson 07, right and wrong."""

# ruff: noqa: SIM117

from __future__ import annotations

from kfp import dsl
from kfp.components import create_component_from_func
from kfp.dsl import pipeline
from tests.support.answers.answers_07 import (
    decide_op,
    fetch_op,
    inspect_op,
    pack_op,
    say_op,
)


def say_what_fits(weight: int):
    print("refuse" if weight < 1 else "send" if weight <= 20 else "split")


def say_if_above(label: str, weight: int, limit: int) -> str:
    if weight > limit:
        print(label)
    return label


def is_heavy(weight: int, limit: int) -> str:
    return "yes" if weight > limit else "no"


def say_or_not(word: str, wanted: str) -> str:
    if word == wanted:
        print(word)
    return word


def only_long(names: str, limit: int) -> list:
    return [{"label": n, "weight": len(n)} for n in names.split() if len(n) > limit]


say_what_fits_op, say_if_above_op, is_heavy_op, say_or_not_op, only_long_op = (
    create_component_from_func(function, base_image="python:3.11")
    for function in (say_what_fits, say_if_above, is_heavy, say_or_not, only_long)
)


# ---- 07-2 ----------------------------------------------------------------------------------------


@pipeline(name="sort parcel")
def decides_in_a_loop(weight: int):
    word = decide_op(weight).set_retry(1).output
    with dsl.ParallelFor(["refuse", "send", "split"]) as each, dsl.Condition(word == each):
        say_op(each)


@pipeline(name="sort parcel")
def says_with_retries(weight: int):
    with dsl.Condition(weight < 1):
        say_op("refuse").set_retry(2)
    with dsl.Condition(weight > 20):
        say_op("split").set_retry(2)
    with dsl.Condition(weight >= 1), dsl.Condition(weight < 21):
        say_op("send").set_retry(2)


@pipeline(name="sort parcel")
def one_step_says_all(weight: int):
    with dsl.Condition(weight > -(10**9)):
        say_what_fits_op(weight)


@pipeline(name="sort parcel")
def says_what_a_step_decided(weight: int):
    word = decide_op(weight).output
    with dsl.Condition(word != "nothing"):
        say_op(word)


@pipeline(name="sort parcel")
def three_pods_of_which_one_says_it(weight: int):
    word = decide_op(weight).output
    for each in ("refuse", "send", "split"):
        with dsl.Condition(word != "nothing"):
            say_or_not_op(word, each)


@pipeline(name="sort parcel")
def forgets_the_upper_border(weight: int):
    with dsl.Condition(weight < 1):
        say_op("refuse")
    with dsl.Condition(weight >= 1):
        say_op("send")
        with dsl.Condition(weight > 20):
            say_op("split")


# ---- 07-3 ----------------------------------------------------------------------------------------


@pipeline(name="heavy ones")
def says_with_a_retry(names: str, limit: int):
    with dsl.ParallelFor(pack_op(names).set_retry(2).output) as parcel:
        with dsl.Condition(parcel.weight > limit):
            say_op(parcel.label).set_retry(3)


@pipeline(name="heavy ones")
def asks_the_other_way_round(names: str, limit: int):
    with dsl.ParallelFor(pack_op(names).output) as item:
        with dsl.Condition(limit < item.weight, name="heavy"):
            first = say_op(item.label)
            first.set_caching_options(False)


@pipeline(name="heavy ones")
def a_pod_decides_for_each(names: str, limit: int):
    with dsl.ParallelFor(pack_op(names).output) as parcel:
        with dsl.Condition(is_heavy_op(parcel.weight, limit).output == "yes"):
            say_op(parcel.label)


@pipeline(name="heavy ones")
def a_pod_for_each_prints_or_not(names: str, limit: int):
    with dsl.ParallelFor(pack_op(names).output) as parcel, dsl.Condition(parcel.weight > 0):
        say_if_above_op(parcel.label, parcel.weight, limit)


@pipeline(name="heavy ones")
def leaves_the_light_ones_out_before(names: str, limit: int):
    with dsl.ParallelFor(only_long_op(names, limit).output) as parcel:
        with dsl.Condition(parcel.weight > limit):
            say_op(parcel.label)


# ---- 07-4, 07-5 ----------------------------------------------------------------------------------


@pipeline(name="patient")
def policy_and_words(ready: int):
    task = fetch_op(ready=ready, attempt="{{retries}}")
    task.set_timeout(60)
    task.set_retry(3, policy="Always")
    say_op(text=task.outputs["Output"]).set_retry(1)


@pipeline(name="guarded")
def guarded_with_retries(weight: int):
    last = say_op("ended: {{workflow.status}}")
    with dsl.ExitHandler(last):
        found = inspect_op(weight).set_retry(1)
        with dsl.Condition(found.output > 20):
            say_op("split").set_retry(2)
        with dsl.Condition(found.output <= 20):
            say_op("send").set_retry(2)


@pipeline(name="guarded")
def says_after_inspect(weight: int):
    with dsl.ExitHandler(say_op("ended: {{workflow.status}}")):
        found = inspect_op(weight)
        with dsl.Condition(weight <= 20):
            say_op("send").after(found)


ALSO_RIGHT = {
    "07-2": [decides_in_a_loop, says_with_retries],
    "07-3": [says_with_a_retry, asks_the_other_way_round],
    "07-4": [policy_and_words],
    "07-5": [guarded_with_retries],
}

WRONG = {
    "07-2": [
        (lambda: one_step_says_all, "in one run and"),
        (lambda: says_what_a_step_decided, "let dsl.Condition decide which of them runs"),
        (lambda: three_pods_of_which_one_says_it, "started a Pod that printed nothing"),
        (lambda: forgets_the_upper_border, "print 'send', 'split'; asked for is 'split'"),
    ],
    "07-3": [
        (lambda: a_pod_decides_for_each, "3 parcels started a Pod; 1 of them"),
        (lambda: a_pod_for_each_prints_or_not, "parcels started a Pod"),
        (lambda: leaves_the_light_ones_out_before, "the loop has 1 turns; there are 3 parcels"),
    ],
    "07-5": [
        (lambda: says_after_inspect, "asked for is"),
    ],
}
