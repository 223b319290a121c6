"""The add example of lessons 02, 04 and 05, written for SDK 2."""

from kfp import compiler, dsl


@dsl.component(base_image="python:3.11")
def add(value_1: int, value_2: int) -> int:
    return value_1 + value_2


@dsl.component(base_image="python:3.11")
def subtract(value_1: int, value_2: int) -> int:
    return value_1 - value_2


@dsl.component(base_image="python:3.11")
def multiply(value_1: int, value_2: int) -> int:
    return value_1 * value_2


@dsl.pipeline(name="add example")
def my_pipeline(value_1: int = 5, value_2: int = 3) -> int:
    task_1 = add(value_1=value_1, value_2=value_2)
    task_2 = subtract(value_1=value_1, value_2=value_2)
    return multiply(value_1=task_1.output, value_2=task_2.output).output


if __name__ == "__main__":
    compiler.Compiler().compile(my_pipeline, "add_sdk_2.yaml")
