"""The content of an artifact: how much there is, its beginning, and the whole to be saved."""

from __future__ import annotations

import json
import re
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from tornado.web import HTTPError

from localkfp.api.errors import missing
from localkfp.api.runs import find_node, find_run
from localkfp.dashboard import preview
from localkfp.dashboard.page import PageHandler
from localkfp.pods.archive import read_artifact

HEAD = 64 * 1024  # bytes of an artifact that are looked at for its preview
MAX_ENTRIES = 100
COMPONENT = "pipelines.kubeflow.org/component_spec"  # the annotation in which kfp keeps the types
# What is no page of localkfp's runs nothing and fetches nothing; an HTML output may run its script
# in an origin of its own, from which it reaches neither the API nor the network.
SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
APP_SANDBOX = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; "
    "style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
)


@dataclass(frozen=True)
class Content:
    """`size` in bytes; `head` is the beginning; `entries` are the names in a folder; `error` says
    why it can't be read."""

    size: int = 0
    head: bytes = b""
    entries: tuple[str, ...] = ()
    error: str = ""


def peek(stored: Path, limit: int = HEAD) -> Content:
    """The beginning of a stored artifact: a file, or a file or folder in a gzipped tar."""
    try:
        if stored.suffix != ".tgz":
            with stored.open("rb") as file:
                return Content(stored.stat().st_size, file.read(limit))
        with tarfile.open(stored, "r:gz") as archive:
            first = archive.next()
            file = archive.extractfile(first) if first and first.isfile() else None
            if first and file:
                return Content(first.size, file.read(limit))
            names = tuple(member.name for member in islice(archive, MAX_ENTRIES))
            return Content(stored.stat().st_size, entries=names)
    except FileNotFoundError:
        return Content(error="It isn't in localkfp's store any more.")
    except (OSError, tarfile.TarError, EOFError) as error:
        return Content(error=f"It can't be read: {error}.")


def declared_types(manifest: Mapping[str, Any]) -> dict[str, str]:
    """The types that components give their outputs, by the name of the artifact (kfp joins the
    name of the template and that of the output, `sanitize_k8s_name`)."""
    types = {}
    for template in manifest["spec"]["templates"]:
        annotations = (template.get("metadata") or {}).get("annotations") or {}
        try:
            outputs = json.loads(annotations.get(COMPONENT, "{}")).get("outputs", ())
            for output in outputs:
                name = re.sub(r"-+", "-", re.sub(r"[^-_0-9A-Za-z]+", "-", output["name"]))
                if isinstance(output.get("type"), str):
                    types[f"{template['name']}-{name.strip('-')}"] = output["type"]
        except (ValueError, TypeError, AttributeError, KeyError):  # not kfp's
            continue
    return types


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
    for a page; with `view=app&output=N`, an HTML output for a sandboxed frame."""

    section = "Runs"

    def get(self, run_id: str, node_id: str, side: str, name: str) -> None:
        find_run(self.store, run_id)
        artifact = find_artifact(find_node(self.store, run_id, node_id), side, name)
        data, suffix = read_whole(self.services.state, artifact)
        view = self.asked("view")
        self.set_header("Content-Security-Policy", SANDBOX)
        if view == "image":
            kind = preview.image_type(data)
            if not kind:
                raise HTTPError(404, "this artifact is no image")
            self.set_header("Content-Type", kind)
            self.finish(data)
            return
        if view == "app":
            self.set_header("Content-Security-Policy", APP_SANDBOX)
            self.finish(preview.app_source(data, self.asked("output")))
            return
        self.set_header("Content-Type", "application/octet-stream")
        safe = re.sub(r"[^\w.-]", "_", f"{name}{suffix}", flags=re.ASCII)
        self.set_header("Content-Disposition", f'attachment; filename="{safe}"')
        self.finish(data)
