"""Whether a server takes v1 pipelines, found out without leaving anything there.

The server looks at a Workflow that is uploaded in this order (kubeflow/pipelines 1.8.5 and 2.17.0,
resource_manager.go, CreatePipeline): is it valid, is v1 blocked (since 2.17), are its parameters
below 10,000 bytes, and only then does it store. So a valid Workflow with a longer parameter is
refused by every server, and what it says tells whether v1 is blocked. Should one take it, it is
deleted again.
"""

from __future__ import annotations

import json
from urllib.parse import urlencode

from workbook.kernel.doctor.ask import Answer, Api

NAME = "workbook-doctor"
TOO_LONG = "x" * 10_001  # util.MaxParameterBytes is 10,000
WORKFLOW = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "Workflow",
    "metadata": {"generateName": "workbook-doctor-"},
    "spec": {
        "entrypoint": "nothing",
        "serviceAccountName": "pipeline-runner",
        "arguments": {"parameters": [{"name": "too-long", "value": TOO_LONG}]},
        "templates": [
            {"name": "nothing", "container": {"image": "python:3.11", "command": ["true"]}}
        ],
    },
}


def try_upload(api: Api, namespace: str = "") -> Answer:
    """What the server says to an upload, into a namespace where one is given."""
    query = {"name": NAME} | ({"namespace": namespace} if namespace else {})
    file = ("workbook-doctor.yaml", json.dumps(WORKFLOW), "application/octet-stream")
    answer = api.ask(
        f"/apis/v1beta1/pipelines/upload?{urlencode(query)}", "POST", fields={"uploadfile": file}
    )
    kept = (answer.json or {}).get("id") if answer.status == 200 else None
    if kept:
        api.ask(f"/apis/v1beta1/pipelines/{kept}", "DELETE")
    return answer
