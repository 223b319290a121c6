"""What a list is made of in SQL: which rows are wanted, and by what they are sorted.

Conditions are put together from expressions of this package and from values that are bound; what
comes from a client is a value, always.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Scalar = int | float | str


@dataclass(frozen=True)
class Condition:
    """An expression of SQL with a `?` for each value."""

    sql: str
    values: tuple[Scalar, ...] = ()


@dataclass(frozen=True)
class Order:
    """Rows are sorted by `key`, an expression that is never NULL, then by when they were made.
    `after`: the key and `seq` of the row before the first one that is wanted."""

    key: str
    backwards: bool = False
    after: tuple[Scalar, int] | None = None


@dataclass(frozen=True)
class Page:
    """`rows` are whole; `total` is how many there are on all pages; `last` is the key and `seq` of
    the last row, where more follow."""

    rows: list[dict[str, Any]]
    total: int
    last: tuple[Scalar, int] | None


EVERY = Condition("1")


def prepare(connection: sqlite3.Connection) -> None:
    """Give SQL the function `casefold`: SQLite's own know the letters of ASCII only."""
    connection.create_function("casefold", 1, str.casefold, deterministic=True)


def page(
    connection: sqlite3.Connection,
    table: str,
    wanted: Condition,
    order: Order,
    size: int,
    metric: Mapping[str, float] | None = None,
) -> Page:
    """One page of a table. An index that has all of `wanted` and `order` answers alone: only the
    page's own rows are read, with all that they hold. `metric`: what the function of SQL of that
    name gives for a row's id."""
    connection.create_function("metric", 1, (metric or {}).get)
    (total,) = connection.execute(
        f"SELECT count(*) FROM {table} WHERE {wanted.sql}", wanted.values
    ).fetchone()
    way, beyond = ("DESC", "<") if order.backwards else ("ASC", ">")
    where, values = wanted.sql, wanted.values
    if order.after:
        where, values = f"({where}) AND (key, seq) {beyond} (?, ?)", (*values, *order.after)
    found = connection.execute(
        f"SELECT id, {order.key} AS key, seq FROM {table} WHERE {where} "
        f"ORDER BY key {way}, seq {way} LIMIT {size + 1}",
        values,
    ).fetchall()
    read = f"SELECT * FROM {table} WHERE id = ?"
    rows = [dict(connection.execute(read, (row["id"],)).fetchone()) for row in found[:size]]
    last = (found[size - 1]["key"], found[size - 1]["seq"]) if len(found) > size else None
    return Page(rows, total, last)
