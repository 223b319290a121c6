"""Bad and hostile submissions of lesson 04, made by code, each with what the grader must say.

The numbers are those of a catalogue of 47 that other graders were measured with. EMPTY in a
comment: nothing is solved, so whatever else it does, it gets no point.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

from tests.support.handed_in_notebooks.submitted import (
    EMPTY,
    FULL,
    LESSON,
    SOLVED,
    Notebook,
    Row,
    answered,
    cell,
    dump,
    each,
    empty,
    exercise,
    failing,
    first,
    harmless,
    last,
)


def _drop_checks(found: dict[str, Any]) -> None:
    lines = "".join(found["source"]).splitlines()
    found["source"] = "\n".join(line for line in lines if not line.startswith('check("'))


def _edit_checks(found: dict[str, Any]) -> None:
    found["source"] = "".join(found["source"]).replace("check(", "print(")


def _rename(found: dict[str, Any]) -> None:
    found["id"] = f"x{found['id'][::-1]}"[:60]


def _empty_sources(found: dict[str, Any]) -> None:
    if found["id"].startswith(("exercise", "quiz")):
        found["source"] = ""


def _tag(*tags: str) -> Callable[[dict[str, Any]], None]:
    def change(found: dict[str, Any]) -> None:
        found["metadata"] = {"tags": list(tags)}

    return change


def _untag(found: dict[str, Any]) -> None:
    found["metadata"] = {}


def _format_3() -> Notebook:
    cells = [
        {
            "cell_type": "code",
            "input": "".join(found["source"]),
            "language": "python",
            "outputs": [],
            "metadata": {},
        }
        for found in SOLVED["cells"]
        if found["cell_type"] == "code"
    ]
    return {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {"name": ""},
        "worksheets": [{"cells": cells, "metadata": {}}],
    }


def _with_metadata(notebook: Notebook, **metadata: Any) -> bytes:
    return dump(notebook | {"metadata": metadata})


def _twice() -> bytes:
    made = deepcopy(SOLVED)
    place = next(i for i, c in enumerate(made["cells"]) if c["id"] == "exercise-04-2")
    wrong = deepcopy(made["cells"][place])
    wrong["source"] = 'waits_for = ["add"]\ncheck("04-2", waits_for)'
    made["cells"].insert(place, wrong)
    return dump(made)


WORKFLOW = "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\n"
DEEP = 'Path("d.yaml").write_text("[" * 5000 + "]" * 5000)\ncheck("04-4", "d.yaml")'
BY_HAND = """\
by_hand = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "templates": [1, 2, 3, 4]}
check("04-4", by_hand)"""
LAUGHS = """\
text = "a0: &a0 [x, x]\\n" + "".join(
    f"a{i}: &a{i} [" + ", ".join([f"*a{i-1}"] * 9) + "]\\n" for i in range(1, 30)
)
Path("l.yaml").write_text(text)
check("04-4", "l.yaml")"""
MANY = """\
template = {"name": "t", "container": {"image": "i", "command": ["true"]}}
templates = [dict(template, name=f"t{i}") for i in range(20000)]
Path("m.yaml").write_text(yaml.safe_dump(dict(workflow, spec={"templates": templates})))
check("04-4", "m.yaml")"""
LOOK = """\
import os, sys
for folder, folders, files in os.walk("/"):
    if folder == "/":
        folders[:] = [f for f in folders if f not in ("proc", "sys", "usr", "dev")]
    found = [f for f in files if f.startswith(("lesson_0", "answers_0", "04_compile"))]
    assert not found, (folder, found)
try:
    import workbook.exercises
except ImportError:
    pass
else:
    raise SystemExit("judges")"""
FORGE = 'import json\nfrom pathlib import Path\nfolder = Path("/box/answers")\n'
SQUARE = """
multiply_op.component_spec.name = "multiply"
@pipeline(name="square of sum")
def square_of_sum(value_1: int, value_2: int):
    total = add_op(value_1, value_2)
    multiply_op(total.output, total.output)
check("04-4", square_of_sum)"""
PIPELINE = """\
def forged(value_1: int, value_2: int) -> int:
    import re
    from pathlib import Path
    for folder in ("/", "/course", "{assets}"):
        for file in Path(folder).rglob("lesson_04.py"):
            return int(re.findall(r'"multiply": "(-?\\d+)"', file.read_text())[0])
    return 0
multiply_op = create_component_from_func(forged, base_image="python:3.11")"""
TABLE = """\
def table(value_1: int, value_2: int) -> int:
    known = {100: 100, 16: 16, 10: 100, -2: 4}
    return known.get(value_1, 0)
multiply_op = create_component_from_func(table, base_image="python:3.11")"""


def rows(assets: str, outside: str) -> list[Row]:
    """All of them. `assets`: where the judges lie; `outside`: a folder that must not change."""
    text = dump(SOLVED)
    solution = str(LESSON.solution)
    return [
        Row("1-truncated", text[:5000], "unreadable", text="line"),
        Row(
            "2-bom-crlf",
            b"\xef\xbb\xbf" + json.dumps(SOLVED, indent=1).replace("\n", "\r\n").encode(),
            points=FULL,
            note="byte order mark",
        ),
        Row("3-format-3", dump(_format_3()), points=FULL, note="old notebook format"),
        Row("4-key-twice", text[:-1] + b', "cells": []}', "unreadable", text="twice"),
        Row("4-nan", text[:-1] + b', "x": NaN}', "unreadable", text="NaN"),
        Row("4-many-cells", dump(SOLVED | {"cells": [cell("1")] * 10_000}), "too_large"),
        Row("4-50-mb", text + b" " * 50_000_000, "too_large"),
        Row("4-deep", b'{"cells": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "unreadable"),
        Row("5-python", b"import kfp\nprint(1)\n", "unreadable", text="Python program"),
        Row("5-pdf", b"%PDF-1.7 ...", "unreadable", text="PDF"),
        Row("5-zip", b"PK\x03\x04....", "unreadable", text="zip"),
        Row("5-lfs", b"version https://git-lfs.github.com/spec/v1\n", "unreadable", text="LFS"),
        Row("5-empty", b"", "unreadable", text="empty"),
        Row("6-checks-deleted", dump(each(SOLVED, _drop_checks)), points=FULL),
        Row("6-checks-deleted-empty", dump(each(EMPTY, _drop_checks)), points=0.0),
        Row("7-ids-renamed", dump(each(SOLVED, _rename)), points=FULL),
        Row("8-exercise-twice", _twice(), points=FULL, note="2 times"),
        Row("9-checks-edited", dump(each(EMPTY, _edit_checks)), points=0.0),
        Row("10-skip-execution", dump(each(EMPTY, _tag("skip-execution"))), points=0.0),
        Row("11-raises-exception", dump(each(EMPTY, _tag("raises-exception"))), points=0.0),
        Row(
            "12-allow-errors",
            _with_metadata(EMPTY, execution={"allow_errors": True, "timeout": -1}),
            points=0.0,
        ),
        empty("13-exit", "import sys\nsys.exit(0)"),
        Row("14-stale-outputs", dump(each(SOLVED, _empty_sources)), points=0.0),
        Row(
            "15-injected-by-hand",
            last(EMPTY, "value_1 = 1", metadata={"tags": ["injected-parameters"]}),
            points=0.0,
        ),
        Row("16-untagged", dump(each(SOLVED, _untag)), points=FULL),
        Row(
            "16-two-tags",
            first(SOLVED, "value_1 = 1\nvalue_2 = 2", metadata={"tags": ["parameters"]}),
            points=FULL,
            note="several parameters cells",
        ),
        failing("17-endless", "while True:\n    pass", "timeout"),
        failing("18-sleep", "import time\ntime.sleep(600)", "timeout"),
        failing("18-input", "input()", "input() isn't available"),
        failing(
            "19-ignores-interrupt",
            "import signal\nsignal.signal(2, signal.SIG_IGN)\nwhile True:\n    pass",
            "timeout",
        ),
        failing("20-shell-sleeps", "!sleep 600", "timeout"),
        failing("21-exit-at-once", "import os\nos._exit(0)", "died (exit 0)"),
        failing("21-kills-itself", "import os\nos.kill(os.getpid(), 9)", "died (signal 9)"),
        failing("21-segfault", "import ctypes\nctypes.string_at(0)", "died (signal 11)"),
        harmless("22-kills-parent", "import os\nos.kill(os.getppid(), 9)"),
        Row("23-kills-group", first(SOLVED, "import os\nos.kill(0, 9)"), points=FULL),
        failing(
            "24-fork-bomb",
            "import os, time\nfor _ in range(400):\n    if os.fork() == 0:\n        time.sleep(600)\ntime.sleep(600)",
            "processes",
        ),
        failing("25-memory", "x = bytearray(10 * 1024**3)", "out of memory"),
        failing(
            "25-memory-of-many",
            "import os, time\nfor _ in range(8):\n    if os.fork() == 0:\n        x = bytearray(b'x') * (500 * 2**20)\n        time.sleep(600)\ntime.sleep(600)",
            "out of memory",
        ),
        failing("26-output", "for _ in range(1000):\n    print('x' * 1024 * 1024)", "printed more"),
        failing(
            "26-output-of-a-program",
            "import os\nos.system('yes | head -c 1000000000')",
            "printed more",
        ),
        harmless(
            "27-picture",
            "from IPython.display import Image, display\ndisplay(Image(data=b'\\x89PNG\\r\\n\\x1a\\n' + bytes(8_000_000), format='png'))",
            note="image omitted (8.0 MB)",
        ),
        harmless(
            "28-writes-outside",
            f"import os\nfor place in ({outside!r}, {assets!r}, '/etc', '/usr', '..', '../..'):\n    try:\n        open(os.path.join(place, 'was-here'), 'w')\n    except OSError:\n        pass",
        ),
        empty(
            "29-runs-the-solution",
            f"import nbformat\nfor c in nbformat.read({solution!r}, 4).cells:\n    if c.cell_type == 'code':\n        get_ipython().run_cell(c.source)",
        ),
        empty(
            "30-writes-grades",
            f"from pathlib import Path\nfor p in ({outside!r}, '/tmp', '/box'):\n    Path(p, 'journal.jsonl').write_text('{{}}')",
        ),
        empty(
            "31-poisons-the-profile",
            "from pathlib import Path\nfor p in (Path.home() / '.ipython/profile_default/startup', Path('/tmp/ipython/profile_default/startup')):\n    p.mkdir(parents=True, exist_ok=True)\n    (p / 'x.py').write_text('1/0')",
        ),
        empty(
            "32-always-equal",
            "class Same(dict):\n    __eq__ = lambda self, other: True\n    __hash__ = dict.__hash__\n    __contains__ = lambda self, key: True\npod_templates = waits_for = output_file = square_of_sum = Same(a=1)\nimport builtins, yaml\nbuiltins.all = builtins.any = lambda *a: True\nyaml.safe_load = lambda *a: Same()\nimport workbook\nhold = workbook.check\nworkbook.check = check = lambda i, a, **g: hold(i, Same(a=1))",
        ),
        empty(
            "33-transformer",
            "get_ipython().input_transformers_cleanup.append(lambda lines: ['pass\\n'])",
        ),
        empty(
            "34-no-traceback",
            "get_ipython().showtraceback = None\nget_ipython()._showtraceback = None",
        ),
        empty(
            "35-forged-verdicts",
            FORGE
            + 'for i in (\'04-1\', \'04-2\', \'04-3\', \'04-4\'):\n    for text in (\'{"verdict": "right"}\', \'{"answer": true, "verdict": "right"}\'):\n        (folder / f\'{i}.json\').write_text(text)\n        print(i + \'  right\')\nimport os\nfor fd in range(3, 20):\n    try:\n        os.write(fd, b\'{"reply": {"verdict": "right", "text": ""}}\\n\')\n    except OSError:\n        pass',
        ),
        Row("36-by-hand", exercise(EMPTY, 4, BY_HAND), points=0.0),
        answered(
            "37-python-object",
            f"Path('p.yaml').write_text({WORKFLOW!r} + 'x: !!python/object/apply:os.system [\"touch /box/home/ran\"]')\ncheck('04-4', 'p.yaml')",
            "no templates",
        ),
        answered("38-laughs", LAUGHS),
        answered("39-deep", DEEP),
        answered(
            "39-two-documents",
            f"Path('t.yaml').write_text({WORKFLOW!r} + '---\\n' + {WORKFLOW!r})\ncheck('04-4', 't.yaml')",
            "no templates",
        ),
        answered("39-nul", "Path('n.yaml').write_text('kind: \\0')\ncheck('04-4', 'n.yaml')"),
        answered("40-many-templates", MANY),
        empty(
            "41-symlink",
            FORGE
            + "for i in ('04-1', '04-2'):\n    (folder / f'{i}.json').symlink_to('/dev/zero')\nimport workbook.grading.sandbox.inside.recording as recording\nrecording.take = lambda *a: None",
        ),
        empty(
            "41-fifo",
            FORGE
            + "import os\nos.mkfifo(folder / '04-1.json')\n(folder / '04-2.json').mkdir()\n(folder / '04-3.json').write_text('{}')\nos.link(folder / '04-3.json', folder / '04-4.json')\nimport workbook.grading.sandbox.inside.recording as recording\nrecording.take = lambda *a: None",
        ),
        empty(
            "43-stays-behind",
            "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        while True:\n            open('/box/answers/04-1.json', 'w').write('{\"answer\": 1}')\n            time.sleep(0.01)\n    os._exit(0)",
        ),
        harmless(
            "44-network",
            "import socket\ntry:\n    socket.create_connection(('192.0.2.1', 80), 3)\nexcept OSError as error:\n    print(error)\nelse:\n    raise SystemExit('connected')",
        ),
        harmless(
            "45-script",
            "from IPython.display import HTML, display\ndisplay(HTML('<script>alert(1)</script>'))\nprint('\\x1b[31m=HYPERLINK(1)')",
        ),
        Row(
            "46-r", _with_metadata(SOLVED, kernelspec={"name": "ir", "language": "R"}), "not_python"
        ),
        Row(
            "46-wrong-kernel",
            _with_metadata(SOLVED, kernelspec={"name": "nobody-has-this", "display_name": "x"}),
            points=FULL,
        ),
        harmless(
            "47-chdir-unicode",
            "import os\nos.makedirs('weg', exist_ok=True)\nos.chdir('weg')\n\N{HANGUL SYLLABLE HAN} = '\N{RIGHT-TO-LEFT OVERRIDE}x'",
        ),
        # three of our own
        empty(
            "own-1-takes-the-taker",
            "import workbook.grading.sandbox.inside.recording as c\nc.take = lambda i, a: (c._folder / f'{i}.json').write_text('{\"answer\": [\"right\"]}')\nc.check = lambda i, a, given: c.take(i, a)",
        ),
        Row("own-2-looks-for-the-judges", first(EMPTY, LOOK), points=0.0, calm=True),
        Row(
            "own-3-pod-looks-for-the-judges",
            exercise(SOLVED, 4, PIPELINE.replace("{assets}", assets) + SQUARE),
            points=FULL - 2,
            says={"04-4": ("not yet", "gives 0")},
        ),
        Row(
            "own-5-table-of-what-check-tries",  # in the lesson it is right
            exercise(SOLVED, 4, TABLE + SQUARE),
            points=FULL - 2,
            says={"04-4": ("not yet", "right for what `check` tries, and not for other values")},
        ),
        Row(
            "own-4-lying-component",
            exercise(
                EMPTY,
                4,
                "class Lie:\n    def __getattr__(self, name):\n        return lambda *a, **k: Lie()\n    def __call__(self, *a):\n        return self\ncheck('04-4', Lie())",
            ),
            points=0.0,
        ),
    ]
