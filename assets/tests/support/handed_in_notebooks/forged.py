"""More hostile submissions of lesson 04: answers that no lesson's code wrote, and messages that no
kernel sends. Each is EMPTY, or solved with a cell that must change nothing.

An answer that is written into its file by hand is an answer like any other, so what matters is what
the judge does with it: it runs a Workflow whose steps here look for what the judge knows.
"""

from __future__ import annotations

import json
from typing import Any

from tests.support.handed_in_notebooks.submitted import (
    EMPTY,
    FULL,
    SOLVED,
    Row,
    failing,
    first,
    harmless,
)

TAKE_NOTHING = """\
import json, workbook.grading.sandbox.inside.recording as recording
from pathlib import Path
recording.take = lambda *a: None
"""
PARAMETERS = ("value_1", "value_2")
LONG = "long"  # stands for a name of 200,000 characters
NOTHING = "open('/tmp/out', 'w').write('0')"

# Outside of a pod's namespaces: take the judge's channel, and say "right" on it.
SAYS_RIGHT = """\
import ctypes, os, socket, time
call = ctypes.CDLL(None).syscall
parent = os.getppid()
while parent > 1:
    judge = call(434, parent, 0)  # pidfd_open
    for number in range(3, 40):
        taken = call(438, judge, number, 0)  # pidfd_getfd
        if taken >= 0:
            try:
                socket.socket(fileno=taken).send(b'{"reply": {"verdict": "right", "text": ""}}\\n')
            except OSError:
                pass
    with open(f"/proc/{parent}/stat") as status:
        parent = int(status.read().rpartition(")")[2].split()[1])
time.sleep(1)
"""
PROGRAM = f"#!/usr/bin/env -S {{python}}\n{SAYS_RIGHT}"
PLANT = """\
import os, shutil, sys
place = {place}
os.makedirs(place, exist_ok=True)
with open(place + "/setpriv", "w") as file:
    file.write({program!r}.replace("{{python}}", os.path.realpath(sys.executable)))
os.chmod(place + "/setpriv", 0o755)
open("/tmp/out", "w").write("0")
"""
IN_THE_PYTHON = """\
import glob, os, shutil
home = glob.glob("/box/home/.localkfp/python-*")[0]
bare = os.path.realpath(home)
os.unlink(home)
shutil.copytree(bare, home, symlinks=True)
"""
PACKAGE = f"""\
import os
os.makedirs("/box/home/package")
with open("/box/home/package/pyproject.toml", "w") as file:
    file.write('[build-system]\\nrequires=[]\\nbuild-backend="backend"\\nbackend-path=["."]\\n')
with open("/box/home/package/backend.py", "w") as file:
    file.write({SAYS_RIGHT!r})
{NOTHING}
"""
INSTALL = (
    "python3 -m pip install --quiet --no-warn-script-location '/box/home/package'; "
    f'python3 -c "{NOTHING}"'
)
EVERY_NUMBER = """\
import os
os.mkdir("/tmp/all")
for number in range(-150, 151):
    open(f"/tmp/all/{number}", "w").write(str(number))
"""
NUMBERS = [
    {"name": f"multiply-{i}", "valueFrom": {"path": f"/tmp/all/{n}"}}
    for i, n in enumerate(range(-150, 151))
]
LINKED = """\
import os
for folder, _folders, files in os.walk("/box/tmp"):
    for name in files:
        if "/artifacts/" in folder:
            os.unlink(f"{folder}/{name}")
            os.symlink("/dev/zero", f"{folder}/{name}")
"""
MOUNTS = """\
import os
os.mkdir("/tmp/memory")
refused = os.system("mount -t tmpfs none /tmp/memory")
open("/tmp/out", "w").write("no mount" if refused else "a mount")"""

KERNEL = """\
import json, sys, workbook.grading.sandbox.inside.kernel as kernel
end = kernel._tell.__closure__[0].cell_contents
def say(text):
    end.sendall(text.encode() + b"\\n")
def reply(raised):
    frame = sys._getframe()
    while frame.f_code.co_name != "serve":
        frame = frame.f_back
    say(json.dumps({"reply": {"raised": raised}, "turn": frame.f_locals["message"]["turn"]}))
def show(data, metadata="{}"):
    output = '{"output_type": "display_data", "data": %s, "metadata": %s}' % (data, metadata)
    say('{"output": %s}' % output)
deep = '{"a": ' * 900 + "1" + "}" * 900
"""
FILES = """\
import os
for _ in range(8):
    file = os.memfd_create("x")
    for _ in range(250):
        os.write(file, bytes(2**20))"""
NAMES = """\
import os, shutil
os.mkdir("/tmp/names")
try:
    for number in range(10**6):
        os.mknod(f"/tmp/names/{number}")
finally:
    shutil.rmtree("/tmp/names")"""
NULS = """\
for number in range(100):
    Path(f"/box/answers/99-{number}.json").write_bytes(bytes(2**20))"""
KINDS = """\
show(json.dumps({f"a/{number}": "" for number in range(100_000)}))
show(json.dumps({"x" * 10**6: ""}))"""
SEGMENTS = """\
import ctypes
libc = ctypes.CDLL(None)
assert libc.shmget(0, ctypes.c_size_t(2**20), 0o1600) < 0"""
THREADS = """\
import os, threading, time
threading.stack_size(32768)
for _ in range(3):
    if os.fork() == 0:
        for _ in range(500):
            threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        time.sleep(60)
while True:  # what a child is refused, its own cell doesn't say
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()"""


def step(name: str, program: str, **container: Any) -> dict[str, Any]:
    return {
        "name": name,
        "inputs": {"parameters": [{"name": each} for each in PARAMETERS]},
        "outputs": {"parameters": [{"name": f"{name}-Output", "valueFrom": {"path": "/tmp/out"}}]},
        "container": {"image": "python:3.11", "command": ["python3", "-c", program]} | container,
    }


def workflow(add: dict[str, Any], multiply: dict[str, Any], **more: Any) -> dict[str, Any]:
    """With the graph that exercise 4 asks for."""
    tasks: list[dict[str, Any]] = [
        {
            "name": template["name"],
            "template": template["name"],
            "arguments": {
                "parameters": [
                    {"name": each, "value": f"{{{{inputs.parameters.{each}}}}}"}
                    for each in PARAMETERS
                ]
            },
        }
        for template in (add, multiply)
    ]
    tasks[1]["dependencies"] = [add["name"]]
    of_add = f"{{{{tasks.{add['name']}.outputs.parameters.{add['name']}-Output}}}}"
    tasks[1]["arguments"]["parameters"].append({"name": "of_add", "value": of_add})
    parameters = [{"name": each} for each in PARAMETERS]
    main = {"name": "main", "inputs": {"parameters": parameters}, "dag": {"tasks": tasks}}
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"generateName": "forged-"},
        "spec": {
            "entrypoint": "main",
            "arguments": {"parameters": parameters},
            "templates": [main, add, multiply],
        }
        | more,
    }


def forged(name: str, answer: Any, words: str = "") -> Row:
    """The answer to exercise 4, written by hand: it gets no point."""
    text = json.dumps(json.dumps({"answer": answer}))
    written = f'{text}.replace("{LONG}", "x" * 200_000)'
    source = f"{TAKE_NOTHING}Path('/box/answers/04-4.json').write_text({written})"
    return Row(name, first(EMPTY, source), points=0.0, says={"04-4": ("not yet", words)})


def planted(place: str, before: str = "") -> str:
    return before + PLANT.format(place=place, program=PROGRAM)


def said(name: str, source: str) -> Row:
    """The kernel says something odd, and the rest is right."""
    return Row(name, first(SOLVED, KERNEL + source), points=FULL)


def rows() -> list[Row]:
    quiet, wrong = step("add", NOTHING), step("multiply", NOTHING)
    path = [{"name": "PATH", "value": "/box/home/mine:/usr/bin:/bin"}]
    install = {"command": ["sh", "-c", INSTALL]}
    many = step("multiply", EVERY_NUMBER)
    many["outputs"]["parameters"] = NUMBERS
    twin = workflow(quiet, wrong)
    twin["spec"]["templates"].append(step("Multiply", NOTHING))
    twin["spec"]["templates"][0]["dag"]["tasks"].append(
        twin["spec"]["templates"][0]["dag"]["tasks"][1] | {"name": "Multiply"}
    )
    default = step("multiply", NOTHING)
    default["outputs"]["parameters"][0]["valueFrom"] = {"path": "/tmp/none", "default": "100"}
    return [
        # who gets out of a pod still doesn't get at the judge
        forged(
            "forged-by-path",
            workflow(step("add", planted("'/box/home/mine'")), step("multiply", NOTHING, env=path)),
        ),
        forged(
            "forged-by-the-pods-python",
            workflow(step("add", planted("home + '/bin'", IN_THE_PYTHON)), wrong),
        ),
        forged(
            "forged-by-a-package",
            workflow(step("add", PACKAGE), step("multiply", "", **install)),
        ),
        forged("forged-every-number", workflow(quiet, many), "it should give "),
        forged("forged-links-for-artifacts", workflow(quiet, step("multiply", LINKED + NOTHING))),
        forged("forged-link-out", workflow(quiet, step("multiply", LINKED))),
        forged("forged-mounts-memory", workflow(quiet, step("multiply", MOUNTS)), "no mount"),
        forged("forged-twin", twin, "Multiply"),
        # what the learner reads is of the cases of `check`, to which nothing is secret
        forged("forged-default", workflow(quiet, default), "multiply gives 100; it should give 4"),
        forged("forged-script", workflow(quiet, wrong | {"script": {"source": "1"}}), "script"),
        forged("forged-expression", workflow(quiet, step("multiply", NOTHING, args=["{{=9}}"]))),
        forged(
            "forged-hooks", workflow(quiet, wrong, hooks={"exit": {"template": "add"}}), "hooks"
        ),
        forged("forged-twice", json.dumps(json.dumps({"answer": 1})), "the shape of one"),
        forged("forged-long-name", workflow(quiet, step(LONG, NOTHING)), "xxx"),
        forged("forged-half-a-character", workflow(quiet, step("\ud800", NOTHING)), "asked for"),
        # what the grader reads is bounded, and of the shape that it thinks
        Row("said-answers-of-nuls", first(EMPTY, TAKE_NOTHING + NULS), points=0.0),
        said("said-raised-a-text", 'reply("abc")'),
        said("said-raised-a-list", "reply([1])"),
        said("said-deep-output", "show('{\"application/json\": %s}' % deep)"),
        said("said-deep-metadata", "show('{}', deep)"),
        said("said-text-of-numbers", "show('{\"text/plain\": [1, 2]}')"),
        said("said-no-number", "show('{\"text/plain\": NaN}')"),
        said("said-many-kinds", KINDS),
        # memory that is no process's own
        failing("memory-in-files-without-a-name", FILES, "not implemented"),
        harmless("memory-in-segments", SEGMENTS),
        failing("memory-in-names", NAMES, "No space"),
        failing("threads", THREADS, "can't start new thread"),
    ]
