"""The command `workbook`. A subcommand is one function, and its line in `_parser`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from workbook.language import _


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 done, 1 a check found something, 2 it could not be done."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    if chosen.command is None:
        parser.print_help()
        return 0
    return chosen.command(chosen)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="workbook", description=_("A course workbook on Kubeflow Pipelines.")
    )
    parser.set_defaults(command=None)
    commands = parser.add_subparsers(title=_("commands"), metavar=_("COMMAND"))

    command = commands.add_parser("start", help=_("open the lessons in JupyterLab"))
    command.add_argument(
        "folder",
        nargs="?",
        type=Path,
        default=None,
        metavar="FOLDER",
        help=_("your working copy; my-notebooks if not given"),
    )
    command.set_defaults(command=_start)

    command = commands.add_parser("reset", help=_("put one lesson back to how it comes"))
    command.add_argument("number", metavar="NN", help=_("a lesson, like 04"))
    command.add_argument(
        "folder",
        nargs="?",
        type=Path,
        default=None,
        metavar="FOLDER",
        help=_("your working copy; my-notebooks if not given"),
    )
    command.set_defaults(command=_reset)

    command = commands.add_parser(
        "doctor", help=_("say what of this machine and its endpoint is as the lessons need it")
    )
    command.add_argument(
        "host",
        nargs="?",
        default="",
        metavar="HOST",
        help=_("an address, as a lesson has it in `host`; where the lessons go if not given"),
    )
    command.set_defaults(command=_doctor)

    command = commands.add_parser("build", help=_("derive and execute the lessons"))
    command.add_argument("numbers", nargs="*", metavar="NN", help=_("a lesson; all if none given"))
    command.add_argument("--check", action="store_true", help=_("only say what is out of date"))
    command.set_defaults(command=_build)

    return parser


def _start(chosen: argparse.Namespace) -> int:
    from workbook.build import REPOSITORY
    from workbook.start import (
        DEFAULT_FOLDER,
        StartError,
        copy_lessons,
        in_notebook_server,
        lab_command,
    )

    folder = chosen.folder or REPOSITORY / DEFAULT_FOLDER
    try:
        for note in copy_lessons(folder):
            print(note)
    except StartError as error:
        return _fail(error)
    print(_("Your lessons are in {folder}").format(folder=folder), flush=True)
    if in_notebook_server():
        print(_("Open them in the JupyterLab of this notebook server."))
        return 0
    command = lab_command(folder)
    return os.execv(command[0], command)


def _reset(chosen: argparse.Namespace) -> int:
    from workbook.build import REPOSITORY
    from workbook.start import DEFAULT_FOLDER, StartError, reset

    try:
        kept = reset(chosen.number, chosen.folder or REPOSITORY / DEFAULT_FOLDER)
    except StartError as error:
        return _fail(error)
    print(_("Lesson {number} is as it comes.").format(number=chosen.number))
    if kept:
        print(_("Yours was kept as {file}").format(file=kept.name))
    return 0


def _doctor(chosen: argparse.Namespace) -> int:
    from workbook.doctor import examine
    from workbook.doctor.line import PROBLEM, table

    lines = examine(chosen.host)
    print(table(lines))
    return 1 if any(line.word == PROBLEM for line in lines) else 0


def _build(chosen: argparse.Namespace) -> int:
    # here, so that the commands of a learner do not wait for the import
    from workbook.build import build, check, find_lessons
    from workbook.derive import BuildError

    try:
        lessons = find_lessons(chosen.numbers)
        if chosen.check:
            findings = [finding for lesson in lessons for finding in check(lesson)]
            print(*findings, sep="\n", end="\n" if findings else "", file=sys.stderr)
            return 1 if findings else 0
        for lesson in lessons:
            build(lesson)
            print(_("built {file}").format(file=lesson.name_of(lesson.notebook)), flush=True)
    except BuildError as error:
        return _fail(error)
    return 0


def _fail(error: Exception) -> int:
    print(f"workbook: {error}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
