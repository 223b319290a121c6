"""Records as a batch gives them: good and bad ones, and such as an attacker would like to have."""

from __future__ import annotations

from workbook.exercises.model import NOT_ATTEMPTED, NOT_YET, RIGHT
from workbook.grading.facts.record import (
    FAILED,
    GRADED,
    GRADER_ERROR,
    NOT_PYTHON,
    TOO_LARGE,
    UNKNOWN_LESSON,
    UNREADABLE,
    ExerciseResult,
    Record,
)

SCRIPT = "<script>document.title = 'ran'</script><img src=x onerror=alert(1)>"
HOSTILE = (
    SCRIPT,
    '=HYPERLINK("http://evil.example","click")',
    "\x1b]8;;http://evil.example\x07\x1b[31mred\x1b[0m",
    "kim\u202egnp.exe",
    "</style></title><base href=//evil.example>",
    "{{ 1 + 1 }}{% raw x %}",
    "-1+1|cmd",
    "a\r\nb,c\t\"d';e",
    "\udcff half a character",
    "👩‍💻 " + "가" * 30,
    "x" * 5000,
)


def exercise(number, verdict=RIGHT, possible=1.0, **more):
    points = possible if verdict == RIGHT else 0.0
    return ExerciseResult(f"04-{number}", verdict, points, possible, **more)


def record(learner="kim", verdict=GRADED, **more):
    given = {"lesson": "04", "file": f"{learner}/04_compile_and_inspect.ipynb", "seconds": 0.2}
    if verdict == GRADED:
        given["exercises"] = (*map(exercise, (1, 2, 3)), exercise(4, possible=2.0))
    return Record(f"{learner}-{given['lesson']}", learner, verdict=verdict, **(given | more))


def hostile(text):
    """Every text of it is the stranger's."""
    bad = exercise(1, NOT_YET, text=text, hint=text, line=text, detail=text)
    return record(text, file=text, text=text, notes=(text, text), exercises=(bad,))


def refused(text):
    return record(text, GRADER_ERROR, text=text, notes=(text,), file=text, lesson="")


def usual(learner, worked=2):
    """A learner who solved some."""
    seen = "the templates are right; sort the list."
    return record(
        learner,
        exercises=(
            exercise(1) if worked > 0 else exercise(1, NOT_ATTEMPTED),
            exercise(2)
            if worked > 1
            else exercise(2, NOT_YET, text=seen, hint="Who decides what runs after what?"),
            exercise(3)
            if worked > 2
            else exercise(
                3,
                FAILED,
                text="KeyError: 'outputs'",
                line='output_file = template("add")["outputs"]["parameters"][0]["path"]',
                hint="A program in a Pod ends; what can outlive it that others may read?",
                detail="Traceback (most recent call last):\n  cell exercise-04-3, line 2\nKeyError",
            ),
            exercise(4, possible=2.0)
            if worked > 3
            else exercise(
                4,
                NOT_YET,
                2.0,
                text="multiply waits for add and subtract; asked for is one addition.",
                hint="How many additions are needed if one result is used twice?",
                detail="run with value_1 = 7, value_2 = -2: multiply gave 35, not 25",
            ),
        ),
        notebook="",
    )


def batch(size=300):
    """Like a real one: three lessons, some to look at by hand."""
    people = [
        record("lee", UNREADABLE, text="line 1, column 1: not JSON: it looks like a PDF"),
        record("park", TOO_LARGE, text="it is larger than 64 MiB"),
        record("choi", NOT_PYTHON, text="its kernel is for R"),
        record("jung", UNKNOWN_LESSON, lesson="", text="the lesson can't be told: x.ipynb"),
    ]
    many = [usual(f"learner {n:03}", worked=(n * 7) % 5) for n in range(size - len(people))]
    return [*many, *people]
