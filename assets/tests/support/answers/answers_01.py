"""Wrong answers that learners give in lesson 01, and what the finding must say of each."""

from __future__ import annotations

from kfp.components import create_component_from_func
from kfp.dsl import pipeline


def greet(name: str) -> str:
    return f"Hello, {name}"


def shout(text: str) -> str:
    return text.upper()


greet_op = create_component_from_func(greet, base_image="python:3.11")
shout_op = create_component_from_func(shout, base_image="python:3.11")


@pipeline(name="loud greeting")
def passes_nothing_on(name: str):
    greet_op(name)
    shout_op(name)


@pipeline(name="loud greeting")
def passes_the_task(name: str):
    greeting = greet_op(name)
    shout_op(greeting)


@pipeline(name="loud greeting")
def uses_the_plain_function(name: str):
    shout_op(greet(name))


@pipeline(name="loud greeting")
def shouts_before_greeting(name: str):
    loud = shout_op(name)
    greet_op(loud.output)


@pipeline(name="loud greeting")
def forgets_an_argument(name: str):
    greet_op(name)
    shout_op()


@pipeline(name="loud greeting")
def leaves_the_dots_below(name: str):
    shout(greet(name))
    ...  # as the stub has them


def found(**changes):
    return {"parameter": True, "variable": False, "environment": False, "file": False} | changes


WRONG = {
    "01-1": [
        (lambda: 2, "number of components"),
        (lambda: 5, "the pipeline itself needs no Pod"),
        (lambda: "4", "type str"),
    ],
    "01-2": [
        (lambda: ["d", "e"], "pip installs"),
        (lambda: ["c", "d"], "tags can move"),
        (lambda: "d", "a list"),
        (lambda: ["a"], "by its digest"),
    ],
    "01-3": [
        (lambda: found(file=True), "/tmp of a Pod"),
        (lambda: found(environment=True), "for itself"),
        (lambda: found(parameter=False), "as its argument"),
        (lambda: found(file="not there"), "True or False"),
        (lambda: ["parameter"], "a dict"),
    ],
    "01-4": [
        (lambda: forgets_an_argument, "component() missing 1 required positional argument: 'text'"),
        (lambda: leaves_the_dots_below, "not plain functions"),
        (lambda: passes_nothing_on, "waits for nothing"),
        (lambda: passes_the_task, "Pass a single output instead"),
        (lambda: uses_the_plain_function, "has the steps shout"),
        (lambda: shouts_before_greeting, "shout waits for nothing; it should wait for greet"),
        (lambda: greet_op, "a pipeline that uses it"),
    ],
    "01-quiz": [
        (lambda: {1: "a", 2: "c", 3: "b"}, "add and add-2"),
        (lambda: {1: "b", 2: "b", 3: "b"}, "the kind is missing"),
        (lambda: {1: "b", 2: "c", 3: "a"}, "belongs to the container"),
    ],
}
