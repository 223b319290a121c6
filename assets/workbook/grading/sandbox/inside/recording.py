"""What `check` and `hint` do while a notebook is graded.

`check` only takes down the answer as data, in a file: it is judged somewhere else, by the
judges that are not in the sandbox. The last call for an exercise counts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workbook.kernel import answers
from workbook.language import _

_kinds: dict[str, str] = {}  # exercise -> the kind of its answer
_taken: set[str] = set()
_folder = Path()


def begin(folder: Path, kinds: Mapping[str, str]) -> None:
    """Write answers into `folder` from now on, as `EXERCISE.json`, for the exercises of `kinds`."""
    global _folder
    _folder = folder
    _kinds.update(kinds)


def check(exercise_id: str, answer: Any, given: dict[str, Any]) -> None:
    if exercise_id not in _kinds:
        print(_("There is no exercise {id!r} in this lesson.").format(id=exercise_id))
        return
    take(exercise_id, answer)
    print(_("{id}  taken: it is judged after your notebook has run").format(id=exercise_id))


def hint(exercise_id: str) -> None:
    print(_("{id}: there are no hints while your notebook is graded").format(id=exercise_id))


def take(exercise_id: str, answer: Any) -> None:
    """Write one answer down: `{"answer": data}`, `{"wrong": sentence}`, or `{}` for the stub."""
    try:
        if answers.untouched(answer):
            found = {}
        else:
            found = {"answer": answers.KINDS[_kinds[exercise_id]](answer)}
        text = json.dumps(found)
    except answers.WrongKind as error:
        text = json.dumps({"wrong": str(error)})
    except Exception as error:  # the learner's object may do anything when it is looked at
        text = json.dumps({"wrong": f"{type(error).__name__}: {error}"})
    (_folder / f"{exercise_id}.json").write_text(text, encoding="ascii")
    _taken.add(exercise_id)


def take_missing(expressions: Mapping[str, str], names: dict[str, Any]) -> None:
    """Where a learner deleted the `check`, take what its argument, by the solution, is bound to."""
    for exercise_id, expression in expressions.items():
        if exercise_id not in _taken:
            try:
                answer = eval(expression, names)
            except Exception:  # not bound: not attempted
                continue
            take(exercise_id, answer)
