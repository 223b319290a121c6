"""/pipelines and /pipeline_versions"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from localkfp.api import body
from localkfp.api.fetching import fetch
from localkfp.api.handler import ApiHandler, asked_reference, given
from localkfp.service import pipelines
from localkfp.service.errors import ServiceError
from localkfp.service.references import TYPES
from localkfp.store.database import Store

OWNER = ("PIPELINE", "OWNER")


def version_shape(row: Mapping[str, Any]) -> dict[str, Any]:
    return given(
        **{
            "id": row["id"],
            "name": row["name"],
            "description": row["description"],
            "created_at": row["created_at"],
            "parameters": json.loads(row["parameters"]),
            "code_source_url": row["code_source_url"],
            "resource_references": [
                {"key": {"type": "PIPELINE", "id": row["pipeline_id"]}, "relationship": "OWNER"}
            ],
        }
    )


def pipeline_shape(store: Store, row: Mapping[str, Any]) -> dict[str, Any]:
    default = store.get("versions", row["default_version"]) if row["default_version"] else None
    return given(
        **{
            "id": row["id"],
            "name": row["name"],
            "description": row["description"],
            "created_at": row["created_at"],
            "parameters": json.loads(row["parameters"]),
            "default_version": version_shape(default) if default else None,
        }
    )


class Pipelines(ApiHandler):
    def get(self) -> None:
        query = self.query()
        kind, identity = asked_reference(query)
        if kind not in ("", "NAMESPACE"):
            raise ServiceError("invalid", "Pipelines belong to nothing but a namespace.")
        found = pipelines.page(self.store, query, identity)
        self.answer_list("pipelines", found, partial(pipeline_shape, self.store))

    async def post(self) -> None:
        entry = body.read(self.request.body)
        filename, data = await fetch(entry, "url", self.services.fetches)
        name, description = body.text(entry, "name"), body.text(entry, "description")
        pipelines.check_name(name or filename)
        template, parameters = await asyncio.to_thread(pipelines.read_upload, filename, data)
        row = pipelines.add_pipeline(
            self.store, name or filename, description, template, parameters
        )
        self.answer(pipeline_shape(self.store, row))


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
        query = self.query()
        kind = query.get("resource_key.type", TYPES[0])
        if not {"resource_key.type", "resource_key.id"} & set(query) or kind not in TYPES:
            raise ServiceError("invalid", "Name the pipeline: resource_key.type and .id.")
        owner = query.get("resource_key.id", "")
        found = pipelines.page_of_versions(self.store, query, owner)
        self.answer_list("versions", found, version_shape)

    async def post(self) -> None:
        entry = body.read(self.request.body)
        filename, data = await fetch(entry, "package_url", self.services.fetches)
        owners = [r.id for r in body.references(entry) if (r.type, r.relationship) == OWNER]
        if not owners:
            raise ServiceError("invalid", "A version refers to its pipeline, as its owner.")
        pipelines.find_pipeline(self.store, owners[0])
        name, description = body.text(entry, "name"), body.text(entry, "description")
        pipelines.check_name(name)
        template, parameters = await asyncio.to_thread(pipelines.read_upload, filename, data)
        source = body.text(entry, "code_source_url")
        row = pipelines.add_version(
            self.store, owners[0], name, description, template, parameters, code_source_url=source
        )
        self.answer(version_shape(row))


class Version(ApiHandler):
    def get(self, version_id: str) -> None:
        self.answer(version_shape(pipelines.find_version(self.store, version_id)))

    def delete(self, version_id: str) -> None:
        pipelines.delete_version(self.store, version_id)
        self.answer()


class VersionTemplate(ApiHandler):
    def get(self, version_id: str) -> None:
        self.answer({"template": pipelines.version_template(self.store, version_id)})
