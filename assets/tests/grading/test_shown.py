"""Nothing that was drawn reaches a page that a learner sees before the batch is closed."""

from __future__ import annotations

import pytest
from tests.support.handed_in_notebooks.submitted import EMPTY, SOLVED, cell, dump, exercise, last
from workbook.grading.batch.batch import grade
from workbook.grading.batch.settings import Settings
from workbook.grading.facts.record import from_json
from workbook.grading.rubric.rubric import load_rubric

SEED = 3
SECRET = load_rubric().parameters("04", SEED)
# a number that a learner can read, and that is nowhere by chance
CODED = {str(770000 + number) for number in SECRET.values()}
SHOW = "770000 + value_1"

HANDED_IN = {
    "raises": exercise(SOLVED, 1, f"raise ValueError({SHOW})\ncheck('04-1', 1)"),
    "raises-in-a-class": exercise(
        SOLVED, 1, f"raise type(str({SHOW}), (Exception,), {{}})('x')\ncheck('04-1', 1)"
    ),
    "asserts-in-a-cell-of-their-own": last(SOLVED, f"assert False, {SHOW}"),
    "answers-with-it": exercise(SOLVED, 1, f"check('04-1', [str({SHOW})])"),
    "answers-with-another-kind": exercise(SOLVED, 1, f"check('04-1', {{{SHOW}}})"),
    "pipeline-that-raises": exercise(
        SOLVED,
        4,
        f"def square_of_sum(value: int):\n    raise ValueError({SHOW})\n"
        "check('04-4', square_of_sum)",
    ),
    "component-that-raises": exercise(
        SOLVED,
        4,
        "def add(value_1: int, value_2: int) -> int:\n    raise ValueError(NUMBER)\n"
        "from kfp.components import create_component_from_func as make\n"
        f"made = make(add)\ncommand = made.component_spec.implementation.container.command\n"
        f"command[-1] = command[-1].replace('NUMBER', str({SHOW}))\n"
        "@pipeline(name='square of sum')\n"
        "def square_of_sum(value_1: int, value_2: int):\n"
        "    total = made(value_1, value_2)\n    multiply_op(total.output, total.output)\n"
        "check('04-4', square_of_sum)",
    ),
    "raises-only-then": exercise(
        SOLVED,
        1,
        f"assert value_1 == 5, {SHOW}\ncheck('04-1', ['add', 'multiply', 'subtract'])",
    ),
    "prints": last(EMPTY, f"print({SHOW})"),
    "raises-and-is-stopped": exercise(
        SOLVED, 1, f"raise ValueError({SHOW})\ncheck('04-1', 1)"
    ).replace(b'"cells": [', b'"cells": [' + dump(cell("import os\nos._exit(0)")) + b", ", 1),
}


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shown")
    for name, data in HANDED_IN.items():
        place = folder / "in" / name / "04_compile_and_inspect.ipynb"
        place.parent.mkdir(parents=True)
        place.write_bytes(data)
    grade(Settings(folder / "in", folder / "out", seed=SEED, progress=False))
    return folder / "out"


@pytest.mark.parametrize("name", HANDED_IN)
def test_a_page_for_a_learner_holds_nothing_that_was_drawn(out, name):
    pages = [path for path in out.glob(f"**/{name}*/**/*.html") if "executed" not in path.parts]
    pages += [path for path in out.glob(f"**/{name}*.html") if "executed" not in path.parts]
    assert pages
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert not [coded for coded in CODED if coded in text], page


def test_the_instructor_sees_what_was_seen(out):
    records = [from_json(line) for line in (out / "journal.jsonl").read_bytes().splitlines()]
    found = {record.learner: record for record in records}
    details = " ".join(each.detail for each in found["raises"].exercises)
    assert [coded for coded in CODED if coded in details]
    assert "770005" in " ".join(each.text for each in found["raises"].exercises)
    only_then = found["raises-only-then"].exercises[0]
    assert only_then.verdict == "failed"
    assert "with others it fails" in only_then.text
