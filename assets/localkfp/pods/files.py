"""The files of a pod: its inputs laid down before it runs, its log and outputs kept after it.

`paths` maps the paths that the template declares to where they lie on this machine; `store` is the
folder below which artifacts are kept, by keys that begin with `prefix`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from localkfp.engine.contract import ArtifactValue, Outcome, Phase, Pod
from localkfp.pods.archive import MAIN_LOG, keep, pack, unpack

MAX_PARAMETERS = 256 * 1024  # bytes; they come back to Argo in an annotation of the pod
MAX_LINKS = 40
NO_PROGRAM = 64  # what Argo's emissary ends with when it can't run the program or copy an output


def on_host(path: str, folder: Path) -> Path:
    """Where a path of the pod lies on this machine: always inside the pod's folder."""
    clean = PurePosixPath(os.path.normpath("/" + path.lstrip("/")))
    if clean.is_relative_to("/tmp"):
        return folder / "tmp" / clean.relative_to("/tmp")
    return folder / "root" / clean.relative_to("/")


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


def keep_log(log: Path, store: Path, prefix: str) -> dict[str, str]:
    """Store the log, if there is one; its key by the name of the artifact."""
    if not log.exists():
        return {}
    key = f"{prefix}/main.log"
    keep(log, store / key)
    return {MAIN_LOG: key}


def collect(
    pod: Pod,
    paths: Mapping[str, Path],
    folder: Path,
    store: Path,
    prefix: str,
    exit_code: int,
    artifacts: dict[str, str],
) -> Outcome:
    """Read the outputs, parameters first; what is missing ends that. A program that failed is
    Failed; one that ended well and left a declared output unwritten is Error (Argo:
    `inferFailedReason` in workflow/controller/operator.go puts the main container's exit code
    before the complaint of the container that saves outputs). In the words of the records
    b06_missing_artifact, b13_big_param, b18_dir_as_param, d69_error_and_fail."""
    parameters: dict[str, str] = {}
    for name, path in pod.output_parameters.items():
        file, copy = _followed(paths[path], folder), f"/var/run/argo/outputs/parameters/{path}"
        if file and file.is_dir():
            why = f"failed to copy {path} to {copy}: write {copy}: copy_file_range: is a directory"
            parameters[name] = ""
            message = f"Error (exit code {NO_PROGRAM}): {why}"
            return Outcome(Phase.FAILED, message, NO_PROGRAM, parameters, artifacts)
        if file and file.is_file():
            text = file.read_bytes().decode(errors="replace")  # read_text would change \r\n
            parameters[name] = text.removesuffix("\n")
        elif name in pod.defaults:
            parameters[name] = pod.defaults[name]
        else:
            missing = f"open {_clean(copy)}: no such file or directory"
            return _ended(exit_code, missing, parameters, artifacts)
    for name, path in pod.output_artifacts.items():
        if file := _followed(paths[path], folder):
            plain = name in pod.unpacked and file.is_file()
            artifacts[name] = f"{prefix}/{name}" if plain else f"{prefix}/{name}.tgz"
            (keep if plain else pack)(file, store / artifacts[name])
        elif name not in pod.optional_artifacts:
            packed = f"/var/run/argo/outputs/artifacts{_clean(path)}.tgz"
            missing = f"open {packed}: no such file or directory"
            return _ended(exit_code, missing, parameters, artifacts)
    if sum(len(text.encode()) for text in parameters.values()) > MAX_PARAMETERS:
        invalid = f'Pod "{pod.node_id}" is invalid: metadata.annotations: Too long: '
        limit = f"may not be more than {MAX_PARAMETERS} bytes"
        return _ended(exit_code, invalid + limit, {}, {})
    return _ended(exit_code, "", parameters, artifacts)


def _ended(
    exit_code: int, complaint: str, parameters: dict[str, str], artifacts: dict[str, str]
) -> Outcome:
    if exit_code:
        message = f"Error (exit code {exit_code})"
        return Outcome(Phase.FAILED, message, exit_code, parameters, artifacts)
    if complaint:  # of the container that saves outputs
        message = f"Error (exit code 1): {complaint}"
        return Outcome(Phase.ERROR, message, exit_code, parameters, artifacts)
    return Outcome(Phase.SUCCEEDED, "", exit_code, parameters, artifacts)


def _clean(path: str) -> str:
    return os.path.normpath(path)


def _followed(file: Path, folder: Path) -> Path | None:
    """The file, or what a link of the pod leads to (the record b34_symlink_output); None where
    there is none, or a link leads out of the pod's folder."""
    for _ in range(MAX_LINKS):
        if not file.is_symlink():
            break
        target = file.readlink()
        if target.is_absolute() and not target.is_relative_to(folder):
            target = on_host(str(target), folder)
        file = file.parent / target
    inside = file.exists() and file.resolve().is_relative_to(folder.resolve())
    return file if inside else None
