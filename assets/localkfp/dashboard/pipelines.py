"""The pages of pipelines: the list, and the upload of a pipeline or of a version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from localkfp.api import pipelines as api
from localkfp.api.errors import ApiError
from localkfp.api.lists import page
from localkfp.dashboard.forms import Field, errors
from localkfp.dashboard.page import PageHandler, address, call, list_query, named_like
from localkfp.errors import AlreadyExists, WorkflowError
from localkfp.store.database import Store


class PipelineList(PageHandler):
    """/ and /pipelines: search, and the way to each pipeline."""

    section = "Pipelines"

    def get(self) -> None:
        words = self.asked("q")
        query = list_query(named_like(words), self.asked("page_token"))
        found, total, token = page(api.rows(self.store), query, api.PIPELINE_FIELDS, "Pipeline")
        versions = {row["id"]: api.version_rows(self.store, row["id"]) for row in found}
        self.show(
            "pipelines.html",
            "Pipelines",
            [call("GET", "/pipelines", query)],
            rows=found,
            versions=versions,
            total=total,
            words=words,
            following=address("/pipelines", q=words, page_token=token) if token else "",
            first=address("/pipelines", q=words) if self.asked("page_token") else "",
        )


class Upload(PageHandler):
    """/pipeline_versions/new: a new pipeline, or a new version of one."""

    section = "Pipelines"

    def get(self) -> None:
        pipeline_id = self.asked("pipelineId")
        typed = {"kind": "version" if pipeline_id else "pipeline", "pipeline": pipeline_id}
        self._show(typed, {})

    def post(self) -> None:
        typed = {name: self.filled(name) for name in ("kind", "pipeline", "name", "description")}
        files = self.request.files.get("file") or [{"filename": "", "body": b""}]
        filename, data = files[0]["filename"], files[0]["body"]
        try:
            self.see(add(self.store, typed, filename, data))
        except Refused as refused:
            self.set_status(400)
            self._show(typed, refused.fields)

    def _show(self, typed: Mapping[str, str], wrong: Mapping[str, str]) -> None:
        fields = upload_fields(self.store, typed, wrong)
        self.show(
            "upload.html",
            "Upload pipeline or pipeline version",
            [call("POST", "/pipelines/upload"), call("POST", "/pipelines/upload_version")],
            fields=fields,
            errors=errors(fields),
        )


class Refused(Exception):
    """`fields`: what is wrong with each field, by its name."""

    def __init__(self, **fields: str) -> None:
        super().__init__(fields)
        self.fields = fields


def add(store: Store, typed: Mapping[str, str], filename: str, data: bytes) -> str:
    """Store the upload; the address of its page. Raises Refused."""
    if not filename:
        raise Refused(file="Choose a file: the compiled pipeline, .yaml, .zip or .tar.gz.")
    name = typed["name"].strip() or filename
    try:
        api.check_name(name)
    except WorkflowError as error:
        raise Refused(name=str(error)) from None
    try:
        template, parameters = api.read_upload(filename, data)
    except WorkflowError as error:
        raise Refused(file=str(error)) from None
    try:
        if typed["kind"] != "version":
            row = api.add_pipeline(store, name, typed["description"], template, parameters)
            return f"/pipelines/details/{row['id']}"
        owner = api.find_pipeline(store, typed["pipeline"])["id"]
        row = api.add_version(store, owner, name, typed["description"], template, parameters)
        return f"/pipelines/details/{owner}/version/{row['id']}"
    except AlreadyExists:
        what = "version of this pipeline" if typed["kind"] == "version" else "pipeline"
        raise Refused(name=f"There is a {what} of the name {name}. Type another.") from None
    except ApiError:
        raise Refused(pipeline="Choose the pipeline that gets the version.") from None


def upload_fields(
    store: Store, typed: Mapping[str, str], wrong: Mapping[str, str]
) -> tuple[Field, ...]:
    pipelines = [(row["id"], row["name"]) for row in reversed(store.rows("pipelines"))]
    kinds = (
        ("pipeline", "Create a new pipeline"),
        ("version", "Create a new pipeline version under an existing pipeline"),
    )
    again = " Choose it again: a browser doesn't keep it." if wrong else ""
    fields = [
        Field("kind", "What to upload", typed.get("kind") or "pipeline", "radio", options=kinds),
        Field(
            "pipeline",
            "Pipeline",
            typed.get("pipeline", ""),
            "choice",
            hint="for a new version only",
            options=(("", "(none)"), *pipelines),
        ),
        Field("name", "Name", typed.get("name", ""), hint="left empty: the name of the file"),
        Field("description", "Description", typed.get("description", ""), hint="optional"),
        Field(
            "file",
            "File",
            "",
            "file",
            hint="what the compiler of kfp 1.8 writes: .yaml, .zip or .tar.gz, up to 32 MiB."
            + again,
            required=True,
        ),
    ]
    return tuple(replace(field, error=wrong.get(field.name, "")) for field in fields)


class DeletePipeline(PageHandler):
    def post(self, pipeline_id: str) -> None:
        api.find_pipeline(self.store, pipeline_id)
        self.store.delete("pipelines", pipeline_id)
        self.see("/pipelines")


class DeleteVersion(PageHandler):
    def post(self, pipeline_id: str, version_id: str) -> None:
        api.delete_version(self.store, version_id)
        self.see(f"/pipelines/details/{pipeline_id}")
