"""The command `workbook`. A subcommand is one function, and its line in `_parser`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from workbook.language import ENGLISH, KOREAN, LANGUAGES, _, speak

if TYPE_CHECKING:
    from workbook.authoring.lessons import Lesson


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 done, 1 a check found something, 2 it could not be done, 3 some of what was
    handed in needs a person."""
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
    _add_language(command, default=ENGLISH)
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
    _add_language(command, default=ENGLISH)
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
    command.add_argument(
        "--prose",
        action="store_true",
        help=_("execute nothing: only prose has changed, so outputs stay"),
    )
    _add_language(command, default=None)
    command.set_defaults(command=_build)

    command = commands.add_parser(
        "translate", help=_("bring the Korean catalogs in step with the lessons and messages")
    )
    command.add_argument("numbers", nargs="*", metavar="NN", help=_("a lesson; all if none given"))
    command.set_defaults(command=_translate)

    command = commands.add_parser("grade", help=_("grade what learners handed in"))
    command.add_argument(
        "submissions",
        type=Path,
        metavar="SUBMISSIONS",
        help=_("a folder for each learner, a folder of notebooks, or a zip of a learning platform"),
    )
    command.add_argument(
        "--out", type=Path, required=True, metavar="GRADED", help=_("the folder for the results")
    )
    command.add_argument("--seed", type=int, metavar="N", help=_("draws the same values again"))
    command.add_argument(
        "--jobs", type=_positive, default=os.cpu_count() or 1, metavar="N", help=_("at once")
    )
    command.add_argument(
        "--lesson", action="append", default=[], metavar="NN", help=_("only this lesson; repeat it")
    )
    command.add_argument("--resume", action="store_true", help=_("go on with a batch that stopped"))
    command.set_defaults(command=_grade)

    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(_("at least 1"))
    return number


def _add_language(command: argparse.ArgumentParser, default: str | None) -> None:
    command.add_argument(
        "--lang",
        choices=LANGUAGES,
        default=default,
        help=_("the edition: en or ko; {default} if not given").format(
            default=default or _("both")
        ),
    )


def _start(chosen: argparse.Namespace) -> int:
    from workbook.start import (
        StartError,
        copy_lessons,
        in_notebook_server,
        lab_command,
        working_copy,
    )

    speak(chosen.lang)
    folder = working_copy(chosen.folder, chosen.lang)
    try:
        for note in copy_lessons(folder, language=chosen.lang):
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
    from workbook.start import StartError, reset, working_copy

    speak(chosen.lang)
    folder = working_copy(chosen.folder, chosen.lang)
    try:
        kept = reset(chosen.number, folder, language=chosen.lang)
    except StartError as error:
        return _fail(error)
    print(_("Lesson {number} is as it comes.").format(number=chosen.number))
    if kept:
        print(_("Yours was kept as {file}").format(file=kept.name))
    return 0


def _doctor(chosen: argparse.Namespace) -> int:
    from workbook.kernel.doctor import examine
    from workbook.kernel.doctor.line import PROBLEM, table

    lines = examine(chosen.host)
    print(table(lines))
    return 1 if any(line.word == PROBLEM for line in lines) else 0


def _build(chosen: argparse.Namespace) -> int:
    # here, so that the commands of a learner do not wait for the import
    from workbook.authoring.edition import korean
    from workbook.authoring.lessons import BuildError, find_lessons

    languages = [chosen.lang] if chosen.lang else LANGUAGES
    act = _check_lesson if chosen.check else partial(_build_lesson, prose=chosen.prose)
    try:
        lessons = find_lessons(chosen.numbers)
        findings = [
            f for lesson in lessons for language in languages for f in act(lesson, language)
        ]
        if chosen.check and not chosen.numbers and KOREAN in languages:
            findings += korean.check_messages(lessons[0].root)
    except BuildError as error:
        return _fail(error)
    # a message of two lessons is found in both
    print(*dict.fromkeys(findings), sep="\n", end="\n" if findings else "", file=sys.stderr)
    return 1 if findings else 0


def _check_lesson(lesson: Lesson, language: str) -> list[str]:
    from workbook.authoring.build import check
    from workbook.authoring.edition import korean

    if language == ENGLISH:
        return check(lesson)
    return [*korean.check(lesson), *korean.check_messages(lesson.root, lesson.number)]


def _build_lesson(lesson: Lesson, language: str, prose: bool) -> list[str]:
    from workbook.authoring.build import build, rewrite
    from workbook.authoring.edition import korean

    path, findings = lesson.notebook, []
    if language == ENGLISH:
        rewrite(lesson) if prose else build(lesson)
    else:
        path, findings = korean.notebook_of(lesson), korean.build(lesson, prose)
    if not findings:
        print(_("built {file}").format(file=lesson.name_of(path)), flush=True)
    return findings


def _translate(chosen: argparse.Namespace) -> int:
    from workbook.authoring.edition import korean
    from workbook.authoring.lessons import BuildError, find_lessons

    try:
        lessons = find_lessons(chosen.numbers)
        kept = [korean.translate(lesson) for lesson in lessons]
        kept.append(korean.translate_messages(lessons[0].root))
    except BuildError as error:
        return _fail(error)
    text = _("{file}: {all} entries, {missing} without Korean, {fuzzy} fuzzy, {dropped} dropped")
    for progress in kept:
        print(text.format(**asdict(progress)))
    return 0


def _grade(chosen: argparse.Namespace) -> int:
    from localkfp import StoreError

    from workbook.grading.batch.batch import grade
    from workbook.grading.batch.journal import JournalError
    from workbook.grading.intake.submissions import IntakeError
    from workbook.grading.rubric.rubric import RubricError
    from workbook.grading.sandbox.session import WorkerLost

    try:
        records = grade(
            chosen.submissions,
            chosen.out,
            chosen.seed,
            chosen.jobs,
            chosen.lesson,
            chosen.resume,
        )
    except KeyboardInterrupt:
        print(_("workbook: stopped; go on with --resume, nothing is lost"), file=sys.stderr)
        return 2
    except (IntakeError, JournalError, RubricError, StoreError, WorkerLost) as error:
        return _fail(error)
    except OSError as error:  # a full disk
        text = _("{reason}: {file}. Mend this and go on with --resume: nothing is lost.")
        return _fail(text.format(reason=error.strerror, file=error.filename or chosen.out))
    people = [record for record in records if record.needs_a_person]
    if any(not record.isolated for record in records):
        print(_("Not isolated: there is no bubblewrap here that works, so limits only."))
    print(
        _("{count} graded, {people} need a person; see {report}").format(
            count=len(records) - len(people), people=len(people), report=chosen.out
        )
    )
    return 3 if people else 0


def _fail(error: Exception | str) -> int:
    print(f"workbook: {error}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
