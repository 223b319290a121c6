"""Tokens of the language of expr: parser/lexer and file/error.go of
https://github.com/antonmedv/expr at v1.9, which Argo 3.3.8 has.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

WORDS = {"in", "or", "and", "not", "matches", "contains", "startsWith", "endsWith"}
TOKEN = re.compile(
    r"""(?P<blank>\s+)
      | (?P<Number>0x[0-9a-fA-F]+ | (?:\d[\d_]*(?:\.\d+)? | \.\d+)(?:[eE][+-]?\d+)?)
      | (?P<String>"(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*' | `[^`]*`)
      | (?P<Identifier>[^\W\d]\w*|\$\w*)
      | (?P<Bracket>[()\[\]{}])
      | (?P<Operator>\.\.|\?\.|[&|!=*<>][&|=*]?|[#,?:%+\-/.])
    """,
    re.VERBOSE,
)
ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}|.)", re.DOTALL)
ESCAPED = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


class ExprError(ValueError):
    """An expression that can't be read, or has no value. The message is expr's own."""


@dataclass(frozen=True)
class Token:
    """`kind` as expr names it; `at`: how many characters stand before it."""

    kind: str
    text: str
    at: int

    def is_(self, kind: str, *texts: str) -> bool:
        return self.kind == kind and (not texts or self.text in texts)

    def __str__(self) -> str:
        return f'{self.kind}("{self.text}")' if self.text else self.kind


def tokens(source: str) -> list[Token]:
    """All of them, and `EOF`. Raises ExprError."""
    found: list[Token] = []
    at, end = 0, 0  # `end`: where the lexer believes to be at the end
    while at < len(source):
        match = TOKEN.match(source, at)
        if not match or match.lastgroup is None:
            said = "literal not terminated" if source[at] in "\"'`" else "unrecognized character"
            shown = "" if source[at] in "\"'`" else f": U+{ord(source[at]):04X} '{source[at]}'"
            raise wrong(f"{said}{shown}", source, at)
        kind, text = match.lastgroup, match[0]
        if kind == "Identifier" and text in WORDS:
            kind = "Operator"
        if kind != "blank":
            if kind == "Operator" and text == "in" and found and found[-1].text == "not":
                found[-1] = Token("Operator", "not in", found[-1].at)
            else:
                found.append(Token(kind, _unquoted(text) if kind == "String" else text, at))
        at = match.end()
        # it steps back once more behind what might have been longer
        looked = kind in ("Identifier", "Number") or (kind == "Operator" and text[0] in "&|!=*<>")
        end = at - 1 if looked or text in WORDS else at
    return [*found, Token("EOF", "", end)]


def wrong(said: str, source: str, at: int) -> ExprError:
    """With the place of the mistake, as file.Error shows it."""
    line = source.count("\n", 0, at)
    column = at - (source.rfind("\n", 0, at) + 1)
    snippet = source.split("\n")[line]
    pointer = f"\n | {'.' * column}^" if snippet[: column + 1].isascii() else ""
    return ExprError(f"{said} ({line + 1}:{column + 1})\n | {snippet}{pointer}")


def _unquoted(text: str) -> str:
    if text[0] == "`":
        return text[1:-1]

    def meaning(match: re.Match[str]) -> str:
        found = match[1]
        if found[0] in "xuU":
            return chr(int(found[1:], 16))
        return chr(int(found, 8)) if found.isdigit() else ESCAPED.get(found, found)

    return ESCAPE.sub(meaning, text[1:-1])
