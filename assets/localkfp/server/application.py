"""What the server serves: the API and the dashboard."""

from __future__ import annotations

from tornado.web import Application

from localkfp.api import health
from localkfp.api import routes as api
from localkfp.dashboard import routes as dashboard
from localkfp.web.handler import Services


def application(services: Services) -> Application:
    paths = [*dashboard.PAGES, *api.PATHS, (r".*", health.Missing)]
    return Application([(path, handler, {"services": services}) for path, handler in paths])
