"""/pipelines/upload and /pipelines/upload_version"""

from __future__ import annotations

import asyncio
import re
from pathlib import PurePosixPath
from urllib.parse import unquote_plus

from localkfp.api.handler import ApiHandler
from localkfp.api.pipelines import pipeline_shape, version_shape
from localkfp.errors import AlreadyExists, Refused, WorkflowError
from localkfp.service import pipelines
from localkfp.service.errors import ServiceError

CREATE, STORE = "Error creating pipeline", "Create pipeline failed"
NAME = "Invalid pipeline name."
NO_ESCAPE = re.compile(r"%(?![0-9a-fA-F]{2})")


class Upload(ApiHandler):
    """The two uploads. Their errors have a shape of their own (the server's HTTP handler, no gRPC):
    `error_message` and `error_details`."""

    async def post(self, what: str) -> None:
        try:
            filename, data = self._file()
            query = {name: unquote_plus(value) for name, value in self.query().items()}
            _check_escapes(self.query().get("name", ""))
            name = query.get("name") or PurePosixPath(filename).name
            pipelines.check_name(name)
            template, parameters = await asyncio.to_thread(pipelines.read_upload, filename, data)
        except Refused as error:
            self._refuse_package(error)
            return
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
        except AlreadyExists as error:
            self._refuse(500, f"{CREATE}: {STORE}: Already exist error: {error}")
        except ServiceError as error:
            self._refuse(400, error.message)

    put = post

    def _file(self) -> tuple[str, bytes]:
        files = self.request.files.get("uploadfile")
        if not files:
            raise WorkflowError("The upload has no part named 'uploadfile'.")
        return files[0]["filename"], files[0]["body"]

    def _refuse_package(self, error: Refused) -> None:
        """Argo's errors come first in the details, the others as they are told."""
        told = f"{CREATE}: {STORE}: {error.words}"
        details = told if error.told is not None else f"{error.words}\n{STORE}\n{CREATE}"
        self.set_status(500)
        self.finish({"error_message": told, "error_details": details})

    def _refuse(self, status: int, message: str) -> None:
        self.set_status(status)
        self.finish({"error_message": message, "error_details": message})


def _check_escapes(text: str) -> None:
    """The client quotes a name twice, and the server reads it twice: one with a `%` is refused."""
    if wrong := NO_ESCAPE.search(text):
        escape = text[wrong.start() : wrong.start() + 3]
        raise WorkflowError(
            f"{NAME}: InvalidInputError: Pipeline name in the query string has invalid format.: "
            f'invalid URL escape "{escape}"'
        )
