"""The form of a stored artifact: Argo's, a gzipped tar with one entry at its top."""

from __future__ import annotations

import contextlib
import gzip
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

MAIN_LOG = "main-logs"  # the artifact that is the log of a pod: stored as it is


def pack(source: Path, target: Path) -> None:
    """Store a file or folder as Argo stores an artifact: a gzipped tar with one entry at its top.
    It is there as a whole or not at all."""
    with (
        written_whole(target) as draft,
        draft.open("wb") as file,
        gzip.GzipFile("", "wb", compresslevel=1, fileobj=file) as packed,  # no name in its head
        tarfile.open(fileobj=packed, mode="w") as archive,
    ):
        archive.add(source, arcname=source.name)


def keep(source: Path, target: Path) -> None:
    """Store a file as it is, as a whole or not at all."""
    with written_whole(target) as draft:
        shutil.copyfile(source, draft)


@contextlib.contextmanager
def written_whole(target: Path) -> Iterator[Path]:
    """A file to write instead: it becomes `target` when it is done."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f"{target.name}.part")
    try:
        yield draft
        draft.rename(target)
    finally:
        draft.unlink(missing_ok=True)


@contextlib.contextmanager
def opened(stored: Path) -> Iterator[tuple[IO[bytes], int]]:
    """The content of a stored artifact that is one file, and how many bytes it has; a folder's
    stays the gzipped tar it is."""
    with contextlib.ExitStack() as stack:
        if stored.suffix == ".tgz":
            archive = stack.enter_context(tarfile.open(stored, "r:gz"))
            first = archive.next()
            file = archive.extractfile(first) if first and first.isfile() else None
            if first and file:
                yield file, first.size
                return
        yield stack.enter_context(stored.open("rb")), stored.stat().st_size


def read_artifact(stored: Path, most: int = -1) -> bytes:
    """The content of a stored artifact, or its first `most` bytes."""
    with opened(stored) as (content, _):
        return content.read(most)


def _with_modes(member: tarfile.TarInfo, path: str) -> tarfile.TarInfo | None:
    """Nothing that leads out of the folder, but who may write as it was: in a pod all may."""
    return tarfile.data_filter(member, path).replace(mode=member.mode & 0o777, deep=False)


def unpack(archive_path: Path, target: Path) -> None:
    """Lay the one entry of an artifact down as `target`; one that isn't packed, as it is."""
    if archive_path.suffix != ".tgz":
        shutil.copyfile(archive_path, target)
        return
    with tarfile.open(archive_path, "r:gz") as archive:
        top = archive.getmembers()[0].name
        archive.extractall(target.parent / f".{target.name}.d", filter=_with_modes)
    unpacked = target.parent / f".{target.name}.d"
    (unpacked / top).rename(target)
    shutil.rmtree(unpacked)
