"""What a check says to answers that once sent learners the wrong way."""

from __future__ import annotations

import json
from inspect import Parameter, Signature
from pathlib import Path

import pytest
from kfp.components import create_component_from_func
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
        ("00-3", "python -m pip install kfp==1.8.24", "leave pip install out"),
        ("02-3", "kubectl port-forward svc/a-service 9000:80", "only the two ports"),
        ("02-4", None, "a list's sort"),
    ],
)
def test_the_finding_names_the_cause(exercise, answer, said):
    assert said in find(EXERCISES[exercise], answer, {}).text


def test_a_workflow_that_str_wrote_is_told_from_json():
    asked = [{"name": "value_1", "value": "10"}, {"name": "value_2", "value": "4"}]
    answer = body(workflow_manifest=str({"kind": "Workflow"}), parameters=asked)
    assert "json.dumps writes JSON" in find(EXERCISES["05-3"], answer, {}).text
    answer = body(workflow_manifest=json.dumps(json.dumps({})), parameters=asked)
    assert "it holds no object" in find(EXERCISES["05-3"], answer, {}).text
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


RIGHT_IN_OTHER_WORDS = [
    ("00-3", "KFP===1.8.24"),
    ("00-3", "'kfp==1.8.24'"),
    ("00-3", "-U kfp==1.8.24"),
    ("00-quiz", {1: "b: Restart Kernel and Run All Cells.", 2: "c", 3: "A: In its folder."}),
    ("01-3", {"Parameter": True, "Variable": False, "Environment": False, "File": False}),
    ("03-2", {"task": "Add fee", "exception": 'TypeError: can only concatenate str (not "int")'}),
    ("03-2", {"Task": "ADD_FEE", "Exception": " builtins.TypeError"}),
    ("04-3", Path("/tmp/outputs/Output/data")),
    ("04-3", " /tmp/outputs/Output/data"),
]


@pytest.mark.parametrize(("exercise", "answer"), RIGHT_IN_OTHER_WORDS)
def test_a_right_answer_in_other_words_is_right(exercise, answer):
    assert find(EXERCISES[exercise], answer, {}).verdict == "right"


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        ("00-3", "kfp==1.8.2 4 -U kfp"),
        ("00-3", "kfp====1.8.24"),
        ("00-quiz", {1: "a: b", 2: "c", 3: "a"}),
        ("00-quiz", {1: "b or c: either", 2: "c", 3: "a"}),
        ("03-2", {"task": "add-fee", "exception": "NameError: TypeError"}),
        ("03-2", {"task": "fee", "exception": "TypeError"}),
    ],
)
def test_what_only_looks_like_it_is_not(exercise, answer):
    assert find(EXERCISES[exercise], answer, {}).verdict == "not yet"


def greet(name: str) -> str:
    return f"Hello, {name}"


def shout(text: str) -> str:
    return text.upper()


HINTED = create_component_from_func(greet)  # by strings: this file's __future__ makes them
greet.__annotations__ = shout.__annotations__ = {"name": str, "text": str, "return": str}
GREET, SHOUT = map(create_component_from_func, (greet, shout))


def loud(connect, parameter="name", hint=str):
    def loud_greeting(*given):
        connect(*given)

    loud_greeting.__signature__ = Signature(
        [Parameter(parameter, Parameter.POSITIONAL_OR_KEYWORD, annotation=hint)]
    )
    return loud_greeting


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (loud(lambda name: SHOUT(GREET(name).output.upper())), "there is no value yet"),
        (loud(lambda name: SHOUT(GREET(name).Output)), "Write .output after the task"),
        (loud(lambda name: SHOUT(GREET(name).output), hint="str"), "hint in quotation marks"),
        (loud(lambda name: SHOUT(GREET(name).output + "!")), "'str'. In a pipeline"),
    ],
)
def test_what_does_not_compile_is_told_with_its_cure(answer, said):
    assert said in find(EXERCISES["01-4"], answer, {}).text


def test_a_parameter_of_another_name_is_told_without_the_servers_words():
    answer = loud(lambda name: SHOUT(GREET(name).output), "person")
    text = find(EXERCISES["01-4"], answer, {}).text
    assert text == "the pipeline has no parameter name; asked for are name."


def test_a_components_hints_in_quotation_marks_are_told():
    assert "hint in quotation marks" in find(EXERCISES["03-1"], HINTED, {}).text
