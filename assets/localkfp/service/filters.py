"""The filter of a list: what it may say, and which rows it keeps.

As kubeflow/pipelines 1.8.5 reads it (backend/api/filter.proto, backend/src/apiserver/filter). Text
is compared without regard to case, as every collation does that its database comes with.
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote_plus

from localkfp.service.errors import ServiceError

Row = Mapping[str, Any]
OPERATIONS = (
    "UNKNOWN", "EQUALS", "NOT_EQUALS", "GREATER_THAN", "", "GREATER_THAN_EQUALS", "LESS_THAN",
    "LESS_THAN_EQUALS", "IN", "IS_SUBSTRING",
)  # fmt: skip
COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "EQUALS": operator.eq,
    "NOT_EQUALS": operator.ne,
    "GREATER_THAN": operator.gt,
    "GREATER_THAN_EQUALS": operator.ge,
    "LESS_THAN": operator.lt,
    "LESS_THAN_EQUALS": operator.le,
}
BITS = {"int": 32, "long": 64}
KINDS = ("int", "long", "string", "timestamp")
FIELDS = {"op", "key", *(f"{kind}_value" for kind in KINDS), *(f"{k}_values" for k in KINDS[:3])}
TIMES = ("created_at", "scheduled_at", "finished_at")
TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
NUMBER = re.compile(r"\s*(-?\d+(?:\.\d+)?)")
CAMEL = re.compile(r"[A-Z]")


@dataclass(frozen=True)
class Predicate:
    """`operation` is a word of OPERATIONS; `values` are numbers or texts, one but for IN."""

    key: str
    operation: str
    values: tuple[float | str, ...]

    def keeps(self, row: Row) -> bool:
        have = row[self.key] or ""
        if self.operation == "IN":
            return any(_compare(operator.eq, self.key, have, want) for want in self.values)
        (want,) = self.values
        if self.operation == "IS_SUBSTRING":
            return str(want).casefold() in str(have).casefold()
        return _compare(COMPARE[self.operation], self.key, have, want)


def predicates(text: str, fields: Sequence[str], kind: str) -> list[Predicate]:
    """What a filter asks for; `fields` are the keys of this kind of list. Raises ServiceError."""
    if not text:
        return []
    try:
        found = _json(text)
        entries = found.get("predicates") or []
        if not isinstance(entries, list) or set(found) - {"predicates"}:
            raise ValueError
        return [_predicate(entry, fields, kind) for entry in entries]
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise ServiceError(
            "invalid", f"The filter is not JSON with predicates: {text[:200]!r}"
        ) from None


def _json(text: str) -> dict[str, Any]:
    """The web front end encodes the filter twice, the Python client once: both are read."""
    try:
        found = json.loads(text)
    except ValueError:
        found = json.loads(unquote_plus(text))
    if not isinstance(found, dict | None):
        raise ValueError
    return found or {}


def _predicate(entry: Mapping[str, Any], fields: Sequence[str], kind: str) -> Predicate:
    given = {CAMEL.sub(lambda big: f"_{big[0].lower()}", name): v for name, v in entry.items()}
    if set(given) - FIELDS:
        raise ValueError
    operation = _operation(given.get("op", 0))
    key = given.get("key", "")
    if key not in fields:
        raise ServiceError("invalid", f'Invalid filter field: "{key}" on listable type {kind}')
    values, single, text = _values(given, key)
    if operation == "IN" and single:
        raise ServiceError("invalid", f"IN takes a list of values, for {key}.")
    if operation != "IN" and not single:
        raise ServiceError("invalid", f"{operation} takes one value, not a list, for {key}.")
    if operation == "IS_SUBSTRING" and not text:
        raise ServiceError("invalid", f"IS_SUBSTRING takes a string_value, for {key}.")
    return Predicate(key, operation, values)


def _operation(op: Any) -> str:
    known = isinstance(op, int) and not isinstance(op, bool) and 0 < op < len(OPERATIONS)
    word = OPERATIONS[op] if known else op if isinstance(op, str) and op in OPERATIONS[1:] else ""
    if not word:
        raise ServiceError("invalid", f"Unknown filter operation {op!r}.")
    return word


def _values(given: Mapping[str, Any], key: str) -> tuple[tuple[float | str, ...], bool, bool]:
    """The values, whether it is one value and no list, and whether it is a text."""
    for kind in reversed(KINDS):
        if (value := given.get(f"{kind}_value")) is not None:
            return (_value(kind, value),), True, kind == "string"
        if (listed := given.get(f"{kind}_values")) is not None:
            if not isinstance(listed, Mapping) or set(listed) - {"values"}:
                raise ValueError
            return tuple(_value(kind, each) for each in listed.get("values") or ()), False, False
    raise ServiceError("invalid", f"The predicate on {key} has no value.")


def _value(kind: str, value: Any) -> float | str:
    if kind in BITS:
        number = int(value) if isinstance(value, str) else value
        if not isinstance(number, int) or isinstance(value, bool):
            raise ValueError
        if not -(2 ** (BITS[kind] - 1)) <= number < 2 ** (BITS[kind] - 1):
            raise ValueError
        return number
    if not isinstance(value, str):
        raise ValueError
    return seconds(value) if kind == "timestamp" else value


def seconds(time: str) -> float:
    """Since 1970. Raises ValueError for what is no time of RFC 3339."""
    if not TIME.fullmatch(time):
        raise ValueError
    whole = re.sub(r"\.(\d{1,6})\d*", lambda part: f".{part[1]:0<6}", time.upper())
    return datetime.fromisoformat(whole.replace("Z", "+00:00")).timestamp()


def _compare(operation: Callable[[Any, Any], bool], key: str, have: Any, want: Any) -> bool:
    """As its database compares: a time is a number, and of a text beside a number counts the number
    that it begins with."""
    if key in TIMES and isinstance(have, str):
        have = seconds(have) if have else 0
    if isinstance(have, str) and isinstance(want, str):
        return operation(have.casefold(), want.casefold())
    return operation(_number(have), _number(want))


def _number(value: float | str) -> float:
    if isinstance(value, str):
        begins = NUMBER.match(value)
        return float(begins[1]) if begins else 0.0
    return value
