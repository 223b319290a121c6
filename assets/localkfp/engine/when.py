"""The expression of `when`, after its tags have been substituted.

Argo hands it to govaluate, after making texts of bare words: `shouldExecute` in
workflow/controller/steps.go, and parsing.go and stagePlanner.go of
https://github.com/Knetic/govaluate. kfp 1.8 compiles `dsl.Condition` to one comparison: both sides
in double quotes for == and !=, as they are for the rest. The arithmetic of govaluate isn't here.
"""

from __future__ import annotations

import functools
import operator
import re
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import re2

from localkfp.errors import WorkflowError

# A text ends at the next quote of either kind, and a symbol at a letter, a digit or a blank.
TOKEN = re.compile(
    r"""\s*(?:
        (?P<text>["'](?:[^"'\\]|\\.)*["'])
      | (?P<number>[\d.]+)
      | (?P<word>[^\W\d_]\w*)
      | (?P<symbol>[()]|(?:[^\w\s()"']|_)+)
    )""",
    re.VERBOSE | re.DOTALL,
)
EQUAL = {"==": True, "!=": False}
MATCH = {"=~": True, "!~": False}
ORDER = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}
SYMBOLS = {*EQUAL, *MATCH, *ORDER, "&&", "||", "!", "-", "(", ")"}
LITERALS = {"true": True, "false": False}

# A day; with a blank, its time, and a zone if it has seconds; with a T, its time and a zone.
DATE = re.compile(
    r"""(\d{4}-\d\d-\d\d)(?:
        [ ](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?([+-]\d\d:\d\d)?)?
      | T(\d\d)(?::(\d\d)(?::(\d\d)(?:\.\d+)?)?)?(Z|[+-]\d\d:?\d\d)
    )?""",
    re.VERBOSE,
)

Tokens = list[tuple[str, str]]
Value = Callable[[], Any]  # evaluated late: && and || leave out what can't change the result


def holds(expression: str) -> bool:
    """Whether the expression is true. Raises WorkflowError, in Argo's words, when it is none: for
    an unsubstituted tag, say, where a number was meant."""
    if not expression:
        return True
    try:
        tokens = _tokens(expression)
        value = _either(tokens)
        if tokens:
            raise ValueError(f"'{tokens[0][1]}' was not expected here")
    except (ValueError, RecursionError) as error:
        raise WorkflowError(f"Invalid 'when' expression '{expression}': {error}") from None
    try:
        result = value()
    except (ValueError, RecursionError) as error:
        raise WorkflowError(
            f"Failed to evaluate 'when' expresion '{expression}': {error}"  # Argo's spelling
        ) from None
    if not isinstance(result, bool):
        raise WorkflowError(f"Expected boolean evaluation for '{expression}'. Got {_show(result)}")
    return result


# ---- from text to a value ------------------------------------------------------------------------


def _tokens(expression: str) -> Tokens:
    tokens, position, end = [], 0, len(expression.rstrip())
    while position < end:
        match = TOKEN.match(expression, position)
        if not match or match.lastgroup is None:
            raise ValueError("Unclosed string literal")
        kind, word = match.lastgroup, match[match.lastgroup]
        if kind == "symbol" and word not in SYMBOLS:
            raise ValueError(
                f"Invalid token: '{word}' "
                '(hint: try wrapping the affected expression in quotes ("))'
            )
        tokens.append((kind, word))
        position = match.end()
    if tokens.count(("symbol", "(")) != tokens.count(("symbol", ")")):
        raise ValueError("Unbalanced parenthesis")
    return tokens


def _take(tokens: Tokens, *symbols: str) -> str:
    """The next token, if it is one of the symbols."""
    if tokens and tokens[0][0] == "symbol" and tokens[0][1] in symbols:
        return tokens.pop(0)[1]
    return ""


def _either(tokens: Tokens) -> Value:
    parts = [_both(tokens)]
    while _take(tokens, "||"):
        parts.append(_both(tokens))
    return parts[0] if len(parts) == 1 else lambda: any(_truth(part(), "||") for part in parts)


def _both(tokens: Tokens) -> Value:
    parts = [_comparison(tokens)]
    while _take(tokens, "&&"):
        parts.append(_comparison(tokens))
    return parts[0] if len(parts) == 1 else lambda: all(_truth(part(), "&&") for part in parts)


def _comparison(tokens: Tokens) -> Value:
    left = _operand(tokens)
    while symbol := _take(tokens, *EQUAL, *MATCH, *ORDER):
        left = partial(_compare, symbol, left, _operand(tokens))
    return left


def _operand(tokens: Tokens) -> Value:
    if not tokens:
        raise ValueError("Unexpected end of expression")
    kind, word = tokens.pop(0)
    if word == "(" and kind == "symbol":
        value = _either(tokens)
        if not _take(tokens, ")"):
            raise ValueError("Unbalanced parenthesis")
        return value
    if word in ("!", "-") and kind == "symbol":
        return partial(_prefixed, word, _operand(tokens))
    if kind == "symbol":
        raise ValueError(f"'{word}' was not expected here")
    literal = _literal(kind, word)
    return lambda: literal


def _literal(kind: str, word: str) -> str | float | bool:
    if kind == "text":
        text = re.sub(r"\\(.)", r"\1", word[1:-1], flags=re.DOTALL)
        moment = _moment(text)
        return text if moment is None else moment
    if kind == "number":
        try:
            return float(word)
        except ValueError:
            raise ValueError(f"Unable to parse numeric value '{word}' to float64") from None
    return LITERALS.get(word, word)


def _moment(text: str) -> float | None:
    """Seconds since 1970 of a text that is a date: govaluate compares those as numbers.
    (tryParseTime in its parsing.go; its forms with names of days, or without a day, aren't here.)
    """
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


# ---- what the symbols mean -----------------------------------------------------------------------


def _compare(symbol: str, first: Value, second: Value) -> bool:
    left, right = first(), second()
    if symbol in EQUAL:
        return (type(left) is type(right) and left == right) is EQUAL[symbol]
    texts = isinstance(left, str) and isinstance(right, str)
    if symbol in ORDER and (texts or (isinstance(left, float) and isinstance(right, float))):
        return ORDER[symbol](left, right)
    if symbol in MATCH and texts:
        return (_pattern(right).search(left) is not None) is MATCH[symbol]
    raise ValueError(
        f"Value '{_show(left)}' cannot be used with the comparator '{symbol}', it is not a number"
    )


@functools.lru_cache(maxsize=64)
def _pattern(text: str) -> Any:
    """A pattern as Go's regexp has it: matched in a time that grows with the text alone, so that no
    expression stops a server. Raises ValueError."""
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(text, options)
    except re2.error as error:
        raise ValueError(f"error parsing regexp: {_said(error)}") from None


def _said(error: Exception) -> str:
    said = error.args[0] if error.args else error
    return said.decode(errors="replace") if isinstance(said, bytes) else str(said)


def _prefixed(symbol: str, operand: Value) -> bool | float:
    value = operand()
    if not isinstance(value, bool if symbol == "!" else float):
        raise ValueError(f"Value '{_show(value)}' cannot be used with the prefix '{symbol}'")
    return not value if symbol == "!" else -value


def _truth(value: Any, symbol: str) -> bool:
    if not isinstance(value, bool):
        raise ValueError(
            f"Value '{_show(value)}' cannot be used with the logical operator '{symbol}', "
            "it is not a bool"
        )
    return value


def _show(value: Any) -> str:
    """A value as Go prints it."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)
