"""Logs and artifacts: what the pods of a run left as files.

Three ways to the same files: `runs/ID/nodes/ID/...` of the API, the object store's own paths
(`/mlpipeline/KEY`, as an S3 client asks), and the paths of the web front end's node server.
"""

from __future__ import annotations

import asyncio
import base64
import re
import tarfile
import zlib
from contextlib import ExitStack, suppress
from pathlib import Path
from xml.sax.saxutils import escape

from tornado.iostream import StreamClosedError

from localkfp.api.handler import ApiHandler
from localkfp.engine.contract import Phase
from localkfp.engine.live_workflow import BUCKET
from localkfp.pods.archive import opened
from localkfp.service.errors import ServiceError, about, missing
from localkfp.service.files import artifact_key, log_file, stored_file
from localkfp.service.runs import find_node, find_run
from localkfp.web.pieces import pieces, send

LOOK_SECONDS = 0.5  # between two looks at a log that grows
S3_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


class Files(ApiHandler):
    """What the handlers of files share."""

    gone = False

    def on_connection_close(self) -> None:
        self.gone = True

    def as_download(self) -> None:
        """To be saved: a page that an artifact holds never runs with this server's rights."""
        self.set_header("Content-Type", "application/octet-stream")
        self.set_header("Content-Disposition", "attachment")


class ReadArtifact(ApiHandler):
    def _find(self, run_id: str, node_id: str, name: str) -> Path:
        find_run(self.store, run_id)
        with suppress(ServiceError):
            key = artifact_key(find_node(self.store, run_id, node_id), name)
            if file := stored_file(self.services.state, key) if key else None:
                return file
        message = f"artifact runs/{run_id}/nodes/{node_id}/artifacts/{name} not found."
        raise ServiceError("not found", message)

    async def get(self, run_id: str, node_id: str, name: str) -> None:
        asked = f'run_id:"{run_id}"  node_id:"{node_id}"  artifact_name:"{name}"'
        with about(f"failed to read artifact '{asked}'."):
            file = self._find(run_id, node_id, name)
        self.set_header("Content-Type", "application/json; charset=UTF-8")
        self.write('{"data": "')
        with file.open("rb") as stream, suppress(StreamClosedError):
            async for data in pieces(stream):
                self.write(base64.b64encode(data))
                await self.flush()
        self.finish('"}')


class Logs(Files):
    """What the two handlers of logs share: the log of a node goes out as text."""

    async def send_log(self, run_id: str, node_id: str, follow: bool) -> None:
        run, node = find_run(self.store, run_id), find_node(self.store, run_id, node_id)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        sent = 0
        while True:
            over = Phase(node["phase"]).fulfilled  # asked first: what follows is then all
            if file := log_file(self.services.state, run, node):
                sent = await self._send_from(file, sent)
            if over or not follow or self.gone:
                break
            await asyncio.sleep(LOOK_SECONDS)
            node = find_node(self.store, run_id, node_id)
        self.finish()

    async def _send_from(self, file: Path, position: int) -> int:
        with file.open("rb") as stream, suppress(StreamClosedError):
            stream.seek(position)
            async for data in pieces(stream):
                self.write(data)
                position += len(data)
                await self.flush()
        return position


class Log(Logs):
    """The log of a node as text. `?follow=true` goes on until the node has ended."""

    async def get(self, run_id: str, node_id: str) -> None:
        await self.send_log(run_id, node_id, self.get_query_argument("follow", "") == "true")


# ---- the object store ----------------------------------------------------------------------------


class Bucket(ApiHandler):
    """GET /mlpipeline?location, an S3 client's first question. Signatures are not looked at."""

    def get(self) -> None:
        if "location" not in self.request.query_arguments:
            raise ServiceError("unimplemented", "localkfp cannot list the bucket; ask for a key.")
        self.set_header("Content-Type", "application/xml")
        self.finish(f'<LocationConstraint xmlns="{S3_NAMESPACE}"></LocationConstraint>')


class StoredObject(Files):
    """GET /mlpipeline/KEY: an artifact as the object store of a cluster gives it, to be saved."""

    async def get(self, key: str) -> None:
        file = stored_file(self.services.state, key)
        if not file:
            self.set_status(404)
            self.set_header("Content-Type", "application/xml")
            self.finish(
                "<Error><Code>NoSuchKey</Code><Message>The artifact store has no "
                f"{escape(printable(key))}.</Message></Error>"
            )
            return
        self.as_download()
        with file.open("rb") as stream:
            await send(self, stream, file.stat().st_size)

    head = get


# ---- the front end's node server -----------------------------------------------------------------


class FrontEndArtifact(Files):
    """GET /artifacts/get?source=minio&bucket=B&key=K[&peek=N]: the content of an artifact, unpacked
    when it is one file; the front end shows its first N bytes."""

    async def get(self) -> None:
        bucket, key = self.get_query_argument("bucket", ""), self.get_query_argument("key", "")
        file = stored_file(self.services.state, key) if bucket == BUCKET else None
        if not file:
            raise missing("Artifact", printable(f"{bucket}/{key}"))
        try:
            peek = max(int(self.get_query_argument("peek", "0")), 0)
        except ValueError:
            raise ServiceError("invalid", "peek must be a number of bytes.") from None
        self.as_download()
        with ExitStack() as stack:
            try:
                stream, size = stack.enter_context(opened(file))
            except (OSError, EOFError, tarfile.TarError, zlib.error):  # damaged: as it is
                stream, size = stack.enter_context(file.open("rb")), file.stat().st_size
            await send(self, stream, min(size, peek or size))


class FrontEndLog(Logs):
    """GET /k8s/pod/logs?podname=NODE&runid=RUN: the Logs tab of a run."""

    async def get(self) -> None:
        await self.send_log(
            self.get_query_argument("runid", ""), self.get_query_argument("podname", ""), False
        )


def printable(text: str) -> str:
    return re.sub(r"[^\w./-]", "?", text)[:200]
