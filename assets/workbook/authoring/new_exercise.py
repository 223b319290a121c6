"""A new exercise has four places: the lesson's solution, the lesson's module of `exercises`, the
wrong answers among the tests, and the rubric. Here each is made, so that none is forgotten. Each
ends in something that a gate refuses until it is written: an empty solution, a judge that raises
and hints without words, no wrong answers, no points.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from workbook.authoring.lessons import BuildError, find_lessons
from workbook.paths import REPOSITORY

ID = re.compile(r"(\d\d)-([1-9]\d?)", re.ASCII)
ENDS = ("## Recap", "## Quiz")  # what comes after the exercises of a lesson
CODE = """### BEGIN SOLUTION
### END SOLUTION
check("{id}", ...)
"""
JUDGE = """def _judge_{name}(answer: Any) -> Finding:
    raise NotImplementedError("write the judge of {id}")


"""
EXERCISE = """    Exercise(
        "{id}",
        "value",
        _judge_{name},
        ("", "", ""),  # a question, the API to look at, nearly the code
    ),
"""


def make(exercise_id: str, root: Path = REPOSITORY) -> list[Path]:
    """Make the places of an exercise, before the quiz of its lesson. Returns the four files.

    Raises BuildError, and changes nothing, for an id that isn't like 04-5, a lesson that doesn't
    exist, an exercise that does, and a file in which the place isn't found.
    """
    asked = ID.fullmatch(exercise_id)
    if asked is None:
        raise BuildError(f"an exercise is called like 04-5, not {exercise_id}")
    (lesson,) = find_lessons([asked[1]], root)
    places: dict[Path, Callable[[str, str], str]] = {
        lesson.solution: _in_solution,
        _module(root, lesson.number): _in_module,
        root / f"assets/tests/support/answers/answers_{lesson.number}.py": _in_answers,
        root / "solutions" / "rubric.yaml": _in_rubric,
    }
    written = {}
    for file, add in places.items():
        text = file.read_text(encoding="utf-8")
        if re.search(rf"\b{exercise_id}\b", text):
            raise BuildError(f"{file.relative_to(root)} has an exercise {exercise_id} already")
        try:
            written[file] = add(text, exercise_id)
        except LookupError:
            where = file.relative_to(root)
            raise BuildError(f"{where}: there is no quiz before which it could stand") from None
    for file, text in written.items():
        file.write_text(text, encoding="utf-8", newline="\n")
    return list(written)


def _module(root: Path, number: str) -> Path:
    lesson = root / "assets" / "workbook" / "exercises" / f"lesson_{number}"
    return lesson / "__init__.py" if lesson.is_dir() else lesson.with_suffix(".py")


def _in_solution(text: str, exercise_id: str) -> str:
    notebook = json.loads(text)
    cells, number = notebook["cells"], exercise_id.partition("-")[2]
    headings = [i for i, cell in enumerate(cells) if "".join(cell["source"]).startswith(ENDS)]
    if not headings:
        raise LookupError(ENDS)
    place = headings[0]
    prose = {"cell_type": "markdown", "id": f"exercise-{number}", "metadata": {}}
    code: dict[str, Any] = {
        "cell_type": "code",
        "execution_count": None,
        "id": f"exercise-{exercise_id}",
        "metadata": {},
        "outputs": [],
    }
    cells[place:place] = [
        prose | {"source": _lines(f"### Exercise {exercise_id}: ...")},
        code | {"source": _lines(CODE.format(id=exercise_id).rstrip())},
        prose | {"id": f"hint-{number}", "source": _lines(f'Stuck? `hint("{exercise_id}")`')},
    ]
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def _in_module(text: str, exercise_id: str) -> str:
    name = exercise_id.replace("-", "_")
    quiz = f'    Exercise(\n        "{exercise_id[:2]}-quiz",'
    text = _before(text, quiz, EXERCISE.format(id=exercise_id, name=name))
    return _before(text, "EXERCISES = (", JUDGE.format(id=exercise_id, name=name))


def _in_answers(text: str, exercise_id: str) -> str:
    return _before(text, f'    "{exercise_id[:2]}-quiz": [', f'    "{exercise_id}": [],\n')


def _in_rubric(text: str, exercise_id: str) -> str:
    return _before(text, f"    {exercise_id[:2]}-quiz:", f"    {exercise_id}:\n")


def _before(text: str, place: str, new: str) -> str:
    """Raises LookupError where the place isn't in the text."""
    before, found, after = text.partition(place)
    if not found:
        raise LookupError(place)
    return before + new + found + after


def _lines(source: str) -> list[str]:
    return source.splitlines(keepends=True)
