"""The page that takes a pipeline, or a version of one, as a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from localkfp.api.fetching import fetch
from localkfp.dashboard.forms import Field, errors
from localkfp.dashboard.frame import PageHandler
from localkfp.dashboard.links import call
from localkfp.errors import AlreadyExists, WorkflowError
from localkfp.service import pipelines
from localkfp.service.errors import ServiceError
from localkfp.store.database import Store

TYPED = ("kind", "pipeline", "name", "description", "url", "source")


class Upload(PageHandler):
    """/pipeline_versions/new: a new pipeline, or a new version of one."""

    section = "Pipelines"

    def get(self) -> None:
        pipeline_id = self.asked("pipelineId")
        typed = {"kind": "version" if pipeline_id else "pipeline", "pipeline": pipeline_id}
        self._show(typed, {})

    async def post(self) -> None:
        typed = {name: self.filled(name) for name in TYPED}
        try:
            filename, data = await self._package(typed["url"].strip())
            self.see(add(self.store, typed, filename, data))
        except Refused as refused:
            self.set_status(400)
            self._show(typed, refused.fields)

    async def _package(self, url: str) -> tuple[str, bytes]:
        """Name and content of the file that came, or of that at the address. Raises Refused."""
        files = self.request.files.get("file")
        if files and url:
            raise Refused(url="Choose a file or type a URL, not both.")
        if files:
            return files[0]["filename"], files[0]["body"]
        if not url:
            raise Refused(file="Choose a file: the compiled pipeline, .yaml, .zip or .tar.gz.")
        try:
            return await fetch({"url": {"pipeline_url": url}}, "url", self.services.fetches)
        except ServiceError as error:
            raise Refused(url=str(error)) from None

    def _show(self, typed: Mapping[str, str], wrong: Mapping[str, str]) -> None:
        fields = upload_fields(self.store, typed, wrong)
        self.show(
            "upload.html",
            "Upload pipeline or pipeline version",
            [
                call("POST", "/pipelines/upload"),
                call("POST", "/pipelines/upload_version"),
                call("POST", "/pipelines"),
            ],
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
    name = typed["name"].strip() or filename
    try:
        pipelines.check_name(name)
    except WorkflowError as error:
        raise Refused(name=str(error)) from None
    try:
        template, parameters = pipelines.read_upload(filename, data)
    except WorkflowError as error:
        where = "url" if typed["url"].strip() else "file"
        raise Refused(**{where: str(error)}) from None
    try:
        if typed["kind"] != "version":
            row = pipelines.add_pipeline(store, name, typed["description"], template, parameters)
            return f"/pipelines/details/{row['id']}"
        owner = pipelines.find_pipeline(store, typed["pipeline"])["id"]
        row = pipelines.add_version(
            store,
            owner,
            name,
            typed["description"],
            template,
            parameters,
            code_source_url=typed["source"].strip(),
        )
        return f"/pipelines/details/{owner}/version/{row['id']}"
    except AlreadyExists:
        what = "version of this pipeline" if typed["kind"] == "version" else "pipeline"
        raise Refused(name=f"There is a {what} of the name {name}. Type another.") from None
    except ServiceError:
        raise Refused(pipeline="Choose the pipeline that gets the version.") from None


def upload_fields(
    store: Store, typed: Mapping[str, str], wrong: Mapping[str, str]
) -> tuple[Field, ...]:
    owners = [(row["id"], row["name"]) for row in reversed(store.rows("pipelines"))]
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
            options=(("", "(none)"), *owners),
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
        ),
        Field(
            "url",
            "URL",
            typed.get("url", ""),
            hint="instead of a file; fetched only by `localkfp serve --fetch-urls`",
        ),
        Field(
            "source",
            "Code source",
            typed.get("source", ""),
            hint="optional, for a new version only: where its code is",
        ),
    ]
    return tuple(replace(field, error=wrong.get(field.name, "")) for field in fields)
