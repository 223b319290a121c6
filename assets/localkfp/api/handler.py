"""What every handler of the API does: read a question, write an answer in grpc-gateway's JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from tornado.web import HTTPError

from localkfp.service.errors import ServiceError
from localkfp.service.lists import Found
from localkfp.service.references import TYPES
from localkfp.web.answers import Refusal
from localkfp.web.handler import Handler

Row = Mapping[str, Any]
# what a page of any site can send without being asked, and no client of the API sends
UNASKED = ("text/plain", "application/x-www-form-urlencoded")


class ApiHandler(Handler):
    def prepare(self) -> None:
        super().prepare()
        kind = self.request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if self.request.method == "POST" and kind in UNASKED:
            raise HTTPError(
                415, f"The API takes application/json or multipart/form-data, not {kind}."
            )

    def answer(self, body: dict[str, Any] | None = None) -> None:
        """A JSON object; empty values are left out, as grpc-gateway does."""
        self.finish(given(**(body or {})))

    def write(self, chunk: str | bytes | dict[str, Any]) -> None:
        if isinstance(chunk, dict):
            self.set_header("Content-Type", "application/json")
            chunk = json.dumps(chunk, ensure_ascii=False, separators=(",", ":"))
        super().write(chunk)

    def query(self) -> dict[str, str]:
        asked = self.request.query_arguments
        return {name: self.get_query_argument(name, strip=False) for name in asked}

    def answer_list(self, key: str, page: Found, shape: Callable[[Row], dict[str, Any]]) -> None:
        found, total, token = page
        self.answer(
            {key: [shape(row) for row in found], "total_size": total, "next_page_token": token}
        )

    def refuse(self, said: Refusal) -> None:
        """`error`, `code`, `message`, `details`, as grpc-gateway writes them."""
        full = said.whole or said.prefix + said.message
        detail = {
            "@type": "type.googleapis.com/api.Error",
            "error_message": said.message,
            "error_details": full,
        }
        self.finish({"error": full, "code": said.code, "message": full, "details": [detail]})


def given(**fields: Any) -> dict[str, Any]:
    """The fields that have a value: grpc-gateway leaves the others out."""
    return {name: value for name, value in fields.items() if value not in (None, "", [], {}, 0)}


def asked_reference(query: Mapping[str, str]) -> tuple[str, str]:
    """Type and id of what the things of a list must refer to; twice nothing where nothing is asked
    for. Raises ServiceError (invalid)."""
    if "resource_reference_key" in query:
        raise ServiceError("invalid", "Ask with resource_reference_key.type and .id.")
    kind, identity = (query.get(f"resource_reference_key.{part}", "") for part in ("type", "id"))
    if kind.isdigit() and int(kind) < len(TYPES):
        kind = TYPES[int(kind)]
    if kind and kind not in TYPES:
        raise ServiceError("invalid", f"{kind} is not a valid ResourceType.")
    if kind in ("PIPELINE", TYPES[0]) or (identity and not kind):
        raise ServiceError("invalid", f"Unsupported resource type: {kind or TYPES[0]}")
    return kind, identity
