"""Wrong answers that learners give in lesson 07, and what the finding must say of each."""

from __future__ import annotations

from kfp import dsl
from kfp.components import create_component_from_func
from kfp.dsl import pipeline


def say(text):
    print(text)


def pack(names: str) -> list:
    return [{"label": name, "weight": len(name)} for name in names.split()]


def fetch(attempt: int, ready: int) -> str:
    if attempt < ready:
        raise SystemExit("not there yet")
    return "the data"


def inspect(weight: int) -> int:
    if weight < 0:
        raise SystemExit("a scale that is broken")
    return weight


def say_if_heavy(label: str, weight: int, limit: int):
    if weight > limit:
        print(label)


def only_heavy(parcels: list, limit: int) -> list:
    return [parcel for parcel in parcels if parcel["weight"] > limit]


def decide(weight: int) -> str:
    return "refuse" if weight < 1 else "send" if weight <= 20 else "split"


def say_much(text):
    print(text * 100_000)
    print("\n".join(text * 100_000))


say_if_heavy_op = create_component_from_func(say_if_heavy, base_image="python:3.11")
say_op, pack_op, fetch_op, inspect_op, only_heavy_op, decide_op, say_much_op = (
    create_component_from_func(function, base_image="python:3.11")
    for function in (say, pack, fetch, inspect, only_heavy, decide, say_much)
)


# ---- 07-2 ----------------------------------------------------------------------------------------


@pipeline(name="sort parcel")
def decides_by_python(weight: int):
    if weight < 1:
        say_op("refuse")
    elif weight <= 20:
        say_op("send")
    else:
        say_op("split")


@pipeline(name="sort parcel")
def forgets_the_lower_border(weight: int):
    with dsl.Condition(weight < 1):
        say_op("refuse")
    with dsl.Condition(weight <= 20):
        say_op("send")
    with dsl.Condition(weight > 20):
        say_op("split")


@pipeline(name="sort parcel")
def takes_20_for_large(weight: int):
    with dsl.Condition(weight < 1):
        say_op("refuse")
    with dsl.Condition(weight >= 1):
        with dsl.Condition(weight < 20):
            say_op("send")
        with dsl.Condition(weight >= 20):
            say_op("split")


@pipeline(name="sort parcel")
def compares_with_a_text(weight: int):
    with dsl.Condition(weight < "1"):
        say_op("refuse")
    with dsl.Condition(weight >= "1"):
        say_op("send")


@pipeline(name="sort parcel")
def prints_while_compiling(weight: int):
    with dsl.Condition(weight < 1):
        print("refuse")


@pipeline(name="sort parcel")
def says_much(weight: int):
    with dsl.Condition(weight < 1):
        say_much_op("refuse")


@pipeline(name="sort parcel")
def decides_by_a_step_and_conditions(weight: int):
    word = decide_op(weight).output
    for each in ("refuse", "send", "split"):
        with dsl.Condition(word == each):
            say_op(each)


# ---- 07-3 ----------------------------------------------------------------------------------------


@pipeline(name="heavy ones")
def says_every_parcel(names: str, limit: int):
    with dsl.ParallelFor(pack_op(names).output) as parcel:
        say_op(parcel.label)


@pipeline(name="heavy ones")
def loops_by_python(names: str, limit: int):
    for parcel in pack_op(names).output:
        say_op(parcel.label)


@pipeline(name="heavy ones")
def loops_over_a_constant(names: str, limit: int):
    with dsl.ParallelFor(["book", "lamp", "piano"]) as parcel:
        say_op(parcel)


@pipeline(name="heavy ones")
def takes_the_limit_too(names: str, limit: int):
    with dsl.ParallelFor(pack_op(names).output) as parcel, dsl.Condition(parcel.weight >= limit):
        say_op(parcel.label)


@pipeline(name="heavy ones")
def decides_in_the_pod(names: str, limit: int):
    with dsl.ParallelFor(pack_op(names).output) as parcel, dsl.Condition(parcel.weight > 0):
        say_if_heavy_op(parcel.label, parcel.weight, limit)


@pipeline(name="heavy ones")
def decides_before_the_loop(names: str, limit: int):
    with dsl.ParallelFor(only_heavy_op(pack_op(names).output, limit).output) as parcel:
        say_op(parcel.label)


@pipeline(name="heavy ones")
def says_the_whole_parcel(names: str, limit: int):
    with dsl.ParallelFor(pack_op(names).output) as parcel, dsl.Condition(parcel.weight > limit):
        say_op(parcel)


# ---- 07-4 ----------------------------------------------------------------------------------------


def patience(retries: int, deadline: int = 60, attempt: str = "{{retries}}", last: bool = True):
    @pipeline(name="patient")
    def patient(ready: int):
        task = fetch_op(attempt, ready)
        if retries:
            task.set_retry(retries)
        if deadline:
            task.set_timeout(deadline)
        if last:
            say_op(task.output)

    return patient


@pipeline(name="patient")
def retries_the_last_step(ready: int):
    say_op(fetch_op("{{retries}}", ready).output).set_retry(3).set_timeout(60)


@pipeline(name="patient")
def retries_both(ready: int):
    task = fetch_op("{{retries}}", ready).set_retry(3).set_timeout("60")
    say_op(task.output).set_retry(3).set_timeout(60)


@pipeline(name="patient")
def says_it_by_heart(ready: int):
    say_op("the data").after(fetch_op("{{retries}}", ready).set_retry(3).set_timeout(60))


@pipeline(name="patient")
def bounds_the_whole_run(ready: int):
    say_op(fetch_op("{{retries}}", ready).set_retry(3).output)
    dsl.get_pipeline_conf().set_timeout(60)


# ---- 07-5 ----------------------------------------------------------------------------------------


@pipeline(name="guarded")
def decides_beside_inspect(weight: int):
    with dsl.ExitHandler(say_op("ended: {{workflow.status}}")):
        inspect_op(weight)
        with dsl.Condition(weight <= 20):
            say_op("send")
        with dsl.Condition(weight > 20):
            say_op("split")


@pipeline(name="guarded")
def ends_without_a_handler(weight: int):
    inspected = inspect_op(weight)
    with dsl.Condition(inspected.output <= 20):
        sent = say_op("send")
    with dsl.Condition(inspected.output > 20):
        split = say_op("split")
    say_op("ended: {{workflow.status}}").after(sent, split)


@pipeline(name="guarded")
def says_no_status(weight: int):
    with dsl.ExitHandler(say_op("ended: Succeeded")):
        inspected = inspect_op(weight)
        with dsl.Condition(inspected.output <= 20):
            say_op("send")
        with dsl.Condition(inspected.output > 20):
            say_op("split")


WRONG = {
    "07-1": [
        (lambda: ["large"], "else"),
        (lambda: ["large", "one", "small"], "letter by letter"),
        (lambda: ["large", "small", "other"], "sort"),
        (lambda: ["large", "one", "other", "small"], "never both"),
        (lambda: "large", "of type str"),
        (lambda: ["other"], "by itself"),
    ],
    "07-2": [
        (lambda: decides_by_python, "no task has a when"),
        (lambda: forgets_the_lower_border, "print 'refuse', 'send'; asked for is 'refuse'"),
        (lambda: takes_20_for_large, "weight=20 the steps print 'split'"),
        (lambda: compares_with_a_text, "weight="),
        (lambda: prints_while_compiling, "condition-1 has no step in it"),
        (lambda: says_much, "and 599,993 more; asked for is 'refuse'"),
    ],
    "07-3": [
        (lambda: says_every_parcel, "inside the loop"),
        (lambda: loops_by_python, "PipelineParam"),
        (lambda: loops_over_a_constant, "no task has a withParam"),
        (lambda: takes_the_limit_too, "print 'book', 'lamp', 'piano'; asked for is 'piano'"),
        (lambda: says_the_whole_parcel, "label"),
        (lambda: decides_before_the_loop, "inside the loop"),
        (lambda: decides_in_the_pod, "started a Pod that printed nothing"),
    ],
    "07-4": [
        (lambda: patience(4), "asked for are 4 attempts in all"),
        (lambda: patience(2), "ready=3 it ends Failed"),
        (lambda: patience(0), "set_retry"),
        (lambda: patience(3, attempt="0"), "told its attempt"),
        (lambda: patience(3, deadline=0), "deadline is none"),
        (lambda: patience(3, deadline=240), "240"),
        (lambda: bounds_the_whole_run, "deadline is none"),
        (lambda: retries_the_last_step, "fetch has no retryStrategy"),
        (lambda: says_it_by_heart, "pass its .output to say"),
        (lambda: patience(3, last=False), "print nothing"),
    ],
    "07-5": [
        (lambda: decides_beside_inspect, "'send'; asked for is"),
        (lambda: ends_without_a_handler, "no onExit"),
        (lambda: says_no_status, "'ended: Succeeded'; asked for is"),
    ],
    "07-quiz": [
        (lambda: {1: "a", 2: "c", 3: "a"}, "handed on"),
        (lambda: {1: "b", 2: "a", 3: "a"}, "retry begins anew"),
        (lambda: {1: "b", 2: "c", 3: "b"}, "no turn waits"),
    ],
}

ALSO_RIGHT = {
    "07-2": [decides_by_a_step_and_conditions],
    "07-4": [retries_both],
}
