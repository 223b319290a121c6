"""What localkfp adds to the three programs of the add example:

    python assets/bench/add_example.py [process|containers]

In one run, by turns: a run on localkfp, from `create_run` answered to Succeeded, with caching off;
and the three compiled commands run bare in their two levels (add beside subtract, then multiply),
with the same Python, or by `podman run --rm` from the same image, their outputs in a folder that is
mounted. Prints both medians and their ratio. Goal: at most 1.3 for processes, 2 for containers.
"""

from __future__ import annotations

import contextlib
import copy
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import kfp
import localkfp
from localkfp.pods import container_engine, interpreter
from tests.support import images
from tests.support.handout_pipeline import WORKFLOW

ROUNDS = 20
POLL_SECONDS = 0.01
TEMPLATES = {t["name"]: t for t in WORKFLOW["spec"]["templates"]}


Start = Callable[[list[str], Path], "subprocess.Popen[bytes]"]


def bare(start: Start) -> float:
    """Seconds for the three programs, nothing around them."""
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    begin = time.perf_counter()
    first = [start(_program(name, 5, 3, folder), folder) for name in ("add", "subtract")]
    for process in first:
        process.wait()
    values = [int((folder / name).read_text()) for name in ("add", "subtract")]
    start(_program("multiply", values[0], values[1], folder), folder).wait()
    seconds = time.perf_counter() - begin
    assert (folder / "multiply").read_text() == "16"
    shutil.rmtree(folder)
    return seconds


def _program(name: str, value_1: int, value_2: int, folder: Path) -> list[str]:
    command = TEMPLATES[name]["container"]["command"]
    arguments = ["--value-1", str(value_1), "--value-2", str(value_2)]
    return [*command, *arguments, "----output-paths", str(folder / name)]


def process(home: Path) -> Start:
    environment = {"PATH": f"{interpreter.ensure(home)}:/usr/bin:/bin", "LANG": "C.UTF-8"}
    return lambda program, folder: subprocess.Popen(program, env=environment)


def containers(home: Path) -> Start:
    """By Podman, within the limits that localkfp sets."""
    images.make(images.PYTHON)
    engine = container_engine.find(home)
    limits = (*engine.options, *engine.limits(0, 0))
    line = [engine.program, "run", "--rm", "--init", "--pull", "never", *limits]

    def start(program: list[str], folder: Path) -> subprocess.Popen[bytes]:
        entry, *words = program
        mount = ["--volume", f"{folder}:{folder}", "--entrypoint", entry, images.PYTHON]
        return subprocess.Popen([*line, *mount, *words])

    return start


WAYS: Mapping[str, tuple[Callable[[Path], Start], float]] = {
    "process": (process, 1.3),
    "containers": (containers, 2),
}


def served(client: kfp.Client, home: Path) -> float:
    """Seconds from the answer to `create_run` until Succeeded is committed."""
    arguments = {"value_1": 5, "value_2": 3}
    run = client.create_run_from_pipeline_package(_never_from_the_cache(), arguments)
    begin = time.perf_counter()
    while (status := _phase(home, run.run_id)) != "Succeeded":
        assert status in ("", "Pending", "Running"), status
        time.sleep(POLL_SECONDS)
    return time.perf_counter() - begin


def _never_from_the_cache() -> str:
    """A file with the Workflow, in which no step takes an older result."""
    workflow = copy.deepcopy(WORKFLOW)
    for template in workflow["spec"]["templates"]:
        annotations = template.setdefault("metadata", {}).setdefault("annotations", {})
        annotations["pipelines.kubeflow.org/max_cache_staleness"] = "P0D"
    file = Path(tempfile.mkdtemp(prefix="bench-"), "add_example.yaml")
    file.write_text(json.dumps(workflow))
    return str(file)


def _phase(home: Path, run_id: str) -> str:
    """Read where localkfp commits it: asking the API would take the pods' time on two cores."""
    with contextlib.closing(sqlite3.connect(home / "localkfp.sqlite")) as store:
        return store.execute("SELECT phase FROM runs WHERE id = ?", (run_id,)).fetchone()[0]


def main(way: str = "process") -> None:
    ways, goal = WAYS[way]
    home = Path(tempfile.mkdtemp(prefix="bench-home-"))
    os.environ.update(LOCALKFP_HOME=str(home), LOCALKFP_PODS=way)
    start = ways(home)
    client = kfp.Client(host=localkfp.start())
    try:
        pairs = [
            (served(client, home), bare(start))
            for _ in range(ROUNDS + 1)  # the first warms up
        ][1:]
    finally:
        localkfp.stop()
        shutil.rmtree(home, ignore_errors=True)
    here, there = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"localkfp  {here * 1000:6.0f} ms   median of {ROUNDS}")
    print(f"bare      {there * 1000:6.0f} ms   median of {ROUNDS}")
    print(f"ratio     {here / there:6.2f}      goal: at most {goal:g}")


if __name__ == "__main__":
    main(*sys.argv[1:])
