"""The files of a pod on this machine: where they lie, and its inputs laid down before it runs.

`paths` maps the paths that the template declares to where they lie here; `store` is the folder
below which artifacts are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from localkfp.engine.contract import ArtifactValue, Pod
from localkfp.pods.archive import unpack
from localkfp.pods.places import Places

MAX_LINKS = 40


def put_inputs(pod: Pod, paths: Mapping[str, Path], store: Path) -> None:
    """Lay the inputs down where the pod looks for them."""
    for value in pod.inputs:
        if value.path:
            _put_input(value, paths[value.path], store)


def _put_input(value: ArtifactValue, target: Path, store: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if value.raw is not None:
        target.write_text(value.raw, encoding="utf-8")
    elif value.key:
        unpack(store / value.key, target)


def followed(file: Path, places: Places) -> Path | None:
    """The file, or what a link of the pod leads to (the record b34_symlink_output); None where
    there is none, or a link leads out of the pod's folder."""
    folder = places.folder
    for _ in range(MAX_LINKS):
        if not file.is_symlink():
            break
        target = file.readlink()
        if target.is_absolute() and not target.is_relative_to(folder):
            target = places.on_host(str(target))
        file = file.parent / target
    inside = file.exists() and file.resolve().is_relative_to(folder.resolve())
    return file if inside else None
