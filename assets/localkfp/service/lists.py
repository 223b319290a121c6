"""A page of a list, filtered and sorted, as kubeflow/pipelines 1.8.5 gives it
(backend/src/apiserver/list)."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from localkfp.service.errors import ServiceError
from localkfp.service.filters import condition
from localkfp.store.database import Store
from localkfp.store.listing import EVERY, Condition, Order, Scalar

DEFAULT_PAGE, MAX_PAGE = 20, 200
MAX_SIZE = 2**31 - 1
METRIC = "metric:"  # before the name of a metric that runs are sorted by
NO_METRIC = "-9e999"  # less than every number
NUMBER = re.compile(r"[+-]?[0-9]{1,12}")
TIMES = ("created_at", "scheduled_at")  # all of one form, so they are sorted as they stand
# of an experiment or a run
STORAGE_STATE = "iif(archived, 'STORAGESTATE_ARCHIVED', 'STORAGESTATE_AVAILABLE')"
INTEGERS = range(-(2**63), 2**63)

Metric = Callable[[str], Mapping[str, float]]
Found = tuple[list[dict[str, Any]], int, str]


@dataclass(frozen=True)
class Kind:
    """A kind of things that there are lists of. `fields`: what may be filtered and sorted by, and
    the expression of SQL that gives it, never NULL; `name` is what errors call the kind."""

    name: str
    table: str
    fields: Mapping[str, str]


@dataclass(frozen=True)
class Asked:
    """What a client asks of a list; `order` and `filter` are as they came."""

    order: str
    filter: str
    size: int
    after: tuple[Scalar, int] | None


def page(
    store: Store,
    kind: Kind,
    query: Mapping[str, str],
    among: Condition = EVERY,
    metric: Metric | None = None,
) -> Found:
    """One page of the rows that are `among` a list's, how many there are before paging, and the
    token of the next page.

    `query` holds filter, sort_by, page_size and page_token as they came; `metric` gives the values
    of the metric of a name, by the ids of rows, where rows have such. Raises ServiceError
    (invalid).
    """
    asked = read(query)
    wanted = condition(asked.filter, kind.fields, kind.name)
    key, backwards, values = _order(asked.order, kind, metric)
    found = store.page(
        kind.table,
        Condition(f"({among.sql}) AND ({wanted.sql})", among.values + wanted.values),
        Order(key, backwards, asked.after),
        asked.size,
        values,
    )
    return found.rows, found.total, _token(found.last, asked) if found.last else ""


def check(kind: Kind, query: Mapping[str, str]) -> None:
    """Raises ServiceError for a question that no list of the kind answers."""
    asked = read(query)
    condition(asked.filter, kind.fields, kind.name)
    _order(asked.order, kind, None)


def read(query: Mapping[str, str]) -> Asked:
    """Raises ServiceError (invalid)."""
    order, wanted, size = query.get("sort_by", ""), query.get("filter", ""), _size(query)
    if token := query.get("page_token", ""):
        return _read_token(token, order, wanted, size)
    return Asked(order, wanted, size, None)


def _size(query: Mapping[str, str]) -> int:
    text = query.get("page_size", "0")
    if not NUMBER.fullmatch(text) or int(text) > MAX_SIZE:
        raise ServiceError("invalid", f"page_size {text[:40]!r} is no number up to {MAX_SIZE:,}.")
    if int(text) < 0:
        raise ServiceError("invalid", "The page size should be greater than 0.")
    return min(int(text) or DEFAULT_PAGE, MAX_PAGE)


def _order(
    order: str, kind: Kind, metric: Metric | None
) -> tuple[str, bool, Mapping[str, float] | None]:
    """The expression to sort by, whether backwards, and the values of the metric in it."""
    words = order.split()
    if len(words) > 2 or (len(words) == 2 and words[1].lower() not in ("asc", "desc")):
        raise ServiceError(
            "invalid", f"Received invalid sort by format {order!r}. Use: field [asc|desc]"
        )
    backwards = [word.lower() for word in words[1:]] == ["desc"]
    field = words[0] if words else "created_at"
    if metric and field.startswith(METRIC) and field != METRIC:
        key = f"coalesce(metric(id), {NO_METRIC})"
        return key, backwards, metric(field.removeprefix(METRIC))
    if (name := field.lower()) not in kind.fields:
        raise ServiceError(
            "invalid", f'Invalid sorting field: "{field}" on listable type {kind.name}'
        )
    expression = kind.fields[name]
    return expression if name in TIMES else f"casefold({expression})", backwards, None


def _token(last: tuple[Scalar, int], asked: Asked) -> str:
    text = json.dumps([*last, asked.order, asked.filter])
    return base64.urlsafe_b64encode(text.encode()).decode()


def _read_token(token: str, order: str, wanted: str, size: int) -> Asked:
    """What follows the row that the token names; order and filter need not be said again."""
    try:
        key, seq, token_order, token_filter = json.loads(base64.urlsafe_b64decode(token))
        if not _is_scalar(key) or not isinstance(seq, int) or seq not in INTEGERS:
            raise ValueError
        token_order, token_filter = str(token_order), str(token_filter)
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise ServiceError("invalid", "The page token is not one that this server gave.") from None
    if order not in ("", token_order) or wanted not in ("", token_filter):
        raise ServiceError("invalid", "The page token belongs to another sort_by or filter.")
    return Asked(token_order, token_filter, size, (key, seq))


def _is_scalar(value: object) -> bool:
    """Whether a database takes it. Raises ValueError for text that is no Unicode."""
    if isinstance(value, str):
        return bool(value.encode()) or not value
    return isinstance(value, float) or (isinstance(value, int) and value in INTEGERS)
