"""Wrong answers that learners give in lesson 09, and what the finding must say of each.

No `from __future__ import annotations`: kfp can't read annotations that are texts.
"""

# ruff: noqa: PTH123
# in a component a path is a text

import json
from functools import partial

from kfp.components import InputPath, OutputPath, create_component_from_func
from kfp.dsl import pipeline

component = partial(create_component_from_func, base_image="python:3.11")


@component
def say(text):
    print(text)


# ---- 09-1 ----------------------------------------------------------------------------------------


def read_till(days: int) -> str:
    sold = ["n/a" if day % 7 == 6 else str(10 + day % 7) for day in range(days)]
    print("WARNING: closed on", sold.count("n/a"), "days")
    return " ".join(sold)


def add_up(sold: str) -> int:
    return sum(int(number) for number in sold.split())


def add_up_what_is_a_number(sold: str) -> int:
    return sum(int(number) for number in sold.split() if number.isdigit())


def leave_the_day_out(days: int) -> str:
    return " ".join(str(10 + day % 7) for day in range(days) if day % 7 != 6)


def return_numbers(days: int) -> list:
    return [0 if day % 7 == 6 else 10 + day % 7 for day in range(days)]


def week(reader, adder):
    read_till_op, add_up_op = component(reader), component(adder)
    read_till_op.component_spec.name, add_up_op.component_spec.name = "Read till", "Add up"

    @pipeline(name="week")
    def week(days: int):
        say(add_up_op(read_till_op(days).output).output)

    return week


# ---- 09-2, 09-3 ----------------------------------------------------------------------------------

MOMENTS = {"A": "compile", "B": "run", "C": "submit", "D": "submit", "E": "compile", "F": "run"}


def by_hand(colon=":", waits_for="shout", read_from="/tmp/loud", said="{{inputs.parameters.loud}}"):
    return f"""\
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {{generateName: by-hand-}}
spec:
  entrypoint: by-hand
  arguments: {{parameters: [{{name: word, value: tea}}]}}
  templates:
  - name{colon} by-hand
    dag:
      tasks:
      - {{name: shout, template: shout}}
      - name: repeat
        template: repeat
        dependencies: [{waits_for}]
        arguments:
          parameters:
          - {{name: loud, value: '{{{{tasks.shout.outputs.parameters.loud}}}}'}}
  - name: shout
    container:
      image: alpine:3.20
      command: [sh, -c, 'echo "$0" | tr a-z A-Z > /tmp/loud', '{{{{workflow.parameters.word}}}}']
    outputs: {{parameters: [{{name: loud, valueFrom: {{path: {read_from}}}}}]}}
  - name: repeat
    inputs: {{parameters: [{{name: loud}}]}}
    container: {{image: 'alpine:3.20', command: [echo, '{said}']}}
"""


# ---- 09-4 ----------------------------------------------------------------------------------------


@component
def unload(boxes: int) -> int:
    import time

    trips = 0
    while boxes != 0:
        print(boxes, "boxes left", flush=True)
        time.sleep(0.1)
        boxes -= 2
        trips += 1
    return trips


@component
def unload_one_trip_short(boxes: int) -> int:
    return boxes // 2


@component
def unload_without_the_sleep(boxes: int) -> int:
    trips = 0
    while boxes != 0:
        boxes -= 2
        trips += 1
    return trips


@component
def unload_one_by_one(boxes: int) -> int:
    trips = 0
    while boxes != 0:
        boxes -= 1
        trips += 1
    return trips


@component
def unload_well(boxes: int) -> int:
    return (boxes + 1) // 2


def lorry(unload, deadline=5):
    unload.component_spec.name = "Unload"

    @pipeline(name="lorry")
    def lorry(boxes: int):
        task = unload(boxes)
        if deadline:
            task.set_timeout(deadline)
        say(task.output)

    return lorry


# ---- 09-5 ----------------------------------------------------------------------------------------


def count(orders: str, counts_path: OutputPath(str)):
    words = orders.split()
    with open(counts_path, "w") as file:
        json.dump({word: words.count(word) for word in words}, file)


def count_well(orders: str, counts_path: OutputPath(str)):
    import json

    words = orders.split()
    with open(counts_path, "w") as file:
        json.dump({word: words.count(word) for word in words}, file)


def favourite(counts_path: InputPath(str), name_path: OutputPath(str)):
    import json

    with open(counts_path) as file:
        counts = json.load(file)
    if len(counts) > 1:
        with open(name_path, "w") as file:
            file.write(max(counts, key=counts.get))


def favourite_or_nothing(counts_path: InputPath(str), name_path: OutputPath(str)):
    import json

    with open(counts_path) as file:
        counts = json.load(file)
    with open(name_path, "w") as file:
        file.write(max(counts, key=counts.get) if len(counts) > 1 else "")


def favourite_by_its_letters(counts_path: InputPath(str), name_path: OutputPath(str)):
    import json

    with open(counts_path) as file:
        counts = json.load(file)
    with open(name_path, "w") as file:
        file.write(max(counts))


def favourite_always_tea(counts_path: InputPath(str), name_path: OutputPath(str)):
    with open(name_path, "w") as file:
        file.write("tea")


def bill(orders: str, price) -> str:
    return str(len(orders.split()) * price)


def bill_well(orders: str, price: int) -> str:
    return str(len(orders.split()) * price)


@component
def report(name: str, bill: str):
    print(f"{name}, to pay: {bill}")


def night(*functions, last=report):
    count_op, favourite_op, bill_op = map(component, functions)

    @pipeline(name="night")
    def night(orders: str, price: int):
        name = favourite_op(count_op(orders).output).output
        last(name, bill_op(orders, price).output)

    return night


def favourite_well(counts_path: InputPath(str)) -> str:
    import json

    with open(counts_path) as file:
        counts = json.load(file)
    return max(counts, key=counts.get)


@component
def summary(name: str, bill: str):
    print(f"{name}, to pay: {bill}")


WRONG = {
    "09-1": [
        (
            lambda: week(read_till, add_up_what_is_a_number),
            "read-till gives 10 11 12 13 14 15 n/a; it should give 10 11 12 13 14 15 0",
        ),
        (lambda: week(leave_the_day_out, add_up), "it should give 10 11 12 13 14 15 0"),
        (lambda: week(return_numbers, add_up), "does not compile"),
        (lambda: component(read_till), "asked for is a pipeline that uses it"),
    ],
    "09-2": [
        (lambda: MOMENTS | {"C": "run"}, "Question C, run: a server answered"),
        (lambda: MOMENTS | {"B": "compile"}, "Question B, compile: a program had been started"),
        (lambda: MOMENTS | {"E": "run"}, "Question E, run: kfp compares and calls in your kernel"),
        (lambda: MOMENTS | {"F": "never"}, "has the choices compile, run, submit"),
        (lambda: list(MOMENTS.values()), "a dict with the keys A, B, C, D, E, F"),
    ],
    "09-3": [
        (lambda: by_hand(colon=""), "not valid YAML"),
        (lambda: by_hand(waits_for="shuot"), "invalid dependency shuot"),
        (
            lambda: by_hand(read_from="/tmp/laut"),
            "outputs/parameters/tmp/laut: no such file or directory",
        ),
        (lambda: by_hand(said="TEA"), "repeat prints 'TEA'; it should print 'CAKE'"),
        (lambda: 3, "the Workflow as text"),
        (lambda: "by_hand.yaml", "it would not start"),
    ],
    "09-4": [
        (lambda: lorry(unload, deadline=60), "when would it stop?"),
        (lambda: lorry(unload, deadline=None), "no step has a deadline any more"),
        (lambda: lorry(unload_well, deadline=None), "no step has a deadline any more"),
        (lambda: lorry(unload_one_trip_short), "boxes=7, say prints '3'; it should print '4'"),
        (lambda: lorry(unload_one_by_one), "say prints '8'; it should print '4'"),
        (lambda: lorry(unload_without_the_sleep), "longer than the specified deadline"),
    ],
    "09-5": [
        (lambda: night(count_well, favourite, bill), "no such file or directory"),
        (lambda: night(count, favourite_well, bill_well), "NameError: name 'json'"),
        (lambda: night(count_well, favourite_well, bill), "text times a number is the text"),
        (lambda: night(count_well, favourite, bill_well), "orders='tea tea tea'"),
        (lambda: night(count_well, favourite_or_nothing, bill_well), "prints ', to pay: 15'"),
        (lambda: night(count_well, favourite_always_tea, bill_well), "print 'bun, to pay: 16'"),
        (
            lambda: night(count_well, favourite_by_its_letters, bill_well),
            "prints 'tea, to pay: 16'; it should print 'bun, to pay: 16'",
        ),
        (
            lambda: night(count_well, favourite_well, bill_well, last=summary),
            "has no step report",
        ),
    ],
    "09-quiz": [
        (lambda: {1: "a", 2: "c", 3: "c"}, "there is no run"),
        (lambda: {1: "b", 2: "b", 3: "c"}, "a kill from outside"),
        (lambda: {1: "b", 2: "c", 3: "b"}, "no container has started"),
    ],
}
