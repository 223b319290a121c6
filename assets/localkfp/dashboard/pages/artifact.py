"""An artifact as a whole: to be saved, or as an image or an HTML output for a page."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from tornado.web import HTTPError

from localkfp.dashboard.frame import PageHandler
from localkfp.dashboard.views import preview
from localkfp.dashboard.views.content import peek, stored_at
from localkfp.pods.archive import opened, read_artifact
from localkfp.service.errors import missing
from localkfp.service.runs import find_node, find_run
from localkfp.web.pieces import send

# What is no page of localkfp's runs nothing and fetches nothing; an HTML output may run its script
# in an origin of its own, from which it reaches neither the API nor the network.
SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
APP_SANDBOX = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; "
    "style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
)


def find_artifact(node: Mapping[str, Any], side: str, name: str) -> Mapping[str, Any]:
    for artifact in node.get(side, {}).get("artifacts", ()):
        if artifact["name"] == name:
            return artifact
    raise missing("Artifact", name)


def find_stored(state: Path, artifact: Mapping[str, Any]) -> tuple[Path, bool]:
    """Where an artifact lies, and whether it is a folder. Raises ServiceError when it can't be
    read."""
    stored = state / artifact["s3"]["key"]
    content = peek(stored, 0)
    if content.error:
        raise missing("Artifact", artifact["name"])
    return stored, bool(content.entries)


def read_whole(state: Path, artifact: Mapping[str, Any]) -> bytes:
    if "s3" not in artifact:
        return raw(artifact)
    return read_artifact(find_stored(state, artifact)[0])


def raw(artifact: Mapping[str, Any]) -> bytes:
    """The bytes of an artifact that the Workflow itself holds."""
    return str(artifact.get("raw", {}).get("data", "")).encode()


class Artifact(PageHandler):
    """/runs/details/ID/artifacts/NODE/inputs|outputs/NAME: to be saved; with `view=image`, an image
    for a page; with `view=text`, the whole as text; with `view=app&output=N`, an HTML output for a
    sandboxed frame."""

    section = "Runs"

    async def get(self, run_id: str, node_id: str, side: str, name: str) -> None:
        find_run(self.store, run_id)
        artifact = find_artifact(find_node(self.store, run_id, node_id), side, name)
        view = self.asked("view")
        self.set_header("Content-Security-Policy", SANDBOX)
        if view not in ("image", "app"):
            await self._send(name, artifact, as_text=view == "text")
            return
        data = await asyncio.to_thread(read_whole, self.services.state, artifact)
        if view == "image":
            kind = preview.image_type(data)
            if not kind:
                raise HTTPError(404, "this artifact is no image")
            self.set_header("Content-Type", kind)
            self.finish(data)
            return
        self.set_header("Content-Security-Policy", APP_SANDBOX)
        at = partial(stored_at, self.services.state)
        self.finish(preview.app_source(data, self.asked("output"), at))

    async def _send(self, name: str, artifact: Mapping[str, Any], as_text: bool) -> None:
        if "s3" not in artifact:
            self._say_kind(name, as_text)
            self.finish(raw(artifact))
            return
        stored, folder = await asyncio.to_thread(find_stored, self.services.state, artifact)
        self._say_kind(f"{name}.tgz" if folder else name, as_text and not folder)
        with opened(stored) as (stream, size):
            await send(self, stream, size)

    def _say_kind(self, name: str, as_text: bool) -> None:
        if as_text:
            self.set_header("Content-Type", "text/plain; charset=utf-8")
            return
        self.set_header("Content-Type", "application/octet-stream")
        safe = re.sub(r"[^\w.-]", "_", name, flags=re.ASCII)
        self.set_header("Content-Disposition", f'attachment; filename="{safe}"')
