"""The PO files of the Korean edition: one for the prose of each lesson, one for the messages.

In a lesson's file the context of an entry (msgctxt) is the id of its cell. Read and written by
Babel, which also finds the messages in the code, and what a changed text was before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po
from nbformat import NotebookNode

from workbook.authoring.edition.blocks import translatable
from workbook.language import KOREAN
from workbook.paths import ASSETS

MESSAGE = re.compile(r'_\("([^"]+)"\)')
WAS = "was: "  # begins a comment with a line of the English before it changed
PACKAGE = ASSETS / "workbook"
# dates and versions of programs would change with every writing
HEADER = r"""# WHAT
# `workbook translate` keeps the entries in step with the English. Write msgstr; where a line says
# "#, fuzzy", correct msgstr and take that line away.
msgid ""
msgstr ""
"Language: ko\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"

"""


def read(path: Path) -> Catalog:
    """The catalog in a file; an empty one if there is no file. Raises babel's PoFileError."""
    if not path.exists():
        return Catalog(locale=KOREAN)
    with path.open("rb") as file:
        return read_po(file, locale=KOREAN, abort_invalid=True)


def write(path: Path, catalog: Catalog, what: str) -> None:
    """`what` says in a sentence what the entries are."""
    body = BytesIO()
    write_po(
        body,
        catalog,
        width=0,  # a paragraph is one line, as in the notebook
        omit_header=True,
        ignore_obsolete=True,
        include_lineno=False,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    text = HEADER.replace("WHAT", what) + body.getvalue().decode("utf-8").strip() + "\n"
    path.write_text(text, encoding="utf-8", newline="\n")


def of_prose(notebook: NotebookNode) -> Catalog:
    """The entries of a lesson's prose, not translated."""
    catalog = Catalog(locale=KOREAN)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for block in translatable(cell.source):
                catalog.add(block, context=cell.id)
    return catalog


def of_messages(package: Path = PACKAGE) -> Catalog:
    """The entries of the messages in the code, not translated; their locations are files. In the
    order of their texts, so that code which moves leaves the catalog where it was."""
    catalog = Catalog(locale=KOREAN)
    kinds = [("**.py", "python"), ("**.html", "workbook.authoring.edition.catalog:of_template")]
    found = extract_from_dir(package, kinds, keywords={"_": None})
    by_text = sorted(found, key=lambda one: (one[2], one[0], one[1]))
    for file, line, text, comments, _context in by_text:
        catalog.add(text, locations=[(file, line)], auto_comments=comments)
    return catalog


def of_template(
    file: BinaryIO, _keywords: object, _comments: object, options: object
) -> Iterator[tuple[int, str, str, list[str]]]:
    """The messages of a template of tornado, as Babel wants them: line, function, text, comments"""
    for number, line in enumerate(file, start=1):
        for found in MESSAGE.finditer(line.decode()):
            yield number, "_", found[1], []


def merge(old: Catalog, wanted: Catalog) -> Catalog:
    """`wanted` with the translations of `old`.

    What is as it was keeps its translation, in another cell too; what resembles an old text gets
    that one's, marked fuzzy, with the old text beside it; what the English no longer has is
    dropped.
    """
    finished = {entry.id: entry.string for entry in entries(old) if not entry.fuzzy}
    old.update(wanted)
    merged = Catalog(locale=KOREAN)
    for english in entries(wanted):  # in its order
        entry = old.get(english.id, english.context)
        assert entry is not None, "old was updated from wanted"
        fuzzy = entry.fuzzy and entry.id not in finished
        if entry.fuzzy and not fuzzy:
            entry.string = finished[entry.id]
        if fuzzy and entry.previous_id:  # a comment, as babel writes "#| msgid" but can't read it
            entry.user_comments = [WAS + line for line in entry.previous_id[0].splitlines()]
        elif not fuzzy:
            entry.user_comments = [c for c in entry.user_comments if not c.startswith(WAS)]
        entry.flags = english.flags | ({"fuzzy"} if fuzzy else set())
        merged[entry.id] = entry
    return merged


def entries(catalog: Catalog) -> list[Message]:
    return [entry for entry in catalog if entry.id]
