"""What every handler does: who may ask, how a question is read, how an answer is written."""

from __future__ import annotations

import errno
import logging
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tornado.web import HTTPError, RequestHandler

from localkfp.api.access import Access
from localkfp.api.errors import ApiError
from localkfp.api.lists import page
from localkfp.errors import AlreadyExists, StoreError, WorkflowError
from localkfp.runs.runner import Runner
from localkfp.store.database import Store

MAX_HEADERS = 64 * 1024
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)
log = logging.getLogger("localkfp")


@dataclass(frozen=True)
class Services:
    """What the handlers work on. `touch` notes that somebody asked (the server ends when idle)."""

    store: Store
    runner: Runner
    state: Path
    touch: Any
    access: Access = field(default_factory=Access)


class ApiHandler(RequestHandler):
    def initialize(self, services: Services) -> None:
        self.services, self.store, self.runner = services, services.store, services.runner

    def prepare(self) -> None:
        """Raises ApiError (forbidden) for whom `access` doesn't permit."""
        self.services.touch()
        if len(str(self.request.headers)) > MAX_HEADERS:
            raise ApiError("invalid", f"The headers have more than {MAX_HEADERS:,} bytes.", 431)
        access, headers = self.services.access, self.request.headers
        host = self.request.host
        if not access.permits_host(host):
            names = sorted({"localhost", *access.names})
            raise ApiError(
                "forbidden", f"localkfp answers to {', '.join(names)} only, not to {host!r}."
            )
        if self.request.method not in ("GET", "HEAD") and not access.permits_change(
            host, headers.get("Origin"), headers.get("Sec-Fetch-Site")
        ):
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
        elif isinstance(error, sqlite3.Error | StoreError) or (
            isinstance(error, OSError) and error.errno in NO_ROOM
        ):
            log.error("%s %s: %s", self.request.method, self.request.path, error)
            error = ApiError(
                "unavailable",
                f"localkfp can't use its state directory {self.services.state}: "
                f"{str(error).rstrip('.')}. Nothing was changed; what is kept there is untouched.",
            )
        elif isinstance(error, HTTPError):
            error = ApiError("invalid", self._sentence(error), error.status_code)
        elif not isinstance(error, ApiError):
            log.error("%s %s", self.request.method, self.request.path, exc_info=error)
            error = ApiError("internal", f"localkfp failed here, and says why in its log: {error}")
        self.set_status(error.status)
        self.finish(error.body())

    def _sentence(self, error: HTTPError) -> str:
        if error.status_code == 405:
            return f"{self.request.method} is not taken at this path."
        return (error.log_message or error.reason or "The request can't be read") % error.args

    def log_exception(self, *_: Any) -> None:
        """Expected errors are answers; the others are logged where they are answered."""
