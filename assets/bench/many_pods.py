"""What localkfp adds to many independent programs: python assets/bench/many_pods.py [COUNT ...]

For each count, in one run: that many independent tasks of one DAG by `localkfp.run`, and the same
compiled commands under `xargs -P <cores>` with the same Python. Prints both times, their ratio
(goal for 200: at most 1.15), and what a task costs beyond its process as a ratio to the process
(goal: flat over the counts, at most 0.1).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import localkfp
from kfp.components import create_component_from_func
from kfp.dsl import pipeline
from localkfp.pods import interpreter
from localkfp.store.state_directory import state_directory
from workbook.kernel.answers import compile_pipeline

COUNTS = (10, 100, 200, 1000, 2000)
CORES = os.cpu_count() or 1


def square(n: int) -> int:
    return n * n


square_op = create_component_from_func(square, base_image="python:3.11")


@pipeline(name="square")
def one_square(n: int = 0) -> None:
    square_op(n)


def workflow(count: int) -> dict[str, Any]:
    """The compiled pipeline, its one task `count` times over, each with a number of its own."""
    manifest = compile_pipeline(one_square)
    entry = next(t for t in manifest["spec"]["templates"] if "dag" in t)
    (task,) = entry["dag"]["tasks"]
    entry["dag"]["tasks"] = [
        task | {"name": f"square-{i}", "arguments": {"parameters": [{"name": "n", "value": i}]}}
        for i in range(count)
    ]
    return manifest


def on_localkfp(count: int) -> float:
    loaded = localkfp.load(workflow(count))
    begin = time.perf_counter()
    result = localkfp.run(loaded, timeout=None)
    seconds = time.perf_counter() - begin
    last = result.outputs[f"square-{count - 1}"]
    assert result.phase == "Succeeded", result.message
    assert str((count - 1) ** 2) in last.values(), last
    return seconds


def under_xargs(count: int, python: Path) -> float:
    (pod,) = [t for t in workflow(1)["spec"]["templates"] if "container" in t]
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    arguments = ["--n", "@@", "----output-paths", str(folder / "@@")]
    line = ["xargs", "-P", str(CORES), "-I@@", *pod["container"]["command"], *arguments]
    environment = {"PATH": f"{python}:/usr/bin:/bin", "LANG": "C.UTF-8", "TMPDIR": str(folder)}
    numbers = "\n".join(map(str, range(count)))
    begin = time.perf_counter()
    subprocess.run(line, input=numbers, text=True, env=environment, check=True)
    seconds = time.perf_counter() - begin
    assert (folder / str(count - 1)).read_text() == str((count - 1) ** 2)
    shutil.rmtree(folder)
    return seconds


def main(counts: tuple[int, ...]) -> None:
    python = interpreter.ensure(state_directory())
    on_localkfp(2), under_xargs(2, python)  # warms up
    print(f"{'tasks':>6} {'localkfp':>10} {'xargs':>10} {'ratio':>6}   beyond the process, a task")
    for count in counts:
        here, there = on_localkfp(count), under_xargs(count, python)
        beyond = (here - there) / there
        print(f"{count:6} {here:8.2f} s {there:8.2f} s {here / there:6.2f}   {beyond:6.2f}")


if __name__ == "__main__":
    main(tuple(map(int, sys.argv[1:])) or COUNTS)
