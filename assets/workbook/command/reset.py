"""`workbook reset`: put one lesson back to how it comes."""

from __future__ import annotations

import argparse

from workbook.command.failure import fail
from workbook.language import _, speak
from workbook.start import StartError, reset, working_copy


def run(chosen: argparse.Namespace) -> int:
    speak(chosen.lang)
    folder = working_copy(chosen.folder, chosen.lang)
    try:
        kept = reset(chosen.number, folder, language=chosen.lang)
    except StartError as error:
        return fail(error)
    print(_("Lesson {number} is as it comes.").format(number=chosen.number))
    if kept:
        print(_("Yours was kept as {file}").format(file=kept.name))
    return 0
