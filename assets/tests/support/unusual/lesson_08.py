"""Unusual answers to lesson 08, right and wrong."""

from __future__ import annotations

from kfp.components import create_component_from_func
from kfp.dsl import pipeline
from kubernetes.client import V1EnvVar
from tests.support.answers.answers_08 import FOLDER, RIGHT, count_lines, tag_op

BY_PYTHON = """\
name: Count lines
inputs: [{name: word}, {name: text}]
outputs: [{name: count}]
implementation:
  container:
    image: python:3.11
    command: [python3, -c]
    args:
    - |
      import pathlib, sys
      lines = pathlib.Path(sys.argv[1]).read_text().splitlines()
      target = pathlib.Path(sys.argv[3])
      target.parent.mkdir(parents=True, exist_ok=True)
      target.write_text("%d\\n" % len([line for line in lines if CONDITION]))
    - {inputPath: text}
    - {inputValue: word}
    - {outputPath: count}
"""


def by_python(condition: str) -> str:
    return BY_PYTHON.replace("CONDITION", condition)


def grep(options: str) -> str:
    return count_lines(f'{FOLDER}grep {options} -- "$0" "$1" > "$2" || true')


def given_tag(amount: int, currency: str) -> str:
    return f"{amount} {currency}"


given_tag_op = create_component_from_func(given_tag, base_image="python:3.11")


@pipeline(name="price tag")
def in_bytes_with_a_retry(amount: int, currency: str):
    task = tag_op(amount).set_retry(2)
    task.container.set_memory_limit("268435456")
    task.container.add_env_variable(V1EnvVar("CURRENCY", str(currency)))
    task.container.add_env_variable(V1EnvVar("LANG", "C"))


@pipeline(name="price tag")
def of_an_own_component(amount: int, currency: str):
    task = given_tag_op(amount, currency).set_memory_limit("256Mi")
    task.add_env_variable(V1EnvVar(name="CURRENCY", value="EUR"))


@pipeline(name="price tag")
def with_both(amount: int, currency: str):
    task = given_tag_op(amount, currency).set_memory_limit("256Mi")
    task.add_env_variable(V1EnvVar(name="CURRENCY", value=currency))


@pipeline(name="price tag")
def in_small_letters(amount: int, currency: str):
    task = tag_op(amount).set_memory_limit("256Mi")
    task.add_env_variable(V1EnvVar(name="CURRENCY", value=f" {currency}"))


ALSO_RIGHT = {
    "08-1": [
        {key.lower(): place.title() for key, place in RIGHT.items()},
        RIGHT | {"B": "ㅔㅐㅇ", "F": " Pod"},
    ],
    "08-3": [
        grep("-cF"),
        grep("--fixed-strings --count"),
        count_lines(
            f'{FOLDER}awk -v w="$0" "index(\\$0, w) {{ n++ }} END {{ print n+0 }}" "$1" > "$2"'
        ),
        by_python("sys.argv[2] in line"),
        by_python("line.count(sys.argv[2])"),
    ],
    "08-4": [in_bytes_with_a_retry],
}

WRONG = {
    "08-3": [
        (lambda: grep("-c"), "the word '1.5' it counts '3'"),
        (lambda: grep("-ciF"), "the word 'dog' it counts '4'"),
        (lambda: grep("-cwF"), "the word 'cat' it counts '2'"),
        (lambda: by_python("sys.argv[2] in line.split()"), "it counts"),
        (lambda: by_python("sys.argv[2].split()[0] in line"), "the word 'no dog' it counts"),
        (lambda: by_python("sys.argv[2].strip() in line"), "the word ' cat' it counts '3'"),
        (
            lambda: by_python("__import__('fnmatch').fnmatch(line, f'*{sys.argv[2]}*')"),
            "the word '*5' it counts",
        ),
        (lambda: by_python("sys.argv[2] in line.lower()"), "the word 'dog' it counts '4'"),
    ],
    "08-4": [
        (lambda: of_an_own_component, "doesn't take it from CURRENCY"),
        (lambda: with_both, "it should give '7 XTS'"),
        (lambda: in_small_letters, "it should give '7 KRW'"),
    ],
}
