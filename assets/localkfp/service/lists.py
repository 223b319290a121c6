"""A page of a list, filtered and sorted, as kubeflow/pipelines 1.8.5 gives it
(backend/src/apiserver/list)."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from localkfp.service.errors import ServiceError
from localkfp.service.filters import Row, predicates

DEFAULT_PAGE, MAX_PAGE = 20, 200
MAX_SIZE = 2**31 - 1
METRIC = "metric:"  # before the name of a metric that runs are sorted by
NUMBER = re.compile(r"[+-]?[0-9]{1,12}")


def page(
    rows: Sequence[Row],
    query: Mapping[str, str],
    fields: Sequence[str],
    kind: str,
    metric: Callable[[Row, str], float | None] | None = None,
) -> tuple[list[Row], int, str]:
    """One page of the rows, how many there are before paging, and the token of the next page.

    `query` holds filter, sort_by, page_size and page_token as they came; `fields` are the columns
    that may be filtered and sorted by; `metric` gives the value of a row's metric, where rows have
    such. Raises ServiceError (invalid).
    """
    order, wanted = query.get("sort_by", ""), query.get("filter", "")
    size, start = _size(query), 0
    if token := query.get("page_token", ""):
        start, order, wanted = _read_token(token, order, wanted)
    asked = predicates(wanted, fields, kind)
    kept = [row for row in rows if all(predicate.keeps(row) for predicate in asked)]
    kept = _sort(kept, order, fields, kind, metric)
    end = start + size
    following = _token(end, order, wanted) if end < len(kept) else ""
    return kept[start:end], len(kept), following


def _size(query: Mapping[str, str]) -> int:
    text = query.get("page_size", "0")
    if not NUMBER.fullmatch(text) or int(text) > MAX_SIZE:
        raise ServiceError("invalid", f"page_size {text[:40]!r} is no number up to {MAX_SIZE:,}.")
    if int(text) < 0:
        raise ServiceError("invalid", "The page size should be greater than 0.")
    return min(int(text) or DEFAULT_PAGE, MAX_PAGE)


def _sort(
    rows: list[Row],
    order: str,
    fields: Sequence[str],
    kind: str,
    metric: Callable[[Row, str], float | None] | None,
) -> list[Row]:
    words = order.split()
    if len(words) > 2 or (len(words) == 2 and words[1].lower() not in ("asc", "desc")):
        raise ServiceError(
            "invalid", f"Received invalid sort by format {order!r}. Use: field [asc|desc]"
        )
    field = words[0] if words else "created_at"
    of: Callable[[Row], Any]
    if metric and field.startswith(METRIC) and field != METRIC:
        name = field.removeprefix(METRIC)
        values = {row["id"]: metric(row, name) for row in rows}
        of = lambda row: (values[row["id"]] is not None, values[row["id"]] or 0)  # noqa: E731
    elif field.lower() in fields:
        of = lambda row: str(row[field.lower()] or "").casefold()  # noqa: E731
    else:
        raise ServiceError("invalid", f'Invalid sorting field: "{field}" on listable type {kind}')
    # The server's times have whole seconds; `seq` keeps the order of what was made in one second.
    backwards = [word.lower() for word in words[1:]] == ["desc"]
    return sorted(rows, key=lambda row: (of(row), row["seq"]), reverse=backwards)


def _token(start: int, order: str, wanted: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([start, order, wanted]).encode()).decode()


def _read_token(token: str, order: str, wanted: str) -> tuple[int, str, str]:
    """Where the page begins, and the order and filter, which need not be said again."""
    try:
        start, token_order, token_filter = json.loads(base64.urlsafe_b64decode(token))
        start, token_order, token_filter = max(int(start), 0), str(token_order), str(token_filter)
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise ServiceError("invalid", "The page token is not one that this server gave.") from None
    if order not in ("", token_order) or wanted not in ("", token_filter):
        raise ServiceError("invalid", "The page token belongs to another sort_by or filter.")
    return start, token_order, token_filter
