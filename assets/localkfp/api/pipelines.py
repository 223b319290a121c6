"""/pipelines and /pipeline_versions"""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import lzma
import tarfile
import zipfile
import zlib
from typing import Any
from urllib.parse import unquote_plus

from localkfp.api.base import ApiHandler
from localkfp.api.errors import ApiError, missing
from localkfp.errors import AlreadyExists, WorkflowError
from localkfp.store.database import Store
from localkfp.workflow.load import read_parameters
from localkfp.workflow.text import MAX_BYTES, read

PIPELINE_FIELDS = ["id", "name", "created_at", "description", "namespace"]
VERSION_FIELDS = ["id", "name", "created_at", "status"]
MAX_NAME = 100
BY_URL = "localkfp cannot fetch a pipeline by its URL; upload the file."
# What zipfile and tarfile raise for odd bytes; RuntimeError for a password
DAMAGE = (
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError),
    *(EOFError, OSError, RuntimeError, ValueError),
)


def version_shape(row: dict[str, Any]) -> dict[str, Any]:
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


def pipeline_shape(store: Store, row: dict[str, Any]) -> dict[str, Any]:
    default = store.get("versions", row["default_version"]) if row["default_version"] else None
    return {
        "id": row["id"],
        "name": row["name"],
        "description": row["description"],
        "created_at": row["created_at"],
        "parameters": json.loads(default["parameters"]) if default else [],
        "default_version": version_shape(default) if default else None,
    }


def rows(store: Store) -> list[dict[str, Any]]:
    """The pipelines with the columns that a list is filtered and sorted by."""
    return [{**row, "namespace": ""} for row in store.rows("pipelines")]


def version_rows(store: Store, pipeline_id: str) -> list[dict[str, Any]]:
    find_pipeline(store, pipeline_id)
    return [{**row, "status": ""} for row in store.rows("versions", pipeline_id=pipeline_id)]


class Pipelines(ApiHandler):
    def get(self) -> None:
        shape = lambda row: pipeline_shape(self.store, row)  # noqa: E731
        self.answer_list("pipelines", "Pipeline", rows(self.store), PIPELINE_FIELDS, shape)

    def post(self) -> None:
        raise ApiError("unimplemented", BY_URL)


class Pipeline(ApiHandler):
    def get(self, pipeline_id: str) -> None:
        self.answer(pipeline_shape(self.store, find_pipeline(self.store, pipeline_id)))

    def delete(self, pipeline_id: str) -> None:
        find_pipeline(self.store, pipeline_id)
        self.store.delete("pipelines", pipeline_id)
        self.answer()


class PipelineTemplate(ApiHandler):
    def get(self, pipeline_id: str) -> None:
        pipeline = find_pipeline(self.store, pipeline_id)
        self.answer({"template": find_version(self.store, pipeline["default_version"])["template"]})


class DefaultVersion(ApiHandler):
    def post(self, pipeline_id: str, version_id: str) -> None:
        find_pipeline(self.store, pipeline_id)
        if find_version(self.store, version_id)["pipeline_id"] != pipeline_id:
            raise ApiError("invalid", f"Version {version_id} belongs to another pipeline.")
        self.store.update("pipelines", pipeline_id, default_version=version_id)
        self.answer()


class Versions(ApiHandler):
    def get(self) -> None:
        found = version_rows(self.store, self.query().get("resource_key.id", ""))
        self.answer_list("versions", "PipelineVersion", found, VERSION_FIELDS, version_shape)

    def post(self) -> None:
        raise ApiError("unimplemented", BY_URL)


class Version(ApiHandler):
    def get(self, version_id: str) -> None:
        self.answer(version_shape(find_version(self.store, version_id)))

    def delete(self, version_id: str) -> None:
        delete_version(self.store, version_id)
        self.answer()


class VersionTemplate(ApiHandler):
    def get(self, version_id: str) -> None:
        self.answer({"template": find_version(self.store, version_id)["template"]})


class Upload(ApiHandler):
    """The two uploads. Their errors have a shape of their own (the server's HTTP handler, no gRPC):
    `error_message` and `error_details`."""

    async def post(self, what: str) -> None:
        try:
            filename, data = self._file()
            query = {name: unquote_plus(value) for name, value in self.query().items()}
            name = query.get("name") or filename
            check_name(name)
            template, parameters = await asyncio.to_thread(read_upload, filename, data)
        except WorkflowError as error:
            self._refuse(400, str(error))
            return
        try:
            description = query.get("description", "")
            if what == "upload":
                row = add_pipeline(self.store, name, description, template, parameters)
                self.answer(pipeline_shape(self.store, row))
            else:
                owner = find_pipeline(self.store, query.get("pipelineid", ""))["id"]
                row = add_version(self.store, owner, name, description, template, parameters)
                self.answer(version_shape(row))
        except AlreadyExists:
            self._refuse(
                500, f"The name {name} already exist. Please specify a new name. (AlreadyExists)"
            )

    def _file(self) -> tuple[str, bytes]:
        files = self.request.files.get("uploadfile")
        if not files:
            raise WorkflowError("The upload has no part named 'uploadfile'.")
        return files[0]["filename"], files[0]["body"]

    def _refuse(self, status: int, message: str) -> None:
        self.set_status(status)
        self.finish({"error_message": message, "error_details": message})


def check_name(name: str) -> None:
    """Raises WorkflowError for a name that a pipeline or version can't have."""
    if len(name) > MAX_NAME:
        raise WorkflowError(f"A pipeline's name has at most {MAX_NAME} characters.")


def read_upload(filename: str, data: bytes) -> tuple[str, list[dict[str, str]]]:
    """The text of the Workflow in an uploaded file, and its parameters. Raises WorkflowError."""
    template = read_package(filename, data)
    parameters = [
        {"name": p.name, **({} if p.value is None else {"value": p.value})}
        for p in read_parameters(read(template))
    ]
    return template, parameters


def add_pipeline(
    store: Store, name: str, description: str, template: str, parameters: list[dict[str, str]]
) -> dict[str, Any]:
    """The row of a new pipeline; its first version has the same id (kubeflow/pipelines does so).
    Raises AlreadyExists."""
    with store.together():
        pipeline = store.insert("pipelines", name=name, description=description)
        add_version(store, pipeline["id"], name, "", template, parameters, id=pipeline["id"])
    return find_pipeline(store, pipeline["id"])


def add_version(
    store: Store,
    pipeline_id: str,
    name: str,
    description: str,
    template: str,
    parameters: list[dict[str, str]],
    **identity: str,
) -> dict[str, Any]:
    """The row of a new version, which becomes the pipeline's default. Raises AlreadyExists."""
    with store.together():
        row = store.insert(
            "versions",
            pipeline_id=pipeline_id,
            name=name,
            description=description,
            template=template,
            parameters=json.dumps(parameters),
            **identity,
        )
        store.update("pipelines", pipeline_id, default_version=row["id"])
    return row


def delete_version(store: Store, version_id: str) -> None:
    """The newest of the other versions becomes the default if this one was it."""
    version = find_version(store, version_id)
    pipeline = find_pipeline(store, version["pipeline_id"])
    with store.together():
        store.delete("versions", version_id)
        if pipeline["default_version"] == version_id:
            rest = store.rows("versions", pipeline_id=pipeline["id"])
            newest = rest[-1]["id"] if rest else None
            store.update("pipelines", pipeline["id"], default_version=newest)


def find_pipeline(store: Store, pipeline_id: str) -> dict[str, Any]:
    row = store.get("pipelines", pipeline_id)
    if not row:
        raise missing("Pipeline", pipeline_id)
    return row


def find_version(store: Store, version_id: str | None) -> dict[str, Any]:
    row = store.get("versions", version_id) if version_id else None
    if not row:
        raise missing("PipelineVersion", str(version_id))
    return row


# ---- packages ------------------------------------------------------------------------------------


def read_package(filename: str, data: bytes) -> str:
    """The Workflow's text in an uploaded file: YAML or JSON, or a zip or gzipped tar with one.

    Raises WorkflowError: another kind of file, a damaged archive, more than 32 MiB inside.
    """
    try:
        if data.startswith(b"PK\x03\x04"):
            data = _from_zip(data)
        elif data.startswith(b"\x1f\x8b"):
            data = _from_tar(data)
        elif not filename.lower().endswith((".yaml", ".yml", ".json")):
            raise WorkflowError(
                f"{filename!r} is no pipeline package: use .yaml, .zip or .tar.gz as the compiler "
                "writes them."
            )
    except WorkflowError:
        raise
    except DAMAGE as error:
        raise WorkflowError(f"The archive {filename!r} is damaged: {error}") from None
    if len(data) > MAX_BYTES:
        raise WorkflowError("The file is larger than 32 MiB, the limit of Kubeflow Pipelines too.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise WorkflowError(f"The file is not UTF-8 text: byte {error.start}.") from None


def _from_zip(data: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        with archive.open(_choose(names)) as file:
            return file.read(MAX_BYTES + 1)


def _from_tar(data: bytes) -> bytes:
    with gzip.open(io.BytesIO(data)) as stream:
        plain = stream.read(MAX_BYTES + 1)
    if len(plain) > MAX_BYTES:
        raise WorkflowError("The archive unpacks to more than 32 MiB.")
    with tarfile.open(fileobj=io.BytesIO(plain), mode="r:") as archive:
        members = {member.name: member for member in archive if member.isfile()}
        file = archive.extractfile(members[_choose(list(members))])
        return file.read(MAX_BYTES + 1) if file else b""


def _choose(names: list[str]) -> str:
    """kubeflow/pipelines: `pipeline.yaml` if the archive has it, else its first file."""
    if not names:
        raise WorkflowError("The archive holds no file.")
    return "pipeline.yaml" if "pipeline.yaml" in names else names[0]
