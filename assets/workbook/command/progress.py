"""`workbook progress`: how many exercises of each lesson were found right."""

from __future__ import annotations

import argparse
from pathlib import Path

from workbook.command.failure import fail
from workbook.exercises import EXERCISES, progress
from workbook.language import _, speak
from workbook.start import working_copy


def run(chosen: argparse.Namespace) -> int:
    speak(chosen.lang)
    here = chosen.folder is None and progress.is_kept(Path.cwd())
    folder = Path.cwd() if here else working_copy(chosen.folder, chosen.lang)
    if not progress.is_kept(folder):
        return fail(
            _("{folder} is no working copy of the lessons; workbook start makes one").format(
                folder=folder
            )
        )
    done = progress.read(folder)
    lessons = dict.fromkeys(each.partition("-")[0] for each in EXERCISES)
    for counted in [progress.count(done, EXERCISES, number) for number in lessons]:
        following = _("next: {exercise}").format(exercise=counted.following)
        print(
            _("{lesson}  {done} of {count}").format(
                lesson=counted.lesson, done=counted.done, count=counted.exercises
            )
            + (f"  {following}" if counted.following and counted.done else "")
        )
    everything = progress.count(done, EXERCISES)
    print(_("{done} of {count} in all").format(done=everything.done, count=everything.exercises))
    return 0
