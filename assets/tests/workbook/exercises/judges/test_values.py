"""judge_value: what counts as the same value."""

from __future__ import annotations

import pytest
from workbook.exercises.judges.values import judge_value, same_output
from workbook.exercises.model import NOT_YET, RIGHT


@pytest.mark.parametrize(
    ("answer", "expected", "verdict"),
    [
        (1, 1, RIGHT),
        (1.0, 1, RIGHT),
        (True, True, RIGHT),
        (True, 1, NOT_YET),
        (1, True, NOT_YET),
        (False, 0, NOT_YET),
        ("1", 1, NOT_YET),
    ],
)
def test_a_number_is_equal_to_a_number_and_never_to_a_truth_value(answer, expected, verdict):
    assert judge_value(answer, expected).verdict == verdict


def test_a_truth_value_does_not_get_the_cause_of_a_number():
    assert "half" not in judge_value(True, 2, [(1, "that is half of it")]).text


@pytest.mark.parametrize(
    ("given", "wanted", "same"),
    [
        ("a b", "a b", True),
        ("a  b", "a b", False),
        ("37.500000001", "37.5", False),
        ("166.66666666666669", "166.66666666666666", True),
        ("16.0", "16", False),
        ('{\n  "b": [1, 2],\n  "a": "x"\n}', '{"a": "x", "b": [1, 2]}', True),
        ("[1,2]", "[1, 2]", True),
        ("[2, 1]", "[1, 2]", False),
        ("[1.0, 2]", "[1, 2]", False),
        ("[true]", "[1]", False),
        ('{"a": "x y"}', '{"a": "x  y"}', False),
        ("['a']", '["a"]', False),
        ("[a list of nothing]", "[a  list of nothing]", False),  # no JSON, either of them
        ("[" * 100_000, "[1]", False),
    ],
)
def test_an_output_is_the_same_text_the_same_json_or_the_same_number(given, wanted, same):
    assert same_output(given, wanted) == same
