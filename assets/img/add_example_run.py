"""Makes add-example-run.svg, the picture in README.md: python assets/img/add_example_run.py

The add example is compiled, run by localkfp and drawn, as lessons 04 and 05 do it.
"""

from __future__ import annotations

from pathlib import Path

import localkfp
from kfp.components import create_component_from_func
from kfp.dsl import pipeline
from workbook.kernel.answers import compile_pipeline

FILE = Path(__file__).with_name("add-example-run.svg")


def add(value_1: int, value_2: int) -> int:
    return value_1 + value_2


def subtract(value_1: int, value_2: int) -> int:
    return value_1 - value_2


def multiply(value_1: int, value_2: int) -> int:
    return value_1 * value_2


@pipeline(name="add example")
def add_example(value_1: int = 5, value_2: int = 3) -> None:
    add_op, subtract_op, multiply_op = (
        create_component_from_func(f, base_image="python:3.11") for f in (add, subtract, multiply)
    )
    multiply_op(add_op(value_1, value_2).output, subtract_op(value_1, value_2).output)


def picture() -> str:
    """The SVG of a run of the add example."""
    workflow = compile_pipeline(add_example)
    return localkfp.draw(localkfp.run(localkfp.load(workflow)).manifest).svg


if __name__ == "__main__":
    FILE.write_text(picture(), encoding="utf-8")
