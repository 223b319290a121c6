"""/pipelines/upload and /pipelines/upload_version"""

from __future__ import annotations

import asyncio
from urllib.parse import unquote_plus

from localkfp.api.handler import ApiHandler
from localkfp.api.pipelines import pipeline_shape, version_shape
from localkfp.errors import AlreadyExists, WorkflowError
from localkfp.service import pipelines


class Upload(ApiHandler):
    """The two uploads. Their errors have a shape of their own (the server's HTTP handler, no gRPC):
    `error_message` and `error_details`."""

    async def post(self, what: str) -> None:
        try:
            filename, data = self._file()
            query = {name: unquote_plus(value) for name, value in self.query().items()}
            name = query.get("name") or filename
            pipelines.check_name(name)
            template, parameters = await asyncio.to_thread(pipelines.read_upload, filename, data)
        except WorkflowError as error:
            self._refuse(400, str(error))
            return
        try:
            description = query.get("description", "")
            if what == "upload":
                row = pipelines.add_pipeline(self.store, name, description, template, parameters)
                self.answer(pipeline_shape(self.store, row))
            else:
                owner = pipelines.find_pipeline(self.store, query.get("pipelineid", ""))["id"]
                row = pipelines.add_version(
                    self.store, owner, name, description, template, parameters
                )
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
