"""What a run leaves as files: logs, artifacts, metrics; who gets them, and when they go."""

from __future__ import annotations

import http.client
import io
import json
import tarfile
import uuid
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from tests.support.workflows import dag, pod, task, workflow

API = "/apis/v1beta1"


@pytest.fixture
def get(host):
    """Asks for a path; status, headers, bytes."""

    def ask(path, method="GET"):
        connection = http.client.HTTPConnection(urlsplit(host).netloc, timeout=60)
        connection.request(method, path)
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        return answer.status, answer.headers, data

    return ask


@pytest.fixture
def submit(client):
    def start(manifest):
        body = {"name": "files", "pipeline_spec": {"workflow_manifest": json.dumps(manifest)}}
        return client.runs.create_run(body).run.id

    return start


def nodes(detail):
    live = json.loads(detail.pipeline_runtime.workflow_manifest)
    return {node["displayName"]: node for node in live["status"]["nodes"].values()}


def files(**paths):
    return {"artifacts": [{"name": name.replace("_", "-"), "path": p} for name, p in paths.items()]}


HELLO = workflow(
    dag("main", task("hello")),
    pod(script="printf 'hello & <b>' > /tmp/file; echo said", outputs=files(file="/tmp/file")),
)


@pytest.fixture(scope="module")
def hello(client, ended):
    body = {"name": "files", "pipeline_spec": {"workflow_manifest": json.dumps(HELLO)}}
    run = client.runs.create_run(body).run.id
    node = nodes(ended(run))["hello"]
    return run, node, {a["name"]: a["s3"]["key"] for a in node["outputs"]["artifacts"]}


# ---- the object store ----------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/mlpipeline?location", "/mlpipeline/?location="])
def test_an_s3_client_learns_where_the_bucket_is(get, path):
    status, headers, data = get(path)
    assert (status, headers["Content-Type"]) == (200, "application/xml")
    assert data == (
        b'<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"></LocationConstraint>'
    )


def test_an_artifact_is_given_by_its_key(get, hello):
    _, _, keys = hello
    status, headers, data = get(f"/mlpipeline/{keys['file']}")
    assert (status, headers["Content-Type"]) == (200, "application/octet-stream")
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        assert archive.extractfile(archive.next()).read() == b"hello & <b>"
    status, headers, nothing = get(f"/mlpipeline/{keys['file']}", "HEAD")
    assert (status, headers["Content-Length"], nothing) == (200, str(len(data)), b"")


@pytest.mark.parametrize("key", ["no/such", "../localkfp.sqlite", "%2e%2e/localkfp.sqlite", "%00"])
def test_a_key_that_the_store_lacks_is_an_error_of_s3(get, key):
    status, _, data = get(f"/mlpipeline/artifacts/{key}")
    assert status == 404
    assert data.startswith(b"<Error><Code>NoSuchKey</Code>")


# ---- the web front end ---------------------------------------------------------------------------


def test_the_front_end_sees_an_artifact_unpacked_and_its_beginning(get, hello):
    _, _, keys = hello
    path = f"/artifacts/get?source=minio&bucket=mlpipeline&key={quote(keys['file'], safe='')}"
    status, headers, data = get(path)
    assert (status, data) == (200, b"hello & <b>")
    assert headers["Content-Disposition"] == "attachment"
    assert get(f"{path}&peek=5")[2] == b"hello"
    assert get(f"/pipeline{path}&peek=5")[2] == b"hello"
    assert get(path.replace("bucket=mlpipeline", "bucket=other"))[0] == 404
    assert get(f"{path}&peek=x")[0] == 400
    download = get(f"/artifacts/minio/mlpipeline/{keys['file']}")
    assert download[2] == get(f"/mlpipeline/{keys['file']}")[2]


def test_the_front_end_sees_a_log(get, hello):
    run, node, _ = hello
    status, _, data = get(f"/k8s/pod/logs?podname={node['id']}&runid={run}&podnamespace=kubeflow")
    assert (status, data.splitlines()[-1]) == (200, b"said")


def test_the_front_end_sees_a_pod_and_its_events(get, hello):
    _, node, _ = hello
    status, _, data = get(f"/k8s/pod?podname={node['id']}&podnamespace=kubeflow")
    pod = json.loads(data)
    assert (status, pod["metadata"]["name"]) == (200, node["id"])
    assert pod["spec"]["containers"][0]["command"]
    (ended,) = [each["state"]["terminated"] for each in pod["status"]["containerStatuses"]]
    assert (ended["exitCode"], ended["startedAt"]) == (0, node["startedAt"])
    found = json.loads(get(f"/k8s/pod/events?podname={node['id']}&podnamespace=kubeflow")[2])
    assert [event["reason"] for event in found["items"]] == ["Started", "Succeeded"]
    assert {event["involvedObject"]["name"] for event in found["items"]} == {node["id"]}


@pytest.mark.parametrize(
    ("path", "status", "data"),
    [
        ("/system/cluster-name", 200, b"localkfp"),
        ("/system/project-id", 200, b""),
        ("/pipeline/system/project-id", 200, b""),
        ("/visualizations/allowed", 200, b"false"),
        (f"{API}/visualizations/allowed", 200, b"false"),
        ("/k8s/pod?podname=x&podnamespace=kubeflow", 404, b"Pod x not found"),
        ("/k8s/pod/events?podname=x&podnamespace=kubeflow", 404, b"Pod x not found"),
        ("/ml_metadata.MetadataStoreService/GetArtifacts", 404, b"Not Found"),
    ],
)
def test_the_front_end_gets_an_answer_to_what_else_it_asks(get, path, status, data):
    found = get(path)
    assert found[0] == status
    assert data in found[2]


# ---- logs ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["v1alpha1", "v1beta1"])
def test_a_log_is_found_under_both_versions_of_the_api(get, hello, version):
    run, node, _ = hello
    status, headers, data = get(f"/apis/{version}/runs/{run}/nodes/{node['id']}/log")
    assert (status, headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
    assert data.splitlines()[-1] == b"said"


def test_a_log_is_followed_until_its_step_has_ended(client, get, host, submit, until):
    flag = Path("/var/tmp") / uuid.uuid4().hex  # not in /tmp, which a pod has for itself
    script = f"echo first; while [ ! -e {flag} ]; do sleep 0.05; done; echo last"
    run = submit(workflow(dag("main", task("a")), pod(script=script)))
    try:
        node = until(lambda: nodes(client.get_run(run)).get("a"))
        connection = http.client.HTTPConnection(urlsplit(host).netloc, timeout=60)
        connection.request("GET", f"{API}/runs/{run}/nodes/{node['id']}/log?follow=true")
        answer = connection.getresponse()
        while answer.readline() != b"first\n":
            pass
        flag.touch()
        assert answer.read() == b"last\n"
        connection.close()
    finally:
        flag.unlink(missing_ok=True)


def test_a_reader_who_goes_away_leaves_the_server_as_it_was(client, host, submit, until, ended):
    run = submit(workflow(dag("main", task("a")), pod(script="echo first; sleep 600")))
    node = until(lambda: nodes(client.get_run(run)).get("a"))
    connection = http.client.HTTPConnection(urlsplit(host).netloc, timeout=60)
    connection.request("GET", f"{API}/runs/{run}/nodes/{node['id']}/log?follow=true")
    connection.getresponse().readline()
    connection.close()
    client.runs.terminate_run(run)
    assert ended(run).run.status == "Failed"


# ---- metrics -------------------------------------------------------------------------------------

METRICS = [
    {"name": "accuracy", "numberValue": 0.9, "format": "PERCENTAGE"},
    {"name": "loss", "number_value": 2},
    {"name": "not a name", "numberValue": 1},
    {"name": "text", "numberValue": "1"},
    7,
]


@pytest.mark.parametrize("metrics", [METRICS[:4], "x", [7], None])
def test_a_run_shows_the_metrics_that_its_steps_wrote(client, submit, ended, metrics):
    text = json.dumps({"metrics": metrics})
    outputs = files(mlpipeline_metrics="/tmp/metrics.json")
    run = submit(workflow(pod(script=f"echo '{text}' > /tmp/metrics.json", outputs=outputs)))
    shown = ended(run).run.metrics
    (listed,) = [r for r in client.list_runs(page_size=200).runs if r.id == run]
    assert shown == listed.metrics
    found = [(m.name, m.number_value, m.format) for m in shown or []]
    good = [("accuracy", 0.9, "PERCENTAGE"), ("loss", 2.0, None)]
    assert found == (good if metrics == METRICS[:4] else [])


# ---- what a deleted run leaves -------------------------------------------------------------------


def test_a_run_that_is_deleted_takes_its_files_along(client, state, submit, ended):
    once = f"echo {uuid.uuid4()}"  # its like is in no cache
    run = submit(workflow(dag("main", task("a")), pod(script=once)))
    name = json.loads(ended(run).pipeline_runtime.workflow_manifest)["metadata"]["name"]
    assert (state / "artifacts" / name).is_dir()
    assert (state / "pods" / name).is_dir()
    client.runs.delete_run(run)
    assert not (state / "artifacts" / name).exists()
    assert not (state / "pods" / name).exists()
