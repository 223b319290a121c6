"""An unmodified kfp.Client against localkfp, over the socket."""

from __future__ import annotations

import base64
import io
import json
import tarfile
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path

import kfp
import pytest
import yaml
from kfp_server_api import ApiException
from tests.support.workflows import compiled, dag, pod, task, workflow, written

SUM = {"value_1": 5, "value_2": 3}


@pytest.fixture
def name():
    """A name that no other test uses."""
    return f"name {uuid.uuid4()}"


@pytest.fixture(scope="session")
def package(handout, tmp_path_factory):
    file = tmp_path_factory.mktemp("package") / "add.yaml"
    file.write_text(yaml.safe_dump(compiled(handout["my_pipeline"])))
    return str(file)


def put(tmp_path, manifest):
    file = tmp_path / "pipeline.yaml"
    file.write_text(yaml.safe_dump(manifest))
    return str(file)


def submit(client, name, package, **arguments):
    experiment = client.create_experiment("Default")
    return client.run_pipeline(experiment.id, name, package, arguments).id


def nodes(detail):
    """The nodes of a run by the names of their tasks."""
    live = json.loads(detail.pipeline_runtime.workflow_manifest)
    return {node["displayName"]: node for node in live["status"]["nodes"].values()}


def predicates(key, op, value):
    return json.dumps({"predicates": [{"key": key, "op": op, "stringValue": value}]})


def live(client, run_id):
    return json.loads(client.get_run(run_id).pipeline_runtime.workflow_manifest)


def nodes_of(client, run_id):
    nodes = live(client, run_id)["status"]["nodes"].values()
    return {node["displayName"]: node["phase"] for node in nodes if node["type"] == "Pod"}


def start(client, manifest):
    """The id of a run of a hand-written Workflow that has ended."""
    body = {"name": "by hand", "pipeline_spec": {"workflow_manifest": json.dumps(manifest)}}
    run_id = client.runs.create_run(body).run.id
    ended(client, run_id)
    return run_id


def ended(client, run_id):
    """The status of a run when it has ended, without the client's sleeps of five seconds."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        status = client.get_run(run_id).run.status
        if status in ("Succeeded", "Failed", "Error"):
            return status
        time.sleep(0.02)
    raise TimeoutError(f"run {run_id} is {status}")


def refused(call, *arguments, **more):
    """The status and the gRPC body of a call that fails."""
    with pytest.raises(ApiException) as caught:
        call(*arguments, **more)
    return caught.value.status, json.loads(caught.value.body)


# ---- pipelines -----------------------------------------------------------------------------------


def test_a_pipeline_is_uploaded_found_and_deleted(client, name, package):
    uploaded = client.upload_pipeline(package, name, description="더하기 & 곱하기 100%")
    assert client.get_pipeline_id(name) == uploaded.id == uploaded.default_version.id
    found = client.get_pipeline(uploaded.id)
    assert (found.name, found.description) == (name, "더하기 & 곱하기 100%")
    assert [p.name for p in found.default_version.parameters] == ["value_1", "value_2"]
    assert found.created_at.year >= 2024
    client.delete_pipeline(uploaded.id)
    assert client.get_pipeline_id(name) is None
    status, body = refused(client.get_pipeline, uploaded.id)
    assert (status, body["code"]) == (404, 5)


def test_a_pipeline_is_named_after_its_file_when_it_gets_no_name(client, package):
    uploaded = client.upload_pipeline(package)
    assert uploaded.name == "add.yaml"
    client.delete_pipeline(uploaded.id)


@pytest.mark.parametrize("suffix", [".yaml", ".zip", ".tar.gz"])
def test_every_package_that_the_compiler_writes_can_be_uploaded(
    client, name, handout, tmp_path, suffix
):
    file = tmp_path / f"add{suffix}"
    kfp.compiler.Compiler().compile(handout["my_pipeline"], str(file))
    uploaded = client.upload_pipeline(str(file), name)
    template = client.pipelines.get_template(uploaded.id).template
    assert yaml.safe_load(template)["spec"]["entrypoint"] == "add-example"


def test_a_new_version_becomes_the_default_until_it_is_deleted(client, name, package, tmp_path):
    pipeline = client.upload_pipeline(package, name)
    other = put(tmp_path, workflow(pod(), parameters={"x": "1"}))
    second = client.upload_pipeline_version(other, "v2", pipeline_id=pipeline.id)
    third = client.upload_pipeline_version(package, "v3", pipeline_name=name)
    assert second.resource_references[0].key.id == pipeline.id
    versions = client.list_pipeline_versions(pipeline.id, sort_by="created_at desc").versions
    assert [version.name for version in versions] == ["v3", "v2", name]

    def default():
        return client.get_pipeline(pipeline.id).default_version.id

    assert default() == third.id
    client.pipelines.update_pipeline_default_version(pipeline.id, pipeline.id)
    client.delete_pipeline_version(second.id)
    assert default() == pipeline.id
    client.delete_pipeline_version(pipeline.id)
    assert default() == third.id


def test_a_name_that_is_taken_is_refused(client, name, package):
    pipeline = client.upload_pipeline(package, name)
    for again in (
        lambda: client.upload_pipeline(package, name),
        lambda: client.upload_pipeline_version(package, name, pipeline_id=pipeline.id),
    ):
        with pytest.raises(ApiException) as caught:
            again()
        words = f"The name {name} already exist. Please specify a new name."
        assert words in json.loads(caught.value.body)["error_message"]


def test_a_workflow_that_localkfp_cannot_run_can_be_kept(client, name, tmp_path):
    manifest = workflow(pod(), volumes=[{"name": "data"}])
    pipeline = client.upload_pipeline(put(tmp_path, manifest), name)
    experiment = client.create_experiment("Default")
    status, body = refused(client.run_pipeline, experiment.id, "x", pipeline_id=pipeline.id)
    assert status == 400
    assert "spec has the field 'volumes'" in body["error"]


# ---- experiments ---------------------------------------------------------------------------------


def test_an_experiment_is_made_once_and_found_by_name_and_id(client, name):
    made = client.create_experiment(name, "설명")
    assert client.create_experiment(name).id == made.id
    assert client.get_experiment(experiment_name=name).id == made.id
    assert client.get_experiment(made.id).description == "설명"
    client.delete_experiment(made.id)
    with pytest.raises(ValueError, match="No experiment is found"):
        client.get_experiment(experiment_name=name)


def test_a_name_with_quotes_percent_and_plus_is_found_again(client, name):
    odd = f'{name} 100% + "x" 가 \\ /?#&'
    assert client.create_experiment(odd).id == client.get_experiment(experiment_name=odd).id


def test_archiving_an_experiment_takes_its_runs_along(client, name, package, ended):
    experiment = client.create_experiment(name)
    run = client.run_pipeline(experiment.id, name, package, SUM)
    ended(run.id)
    client.archive_experiment(experiment.id)
    assert client.get_experiment(experiment.id).storage_state == "STORAGESTATE_ARCHIVED"
    assert client.get_run(run.id).run.storage_state == "STORAGESTATE_ARCHIVED"
    client.experiments.unarchive_experiment(experiment.id)
    assert client.get_experiment(experiment.id).storage_state == "STORAGESTATE_AVAILABLE"
    assert client.get_run(run.id).run.storage_state == "STORAGESTATE_ARCHIVED"
    client.runs.unarchive_run(run.id)
    assert client.get_run(run.id).run.storage_state is None
    client.runs.archive_run(run.id)
    assert client.get_run(run.id).run.storage_state == "STORAGESTATE_ARCHIVED"


def test_a_run_without_an_experiment_is_in_the_default_one_even_after_it_was_deleted(
    client, package
):
    client.delete_experiment(client.create_experiment("Default").id)
    body = {"name": "x", "pipeline_spec": {"workflow_manifest": json.dumps(workflow(pod()))}}
    reference = client.runs.create_run(body).run.resource_references[0]
    assert (reference.name, reference.key.type) == ("Default", "EXPERIMENT")


# ---- lists ---------------------------------------------------------------------------------------


def test_a_list_is_filtered_sorted_and_paged(client, name):
    names = [f"{name} {letter}" for letter in "caeb"]
    for each in names:
        client.create_experiment(each)
    wanted = predicates("name", "IS_SUBSTRING", name)
    more = {"page_size": 3, "sort_by": "name desc", "filter": wanted}
    first = client.list_experiments(**more)
    rest = client.list_experiments(page_token=first.next_page_token, **more)
    assert [e.name[-1] for e in first.experiments] == ["e", "c", "b"]
    assert [e.name[-1] for e in rest.experiments] == ["a"]
    assert (first.total_size, rest.total_size, rest.next_page_token) == (4, 4, None)
    in_order = client.list_experiments(filter=wanted).experiments
    assert [e.name for e in in_order] == names


# predicate: the last letters of the experiments a, b, c that it leaves
FILTERS = [
    ({"op": 1, "stringValue": "{} b"}, "b"),
    ({"op": "EQUALS", "string_value": "{} b"}, "b"),
    ({"op": "NOT_EQUALS", "string_value": "{} b"}, "ac"),
    ({"op": "GREATER_THAN", "string_value": "{} b"}, "c"),
    ({"op": "GREATER_THAN_EQUALS", "string_value": "{} b"}, "bc"),
    ({"op": "LESS_THAN", "string_value": "{} b"}, "a"),
    ({"op": "LESS_THAN_EQUALS", "string_value": "{} b"}, "ab"),
    ({"op": "IN", "string_values": {"values": ["{} c", "{} a"]}}, "ac"),
    ({"op": 9, "stringValue": "{}"}, "abc"),
    ({"op": 1, "key": "storage_state", "stringValue": "STORAGESTATE_ARCHIVED"}, ""),
]


@pytest.fixture(scope="module")
def three(client):
    name = f"three {uuid.uuid4()}"
    for letter in "abc":
        client.create_experiment(f"{name} {letter}")
    return name


@pytest.mark.parametrize(("predicate", "letters"), FILTERS)
def test_a_predicate(client, three, predicate, letters):
    wanted = json.loads(json.dumps({"key": "name", **predicate}).replace("{}", three))
    ours = {"key": "name", "op": "IS_SUBSTRING", "stringValue": three}
    text = json.dumps({"predicates": [wanted, ours]})
    found = client.list_experiments(page_size=200, filter=text).experiments or []
    assert "".join(e.name[-1] for e in found) == letters


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"sort_by": "color"}, 'Invalid sorting field: "color" on listable type Run'),
        ({"sort_by": "name up"}, "Use: field [asc|desc]"),
        ({"page_size": -1}, "page size should be greater than 0"),
        ({"page_token": "rubbish"}, "The page token is not one that this server gave"),
        ({"filter": "rubbish"}, "The filter is not JSON with predicates"),
        ({"filter": predicates("color", 1, "x")}, 'Invalid filter field: "color"'),
        ({"filter": predicates("name", 99, "x")}, "Unknown filter operation 99"),
    ],
)
def test_a_list_that_cannot_be_is_refused_in_words(client, query, words):
    status, body = refused(client.list_runs, **query)
    assert (status, body["code"]) == (400, 3)
    assert words in body["error"]


def test_a_page_token_belongs_to_its_order(client, three):
    token = client.list_experiments(page_size=1, sort_by="name").next_page_token
    status, body = refused(client.list_experiments, page_token=token, sort_by="id")
    assert status == 400
    assert "another sort_by or filter" in body["error"]


def test_runs_are_listed_by_experiment(client, name, package, ended):
    experiment = client.create_experiment(name)
    runs = [client.run_pipeline(experiment.id, f"run {n}", package, SUM).id for n in range(2)]
    for run_id in runs:
        ended(run_id)
    listed = client.list_runs(experiment_id=experiment.id, sort_by="created_at desc")
    assert [run.id for run in listed.runs] == runs[::-1]
    assert {run.status for run in listed.runs} == {"Succeeded"}
    assert client.list_runs(experiment_id="none").runs is None


# ---- runs ----------------------------------------------------------------------------------------


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


def test_a_run_that_is_terminated_has_failed(client, name, tmp_path, until):
    manifest = workflow(
        dag("main", task("a"), task("b", after=["a"])), pod(script="sleep 600 & wait")
    )
    run_id = submit(client, name, put(tmp_path, manifest))
    until(lambda: nodes(client.get_run(run_id)).get("a", {}).get("phase") == "Running")
    client.runs.terminate_run(run_id)
    detail = client.get_run(run_id)
    assert detail.run.status == "Failed"
    assert detail.run.finished_at.year > 1970
    assert {node["message"] for node in nodes(detail).values()} == {
        "workflow shutdown with strategy:  Terminate"
    }
    status, body = refused(client.runs.terminate_run, run_id)
    assert (status, body["message"]) == (
        400,
        f"Invalid input error: Failed to terminate run {run_id}. Row not found.",
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


# ---- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"value_1": 1}, "The parameter 'value_2' has no value"),
        ({**SUM, "x": 1}, "Unrecognized input parameter: x. The pipeline has value_1, value_2."),
        ({"value_1": "x" * 10_000, "value_2": 1}, "The parameters have more than 10,000 bytes"),
    ],
)
def test_arguments_that_do_not_fit_start_nothing(client, name, package, arguments, words):
    experiment = client.create_experiment(name)
    status, body = refused(client.run_pipeline, experiment.id, name, package, arguments)
    assert (status, body["code"]) == (400, 3)
    assert words in body["error"]
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


def test_an_error_has_the_body_of_grpc(client):
    status, body = refused(client.get_run, "no-such-run")
    full = "ResourceNotFoundError: Run no-such-run not found."
    assert status == 404
    assert body == {
        "error": full,
        "message": full,
        "code": 5,
        "details": [
            {
                "@type": "type.googleapis.com/api.Error",
                "error_message": "Run no-such-run not found.",
                "error_details": full,
            }
        ],
    }


def test_what_localkfp_lacks_is_said(client, name, package):
    experiment = client.create_experiment("Default")
    recurring = {"cron_expression": "0 0 * * * *", "pipeline_package_path": package}
    for answer in (
        refused(client.create_recurring_run, experiment.id, name, **recurring),
        refused(client.list_recurring_runs),
    ):
        assert answer[0] == 501
        assert answer[1]["error"] == "localkfp cannot run recurring runs; submit to a cluster."


def test_a_retry_goes_on_from_what_had_succeeded(client):
    flag = Path("/var/tmp") / uuid.uuid4().hex  # not in /tmp, which a pod has for itself
    once = pod("once", f"test ! -e {flag}.once; touch {flag}.once")
    manifest = workflow(
        dag("main", task("first", "once"), task("second", "flagged", after=["first"])),
        once,
        pod("flagged", f"test -e {flag}"),
    )
    try:
        run = start(client, manifest)
        assert nodes_of(client, run) == {"first": "Succeeded", "second": "Failed"}
        flag.touch()
        client.runs.retry_run(run)
        assert ended(client, run) == "Succeeded"
        assert nodes_of(client, run) == {"first": "Succeeded", "second": "Succeeded"}
        status, body = refused(client.runs.retry_run, run)
        assert status == 409
        assert "must be Failed/Error to retry" in body["error"]
    finally:
        flag.unlink(missing_ok=True)
        Path(f"{flag}.once").unlink(missing_ok=True)


def test_an_artifact_is_given_as_the_object_store_gives_it(client, host):
    outputs = {"artifacts": [{"name": "file", "path": "/tmp/file"}]}
    run = start(client, workflow(pod(script="printf hello > /tmp/file", outputs=outputs)))
    node = next(iter(live(client, run)["status"]["nodes"].values()))
    (key,) = [a["s3"]["key"] for a in node["outputs"]["artifacts"] if a["name"] == "file"]
    with urllib.request.urlopen(f"{host}/mlpipeline/{key}") as answer:
        assert answer.headers["Content-Disposition"] == "attachment"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        with tarfile.open(fileobj=io.BytesIO(answer.read())) as archive:
            assert archive.extractfile(archive.next()).read() == b"hello"
    for wrong in ("artifacts/../localkfp.sqlite", "artifacts/%2e%2e/localkfp.sqlite"):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{host}/mlpipeline/{wrong}")


def test_the_prefix_of_the_web_page_is_taken_too(host):
    client = kfp.Client(host=f"{host}/pipeline")
    assert client.create_experiment("Default").name == "Default"
