"""What the server serves: the API and the dashboard."""

from __future__ import annotations

from pathlib import Path

from tornado.routing import PathMatches, Rule
from tornado.web import Application

from localkfp.api import health
from localkfp.api import routes as api
from localkfp.api.handler import ApiHandler
from localkfp.dashboard import routes as dashboard
from localkfp.server import proof
from localkfp.server.front_end import Files, FrontEndFile
from localkfp.service.errors import ServiceError
from localkfp.web.handler import Services


class Proof(ApiHandler):
    """GET: that this server is the one of its state directory, see `proof`."""

    def get(self) -> None:
        challenged = self.get_query_argument("challenge", "")
        if not 0 < len(challenged) <= proof.LONGEST:
            raise ServiceError("invalid", f"A challenge has 1 to {proof.LONGEST} characters.")
        self.finish({"proof": proof.answer(proof.secret(self.services.state), challenged)})


def application(services: Services, front_end: Path | None = None) -> Application:
    """`front_end`: the folder of a built front end, whose files go before the dashboard's pages."""
    given = {"services": services}
    paths = [*dashboard.PAGES, *api.PATHS, (proof.PATH, Proof)]
    rules = [Rule(PathMatches(path), handler, given) for path, handler in paths]
    nothing = [Rule(*dashboard.NOTHING, given), Rule(PathMatches(r".*"), health.Missing, given)]
    files = [Rule(Files(front_end), FrontEndFile, given)] if front_end else []
    return Application([*files, *rules, *nothing])
