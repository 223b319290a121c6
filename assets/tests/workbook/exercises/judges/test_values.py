"""judge_value: what counts as the same value."""

from __future__ import annotations

import pytest
from workbook.exercises.judges.values import judge_value
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
