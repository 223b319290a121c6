"""The mutation gate: whether a mutant of a solution is told from it, whatever a batch draws."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from tests.support.mutants.change import Mutant, mutants
from tests.support.mutants.equal import reason
from tests.support.mutants.solved import Solved, solved
from tests.support.mutants.texts import TEXTS
from workbook.exercises import EXERCISES
from workbook.exercises.model import RIGHT, Case
from workbook.grading.rubric.rubric import load_rubric

RUN = [exercise_id for exercise_id, exercise in EXERCISES.items() if exercise.trial]


@dataclass(frozen=True)
class Tried:
    """A mutant, and in how many of the batches it was taken for right."""

    what: str
    batches: int
    survived: int

    @property
    def rate(self) -> float:
        """The share of the batches in which it was found out."""
        return 1 - self.survived / self.batches


def tried(exercise_id: str, seeds: Sequence[int]) -> list[Tried]:
    """Each mutant of a solution that changes its result, on what each of the seeds draws."""
    solution = solved(exercise_id)
    right = _data(solution, solution.source)
    found = []
    for mutant in _mutants(solution):
        if reason(exercise_id, mutant.what):
            continue
        try:
            answer = _data(solution, mutant.source)
        except Exception:  # it doesn't even give an answer
            found.append(Tried(mutant.what, len(seeds), 0))
            continue
        if _bare(answer) == _bare(right):
            continue
        fixed = _fixed(exercise_id)  # the same in each batch
        survived = 0
        if not fixed or _is_right(exercise_id, answer, fixed):
            survived = sum(
                _is_right(exercise_id, answer, _drawn(exercise_id, seed)) for seed in seeds
            )
        found.append(Tried(mutant.what, len(seeds), survived))
    return found


def is_right(exercise_id: str, answer: Any, seed: int) -> bool:
    """Whether an answer is taken for right in the batch of a seed."""
    cases = [*_fixed(exercise_id), *_drawn(exercise_id, seed)]
    return _is_right(exercise_id, answer, cases)


def _is_right(exercise_id: str, answer: Any, cases: Sequence[Case]) -> bool:
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            return EXERCISES[exercise_id].find(answer, {}, cases).verdict == RIGHT
        except Exception:  # of a judge, on a forged answer: `not yet`, as check and grader say
            return False


def _fixed(exercise_id: str) -> Sequence[Case]:
    trial = EXERCISES[exercise_id].trial
    assert trial
    return trial.cases if load_rubric().as_in_check(exercise_id) else ()


@cache
def _drawn(exercise_id: str, seed: int) -> Sequence[Case]:
    """On what the answers of a batch are run besides, as the grader makes it out."""
    trial, solution = EXERCISES[exercise_id].trial, solved(exercise_id)
    assert trial
    answer = _data(solution, solution.source)
    drawn = load_rubric().arguments(exercise_id, trial, seed)
    return [(each, trial.observe(answer, each)) for each in drawn]


def _mutants(solution: Solved) -> Iterator[Mutant]:
    yield from mutants(solution.source, solution.lines)
    for old, new in TEXTS.get(solution.exercise_id, ()):
        assert old in solution.source, old
        yield Mutant(f"`{old}` -> `{new}`", solution.source.replace(old, new, 1))


def _data(solution: Solved, source: str) -> Any:
    with contextlib.redirect_stdout(io.StringIO()):  # kfp prints what it can't strip
        return solution.answer(source)


def _bare(answer: Any) -> Any:
    """Without the time of the compilation."""
    if isinstance(answer, dict) and "metadata" in answer:
        return json.dumps(answer["spec"], sort_keys=True)
    return answer
