"""Lesson 13: at work."""

from __future__ import annotations

from typing import Any

from workbook.exercises.judges.quiz import quiz
from workbook.exercises.judges.values import judge_value
from workbook.exercises.model import Exercise, Finding, not_yet, right
from workbook.language import _

CRON = ["0", "30", "6", "*", "*", "1"]
NEEDS = {"secret": "shop", "claim": "models", "gpus": 2}


def _case(answer: Any) -> Finding:
    if (
        not isinstance(answer, (list, tuple))
        or len(answer) != 3
        or any(isinstance(n, bool) or not isinstance(n, int) for n in answer)
    ):
        return not_yet(
            _("you gave {answer}; asked for is a list of three whole numbers.").format(
                answer=f"{answer!r:.200}"
            )
        )
    price, percent, wanted = answer
    if price == 99:
        return not_yet(_("99 is the case of the lesson; find one with another price."))
    if abs(price) > 10**9 or abs(percent) > 10**9:
        return not_yet(_("those are no prices; take smaller numbers."))
    rounded, cut = round(price * (100 - percent) / 100), price * (100 - percent) // 100
    if rounded == cut:
        return not_yet(
            _("both functions return {result} there, so the test couldn't tell.").format(
                result=rounded
            )
        )
    if wanted != rounded:
        return not_yet(
            _(
                "the function that rounds returns {result} there, and your test wants {wanted}."
            ).format(result=rounded, wanted=wanted)
        )
    return right()


def _schedule(answer: Any) -> Finding:
    if not isinstance(answer, str):
        return not_yet(
            _("you gave {answer}; asked for is a string.").format(answer=f"{answer!r:.200}")
        )
    fields = answer.split()
    if len(fields) != 6:
        return not_yet(
            _("{answer} has {count} fields, and KFP wants six; the first are the seconds.").format(
                answer=f"{answer!r:.200}", count=len(fields)
            )
        )
    given = [_plain(field) for field in fields]
    if given[4] == "1-12":  # of the day of the month, 1-31 is not *: beside a weekday, any is meant
        given[4] = "*"
    if given == CRON:
        return right()
    names = (
        _("seconds"),
        _("minutes"),
        _("hours"),
        _("day of the month"),
        _("month"),
        _("day of the week"),
    )
    wrong = [
        name for name, field, wanted in zip(names, given, CRON, strict=True) if field != wanted
    ]
    return not_yet(_("look at this field again: {names}.").format(names=", ".join(wrong)))


def _plain(field: str) -> str:
    """A field in its shortest spelling: 06 and 6-6 are 6, ? and */1 are *, mon is 1."""
    field = field.upper().replace("?", "*").replace("MON", "1").replace("*/1", "*")
    if field.startswith("*"):
        return field
    first, _dash, last = field.partition("-")
    field = first if first == last else field
    return field.lstrip("0") or "0"


def _touched(answer: Any) -> Finding:
    if isinstance(answer, list) and all(isinstance(name, str) for name in answer):
        answer = sorted(answer)
    return judge_value(
        answer,
        ["discounted", "sale"],
        causes=[
            (["discounted"], _("the graph is a template too, and it passes the parameter on.")),
            (["sale"], _("the image stands in the template of the component.")),
            (
                ["discounted", "report", "sale"],
                _("report has the same program and the same image as before."),
            ),
            ([], _("compare each template of the one file with that of the same name.")),
        ],
        expects=_("asked for are the names of templates of before.yaml that differ."),
    )


def _needs(answer: Any) -> Finding:
    if isinstance(answer, dict) and isinstance(answer.get("gpus"), float):
        return not_yet(_("gpus is a float; make it an int."))
    if isinstance(answer, dict) and set(answer) == set(NEEDS):
        wrong = sorted(key for key, value in NEEDS.items() if answer[key] != value)
        if len(wrong) > 1:
            return not_yet(_("look again at these keys: {names}.").format(names=", ".join(wrong)))
    return judge_value(
        answer,
        NEEDS,
        causes=[
            (NEEDS | {"gpus": "2"}, _("gpus is text; make it an int.")),
            (NEEDS | {"claim": "disk"}, _("disk is the volume's name inside the Pod.")),
            (NEEDS | {"secret": "token"}, _("token is the key within the Secret.")),
            (
                NEEDS | {"secret": "SHOP_TOKEN"},
                _("SHOP_TOKEN is the variable that the program reads."),
            ),
        ],
        expects=_("that is not what the template asks of the cluster."),
    )


QUIZ = {
    "1": (
        "b",
        {
            "a": _("it compiles: what is missing in the Pod, the compiler doesn't see."),
            "c": _("they pass already; what lies between the steps is not in a function."),
        },
    ),
    "2": (
        "c",
        {
            "a": _("read as crontab has it, yes; here the first field is the seconds."),
            "b": _("a step of six would be */6."),
        },
    ),
    "3": (
        "a",
        {
            "b": _("then the comparison would be of no use."),
            "c": _("kfp asks the URL each time."),
        },
    ),
}


EXERCISES = (
    Exercise(
        "13-1",
        "value",
        _case,
        (
            _("For which results does rounding differ from cutting off?"),
            _("Take one where price * (100 - percent) / 100 ends in more than .5, as 37.8 does."),
            _("[94, 10, ...]: 94 * 90 / 100 is 84.6; cut off, it is 84."),
        ),
    ),
    Exercise(
        "13-2",
        "value",
        _touched,
        (
            _("Which templates has before.yaml, and which of them is the graph?"),
            _("templates(file) returns a dict; compare its values by name."),
            _("sorted(name for name in old if old[name] != ...)"),
        ),
    ),
    Exercise(
        "13-3",
        "value",
        _schedule,
        (
            _("Which of the six fields comes first, and what is a Monday's number?"),
            _("Seconds, minutes, hours, day of the month, month, day of the week; * is any."),
            _("'0 30 6 * * ...'"),
        ),
    ),
    Exercise(
        "13-4",
        "value",
        _needs,
        (
            _("Which keys has the template discounted besides container?"),
            _("Look into env, resources.limits and volumes."),
            _("train['volumes'][0]['persistentVolumeClaim']['claimName'] is the claim."),
        ),
    ),
    Exercise(
        "13-quiz",
        "value",
        quiz(QUIZ),
        (
            _("Where did the job stop, and what comes first in a cron expression?"),
            _("Look at the sections Test the pipeline, A run every morning and Reuse a component."),
            _("1: only a run shows it. 2: the first field is the seconds. 3: compared, not equal."),
        ),
    ),
)
