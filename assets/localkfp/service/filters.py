"""The filter of a list: what it may say, and the condition that it is in SQL.

As kubeflow/pipelines 1.8.5 reads it (backend/api/filter.proto, backend/src/apiserver/filter). Text
is compared without regard to case, as every collation does that its database comes with.
"""

from __future__ import annotations

import json
import re
from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote_plus

from localkfp.service.errors import ServiceError
from localkfp.store.listing import EVERY, Condition

OPERATIONS = (
    "UNKNOWN", "EQUALS", "NOT_EQUALS", "GREATER_THAN", "", "GREATER_THAN_EQUALS", "LESS_THAN",
    "LESS_THAN_EQUALS", "IN", "IS_SUBSTRING",
)  # fmt: skip
COMPARE = {
    "EQUALS": "=",
    "NOT_EQUALS": "!=",
    "GREATER_THAN": ">",
    "GREATER_THAN_EQUALS": ">=",
    "LESS_THAN": "<",
    "LESS_THAN_EQUALS": "<=",
}
BITS = {"int": 32, "long": 64}
KINDS = ("int", "long", "string", "timestamp")
FIELDS = {"op", "key", *(f"{kind}_value" for kind in KINDS), *(f"{k}_values" for k in KINDS[:3])}
TIMES = ("created_at", "scheduled_at")
TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
NUMBER = re.compile(r"\s*(-?\d+(?:\.\d+)?)")
MOST = 200  # predicates of one filter; SQLite takes a thousand
CAMEL = re.compile(r"[A-Z]")


@dataclass(frozen=True)
class Predicate:
    """`operation` is a word of OPERATIONS; `values` are numbers or texts, one but for IN."""

    key: str
    operation: str
    values: tuple[float | str, ...]

    def condition(self, field: str) -> Condition:
        """As its database compares: a time is a number, and of a text beside a number counts the
        number that it begins with. `field` is the expression of the key."""
        if self.operation == "IS_SUBSTRING":
            return Condition(f"instr(casefold({field}), ?)", (str(self.values[0]).casefold(),))
        is_time = self.key in TIMES
        texts = [value for value in self.values if isinstance(value, str)]
        want: tuple[float | str, ...]
        if texts and not is_time:
            have, want = f"casefold({field})", tuple(text.casefold() for text in texts)
        else:
            have = f"strftime('%s', {field})" if is_time else field
            have, want = f"CAST({have} AS REAL)", tuple(_number(value) for value in self.values)
        if self.operation == "IN":
            return Condition(f"{have} IN (SELECT value FROM json_each(?))", (json.dumps(want),))
        return Condition(f"{have} {COMPARE[self.operation]} ?", want)


def condition(text: str, fields: Mapping[str, str], kind: str) -> Condition:
    """What a filter asks for; `fields` are the keys of this kind of list and their expressions.
    Raises ServiceError."""
    found = [each.condition(fields[each.key]) for each in predicates(text, fields, kind)]
    if len(found) > MOST:
        raise ServiceError("invalid", f"A filter has at most {MOST} predicates.")
    sql = " AND ".join(each.sql for each in found) or EVERY.sql
    return Condition(sql, tuple(value for each in found for value in each.values))


def predicates(text: str, fields: Container[str], kind: str) -> list[Predicate]:
    """The predicates of a filter. Raises ServiceError."""
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


def _predicate(entry: Mapping[str, Any], fields: Container[str], kind: str) -> Predicate:
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
    value.encode()  # half of a surrogate pair is no text
    return seconds(value) if kind == "timestamp" else value


def seconds(time: str) -> float:
    """Since 1970. Raises ValueError for what is no time of RFC 3339."""
    if not TIME.fullmatch(time):
        raise ValueError
    whole = re.sub(r"\.(\d{1,6})\d*", lambda part: f".{part[1]:0<6}", time.upper())
    return datetime.fromisoformat(whole.replace("Z", "+00:00")).timestamp()


def _number(value: float | str) -> float:
    if isinstance(value, str):
        begins = NUMBER.match(value)
        return float(begins[1]) if begins else 0.0
    return value
