"""A claim of the cluster as the store: a volume that Pods have, and this machine too.

`claim://NAME/FOLDER?at=PLACE`: the Pods mount the claim NAME, and here it is mounted at PLACE, as
in a notebook server of that namespace. It needs the access mode ReadWriteMany where Pods are on
several nodes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from workbook.grading.cluster.store import BatchStoreError
from workbook.grading.facts.plain import plain_line
from workbook.language import _

MOUNTED = "/store"  # in the Pods
NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")  # as Kubernetes has it


@dataclass(frozen=True)
class Claim:
    """`folder`: the batch's on this machine; `in_pods`: its URL there."""

    name: str
    folder: Path
    in_pods: str

    @property
    def here(self) -> str:
        """Its URL on this machine."""
        return self.folder.as_uri()


def is_a_name(text: str) -> bool:
    """Whether a claim can be named so."""
    return NAME.fullmatch(text) is not None


def claimed(url: str) -> Claim | None:
    """The claim that a URL names, None for a URL of another kind. Raises BatchStoreError."""
    parts = urlsplit(url)
    if parts.scheme != "claim":
        return None
    place, folder = parse_qs(parts.query).get("at", [""])[0], parts.path.strip("/")
    if not is_a_name(parts.netloc) or not folder or ".." in folder.split("/"):
        text = _("{url} names no claim and folder, like claim://class/batch?at=/home/jovyan/class.")
        raise BatchStoreError(text.format(url=plain_line(url)))
    if not place.startswith("/") or not Path(place).is_dir():
        text = _("Where is the claim {name} mounted here? Say it as ?at=/FOLDER in {url}.")
        raise BatchStoreError(text.format(name=parts.netloc, url=plain_line(url)))
    return Claim(parts.netloc, Path(place) / folder, f"file://{MOUNTED}/{folder}")
