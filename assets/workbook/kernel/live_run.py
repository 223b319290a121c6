"""A run as the endpoint has it: its live Workflow, and what its steps left."""

from __future__ import annotations

import base64
import io
import json
import tarfile
from typing import Any

import kfp
from kfp_server_api import ApiException
from urllib3.exceptions import HTTPError

from workbook.kernel.environment import EnvironmentProblem
from workbook.language import _

FINISHED = ("Succeeded", "Failed", "Error", "Skipped")
GZIP = b"\x1f\x8b"
NOT_FOUND = 404


class DoorClosed(EnvironmentProblem):
    """The endpoint doesn't answer, or a gate before it says that it doesn't."""


def id_of(run: Any) -> str:
    """kfp 1.8 calls it `id` in what run_pipeline returns and `run_id` in what the others do."""
    return run if isinstance(run, str) else getattr(run, "run_id", None) or run.id


def live_workflow(client: kfp.Client, run_id: str) -> dict[str, Any]:
    """The run's Workflow with `status.nodes`; empty for a run that nobody has reported on yet.

    KFP writes it without apiVersion and kind. Raises EnvironmentProblem with a sentence.
    """
    try:
        manifest = client.get_run(run_id).pipeline_runtime.workflow_manifest
        return json.loads(manifest) if manifest else {}
    except ApiException as error:
        if error.status and error.status > 500:  # a gateway whose back end is away
            raise _closed() from None
        text = _("The endpoint has no run {run_id} to show: {reason}")
        raise EnvironmentProblem(text.format(run_id=run_id, reason=error.reason)) from None
    except HTTPError:
        raise _closed() from None


def phase_of(workflow: dict[str, Any]) -> str:
    return workflow.get("status", {}).get("phase", "")


def read_output(client: kfp.Client, run_id: str, node_id: str, name: str) -> bytes:
    """The content of an output artifact. The server keeps it as Argo stored it: a gzipped tar with
    one file (logs are stored plain)."""
    answer = client.runs.read_artifact(run_id=run_id, node_id=node_id, artifact_name=name)
    data = base64.b64decode(answer.data or "")
    if not data.startswith(GZIP):
        return data
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
        first = archive.next()
        file = archive.extractfile(first) if first and first.isfile() else None
        return file.read() if file else data


def find_output(client: kfp.Client, run_id: str, node_id: str, name: str) -> bytes | None:
    """The same; None for one that a step declared and never wrote."""
    try:
        return read_output(client, run_id, node_id, name)
    except ApiException as error:
        if error.status and error.status < NOT_FOUND:
            raise
        return None


def _closed() -> DoorClosed:
    return DoorClosed(
        _("The endpoint does not answer. Run the cell with endpoint(...) and kfp.Client again.")
    )
