"""What the operators of expr mean: vm/runtime.go and vm/helpers.go of
https://github.com/antonmedv/expr at v1.9. A whole number is an int64 of Go.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

from localkfp.expressions.expr_tokens import ExprError
from localkfp.expressions.patterns import pattern

ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
OF_TEXTS: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda a, b: b in a,
    "startsWith": str.startswith,
    "endsWith": str.endswith,
    "matches": lambda a, b: matches(b, a),
}
MAX_TEXT = 1_000_000  # characters that an expression makes


def binary(word: str, left: Any, right: Any) -> Any:
    """Raises ExprError."""
    if word in ("==", "!="):
        return equal(left, right) is (word == "==")
    if word in ("in", "not in"):
        return contains(right, left) is (word == "in")
    if word in ORDER:
        texts = isinstance(left, str) and isinstance(right, str)
        if texts or (is_number(left) and is_number(right)):
            return ORDER[word](left, right)
        raise _none(word, left, right)
    if word in OF_TEXTS:
        return OF_TEXTS[word](text(left), text(right))
    if word == "..":
        if isinstance(left, int) and isinstance(right, int):
            return list(range(left, right + 1))
        raise _none(word, left, right)
    return arithmetic(word, left, right)


def arithmetic(word: str, left: Any, right: Any) -> Any:
    """`/` and `**` give a number with a fraction, the others a whole one of whole ones."""
    if word == "+" and isinstance(left, str) and isinstance(right, str):
        if len(left) + len(right) > MAX_TEXT:
            raise ExprError("memory budget exceeded")
        return left + right
    if not (is_number(left) and is_number(right)):
        raise _none(word, left, right)
    if word == "/":
        return _quotient(left, right)
    if word == "**":
        return _power(left, right)
    if word == "%":
        if not (isinstance(left, int) and isinstance(right, int)):
            raise _none(word, left, right)
        if not right:
            raise ExprError("runtime error: integer divide by zero")
        return int(math.copysign(1, left)) * (abs(left) % abs(right))
    found = {"+": operator.add, "-": operator.sub, "*": operator.mul}[word](left, right)
    return int64(found) if isinstance(found, int) else found


def int64(value: int) -> int:
    return (value + 2**63) % 2**64 - 2**63


def _quotient(left: float, right: float) -> float:
    if right:
        return left / right
    return math.nan if not left or left != left else math.copysign(math.inf, left)


def _power(left: float, right: float) -> float:
    try:
        return math.pow(left, right)
    except OverflowError:
        return math.inf
    except ValueError:
        return math.inf if left == 0 else math.nan


def truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ExprError(f"interface conversion: interface {{}} is {kind(value)}, not bool")
    return value


def equal(left: Any, right: Any) -> bool:
    if is_number(left) and is_number(right):
        return bool(left == right)
    return type(left) is type(right) and bool(left == right)


def contains(whole: Any, part_: Any) -> bool:
    if whole is None:
        return False
    if isinstance(whole, list):
        return any(equal(entry, part_) for entry in whole)
    if isinstance(whole, Mapping):
        return isinstance(part_, str) and part_ in whole
    raise ExprError(f'operator "in" not defined on {kind(whole)}')


def member(value: Any, key: Any, safe: bool = False) -> Any:
    """Of a mapping, or a list. Raises ExprError where there is none, but for a mapping's."""
    if isinstance(value, Mapping) and isinstance(key, str):
        return value.get(key)
    if isinstance(value, list) and isinstance(key, int):
        if 0 <= key < len(value):
            return value[key]
        raise ExprError(f"index out of range: {key} (array length is {len(value)})")
    if isinstance(value, str) and isinstance(key, int) and 0 <= key < len(value.encode()):
        return value.encode()[key]
    if value is None and safe:
        return None
    raise ExprError(f"cannot fetch {printed(key)} from {kind(value)}")


def part(value: Any, first: Any, last: Any) -> Any:
    if not isinstance(value, list | str):
        raise ExprError(f"cannot slice {kind(value)}")
    size = len(value)
    start = 0 if first is None else min(whole(first), size)
    return value[max(start, 0) : size if last is None else max(min(whole(last), size), 0)]


def length(value: Any) -> int:
    if isinstance(value, str | list | Mapping):
        return len(value.encode() if isinstance(value, str) else value)
    raise ExprError(f"invalid argument for len (type {kind(value)})")


def elements(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    raise ExprError(f"cannot range over {kind(value)}")


def text(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise ExprError(f"interface conversion: interface {{}} is {kind(value)}, not string")


def whole(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ExprError(f"invalid operation: int({kind(value)})")


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def matches(source: str, value: str) -> bool:
    try:
        return pattern(source).search(value) is not None
    except ValueError as error:
        raise ExprError(str(error)) from None


def kind(value: Any) -> str:
    """The type as Go names it."""
    if value is None:
        return "nil"
    names = {bool: "bool", int: "int", float: "float64", str: "string", list: "[]interface {}"}
    return names.get(type(value), "map[string]interface {}")


def printed(value: Any) -> str:
    """As `fmt.Sprintf("%v", ...)` writes it."""
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, list):
        return f"[{' '.join(map(printed, value))}]"
    if isinstance(value, Mapping):
        return f"map[{' '.join(f'{key}:{printed(value[key])}' for key in sorted(value))}]"
    return str(value)


def _float(value: float) -> str:
    """`%v` of a float64: with an exponent below -4 and from 21 on."""
    if math.isnan(value) or math.isinf(value):
        return "NaN" if math.isnan(value) else "+Inf" if value > 0 else "-Inf"
    if value == 0 or 1e-4 <= abs(value) < 1e21:
        found = repr(value) if "e" not in repr(value) else f"{value:.0f}"
        return found.removesuffix(".0")
    digits, _, exponent = repr(value).partition("e")
    return f"{digits.removesuffix('.0')}e{exponent[0]}{exponent[1:].rjust(2, '0')}"


def _none(word: str, left: Any, right: Any) -> ExprError:
    return ExprError(f"invalid operation: {kind(left)} {word} {kind(right)}")
