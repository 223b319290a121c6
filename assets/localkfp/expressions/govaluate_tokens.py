"""The tokens of an expression of govaluate, and which may follow which.

parsing.go and lexerState.go of https://github.com/Knetic/govaluate (v3), with its words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

Kind = Literal[
    "UNKNOWN", "NUMERIC", "BOOLEAN", "STRING", "PATTERN", "TIME", "VARIABLE", "ACCESSOR",
    "SEPARATOR", "CLAUSE", "CLAUSE_CLOSE", "COMPARATOR", "LOGICALOP", "MODIFIER", "PREFIX",
    "TERNARY",
]  # fmt: skip


@dataclass(frozen=True)
class Token:
    """`value` is a number, a bool or a text: of a symbol its letters, of a date its seconds."""

    kind: Kind
    value: Any


START = Token("UNKNOWN", None)
SYMBOLS: dict[Kind, frozenset[str]] = {
    "PREFIX": frozenset({"-", "!", "~"}),
    "MODIFIER": frozenset({"+", "-", "*", "/", "%", "**", "&", "|", "^", ">>", "<<"}),
    "LOGICALOP": frozenset({"&&", "||"}),
    "COMPARATOR": frozenset({"==", "!=", ">", ">=", "<", "<=", "=~", "!~"}),
    "TERNARY": frozenset({"?", ":", "??"}),
}
VALUES = {"NUMERIC", "BOOLEAN", "VARIABLE", "ACCESSOR", "STRING", "TIME", "CLAUSE"}
BEHIND_A_VALUE = {"MODIFIER", "COMPARATOR", "LOGICALOP", "CLAUSE_CLOSE", "TERNARY", "SEPARATOR"}
NEXT: dict[Kind, set[str]] = {
    "UNKNOWN": VALUES | {"PREFIX", "PATTERN"},
    "CLAUSE": VALUES | {"PREFIX", "PATTERN", "CLAUSE_CLOSE"},
    "CLAUSE_CLOSE": BEHIND_A_VALUE | VALUES - {"ACCESSOR"} | {"PATTERN"},
    "NUMERIC": BEHIND_A_VALUE,
    "BOOLEAN": BEHIND_A_VALUE,
    "STRING": BEHIND_A_VALUE,
    "VARIABLE": BEHIND_A_VALUE,
    "ACCESSOR": BEHIND_A_VALUE | {"CLAUSE"},
    "TIME": BEHIND_A_VALUE - {"TERNARY"},
    "PATTERN": BEHIND_A_VALUE - {"TERNARY"},
    "MODIFIER": VALUES - {"TIME"} | {"PREFIX", "CLAUSE_CLOSE"},
    "COMPARATOR": VALUES | {"PREFIX", "PATTERN", "CLAUSE_CLOSE"},
    "LOGICALOP": VALUES | {"PREFIX", "CLAUSE_CLOSE"},
    "TERNARY": VALUES | {"PREFIX", "SEPARATOR"},
    "SEPARATOR": VALUES | {"PREFIX"},
    "PREFIX": VALUES - {"STRING", "TIME"} | {"CLAUSE_CLOSE"},
}
MAY_END = {
    *("NUMERIC", "BOOLEAN", "STRING", "PATTERN", "TIME", "VARIABLE", "ACCESSOR", "CLAUSE_CLOSE"),
}

# A text ends at the next quote of either kind, and a symbol at a letter, a digit or a blank.
TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>[\d.]+)
      | (?P<comma>,)
      | (?P<bracketed>\[(?:[^\]\\]|\\.)*\]?)
      | (?P<word>[^\W\d_][\w.]*)
      | (?P<text>["'](?:[^"'\\]|\\.)*["']?)
      | (?P<clause>[()])
      | (?P<symbol>(?:[^\w\s()\[\]"']|_)+)
    )""",
    re.VERBOSE | re.DOTALL,
)

# A day; with a blank, its time, and a zone if it has seconds; with a T, its time and a zone.
DATE = re.compile(
    r"""(\d{4}-\d\d-\d\d)(?:
        [ ](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?([+-]\d\d:\d\d)?)?
      | T(\d\d)(?::(\d\d)(?::(\d\d)(?:\.\d+)?)?)?(Z|[+-]\d\d:?\d\d)
    )?""",
    re.VERBOSE,
)


def tokens(expression: str) -> list[Token]:
    """The tokens of an expression, in an order that may be. Raises ValueError in its words."""
    found: list[Token] = []
    position, end = 0, len(expression.rstrip())
    while position < end:
        match = TOKEN.match(expression, position)
        if match is None or match.lastgroup is None:
            raise ValueError(f"Invalid token: '{expression[position:end].strip()}'")
        before = found[-1] if found else START
        found.append(READ[match.lastgroup](match[match.lastgroup], before))
        position = match.end()
    kinds = [token.kind for token in found]
    if kinds.count("CLAUSE") != kinds.count("CLAUSE_CLOSE"):
        raise ValueError("Unbalanced parenthesis")
    check_order(found)
    return found


def check_order(found: Sequence[Token]) -> None:
    """checkExpressionSyntax. Raises ValueError."""
    before = START
    for token in found:
        if token.kind not in NEXT[before.kind]:
            if before.kind == "VARIABLE" and token.kind == "CLAUSE":
                raise ValueError(f"Undefined function {before.value}")
            raise ValueError(
                f"Cannot transition token types from {_told(before)} to {_told(token)}"
            )
        before = token
    if before.kind not in MAY_END:
        raise ValueError("Unexpected end of expression")


def shown(value: Any) -> str:
    """A value as Go prints it."""
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{' '.join(map(shown, value))}]"
    return _float(value) if isinstance(value, float) else str(value)


def _float(value: float) -> str:
    if value != value or value in (float("inf"), float("-inf")):
        return {"inf": "+Inf", "-inf": "-Inf"}.get(str(value), "NaN")
    sign, digits, power = Decimal(repr(value)).normalize().as_tuple()
    exponent = len(digits) + int(power) - 1
    if value == 0 or -4 <= exponent < 6:
        return f"{Decimal(repr(value)).normalize():f}"
    first, rest = str(digits[0]), "".join(map(str, digits[1:]))
    return f"{'-' * sign}{first}{'.' + rest if rest else ''}e{exponent:+03d}"


def _told(token: Token) -> str:
    value = ord(token.value) if token.kind in ("CLAUSE", "CLAUSE_CLOSE") else shown(token.value)
    return f"{token.kind} [{value}]"


# ---- reading one token ---------------------------------------------------------------------------


def _number(text: str, _: Token) -> Token:
    try:
        return Token("NUMERIC", float(text))
    except ValueError:
        raise ValueError(f"Unable to parse numeric value '{text}' to float64\n") from None


def _comma(text: str, _: Token) -> Token:
    return Token("SEPARATOR", text)


def _bracketed(text: str, _: Token) -> Token:
    if not text.endswith("]") or len(text) == 1:
        raise ValueError("Unclosed parameter bracket")
    return Token("VARIABLE", _unescaped(text[1:-1]))


def _word(text: str, _: Token) -> Token:
    if text in ("true", "false"):
        return Token("BOOLEAN", text == "true")
    if text in ("in", "IN"):
        return Token("COMPARATOR", "in")
    if "." not in text:
        return Token("VARIABLE", text)
    if text.endswith("."):
        raise ValueError(f"Hanging accessor on token '{text}'")
    for part in text.split(".")[1:]:
        if part[:1].upper() != part[:1]:
            raise ValueError(f"Unable to access unexported field '{part}' in token '{text}'")
    return Token("ACCESSOR", text)


def _text(text: str, _: Token) -> Token:
    closed = re.fullmatch(r"""["'](?:[^"'\\]|\\.)*["']""", text, re.DOTALL)
    if not closed:
        raise ValueError("Unclosed string literal")
    inner = _unescaped(text[1:-1])
    moment = _moment(inner)
    return Token("STRING", inner) if moment is None else Token("TIME", moment)


def _clause(text: str, _: Token) -> Token:
    return Token("CLAUSE" if text == "(" else "CLAUSE_CLOSE", text)


def _symbol(text: str, before: Token) -> Token:
    for kind, symbols in SYMBOLS.items():
        if text in symbols and (kind != "PREFIX" or kind in NEXT[before.kind]):
            return Token(kind, text)
    raise ValueError(f"Invalid token: '{text}'")


READ: dict[str, Callable[[str, Token], Token]] = {
    "number": _number,
    "comma": _comma,
    "bracketed": _bracketed,
    "word": _word,
    "text": _text,
    "clause": _clause,
    "symbol": _symbol,
}


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)


def _moment(text: str) -> float | None:
    """Seconds since 1970 of a text that is a date: they are compared as numbers. (tryParseTime; its
    forms with names of days, or without a day, aren't here.)"""
    match = DATE.fullmatch(text)
    if not match:
        return None
    day, *rest = match.groups()
    hour, minute, second, zone = (blank or t for blank, t in zip(rest[:4], rest[4:], strict=True))
    try:
        moment = datetime.fromisoformat(
            f"{day}T{hour or '00'}:{minute or '00'}:{second or '00'}+00:00"
        )
    except ValueError:  # 2021-02-30
        return None
    if not zone or zone == "Z":
        return moment.timestamp()
    return moment.timestamp() - int(f"{zone[0]}1") * (int(zone[1:3]) * 3600 + int(zone[-2:]) * 60)
