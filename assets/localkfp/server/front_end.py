"""A built web front end of Kubeflow Pipelines, served beside the API: `localkfp serve --front-end`.

Its files are what lies in the folder; every other address stays localkfp's, so the dashboard is
still there by its own addresses, all but /.
"""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import Any

from tornado.httputil import HTTPServerRequest
from tornado.routing import Matcher

from localkfp.errors import ServerError
from localkfp.web.answers import Refusal
from localkfp.web.handler import Handler

INDEX = "index.html"
BASE = "/pipeline/"  # where a cluster has the front end, too


def check(folder: Path) -> Path:
    """The folder as an absolute path. Raises ServerError where it holds no built front end."""
    if not (folder / INDEX).is_file():
        raise ServerError(
            f"{folder} holds no {INDEX}. Give the folder that the build of the front end wrote, "
            "`frontend/build` of kubeflow/pipelines."
        )
    return folder.resolve()


class Files(Matcher):
    """Matches the addresses of the files of a folder; / is its index."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        file = self.find(request.path)
        return {"path_args": [str(file).encode()]} if file else None

    def find(self, path: str) -> Path | None:
        inside = path.removeprefix(BASE.rstrip("/")).lstrip("/") or INDEX
        try:
            file = (self.folder / inside).resolve()
            return file if file.is_relative_to(self.folder) and file.is_file() else None
        except (OSError, ValueError):  # too long, or a zero byte
            return None


class FrontEndFile(Handler):
    def get(self, file: str) -> None:
        kind, _ = mimetypes.guess_type(file)
        self.set_header("Content-Type", kind or "application/octet-stream")
        self.set_header("Content-Security-Policy", "frame-ancestors 'self'")
        self.finish(Path(file).read_bytes())

    def refuse(self, said: Refusal) -> None:
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(f"{said.message}\n")
