"""Lesson 09: when it fails."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import localkfp

from workbook.exercises.dice import Dice
from workbook.exercises.judges.quiz import quiz
from workbook.exercises.judges.runs import LONGEST, run_succeeded, succeeded
from workbook.exercises.judges.words import one_line, spoken_arguments
from workbook.exercises.judges.workflows import graph, judge_workflow, step_outputs
from workbook.exercises.model import (
    NOT_YET,
    Case,
    Exercise,
    Finding,
    Trial,
    not_attempted,
    not_yet,
    right,
)
from workbook.language import _

KEY = "activeDeadlineSeconds"  # of a Workflow, or of one of its templates
EXCEEDED = "deadline"  # in Argo's messages
DEADLINE = 5  # seconds that unload has in 09-4, as the lesson hands it out
# Where the faults are in what the lesson hands out, by lines of the programs: a pipeline that is
# wrong and has all of these was not fixed.
WEEK = ('"n/a" if day % 7 == 6 else', "return sum(int(number) for number in sold.split())")
# the whole of it: to find out by running would take as long as the deadline
LORRY = (
    """def unload(boxes):
    import time

    trips = 0
    while boxes != 0:
        print(boxes, "boxes left", flush=True)
        time.sleep(0.1)
        boxes -= 2
        trips += 1
    return trips
""",
)
NIGHT = (
    "(orders, counts_path):\n    words = orders.split()\n    with open",
    "    if len(counts) > 1:\n        with open(name_path",
    "return str(len(orders.split()) * price)",
    'dest="price", type=str',
)
SOLD = {3: "10 11 12", 7: "10 11 12 13 14 15 0", 14: " ".join(["10 11 12 13 14 15 0"] * 2)}
WEEKS = tuple(
    ({"days": days}, {"read-till": text, "add-up": str(sum(map(int, text.split())))})
    for days, text in SOLD.items()
)
# from here on the second of a case is the last line that a step prints
WORDS: tuple[Case, ...] = (({"word": "cake"}, "CAKE"), ({}, "TEA"))
TRIPS = tuple(({"boxes": n}, text) for n, text in {8: "4", 7: "4", 1: "1", 0: "0", 13: "7"}.items())
NIGHTS = (
    ({"orders": "tea tea tea", "price": 5}, "tea, to pay: 15"),
    ({"orders": "tea bun cake bun", "price": 4}, "bun, to pay: 16"),
    ({"orders": "cake", "price": 3}, "cake, to pay: 3"),
)


def _week(answer: Mapping[str, Any], cases: Sequence[Case]) -> Finding:
    steps = {"read-till": [], "add-up": ["read-till"], "say": ["add-up"]}
    return _unless_untouched(answer, WEEK, judge_workflow(answer, steps, cases))


MOMENTS = {
    "compile": _("kfp compares and calls in your kernel; no server has heard of it yet."),
    "submit": _("a server answered, so it was sent; and no Pod of yours has run."),
    "run": _("a program had been started, and this is how it ended."),
}
MESSAGES = {
    letter: (moment, {other: MOMENTS[moment] for other in MOMENTS if other != moment})
    for letter, moment in zip(
        "ABCDEF", ("compile", "run", "submit", "submit", "compile", "run"), strict=True
    )
}


def _by_hand(answer: Any, cases: Sequence[Case]) -> Finding:
    if not isinstance(answer, str):
        return not_yet(
            _("you gave a {kind}; asked for is the Workflow as text.").format(
                kind=type(answer).__name__
            )
        )
    try:
        localkfp.load(answer)
    except localkfp.WorkflowError as error:
        return not_yet(_("it would not start: {error}").format(error=one_line(str(error), LONGEST)))
    return _judge_last_line(answer, "repeat", cases)


def _lorry(answer: Mapping[str, Any], cases: Sequence[Case]) -> Finding:
    limited = [each for each in [answer["spec"], *answer["spec"]["templates"]] if KEY in each]
    deadlines = [int(each[KEY]) for each in limited]
    untouched = graph(answer) == {"unload": [], "say": ["unload"]} and deadlines == [DEADLINE]
    if not graph(answer) or (untouched and _as_handed_out(answer, LORRY)):
        return not_attempted()
    if not deadlines:
        return not_yet(_("no step has a deadline any more: one that never ends would run on."))
    found = _judge_last_line(_with_deadlines(answer), "say", cases)
    if found.verdict == NOT_YET and max(deadlines) > DEADLINE and EXCEEDED in found.text:
        return not_yet(
            _(
                "the deadline is now {deadline} seconds; {before} are plenty. Read in the log how "
                "many boxes were left: when would it stop?"
            ).format(deadline=max(deadlines), before=DEADLINE)
        )
    return found


def _with_deadlines(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The Workflow, no deadline longer than the lesson's: what ends, ends within that."""
    copy: dict[str, Any] = json.loads(json.dumps(manifest))
    for each in [copy["spec"], *copy["spec"]["templates"]]:
        if KEY in each:
            each[KEY] = min(int(each[KEY]), DEADLINE)
    return copy


def _night(answer: Mapping[str, Any], cases: Sequence[Case]) -> Finding:
    if not graph(answer):
        return not_attempted()
    repeated = _("text times a number is the text, repeated.")
    causes = {"tea, to pay: 555": repeated}
    return _unless_untouched(answer, NIGHT, _judge_last_line(answer, "report", cases, causes))


def _orders(dice: Dice) -> dict[str, Any]:
    """Orders of which one is the most frequent, neither first nor last by its letters, and a
    price."""
    first, favourite, last = sorted(dice.word() for _ in range(3))
    words = dice.shuffled([favourite] * 4 + [dice.one_of((first, last)) for _ in range(3)])
    return {"orders": " ".join(words), "price": dice.between(2, 99)}


def _last_line(step: str) -> Callable[[Any, Mapping[str, Any]], str]:
    return lambda answer, arguments: succeeded(answer, arguments).logs[step].splitlines()[-1]


def _unless_untouched(answer: Mapping[str, Any], lines: Sequence[str], found: Finding) -> Finding:
    """What was found, but for a wrong pipeline in which nothing was fixed."""
    wrong = found.verdict == NOT_YET
    return not_attempted() if wrong and _as_handed_out(answer, lines) else found


def _as_handed_out(answer: Mapping[str, Any], lines: Sequence[str]) -> bool:
    templates = answer["spec"]["templates"]
    programs = "\n".join(
        str(word) for each in templates for word in each.get("container", {}).get("command", ())
    )
    return all(line in programs for line in lines)


def _judge_last_line(
    workflow: Mapping[str, Any] | str,
    step: str,
    cases: Sequence[Case],
    causes: Mapping[str, str] | None = None,
) -> Finding:
    """Judge a Workflow by the last line in the log of a step; `causes` says of a wrong line what
    probably led to it."""
    for arguments, wanted in cases:
        words = spoken_arguments(arguments)
        result = run_succeeded(workflow, arguments, words)
        if isinstance(result, Finding):
            return result
        if step not in result.logs:
            return not_yet(
                _("the run has no step {step}; its steps: {steps}.").format(
                    step=step, steps=", ".join(sorted(result.logs)) or _("none")
                )
            )
        given = result.logs[step].splitlines()[-1]
        if given != wanted:
            return not_yet(
                _(
                    "run with {arguments}, {step} prints {given!r}; it should print {wanted!r}."
                ).format(arguments=words, step=step, given=f"{given:.100}", wanted=wanted)
                + (f" {_('Why')}: {causes[given]}" if causes and given in causes else "")
            )
    return right()


QUIZ = {
    "1": (
        "b",
        {
            "a": _("there is no run, so the dashboard has nothing to show."),
            "c": _("no Pod was started: the compiler complained, in your kernel."),
        },
    ),
    "2": (
        "c",
        {
            "a": _("deploy was omitted because train failed; its wiring is in order."),
            "b": _("137 is a kill from outside: where it struck is chance."),
        },
    ),
    "3": (
        "c",
        {
            "a": _("it waits for an image that isn't there, and nothing will end that."),
            "b": _("no container has started, so nobody has written a log."),
        },
    ),
}


EXERCISES = (
    Exercise(
        "09-1",
        "workflow",
        _week,
        (
            _("What did add-up get, and is that what read-till promises?"),
            _('show(client, run, "add-up") has its inputs; read_till has a docstring.'),
            _('In read_till, write "0" in place of "n/a".'),
        ),
        Trial(WEEKS, step_outputs("read-till", "add-up")),
    ),
    Exercise(
        "09-2",
        "value",
        quiz(MESSAGES),
        (
            _("Who says it: Python about your lines, a server, or a program in a Pod?"),
            _("Error 1366 is a database's, RBAC a gate's, and a deadline is Argo's, for a Pod."),
            _("A and E are alike, and so are C and D, and B and F."),
        ),
    ),
    Exercise(
        "09-3",
        "value",
        _by_hand,
        (
            _("Which line and column does the complaint name, and what do its neighbours have?"),
            _("run = submit(fixed_yaml), then steps(run): each answer names the next fault."),
            _("A colon after name; shuot is shout; the file that is written is /tmp/loud."),
        ),
        Trial(WORDS, _last_line("repeat")),
    ),
    Exercise(
        "09-4",
        "workflow",
        _lorry,
        (
            _("Would it have ended after ten seconds, or after an hour?"),
            _("From 7, two at a time: 1, then -1, which is not 0 either."),
            _("while boxes > 0, in unload; everything else may stay."),
        ),
        Trial(TRIPS, _last_line("say")),
    ),
    Exercise(
        "09-5",
        "workflow",
        _night,
        (
            _("Which step failed first, and what does the last line of its log say?"),
            _("steps(run) after each fix; at the end show(client, run, 'bill')."),
            _("import json in count; favourite writes on every path; price: int in bill."),
        ),
        Trial(NIGHTS, _last_line("report"), _orders),
    ),
    Exercise(
        "09-quiz",
        "value",
        quiz(QUIZ),
        (
            _("Which line of the table in Six moves is each of the three?"),
            _("No run, no log; 128 + 9; Pending is before the program."),
            _("1: compiling. 2: killed from outside. 3: the message has the image's name."),
        ),
    ),
)
