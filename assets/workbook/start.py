"""A learner's working copy of the lessons: nothing in it is ever overwritten."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from hashlib import sha256
from pathlib import Path

import nbformat

from workbook.authoring.derive import unrun
from workbook.authoring.lessons import LESSON_FILES
from workbook.language import ENGLISH, _
from workbook.paths import REPOSITORY

DEFAULT_FOLDER = "my-notebooks"
FIGURES = re.compile(r"(\.\./)+assets/img/")
EDITIONS = ".editions.json"  # which edition of each lesson the copy was made from

# the kernel that assets/notebook-server/kernel.py makes: python3 there has kfp 2
KERNEL = {"name": "kfp-v1", "display_name": "KFP v1"}


class StartError(RuntimeError):
    """The working copy can't be made; the message says why and what to do."""


def working_copy(folder: Path | None, language: str = ENGLISH) -> Path:
    """The folder of a learner's lessons. That of the Korean edition is called `ko` wherever it
    lies: by that name `workbook` knows that it is to speak Korean there."""
    folder = folder or REPOSITORY / DEFAULT_FOLDER
    if language == ENGLISH or folder.name == language:
        return folder
    return folder / language


def copy_lessons(folder: Path, root: Path = REPOSITORY, language: str = ENGLISH) -> list[str]:
    """Copy each lesson that the folder doesn't have yet, without outputs: you predict, then run.

    The figures come along, into `img/`, so that the folder is complete wherever it lies. Returns
    what a person should know, a line each. Raises StartError.
    """
    notes = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        editions = _read_editions(folder)
        for source in _lessons(root, language):
            target, edition = folder / source.name, _edition(source)
            if not target.exists():
                _write(source, target)
                editions[source.name] = edition
            elif editions.get(source.name, edition) != edition:
                text = _("{name} has a new edition, and yours was kept: workbook reset {number}")
                number = source.name[:2] + ("" if language == ENGLISH else f" --lang {language}")
                notes.append(text.format(name=source.name, number=number))
        shutil.copytree(root / "assets" / "img", folder / "img", dirs_exist_ok=True)
        (folder / EDITIONS).write_text(json.dumps(editions, indent=1))
    except OSError as error:
        raise _unwritable(folder, error) from None
    return notes


def reset(
    number: str, folder: Path, root: Path = REPOSITORY, language: str = ENGLISH
) -> Path | None:
    """Put a lesson back to how it comes. Returns where the learner's copy was kept, if there was
    one. Raises StartError for a lesson that doesn't exist."""
    lessons = _lessons(root, language)
    sources = [source for source in lessons if source.name.startswith(f"{number}_")]
    if not sources:
        known = ", ".join(source.name[:2] for source in lessons)
        raise StartError(
            _("There is no lesson {number}; there are {known}.").format(number=number, known=known)
        )
    source, target = sources[0], folder / sources[0].name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        kept = _keep(target) if target.exists() else None
        _write(source, target)
        editions = _read_editions(folder) | {source.name: _edition(source)}
        (folder / EDITIONS).write_text(json.dumps(editions, indent=1))
    except OSError as error:
        raise _unwritable(folder, error) from None
    return kept


def lab_command(folder: Path, root: Path = REPOSITORY) -> list[str]:
    """The command that opens JupyterLab at the first lesson of the folder.

    Inside the repository its file browser shows all of it, solutions too.
    """
    folder, root = folder.resolve(), root.resolve()
    top = root if folder.is_relative_to(root) else folder
    first = min(folder.glob(LESSON_FILES)).relative_to(top)
    return [
        sys.executable,
        "-m",
        "jupyterlab",
        *(["--allow-root"] if os.geteuid() == 0 else []),  # in a container one often is
        f"--ServerApp.root_dir={top}",
        f"--LabApp.default_url=/lab/tree/{first.as_posix()}",
    ]


def in_notebook_server() -> bool:
    """Whether this is a Kubeflow notebook server, in which a JupyterLab runs already."""
    return bool(os.environ.get("NB_PREFIX"))


def _lessons(root: Path, language: str) -> list[Path]:
    folder = root / "notebooks"
    return sorted((folder if language == ENGLISH else folder / language).glob(LESSON_FILES))


def _write(source: Path, target: Path) -> None:
    notebook = unrun(nbformat.read(source, as_version=4))
    if in_notebook_server():
        notebook.metadata.kernelspec = {**notebook.metadata.get("kernelspec", {}), **KERNEL}
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = FIGURES.sub("img/", cell.source)
    nbformat.write(notebook, target)


def _keep(target: Path) -> Path:
    """Move a learner's lesson out of the way, under a name that is free."""
    number = 1
    while (kept := target.with_name(f"{target.stem}.kept-{number}.ipynb")).exists():
        number += 1
    return target.rename(kept)


def _edition(source: Path) -> str:
    notebook = nbformat.read(source, as_version=4)
    cells = [[cell.id, cell.cell_type, cell.source] for cell in notebook.cells]
    return sha256(json.dumps(cells).encode()).hexdigest()[:16]


def _read_editions(folder: Path) -> dict[str, str]:
    try:
        return dict(json.loads((folder / EDITIONS).read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return {}


def _unwritable(folder: Path, error: OSError) -> StartError:
    return StartError(
        _(
            "The folder {folder} can't be used: {reason}. Name another: workbook start FOLDER"
        ).format(folder=folder, reason=error.strerror)
    )
