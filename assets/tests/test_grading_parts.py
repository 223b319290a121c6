"""The grader's parts that run nothing: a file made anew, answers off a disk, the journal."""

from __future__ import annotations

import json
import os

import pytest
import yaml
from catalogue import EMPTY, SOLVED, cell, dump, rows
from kfp.components._yaml_utils import dump_yaml
from workbook.grading.batch import grade
from workbook.grading.inside import collect, commands, parse, wire, yaml_in_c
from workbook.grading.intake import IntakeError
from workbook.grading.journal import NAME, Journal, JournalError
from workbook.grading.lesson import facts
from workbook.grading.outputs import Outputs
from workbook.grading.rebuild import Refused, rebuild
from workbook.grading.record import Record, to_json

REFUSED = [row for row in rows("", "") if row.verdict != "graded"]


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: row.name)
def test_a_file_that_is_no_notebook_is_refused_with_a_reason(row):
    with pytest.raises(Refused) as caught:
        rebuild(row.data, facts("04"))
    assert caught.value.refusal.verdict == row.verdict
    assert row.text in caught.value.refusal.text


def test_only_the_sources_of_a_notebook_are_taken():
    made = json.loads(dump(SOLVED))
    made["metadata"]["kernelspec"] = {"name": "evil"}
    for found in made["cells"]:
        found["metadata"] = {"tags": ["skip-execution"], "execution": {"timeout": -1}}
    clean = rebuild(dump(made), facts("04")).notebook
    assert clean.metadata.kernelspec.name == "python3"
    assert [c.metadata for c in clean.cells if c.metadata] == [{"tags": ["parameters"]}]
    assert not any(c.get("outputs") for c in clean.cells)


def test_ids_that_are_missing_or_there_twice_become_different_ones():
    cells = [cell("1", id="a"), cell("2", id="a"), cell("3", id="../x"), cell("4", id=7)]
    made = rebuild(dump(EMPTY | {"cells": cells}), facts("04"))
    ids = [each.id for each in made.notebook.cells]
    assert len(ids) == len(set(ids)) == 5  # with the parameters that were put in
    assert "the parameters cell is missing" in made.notes[0]


def test_a_cell_of_their_own_before_an_exercise_belongs_to_it():
    cells = [*SOLVED["cells"]]
    place = next(i for i, c in enumerate(cells) if c["id"] == "exercise-04-2")
    cells.insert(place, cell("helper = 1", id="helper"))
    assert rebuild(dump(SOLVED | {"cells": cells}), facts("04")).owners["helper"] == "04-2"


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


def test_outputs_keep_head_and_tail_of_a_text_and_leave_out_a_large_picture():
    outputs = Outputs(1000)
    outputs.add({"output_type": "stream", "name": "stdout", "text": "a" * 5000 + "z"})
    outputs.add({"output_type": "display_data", "data": {"image/png": "x" * 5000}, "metadata": {}})
    outputs.add({"output_type": "nonsense"})
    outputs.add(["no", "mapping"])
    text, picture = outputs.found
    assert text.text.startswith("aaa")
    assert text.text.endswith("z")
    assert len(text.text) < 1100
    assert "left out" in picture.data["text/plain"]


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


def test_two_graders_do_not_write_to_one_folder(tmp_path):
    journal = Journal(tmp_path, resume=False)
    with pytest.raises(JournalError, match="Another"):
        Journal(tmp_path, resume=True)
    journal.close()


def test_results_inside_what_is_graded_are_refused(tmp_path):
    with pytest.raises(IntakeError, match="the next batch would grade it"):
        grade(tmp_path, tmp_path / "graded")
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
