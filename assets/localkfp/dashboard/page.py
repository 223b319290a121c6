"""What every page does: its frame, its headers, who may post to it, how it says what is wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from tornado.template import Loader
from tornado.web import HTTPError

from localkfp.api.base import ApiHandler, log
from localkfp.api.errors import ApiError
from localkfp.dashboard import markup
from localkfp.errors import WorkflowError
from localkfp.version import __version__

HERE = Path(__file__).parent
API = "/apis/v1beta1"
PAGE_SIZE = 10  # as the web front end
POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "frame-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
NAVIGATION = (
    ("Pipelines", "/pipelines"),
    ("Experiments", "/experiments"),
    ("Runs", "/runs"),
)
TEMPLATES = Loader(
    str(HERE / "templates"),
    autoescape="text",
    namespace={
        "text": markup.text,
        "phase": markup.phase,
        "moment": markup.moment,
        "duration": markup.duration,
        "navigation": NAVIGATION,
    },
)
STATIC = {
    "dashboard.css": "text/css; charset=utf-8",
    "dashboard.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}


class PageHandler(ApiHandler):
    """An HTML page. `section` is the entry of the navigation that it belongs to."""

    section = ""

    def prepare(self) -> None:
        super().prepare()
        origin = self.request.headers.get("Origin")
        if self.request.method == "POST" and origin and urlsplit(origin).netloc != self._host():
            raise ApiError("forbidden", "localkfp's pages take changes from themselves only.")

    def _host(self) -> str:
        return self.request.host

    def set_default_headers(self) -> None:
        super().set_default_headers()
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Content-Security-Policy", POLICY)
        self.set_header("Referrer-Policy", "same-origin")
        self.set_header("Cache-Control", "no-cache")

    def show(self, template: str, title: str, calls: list[str], **data: Any) -> None:
        """Write a page; `calls` are the API calls that give or do what is on it."""

        page = TEMPLATES.load(template).generate(
            title=title, calls=calls, section=self.section, release=__version__, **data
        )
        self.finish(page)

    def see(self, address: str) -> None:
        """After a POST: the page to look at now, by GET."""
        self.redirect(address, status=303)

    def asked(self, name: str) -> str:
        return self.get_query_argument(name, "")

    def filled(self, name: str) -> str:
        """What was typed into a field of a form, with the line ends of Unix."""
        return self.get_body_argument(name, "", strip=False).replace("\r\n", "\n")

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = kwargs.get("exc_info", (None, None, None))[1]
        message = "localkfp failed here, and says why in its log."
        if isinstance(error, ApiError):
            status_code, message = error.status, error.message
        elif isinstance(error, WorkflowError):
            status_code, message = 400, str(error)
        elif isinstance(error, HTTPError):
            message = f"The request can't be read: {error.log_message or self._reason}."
        else:
            log.error("%s %s", self.request.method, self.request.path, exc_info=error)
        self.set_status(status_code)
        self.show("error.html", "This can't be shown", [], message=message)


class Static(PageHandler):
    """The stylesheet, the script and the icon."""

    def get(self, name: str) -> None:
        self.set_header("Content-Type", STATIC[name])
        self.finish((HERE / "static" / name).read_bytes())


# ---- lists, as the API gives them ----------------------------------------------------------------


def list_query(
    predicates: list[Mapping[str, str]], page_token: str = "", size: int = PAGE_SIZE
) -> dict[str, str]:
    """The question for one page of a list, newest first, as the web front end asks it."""
    query = {"page_size": str(size), "sort_by": "created_at desc"}
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
