"""Addresses of pages, and the API calls behind a page in words."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from urllib.parse import urlencode

API = "/apis/v1beta1"
ROOTED = re.compile(rb'(?<=\s)(href|src|action|formaction)="/')
PAGE_SIZE = 10  # as the web front end
NEWEST = "created_at desc"


def root(path: str) -> str:
    """The way from the page at `path` to the root, as a browser goes: a proxy may have put the
    dashboard below a prefix that only the browser knows."""
    return "../" * (path.count("/") - 1) or "./"


def relative(page: bytes, path: str) -> bytes:
    """A whole page in HTML at `path`, its links relative to it. (Text has no `"` in it.)"""
    return ROOTED.sub(rb'\1="' + root(path).encode(), page)


def list_query(
    predicates: list[Mapping[str, str]],
    page_token: str = "",
    size: str = str(PAGE_SIZE),
    sort: str = NEWEST,
) -> dict[str, str]:
    """The question for one page of a list, newest first, as the web front end asks it."""
    query = {"page_size": size, "sort_by": sort}
    if predicates:
        query["filter"] = json.dumps({"predicates": predicates})
    return query | ({"page_token": page_token} if page_token else {})


def named_like(words: str) -> list[Mapping[str, str]]:
    return [{"key": "name", "op": "IS_SUBSTRING", "string_value": words}] if words else []


def stored_as(archived: bool) -> Mapping[str, str]:
    """Whether a run or an experiment is in the archive."""
    return {
        "key": "storage_state",
        "op": "EQUALS" if archived else "NOT_EQUALS",
        "string_value": "STORAGESTATE_ARCHIVED",
    }


def call(method: str, path: str, query: Mapping[str, str] | None = None) -> str:
    """An API call in words: the method and the address."""
    return f"{method} {API}{path}{'?' + urlencode(query) if query else ''}"


def address(path: str, **query: str) -> str:
    """The address of a page; empty arguments are left out."""
    given = {key: value for key, value in query.items() if value}
    return f"{path}?{urlencode(given)}" if given else path
