"""The content of a stored artifact: how much there is, and its beginning; what its component says
that it is."""

from __future__ import annotations

import json
import re
import tarfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from localkfp.engine.live_workflow import BUCKET
from localkfp.pods.archive import read_artifact
from localkfp.service.files import stored_file

HEAD = 64 * 1024  # bytes of an artifact that are looked at for its preview
MAX_ENTRIES = 100
MOST = 4 * 1024 * 1024  # bytes of an artifact that a visualization is made of
STORE = f"minio://{BUCKET}/"
COMPONENT = "pipelines.kubeflow.org/component_spec"  # the annotation in which kfp keeps the types


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
            with stored.open("rb") as plain:
                return Content(stored.stat().st_size, plain.read(limit))
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


def stored_at(state: Path, source: str) -> bytes | None:
    """The content of the artifact at `minio://BUCKET/KEY`, cut at MOST bytes; None for what is not
    in localkfp's own store, or can't be read."""
    file = stored_file(state, source.removeprefix(STORE)) if source.startswith(STORE) else None
    try:
        return read_artifact(file, MOST) if file else None
    except (OSError, EOFError, tarfile.TarError, zlib.error):
        return None


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
