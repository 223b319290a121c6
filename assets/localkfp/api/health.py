"""GET /healthz, and a sentence for what localkfp doesn't have."""

from __future__ import annotations

from localkfp.api.handler import ApiHandler
from localkfp.service.errors import ServiceError
from localkfp.version import __version__

OF_EXPERIMENT = "resource_reference_key.id"


class Healthz(ApiHandler):
    def get(self) -> None:

        self.finish({"commit_sha": "", "tag_name": f"localkfp-{__version__}", "multi_user": False})


class Lacking(ApiHandler):
    what: str

    def prepare(self) -> None:
        super().prepare()
        raise ServiceError("unimplemented", f"localkfp cannot {self.what}; submit to a cluster.")


class Jobs(Lacking):
    what = "run recurring runs"

    def prepare(self) -> None:
        """That an experiment has none is true, and the front end's page of it asks."""
        if self.request.method == "GET" and self.get_query_argument(OF_EXPERIMENT, ""):
            ApiHandler.prepare(self)
        else:
            super().prepare()

    def get(self) -> None:
        self.answer()


class Missing(ApiHandler):
    def prepare(self) -> None:
        super().prepare()
        self.set_status(404)
        self.finish("Not Found\n")
