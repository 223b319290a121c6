"""What the web front end of Kubeflow Pipelines 1.8.5 asks beside the API and the files.

Its node server answers most of this itself; it is here too for a front end without one.
"""

from __future__ import annotations

from localkfp.api.handler import ApiHandler
from localkfp.service import pods


class System(ApiHandler):
    """GET /system/cluster-name and /system/project-id: shown in a corner of every page."""

    def get(self, what: str) -> None:
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish("localkfp" if what == "cluster-name" else "")


class Visualizations(ApiHandler):
    """GET /visualizations/allowed: whether visualizations may be Python of the user's own."""

    def get(self) -> None:
        self.set_header("Content-Type", "application/json")
        self.finish("false")


class Pod(ApiHandler):
    """GET /k8s/pod?podname=NODE and /k8s/pod/events: the tabs Pod and Events of a step."""

    def get(self, what: str | None) -> None:
        node_id = self.get_query_argument("podname", "")
        state = self.services.state
        found = pods.events(self.store, node_id) if what else pods.pod(self.store, state, node_id)
        self.finish(found)
