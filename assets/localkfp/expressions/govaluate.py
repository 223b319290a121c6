"""Expressions as govaluate evaluates them: stagePlanner.go and evaluationStage.go of
https://github.com/Knetic/govaluate (v3), with its words.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

from localkfp.expressions.govaluate_tokens import Token, shown
from localkfp.expressions.patterns import pattern

Stage = Callable[[], Any]  # evaluated late: && and || leave out what can't change the result

# from the loosest; operators of one line go from the left
PRECEDENCE: tuple[tuple[str, ...], ...] = (
    (",",),
    ("?", ":", "??"),
    ("||",),
    ("&&",),
    ("==", "!=", ">", ">=", "<", "<=", "=~", "!~", "in"),
    ("&", "|", "^"),
    ("<<", ">>"),
    ("+", "-"),
    ("*", "/", "%"),
    ("**",),
)
OPERATORS = {"SEPARATOR", "TERNARY", "LOGICALOP", "COMPARATOR", "MODIFIER"}
ORDER = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}
ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": lambda a, b: a / b if b else math.nan if a == 0 or a != a else math.copysign(math.inf, a),
    "%": lambda a, b: math.fmod(a, b) if b else math.nan,
    "**": math.pow,
    "&": lambda a, b: float(int(a) & int(b)),
    "|": lambda a, b: float(int(a) | int(b)),
    "^": lambda a, b: float(int(a) ^ int(b)),
    "<<": lambda a, b: float(int(a) << min(int(b), 64)),
    ">>": lambda a, b: float(int(a) >> min(int(b), 64)),
}


def evaluate(found: Sequence[Token]) -> Any:
    """The value of tokens in an order that may be: a number, a bool, a text, a list or None.
    Raises ValueError in govaluate's words."""
    rest = list(found)
    return _planned(rest, 0)()


def check_patterns(found: Sequence[Token]) -> None:
    """What stands behind =~ and !~ as a text must be a pattern. Raises ValueError."""
    for token, after in pairwise(found):
        matching = token.kind == "COMPARATOR" and token.value in ("=~", "!~")
        if matching and after.kind == "STRING":
            pattern(after.value)


# ---- from tokens to stages -----------------------------------------------------------------------


def _planned(rest: list[Token], level: int) -> Stage:
    if level == len(PRECEDENCE):
        return _value(rest)
    left = _planned(rest, level + 1)
    while rest and rest[0].kind in OPERATORS and rest[0].value in PRECEDENCE[level]:
        symbol = rest.pop(0).value
        left = partial(STAGES.get(symbol, _modified), symbol, left, _planned(rest, level + 1))
    return left


def _value(rest: list[Token]) -> Stage:
    if not rest or rest[0].kind == "CLAUSE_CLOSE":
        return lambda: None
    token = rest.pop(0)
    if token.kind == "CLAUSE":
        inner = _planned(rest, 0)
        rest.pop(0)
        return inner
    if token.kind == "PREFIX":
        return partial(_prefixed, token.value, _value(rest))
    if token.kind == "ACCESSOR":
        return partial(_no_parameter, token.value.split(".")[0])
    return lambda: token.value


def _no_parameter(name: str) -> Any:
    raise ValueError(f"No parameter '{name}' found.")


# ---- what the symbols mean -----------------------------------------------------------------------


def _equal(symbol: str, first: Stage, second: Stage) -> bool:
    left, right = first(), second()
    return (type(left) is type(right) and left == right) is (symbol == "==")


def _ordered(symbol: str, first: Stage, second: Stage) -> bool:
    left, right = first(), second()
    if isinstance(left, str) and isinstance(right, str):
        return ORDER[symbol](left.encode(), right.encode())
    if isinstance(left, float) and isinstance(right, float):
        return ORDER[symbol](left, right)
    raise _not_comparable(symbol, left)


def _matching(symbol: str, first: Stage, second: Stage) -> bool:
    left, right = first(), second()
    for value in (left, right):
        if not isinstance(value, str):
            raise _not_comparable(symbol, value)
    return (pattern(right).search(left) is not None) is (symbol == "=~")


def _in(symbol: str, first: Stage, second: Stage) -> bool:
    left, right = first(), second()
    if not isinstance(right, list):
        raise _not_comparable(symbol, right)
    return any(type(left) is type(each) and left == each for each in right)


def _not_comparable(symbol: str, value: Any) -> ValueError:
    return ValueError(
        f"Value '{shown(value)}' cannot be used with the comparator '{symbol}', it is not a number"
    )


def _both(symbol: str, first: Stage, second: Stage) -> bool:
    return _truth(first(), symbol) and _truth(second(), symbol)


def _either(symbol: str, first: Stage, second: Stage) -> bool:
    return _truth(first(), symbol) or _truth(second(), symbol)


def _truth(value: Any, symbol: str) -> bool:
    if not isinstance(value, bool):
        raise ValueError(
            f"Value '{shown(value)}' cannot be used with the logical operator '{symbol}', "
            "it is not a bool"
        )
    return value


def _if(symbol: str, first: Stage, second: Stage) -> Any:
    condition = first()
    if not isinstance(condition, bool):
        raise ValueError(
            f"Value '{shown(condition)}' cannot be used with the ternary operator '{symbol}', "
            "it is not a bool"
        )
    return second() if condition else None


def _else(_: str, first: Stage, second: Stage) -> Any:
    value = first()
    return second() if value is None else value


def _listed(_: str, first: Stage, second: Stage) -> list[Any]:
    left = first()
    return [*(left if isinstance(left, list) else [left]), second()]


def _modified(symbol: str, first: Stage, second: Stage) -> Any:
    left, right = first(), second()
    if symbol == "+" and (isinstance(left, str) or isinstance(right, str)):
        return shown(left) + shown(right)
    for value in (left, right):
        if not isinstance(value, float):
            raise ValueError(
                f"Value '{shown(value)}' cannot be used with the modifier '{symbol}', "
                "it is not a number"
            )
    try:
        return ARITHMETIC[symbol](left, right)
    except (OverflowError, ValueError):
        return math.inf


def _prefixed(symbol: str, operand: Stage) -> bool | float:
    value = operand()
    if not isinstance(value, bool if symbol == "!" else float):
        raise ValueError(f"Value '{shown(value)}' cannot be used with the prefix '{symbol}'")
    if symbol == "~":
        return float(~int(value))
    return not value if symbol == "!" else -value


STAGES: dict[str, Callable[[str, Stage, Stage], Any]] = {
    "==": _equal,
    "!=": _equal,
    **dict.fromkeys(ORDER, _ordered),
    "=~": _matching,
    "!~": _matching,
    "in": _in,
    "&&": _both,
    "||": _either,
    "?": _if,
    ":": _else,
    "??": _else,
    ",": _listed,
}
