"""What the API has for other parts of a cluster is there: it answers, or says what it lacks."""

from __future__ import annotations

import json

import pytest

V1, ALPHA = "/apis/v1beta1", "/apis/v1alpha1"
TASK = {"pipelineName": "p", "runId": "r", "mlmdExecutionID": "1", "fingerprint": "f"}
WORKFLOW = json.dumps(json.dumps({"metadata": {"name": "x", "uid": "u"}}))
ROC = {"type": "ROC_CURVE", "source": "gs://x", "arguments": "{}"}


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "words"),
    [
        ("GET", f"{V1}/auth?namespace=n&verb=GET&resources=VIEWERS", None, 200, "{}"),
        ("GET", f"{V1}/auth", None, 400, "Namespace is empty"),
        ("GET", f"{V1}/auth?verb=EAT", None, 400, "'verb' is none of"),
        ("GET", f"{ALPHA}/tasks", None, 200, "{}"),
        ("GET", f"{ALPHA}/tasks?sort_by=colour", None, 400, "Invalid sorting field"),
        ("POST", f"{ALPHA}/tasks", {}, 400, "must specify pipelineName"),
        ("POST", f"{ALPHA}/tasks", TASK, 501, "keeps no tasks"),
        ("POST", f"{V1}/visualizations/n", {}, 400, "requires a Source"),
        ("POST", f"{V1}/visualizations/n", {"type": "COLOUR"}, 400, "'type' is none of"),
        ("POST", f"{V1}/visualizations/n", {**ROC, "arguments": "{"}, 400, "must be JSON"),
        ("POST", f"{V1}/visualizations/n", ROC, 501, "makes no visualizations"),
        ("GET", f"{V1}/visualizations/allowed", None, 200, "false"),
        ("POST", f"{V1}/workflows", "junk", 400, "a Workflow as JSON"),
        ("POST", f"{V1}/scheduledworkflows", '"{}"', 400, "a Workflow as JSON"),
        ("POST", f"{V1}/workflows", WORKFLOW, 501, "takes no reports"),
        ("GET", f"{V1}/workflows", None, 405, "not taken at this path"),
    ],
)
def test_a_service_of_a_cluster_answers(ask, method, path, body, status, words):
    told, text = ask(method, path, body)
    assert (told, words in text) == (status, True), text
