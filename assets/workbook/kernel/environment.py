"""What must hold before a lesson starts, checked when `workbook` is imported."""

from __future__ import annotations

import os
import sys
from importlib import metadata
from pathlib import Path

from workbook.kernel.folder import notebook_folder
from workbook.language import _

PYTHONS = ((3, 10), (3, 12))
KFP = "1.8.24"


class EnvironmentProblem(RuntimeError):
    """Something about this machine; the message says what it is and what to do.

    In a notebook only the message is shown: a traceback would hide it.
    """

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


def prepare() -> None:
    """Check Python and kfp, and put this kernel's commands first on PATH.

    JupyterLab is often started without activating the environment: `!kfp` would then be another
    kfp, or none. Raises EnvironmentProblem.
    """
    check_python(sys.version_info[:2])
    check_kfp(_installed("kfp"))
    binaries = str(Path(sys.executable).parent)
    path = os.environ.get("PATH", os.defpath).split(os.pathsep)
    os.environ["PATH"] = os.pathsep.join([binaries, *(p for p in path if p != binaries)])
    print(_("workbook: Python and kfp fit the course; !kfp and !dsl-compile are this kernel's"))
    if not os.access(notebook_folder(), os.W_OK):
        raise EnvironmentProblem(
            _(
                "The folder {folder} is read-only, and the lessons write files beside themselves. "
                "Copy the notebooks to a folder of yours and open them there."
            ).format(folder=notebook_folder())
        )


def before_a_person() -> bool:
    """Whether somebody sits before this kernel: JupyterLab sets the variable. Where lessons are
    built, tested and graded it isn't set, and what is shown is plain."""
    return "JPY_SESSION_NAME" in os.environ


def check_python(version: tuple[int, ...]) -> None:
    oldest, newest = PYTHONS
    if not oldest <= version <= newest:
        raise EnvironmentProblem(
            _(
                "This is Python {version}; the workbook needs 3.10, 3.11 or 3.12. Make "
                "the environment anew with one of them: the command is in README.md."
            ).format(version=".".join(map(str, version)))
        )


def check_kfp(version: str | None) -> None:
    if version != KFP:
        found = _("kfp {version}").format(version=version) if version else _("no kfp")
        raise EnvironmentProblem(
            _(
                "This kernel has {found}; the workbook needs kfp {wanted}, whose compiler writes "
                "Workflows. Install it with: {python} -m pip install -r requirements.txt "
                "(in the workbook's folder), then restart the kernel."
            ).format(found=found, wanted=KFP, python=sys.executable)
        )


def _installed(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
