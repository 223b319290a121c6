"""A request's body: a field is of its type or absent, as in the JSON of protobuf."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from localkfp.schedule import times
from localkfp.service.errors import ServiceError
from localkfp.service.filters import TIME
from localkfp.service.references import RELATIONSHIPS, TYPES, Reference

WHOLE = re.compile(r"-?\d{1,19}", re.ASCII)
# as protobuf's JSON has them; Infinity and NaN in quotes only
NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d+)?|-?Infinity|NaN")


def read(data: bytes) -> Mapping[str, Any]:
    """The JSON object of a body; an empty one is an empty object. Raises ServiceError (invalid)."""
    try:
        body = json.loads(data.decode() or "{}", parse_constant=_refuse)
        json.dumps(body, ensure_ascii=False).encode()  # half a surrogate pair can't be stored
    except (ValueError, RecursionError) as error:
        raise ServiceError("invalid", f"The request's body is not JSON: {error}") from None
    if not isinstance(body, Mapping):
        raise ServiceError("invalid", "The request's body must be a JSON object.")
    return body


def _refuse(constant: str) -> None:
    raise ValueError(f"it has {constant}, which JSON lacks")


def number(entry: Mapping[str, Any], field: str) -> float:
    """A number, which may stand in quotes; 0 when it is absent."""
    value = entry.get(field)
    if isinstance(value, str) and NUMBER.fullmatch(value):
        return float(value)
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return float(value or 0)
    raise ServiceError("invalid", f"{field!r} must be a number.")


def text(entry: Mapping[str, Any], field: str) -> str:
    found = _typed(entry, field, str, "text") or ""
    if "\0" in found:
        raise ServiceError("invalid", f"{field!r} has the character NUL.")
    return found


def whole(entry: Mapping[str, Any], field: str) -> int:
    """An int64, which may come as text; 0 when it is absent."""
    value = entry.get(field)
    if value is None:
        return 0
    if isinstance(value, str) and WHOLE.fullmatch(value):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= 2**63:
        raise ServiceError("invalid", f"{field!r} must be a whole number, not {value!r}.")
    return value


def flag(entry: Mapping[str, Any], field: str) -> bool:
    return bool(_typed(entry, field, bool, "true or false"))


def moment(entry: Mapping[str, Any], field: str) -> int | None:
    """A time of RFC 3339 in seconds since 1970; None when it is absent."""
    found = text(entry, field)
    if not found:
        return None
    try:
        if TIME.fullmatch(found):
            return times.epoch(found)
    except ValueError:
        pass
    raise ServiceError("invalid", f"{field!r} is no time of RFC 3339: {found!r}.")


def mapping(entry: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    return _typed(entry, field, Mapping, "an object") or {}


def mappings(entry: Mapping[str, Any], field: str) -> list[Mapping[str, Any]]:
    found = _typed(entry, field, list, "a list of objects") or []
    if not all(isinstance(element, Mapping) for element in found):
        raise ServiceError("invalid", f"{field!r} must be a list of objects.")
    return found


def check(
    entry: Mapping[str, Any], *, times: Sequence[str] = (), enums: Mapping[str, Sequence[str]]
) -> None:
    """Fields that localkfp has no use for are still looked at: a time is RFC 3339, an enum one of
    its words or its number. Raises ServiceError (invalid)."""
    for field in times:
        if (value := text(entry, field)) and not TIME.fullmatch(value):
            raise ServiceError("invalid", f"{field!r} is no time of RFC 3339: {value!r}.")
    for field, words in enums.items():
        enum(entry, field, words)


def enum(entry: Mapping[str, Any], field: str, words: Sequence[str]) -> str:
    """One of the words, given as a word or as its number; the first when it is absent."""
    value = entry.get(field)
    if value is None:
        return words[0]
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(words):
        return words[value]
    if value not in words:
        raise ServiceError("invalid", f"{field!r} is none of {', '.join(words)}: {value!r}.")
    return str(value)


def references(entry: Mapping[str, Any]) -> tuple[Reference, ...]:
    """The `resource_references` of a body."""
    found = []
    for each in mappings(entry, "resource_references"):
        key = mapping(each, "key")
        found.append(
            Reference(
                enum(key, "type", TYPES),
                text(key, "id"),
                enum(each, "relationship", RELATIONSHIPS),
            )
        )
    return tuple(found)


def reference(each: Reference) -> dict[str, Any]:
    """A reference as ApiResourceReference."""
    key = {"type": each.type, "id": each.id}
    name = {"name": each.name} if each.name else {}
    return {"key": key, **name, "relationship": each.relationship}


def _typed(entry: Mapping[str, Any], field: str, kind: type, name: str) -> Any:
    value = entry.get(field)
    if value is not None and not isinstance(value, kind):
        raise ServiceError("invalid", f"{field!r} must be {name}.")
    return value
