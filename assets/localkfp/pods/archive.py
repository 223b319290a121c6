"""The form of a stored artifact: Argo's, a gzipped tar with one entry at its top."""

from __future__ import annotations

import io
import shutil
import tarfile
from pathlib import Path

MAIN_LOG = "main-logs"  # the artifact that is the log of a pod: stored as it is


def pack(source: Path) -> bytes:
    """A file or folder as Argo stores an artifact: a gzipped tar with one entry at its top."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=1) as archive:
        archive.add(source, arcname=source.name)
    return buffer.getvalue()


def read_artifact(stored: Path) -> bytes:
    """The content of a stored artifact that is one file; a folder's stays the gzipped tar it is."""
    data = stored.read_bytes()
    if stored.suffix != ".tgz":
        return data
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
        first = archive.next()
        file = archive.extractfile(first) if first and first.isfile() else None
        return file.read() if file else data


def unpack(archive_path: Path, target: Path) -> None:
    """Lay the one entry of an artifact down as `target`."""
    with tarfile.open(archive_path, "r:gz") as archive:
        top = archive.getmembers()[0].name
        archive.extractall(target.parent / f".{target.name}.d", filter="data")
    unpacked = target.parent / f".{target.name}.d"
    (unpacked / top).rename(target)
    shutil.rmtree(unpacked)
