"""A pipeline by somebody who named every function `step`: the names in its YAML tell nothing.

Inside of `part`, a pipeline in it, the names of tasks, components and executors don't even agree:
those of the outer tasks were given away first.
"""

# ruff: noqa: ANN201

from kfp import compiler, dsl


@dsl.component(base_image="python:3.11")
def step(value: int) -> int:
    return value * 2


double = step


@dsl.component(base_image="python:3.11")
def step(value: int) -> int:
    return value - 7


reduce = step


@dsl.component(base_image="python:3.11")
def step(value: int) -> int:
    return value + 10


raised = step


@dsl.component(base_image="python:3.11")
def step(first: int, second: int) -> int:
    return first - second


@dsl.pipeline(name="part")
def part(value: int = 5) -> int:
    task_1 = double(value=value)
    task_2 = reduce(value=task_1.output)
    task_3 = double(value=value)
    return step(first=task_3.output, second=task_2.output).output


@dsl.pipeline(name="steps")
def steps(value: int = 5):
    task_1 = raised(value=value)
    task_2 = double(value=task_1.output)
    task_3 = part(value=task_2.output)
    reduce(value=task_3.output)


if __name__ == "__main__":
    compiler.Compiler().compile(steps, "steps_sdk_2.yaml")
