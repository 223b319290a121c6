"""What SDK 2 makes of code written for kfp 1.8: writes recorded.json.

Each habit is a file of its own, because kfp reads the source of a component from its file.
"""

from __future__ import annotations

import json
import re
import runpy
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory

import kfp
import yaml
from kfp import compiler

COMPONENT = """
from kfp import dsl

@dsl.component(base_image="python:3.11")
def add(value_1: int, value_2: int) -> int:
    return value_1 + value_2
"""

HABITS = {
    "import the factory": "from kfp.components import create_component_from_func",
    "import the paths": "from kfp.components import InputPath, OutputPath",
    "ContainerOp": 'dsl.ContainerOp(name="hello", image="alpine", command=["echo", "hello"])',
    "arguments by position": """\
@dsl.pipeline(name="example")
def pipeline(value_1: int = 5, value_2: int = 3):
    add(value_1, value_2)
""",
    "a string where a number is asked for": """\
@dsl.pipeline(name="example")
def pipeline(value_2: int = 3):
    add(value_1="3", value_2=value_2)
""",
    "a Python if": """\
@dsl.pipeline(name="example")
def pipeline(value_1: int = 5, value_2: int = 3):
    if value_1 > 100:
        add(value_1=value_1, value_2=value_2)
""",
    "dsl.Condition": """\
@dsl.pipeline(name="example")
def pipeline(value_1: int = 5, value_2: int = 3):
    with dsl.Condition(value_1 > 100):
        add(value_1=value_1, value_2=value_2)
""",
    "a component.yaml": '''\
from kfp.components import load_component_from_text

greet = load_component_from_text("""
name: Greet
inputs: [{name: who, type: String}]
implementation: {container: {image: alpine, command: [echo, {inputValue: who}]}}
""")

@dsl.pipeline(name="example")
def pipeline(who: str = "you"):
    greet(who=who)
''',
    "an input without a hint": """\
@dsl.component(base_image="python:3.11")
def double(value) -> int:
    return value * 2
""",
    "an output without a hint": """\
@dsl.component(base_image="python:3.11")
def double(value: int):
    return value * 2

@dsl.pipeline(name="example")
def pipeline(value: int = 5):
    add(value_1=double(value=value).output, value_2=1)
""",
    "no caching": """\
@dsl.pipeline(name="example")
def pipeline(value_1: int = 5, value_2: int = 3):
    task = add(value_1=value_1, value_2=value_2)
    task.execution_options.caching_strategy.max_cache_staleness = "P0D"
""",
}

DEFAULT_IMAGE = """
from kfp import dsl

@dsl.component
def nothing():
    pass

@dsl.pipeline(name="example")
def pipeline():
    nothing()
"""


def says(code: str) -> str:
    """The last line of the error, or what the compiler does with it."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            compiled = compile_text(COMPONENT + code)
        except Exception as error:
            text = f"{type(error).__name__}: {error}"
            return re.sub(r" \(/\S*\)$", "", text)  # where that machine keeps its packages
    about = [str(one.message) for one in caught if str(one.message).startswith("dsl.")]
    tasks = ", ".join(compiled["root"]["dag"]["tasks"])
    return "; ".join([f"compiles, with the task {tasks}", *about])


def compile_text(code: str) -> dict:
    with TemporaryDirectory() as folder:
        file = Path(folder, "habit.py")
        file.write_text(code)
        pipeline = runpy.run_path(str(file))["pipeline"]
        compiler.Compiler().compile(pipeline, str(file.with_suffix(".yaml")))
        return yaml.safe_load(file.with_suffix(".yaml").read_text())


def default_image() -> str:
    executors = compile_text(DEFAULT_IMAGE)["deploymentSpec"]["executors"]
    return executors["exec-nothing"]["container"]["image"]


if __name__ == "__main__":
    recorded = {
        "sdk": kfp.__version__,
        "default_image": default_image(),
        "habits": {name: {"code": code, "says": says(code)} for name, code in HABITS.items()},
    }
    Path("recorded.json").write_text(json.dumps(recorded, indent=1) + "\n")
