"""Wrong answers that learners give in lesson 06, and what the finding must say of each.

Without `from __future__ import annotations`: kfp would read `count: int` of a pipeline as the type
"int", which doesn't fit an input of the type Integer.
"""

from functools import partial

from kfp.components import create_component_from_func
from kfp.dsl import pipeline
from tests.support import passed_data as learner

base = partial(create_component_from_func, base_image="python:3.11")


def component(function, name: str = ""):
    """kfp names a task after the component's specification; a learner's has the name asked for."""
    factory = base(function)
    if name:
        factory.component_spec.name = name
    return factory


write_numbers, add_up, measure, split_days, highs = map(
    component,
    (learner.write_numbers, learner.add_up, learner.measure, learner.split_days, learner.highs),
)


@pipeline(name="sum of numbers")
def still_passes_a_path(count: int):
    task = component(learner.path_of_numbers, "write numbers")(count)
    component(learner.add_up_path, "add up")(task.output)


@pipeline(name="sum of numbers")
def mends_the_taker_only(count: int):
    add_up(component(learner.path_of_numbers, "write numbers")(count).output)


@pipeline(name="sum of numbers")
def returns_the_content(count: int):
    task = component(learner.all_numbers, "write numbers")(count)
    component(learner.add_up_text, "add up")(task.output)


@pipeline(name="sum of numbers")
def passes_no_file(count: int):
    task = component(learner.only_the_count, "write numbers")(count)
    component(learner.add_up_by_formula, "add up")(task.output)


@pipeline(name="sum of numbers")
def forgets_to_write(count: int):
    add_up(component(learner.no_numbers, "write numbers")(count).output)


@pipeline(name="sum of numbers")
def takes_the_python_name(count: int):
    add_up(write_numbers(count).outputs["numbers_path"])


@pipeline(name="sum of numbers")
def passes_by_the_python_name(count: int):
    add_up(numbers_path=write_numbers(count).output)


@pipeline(name="daily highs")
def days_in_the_order_of_text(hours: int):
    highs(component(learner.split_days_unpadded, "split days")(measure(hours).output).output)


@pipeline(name="daily highs")
def makes_no_directory(hours: int):
    highs(component(learner.split_days_nowhere, "split days")(measure(hours).output).output)


@pipeline(name="daily highs")
def passes_one_file(hours: int):
    days = component(learner.split_days_one_file, "split days")(measure(hours).output)
    component(learner.highs_of_one_file, "highs")(days.output)


@pipeline(name="daily highs")
def leaves_out_the_directory(hours: int):
    highs(measure(hours).output)


WRONG = {
    "06-1": [
        (lambda: component(learner.shout_returns), "outputs Output: String"),
        (lambda: component(learner.shout_long_name), "outputs loud_output: String"),
        (lambda: component(learner.shout_plain_path), "inputs text: String, loud_path: String"),
        (lambda: component(learner.shout_untyped), "outputs loud;"),
        (lambda: component(learner.shout_quietly), "gives quiet, please"),
        (lambda: component(learner.shout_many_lines), "gives LOUD LOUD LOUD"),
        (lambda: component(learner.shout_and_a_newline), "gives 'QUIET, PLEASE\\n'; it should"),
        (lambda: component(learner.shout_into_a_directory), "gives a directory"),
        (lambda: component(learner.shout_elsewhere), "no such file or directory"),
        (lambda: learner.shout_returns, "the function shout_returns"),
    ],
    "06-2": [
        (lambda: ["size-by-file"], "a constant"),
        (lambda: ["size-by-file-2", "size-by-file"], "sort the list"),
        (lambda: ["measure", "size-by-file", "size-by-file-2", "size-by-value"], "inputs"),
        (lambda: ["size-by-value"], "command line"),
        (lambda: {"size-by-file"}, "sorted(...)"),
        (lambda: ["two-ways"], "not the templates"),
    ],
    "06-3": [
        (lambda: component(learner.divide_into_text), "outputs Output: String"),
        (lambda: component(learner.divide_into_a_tuple), "outputs Output: tuple"),
        (lambda: component(learner.divide_swapped), "quotient gives 1; it should give 3"),
        (lambda: component(learner.divide_as_floats), "quotient: Float"),
        (lambda: component(learner.divide_without_outputs), "no outputs"),
        (lambda: component(learner.divide_by_slash), "TypeError"),
    ],
    "06-4": [
        (lambda: still_passes_a_path, "No such file or directory"),
        (lambda: mends_the_taker_only, "'numbers.txt'"),
        (lambda: returns_the_content, "Too long: may not be more than 262144 bytes"),
        (lambda: passes_no_file, "no artifact among its inputs"),
        (lambda: forgets_to_write, "no such file or directory"),
        (lambda: takes_the_python_name, "the name goes without _path"),
        (lambda: passes_by_the_python_name, "the name goes without _path"),
        (lambda: write_numbers, "a pipeline that uses it"),
    ],
    "06-5": [
        (lambda: days_in_the_order_of_text, "highs gives [17, 18, 17"),
        (lambda: makes_no_directory, "No such file or directory"),
        (lambda: passes_one_file, "asked for is a directory"),
        (lambda: leaves_out_the_directory, "has the steps highs, measure"),
    ],
    "06-quiz": [
        (lambda: {1: "a", 2: "c", 3: "a"}, "the task that produces the output also saves"),
        (lambda: {1: "b", 2: "a", 3: "a"}, "compares declared types"),
        (lambda: {1: "b", 2: "c", 3: "c"}, "one machine"),
    ],
}
