"""What every page does: its frame, its headers, who may post to it, how it says what is wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from tornado.template import Loader

from localkfp.dashboard import markup
from localkfp.dashboard.links import NEWEST, PAGE_SIZE, relative, root
from localkfp.dashboard.views.listing import Listing
from localkfp.dashboard.views.markdown import markdown
from localkfp.service import lists
from localkfp.version import __version__
from localkfp.web.answers import Refusal
from localkfp.web.handler import Handler

HERE = Path(__file__).parent
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
    ("Recurring runs", "/recurringruns"),
)
TEMPLATES = Loader(
    str(HERE / "templates"),
    autoescape="text",
    namespace={
        "text": markup.text,
        "phase": markup.phase,
        "moment": markup.moment,
        "duration": markup.duration,
        "markdown": markdown,
        "navigation": NAVIGATION,
    },
)
STATIC = {
    "dashboard.css": "text/css; charset=utf-8",
    "dashboard.js": "text/javascript; charset=utf-8",
    "compare.js": "text/javascript; charset=utf-8",
    "graph.js": "text/javascript; charset=utf-8",
    "table.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}


class PageHandler(Handler):
    """An HTML page. `section` is the entry of the navigation that it belongs to."""

    section = ""

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
        self.finish(relative(page, self.request.path))

    def see(self, address: str) -> None:
        """After a POST: the page to look at now, by GET."""
        self.redirect(root(self.request.path) + address.removeprefix("/"), status=303)

    def listing(self, here: str, **kept: str) -> Listing:
        """What is asked of a list; `kept` are the page's other arguments."""
        return Listing(
            here,
            kept,
            self.asked("sort") or NEWEST,
            self.asked("size") or str(PAGE_SIZE),
            self.asked("page_token"),
            tuple(filter(None, self.asked("before").split(","))),
        )

    def listed(self, asked: Listing, found: lists.Found) -> tuple[list[dict[str, Any]], Listing]:
        """The rows of a list, and what is around them."""
        rows, total, token = found
        return rows, replace(asked, total=total, next_token=token)

    def asked(self, name: str) -> str:
        return self.get_query_argument(name, "")

    def kept(self, *names: str) -> dict[str, str]:
        """The arguments of these names, for the links of the page."""
        return {name: self.asked(name) for name in names if self.asked(name)}

    def filled(self, name: str) -> str:
        """What was typed into a field of a form, with the line ends of Unix."""
        return self.get_body_argument(name, "", strip=False).replace("\r\n", "\n")

    def refuse(self, said: Refusal) -> None:
        self.show("error.html", "This can't be shown", [], message=said.message)


class Static(PageHandler):
    """The stylesheet, the script and the icon."""

    def get(self, name: str) -> None:
        self.set_header("Content-Type", STATIC[name])
        self.finish((HERE / "static" / name).read_bytes())
