"""`workbook translate`: bring the Korean catalogs in step."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from workbook.authoring.edition import korean
from workbook.authoring.lessons import BuildError, find_lessons
from workbook.command.failure import fail
from workbook.language import _


def run(chosen: argparse.Namespace) -> int:
    try:
        lessons = find_lessons(chosen.numbers)
        kept = [korean.translate(lesson) for lesson in lessons]
        kept.append(korean.translate_messages(lessons[0].root))
        kept.append(korean.translate_figures(lessons[0].root))
    except BuildError as error:
        return fail(error)
    text = _("{file}: {all} entries, {missing} without Korean, {fuzzy} fuzzy, {dropped} dropped")
    for progress in kept:
        print(text.format(**asdict(progress)))
    return 0
