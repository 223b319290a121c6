"""What every handler does: who may ask, how a question is read, how an answer is written."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tornado.web import HTTPError, RequestHandler

from localkfp.api.errors import ApiError
from localkfp.api.lists import page
from localkfp.manifest import WorkflowError
from localkfp.runner import Runner
from localkfp.store import AlreadyExists, Store

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
log = logging.getLogger("localkfp")


@dataclass(frozen=True)
class Services:
    """What the handlers work on. `touch` notes that somebody asked (the server ends when idle)."""

    store: Store
    runner: Runner
    state: Path
    touch: Any


class ApiHandler(RequestHandler):
    def initialize(self, services: Services) -> None:
        self.services, self.store, self.runner = services, services.store, services.runner

    def prepare(self) -> None:
        """Only this machine may ask, and no web page of another site (DNS rebinding, CSRF)."""
        self.services.touch()
        if _host(f"//{self.request.host}") not in LOOPBACK:
            raise ApiError(
                "forbidden", f"localkfp answers to localhost only, not to {self.request.host!r}."
            )
        origin = self.request.headers.get("Origin")
        site = self.request.headers.get("Sec-Fetch-Site", "none")
        foreign = (origin and _host(origin) not in LOOPBACK) or site == "cross-site"
        if foreign and self.request.method not in ("GET", "HEAD"):
            raise ApiError("forbidden", "localkfp takes no changes from a page of another site.")

    def set_default_headers(self) -> None:
        self.set_header("X-Content-Type-Options", "nosniff")
        self.clear_header("Server")

    def answer(self, body: dict[str, Any] | None = None) -> None:
        """A JSON object; empty values are left out, as grpc-gateway does."""
        self.finish({k: v for k, v in (body or {}).items() if v not in (None, "", [], {}, 0)})

    def query(self) -> dict[str, str]:
        return {name: self.get_query_argument(name) for name in self.request.query_arguments}

    def answer_list(
        self, key: str, table: str, rows: list[dict[str, Any]], fields: list[str], shape: Any
    ) -> None:
        found, total, token = page(rows, self.query(), fields, table)
        self.answer(
            {key: [shape(row) for row in found], "total_size": total, "next_page_token": token}
        )

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = kwargs.get("exc_info", (None, None, None))[1]
        if isinstance(error, AlreadyExists):
            error = ApiError("exists", str(error))
        elif isinstance(error, WorkflowError):
            error = ApiError("invalid", str(error))
        elif isinstance(error, HTTPError):
            self.set_status(error.status_code)
            self.finish(f"{self._reason}\n")
            return
        elif not isinstance(error, ApiError):
            log.error("%s %s", self.request.method, self.request.path, exc_info=error)
            error = ApiError("internal", f"localkfp failed here, and says why in its log: {error}")
        self.set_status(error.status)
        self.finish(error.body())

    def log_exception(self, *_: Any) -> None:
        """Expected errors are answers; the others are logged where they are answered."""


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None
