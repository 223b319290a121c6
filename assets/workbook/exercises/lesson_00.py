"""Lesson 00: start here."""

from __future__ import annotations

import re
from typing import Any

from workbook.exercises.judges.quiz import quiz
from workbook.exercises.judges.typed import choice
from workbook.exercises.judges.values import judge_value
from workbook.exercises.model import Exercise, Finding, not_yet, right
from workbook.kernel.environment import KFP
from workbook.language import _

REQUIREMENT = f"kfp=={KFP}"
CAUSES = ("B", "C", "A")  # of the lesson's messages 1, 2 and 3
# as the lesson is handed out
PARAMETERS = {"value_1": 5, "value_2": 3}


def _result(answer: Any, value_1: int, value_2: int) -> Finding:
    wanted = (value_1 + value_2) * (value_1 - value_2)
    no_brackets = _("Python multiplies before it adds: put both parts in brackets.")
    return judge_value(
        answer,
        wanted,
        causes=[
            (str(wanted), _("the right digits, but as text; leave the quotation marks out.")),
            (value_1 + value_2 * value_1 - value_2, no_brackets),
            ((value_1 + value_2) * value_1 - value_2, no_brackets),
            (value_1 + value_2 * (value_1 - value_2), no_brackets),
            (value_1 + value_2, _("that is the sum alone.")),
            (value_1 - value_2, _("that is the difference alone.")),
            (value_1 * value_2, _("that is the product of the two numbers themselves.")),
        ],
        expects=_("asked for is the sum of value_1 and value_2, times their difference."),
    )


def _after_restart(answer: Any, value_1: int, value_2: int) -> Finding:
    forgets = _("that counts runs from before the restart; a restart forgets them all.")
    return judge_value(
        answer,
        value_1 + value_2,
        causes=[
            (value_1 + 3 * value_2, forgets),
            (value_1 + 4 * value_2, forgets),
            (value_1 + 2 * value_2, forgets),
            (value_1, _("the second cell runs too: run all means every cell, once.")),
            (str(value_1 + value_2), _("a number is asked for, without quotation marks.")),
        ],
        expects=_("after a restart each of the two cells runs once, from top to bottom."),
    )


def _as_pip_reads_it(text: str) -> str:
    """One spelling for all that mean the same: pip takes a name in capitals, quotation marks (the
    shell's), spaces, === for ==, and -U with a version is the version."""
    words = [word.strip("'\"") for word in text.split() if word not in ("-U", "--upgrade")]
    return "".join(words).lower().replace("===", "==")


def _requirement(answer: Any) -> Finding:
    if isinstance(answer, str):
        if _as_pip_reads_it(answer) == REQUIREMENT:
            return right()
        # as one types it in a cell or a terminal
        answer = re.sub(r"^.*\bpip3? install", "pip install", answer.strip())
    newest = _("without a version pip takes the newest, and that is kfp 2.")
    open_ended = _("that keeps kfp 2 away, but leaves open which kfp comes; ask for exactly one.")
    signs = _("between the name and an exact version stand two equals signs.")
    return judge_value(
        answer,
        REQUIREMENT,
        causes=[
            ("kfp", newest),
            ("kfp --upgrade", newest),
            ("kfp<2", open_ended),
            ("kfp>=1.8,<2", open_ended),
            ("kfp==1.8", _("that is kfp 1.8.0; write all three numbers.")),
            ("kfp==1.8.*", open_ended),
            (f"kfp~={KFP}", open_ended),
            (f"kfp>={KFP}", _("that is this version or any later one, and kfp 2 is later.")),
            (f"kfp={KFP}", signs),
            (f"kfp {KFP}", signs),
            ("kfp==1.8.6", _("that is the handout's; from Python 3.10 on it can't be built.")),
            (KFP, _("that is the version alone; pip needs the name of the package too.")),
            (f"pip install {REQUIREMENT}", _("leave pip install out; asked for is what follows.")),
        ],
        expects=_("asked for is the name and exactly the version that this kernel has."),
    )


def _causes(answer: Any) -> Finding:
    if not isinstance(answer, list) or len(answer) != len(CAUSES):
        return not_yet(
            _("you gave {answer}; asked for is a list of three letters.").format(
                answer=f"{answer!r:.200}"
            )
        )
    reasons = (
        _("workbook is installed, but not where this kernel looks."),
        _("the program is there; this terminal looks for it in other folders."),
        _("there is a kfp, and it has no such function."),
    )
    for number, (letter, wanted) in enumerate(zip(answer, CAUSES, strict=True), start=1):
        if choice(letter) != wanted.lower():
            return not_yet(
                _("the cause of message {number} is not {letter}: {reason}").format(
                    number=number, letter=f"{letter!r:.40}", reason=reasons[number - 1]
                )
            )
    return right()


QUIZ = {
    "1": (
        "b",
        {
            "a": _("the cell may be right: a cell that ran twice shows nothing of it."),
            "c": _("packages change no total; what you ran, and how often, does."),
        },
    ),
    "2": (
        "c",
        {
            "a": _("kfp 2 has the command too: only the version tells."),
            "b": _("kfp 2 could be in that .venv, and it has the command too."),
        },
    ),
    "3": (
        "a",
        {
            "b": _("only the program ended; it had written them to its folder."),
            "c": _("the notebook keeps what was printed; the runs are localkfp's."),
        },
    ),
}


EXERCISES = (
    Exercise(
        "00-1",
        "value",
        _result,
        (
            _("What does Python do first in 5 + 3 * 5 - 3, and how do you make it do otherwise?"),
            _("Brackets come first: (value_1 + value_2) is the sum, whatever stands beside it."),
            _("result = (value_1 + value_2) * (...)"),
        ),
        parameters=PARAMETERS,
    ),
    Exercise(
        "00-2",
        "value",
        _after_restart,
        (
            _("Which names does a kernel know that has just been started?"),
            _("Run all runs every cell of the page once, from top to bottom."),
            _("First total = value_1, then total = total + value_2, and nothing after that."),
        ),
        parameters=PARAMETERS,
    ),
    Exercise(
        "00-3",
        "value",
        _requirement,
        (
            _("Which kfp does pip choose if you only say the name?"),
            _("pip takes NAME==VERSION, without spaces; kfp.__version__ is this kernel's version."),
            _("requirement = 'kfp==...'"),
        ),
    ),
    Exercise(
        "00-4",
        "value",
        _causes,
        (
            _("Where does each message come from: from a kernel, a terminal, or from kfp itself?"),
            _("Look for each message in the table above; its second column is the cause."),
            _("Message 3 names a function of kfp 1.8 that kfp 2 has no more: causes[2] is 'A'."),
        ),
    ),
    Exercise(
        "00-quiz",
        "value",
        quiz(QUIZ),
        (
            _("Which of the three did you see in this lesson, and where?"),
            _("What outlives a kernel that ends? And which kfp does a path name?"),
            _("1: run it all anew. 2: a path is no version. 3: what is in a folder stays."),
        ),
    ),
)
