"""A request's body: a field is of its type or absent, as in the JSON of protobuf."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from localkfp.service.errors import ServiceError


def read(data: bytes) -> Mapping[str, Any]:
    """The JSON object of a body; an empty one is an empty object. Raises ServiceError (invalid)."""
    try:
        body = json.loads(data or b"{}")
        json.dumps(body, ensure_ascii=False).encode()  # half a surrogate pair can't be stored
    except (ValueError, RecursionError) as error:
        raise ServiceError("invalid", f"The request's body is not JSON: {error}") from None
    if not isinstance(body, Mapping):
        raise ServiceError("invalid", "The request's body must be a JSON object.")
    return body


def text(entry: Mapping[str, Any], field: str) -> str:
    found = _typed(entry, field, str, "text") or ""
    if "\0" in found:
        raise ServiceError("invalid", f"{field!r} has the character NUL.")
    return found


def mapping(entry: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    return _typed(entry, field, Mapping, "an object") or {}


def mappings(entry: Mapping[str, Any], field: str) -> list[Mapping[str, Any]]:
    found = _typed(entry, field, list, "a list of objects") or []
    if not all(isinstance(element, Mapping) for element in found):
        raise ServiceError("invalid", f"{field!r} must be a list of objects.")
    return found


def _typed(entry: Mapping[str, Any], field: str, kind: type, name: str) -> Any:
    value = entry.get(field)
    if value is not None and not isinstance(value, kind):
        raise ServiceError("invalid", f"{field!r} must be {name}.")
    return value
