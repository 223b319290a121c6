"""Send a record's package to an API as it was sent to the cluster, and write down the answer.

Only the unmodified `kfp.Client` asks, and the API's own paths for logs and artifacts. The answer
has the shape of `book`'s.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import tarfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from pathlib import Path

import kfp
import kfp_server_api
from kfp_server_api.rest import ApiException
from tests.support.records.book import Record

OVER = {"Succeeded", "Failed", "Error", "Skipped", "Omitted", "Terminated"}
OPEN = {"Pending", "Running"}
POLL = 0.1  # seconds
EXPERIMENT = "diff"  # of the records
# Seconds until a run that doesn't end, or doesn't come to where it was terminated, is ended
PATIENCE = 45
MOMENT = 10

_local = threading.local()


class Player:
    """Plays on the API at `host`; packages are written to `folder`."""

    def __init__(self, host: str, folder: Path) -> None:
        self.host, self.folder = host.rstrip("/"), folder
        self.experiment = kfp.Client(host=host).create_experiment(EXPERIMENT).id

    def play(self, record: Record) -> dict:
        send, answer, pipeline = record.send, {}, None
        package = self.folder / record.file
        package.write_bytes(record.package)
        title = f"{send.get('upload_name', record.name)}-real-{uuid.uuid4().hex[:6]}"
        for _ in range(2 if send.get("upload_twice") else 1):
            answer["upload"], again = _try(
                lambda: self.client.upload_pipeline(str(package), pipeline_name=title)
            )
            pipeline = again or pipeline
        if pipeline:
            answer["upload"]["parameters"] = [
                {"name": p.name, "value": p.value} for p in pipeline.parameters or []
            ]
        for _ in range(2 if send.get("twice") else 1):
            answer["run"], run = self._start(record, str(package), pipeline)
            if not run:
                return answer
            answer |= self._follow(run.id, record.answer)
        if send.get("then"):
            answer["first"] = {
                "history": answer["history"],
                "api": answer["api"],
                **_moment(self._detail(run.id)),
            }
            act = {"retry": self.runs.retry_run, "terminate": self.runs.terminate_run}
            answer["then"], _ = _try(lambda: act[send["then"]](run.id))
            if answer["then"]["ok"]:
                answer |= self._follow(run.id, {})
        return answer

    @property
    def client(self) -> kfp.Client:
        """A thread's own: the generated client isn't made for several."""
        if getattr(_local, "host", None) != self.host:
            _local.host, _local.client = self.host, kfp.Client(host=self.host)
        return _local.client

    @property
    def runs(self) -> kfp_server_api.RunServiceApi:
        return self.client._run_api

    def _start(self, record: Record, package: str, pipeline):
        send = record.send
        name, arguments = send.get("run_name", record.name), send.get("args") or {}
        by_id = lambda: self.client.run_pipeline(  # noqa: E731
            self.experiment, name, params=arguments, pipeline_id=pipeline.id
        )
        if send.get("via") == "upload":
            return (*_how(*_try(by_id), "pipeline_id"),) if pipeline else self._raw(record, name)
        info, run = _try(
            lambda: self.client.run_pipeline(
                self.experiment, name, pipeline_package_path=package, params=arguments
            )
        )
        if "client_error" not in info:
            return _how(info, run, "package")
        if pipeline:
            return _how(*_try(by_id), "pipeline_id")
        return self._raw(record, name)

    def _raw(self, record: Record, name: str):
        """What `kfp.Client` would not even read, by the request that it would have sent."""
        text = record.package.decode("utf-8", "replace")
        key = kfp_server_api.ApiResourceKey(id=self.experiment, type="EXPERIMENT")
        body = kfp_server_api.ApiRun(
            name=name,
            pipeline_spec=kfp_server_api.ApiPipelineSpec(workflow_manifest=text),
            resource_references=[
                kfp_server_api.ApiResourceReference(key=key, relationship="OWNER")
            ],
        )
        info, answer = _try(lambda: self.runs.create_run(body=body))
        return _how(info, answer and answer.run, "raw text")

    def _detail(self, run_id: str):
        return self.runs.get_run(run_id)

    def _follow(self, run_id: str, expected: dict) -> dict:
        """The run until it ends, terminated where the record's run was."""
        answer: dict = {"history": []}
        history, began = answer["history"], time.monotonic()
        moment = expected.get("before_terminate") if expected.get("terminate") else None
        stop = expected.get("before_kill") if expected.get("kill") else None
        while True:
            detail = self._detail(run_id)
            status, spent = detail.run.status, time.monotonic() - began
            if not history or history[-1] != status:
                history.append(status)
            if status in OVER:
                break
            now = _moment(detail)
            ready = moment and self._ready(run_id, detail, moment, expected)
            if moment and "terminate" not in answer and (ready or spent > MOMENT):
                answer["before_terminate"] = now
                answer["terminate"], _ = _try(lambda: self.runs.terminate_run(run_id))
            elif stop and "kill" not in answer and (_like(now, stop) or spent > MOMENT):
                answer["before_kill"] = now
                answer["kill"], _ = _try(lambda: self.runs.terminate_run(run_id))
            elif spent > PATIENCE or (stop and "kill" in answer and status == "Terminating"):
                answer["timed_out"] = True
                if not stop:
                    _try(lambda: self.runs.terminate_run(run_id))
                break
            time.sleep(POLL)
        return answer | self._end(run_id)

    def _ready(self, run_id: str, detail, moment: dict, expected: dict) -> bool:
        """Whether the run is where the record's was, and its steps have said their first word."""
        if expected["history"][-1] == "Succeeded" or not _like(_moment(detail), moment):
            return False
        wanted = sum(bool(_program(text)) for text in expected["logs"].values())
        nodes = (_manifest(detail).get("status") or {}).get("nodes") or {}
        logs = [self._log(run_id, i) for i, n in nodes.items() if n.get("type") == "Pod"]
        return sum(bool(_program(text)) for text in logs) >= min(wanted, len(logs))

    def _end(self, run_id: str) -> dict:
        detail = self._detail(run_id)
        run, manifest = detail.run, _manifest(detail)
        spec = run.pipeline_spec
        answer = {
            "api": {
                "status": run.status,
                "error": run.error,
                "finished_at_set": bool(run.finished_at and run.finished_at.year > 1990),
                "name": run.name,
                "service_account": run.service_account,
                "storage_state": run.storage_state,
                "metrics": [metric.to_dict() for metric in run.metrics or []],
                "parameters": [
                    {"name": p.name, "value": p.value} for p in (spec and spec.parameters) or []
                ],
                "references": sorted(
                    f"{r.relationship} {r.key.type} {r.name}" for r in run.resource_references or []
                ),
            },
            "workflow": manifest,
            "logs": {},
            "artifacts": {},
        }
        for node_id, node in ((manifest.get("status") or {}).get("nodes") or {}).items():
            if node.get("type") == "Pod":
                answer["logs"][node_id] = self._log(run_id, node_id)
                for artifact in (node.get("outputs") or {}).get("artifacts") or []:
                    if (name := artifact["name"]) != "main-logs":
                        found = self._artifact(run_id, node_id, name)
                        answer["artifacts"][f"{node_id}/{name}"] = found
        return answer

    def _log(self, run_id: str, node_id: str):
        status, body = self._ask(f"v1alpha1/runs/{run_id}/nodes/{_quoted(node_id)}/log")
        text = body.decode("utf-8", "backslashreplace")
        return text if status == 200 else {"status": status, "error": text}

    def _artifact(self, run_id: str, node_id: str, name: str):
        path = f"v1beta1/runs/{run_id}/nodes/{_quoted(node_id)}/artifacts/{_quoted(name)}:read"
        status, body = self._ask(path)
        if status != 200:
            return {"status": status, "error": body.decode(errors="replace")}
        return contents(base64.b64decode(json.loads(body).get("data", "")))

    def _ask(self, path: str) -> tuple[int, bytes]:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(f"{self.host}/apis/{path}", timeout=20) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()


def contents(data: bytes) -> dict:
    """What an artifact holds: one text, or the members of its tar, whatever the tar's headers."""
    try:
        plain = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
        with tarfile.open(fileobj=io.BytesIO(plain)) as archive:
            return {"tar": {_inside(m): _member(archive, m) for m in archive.getmembers()}}
    except (OSError, EOFError, tarfile.TarError):
        return _file(data)


def _inside(member: tarfile.TarInfo) -> str:
    return "/" + "/".join(member.name.split("/")[1:])


def _member(archive: tarfile.TarFile, member: tarfile.TarInfo) -> dict:
    if member.isfile():
        return _file(archive.extractfile(member).read())
    if member.issym():
        return {"type": f"link {member.linkname}"}
    return {"type": "dir" if member.isdir() else "other"}


def _file(data: bytes) -> dict:
    return {
        "size": len(data),
        "sha": hashlib.sha256(data).hexdigest()[:16],
        "head": data[:400].decode("utf-8", "backslashreplace"),
    }


def _how(info: dict, run, how: str):
    return {**info, "how": how, **({"id": run.id} if run else {})}, run


def _try(call):
    """How a request ended, and its answer or None."""
    try:
        return {"ok": True, "status": 200, "error": None}, call()
    except ApiException as error:
        body = error.body if isinstance(error.body, str) else str(error)
        return {"ok": False, "status": error.status, "error": body}, None
    except Exception as error:  # the client refuses by itself, in its own ways
        told = f"{type(error).__name__}: {error}"
        return {"ok": False, "status": None, "error": None, "client_error": told}, None


def _manifest(detail) -> dict:
    return json.loads(detail.pipeline_runtime.workflow_manifest or "{}") or {}


def _moment(detail) -> dict:
    """Phases and messages of a run that isn't over."""
    manifest = _manifest(detail)
    status = manifest.get("status") or {}
    return {
        "status": detail.run.status,
        "phase": status.get("phase"),
        "message": status.get("message"),
        "name": (manifest.get("metadata") or {}).get("name"),
        "nodes": {
            node.get("name"): {
                field: node[field]
                for field in ("type", "phase", "message", "displayName")
                if node.get(field) is not None
            }
            for node in (status.get("nodes") or {}).values()
        },
    }


def _like(now: dict, moment: dict) -> bool:
    """Whether two moments have the same nodes, open or ended in the same phase."""
    return _phases(now) == _phases(moment)


def _phases(moment: dict) -> dict:
    name = moment["name"] or "-"
    return {
        node.replace(name, "", 1): "open" if entry.get("phase") in OPEN else entry.get("phase")
        for node, entry in moment["nodes"].items()
    }


def _program(log) -> str:
    """The lines of a log that its program wrote."""
    lines = log.splitlines() if isinstance(log, str) else []
    return "\n".join(x for x in lines if "argo=true" not in x and not x.startswith("localkfp:"))


def _quoted(text: str) -> str:
    return urllib.parse.quote(text, safe="")
