"""The command `workbook`: its line is read here; a subcommand is a module of `command`."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from workbook.language import LANGUAGES, _, spoken

# what argparse says by itself: here for the catalog, which is made of what stands in a _()
IMAGE = "localhost/workbook-grading:1"  # assets/grading/Containerfile makes it
ARGPARSE = (
    _("usage: "),
    _("options"),
    _("positional arguments"),
    _("show this help message and exit"),
    _("%(prog)s: error: %(message)s\n"),
    _("argument %(argument_name)s: %(message)s"),
    _("invalid choice: %(value)r (choose from %(choices)s)"),
    _("invalid %(type)s value: %(value)r"),
    _("the following arguments are required: %s"),
    _("unrecognized arguments: %s"),
    _("expected one argument"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 done, 1 a check found something, 2 it could not be done, 3 some of what was
    handed in needs a person."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    if chosen.command is None:
        parser.print_help()
        return 0
    module = importlib.import_module(f"workbook.command.{chosen.command.replace('-', '_')}")
    status: int = module.run(chosen)
    return status


def _parser() -> argparse.ArgumentParser:
    argparse._ = _  # type: ignore[attr-defined]  # the name by which it looks up its own words
    parser = argparse.ArgumentParser(
        prog="workbook", description=_("A course workbook on Kubeflow Pipelines.")
    )
    commands = parser.add_subparsers(title=_("commands"), metavar=_("COMMAND"), dest="command")

    command = commands.add_parser("start", help=_("open the lessons in JupyterLab"))
    _add_folder(command)
    _add_language(command, default=spoken())

    command = commands.add_parser("reset", help=_("put one lesson back to how it comes"))
    command.add_argument("number", metavar="NN", help=_("a lesson, like 04"))
    _add_folder(command)
    _add_language(command, default=spoken())

    command = commands.add_parser("progress", help=_("say how far you are in the lessons"))
    _add_folder(command)
    _add_language(command, default=spoken())

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

    command = commands.add_parser("build", help=_("derive and execute the lessons"))
    command.add_argument("numbers", nargs="*", metavar="NN", help=_("a lesson; all if none given"))
    command.add_argument("--check", action="store_true", help=_("only say what is out of date"))
    command.add_argument(
        "--prose",
        action="store_true",
        help=_("execute nothing: only prose has changed, so outputs stay"),
    )
    _add_language(command, default=None)

    command = commands.add_parser("new", help=_("make the places of a new exercise"))
    command.add_argument("exercise", metavar="NN-N", help=_("its name, like 04-5"))

    command = commands.add_parser(
        "translate", help=_("bring the Korean catalogs in step with the lessons and messages")
    )
    command.add_argument("numbers", nargs="*", metavar="NN", help=_("a lesson; all if none given"))

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
    command.add_argument(
        "--only", default="", metavar="LEARNER", help=_("grade one learner anew, with --resume")
    )
    command.add_argument(
        "--export", choices=("moodle", "canvas"), default="", help=_("make what it imports")
    )
    command.add_argument(
        "--template", type=Path, metavar="FILE", help=_("the table that the platform exported")
    )
    command.add_argument(
        "--roster",
        type=Path,
        metavar="FILE",
        help=_("a table with the column learner: another name waits for a person"),
    )
    command.add_argument(
        "--due",
        type=_moment,
        metavar="TIME",
        help=_("like 2026-11-30T23:59: what came later is noted"),
    )
    command.add_argument(
        "--close",
        action="store_true",
        help=_("show what was drawn in the learners' pages; nothing more is graded after that"),
    )
    command.add_argument(
        "--require-isolation", action="store_true", help=_("grade nothing without a sandbox")
    )

    command.add_argument(
        "--on", default="", metavar="HOST", help=_("grade on the Kubeflow Pipelines there")
    )
    command.add_argument(
        "--store", default="", metavar="URL", help=_("for --on: a folder like s3://bucket/folder")
    )
    _add_shares(command)

    command = commands.add_parser(
        "grade-pipeline", help=_("write the pipeline that grades a batch")
    )
    command.add_argument(
        "-o", dest="file", type=Path, required=True, metavar="FILE", help=_("the file to write")
    )
    command.add_argument(
        "--claim", default="", metavar="NAME", help=_("the claim of the cluster that is the store")
    )
    _add_shares(command)

    return parser


def _add_shares(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--shares", type=_positive, default=4, metavar="N", help=_("Pods that grade at once")
    )
    command.add_argument("--image", default=IMAGE, metavar="IMAGE", help=_("what they run"))


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(_("at least 1"))
    return number


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(_("a time is like 2026-11-30T23:59")) from None
    return found.astimezone().replace(tzinfo=None)


def _add_folder(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "folder",
        nargs="?",
        type=Path,
        default=None,
        metavar="FOLDER",
        help=_("your working copy; my-notebooks if not given"),
    )


def _add_language(command: argparse.ArgumentParser, default: str | None) -> None:
    command.add_argument(
        "--lang",
        choices=LANGUAGES,
        default=default,
        help=_("the edition: en or ko; {default} if not given").format(
            default=default or _("both")
        ),
    )


if __name__ == "__main__":
    sys.exit(main())
