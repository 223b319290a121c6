"""/pipelines and /pipeline_versions"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from localkfp.api.handler import ApiHandler
from localkfp.service import pipelines
from localkfp.service.errors import ServiceError
from localkfp.store.database import Store

BY_URL = "localkfp cannot fetch a pipeline by its URL; upload the file."


def version_shape(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "name": row["name"],
        "description": row["description"],
        "created_at": row["created_at"],
        "parameters": json.loads(row["parameters"]),
        "resource_references": [
            {"key": {"type": "PIPELINE", "id": row["pipeline_id"]}, "relationship": "OWNER"}
        ],
    }


def pipeline_shape(store: Store, row: Mapping[str, Any]) -> dict[str, Any]:
    default = store.get("versions", row["default_version"]) if row["default_version"] else None
    return {
        "id": row["id"],
        "name": row["name"],
        "description": row["description"],
        "created_at": row["created_at"],
        "parameters": json.loads(default["parameters"]) if default else [],
        "default_version": version_shape(default) if default else None,
    }


class Pipelines(ApiHandler):
    def get(self) -> None:
        found, shape = pipelines.rows(self.store), partial(pipeline_shape, self.store)
        self.answer_list("pipelines", "Pipeline", found, pipelines.FIELDS, shape)

    def post(self) -> None:
        raise ServiceError("unimplemented", BY_URL)


class Pipeline(ApiHandler):
    def get(self, pipeline_id: str) -> None:
        row = pipelines.find_pipeline(self.store, pipeline_id)
        self.answer(pipeline_shape(self.store, row))

    def delete(self, pipeline_id: str) -> None:
        pipelines.delete(self.store, pipeline_id)
        self.answer()


class PipelineTemplate(ApiHandler):
    def get(self, pipeline_id: str) -> None:
        self.answer({"template": pipelines.template(self.store, pipeline_id)})


class DefaultVersion(ApiHandler):
    def post(self, pipeline_id: str, version_id: str) -> None:
        pipelines.set_default(self.store, pipeline_id, version_id)
        self.answer()


class Versions(ApiHandler):
    def get(self) -> None:
        found = pipelines.version_rows(self.store, self.query().get("resource_key.id", ""))
        fields = pipelines.VERSION_FIELDS
        self.answer_list("versions", "PipelineVersion", found, fields, version_shape)

    def post(self) -> None:
        raise ServiceError("unimplemented", BY_URL)


class Version(ApiHandler):
    def get(self, version_id: str) -> None:
        self.answer(version_shape(pipelines.find_version(self.store, version_id)))

    def delete(self, version_id: str) -> None:
        pipelines.delete_version(self.store, version_id)
        self.answer()


class VersionTemplate(ApiHandler):
    def get(self, version_id: str) -> None:
        self.answer({"template": pipelines.find_version(self.store, version_id)["template"]})
