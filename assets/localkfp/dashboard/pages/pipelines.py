"""The list of pipelines, and what is deleted of them."""

from __future__ import annotations

from localkfp.dashboard.frame import PageHandler
from localkfp.dashboard.links import call, named_like
from localkfp.service import pipelines

HEADS = (
    ("Pipeline name", "name"),
    ("Description", ""),
    ("Versions", ""),
    ("Uploaded on", "created_at"),
)


class PipelineList(PageHandler):
    """/ and /pipelines: search, and the way to each pipeline."""

    section = "Pipelines"

    def get(self) -> None:
        words = self.asked("q")
        listing = self.listing("/pipelines", q=words)
        query = listing.query(named_like(words))
        found, listing = self.listed(listing, pipelines.page(self.store, query))
        versions = {row["id"]: pipelines.version_rows(self.store, row["id"]) for row in found}
        self.show(
            "pipelines.html",
            "Pipelines",
            [call("GET", "/pipelines", query), call("DELETE", "/pipelines/ID")],
            rows=found,
            versions=versions,
            columns=listing.columns(HEADS),
            listing=listing,
            words=words,
        )


class DeletePipelines(PageHandler):
    """Those that were ticked in the list."""

    section = "Pipelines"

    def post(self) -> None:
        for pipeline_id in self.get_body_arguments("pipeline"):
            pipelines.delete(self.store, pipeline_id)
        self.see("/pipelines")


class DeletePipeline(PageHandler):
    def post(self, pipeline_id: str) -> None:
        pipelines.delete(self.store, pipeline_id)
        self.see("/pipelines")


class DeleteVersion(PageHandler):
    def post(self, pipeline_id: str, version_id: str) -> None:
        pipelines.delete_version(self.store, version_id)
        self.see(f"/pipelines/details/{pipeline_id}")
