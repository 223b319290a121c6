"""GET /healthz, and a sentence for what localkfp doesn't have."""

from __future__ import annotations

from localkfp.api.handler import ApiHandler
from localkfp.service.errors import ServiceError
from localkfp.version import __version__


class Healthz(ApiHandler):
    def get(self) -> None:

        self.finish({"commit_sha": "", "tag_name": f"localkfp-{__version__}", "multi_user": False})

    head = post = get


class Lacking(ApiHandler):
    what: str

    def prepare(self) -> None:
        super().prepare()
        raise ServiceError("unimplemented", f"localkfp cannot {self.what}; submit to a cluster.")


class Missing(ApiHandler):
    def prepare(self) -> None:
        super().prepare()
        self.set_status(404)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish("Not Found\n")
