"""GET /healthz, and the answer to a path that there is none."""

from __future__ import annotations

from localkfp.api.handler import ApiHandler
from localkfp.version import __version__


class Healthz(ApiHandler):
    def get(self) -> None:

        self.finish({"commit_sha": "", "tag_name": f"localkfp-{__version__}", "multi_user": False})

    head = post = get


class Missing(ApiHandler):
    def prepare(self) -> None:
        super().prepare()
        self.set_status(404)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish("Not Found\n")
