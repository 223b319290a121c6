"""A solution with one mistake in it is not yet right, whatever a batch draws; another style is."""

from __future__ import annotations

import pytest
from tests.support.mutants import gate
from tests.support.mutants.place import prepared
from tests.support.wrong_answers import ALSO_RIGHT
from workbook.exercises import EXERCISES
from workbook.kernel import answers

pytestmark = pytest.mark.slow
SEEDS = range(1, 6)


@pytest.fixture(scope="module", autouse=True)
def place():
    with prepared():
        yield


@pytest.mark.parametrize("exercise_id", gate.RUN)
def test_each_mutant_of_a_solution_is_not_yet_right_in_any_batch(exercise_id):
    found = gate.tried(exercise_id, SEEDS)
    assert len(found) > 1
    assert [f"{each.survived}: {each.what}" for each in found if each.survived] == []


@pytest.mark.parametrize("exercise_id", gate.RUN)
def test_each_right_answer_in_another_style_is_right_in_every_batch(exercise_id):
    for known, answer in ALSO_RIGHT:
        if known == exercise_id:
            data = answers.KINDS[EXERCISES[exercise_id].kind](answer)
            assert [seed for seed in SEEDS if not gate.is_right(exercise_id, data, seed)] == []
