"""The grader's parts that run nothing: a file made anew, answers off a disk, the journal."""

from __future__ import annotations

import json
import os

import pytest
import yaml
from kfp.components import InputPath, OutputPath, create_component_from_func
from kfp.components._yaml_utils import dump_yaml
from tests.support.handed_in_notebooks.catalogue import rows
from tests.support.handed_in_notebooks.submitted import EMPTY, SOLVED, cell, dump
from workbook.authoring.lessons import find_lessons
from workbook.grading.batch.batch import grade
from workbook.grading.batch.copied import copied_notes
from workbook.grading.batch.journal import NAME, Journal, JournalError
from workbook.grading.batch.settings import Settings
from workbook.grading.facts.lesson import facts
from workbook.grading.facts.record import UNKNOWN_LESSON, Record, Refused, to_json
from workbook.grading.intake.submissions import IntakeError
from workbook.grading.notebook.rebuild import rebuild
from workbook.grading.sandbox.inside import collect, commands, parse, wire, yaml_in_c
from workbook.grading.sandbox.outputs import Outputs
from workbook.kernel import penguins
from workbook.kernel.answers import as_component

REFUSED = [row for row in rows("", "") if row.verdict != "graded"]

VALUES = {"value_1": 7, "value_2": 2}


def anew(data):
    return rebuild(data, facts("04"), VALUES)


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: row.name)
def test_a_file_that_is_no_notebook_is_refused_with_a_reason(row):
    with pytest.raises(Refused) as caught:
        anew(row.data)
    assert caught.value.refusal.verdict == row.verdict
    assert row.text in caught.value.refusal.text


def test_only_the_sources_of_a_notebook_are_taken():
    made = json.loads(dump(SOLVED))
    made["metadata"]["kernelspec"] = {"name": "evil"}
    for found in made["cells"]:
        found["metadata"] = {"tags": ["skip-execution"], "execution": {"timeout": -1}}
    clean = anew(dump(made)).notebook
    assert clean.metadata.kernelspec.name == "python3"
    tags = [c.metadata for c in clean.cells if c.metadata]
    assert tags == [{"tags": ["parameters"]}, {"tags": ["injected-parameters"]}]
    assert not any(c.get("outputs") for c in clean.cells)


def test_ids_that_are_missing_or_there_twice_become_different_ones():
    cells = [cell("1", id="a"), cell("2", id="a"), cell("3", id="../x"), cell("4", id=7)]
    made = anew(dump(EMPTY | {"cells": cells}))
    ids = [each.id for each in made.notebook.cells]
    assert len(ids) == len(set(ids)) == 6  # with the parameters and values that were put in
    assert "the parameters cell is missing" in made.notes[0]


def test_a_notebook_of_another_lesson_waits_for_a_person():
    (other,) = find_lessons(["03"])
    with pytest.raises(Refused, match=r"By its name it is lesson 04, .* of lesson 03\.") as caught:
        anew(other.solution.read_bytes())
    assert caught.value.refusal.verdict == UNKNOWN_LESSON
    beside = [*SOLVED["cells"], cell('check("03-1", 1)')]
    anew(dump(SOLVED | {"cells": beside}))


def test_a_cell_of_their_own_before_an_exercise_belongs_to_it():
    cells = [*SOLVED["cells"]]
    place = next(i for i, c in enumerate(cells) if c["id"] == "exercise-04-2")
    cells.insert(place, cell("helper = 1", id="helper"))
    assert anew(dump(SOLVED | {"cells": cells})).owners["helper"] == "04-2"


def sources_of(cells):
    made = anew(dump(EMPTY | {"cells": cells}))
    return [each.source for each in made.notebook.cells], made.notes


OURS = "# Parameters\nvalue_1 = 7\nvalue_2 = 2"


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        ("value_1 = 1\nvalue_2 = 1", ["value_1 = 1\nvalue_2 = 1", OURS]),
        (
            "value_1 = 1\nvalue_2 = 1\nprint(value_1)",
            ["value_1 = 1\nvalue_2 = 1", OURS, "print(value_1)"],
        ),
        ("for value_1 in [1]:\n    pass", ["for value_1 in [1]:\n    pass", OURS]),
        ("!ls\nvalue_1 = 1", ["!ls\nvalue_1 = 1", OURS]),
        ("def f():\n    value_1 = 1", ["def f():\n    value_1 = 1"]),
        ("print(value_1)", ["print(value_1)"]),
        ("value_1 = = 1", ["value_1 = = 1"]),
    ],
)
def test_our_values_are_set_again_after_every_cell_that_sets_its_own(source, parts):
    parameters = cell("value_1 = 5\nvalue_2 = 3", id="parameters")
    found, notes = sources_of([parameters, cell(source)])
    first = [parameters["source"], OURS]
    if "value_2 = 1" in source:  # it stands for the parameters
        assert found == [*first, *parts]
        assert "several parameters cells" in notes[0]
    else:
        assert found == [*first, *parts]
    assert any("sets parameters" in note for note in notes) == (OURS in parts)


def test_the_hosts_of_lessons_are_always_the_graders():
    assert facts("06").values == {"hours": 24, "host": ""}


def test_a_step_of_the_workbook_handed_in_as_ones_own_is_noted():
    own = create_component_from_func(penguins.load, base_image="python:3.11")

    def load(raw: InputPath("CSV"), table: OutputPath("CSV")):
        from pathlib import Path

        Path(table).write_text(Path(raw).read_text())

    mine = create_component_from_func(load, base_image="python:3.11")
    texts = {
        name: json.dumps({"answer": as_component(answer)})
        for name, answer in {"10-1": own, "10-2": mine}.items()
    }
    (note,) = copied_notes(texts | {"10-3": "{", "10-quiz": "{}"})
    assert note == "10-1: its program is that of penguins.load, which the workbook has"


def test_what_is_no_regular_file_with_one_name_is_not_read_as_an_answer(tmp_path):
    (tmp_path / "04-1.json").write_text('{"answer": 1}')
    (tmp_path / "04-2.json").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "04-3.json")
    (tmp_path / "04-4.json").mkdir()
    (tmp_path / "04-5.json").write_text("{}")
    os.link(tmp_path / "04-5.json", tmp_path / "04-6.json")
    (tmp_path / "04-7.json").write_text("x" * 101)
    (tmp_path / "04-8.json").write_bytes(b"\xff")
    (tmp_path / "..x.json").write_text("{}")
    found = collect.answers(tmp_path, 100)
    assert found["answers"] == {"04-1": '{"answer": 1}'}
    assert set(found["unread"]) == {f"04-{i}" for i in range(2, 9)}


def test_a_folder_of_answers_that_became_a_link_is_not_followed(tmp_path):
    (tmp_path / "answers").symlink_to(tmp_path)
    (tmp_path / "04-1.json").write_text("{}")
    assert collect.answers(tmp_path / "answers", 100)["answers"] == {}


@pytest.mark.parametrize(
    "text",
    ["", "{", "[NaN]", '{"a": 1, "a": 2}', "[" * 60 + "]" * 60, "[" * 10**5, "1" * 10**5, "\0"],
    ids=["empty", "cut", "nan", "twice", "deep", "deeper", "endless-number", "nul"],
)
def test_json_that_is_not_plain_is_refused(text):
    with pytest.raises(ValueError, match=r"."):
        parse.strictly(text)


def test_lines_come_whole_however_they_are_cut_and_a_long_one_is_left_out():
    lines = wire.Lines(5)
    found = [
        line for piece in (b"a", b"b\nc\n", b"123", b"456\nd", b"\n") for line in lines.feed(piece)
    ]
    assert found == [b"ab", b"c", wire.TOO_LONG, b"d"]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("python add_2.py", ["python", "add_2.py"]),
        ("dsl-compile --py 'a b.py'", ["dsl-compile", "--py", "a b.py"]),
        ("python -c 1", []),
        ("python x.py | head", []),
        ("python 'x.py", []),
        ("kfp --help > x", []),
        ("ls", []),
        ("", []),
    ],
)
def test_a_command_is_run_warm_only_where_no_shell_is_needed(line, found):
    assert commands.words(line) == found


def test_outputs_keep_head_and_tail_of_a_text_and_nothing_that_has_no_shape():
    outputs = Outputs(1000)
    outputs.add({"output_type": "stream", "name": "stdout", "text": "a" * 5000 + "z"})
    outputs.add({"output_type": "nonsense"})
    outputs.add(["no", "mapping"])
    (text,) = outputs.found()
    assert text.text.startswith("aaa")
    assert text.text.endswith("z")
    assert len(text.text) < 1100


@pytest.mark.parametrize(
    ("content", "size"), [("x" * 400_000, "0.3"), (8_000_000, "6.0"), (-1, "0.0"), (10**20, "75")]
)
@pytest.mark.parametrize("alternative", ["before", "after"])
def test_a_large_picture_is_said_to_be_omitted_whatever_stands_beside_it(
    content, size, alternative
):
    """A number is the size of a content that the kernel did not send."""
    data = {"image/png": content, "text/plain": "<Image>"}
    if alternative == "before":
        data = dict(reversed(data.items()))
    outputs = Outputs(1000)
    outputs.add({"output_type": "display_data", "data": data, "metadata": {}})
    ((shown,),) = [output.data.values() for output in outputs.found()]
    assert shown.startswith(f"image omitted ({size}")
    assert shown.endswith("\n<Image>")
    assert outputs.omitted == [shown.partition("\n")[0]]


# ---- the journal ---------------------------------------------------------------------------------


def record(name: str) -> Record:
    return Record(name, name, "04", f"{name}.ipynb", "graded")


def test_a_journal_goes_on_after_a_line_that_was_cut_off(tmp_path):
    whole = to_json(record("a")) + "\n"
    (tmp_path / NAME).write_text(whole + to_json(record("b"))[:30])
    journal = Journal(tmp_path, resume=True)
    assert [each.key for each in journal.records] == ["a"]
    journal.add(record("c"))
    journal.close()
    assert (tmp_path / NAME).read_text() == whole + to_json(record("c")) + "\n"


def test_results_are_not_written_over(tmp_path):
    (tmp_path / NAME).write_text(to_json(record("a")) + "\n")
    with pytest.raises(JournalError, match="--resume"):
        Journal(tmp_path, resume=False)


def test_a_line_that_is_no_record_is_said_with_its_place(tmp_path):
    (tmp_path / NAME).write_bytes(to_json(record("a")).encode() + b'\n{"key": 1}\n\xff\n')
    with pytest.raises(JournalError, match=r"journal\.jsonl, line 2: expected .* another folder"):
        Journal(tmp_path, resume=True)


def test_a_folder_that_is_a_file_is_said(tmp_path):
    (tmp_path / "out").write_text("")
    with pytest.raises(JournalError, match=r"can't be written to: File exists\. Name another"):
        Journal(tmp_path / "out", resume=False)


def test_two_graders_do_not_write_to_one_folder(tmp_path):
    journal = Journal(tmp_path, resume=False)
    with pytest.raises(JournalError, match="Another"):
        Journal(tmp_path, resume=True)
    journal.close()


def test_results_inside_what_is_graded_are_refused(tmp_path):
    with pytest.raises(IntakeError, match="the next batch would grade it"):
        grade(Settings(tmp_path, tmp_path / "graded"))
    assert not (tmp_path / "graded").exists()


def test_what_kfp_compiles_holds_the_same_in_c(monkeypatch):
    texts = ["y", "1:2", "", "no\n", " 한국어 😀\n  x\n", "2.17", "a " * 90, "\x85"]
    data = {"a": [*texts, None, 1.5]}
    for name in ("SafeLoader", "Dumper"):
        monkeypatch.setattr(yaml, name, getattr(yaml, name))
    pure = yaml.SafeLoader
    yaml_in_c.prefer()
    assert yaml.SafeLoader is not pure
    text = dump_yaml(data)
    assert yaml.safe_load(text) == yaml.load(text, pure) == data
