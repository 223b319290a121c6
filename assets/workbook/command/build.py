"""`workbook build`: derive and execute the lessons, or say what is out of date."""

from __future__ import annotations

import argparse
import sys
from functools import partial

from workbook.authoring.build import build, check, rewrite
from workbook.authoring.edition import korean
from workbook.authoring.lessons import BuildError, Lesson, find_lessons
from workbook.command.failure import fail
from workbook.language import ENGLISH, KOREAN, LANGUAGES, _


def run(chosen: argparse.Namespace) -> int:
    languages = [chosen.lang] if chosen.lang else LANGUAGES
    act = _check if chosen.check else partial(_build, prose=chosen.prose)
    try:
        lessons = find_lessons(chosen.numbers)
        findings = [
            f for lesson in lessons for language in languages for f in act(lesson, language)
        ]
        waits: list[str] = []
        if KOREAN in languages:
            root = lessons[0].root
            waits = [w for lesson in lessons for w in korean.waiting(lesson)]
            waits += korean.waiting_messages(root, chosen.numbers)
            if chosen.check:
                findings += korean.check_messages(root, chosen.numbers)
                findings += korean.check_figures(root)
            else:
                korean.build_figures(root)
    except BuildError as error:
        return fail(error)
    for wait in waits:
        print(_("may wait: {finding}").format(finding=wait), file=sys.stderr)
    findings = [one for one in findings if one not in set(waits)]
    print(*findings, sep="\n", end="\n" if findings else "", file=sys.stderr)
    return 1 if findings else 0


def _check(lesson: Lesson, language: str) -> list[str]:
    return check(lesson) if language == ENGLISH else korean.check(lesson)


def _build(lesson: Lesson, language: str, prose: bool) -> list[str]:
    path, findings = lesson.notebook, []
    if language == ENGLISH:
        rewrite(lesson) if prose else build(lesson)
    else:
        path, findings = korean.notebook_of(lesson), korean.build(lesson, prose)
    if not findings:
        print(_("built {file}").format(file=lesson.name_of(path)), flush=True)
    return findings
