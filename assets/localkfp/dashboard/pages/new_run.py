"""The page that starts a run."""

from __future__ import annotations

from collections.abc import Mapping

from localkfp.dashboard.links import address, root
from localkfp.dashboard.pages.run_form import RunForm
from localkfp.service import runs
from localkfp.service.errors import ServiceError


class NewRun(RunForm):
    """/runs/new?pipelineId=&versionId=&experimentId=&cloneFromRun="""

    section = "Runs"
    title = "Start a run"
    here, back, method = "/runs/new", "/runs", "/runs"

    def get(self) -> None:
        if self.asked("recurring"):  # the genuine one's
            self.redirect(root(self.request.path) + f"recurringruns/new?{self.request.query}")
        elif ticked := self.get_query_arguments("run"):
            self._clone(ticked)
        else:
            super().get()

    def _clone(self, ticked: list[str]) -> None:
        if len(ticked) > 1:
            raise ServiceError("invalid", f"Select one run to clone: {len(ticked)} are selected.")
        self.see(address("/runs/new", cloneFromRun=ticked[0]))

    def make(self, asked: runs.Request, typed: Mapping[str, str]) -> str:
        return f"/runs/details/{runs.create(self.store, self.runner, asked)}"
