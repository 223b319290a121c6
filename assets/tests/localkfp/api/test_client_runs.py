"""Runs, by an unmodified kfp.Client over the socket."""

from __future__ import annotations

import base64
import io
import json
import tarfile
import urllib.error
import urllib.request
import uuid
from pathlib import Path

import pytest
from tests.support.client import SUM, nodes, put, refused, submit
from tests.support.workflows import dag, pod, task, workflow, written


def test_the_handout_gives_16_and_waiting_for_it_ends(client, handout, ended):
    result = client.create_run_from_pipeline_func(handout["my_pipeline"], arguments=SUM)
    ended(result.run_id)  # before kfp asks: it asks each five seconds
    detail = client.wait_for_run_completion(result.run_id, timeout=60)
    assert detail.run.status == "Succeeded"
    multiply = nodes(detail)["multiply"]
    answer = client.runs.read_artifact(result.run_id, multiply["id"], "multiply-Output")
    with tarfile.open(fileobj=io.BytesIO(base64.b64decode(answer.data))) as archive:
        assert archive.extractfile(archive.next()).read() == b"16"
    status, body = refused(client.runs.read_artifact, result.run_id, multiply["id"], "other")
    assert (status, body["code"]) == (404, 5)


def ways(client, name, package):
    """Every way to submit: what it is called, and the id of its run."""
    experiment = client.create_experiment("Default")
    pipeline = client.upload_pipeline(package, name)
    version = client.upload_pipeline_version(package, "v2", pipeline_id=pipeline.id)
    run = client.run_pipeline
    return {
        "package": client.create_run_from_pipeline_package(package, SUM).run_id,
        "run, package": run(experiment.id, name, package, SUM).id,
        "run, pipeline": run(experiment.id, name, params=SUM, pipeline_id=pipeline.id).id,
        "run, version": run(experiment.id, name, params=SUM, version_id=version.id).id,
        "run, both": run(
            experiment.id, name, params=SUM, pipeline_id=pipeline.id, version_id=version.id
        ).id,
    }, version.id


def test_every_way_to_submit_runs_the_same(client, name, package, ended):
    submitted, version = ways(client, name, package)
    details = {way: ended(run_id) for way, run_id in submitted.items()}
    assert {way: detail.run.status for way, detail in details.items()} == dict.fromkeys(
        submitted, "Succeeded"
    )
    references = {
        way: [ref.key.id for ref in detail.run.resource_references if ref.relationship == "CREATOR"]
        for way, detail in details.items()
    }
    assert references == {
        "package": [],
        "run, package": [],
        "run, pipeline": [version],
        "run, version": [version],
        "run, both": [version],
    }


def test_a_run_tells_what_it_runs_and_with_what(client, name, package, ended):
    detail = ended(submit(client, name, package, **SUM))
    spec = detail.run.pipeline_spec
    assert detail.run.name == name
    assert {p.name: p.value for p in spec.parameters} == {"value_1": "5", "value_2": "3"}
    assert json.loads(spec.workflow_manifest)["metadata"]["generateName"] == "add-example-"
    live = json.loads(detail.pipeline_runtime.workflow_manifest)
    assert live["metadata"]["name"].startswith("add-example-")
    assert live["metadata"]["uid"] == detail.run.id
    assert live["status"]["phase"] == "Succeeded"
    assert list(nodes(detail)) == [live["metadata"]["name"], "add", "subtract", "multiply"]


def test_a_step_that_fails_is_a_run_that_failed(client, name, tmp_path, ended):
    manifest = workflow(dag("main", task("a"), task("b", after=["a"])), pod(script="exit 7"))
    detail = ended(submit(client, name, put(tmp_path, manifest)))
    assert detail.run.status == "Failed"
    found = {
        name: (node["phase"], node["message"])
        for name, node in nodes(detail).items()
        if "message" in node
    }
    assert found == {
        "a": ("Failed", "Error (exit code 7)"),
        "b": ("Omitted", "omitted: depends condition not met"),
    }


def test_a_log_can_be_read_while_it_is_written(client, name, tmp_path, until):
    manifest = workflow(dag("main", task("a")), pod(script="echo 한글; sleep 600"))
    run_id = submit(client, name, put(tmp_path, manifest))

    def log():
        node = nodes(client.get_run(run_id)).get("a")
        if not node:
            return ""
        return client.runs.api_client.call_api(
            f"/apis/v1beta1/runs/{run_id}/nodes/{node['id']}/log",
            "GET",
            response_type="str",
            _return_http_data_only=True,
            _preload_content=False,
        ).data.decode()

    until(lambda: "한글\n" in log())
    client.runs.terminate_run(run_id)


def test_a_run_that_is_terminated_has_failed(client, name, tmp_path, until, ended):
    manifest = workflow(
        dag("main", task("a"), task("b", after=["a"])), pod(script="sleep 600 & wait")
    )
    run_id = submit(client, name, put(tmp_path, manifest))
    until(lambda: nodes(client.get_run(run_id)).get("a", {}).get("phase") == "Running")
    client.runs.terminate_run(run_id)
    at_once = client.get_run(run_id).run
    assert (at_once.status, at_once.finished_at.year) == ("Terminating", 1970)
    detail = ended(run_id)
    assert detail.run.status == "Failed"
    # the record c06_terminate_plain
    messages = {name: node.get("message") for name, node in nodes(detail).items()}
    assert {name: text for name, text in messages.items() if text} == {
        "a": "Step exceeded its deadline",
        "b": "omitted: depends condition not met",
    }
    status, body = refused(client.runs.terminate_run, run_id)
    assert (status, body["message"]) == (
        400,
        "Terminate run failed: Invalid input error: "
        f"Failed to terminate run {run_id}. Row not found.",
    )


def test_a_run_that_is_deleted_is_stopped_and_gone(client, name, tmp_path):
    manifest = workflow(dag("main", task("a")), pod(script="sleep 600"))
    run_id = submit(client, name, put(tmp_path, manifest))
    client.runs.delete_run(run_id)
    assert refused(client.get_run, run_id)[0] == 404


def test_steps_run_side_by_side(client, name, tmp_path, until):
    manifest = workflow(dag("main", task("a"), task("b")), pod(script="sleep 600"))
    run_id = submit(client, name, put(tmp_path, manifest))

    def both():
        found = nodes(client.get_run(run_id))
        return [found[task]["phase"] for task in "ab" if task in found] == ["Running"] * 2

    until(both)
    client.runs.terminate_run(run_id)


def test_a_value_of_a_nested_dag_goes_on(client, name, tmp_path, ended):
    made = "{{tasks.x.outputs.parameters.out}}"
    outputs = {"parameters": [{"name": "out", "valueFrom": {"parameter": made}}]}
    value = {"x": "{{tasks.n.outputs.parameters.out}}"}
    manifest = workflow(
        dag("main", task("n", "inner"), task("b", "take", after=["n"], parameters=value)),
        dag("inner", task("x", "make"), outputs=outputs),
        pod("make", "echo 한글 > /tmp/out", outputs=written(out="/tmp/out")),
        pod("take", "test {{inputs.parameters.x}} = 한글", inputs={"parameters": [{"name": "x"}]}),
    )
    assert ended(submit(client, name, put(tmp_path, manifest))).run.status == "Succeeded"


def test_runs_are_listed_by_experiment(client, name, package, ended):
    experiment = client.create_experiment(name)
    runs = [client.run_pipeline(experiment.id, f"run {n}", package, SUM).id for n in range(2)]
    for run_id in runs:
        ended(run_id)
    listed = client.list_runs(experiment_id=experiment.id, sort_by="created_at desc")
    assert [run.id for run in listed.runs] == runs[::-1]
    assert {run.status for run in listed.runs} == {"Succeeded"}
    assert client.list_runs(experiment_id="none").runs is None


def _phases(detail):
    return {name: node["phase"] for name, node in nodes(detail).items() if node["type"] == "Pod"}


def test_a_retry_goes_on_from_what_had_succeeded(client, started, ended):
    flag = Path("/var/tmp") / uuid.uuid4().hex  # not in /tmp, which a pod has for itself
    once = pod("once", f"test ! -e {flag}.once; touch {flag}.once")
    manifest = workflow(
        dag("main", task("first", "once"), task("second", "flagged", after=["first"])),
        once,
        pod("flagged", f"test -e {flag}"),
    )
    try:
        run = started(manifest)
        ended(run)
        assert _phases(client.get_run(run)) == {"first": "Succeeded", "second": "Failed"}
        flag.touch()
        client.runs.retry_run(run)
        detail = ended(run)
        assert detail.run.status == "Succeeded"
        assert _phases(client.get_run(run)) == {"first": "Succeeded", "second": "Succeeded"}
        status, body = refused(client.runs.retry_run, run)
        assert status == 409
        assert "must be Failed/Error to retry" in body["error"]
    finally:
        flag.unlink(missing_ok=True)
        Path(f"{flag}.once").unlink(missing_ok=True)


def test_an_artifact_is_given_as_the_object_store_gives_it(host, started, ended):
    outputs = {"artifacts": [{"name": "file", "path": "/tmp/file"}]}
    run = started(workflow(pod(script="printf hello > /tmp/file", outputs=outputs)))
    (node,) = nodes(ended(run)).values()
    (key,) = [a["s3"]["key"] for a in node["outputs"]["artifacts"] if a["name"] == "file"]
    with urllib.request.urlopen(f"{host}/mlpipeline/{key}") as answer:
        assert answer.headers["Content-Disposition"] == "attachment"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        with tarfile.open(fileobj=io.BytesIO(answer.read())) as archive:
            assert archive.extractfile(archive.next()).read() == b"hello"
    for wrong in ("artifacts/../localkfp.sqlite", "artifacts/%2e%2e/localkfp.sqlite"):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{host}/mlpipeline/{wrong}")


# ---- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({**SUM, "x": 1}, (500, 13, "Invalid input error: Unrecognized input parameter: x")),
        (
            {"value_1": "x" * 10_000, "value_2": 1},
            (400, 3, "The input parameter length exceed maximum size of 10000."),
        ),
    ],
)
def test_arguments_that_do_not_fit_start_nothing(client, name, package, arguments, words):
    experiment = client.create_experiment(name)
    status, body = refused(client.run_pipeline, experiment.id, name, package, arguments)
    assert (status, body["code"]) == words[:2]
    assert words[2] in body["error"]
    assert client.list_runs(experiment_id=experiment.id).runs is None


def test_a_version_of_another_pipeline_is_refused(client, name, package):
    experiment = client.create_experiment("Default")
    first, second = (client.upload_pipeline(package, f"{name} {n}") for n in range(2))
    status, body = refused(
        client.run_pipeline,
        experiment.id,
        name,
        params=SUM,
        pipeline_id=first.id,
        version_id=second.id,
    )
    assert status == 400
    assert "is not one of pipeline" in body["error"]
