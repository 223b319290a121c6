"""The Workflow in an uploaded file: as it is, or in a zip or a gzipped tar."""

from __future__ import annotations

import gzip
import io
import lzma
import tarfile
import zipfile
import zlib

from localkfp.errors import WorkflowError
from localkfp.workflow.text import MAX_BYTES, decode

# What zipfile and tarfile raise for odd bytes; RuntimeError for a password
DAMAGE = (
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError),
    *(EOFError, OSError, RuntimeError, ValueError),
)


def read_package(filename: str, data: bytes) -> str:
    """The Workflow's text in an uploaded file: YAML or JSON, or a zip or gzipped tar with one.

    Raises WorkflowError: another kind of file, a damaged archive, more than 32 MiB inside.
    """
    try:
        if data.startswith(b"PK\x03\x04"):
            data = _from_zip(data)
        elif data.startswith(b"\x1f\x8b"):
            data = _from_tar(data)
        elif not filename.lower().endswith((".yaml", ".yml", ".json")):
            raise WorkflowError(
                f"{filename!r} is no pipeline package: use .yaml, .zip or .tar.gz as the compiler "
                "writes them."
            )
    except WorkflowError:
        raise
    except DAMAGE as error:
        raise WorkflowError(f"The archive {filename!r} is damaged: {error}") from None
    return decode(data)


def _from_zip(data: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        with archive.open(_choose(names)) as file:
            return file.read(MAX_BYTES + 1)


def _from_tar(data: bytes) -> bytes:
    with gzip.open(io.BytesIO(data)) as stream:
        plain = stream.read(MAX_BYTES + 1)
    if len(plain) > MAX_BYTES:
        raise WorkflowError("The archive unpacks to more than 32 MiB.")
    with tarfile.open(fileobj=io.BytesIO(plain), mode="r:") as archive:
        members = {member.name: member for member in archive if member.isfile()}
        file = archive.extractfile(members[_choose(list(members))])
        return file.read(MAX_BYTES + 1) if file else b""


def _choose(names: list[str]) -> str:
    """kubeflow/pipelines: `pipeline.yaml` if the archive has it, else its first file."""
    if not names:
        raise WorkflowError("The archive holds no file.")
    return "pipeline.yaml" if "pipeline.yaml" in names else names[0]
