"""A lesson as its prose is built: headings, sections of the skeleton, lists, figures.

Markdown is read by mistune, the parser of nbconvert; a token is a node of its syntax tree.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import mistune
from nbformat import NotebookNode

Token = dict[str, Any]

OPENING = ("What you will do", "What you will be able to do", "What you need")
CLOSING = ("Recap", "Quiz", "Next")


@dataclass(frozen=True)
class Lesson:
    """A stored lesson, solved or derived. Figures are looked up from the folder of `path`."""

    path: Path
    notebook: NotebookNode

    @property
    def number(self) -> str:
        return self.path.name[:2]


def blocks(lesson: Lesson) -> Iterator[tuple[str, Token]]:
    """Cell id and token of every block of prose, in order."""
    parse = mistune.create_markdown(renderer=None)
    for cell in lesson.notebook.cells:
        if cell.cell_type == "markdown":
            for token in parse(cell.source):
                if token["type"] != "blank_line":
                    yield cell.id, token


def walk(token: Token) -> Iterator[Token]:
    """The token and all below it, in the order of the text."""
    yield token
    for child in token.get("children", []):
        yield from walk(child)


def plain_text(token: Token) -> str:
    breaks = {"softbreak": " ", "linebreak": " "}
    leaves = (breaks.get(leaf["type"], leaf.get("raw", "")) for leaf in walk(token))
    return "".join(leaves).strip()


def level(token: Token) -> int | None:
    """1 to 6 for a heading."""
    return token["attrs"]["level"] if token["type"] == "heading" else None


def headings(lesson: Lesson) -> list[tuple[str, Token]]:
    return [(cell, token) for cell, token in blocks(lesson) if level(token)]


def label(token: Token) -> str | None:
    """Which section of the skeleton begins here: a heading, or the bold start of a paragraph."""
    if token["type"] == "paragraph" and token["children"][0]["type"] == "strong":
        token = token["children"][0]
    elif not level(token):
        return None
    text = plain_text(token).rstrip(".:")
    return text if text in OPENING + CLOSING else None


def section(lesson: Lesson, name: str) -> list[Token]:
    """The blocks from a label to the next, or to a heading of level 1 or 2.

    The label is one of them if it is a bold start: the text follows in the same paragraph.
    """
    found: list[Token] = []
    inside = False
    for _cell, token in blocks(lesson):
        begins = label(token)
        if begins or level(token) in (1, 2):
            inside = begins == name
            if inside and not level(token) and len(token["children"]) > 1:
                found.append(token)
        elif inside:
            found.append(token)
    return found


def bullets(lesson: Lesson, name: str) -> list[Token]:
    return _list_items(lesson, name, ordered=False)


def numbered(lesson: Lesson, name: str) -> list[Token]:
    return _list_items(lesson, name, ordered=True)


def figures(lesson: Lesson) -> Iterator[tuple[str, str, str]]:
    """Cell id, address and alt text of each image, whether written in Markdown or in HTML."""
    for cell, block in blocks(lesson):
        for token in walk(block):
            if token["type"] == "image":
                yield cell, token["attrs"]["url"], plain_text(token)
            elif token["type"] in ("block_html", "inline_html"):
                html = _Images()
                html.feed(token["raw"])
                for address, alt in html.images:
                    yield cell, address, alt


def _list_items(lesson: Lesson, name: str, ordered: bool) -> list[Token]:
    return [
        item
        for token in section(lesson, name)
        if token["type"] == "list" and token["attrs"]["ordered"] is ordered
        for item in token["children"]
    ]


class _Images(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.images: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            values = dict(attrs)
            self.images.append((values.get("src") or "", values.get("alt") or ""))
