"""Lesson 06: pass data."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from workbook.exercises.dice import Dice
from workbook.exercises.judges.components import component_outputs, judge_component
from workbook.exercises.judges.quiz import quiz
from workbook.exercises.judges.runs import succeeded
from workbook.exercises.judges.values import judge_value
from workbook.exercises.judges.workflows import judge_workflow, step_outputs
from workbook.exercises.lesson_06.daily_highs import HIGHS, judge_daily_highs, readings, see_highs
from workbook.exercises.model import RIGHT, Case, Exercise, Finding, Trial, not_yet, right
from workbook.language import _

DIGITS, BETWEEN = re.compile(r"\d+"), re.compile(r"[\s;|]+")  # 1,000 may be one number or two
UNREADABLE = re.compile("[\ufffd\\0-\\x08]")  # in what is no text
SHOUTS = (
    ({"text": "quiet, please"}, {"loud": "QUIET, PLEASE"}),
    ({"text": "  Ren\u00e9e said: NO  "}, {"loud": "  REN\u00c9E SAID: NO  "}),
)
DIVISIONS = (
    ({"a": 7, "b": 2}, {"quotient": "3", "remainder": "1"}),
    ({"a": 12, "b": 5}, {"quotient": "2", "remainder": "2"}),
    ({"a": 3, "b": 4}, {"quotient": "0", "remainder": "3"}),
    # more digits than a float has
    ({"a": 10**18 - 1, "b": 7}, {"quotient": "142857142857142857", "remainder": "0"}),
)
SUMS = tuple(({"count": n}, {"add-up": str(n * (n + 1) // 2)}) for n in (4, 60_000))


LETTERS = ("\u00e9", "\u00fc", "\u00f1", "\u00c5", "\u0161")  # that have a capital beyond ASCII


def _lines(dice: Dice) -> dict[str, Any]:
    """Lines with small and capital letters, some beyond ASCII, a number, and spaces around them."""
    words = [dice.word(), dice.word().upper(), dice.word().title(), str(dice.below(100))]
    words.append(dice.one_of(LETTERS) + dice.word())
    return {"text": f"  {' '.join(dice.shuffled(words))}  \n{dice.word()}. "}


def _shout(answer: Mapping[str, Any], cases: Sequence[Case]) -> Finding:
    return judge_component(answer, {"text": "String"}, {"loud": "String"}, cases)


def _by_file(answer: Any) -> Finding:
    return judge_value(
        answer,
        ["size-by-file", "size-by-file-2"],
        causes=[
            (["size-by-file-2", "size-by-file"], _("the right names; sort the list.")),
            (
                ["size-by-file"],
                _("one more finds a file: a constant for an InputPath is laid down as one too."),
            ),
            (
                ["size-by-file-2"],
                _("one more finds a file: raw is one way to get it, from is the other."),
            ),
            (
                ["measure", "size-by-file", "size-by-file-2", "size-by-value"],
                _("those leave an artifact; asked for are those that find one: inputs."),
            ),
            (["measure"], _("it writes a file; asked for are those that find one.")),
            (
                ["size-by-value"],
                _("its input is a parameter, so it finds text on its command line."),
            ),
        ],
        expects=_("those are not the templates whose inputs have artifacts."),
    )


def _divide(answer: Mapping[str, Any], cases: Sequence[Case]) -> Finding:
    outputs = {"quotient": "Integer", "remainder": "Integer"}
    return judge_component(answer, {"a": "Integer", "b": "Integer"}, outputs, cases)


def _holds(written: str, count: int) -> bool:
    """Whether so many different numbers stand in a text, in whatever format."""
    if UNREADABLE.search(written):  # pickled or compressed they are still longer
        return len(written) >= count // 10
    words = {word for word in BETWEEN.split(written) if any(map(str.isdigit, word))}
    return max(len(words), len(set(DIGITS.findall(written)))) >= count


def _sum_of_numbers(answer: Mapping[str, Any], cases: Sequence[Case]) -> Finding:
    steps = {"write-numbers": (), "add-up": ("write-numbers",)}
    found = judge_workflow(answer, steps, cases)
    if found.verdict != RIGHT:
        return found
    templates = {template["name"]: template for template in answer["spec"]["templates"]}
    if "artifacts" not in templates["add-up"].get("inputs", {}):  # they met elsewhere
        return not_yet(
            _(
                "the sum is right, but no file goes from one to the other: add-up has no artifact "
                "among its inputs, and on a cluster the two Pods share no disk."
            )
        )
    arguments = max((arguments for arguments, _wanted in cases), key=lambda each: each["count"])
    written = " ".join(succeeded(answer, arguments).outputs["write-numbers"].values())
    if not _holds(written, arguments["count"]):
        return not_yet(
            _(
                "the sum is right, but the file of write-numbers has {size} characters for {count} "
                "numbers: it should hold the numbers themselves."
            ).format(size=len(written), count=arguments["count"])
        )
    return right()


QUIZ = {
    "1": (
        "b",
        {
            "a": _(
                "the task that produces the output also saves the parameter; it fails there, "
                "before any of the ten can start."
            ),
            "c": _(
                "each consumer decides for itself, and one of them makes the output a "
                "parameter as well."
            ),
        },
    ),
    "2": (
        "c",
        {
            "a": _("kfp compares declared types. A constant string has none; it passes as it is."),
            "b": _("the hint makes the program read an int from it, and that fails."),
        },
    ),
    "3": (
        "a",
        {
            "b": _("the order of lines says nothing: without a dependency both start."),
            "c": _(
                "ReadWriteOnce means one machine, on which both may run at once; and who "
                "would come first?"
            ),
        },
    ),
}


EXERCISES = (
    Exercise(
        "06-1",
        "component",
        _shout,
        (
            _("Inside the function you have a path; what is the output called outside?"),
            _("A parameter loud_path: OutputPath(str) makes an output loud; write the file there."),
            _("def shout(text: str, loud_path: OutputPath(str)), and open(loud_path, 'w')"),
        ),
        Trial(SHOUTS, component_outputs, _lines),
    ),
    Exercise(
        "06-2",
        "value",
        _by_file,
        (
            _("What does a template have among its inputs if Argo lays a file down for it?"),
            _("templates['size-by-file']['inputs'] has a key artifacts; some have no inputs."),
            _("sorted(name for name, t in templates.items() if 'artifacts' in t.get(...))"),
        ),
    ),
    Exercise(
        "06-3",
        "component",
        _divide,
        (
            _("How many values does a function return, and which type has names for several?"),
            _("NamedTuple('Division', [('quotient', int), ...]) as the hint; // and % divide."),
            _("-> NamedTuple('Division', [(...), ('remainder', int)]): return (a // b, ...)"),
        ),
        Trial(DIVISIONS, component_outputs),
    ),
    Exercise(
        "06-4",
        "workflow",
        _sum_of_numbers,
        (
            _("What outlives the Pod of write_numbers: its file, or what it returns?"),
            _("OutputPath in the one, InputPath in the other; both open the path they are given."),
            _("write_numbers(count: int, numbers_path: OutputPath(str)), and no return"),
        ),
        Trial(SUMS, step_outputs("add-up")),
    ),
    Exercise(
        "06-5",
        "workflow",
        judge_daily_highs,
        (
            _("Which names make the files come in the order of the days, also the tenth?"),
            _("os.makedirs(days_path), files like 00003.txt in it, sorted(os.listdir(days_path))."),
            _("readings[first : first + 24] for first in range(0, len(readings), 24) is a day."),
        ),
        Trial(HIGHS, see_highs, readings),
    ),
    Exercise(
        "06-quiz",
        "value",
        quiz(QUIZ),
        (
            _("Who saves a parameter, who compares types, and what makes one task wait?"),
            _("Read again: who decides, the producer or the consumer; types; a shared disk."),
            _("A parameter is saved by the giver; a constant isn't compared; pvolume orders."),
        ),
    ),
)
