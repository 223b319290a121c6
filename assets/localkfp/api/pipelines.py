"""/pipelines and /pipeline_versions"""

from __future__ import annotations

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
from localkfp.manifest import MAX_BYTES, WorkflowError, read
from localkfp.store import AlreadyExists, Store
from localkfp.workflow import read_parameters

PIPELINE_FIELDS = ["id", "name", "created_at", "description", "namespace"]
VERSION_FIELDS = ["id", "name", "created_at", "status"]
MAX_NAME = 100
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


class Pipelines(ApiHandler):
    def get(self) -> None:
        rows = [{**row, "namespace": ""} for row in self.store.rows("pipelines")]
        shape = lambda row: pipeline_shape(self.store, row)  # noqa: E731
        self.answer_list("pipelines", "Pipeline", rows, PIPELINE_FIELDS, shape)

    def post(self) -> None:
        raise ApiError(
            "unimplemented", "localkfp cannot fetch a pipeline by its URL; upload the file."
        )


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
        pipeline_id = self.query().get("resource_key.id", "")
        find_pipeline(self.store, pipeline_id)
        rows = [
            {**row, "status": ""} for row in self.store.rows("versions", pipeline_id=pipeline_id)
        ]
        self.answer_list("versions", "PipelineVersion", rows, VERSION_FIELDS, version_shape)


class Version(ApiHandler):
    def get(self, version_id: str) -> None:
        self.answer(version_shape(find_version(self.store, version_id)))

    def delete(self, version_id: str) -> None:
        version = find_version(self.store, version_id)
        pipeline = find_pipeline(self.store, version["pipeline_id"])
        self.store.delete("versions", version_id)
        if pipeline["default_version"] == version_id:
            rest = self.store.rows("versions", pipeline_id=pipeline["id"])
            newest = rest[-1]["id"] if rest else None
            self.store.update("pipelines", pipeline["id"], default_version=newest)
        self.answer()


class VersionTemplate(ApiHandler):
    def get(self, version_id: str) -> None:
        self.answer({"template": find_version(self.store, version_id)["template"]})


class Upload(ApiHandler):
    """The two uploads. Their errors have a shape of their own (the server's HTTP handler, no gRPC):
    `error_message` and `error_details`."""

    def post(self, what: str) -> None:
        try:
            filename, data = self._file()
            query = {name: unquote_plus(value) for name, value in self.query().items()}
            name = query.get("name") or filename
            if len(name) > MAX_NAME:
                raise WorkflowError(f"A pipeline's name has at most {MAX_NAME} characters.")
            template = read_package(filename, data)
            manifest = read(template)
            parameters = [
                {"name": p.name, **({} if p.value is None else {"value": p.value})}
                for p in read_parameters(manifest)
            ]
        except WorkflowError as error:
            self._refuse(400, str(error))
            return
        try:
            description = query.get("description", "")
            if what == "upload":
                self.answer(self._pipeline(name, description, template, parameters))
            else:
                owner = find_pipeline(self.store, query.get("pipelineid", ""))["id"]
                row = self._version(owner, name, description, template, parameters)
                self.answer(version_shape(row))
        except AlreadyExists:
            self._refuse(
                500, f"The name {name} already exist. Please specify a new name. (AlreadyExists)"
            )

    def _pipeline(
        self, name: str, description: str, template: str, parameters: list[dict[str, str]]
    ) -> dict[str, Any]:
        """A new pipeline; its first version has the same id (kubeflow/pipelines does so)."""
        pipeline = self.store.insert("pipelines", name=name, description=description)
        self._version(pipeline["id"], name, "", template, parameters, id=pipeline["id"])
        return pipeline_shape(self.store, find_pipeline(self.store, pipeline["id"]))

    def _version(
        self,
        pipeline_id: str,
        name: str,
        description: str,
        template: str,
        parameters: list[dict[str, str]],
        **identity: str,
    ) -> dict[str, Any]:
        row = self.store.insert(
            "versions",
            pipeline_id=pipeline_id,
            name=name,
            description=description,
            template=template,
            parameters=json.dumps(parameters),
            **identity,
        )
        self.store.update("pipelines", pipeline_id, default_version=row["id"])
        return row

    def _file(self) -> tuple[str, bytes]:
        files = self.request.files.get("uploadfile")
        if not files:
            raise WorkflowError("The upload has no part named 'uploadfile'.")
        return files[0]["filename"], files[0]["body"]

    def _refuse(self, status: int, message: str) -> None:
        self.set_status(status)
        self.finish({"error_message": message, "error_details": message})


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
