"""`workbook start`: open the lessons in JupyterLab."""

from __future__ import annotations

import argparse
import os
import sys

from workbook.command.failure import fail
from workbook.kernel.environment import EnvironmentProblem, check_python
from workbook.language import _, speak
from workbook.start import (
    StartError,
    copy_lessons,
    in_notebook_server,
    lab_command,
    lab_environment,
    working_copy,
)


def run(chosen: argparse.Namespace) -> int:
    speak(chosen.lang)
    folder = working_copy(chosen.folder, chosen.lang)
    try:
        check_python(sys.version_info[:2])
        for note in copy_lessons(folder, language=chosen.lang):
            print(note)
    except (EnvironmentProblem, StartError) as error:
        return fail(error)
    print(_("Your lessons are in {folder}").format(folder=folder), flush=True)
    if in_notebook_server():
        print(_("Open them in the JupyterLab of this notebook server."))
        return 0
    command = lab_command(folder)
    return os.execve(command[0], command, lab_environment())
