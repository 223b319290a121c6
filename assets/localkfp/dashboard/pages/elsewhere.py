"""Addresses at which there is no page, and those of pages that only a cluster has."""

from __future__ import annotations

from tornado.httputil import HTTPServerRequest
from tornado.routing import Matcher

from localkfp.dashboard.frame import PageHandler
from localkfp.service.errors import ServiceError

METADATA = (
    "Kubeflow's ML Metadata, which a cluster keeps, is not on this machine. What each step read "
    "and wrote is on the page of its run: choose a step there, then Input/Output."
)


class OfACluster(PageHandler):
    """/artifacts, /executions and what is below them."""

    def get(self, kind: str) -> None:
        self.show("elsewhere.html", kind.capitalize(), [], message=METADATA)


class Reader(Matcher):
    """Matches a browser that wants to see a page: it asks for HTML. Programs don't."""

    def match(self, request: HTTPServerRequest) -> dict[str, object] | None:
        reads = request.method == "GET" and "text/html" in request.headers.get("Accept", "")
        return {} if reads and "/apis/" not in request.path else None


class NoPage(PageHandler):
    def get(self) -> None:
        raise ServiceError("not found", f"There is no page at {self.request.path[:200]}.")
