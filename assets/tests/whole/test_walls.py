"""What may import what. The rooms of a package stand one above the other, and whoever imports looks
down: so a room can be read, and taken away, knowing only those below it. The engine, what it
reads and what is drawn look at nothing outside: no clock, no file, no process, no socket."""

from __future__ import annotations

import subprocess
from collections import Counter
from pathlib import PurePath

import pytest
from tests.support.imports import across, circles, imports, impure, sources, upward
from workbook.paths import ASSETS, REPOSITORY

# from below; "" is the package's own __init__, what `import localkfp` gives
ROOMS = {
    "localkfp": [
        *("errors", "version", "clock", "schedule", "expressions"),
        "workflow",
        "engine",
        *("store", "pods", "drawing", "runs"),
        "service",
        "web",
        *("api", "dashboard"),
        "server",
        *("", "__main__"),
    ],
    "workbook": [
        *("paths", "language"),
        *("kernel", "exercises"),
        *("", "doors", "penguins", "runs"),  # what a notebook names: they hold no code of their own
        "authoring",
        "grading",
        *("start", "command", "__main__"),
    ],
    "workbook.grading": "facts intake sandbox notebook rubric reports batch cluster".split(),
    # what the sandbox copies knows nothing of who copies it
    "workbook.grading.sandbox": ["inside", "outputs", "bubblewrap", "session", "warm"],
}
PURE = [
    "localkfp.schedule",
    "localkfp.expressions",
    "localkfp.workflow",
    "localkfp.engine",
    "localkfp.drawing",
]
# `workbook` uses what `import localkfp` gives. Where it needs more, and why:
BEHIND_THE_FACE = {
    ("workbook.kernel.answers", "localkfp.workflow.text"): "reads a Workflow without judging it",
    (
        "workbook.kernel.answers",
        "localkfp.workflow.package",
    ): "opens a compiled zip as an upload does",
    ("workbook.grading.sandbox.bubblewrap", "localkfp.pods.interpreter"): (
        "binds the pods' bare Python into the sandbox"
    ),
    ("workbook.grading.sandbox.bubblewrap", "localkfp.store.state_directory"): (
        "hides the instructor's runs from a learner's notebook"
    ),
    ("workbook.grading.sandbox.inside.kernel", "localkfp.server.lifecycle"): (
        "has the server forked from what is warm, not started from nothing"
    ),
    ("workbook.grading.sandbox.inside.kernel", "localkfp.__main__"): "imports the server's command",
    ("workbook.grading.sandbox.inside.commands", "localkfp.__main__"): "is the server's command",
    ("workbook.grading.sandbox.inside.judge", "localkfp.pods.process"): (
        "has its steps share the sandbox's own /tmp"
    ),
}
MODULES_IN_A_FOLDER = 16


@pytest.fixture(scope="module")
def modules():
    return sources(ASSETS, "localkfp", "workbook")


@pytest.fixture(scope="module")
def found(modules):
    return imports(modules)


@pytest.mark.parametrize("package", ROOMS)
def test_every_room_imports_only_rooms_below_it(package, found):
    assert upward(found, package, ROOMS[package]) == []


def test_the_engine_what_it_reads_and_what_is_drawn_look_at_nothing_outside(found, modules):
    assert impure(found, modules, PURE) == []


def test_no_module_imports_itself_by_way_of_others(found, modules):
    assert circles(found, modules) == []


def test_localkfp_knows_nothing_of_the_workbook(found):
    assert across(found, "localkfp", "workbook") == []


def test_the_workbook_uses_the_public_face_of_localkfp(found):
    behind = {
        (each.importer, each.imported)
        for each in across(found, "workbook", "localkfp")
        if each.imported != "localkfp"
    }
    assert behind == set(BEHIND_THE_FACE)


def test_a_folder_has_sixteen_modules_at_most():
    if not (REPOSITORY / ".git").exists():
        pytest.skip("not a clone: git doesn't say which files belong to it")
    listed = subprocess.run(
        ["git", "ls-files", "*.py"], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    folders = Counter(str(PurePath(file).parent) for file in listed.stdout.splitlines())
    assert [(f, n) for f, n in folders.items() if n > MODULES_IN_A_FOLDER] == []


# The same rules on made-up sources, each wall broken on purpose.

SOUND = {
    "localkfp": "from localkfp.engine.run import Run",
    "localkfp.errors": "import dataclasses",
    "localkfp.engine": "",
    "localkfp.engine.node": "from localkfp.errors import WorkflowError",
    "localkfp.engine.run": "from localkfp.engine.node import Node\nimport localkfp.engine.node",
    "localkfp.store": "",
    "localkfp.store.database": "import os\nimport sqlite3\nfrom localkfp.errors import StoreError",
    "localkfp.clock": "import time",
    "workbook": "import localkfp",
}
ABOVE = "localkfp.engine.run:1 imports localkfp.store.database: store stands above engine"
RING = "localkfp.engine.node -> localkfp.engine.run -> localkfp.engine.node"
BROKEN = [
    ("localkfp.engine.run", "from localkfp.store.database import Store", [ABOVE]),
    ("localkfp.engine.run", "from localkfp.store import database", [ABOVE]),
    ("localkfp.engine.run", "import localkfp.store.database", [ABOVE]),
    (
        "localkfp.engine.run",
        "def save():\n    from localkfp.store.database import Store",
        [ABOVE.replace(":1", ":2")],
    ),
    (
        "localkfp.engine.run",
        "if TYPE_CHECKING:\n    import localkfp.store.database",
        [ABOVE.replace(":1", ":2")],
    ),
    (
        "localkfp.engine.run",
        "from localkfp import __version__",
        ["localkfp.engine.run:1 imports localkfp: localkfp stands above engine"],
    ),
    (
        "localkfp.cellar.wine",
        "import localkfp.errors",
        ["localkfp.cellar.wine:1 imports localkfp.errors: nothing says where cellar stands"],
    ),
    ("localkfp.engine.run", "import asyncio", ["localkfp.engine.run:1 imports asyncio"]),
    (
        "localkfp.engine.run",
        "from os.path import exists",
        ["localkfp.engine.run:1 imports os.path"],
    ),
    ("localkfp.engine.run", "import sqlite3", ["localkfp.engine.run:1 imports sqlite3"]),
    ("localkfp.engine.run", "from time import time", ["localkfp.engine.run:1 imports time"]),
    (
        "localkfp.engine.run",
        "from localkfp import clock",
        ["localkfp.engine.run:1 imports localkfp.clock"],
    ),
    (
        "localkfp.engine.run",
        "from datetime import datetime\ndatetime.now()",
        ["localkfp.engine.run:2 asks the clock by .now"],
    ),
    ("localkfp.engine.node", "from localkfp.engine.run import Run", [RING]),
    ("localkfp.engine.node", "def late():\n    import localkfp.engine.run", [RING]),
    (
        "localkfp.errors",
        "from workbook.language import _",
        ["localkfp.errors:1 imports workbook.language"],
    ),
    (
        "workbook.language",
        "from localkfp.errors import WorkflowError",
        ["workbook.language:1 imports localkfp.errors"],
    ),
]


def broken_walls(modules):
    found = imports(modules)
    behind = [each for each in across(found, "workbook", "localkfp") if each.imported != "localkfp"]
    return [
        *upward(found, "localkfp", ROOMS["localkfp"]),
        *impure(found, modules, PURE),
        *circles(found, modules),
        *map(str, across(found, "localkfp", "workbook")),
        *map(str, behind),
    ]


def test_sound_rooms_break_no_wall():
    assert broken_walls(SOUND) == []


@pytest.mark.parametrize(("module", "text", "wrong"), BROKEN)
def test_a_wall_broken_on_purpose_is_seen(module, text, wrong):
    assert broken_walls(SOUND | {module: text}) == wrong


def test_a_relative_import_is_refused():
    with pytest.raises(ValueError, match=r"localkfp\.engine\.run:1: write the whole name"):
        imports({"localkfp.engine.run": "from . import node"})
