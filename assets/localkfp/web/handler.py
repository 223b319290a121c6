"""What every handler does: it is given what it works on, and it asks who may ask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tornado.web import HTTPError, RequestHandler

from localkfp.runs.runner import Runner
from localkfp.service.errors import ServiceError
from localkfp.store.database import Store
from localkfp.web.access import Access
from localkfp.web.answers import Refusal, refusal

MAX_HEADERS = 64 * 1024  # bytes of a request that is answered


@dataclass(frozen=True)
class Services:
    """What the handlers work on. `touch` notes that somebody asked (the server ends when idle);
    `fetches` says whether pipelines may be fetched by their URLs."""

    store: Store
    runner: Runner
    state: Path
    touch: Callable[[], None]
    access: Access = field(default_factory=Access)
    fetches: bool = False


class Handler(RequestHandler):
    def initialize(self, services: Services) -> None:
        self.services, self.store, self.runner = services, services.store, services.runner

    def prepare(self) -> None:
        """Raises ServiceError (forbidden) for whom `access` doesn't permit."""
        self.services.touch()
        if len(str(self.request.headers)) > MAX_HEADERS:
            raise HTTPError(431, f"The headers have more than {MAX_HEADERS:,} bytes.")
        access, headers = self.services.access, self.request.headers
        host = self.request.host
        if not access.permits_host(host, headers.get("X-Forwarded-Context", "")):
            names = sorted({"localhost", *access.names})
            raise ServiceError(
                "forbidden", f"localkfp answers to {', '.join(names)} only, not to {host!r}."
            )
        changes = self.request.method not in ("GET", "HEAD")
        site = headers.get("Sec-Fetch-Site") if changes else None  # a link from elsewhere is fine
        if not access.permits_page(host, headers.get("Origin"), site):
            raise ServiceError("forbidden", "localkfp answers its own pages only, and no other's.")

    def set_default_headers(self) -> None:
        self.set_header("X-Content-Type-Options", "nosniff")
        self.clear_header("Server")

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = kwargs.get("exc_info", (None, None, None))[1]
        said = refusal(error, self.request, self.services.state)
        self.set_status(said.status)
        self.refuse(said)

    def refuse(self, said: Refusal) -> None:
        """Write the body of an answer that isn't 200."""
        raise NotImplementedError

    def log_exception(self, *_: Any) -> None:
        """Expected errors are answers; the others are logged where they are answered."""
