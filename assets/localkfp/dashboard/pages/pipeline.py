"""The page of a pipeline: its graph, each step's code, its YAML, parameters and versions."""

from __future__ import annotations

import json
from typing import Any

from localkfp.dashboard.frame import PageHandler
from localkfp.dashboard.links import address, call
from localkfp.dashboard.views.code import template_code
from localkfp.dashboard.views.picture import KEPT, Picture, picture
from localkfp.errors import WorkflowError
from localkfp.service import pipelines
from localkfp.service.errors import ServiceError
from localkfp.store.database import Store
from localkfp.workflow.intermediate import SENTENCE, is_intermediate, refuse_intermediate
from localkfp.workflow.load import load
from localkfp.workflow.text import read


class Pipeline(PageHandler):
    """/pipelines/details/ID and /pipelines/details/ID/version/ID"""

    section = "Pipelines"

    def get(self, pipeline_id: str, version_id: str | None = None) -> None:
        if version := by_version(self.store, pipeline_id):
            self.redirect(f"/pipelines/details/{version['pipeline_id']}/version/{version['id']}")
            return
        pipeline = pipelines.find_pipeline(self.store, pipeline_id)
        version = find_version(self.store, pipeline, version_id)
        here = f"/pipelines/details/{pipeline_id}" + (f"/version/{version_id}" * bool(version_id))
        calls = [
            call("GET", f"/pipelines/{pipeline_id}"),
            call(
                "GET",
                "/pipeline_versions",
                {"resource_key.type": "PIPELINE", "resource_key.id": pipeline_id},
            ),
        ]
        manifest: Any = {}
        if version:
            calls.append(call("GET", f"/pipeline_versions/{version['id']}/templates"))
        drawn = Picture()
        if version and is_intermediate(version["template"]):
            drawn = Picture(error=SENTENCE)
        elif version:
            manifest = read(version["template"])
            drawn = picture(manifest, here, self.asked("step"), kept=self.kept(*KEPT))
        chosen = drawn.chosen
        to_run = {"pipelineId": pipeline_id, "versionId": version["id"] if version else ""}
        self.show(
            "pipeline.html",
            f"{pipeline['name']} ({version['name']})" if version else pipeline["name"],
            calls,
            pipeline=pipeline,
            version=version,
            versions=list(reversed(pipelines.version_rows(self.store, pipeline_id))),
            tab=self.asked("tab") if self.asked("tab") == "yaml" else "graph",
            here=here,
            drawn=drawn,
            hidden=self.asked("summary") == "hidden" and not chosen,
            code=template_code(manifest, chosen.template) if chosen else None,
            yaml=version["template"] if version else "",
            parameters=json.loads(version["parameters"]) if version else [],
            warning=unable(version["template"]) if version else "",
            create_run=address("/runs/new", **to_run),
            create_experiment=address("/experiments/new", **to_run),
        )


def by_version(store: Store, identity: str) -> dict[str, Any] | None:
    """The version that an id of no pipeline names: `kfp.Client.upload_pipeline_version` prints a
    link to a pipeline that has the version's id."""
    return None if store.get("pipelines", identity) else store.get("versions", identity)


def find_version(
    store: Store, pipeline: dict[str, Any], version_id: str | None
) -> dict[str, Any] | None:
    """The version asked for, or the default; None for a pipeline that has none left."""
    if not version_id and not pipeline["default_version"]:
        return None
    version = pipelines.find_version(store, version_id or pipeline["default_version"])
    if version["pipeline_id"] != pipeline["id"]:
        raise ServiceError("not found", "This version is one of another pipeline.")
    return version


def unable(template: str) -> str:
    """Why localkfp can't run the Workflow, or nothing."""
    try:
        refuse_intermediate(template)
        load(template)
    except WorkflowError as error:
        return str(error)
    return ""
