"""The Korean edition of a lesson: `notebooks/ko/NN_name.ipynb`, derived from the solution and the
catalogs in `assets/locale/ko`, and stored as it ran."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError
from nbformat import NotebookNode

from workbook.authoring.build import execute, read_notebook, store, store_prose
from workbook.authoring.derive import Difference, compare, derive, unexecuted
from workbook.authoring.edition import catalog as catalogs
from workbook.authoring.edition.blocks import translated
from workbook.authoring.edition.figures import by_hand, in_korean, of_figures, with_korean_figures
from workbook.authoring.edition.only import read_pieces, with_pieces, wrong_pieces
from workbook.authoring.edition.parity import (
    excerpt,
    incomplete,
    lost_in_message,
    lost_in_prose,
    place,
    unwritten,
)
from workbook.authoring.edition.style import read_glossary, wrong_in_figure, wrong_in_style
from workbook.authoring.lessons import BuildError, Lesson
from workbook.language import KOREAN

FOLDER = f"assets/locale/{KOREAN}"
MESSAGES = f"{FOLDER}/workbook.po"
FIGURES = f"{FOLDER}/figures.po"
GLOSSARY = f"{FOLDER}/glossary.yaml"
LINK = re.compile(r"""(?:\]\(|\b(?:src|href)=")([^)"#\s]+)""")


@dataclass(frozen=True)
class Progress:
    """How far a catalog is: entries in all, without Korean, marked fuzzy; stale ones dropped."""

    file: str
    all: int
    missing: int
    fuzzy: int
    dropped: int


def notebook_of(lesson: Lesson) -> Path:
    return lesson.root / "notebooks" / KOREAN / lesson.file_name


def catalog_of(lesson: Lesson) -> Path:
    return lesson.root / FOLDER / f"{Path(lesson.file_name).stem}.po"


def only_korean(lesson: Lesson) -> Path:
    """The folder of what has no English, see `only.py`."""
    return lesson.root / FOLDER / "only" / lesson.number


def translate(lesson: Lesson) -> Progress:
    """Bring the lesson's catalog in step with its solution. Raises BuildError."""
    what = f"The Korean of {lesson.name_of(lesson.solution)}."
    return _update(catalog_of(lesson), catalogs.of_prose(_derived(lesson)), what, lesson.root)


def translate_messages(root: Path) -> Progress:
    """Bring the catalog of the messages in step with the code. Raises BuildError."""
    wanted = catalogs.of_messages(root / "assets" / "workbook")
    return _update(root / MESSAGES, wanted, "The Korean of the messages in assets/workbook.", root)


def translate_figures(root: Path) -> Progress:
    """Bring the catalog of the figures in step with assets/img. Raises BuildError."""
    what = "The Korean of the figures in assets/img."
    return _update(root / FIGURES, of_figures(root / "assets/img"), what, root)


def build_figures(root: Path) -> None:
    """Write the figures with Korean words. Raises BuildError."""
    for path, source in _figures(root).items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(source, encoding="utf-8", newline="\n")


def check_figures(root: Path) -> list[str]:
    """What is missing or wrong in the words of the figures, one sentence each."""
    wanted, stored = of_figures(root / "assets/img"), _read_catalog(root / FIGURES)
    glossary = read_glossary(root / GLOSSARY)
    wrong = [
        Difference(entry.context, f"{what}, in the Korean of {excerpt(str(entry.id))}")
        for entry in catalogs.entries(stored)
        for what in wrong_in_figure(str(entry.id), str(entry.string), glossary)
    ]
    found = [
        f"assets/img/{one.cell}.svg: in {FIGURES} {one.what}"
        for one in [*_incomplete(wanted, stored, ""), *wrong]
    ]
    return found + [
        f"{path.relative_to(root).as_posix()} is not made of the English figure and {FIGURES}; "
        f"run: workbook build --prose --lang {KOREAN}"
        for path, source in _figures(root).items()
        if not path.exists() or path.read_text("utf-8") != source
    ]


def build(lesson: Lesson, prose: bool = False) -> list[str]:
    """Derive the Korean lesson, execute it and store it; or, where a catalog isn't in step, say
    what it lacks and change nothing. What may wait for its Korean (see `waiting`) stops nothing:
    its former Korean stands there, or its English. `prose`: execute nothing, keep the outputs of
    the same code. Raises BuildError if a cell raises, or if it isn't the same code."""
    derived = _derived(lesson)
    findings = [_sentence(lesson, catalog_of(lesson), d) for d in _in_catalog(lesson, derived)]
    findings += _in_pieces(lesson, derived)
    findings += check_messages(lesson.root, [lesson.number])
    waits = {*waiting(lesson), *waiting_messages(lesson.root, [lesson.number])}
    findings = [one for one in findings if one not in waits]
    if not findings:
        path, wanted = notebook_of(lesson), _translated(lesson, derived)
        if prose:
            store_prose(wanted, lesson, path)
        else:
            store(execute(wanted, path.parent, lesson.name_of(path)), path)
    return findings


def check(lesson: Lesson) -> list[str]:
    """What is missing, stale or wrong in the Korean of a lesson, one sentence each, each with the
    cell of the English. Runs nothing and writes nothing."""
    file, path = catalog_of(lesson), notebook_of(lesson)
    if not lesson.solution.exists():
        left = [lesson.name_of(one) for one in (file, path) if one.exists()]
        return [f"{name}: there is no such lesson any more; delete the file" for name in left]
    cure = f"; run: workbook build {lesson.number} --lang {KOREAN}"
    findings: list[str] = []
    try:
        derived = _derived(lesson)
        differences = _in_catalog(lesson, derived)
        findings = [_sentence(lesson, file, one) for one in differences]
        findings += _in_pieces(lesson, derived)
        if not file.exists():
            return findings
        stored = read_notebook(path, lesson.name_of(path))
    except BuildError as error:
        return [*findings, f"{error}{cure}"]
    reported = {one.cell for one in differences}
    return findings + [
        _sentence(lesson, path, one, cure)
        for one in [
            *compare(_translated(lesson, derived), stored),
            *unexecuted(stored),
            *_broken_links(stored, path.parent),
        ]
        if one.cell not in reported or one.what != "the source differs"
    ]


def check_messages(root: Path, numbers: Collection[str] = ()) -> list[str]:
    """The same for the messages in the code: all, or those of some lessons' exercises."""
    wanted = catalogs.of_messages(root / "assets" / "workbook")
    stored = _read_catalog(root / MESSAGES)
    found = [*_incomplete(wanted, stored, ""), *_wrong(root, stored, marked=False)]
    return _about_messages(found, numbers)


def waiting(lesson: Lesson) -> list[str]:
    """Those findings of `check` that may wait for somebody who writes Korean: entries without it,
    or marked fuzzy. None where WORKBOOK_KOREAN is `whole`, as the gate of main has it."""
    if _must_be_whole() or not lesson.solution.exists() or not catalog_of(lesson).exists():
        return []
    wanted, stored = catalogs.of_prose(_derived(lesson)), _read_catalog(catalog_of(lesson))
    found = _to_translate(unwritten(wanted, stored), f" {lesson.number}")
    return [_sentence(lesson, catalog_of(lesson), one) for one in found]


def waiting_messages(root: Path, numbers: Collection[str] = ()) -> list[str]:
    """The same of `check_messages`."""
    if _must_be_whole():
        return []
    wanted = catalogs.of_messages(root / "assets" / "workbook")
    found = _to_translate(unwritten(wanted, _read_catalog(root / MESSAGES)), "")
    return _about_messages(found, numbers)


def _must_be_whole() -> bool:
    return os.environ.get("WORKBOOK_KOREAN") == "whole"


def _about_messages(found: Iterable[Difference], numbers: Collection[str]) -> list[str]:
    return [
        f"assets/workbook/{one.cell}: in {MESSAGES} {one.what}"
        for one in found
        if not numbers or any(f"lesson_{number}" in (one.cell or "") for number in numbers)
    ]


def _in_catalog(lesson: Lesson, derived: NotebookNode) -> list[Difference]:
    if not catalog_of(lesson).exists():
        return [Difference(None, f"it does not exist; run: workbook translate {lesson.number}")]
    wanted, stored = catalogs.of_prose(derived), _read_catalog(catalog_of(lesson))
    return [
        *_incomplete(wanted, stored, f" {lesson.number}"),
        *_wrong(lesson.root, stored, marked=True),
    ]


def _in_pieces(lesson: Lesson, derived: NotebookNode) -> list[str]:
    folder, glossary = only_korean(lesson), read_glossary(lesson.root / GLOSSARY)
    found = wrong_pieces(derived, read_pieces(folder), glossary)
    return [_sentence(lesson, folder / f"{one.cell}.md", one) for one in found]


def _incomplete(wanted: Catalog, stored: Catalog, number: str) -> list[Difference]:
    return _to_translate(incomplete(wanted, stored), number)


def _to_translate(found: Iterable[Difference], number: str) -> list[Difference]:
    return [
        Difference(one.cell, f"{one.what}; run: workbook translate{number}, and write it there")
        for one in found
    ]


def _wrong(root: Path, stored: Catalog, marked: bool) -> Iterator[Difference]:
    lost = lost_in_prose if marked else lost_in_message
    glossary = read_glossary(root / GLOSSARY)
    for entry in catalogs.entries(stored):
        if entry.string and not entry.fuzzy:
            english, korean = str(entry.id), str(entry.string)
            for what in [
                *lost(english, korean),
                *wrong_in_style(english, korean, glossary, marked),
            ]:
                yield Difference(place(entry), f"{what}, in the Korean of {excerpt(english)}")


def _sentence(lesson: Lesson, file: Path, found: Difference, cure: str = "") -> str:
    where = f"cell {found.cell}" if found.cell else "all cells"
    return (
        f"{lesson.name_of(lesson.solution)}, {where}: in {lesson.name_of(file)} {found.what}{cure}"
    )


def _broken_links(notebook: NotebookNode, folder: Path) -> list[Difference]:
    return [
        Difference(cell.id, f"the link {address} leads to no file")
        for cell in notebook.cells
        if cell.cell_type == "markdown"
        for address in LINK.findall(cell.source)
        if ":" not in address and not (folder / address).exists()
    ]


def _derived(lesson: Lesson) -> NotebookNode:
    name = lesson.name_of(lesson.solution)
    return derive(read_notebook(lesson.solution, name), name)


def _translated(lesson: Lesson, derived: NotebookNode) -> NotebookNode:
    """With the English where the catalog has nothing, which `check` has said then."""
    catalog = _read_catalog(catalog_of(lesson))

    def korean(cell: str, block: str) -> str:
        entry = catalog.get(block, cell)
        return str(entry.string) if entry and entry.string else block

    there = with_pieces(translated(derived, korean), read_pieces(only_korean(lesson)))
    figures = {path.name for path in by_hand(lesson.root / "assets/img")}
    for cell in there.cells:
        if cell.cell_type == "markdown":
            cell.source = with_korean_figures(cell.source, figures)
    return there


def _figures(root: Path) -> dict[Path, str]:
    """Where a figure with Korean words lies, and what it is."""
    folder, catalog = root / "assets/img", _read_catalog(root / FIGURES)

    def korean(name: str, text: str) -> str:
        entry = catalog.get(text, name)
        return str(entry.string) if entry and entry.string else text

    return {
        folder / KOREAN / path.name: in_korean(path.read_text("utf-8"), partial(korean, path.stem))
        for path in by_hand(folder)
    }


def _update(file: Path, wanted: Catalog, what: str, root: Path) -> Progress:
    old = _read_catalog(file)
    stale = sum(wanted.get(entry.id, entry.context) is None for entry in catalogs.entries(old))
    merged = catalogs.merge(old, wanted)
    catalogs.write(file, merged, what)
    kept = catalogs.entries(merged)
    return Progress(
        file.relative_to(root).as_posix(),
        len(kept),
        sum(not entry.string for entry in kept),
        sum(entry.fuzzy for entry in kept),
        stale,
    )


def _read_catalog(file: Path) -> Catalog:
    try:
        return catalogs.read(file)
    except (PoFileError, UnicodeDecodeError) as error:
        raise BuildError(f"{file} is not a PO file: {error}") from error
