"""A learner's working copy of the lessons: nothing that a learner wrote is ever overwritten."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import sys
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from workbook.authoring.lessons import LESSON_FILES
from workbook.language import ENGLISH, _
from workbook.paths import ASSETS, EDITIONS, REPOSITORY

DEFAULT_FOLDER = "my-notebooks"
FIGURES = re.compile(r"(\.\./)+assets/img/")
NEWS = "news.ipynb"
LAB_SETTINGS = ASSETS / "jupyterlab"  # as JUPYTER_CONFIG_PATH takes it

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
    """Copy each lesson that the folder doesn't have yet, without outputs: you predict, then run. A
    copy that was opened at most comes anew when the lesson has a new edition.

    The figures come along, into `img/`, so that the folder is complete wherever it lies. Returns
    what a person should know, a line each; it also lies in the folder as a page, which JupyterLab
    opens first. Raises StartError.
    """
    notes = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        editions = _read_editions(folder)
        for source in _lessons(root, language):
            target, edition = folder / source.name, _edition(source)
            known = editions.get(source.name, edition)
            if not target.exists() or (known != edition and _is_untouched(target, known)):
                _write(source, target)
                editions[source.name] = edition
            elif known != edition:
                text = _("{name} has a new edition, and yours was kept: {command}")
                command = _reset_command(source.name[:2], folder, language)
                notes.append(text.format(name=source.name, command=command))
        shutil.copytree(root / "assets" / "img", folder / "img", dirs_exist_ok=True)
        (folder / EDITIONS).write_text(json.dumps(editions, indent=1))
        _write_news(folder / NEWS, notes)
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
    news = folder / NEWS
    first = (news if news.exists() else min(folder.glob(LESSON_FILES))).relative_to(top)
    return [
        sys.executable,
        "-m",
        "jupyterlab",
        *(["--allow-root"] if os.geteuid() == 0 else []),  # in a container one often is
        f"--ServerApp.root_dir={top}",
        f"--LabApp.default_url=/lab/tree/{first.as_posix()}",
    ]


def lab_environment(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """In it JupyterLab doesn't ask whether it may fetch news of its own."""
    paths = [str(LAB_SETTINGS), environment.get("JUPYTER_CONFIG_PATH", "")]
    return {**environment, "JUPYTER_CONFIG_PATH": os.pathsep.join(filter(None, paths))}


def in_notebook_server() -> bool:
    """Whether this is a Kubeflow notebook server, in which a JupyterLab runs already."""
    return bool(os.environ.get("NB_PREFIX"))


def _lessons(root: Path, language: str) -> list[Path]:
    folder = root / "notebooks"
    return sorted((folder if language == ENGLISH else folder / language).glob(LESSON_FILES))


def _write(source: Path, target: Path) -> None:
    """As JSON: nbformat would take a second to load, and the lessons are notebooks for certain."""
    notebook = json.loads(source.read_text(encoding="utf-8"))
    if in_notebook_server():
        notebook["metadata"]["kernelspec"] |= KERNEL
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
        else:
            cell["source"] = [FIGURES.sub("img/", line) for line in cell["source"]]
    text = json.dumps(notebook, ensure_ascii=False, indent=1)
    target.write_text(text + "\n", encoding="utf-8", newline="\n")


def _keep(target: Path) -> Path:
    """Move a learner's lesson out of the way, under a name that is free."""
    number = 1
    while (kept := target.with_name(f"{target.stem}.kept-{number}.ipynb")).exists():
        number += 1
    return target.rename(kept)


def _edition(lesson: Path) -> str:
    """That of a lesson and of its copies, in whatever order their keys stand."""
    cells = json.loads(lesson.read_text(encoding="utf-8"))["cells"]
    said = [
        [cell["id"], cell["cell_type"], FIGURES.sub("img/", "".join(cell["source"]))]
        for cell in cells
    ]
    return sha256(json.dumps(said).encode()).hexdigest()[:16]


def _is_untouched(copy: Path, edition: str) -> bool:
    """Whether it says what that edition said, and nothing in it was run. JupyterLab writes a
    notebook that was only opened in its own way."""
    try:
        if _edition(copy) != edition:
            return False
        cells = json.loads(copy.read_text(encoding="utf-8"))["cells"]
        return not any(cell.get("outputs") or cell.get("execution_count") for cell in cells)
    except (ValueError, KeyError, TypeError):  # no notebook any more: a learner's work all the same
        return False


def _reset_command(number: str, folder: Path, language: str) -> str:
    """As any shell takes it, in whatever folder and whether the environment is active or not."""
    words = [str(Path(sys.executable).with_name("workbook")), "reset", number]
    if folder != working_copy(None, language):
        words.append(str(folder.resolve()))
    words += [] if language == ENGLISH else ["--lang", language]
    return shlex.join(words)


def _write_news(page: Path, notes: list[str]) -> None:
    """A notebook of one cell, which JupyterLab shows as a page; none if there is nothing new."""
    if not notes:
        page.unlink(missing_ok=True)
        return
    title = _("What is new in the lessons")
    text = "\n".join([f"# {title}", "", *(f"- {note}" for note in notes)])
    cell = {"cell_type": "markdown", "id": "news", "metadata": {}, "source": text}
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    page.write_text(json.dumps(notebook, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


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
