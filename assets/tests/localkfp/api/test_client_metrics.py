"""Metrics that are reported, and lists of runs that are sorted by them."""

from __future__ import annotations

import json
import uuid

import pytest
from tests.support.workflows import pod, workflow

API = "/apis/v1beta1"


@pytest.fixture
def run(started, ended):
    run_id = started(workflow(pod()))
    ended(run_id)
    return run_id


def report(ask, run_id, *metrics):
    """The status and the message of each metric."""
    status, text = ask("POST", f"{API}/runs/{run_id}:reportMetrics", {"metrics": list(metrics)})
    assert status == 200, text
    return [(each["status"], each.get("message", "")) for each in json.loads(text)["results"]]


@pytest.mark.parametrize(
    ("metric", "status"),
    [
        ({"name": "m", "node_id": "n", "number_value": 1.5}, "OK"),
        ({"name": "m", "nodeId": "n", "numberValue": "7.5"}, "OK"),
        ({"name": "m", "node_id": "n"}, "OK"),
        ({"name": "m", "node_id": "n", "number_value": "NaN"}, "INTERNAL_ERROR"),
        ({"name": "m", "node_id": "n", "number_value": "-Infinity"}, "INTERNAL_ERROR"),
        ({"name": "a b", "node_id": "n"}, "INVALID_ARGUMENT"),
        ({"name": "a" * 65, "node_id": "n"}, "INVALID_ARGUMENT"),
        ({"name": "m", "node_id": ""}, "INVALID_ARGUMENT"),
        ({"name": "m", "node_id": "n" * 129}, "INVALID_ARGUMENT"),
    ],
)
def test_each_metric_has_its_result(ask, run, metric, status):
    assert [said for said, _ in report(ask, run, metric)] == [status]


def test_the_first_report_counts(ask, client, run):
    one = {"name": "m", "node_id": "n", "number_value": 1, "format": "PERCENTAGE"}
    assert [said for said, _ in report(ask, run, one, one)] == ["OK", "DUPLICATE_REPORTING"]
    assert report(ask, run, {**one, "number_value": 2})[0] == (
        "DUPLICATE_REPORTING",
        "same metric has been reported before: n/m",
    )
    (metric,) = client.get_run(run).run.metrics
    assert (metric.node_id, metric.number_value, metric.format) == ("n", 1, "PERCENTAGE")


@pytest.mark.parametrize(
    "body",
    [
        '{"metrics": [{"name": "m", "node_id": "n", "number_value": NaN}]}',
        '{"metrics": [{"name": "m", "node_id": "n", "number_value": true}]}',
        '{"metrics": [{"name": "m", "node_id": "n", "number_value": "big"}]}',
        '{"metrics": [{"name": "m", "node_id": "n", "format": "COLOUR"}]}',
        '{"metrics": [null]}',
        "{",
    ],
)
def test_a_report_that_makes_no_sense_is_refused(ask, run, body):
    status, text = ask("POST", f"{API}/runs/{run}:reportMetrics", body)
    assert (status, json.loads(text)["code"]) == (400, 3)


def test_runs_are_sorted_by_a_metric_those_without_it_first(ask, client, started, ended):
    name = f"sorted {uuid.uuid4()}"
    runs = {value: started(workflow(pod()), name) for value in (2, None, 1)}
    for value, run_id in runs.items():
        ended(run_id)
        if value is not None:
            report(ask, run_id, {"name": "acc", "node_id": "n", "number_value": value})
    ours = json.dumps({"predicates": [{"key": "name", "op": "EQUALS", "stringValue": name}]})
    found = client.runs.list_runs(sort_by="metric:acc", filter=ours).runs
    assert [run.id for run in found] == [runs[None], runs[1], runs[2]]
    found = client.runs.list_runs(sort_by="metric:acc desc", filter=ours).runs
    assert [run.id for run in found] == [runs[2], runs[1], runs[None]]


def test_a_file_of_metrics_that_is_no_json_spoils_no_list(client, started, ended):
    outputs = {"artifacts": [{"name": "mlpipeline-metrics", "path": "/tmp/m.json"}]}
    text = '{"metrics": [{"name": "a", "numberValue": NaN}]}'
    run_id = started(workflow(pod(script=f"echo '{text}' > /tmp/m.json", outputs=outputs)))
    assert ended(run_id).run.metrics is None
    assert client.list_runs(page_size=100).runs
