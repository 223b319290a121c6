"""`workbook new`: the places of a new exercise."""

from __future__ import annotations

import argparse

from workbook.authoring.lessons import BuildError
from workbook.authoring.new_exercise import make
from workbook.command.failure import fail
from workbook.language import _
from workbook.paths import REPOSITORY


def run(chosen: argparse.Namespace) -> int:
    try:
        files = make(chosen.exercise)
    except BuildError as error:
        return fail(error)
    for file in files:
        print(_("to be written: {file}").format(file=file.relative_to(REPOSITORY)))
    return 0
