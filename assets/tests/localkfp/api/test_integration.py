"""What KFP's own integration tests assert (backend/test/integration of kubeflow/pipelines), written
anew over kfp_server_api: experiments, pipelines, versions, runs and recurring runs.

The server is one of their own, with nothing in it, and fetches by URL, as a genuine one does.
"""

from __future__ import annotations

import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import zipfile
from functools import partial
from types import SimpleNamespace

import kfp_server_api
import pytest
import yaml
from kfp_server_api.exceptions import ApiException
from tests.support.workflows import dag, pod, task, workflow

pytestmark = pytest.mark.slow


def prefixed(prefix, *templates, **more):
    return {**workflow(*templates, **more), "metadata": {"generateName": prefix}}


HELLO = prefixed("hello-world-", pod("whalesay", script="echo hello"))
LONG = prefixed(
    "long-running-",
    dag("main", task("wait-awhile", template="wait-awhile")),
    pod("wait-awhile", script="sleep 600"),
)
ARGUMENTS = prefixed(
    "arguments-parameters-",
    pod("whalesay", script="echo {{workflow.parameters.param1}}-{{workflow.parameters.param2}}"),
    parameters={"param1": "hello", "param2": None},
)
V2 = {
    "pipelineInfo": {"name": "hello-world"},
    "deploymentSpec": {"executors": {}},
    "root": {"dag": {"tasks": {}}},
    "schemaVersion": "2.0.0",
    "sdkVersion": "kfp-1.6.5",
}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("resources")
    named = {"hello-world": HELLO, "long-running": LONG, "arguments-parameters": ARGUMENTS}
    for name, manifest in {**named, "sequential": HELLO}.items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(manifest))
    (folder / "v2-hello-world.json").write_text(json.dumps(V2))
    with zipfile.ZipFile(folder / "arguments.pipeline.zip", "w") as archive:
        archive.write(folder / "arguments-parameters.yaml", "arguments-parameters.yaml")
    return folder


@pytest.fixture(scope="module")
def urls(files):
    """Serves the files."""
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(files))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def api(tmp_path, until):
    """The services of a new server."""
    home = tmp_path / "home"
    home.mkdir()
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "localkfp", "serve", "--port", "0", "--fetch-urls"],
            env={**os.environ, "LOCALKFP_HOME": str(home)},
            stdout=log,
            stderr=log,
        )
    try:
        until(lambda: (home / "server.json").exists() or server.poll() is not None)
        configuration = kfp_server_api.Configuration()
        configuration.host = json.loads((home / "server.json").read_text())["url"]
        client = kfp_server_api.ApiClient(configuration)
        yield SimpleNamespace(
            experiments=kfp_server_api.ExperimentServiceApi(client),
            pipelines=kfp_server_api.PipelineServiceApi(client),
            uploads=kfp_server_api.PipelineUploadServiceApi(client),
            runs=kfp_server_api.RunServiceApi(client),
            jobs=kfp_server_api.JobServiceApi(client),
        )
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(60)


def experiment(api, name, description=""):
    return api.experiments.create_experiment({"name": name, "description": description})


def of_experiment(made):
    return {"key": {"type": "EXPERIMENT", "id": made.id}, "relationship": "OWNER"}


def of_version(made):
    return {"key": {"type": "PIPELINE_VERSION", "id": made.id}, "relationship": "CREATOR"}


def references(made):
    return {(r.key.type, r.key.id, r.name, r.relationship) for r in made.resource_references}


def told(experiment, version=None, job=None):
    """The references that a thing must have."""
    found = {("EXPERIMENT", experiment.id, experiment.name, "OWNER")}
    if version:
        found.add(("PIPELINE_VERSION", version.id, version.name, "CREATOR"))
    if job:
        found.add(("JOB", job.id, job.name, "CREATOR"))
    return found


def hello_version(api, files):
    """A pipeline, and a version of it by name."""
    made = api.uploads.upload_pipeline(str(files / "hello-world.yaml"))
    version = api.uploads.upload_pipeline_version(
        str(files / "hello-world.yaml"), name="hello-world-version", pipelineid=made.id
    )
    return made, version


def of_version_in(made, version, **more):
    hello = {"name": "hello world", "description": "this is hello world"}
    return {**hello, "resource_references": [of_experiment(made), of_version(version)], **more}


def with_arguments(made, **more):
    return {
        "name": "argument parameter",
        "description": "this is argument parameter",
        "pipeline_spec": {
            "workflow_manifest": json.dumps(ARGUMENTS),
            "parameters": [
                {"name": "param1", "value": "goodbye"},
                {"name": "param2", "value": "world"},
            ],
        },
        "resource_references": [of_experiment(made)],
        **more,
    }


def pages(ask, key, sizes, **query):
    """The names on the pages of a list, how many there are in all, and the last page's token."""
    names, token, totals = [], "", set()
    for size in sizes:
        page = ask(page_size=size, page_token=token, **query)
        names.append([each.name for each in getattr(page, key)])
        totals.add(page.total_size)
        token = page.next_page_token or ""
    (total,) = totals
    return names, total, token


def refused(call, *arguments, **options):
    with pytest.raises(ApiException) as error:
        call(*arguments, **options)
    return error.value


# ---- TestExperimentAPI ---------------------------------------------------------------------------


def test_experiments(api, files):
    api.experiments.delete_experiment(api.experiments.list_experiment().experiments[0].id)
    assert not api.experiments.list_experiment().experiments
    training = experiment(api, "training", "my first experiment")
    assert (training.storage_state, training.description) == (
        "STORAGESTATE_AVAILABLE",
        "my first experiment",
    )
    said = refused(experiment, api, "training", "my first experiment")
    assert "Please specify a new name" in said.body
    experiment(api, "prediction", "my second experiment")
    experiment(api, "moonshot", "my second experiment")
    listed = partial(pages, api.experiments.list_experiment, "experiments", (2, 2))
    assert listed(sort_by="name") == ([["moonshot", "prediction"], ["training"]], 3, "")
    assert listed(sort_by="created_at") == ([["training", "prediction"], ["moonshot"]], 3, "")
    assert listed(sort_by="name desc") == ([["training", "prediction"], ["moonshot"]], 3, "")
    refused(api.experiments.list_experiment, page_size=2, sort_by="unknownfield")
    assert api.experiments.get_experiment(training.id) == training

    _pipeline, version = hello_version(api, files)
    runs = [api.runs.create_run(of_version_in(training, version)) for _ in range(2)]
    options = {"max_concurrency": "10", "enabled": True}
    jobs = [api.jobs.create_job(of_version_in(training, version, **options)) for _ in range(2)]
    for verb, state in (("archive", "ARCHIVED"), ("unarchive", "AVAILABLE")):
        getattr(api.experiments, f"{verb}_experiment")(training.id)
        found = api.experiments.get_experiment(training.id)
        assert found.storage_state == f"STORAGESTATE_{state}"
        for made in runs:  # they stay archived
            assert api.runs.get_run(made.run.id).run.storage_state == "STORAGESTATE_ARCHIVED"
        for made in jobs:
            assert not api.jobs.get_job(made.id).enabled


# ---- TestPipelineAPI -----------------------------------------------------------------------------


def test_pipelines(api, files, urls):
    v2 = api.uploads.upload_pipeline(str(files / "v2-hello-world.json"))
    assert v2.name == "v2-hello-world.json"
    arguments = api.uploads.upload_pipeline(str(files / "arguments-parameters.yaml"))
    assert arguments.name == "arguments-parameters.yaml"
    said = refused(api.uploads.upload_pipeline, str(files / "arguments-parameters.yaml"))
    assert said.status >= 400
    by_url = {"name": "sequential", "url": {"pipeline_url": f"{urls}/sequential.yaml"}}
    assert api.pipelines.create_pipeline(by_url).name == "sequential"
    zipped = api.uploads.upload_pipeline(
        str(files / "arguments.pipeline.zip"), name="zip-arguments-parameters"
    )
    assert zipped.name == "zip-arguments-parameters"
    by_url = {"url": {"pipeline_url": f"{urls}/arguments.pipeline.zip"}}
    assert api.pipelines.create_pipeline(by_url).name == "arguments.pipeline.zip"

    listed = partial(pages, api.pipelines.list_pipelines, "pipelines")
    first, zips = (
        ["arguments-parameters.yaml", "arguments.pipeline.zip"],
        "zip-arguments-parameters",
    )
    names = [first, ["sequential", v2.name, zips]]
    assert listed((2, 3), sort_by="name") == (names, 5, "")
    times = [[v2.name, first[0], "sequential"], [zips, first[1]]]
    assert listed((3, 3), sort_by="created_at") == (times, 5, "")
    names = [[zips, v2.name, "sequential"], first[::-1]]
    assert listed((3, 3), sort_by="name desc") == (names, 5, "")
    refused(api.pipelines.list_pipelines, page_size=2, sort_by="unknownfield")

    found = api.pipelines.get_pipeline(arguments.id)
    given = [("param1", "hello"), ("param2", None)]
    assert [(p.name, p.value) for p in found.parameters] == given
    version = found.default_version
    assert (version.id, version.name) == (arguments.id, arguments.name)
    assert [(p.name, p.value) for p in version.parameters] == given
    (owner,) = version.resource_references
    assert (owner.key.type, owner.key.id, owner.relationship) == ("PIPELINE", arguments.id, "OWNER")
    template = json.loads(api.pipelines.get_template(arguments.id).template)
    assert template["spec"]["entrypoint"] == ARGUMENTS["spec"]["entrypoint"]
    assert template["metadata"]["generateName"] == "arguments-parameters-"
    assert "hello-world" in api.pipelines.get_template(v2.id).template


# ---- TestPipelineVersionAPI ----------------------------------------------------------------------


def test_versions(api, files, urls):
    made = api.uploads.upload_pipeline(
        str(files / "arguments-parameters.yaml"), name="test_pipeline"
    )
    assert made.name == "test_pipeline"
    upload = partial(api.uploads.upload_pipeline_version, pipelineid=made.id)
    assert upload(str(files / "arguments-parameters.yaml")).name == "arguments-parameters.yaml"
    refused(upload, str(files / "arguments-parameters.yaml"))
    owner = {"key": {"type": "PIPELINE", "id": made.id}, "relationship": "OWNER"}

    def by_url(name, file):
        body = {"package_url": {"pipeline_url": f"{urls}/{file}"}, "resource_references": [owner]}
        return api.pipelines.create_pipeline_version({"name": name, **body})

    assert by_url("sequential", "sequential.yaml").name == "sequential"
    upload(str(files / "arguments.pipeline.zip"), name="zip-arguments-parameters")
    assert by_url("arguments", "arguments.pipeline.zip").name == "arguments"
    upload(str(files / "v2-hello-world.json"), name="v2")
    listed = partial(
        pages,
        api.pipelines.list_pipeline_versions,
        "versions",
        resource_key_type="PIPELINE",
        resource_key_id=made.id,
    )
    names = ["arguments", "arguments-parameters.yaml", "sequential", "test_pipeline", "v2"]
    names.append("zip-arguments-parameters")
    assert listed((3, 3), sort_by="name") == ([names[:3], names[3:]], 6, "")
    assert listed((6,), sort_by="name desc") == ([names[::-1]], 6, "")
    refused(
        api.pipelines.list_pipeline_versions, sort_by="unknownfield",
        resource_key_type="PIPELINE", resource_key_id=made.id,
    )  # fmt: skip


# ---- TestRunApi ----------------------------------------------------------------------------------


def test_runs(api, files, until):
    _pipeline, version = hello_version(api, files)
    hello, arguments = (experiment(api, name) for name in ("hello world", "argument parameter"))
    made = api.runs.create_run(of_version_in(hello, version))
    for detail in (made, api.runs.get_run(made.run.id)):
        assert "whalesay" in detail.run.pipeline_spec.workflow_manifest
        assert "whalesay" in detail.pipeline_runtime.workflow_manifest
        run = detail.run
        assert (run.name, run.description) == ("hello world", "this is hello world")
        assert run.service_account == "pipeline-runner"
        spec = run.pipeline_spec
        assert (spec.pipeline_id, spec.pipeline_name, spec.parameters) == (None, None, None)
        assert references(run) == told(hello, version)
    second = api.runs.create_run(with_arguments(arguments)).run
    given = [(p.name, p.value) for p in second.pipeline_spec.parameters]
    assert given == [("param1", "goodbye"), ("param2", "world")]
    assert "arguments-parameters-" in second.pipeline_spec.workflow_manifest
    assert references(second) == told(arguments)

    listed = partial(pages, api.runs.list_runs, "runs", (1, 1))
    assert listed(sort_by="name") == ([["argument parameter"], ["hello world"]], 2, "")
    page = api.runs.list_runs(page_size=1, sort_by="created_at")
    following = api.runs.list_runs(page_size=1, page_token=page.next_page_token)
    assert (len(page.runs), len(following.runs), following.total_size) == (1, 1, 2)
    refused(api.runs.list_runs, page_size=2, sort_by="unknownfield")
    in_hello = partial(
        api.runs.list_runs,
        resource_reference_key_type="EXPERIMENT",
        resource_reference_key_id=hello.id,
    )
    assert [run.name for run in in_hello().runs] == ["hello world"]
    until(lambda: all(run.finished_at.year > 1970 for run in api.runs.list_runs().runs))
    api.runs.archive_run(made.run.id)
    assert [run.storage_state for run in in_hello().runs] == ["STORAGESTATE_ARCHIVED"]

    long = api.uploads.upload_pipeline(str(files / "long-running.yaml"))
    version = api.uploads.upload_pipeline_version(
        str(files / "long-running.yaml"), name="long-running-version", pipelineid=long.id
    )
    run = api.runs.create_run(of_version_in(hello, version, name="long running")).run
    api.runs.terminate_run(run.id)
    detail = api.runs.get_run(run.id)
    assert detail.run.status == "Terminating"
    assert "wait-awhile" in detail.run.pipeline_spec.workflow_manifest
    assert "wait-awhile" in detail.pipeline_runtime.workflow_manifest
    assert references(detail.run) == told(hello, version)


# ---- TestJobApi ----------------------------------------------------------------------------------


def test_jobs(api, files, until):
    _pipeline, version = hello_version(api, files)
    hello, arguments = (experiment(api, name) for name in ("hello world", "argument parameter"))
    options = {"max_concurrency": "10", "enabled": True}
    first = api.jobs.create_job(of_version_in(hello, version, **options))
    for job in (first, api.jobs.get_job(first.id)):
        assert "whalesay" in job.pipeline_spec.workflow_manifest
        assert (job.name, job.description) == ("hello world", "this is hello world")
        assert (job.service_account, job.max_concurrency, job.enabled) == (
            "pipeline-runner",
            "10",
            True,
        )
        assert references(job) == told(hello, version)
    second = api.jobs.create_job(with_arguments(arguments, **options))
    given = [(p.name, p.value) for p in second.pipeline_spec.parameters]
    assert given == [("param1", "goodbye"), ("param2", "world")]
    assert references(second) == told(arguments)

    listed = partial(pages, api.jobs.list_jobs, "jobs", (1, 1))
    assert listed(sort_by="name") == ([["argument parameter"], ["hello world"]], 2, "")
    page = api.jobs.list_jobs(page_size=1, sort_by="created_at")
    following = api.jobs.list_jobs(page_size=1, page_token=page.next_page_token)
    assert [job.name for job in (*page.jobs, *following.jobs)] == [
        "hello world",
        "argument parameter",
    ]
    refused(api.jobs.list_jobs, page_size=2, sort_by="unknown")
    in_hello = api.jobs.list_jobs(
        resource_reference_key_type="EXPERIMENT", resource_reference_key_id=hello.id
    )
    assert [job.name for job in in_hello.jobs] == ["hello world"]

    for where, job, word in ((hello, first, "helloworld"), (arguments, second, "argumentparam")):
        (run,) = until(lambda where=where: runs_of(api, where))  # without a trigger: one run
        assert word in run.name
        assert references(run) == told(where, job=job)


def runs_of(api, where):
    return api.runs.list_runs(
        resource_reference_key_type="EXPERIMENT", resource_reference_key_id=where.id
    ).runs


PAST = {"start_time": "1970-01-01T10:00:00Z", "end_time": "1970-01-01T10:02:00Z"}
TRIGGERS = {
    "periodic": {"periodic_schedule": {**PAST, "interval_second": "60"}},
    "cron": {"cron_schedule": {**PAST, "cron": "0 * * * * ?"}},
}


def test_jobs_without_catching_up(api, files, until):
    _pipeline, version = hello_version(api, files)
    wanted = {}
    for kind, trigger in TRIGGERS.items():
        for no_catchup in (False, True):
            where = experiment(api, f"{kind} {no_catchup}")
            options = {"max_concurrency": "10", "enabled": True, "no_catchup": no_catchup}
            api.jobs.create_job(of_version_in(where, version, trigger=trigger, **options))
            wanted[where.id] = 1 if no_catchup else 2

    def made():
        found = [run.resource_references for run in api.runs.list_runs(page_size=50).runs or []]
        ids = [r.key.id for each in found for r in each if r.key.type == "EXPERIMENT"]
        return {where: ids.count(where) for where in wanted}

    until(lambda: made() == wanted)
    until(lambda: not [j for j in api.jobs.list_jobs().jobs if j.status == "NO_STATUS"])
    assert made() == wanted  # and none comes after


def test_a_job_that_was_deleted_is_not_found(api, files):
    made = api.uploads.upload_pipeline(str(files / "hello-world.yaml"))
    spec = {"pipeline_id": made.id}
    body = {"name": "test-swf-not-found", "pipeline_spec": spec, "max_concurrency": "10"}
    job = api.jobs.create_job({**body, "enabled": False})
    api.jobs.delete_job(job.id)
    assert "not found" in refused(api.jobs.get_job, job.id).body
