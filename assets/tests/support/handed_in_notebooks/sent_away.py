"""Batches for the grading pipeline, and a cluster that does at once what it says."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import yaml
from tests.support.handed_in_notebooks.submitted import (
    EMPTY,
    LESSON,
    SOLVED,
    dump,
    exercise,
    first,
)
from workbook.grading.batch.settings import Settings
from workbook.grading.cluster import step
from workbook.grading.cluster.store import Store
from workbook.grading.intake.content import MAX_BYTES

HANDED_IN = {
    "kim": dump(SOLVED),
    "lee": dump(EMPTY),
    "-rf; rm *": first(SOLVED, "import os\nos.system('rm -rf / 2>/dev/null')"),
    "choi": exercise(SOLVED, 2, "import os\nos._exit(3)"),
    "jung": b"%PDF",
    "kang": b" " * (MAX_BYTES + 1),
}


def hand_in(folder, files=HANDED_IN):
    for name, data in files.items():
        place = folder / name.replace("/", "-") / LESSON.file_name
        place.parent.mkdir(parents=True)
        place.write_bytes(data)
    return folder


class Cluster:
    """Does at once, in this process, what the compiled Workflow says. `fails`: the shares whose
    Pods don't succeed."""

    def __init__(self, fails=()):
        self.fails, self.runs, self.status = list(fails), 0, "Succeeded"
        self.message = "OOMKilled (exit code 137)"

    def create_run_from_pipeline_package(self, file, arguments, run_name):
        self.runs += 1
        made = yaml.safe_load(Path(file).read_text())
        lines = {name: pod["container"]["args"] for name, pod in pods(made).items()}
        batch = arguments["batch"]
        self.status = "Succeeded"

        def run(name, **more):
            values = {"batch": batch} | more
            line = [
                re.sub(r"\{\{inputs\.parameters\.([\w-]+)\}\}", lambda m: values[m[1]], word)
                for word in lines[name]
            ]
            return step.main(line)

        (args,) = (lines["intake"],)
        numbers, of = step.intake(Store(batch), int(args[args.index("--of") + 1]))
        for number in numbers:
            loop = {"intake-numbers-loop-item": str(number), "intake-of": str(of)}
            if number in self.fails or run("share", **loop):
                self.status = "Failed"
        self.fails = []
        return SimpleNamespace(run_id="a-run")

    def get_run(self, run_id):
        node = {"type": "Pod", "phase": "Failed", "displayName": "share(0)"}
        node["message"] = self.message
        manifest = json.dumps({"status": {"nodes": {"x": node}}})
        return SimpleNamespace(
            run=SimpleNamespace(status=self.status),
            pipeline_runtime=SimpleNamespace(workflow_manifest=manifest),
        )


def settings(folder, out, **more):
    return Settings(folder, out, seed=1, jobs=2, progress=False, **more)


def same(records):
    """What must be equal: all but times."""
    return sorted((replace(each, seconds=0) for each in records), key=lambda each: each.learner)


def files(out):
    """Name -> content, without the times that a page shows."""
    found = {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in out.rglob("*")
        if path.is_file() and path.name not in ("journal.jsonl", "store.json")
    }
    page = found["report.html"]
    page = re.sub(rb'<td class="number">\d+\.\d</td>|Run for \d+ seconds', b"", page)
    return found | {"report.html": page}


def pods(made):
    return {each["name"]: each for each in made["spec"]["templates"] if "container" in each}
