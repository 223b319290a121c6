"""What a check says to answers that once sent learners the wrong way."""

from __future__ import annotations

import json

import pytest
from kfp.dsl import pipeline
from workbook import check
from workbook.exercises import EXERCISES
from workbook.exercises.judging import find


@pipeline
def without_brackets(value_1: int, value_2: int):
    pass


def body(**parts):
    return {
        "name": "a run",
        "pipeline_spec": {"workflow_manifest": "{}", "parameters": [], **parts},
    }


@pytest.mark.parametrize(
    ("exercise", "answer", "said"),
    [
        ("04-4", without_brackets, "@pipeline(name=...)"),
        ("02-1", None, "they only print"),
        ("07-1", ["small", "large", "other"], "sort the list"),
        ("00-3", "!pip install kfp==1.8.24", "leave pip install out"),
        ("05-1", {"multiply": 16}, "missing: add, subtract"),
        ("05-3", body(), "you gave none"),
    ],
)
def test_the_finding_names_the_cause(exercise, answer, said):
    assert said in find(EXERCISES[exercise], answer, {}).text


def test_a_workflow_that_str_wrote_is_told_from_json():
    asked = [{"name": "value_1", "value": "10"}, {"name": "value_2", "value": "4"}]
    answer = body(workflow_manifest=str({"kind": "Workflow"}), parameters=asked)
    assert "json.dumps writes JSON" in find(EXERCISES["05-3"], answer, {}).text
    answer = body(workflow_manifest=json.dumps({"kind": "Workflow"}), parameters=asked)
    assert "json.dumps" not in find(EXERCISES["05-3"], answer, {}).text


def test_a_capital_letter_is_the_choice_too():
    assert find(EXERCISES["01-quiz"], {1: "B", 2: " c", 3: "b"}, {}).verdict == "right"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (4 - 1, "in quotation marks"),
        ("04-9", "Lesson 04 has 04-1, "),
        ("99-9", 'called like "04-1"'),
        (["04-1"], "in quotation marks"),
    ],
)
def test_an_exercise_that_is_not_there_is_answered_in_one_line(asked, said, capsys):
    check(asked, 1)
    (line,) = capsys.readouterr().out.splitlines()
    assert said in line
