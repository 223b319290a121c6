"""Filter, sort and page a list, as kubeflow/pipelines 1.8.5 does (backend/src/apiserver/list)."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote_plus

from localkfp.service.errors import ServiceError

DEFAULT_PAGE, MAX_PAGE = 20, 200
Row = Mapping[str, Any]

OPERATIONS: dict[str, Callable[[Any, Any], bool]] = {
    "EQUALS": lambda have, want: have == want,
    "NOT_EQUALS": lambda have, want: have != want,
    "GREATER_THAN": lambda have, want: have > want,
    "GREATER_THAN_EQUALS": lambda have, want: have >= want,
    "LESS_THAN": lambda have, want: have < want,
    "LESS_THAN_EQUALS": lambda have, want: have <= want,
    "IN": lambda have, want: have in want,
    "IS_SUBSTRING": lambda have, want: want in have,
}
NUMBERS = {
    1: "EQUALS",
    2: "NOT_EQUALS",
    3: "GREATER_THAN",
    5: "GREATER_THAN_EQUALS",
    6: "LESS_THAN",
    7: "LESS_THAN_EQUALS",
    8: "IN",
    9: "IS_SUBSTRING",
}


def page(
    rows: Sequence[Row], query: Mapping[str, str], fields: Sequence[str], kind: str
) -> tuple[list[Row], int, str]:
    """One page of the rows, how many there are before paging, and the token of the next page.

    `query` holds filter, sort_by, page_size and page_token as they came; `fields` are the columns
    that may be filtered and sorted by. Raises ServiceError (invalid).
    """
    order, wanted = query.get("sort_by", ""), query.get("filter", "")
    size, start = _size(query.get("page_size", "")), 0
    if token := query.get("page_token", ""):
        start = _read_token(token, order, wanted)
    kept = [row for row in rows if all(test(row) for test in _tests(wanted, fields, kind))]
    kept = _sort(kept, order, fields, kind)
    end = start + size
    following = _token(end, order, wanted) if end < len(kept) else ""
    return kept[start:end], len(kept), following


def _size(text: str) -> int:
    try:
        size = int(text or 0)
    except ValueError:
        raise ServiceError("invalid", f"page_size {text!r} is not a number.") from None
    if size < 0:
        raise ServiceError("invalid", "The page size should be greater than 0.")
    return min(size or DEFAULT_PAGE, MAX_PAGE)


def _sort(rows: list[Row], order: str, fields: Sequence[str], kind: str) -> list[Row]:
    words = order.lower().split()
    if len(words) > 2 or (len(words) == 2 and words[1] not in ("asc", "desc")):
        raise ServiceError(
            "invalid", f"Received invalid sort by format {order!r}. Use: field [asc|desc]"
        )
    field = words[0] if words else "created_at"
    if field not in fields:
        raise ServiceError("invalid", f'Invalid sorting field: "{field}" on listable type {kind}')
    # The server's times have whole seconds; `seq` keeps the order of what was made in one second.
    return sorted(
        rows, key=lambda row: (row[field] or "", row["seq"]), reverse=words[1:] == ["desc"]
    )


def _tests(wanted: str, fields: Sequence[str], kind: str) -> list[Callable[[Row], bool]]:
    if not wanted:
        return []
    try:
        predicates = _json(wanted).get("predicates", [])
        return [_test(predicate, fields, kind) for predicate in predicates]
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise ServiceError(
            "invalid", f"The filter is not JSON with predicates: {wanted!r}"
        ) from None


def _json(text: str) -> dict[str, Any]:
    """The web front end encodes the filter twice, the Python client once: both are read."""
    try:
        return json.loads(text)
    except ValueError:
        return json.loads(unquote_plus(text))


def _test(predicate: Mapping[str, Any], fields: Sequence[str], kind: str) -> Callable[[Row], bool]:
    op, key = predicate.get("op"), str(predicate.get("key", "")).lower()
    name = NUMBERS.get(op) if isinstance(op, int) else str(op)
    if name not in OPERATIONS:
        raise ServiceError("invalid", f"Unknown filter operation {op!r}.")
    if key not in fields:
        raise ServiceError("invalid", f'Invalid filter field: "{key}" on listable type {kind}')
    want = next(
        (value for name, value in predicate.items() if name.lower().rstrip("s").endswith("value")),
        None,
    )
    if isinstance(want, Mapping):
        want = want.get("values", [])
    operation = OPERATIONS[name]

    def test(row: Row) -> bool:
        try:
            return operation(row[key] or "", want)
        except TypeError:
            raise ServiceError("invalid", f"The filter value {want!r} doesn't fit {key}.") from None

    return test


def _token(start: int, order: str, wanted: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([start, order, wanted]).encode()).decode()


def _read_token(token: str, order: str, wanted: str) -> int:
    try:
        start, token_order, token_filter = json.loads(base64.urlsafe_b64decode(token))
        start = max(int(start), 0)
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise ServiceError("invalid", "The page token is not one that this server gave.") from None
    if (token_order, token_filter) != (order, wanted):
        raise ServiceError("invalid", "The page token belongs to another sort_by or filter.")
    return start
