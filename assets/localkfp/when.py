"""The expression of `when`, after its tags have been substituted.

Argo hands it to govaluate (https://github.com/Knetic/govaluate, MANUAL.md). kfp 1.8 compiles
`dsl.Condition` to one comparison: texts in double quotes, numbers bare.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from localkfp.manifest import WorkflowError

TOKEN = re.compile(
    r"""\s*(?:
        (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<number>\d+(?:\.\d+)?)
      | (?P<name>[A-Za-z_]\w*)
      | (?P<operator>==|!=|>=|<=|=~|!~|&&|\|\||[><!()-])
    )""",
    re.VERBOSE,
)
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    "=~": lambda left, right: re.search(right, left) is not None,
    "!~": lambda left, right: re.search(right, left) is None,
}
LITERALS = {"true": True, "false": False}


def holds(expression: str) -> bool:
    """Whether the expression is true. Raises WorkflowError, in Argo's words, when it is none:
    for a bare word or an unsubstituted tag, say, where a text was meant."""
    try:
        tokens = _tokens(expression)
        value = _either(tokens)
        if tokens:
            raise ValueError(f"'{tokens[0][1]}' was not expected here")
        if not isinstance(value, bool):
            raise ValueError(f"it gives {value!r}, neither true nor false")
    except (ValueError, TypeError, IndexError, re.error) as error:
        reason = str(error) if str(error) != "pop from empty list" else "it ends too early"
        raise WorkflowError(f"Invalid 'when' expression '{expression}': {reason}") from None
    return value


def _tokens(expression: str) -> list[tuple[str, str]]:
    tokens, position, end = [], 0, len(expression.rstrip())
    while position < end:
        match = TOKEN.match(expression, position)
        if not match or match.lastgroup is None:
            raise ValueError(f"{expression[position:].strip()[:40]!r} is not understood")
        tokens.append((match.lastgroup, match[match.lastgroup]))
        position = match.end()
    return tokens


def _either(tokens: list[tuple[str, str]]) -> Any:
    value = _both(tokens)
    while tokens and tokens[0][1] == "||":
        tokens.pop(0)
        right = _both(tokens)
        value = _truth(value) or _truth(right)
    return value


def _both(tokens: list[tuple[str, str]]) -> Any:
    value = _comparison(tokens)
    while tokens and tokens[0][1] == "&&":
        tokens.pop(0)
        right = _comparison(tokens)
        value = _truth(value) and _truth(right)
    return value


def _comparison(tokens: list[tuple[str, str]]) -> Any:
    left = _operand(tokens)
    while tokens and tokens[0][0] == "operator" and tokens[0][1] in COMPARE:
        operator = tokens.pop(0)[1]
        right = _operand(tokens)
        if operator not in ("==", "!=") and type(left) is not type(right):
            raise ValueError(f"{left!r} {operator} {right!r} compares two kinds of value")
        left = COMPARE[operator](left, right)
    return left


def _operand(tokens: list[tuple[str, str]]) -> Any:
    kind, word = tokens.pop(0)
    if kind == "text":
        return re.sub(r"\\(.)", r"\1", word[1:-1])
    if kind == "number":
        return float(word)
    if kind == "name" and word in LITERALS:
        return LITERALS[word]
    if kind == "name":
        raise ValueError(f"No parameter '{word}' found. (consider quoting it)")
    if word == "(":
        value = _either(tokens)
        if tokens.pop(0)[1] != ")":
            raise ValueError("a bracket is not closed")
        return value
    if word == "!":
        return not _truth(_operand(tokens))
    if word == "-":
        return -_operand(tokens)
    raise ValueError(f"'{word}' was not expected here")


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither true nor false")
    return value
