"""`check` and `hint`: what a learner calls. They print one line and never raise."""

from __future__ import annotations

from typing import Any, Protocol


class Checker(Protocol):
    """What becomes of an answer: in a lesson it is judged at once (`exercises.judging`); while a
    notebook is graded it is only taken down (`grading.sandbox.inside.recording`)."""

    def check(self, exercise_id: str, answer: Any, given: dict[str, Any]) -> None: ...

    def hint(self, exercise_id: str) -> None: ...


_checker: Checker | None = None


def check_by(checker: Checker) -> None:
    """Let `checker` do what is asked from now on."""
    global _checker
    _checker = checker


def check(exercise_id: str, answer: Any, **given: Any) -> None:
    """Say whether the answer to an exercise is right, not yet, or not attempted.

    `given` are the lesson's parameters, where the exercise depends on them.
    """
    if _checker:
        _checker.check(exercise_id, answer, given)


def hint(exercise_id: str) -> None:
    """Print the next of the three hints; after the third, all of them have been seen."""
    if _checker:
        _checker.hint(exercise_id)
