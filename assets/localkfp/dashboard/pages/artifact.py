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
from localkfp.pods.archive import read_artifact
from localkfp.service.errors import missing
from localkfp.service.runs import find_node, find_run

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


def read_whole(state: Path, artifact: Mapping[str, Any]) -> tuple[bytes, str]:
    """The bytes of an artifact, and what its name ends with: a folder stays the gzipped tar."""
    if "s3" not in artifact:
        return str(artifact.get("raw", {}).get("data", "")).encode(), ""
    stored = state / artifact["s3"]["key"]
    content = peek(stored, 0)
    if content.error:
        raise missing("Artifact", artifact["name"])
    return read_artifact(stored), ".tgz" if content.entries else ""


class Artifact(PageHandler):
    """/runs/details/ID/artifacts/NODE/inputs|outputs/NAME: to be saved; with `view=image`, an image
    for a page; with `view=text`, the whole as text; with `view=app&output=N`, an HTML output for a
    sandboxed frame."""

    section = "Runs"

    async def get(self, run_id: str, node_id: str, side: str, name: str) -> None:
        find_run(self.store, run_id)
        artifact = find_artifact(find_node(self.store, run_id, node_id), side, name)
        data, suffix = await asyncio.to_thread(read_whole, self.services.state, artifact)
        view = self.asked("view")
        self.set_header("Content-Security-Policy", SANDBOX)
        if view == "image":
            kind = preview.image_type(data)
            if not kind:
                raise HTTPError(404, "this artifact is no image")
            self.set_header("Content-Type", kind)
            self.finish(data)
            return
        if view == "text":
            self.set_header("Content-Type", "text/plain; charset=utf-8")
            self.finish(data)
            return
        if view == "app":
            self.set_header("Content-Security-Policy", APP_SANDBOX)
            stored = partial(stored_at, self.services.state)
            self.finish(preview.app_source(data, self.asked("output"), stored))
            return
        self.set_header("Content-Type", "application/octet-stream")
        safe = re.sub(r"[^\w.-]", "_", f"{name}{suffix}", flags=re.ASCII)
        self.set_header("Content-Disposition", f'attachment; filename="{safe}"')
        self.finish(data)
