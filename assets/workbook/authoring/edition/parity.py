"""What a translated text has to keep of the English: everything but the words. Pure.

Markdown is read by the rules of CommonMark, which JupyterLab follows. They matter in Korean: a bold
text that ends in a bracket or in code, with a particle right behind it, is not bold.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator

from babel.messages.catalog import Catalog, Message
from markdown_it import MarkdownIt
from markdown_it.token import Token

from workbook.authoring.derive import Difference
from workbook.authoring.edition.blocks import without_code

MARKDOWN = MarkdownIt("commonmark").enable("table")
HANGUL = re.compile("[가-힣]")
NUMBER = re.compile(r"\d+(?:[.,:-]\d+)*")
HTML_TAG = re.compile(r"</?([a-z]+\d?)")
HTML_CODE = re.compile(r"(?s)<code>(.*?)</code>")
PLACEHOLDER = re.compile(r"\{[^{}]*\}|[{}]")
# create_component_from_func, dag.tasks: in a message, which has no backticks
IDENTIFIER = re.compile(r"[A-Za-z]\w*(?:[._][A-Za-z]\w*)+")
# a page of the Kubernetes documentation may be the Korean one
KOREAN_PAGES = re.compile(r"(?<=^https://kubernetes\.io)/ko(?=/docs/)")
BEGINS = {"list_item_open": "list item", "tr_open": "table row", "th_open": "table column"}
MARKS = {"strong_open": "bold text", "em_open": "emphasis"}


def incomplete(wanted: Catalog, actual: Catalog) -> list[Difference]:
    """The entries of `actual` that are missing, fuzzy, or of no text in the English.

    The place of a finding is the entry's cell; for a message, which has none, its file.
    """
    found = [
        one
        for entry in wanted
        if entry.id and (one := _unfinished(entry, actual.get(entry.id, entry.context)))
    ]
    found += [
        Difference(place(entry), f"a stale entry, the English has no {excerpt(str(entry.id))}")
        for entry in actual
        if entry.id and wanted.get(entry.id, entry.context) is None
    ]
    return found


def unwritten(wanted: Catalog, actual: Catalog) -> list[Difference]:
    """Those of `incomplete` that only who writes Korean can mend: the entry is there, without
    Korean or fuzzy."""
    return [
        one
        for entry in wanted
        if entry.id and (stored := actual.get(entry.id, entry.context)) is not None
        if (one := _unfinished(entry, stored))
    ]


def _unfinished(entry: Message, stored: Message | None) -> Difference | None:
    if stored is None or not stored.string:
        return Difference(place(entry), f"no Korean for {excerpt(str(entry.id))}")
    if stored.fuzzy:
        what = f"the Korean is marked fuzzy, the English changed: {excerpt(str(entry.id))}"
        return Difference(place(entry), what)
    return None


def place(entry: Message) -> str:
    return entry.context or ", ".join(sorted({file for file, _line in entry.locations}))


def excerpt(text: str) -> str:
    line = " ".join(text.split())
    return repr(line if len(line) <= 60 else line[:57] + "...")


def lost_in_prose(english: str, korean: str) -> list[str]:
    """What the Korean of a block has lost or made up, one phrase each."""
    found = _compare(Counter(_structure(english)), Counter(_structure(korean)))
    return found + _lost_words(without_code(english), without_code(korean))


def lost_in_message(english: str, korean: str) -> list[str]:
    """The same for a message, which is plain text with placeholders."""
    found = _compare(Counter(_placeholders(english)), Counter(_placeholders(korean)))
    found += [f"lost: {word}" for word in IDENTIFIER.findall(english) if word not in korean]
    if _margins(english) != _margins(korean):
        found.append("other spaces at its beginning or end")
    if english.endswith("?") != korean.endswith("?"):
        found.append("only one of the two is a question")
    if english == korean and _is_code(english):  # a hint that is nearly the solution
        return found
    return found + _lost_words(PLACEHOLDER.sub(" ", english), PLACEHOLDER.sub(" ", korean))


def _compare(english: Counter[str], korean: Counter[str]) -> list[str]:
    found = []
    for what in sorted(english.keys() | korean.keys()):
        before, after = english[what], korean[what]
        if what.startswith("the code") and before and after:
            continue  # a language may name a thing once more than the other
        if before and not after:
            found.append(f"lost: {what}")
        elif after and not before:
            found.append(f"not in the English: {what}")
        elif before != after:
            found.append(f"{before} in the English, {after} in the Korean: {what}")
    return found


def _lost_words(english: str, korean: str) -> list[str]:
    found = []
    if re.search("[A-Za-z]{2}", english) and not HANGUL.search(korean):
        found.append("it is not Korean")
    numbers = set(NUMBER.findall(korean))
    found += [
        f"lost: the number {number}"
        for number in dict.fromkeys(NUMBER.findall(english))
        if number not in numbers
    ]
    return found


def _structure(text: str) -> Iterator[str]:
    for token in _walk(MARKDOWN.parse(text)):
        if token.type == "heading_open":
            yield f"a heading of level {token.tag[1:]}"
        elif token.type in BEGINS:
            yield BEGINS[token.type]
        elif token.type in MARKS:
            yield MARKS[token.type]
        elif token.type == "code_inline":
            yield f"the code `{token.content}`"
        elif token.type in ("fence", "code_block"):
            yield f"the code block {excerpt(token.content)}"
        elif token.type == "link_open":
            yield f"the link to {KOREAN_PAGES.sub('', str(token.attrs['href']))}"
        elif token.type == "image":
            yield f"the figure {token.attrs['src']}"
        elif token.type in ("html_inline", "html_block"):
            yield from (f"the tag <{tag}>" for tag in HTML_TAG.findall(token.content))
    yield from (f"the code <code>{code}</code>" for code in HTML_CODE.findall(text))


def _walk(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _walk(token.children or [])


def _placeholders(text: str) -> Iterator[str]:
    return (f"the placeholder {found}" for found in PLACEHOLDER.findall(text))


def _is_code(text: str) -> bool:
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return False
    return any(isinstance(node, ast.Call | ast.Subscript | ast.Dict) for node in ast.walk(tree))


def _margins(text: str) -> tuple[str, str]:
    body = text.strip()
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :] if body else ""
