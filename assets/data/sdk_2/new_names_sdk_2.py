"""Every new name in lesson 11's table, used once: that they exist and compile is what it shows."""

# ruff: noqa: ANN201, PTH123

from typing import NamedTuple

from kfp import compiler, dsl
from kfp.dsl import Dataset, Input, Model, Output


@dsl.component(base_image="python:3.11", packages_to_install=["rich==14.0.0"])
def prepare(rows: int, table: Output[Dataset]):
    with open(table.path, "w") as file:
        file.write("x\n" * rows)
    table.metadata["rows"] = rows


@dsl.component(base_image="python:3.11")
def train(rate: float, table: Input[Dataset], model: Output[Model]) -> NamedTuple(
    "Outputs", [("score", float), ("name", str)]
):
    with open(table.path) as source, open(model.path, "w") as target:
        target.write(source.read())
    return (rate, "linear")


@dsl.component(base_image="python:3.11")
def best(scores: list) -> float:
    return max(scores)


@dsl.container_component
def say(text: str):
    return dsl.ContainerSpec(image="alpine:3.20", command=["echo"], args=[text])


@dsl.pipeline(name="a pipeline as a step")
def say_twice(text: str):
    say(text=text).set_display_name("once")
    say(text=text).set_display_name("twice")


@dsl.pipeline(name="new names")
def new_names(rows: int = 10):
    with dsl.ExitHandler(say(text="over")):
        table = prepare(rows=rows).set_memory_limit("1G").set_caching_options(False)
        with dsl.ParallelFor([0.1, 0.2]) as rate:
            model = train(rate=rate, table=table.outputs["table"]).set_retry(num_retries=2)
        highest = best(scores=dsl.Collected(model.outputs["score"]))
        with dsl.If(highest.output > 0.5):
            say_twice(text="deploy")
        with dsl.Elif(highest.output > 0.1):
            say(text="look again")
        with dsl.Else():
            say(text="not good enough")


if __name__ == "__main__":
    compiler.Compiler().compile(new_names, "new_names_sdk_2.yaml")
