"""What a pod left: its outputs read and stored, in the words of Argo where one is missing.

`find` gives an output by its path in the pod, or None: an output is a file or a folder, on this
machine (`Here`) or in a tar that an engine made of it (`Packed`).
"""

from __future__ import annotations

import gzip
import os
import shutil
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from localkfp.engine.contract import Outcome, Phase, Pod
from localkfp.pods.archive import MAIN_LOG, keep, pack, written_whole

MAX_PARAMETERS = 256 * 1024  # bytes; they come back to Argo in an annotation of the pod
NO_PROGRAM = 64  # what Argo's emissary ends with when it can't run the program or copy an output


class Output(Protocol):
    @property
    def is_folder(self) -> bool: ...

    @property
    def is_file(self) -> bool: ...

    def read(self) -> bytes: ...

    def keep(self, target: Path) -> None:
        """Store a file as it is."""

    def pack(self, target: Path) -> None:
        """Store it as Argo does, a gzipped tar."""


@dataclass(frozen=True)
class Here:
    file: Path

    @property
    def is_folder(self) -> bool:
        return self.file.is_dir()

    @property
    def is_file(self) -> bool:
        return self.file.is_file()  # not a pipe

    def read(self) -> bytes:
        return self.file.read_bytes()

    def keep(self, target: Path) -> None:
        keep(self.file, target)

    def pack(self, target: Path) -> None:
        pack(self.file, target)


@dataclass(frozen=True)
class Packed:
    """Nothing of it is laid down: a link or a name in it leads nowhere."""

    tar: Path

    @property
    def is_folder(self) -> bool:
        with tarfile.open(self.tar) as archive:
            first = archive.next()
            return bool(first and first.isdir())

    @property
    def is_file(self) -> bool:
        with tarfile.open(self.tar) as archive:
            first = archive.next()
            return bool(first and first.isfile())

    def read(self) -> bytes:
        with tarfile.open(self.tar) as archive:
            first = archive.next()
            file = archive.extractfile(first) if first else None
            return file.read() if file else b""

    def keep(self, target: Path) -> None:
        with tarfile.open(self.tar) as archive, written_whole(target) as draft:
            first = archive.next()
            file = archive.extractfile(first) if first else None
            if file:
                with draft.open("wb") as stored:
                    shutil.copyfileobj(file, stored)

    def pack(self, target: Path) -> None:
        with (
            written_whole(target) as draft,
            draft.open("wb") as file,
            gzip.GzipFile("", "wb", compresslevel=1, fileobj=file) as packed,
            self.tar.open("rb") as tar,
        ):
            shutil.copyfileobj(tar, packed)


def keep_log(log: Path, store: Path, prefix: str) -> dict[str, str]:
    """Store the log, if there is one; its key by the name of the artifact."""
    if not log.exists():
        return {}
    key = f"{prefix}/main.log"
    keep(log, store / key)
    return {MAIN_LOG: key}


def collect(
    pod: Pod,
    find: Callable[[str], Output | None],
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
        output, copy = find(path), f"/var/run/argo/outputs/parameters/{path}"
        if output and output.is_folder:
            why = f"failed to copy {path} to {copy}: write {copy}: copy_file_range: is a directory"
            parameters[name] = ""
            message = f"Error (exit code {NO_PROGRAM}): {why}"
            return Outcome(Phase.FAILED, message, NO_PROGRAM, parameters, artifacts)
        if output and output.is_file:
            text = output.read().decode(errors="replace")  # read_text would change \r\n
            parameters[name] = text.removesuffix("\n")
        elif name in pod.defaults:
            parameters[name] = pod.defaults[name]
        else:
            missing = f"open {_clean(copy)}: no such file or directory"
            return _ended(exit_code, missing, parameters, artifacts)
    for name, path in pod.output_artifacts.items():
        if output := find(path):
            plain = name in pod.unpacked and output.is_file
            artifacts[name] = f"{prefix}/{name}" if plain else f"{prefix}/{name}.tgz"
            (output.keep if plain else output.pack)(store / artifacts[name])
        elif name not in pod.optional_artifacts:
            packed = f"/var/run/argo/outputs/artifacts{_clean(path)}.tgz"
            missing = f"open {packed}: no such file or directory"
            return _ended(exit_code, missing, parameters, artifacts)
    if sum(len(text.encode()) for text in parameters.values()) > MAX_PARAMETERS:
        invalid = f'Pod "{pod.node_id}" is invalid: metadata.annotations: Too long: '
        limit = f"may not be more than {MAX_PARAMETERS} bytes"
        return _ended(exit_code, invalid + limit, {}, {})
    return _ended(exit_code, "", parameters, artifacts)


def no_program(why: str) -> Outcome:
    """The program can't be run: `why` in the words of Go's os/exec (the records d06, d07)."""
    return Outcome(Phase.FAILED, f"Error (exit code {NO_PROGRAM}): {why}", NO_PROGRAM)


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
