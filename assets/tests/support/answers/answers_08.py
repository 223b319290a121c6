"""Wrong answers that learners give in lesson 08, and what the finding must say of each."""

from __future__ import annotations

import os

from kfp.components import create_component_from_func, load_component_from_text
from kfp.dsl import pipeline
from kubernetes.client import V1EnvVar
from workbook.exercises.lesson_08 import DIGEST, PINNED

RIGHT = {"A": "kernel", "B": "pod", "C": "kernel", "D": "kernel", "E": "server", "F": "pod"}
WORKED = [f"{name}=={version}" for name, version in PINNED.items()]


def mean_price(prices: str) -> float:
    import pandas

    return float(pandas.Series([float(price) for price in prices.split()]).mean())


def mean_price_op(image=f"python@{DIGEST}", packages=tuple(WORKED)):
    return create_component_from_func(
        mean_price, base_image=image, packages_to_install=list(packages)
    )


def count_lines(program: str) -> str:
    return f"""\
name: Count lines
inputs:
- {{name: text, type: String}}
- {{name: word, type: String}}
outputs:
- {{name: count, type: Integer}}
implementation:
  container:
    image: alpine:3.20
    command:
    - sh
    - -ec
    - |
      {program}
    args: [{{inputValue: word}}, {{inputPath: text}}, {{outputPath: count}}]
"""


FOLDER = 'mkdir -p "$(dirname "$2")"; '
GREP = FOLDER + 'grep -c -- "$0" "$1" > "$2"'
GOOD = GREP + " || true"


def tag(amount: int) -> str:
    import os

    return f"{amount} {os.environ.get('CURRENCY', '(no currency)')}"


tag_op = create_component_from_func(tag, base_image="python:3.11")


@pipeline(name="price tag")
def variable_of_the_kernel(amount: int, currency: str):
    os.environ["CURRENCY"] = "EUR"
    tag_op(amount).set_memory_limit("256Mi")
    del os.environ["CURRENCY"]


@pipeline(name="price tag")
def always_euro(amount: int, currency: str):
    task = tag_op(amount).set_memory_limit("256Mi")
    task.add_env_variable(V1EnvVar(name="CURRENCY", value="EUR"))


@pipeline(name="price tag")
def name_as_text(amount: int, currency: str):
    task = tag_op(amount).set_memory_limit("256Mi")
    task.add_env_variable(V1EnvVar(name="CURRENCY", value="currency"))


@pipeline(name="price tag")
def only_requested(amount: int, currency: str):
    task = tag_op(amount).set_memory_request("256Mi")
    task.add_env_variable(V1EnvVar(name="CURRENCY", value=currency))


@pipeline(name="price tag")
def thousands(amount: int, currency: str):
    task = tag_op(amount).set_memory_limit("256M")
    task.add_env_variable(V1EnvVar(name="CURRENCY", value=currency))


@pipeline(name="price tag")
def with_a_space(amount: int, currency: str):
    tag_op(amount).set_memory_limit("256 MiB")


@pipeline(name="price tag")
def small_letters(amount: int, currency: str):
    task = tag_op(amount).set_memory_limit("256Mi")
    task.add_env_variable(V1EnvVar(name="currency", value=currency))


WRONG = {
    "08-1": [
        (lambda: RIGHT | {"A": "pod"}, "is not copied"),
        (lambda: RIGHT | {"C": "server", "D": "pod"}, "4 of 6 are right. C is not in the server"),
        (lambda: RIGHT | {"D": "pod"}, "prints a placeholder"),
        (lambda: RIGHT | {"E": "pod"}, "in its place"),
        (lambda: RIGHT | {"F": "server"}, "only keeps"),
        (lambda: RIGHT | {"B": "container"}, "the places are kernel, pod and server"),
        (lambda: list(RIGHT.values()), "a dict with the keys A, B"),
    ],
    "08-2": [
        (
            lambda: create_component_from_func(tag, base_image=f"python@{DIGEST}"),
            "made of another function",
        ),
        (lambda: mean_price_op(packages="\n".join(WORKED)), "took each letter for a package"),
        (lambda: mean_price_op(packages=["\n".join(WORKED)]), "one entry holds several lines"),
        (lambda: mean_price_op(packages=[*WORKED, ""]), "one entry is empty"),
        (lambda: create_component_from_func(mean_price), "when there is no base_image"),
        (lambda: mean_price_op(image="python:3.11-slim"), "a tag can move"),
        (lambda: mean_price_op(image=f"python:{DIGEST}"), "before a digest stands @"),
        (lambda: mean_price_op(image="python@sha256:abc"), "not the one in DIGEST"),
        (lambda: mean_price_op(packages=()), "no packages are asked for"),
        (lambda: mean_price_op(packages=["pandas"]), "leaves the choice to pip"),
        (lambda: mean_price_op(packages=["pandas>=2.2.3", *WORKED[1:]]), "'pandas>=2.2.3'"),
        (lambda: mean_price_op(packages=WORKED[:1]), "numpy was 2.1.3; your list has none"),
        (lambda: mean_price_op(packages=[*WORKED, "scipy==1.14.1"]), "scipy is not among"),
        (lambda: mean_price, "asked for is a component"),
    ],
    "08-3": [
        (lambda: "", "is no component"),
        (lambda: "count_lines.yaml", "is no component"),
        (lambda: count_lines('grep -c -- "$0" "$1" || true'), "belongs into a file"),
        (lambda: count_lines('grep -c -- "$0" "$1" > "$2" || true'), "the folder of its output"),
        (lambda: count_lines(GREP), "'zebra' it ends Failed"),
        (lambda: count_lines(GOOD.replace("-c", "-v -c")), "3 lines contain it"),
        (
            lambda: count_lines(FOLDER + 'grep -o -- "$0" "$1" | wc -l > "$2"'),
            "'dog' it counts '4'",
        ),
        (lambda: count_lines(FOLDER + 'grep -c -- "$0" "$1" || true'), "no such file or directory"),
        (lambda: count_lines(GOOD).replace("inputPath", "inputValue"), "where is inputPath"),
        (lambda: count_lines(GOOD).replace("outputPath: count", "inputValue: word"), "outputPath?"),
        (lambda: count_lines(GOOD).replace("word", "term"), "inputs term, text"),
        (lambda: count_lines(GOOD).replace("inputPath: text", "inputPath: txt"), "non-existing"),
        (lambda: count_lines(GOOD).replace("command:", "command"), "no YAML: line"),
        (lambda: count_lines(GOOD).partition("implementation")[0], "has no implementation"),
        (lambda: count_lines(FOLDER + "exit 3"), "exit code 3"),
        (lambda: "a: &a [x, x]\nb: [*a, *a]\n" + count_lines(GOOD), "no aliases"),
        (lambda: "count the lines", "no component"),
        (lambda: load_component_from_text(count_lines(GOOD)), "asked for is a plain value"),
    ],
    "08-4": [
        (lambda: variable_of_the_kernel, "doesn't reach a Pod"),
        (lambda: always_euro, "'7 EUR'; it should give '7 KRW'"),
        (lambda: name_as_text, "'7 currency'"),
        (lambda: only_requested, "which reserves"),
        (lambda: thousands, "256,000,000 bytes"),
        (lambda: with_a_space, "Invalid memory string"),
        (lambda: small_letters, "CURRENCY is missing"),
    ],
    "08-quiz": [
        (lambda: {1: "a", 2: "b", 3: "c"}, "pip runs after it"),
        (lambda: {1: "b", 2: "b", 3: "c"}, "the compiler asks nobody"),
        (lambda: {1: "c", 2: "c", 3: "a"}, "1 of 3"),
        (lambda: {1: "c", 2: "b", 3: "a"}, "ignores limits"),
    ],
}
