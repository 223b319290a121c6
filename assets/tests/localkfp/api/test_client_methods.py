"""Every public method of kfp.Client 1.8.24 against a live localkfp.

A method that a test here doesn't name makes `test_nothing_is_left_out...` fail.
"""

from __future__ import annotations

import inspect
import json

import kfp
import pytest
from kfp_server_api import ApiException
from tests.support.client import SUM


@pytest.fixture
def own_client(host, tmp_path, monkeypatch):
    """A client with a context file of its own: the learner's is not to be written."""
    monkeypatch.setattr(kfp.Client, "LOCAL_KFP_CONTEXT", str(tmp_path / "context.json"))
    return kfp.Client(host=host)


@kfp.dsl.pipeline(name="nothing")
def nothing(text):
    kfp.dsl.ContainerOp(name="a", image="busybox", command=["true"], arguments=[text])


def archive_experiment(client, name, package):
    made = client.create_experiment(name)
    client.archive_experiment(made.id)
    assert client.get_experiment(made.id).storage_state == "STORAGESTATE_ARCHIVED"


def create_experiment(client, name, package):
    made = client.create_experiment(name, description="d")
    assert (made.name, made.description) == (name, "d")
    assert client.create_experiment(name).id == made.id


def create_run_from_pipeline_func(client, name, package):
    result = client.create_run_from_pipeline_func(
        nothing, {"text": "x"}, run_name=name, experiment_name=name
    )
    detail = client.get_run(result.run_id)
    assert detail.run.name == name
    assert [p.value for p in detail.run.pipeline_spec.parameters] == ["x"]


def create_run_from_pipeline_package(client, name, package):
    result = client.create_run_from_pipeline_package(package, SUM, run_name=name)
    assert client.get_run(result.run_id).run.name == name


def delete_experiment(client, name, package):
    client.delete_experiment(client.create_experiment(name).id)
    with pytest.raises(ValueError, match="No experiment is found"):
        client.get_experiment(experiment_name=name)


def delete_pipeline(client, name, package):
    client.delete_pipeline(client.upload_pipeline(package, name).id)
    assert client.get_pipeline_id(name) is None


def delete_pipeline_version(client, name, package):
    pipeline = client.upload_pipeline(package, name)
    version = client.upload_pipeline_version(package, "v2", pipeline_id=pipeline.id)
    client.delete_pipeline_version(version.id)
    assert [v.id for v in client.list_pipeline_versions(pipeline.id).versions] == [pipeline.id]


def get_experiment(client, name, package):
    made = client.create_experiment(name)
    assert client.get_experiment(made.id).name == name
    assert client.get_experiment(experiment_name=name).id == made.id


def get_kfp_healthz(client, name, package):
    assert client.get_kfp_healthz().multi_user in (None, False)


def get_pipeline(client, name, package):
    made = client.upload_pipeline(package, name, "d")
    found = client.get_pipeline(made.id)
    assert (found.name, found.description, found.default_version.id) == (name, "d", made.id)


def get_pipeline_id(client, name, package):
    assert client.get_pipeline_id(name) is None
    assert client.upload_pipeline(package, name).id == client.get_pipeline_id(name)


def get_run(client, name, package):
    run = client.run_pipeline(client.create_experiment(name).id, name, package, SUM)
    detail = client.get_run(run.id)
    assert (detail.run.name, detail.run.id) == (name, run.id)
    live = json.loads(detail.pipeline_runtime.workflow_manifest)
    assert live["spec"]["arguments"]["parameters"][0] == {"name": "value_1", "value": "5"}


def user_namespace(client, name, package):
    assert client.get_user_namespace() == ""
    client.set_user_namespace("mine")
    assert client.get_user_namespace() == "mine"
    with pytest.raises(ApiException, match="In single-user mode"):
        client.list_experiments()


def list_experiments(client, name, package):
    client.create_experiment(name)
    found = client.list_experiments(page_size=100, sort_by="created_at desc").experiments
    assert name in [experiment.name for experiment in found]


def list_pipeline_versions(client, name, package):
    pipeline = client.upload_pipeline(package, name)
    assert [v.name for v in client.list_pipeline_versions(pipeline.id).versions] == [name]


def list_pipelines(client, name, package):
    client.upload_pipeline(package, name)
    found = client.list_pipelines(page_size=100, sort_by="created_at desc").pipelines
    assert name in [pipeline.name for pipeline in found]


def list_runs(client, name, package):
    experiment = client.create_experiment(name)
    client.run_pipeline(experiment.id, name, package, SUM)
    assert [run.name for run in client.list_runs(experiment_id=experiment.id).runs] == [name]
    newest = client.list_runs(sort_by="created_at desc", page_size=100).runs
    assert name in [run.name for run in newest]


def run_pipeline(client, name, package):
    pipeline = client.upload_pipeline(package, name)
    experiment = client.create_experiment(name)
    run = client.run_pipeline(experiment.id, name, params=SUM, pipeline_id=pipeline.id)
    kinds = {ref.key.type: ref.key.id for ref in run.resource_references}
    assert kinds == {"EXPERIMENT": experiment.id, "PIPELINE_VERSION": pipeline.id}


def upload_pipeline(client, name, package):
    made = client.upload_pipeline(package, name, "d")
    assert [p.name for p in made.default_version.parameters] == ["value_1", "value_2"]


def upload_pipeline_version(client, name, package):
    pipeline = client.upload_pipeline(package, name)
    made = client.upload_pipeline_version(package, "v2", pipeline_name=name)
    assert made.resource_references[0].key.id == pipeline.id
    assert client.get_pipeline(pipeline.id).default_version.id == made.id


def wait_for_run_completion(client, name, package):
    run = client.run_pipeline(client.create_experiment(name).id, name, package, SUM)
    assert client.wait_for_run_completion(run.id, 60).run.status == "Succeeded"


def job_of(client, name, package, **more):
    """The id of a recurring run; enabled, it has its first run on New Year's Day."""
    yearly = {"cron_expression": "0 0 0 1 1 *", "params": SUM, "max_concurrency": 1, **more}
    experiment = client.create_experiment(name).id
    return client.create_recurring_run(experiment, name, pipeline_package_path=package, **yearly).id


def create_recurring_run(client, name, package):
    job = client.get_recurring_run(job_of(client, name, package))
    assert (job.name, job.trigger.cron_schedule.cron) == (name, "0 0 0 1 1 *")


def delete_job(client, name, package):
    job_id = job_of(client, name, package)
    client.delete_job(job_id)
    with pytest.raises(ApiException, match="not found"):
        client.get_recurring_run(job_id)


def disable_job(client, name, package):
    job_id = job_of(client, name, package)
    client.disable_job(job_id)
    assert client.get_recurring_run(job_id).enabled is None


def get_recurring_run(client, name, package):
    job = client.get_recurring_run(job_of(client, name, package, enabled=False))
    assert (job.name, job.enabled) == (name, None)


def list_recurring_runs(client, name, package):
    job_id = job_of(client, name, package)
    experiment = client.get_experiment(experiment_name=name).id
    assert [job.id for job in client.list_recurring_runs(experiment_id=experiment).jobs] == [job_id]


WORKS = {
    method.__name__: method
    for method in (
        *(archive_experiment, create_experiment, create_run_from_pipeline_func),
        *(create_run_from_pipeline_package, delete_experiment, delete_pipeline),
        *(delete_pipeline_version, get_experiment, get_kfp_healthz, get_pipeline, get_pipeline_id),
        *(get_run, list_experiments, list_pipeline_versions, list_pipelines, list_runs),
        *(run_pipeline, upload_pipeline, upload_pipeline_version, wait_for_run_completion),
        *(create_recurring_run, delete_job, disable_job, get_recurring_run, list_recurring_runs),
    )
} | {"get_user_namespace": user_namespace, "set_user_namespace": user_namespace}


def test_nothing_is_left_out_of_the_client():
    public = [m for m, _ in inspect.getmembers(kfp.Client, inspect.isfunction) if m[0] != "_"]
    assert sorted(WORKS) == sorted(public)


@pytest.mark.parametrize("method", WORKS)
def test_a_method_of_the_client_does_what_it_says(own_client, name, package, method):
    WORKS[method](own_client, name, package)


# ---- what the genuine server refuses, with its status --------------------------------------------

NOWHERE = "11111111-2222-3333-4444-555555555555"


def run_of(client, name, package, params=(), experiment="", **more):
    experiment = experiment or client.create_experiment(name).id
    return client.run_pipeline(experiment, name, package, dict(params), **more)


# An asker's mistake is 400 or 404 here; in the first and third call the genuine server has 500.
REFUSED = {
    "an experiment's name of 300 letters": (
        400,
        lambda client, name, package: client.create_experiment("x" * 300),
    ),
    "a version of an unknown pipeline": (
        400,
        lambda client, name, package: client.upload_pipeline_version(
            package, name, pipeline_id=NOWHERE
        ),
    ),
    "a run in an unknown experiment": (
        404,
        lambda client, name, package: run_of(client, name, package, experiment=NOWHERE),
    ),
    "a run with an unknown parameter": (
        500,
        lambda client, name, package: run_of(client, name, package, {"nothing": "1"}),
    ),
    "a pipeline root where there is none": (
        500,
        lambda client, name, package: run_of(client, name, package, pipeline_root="s3://x"),
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_call_is_refused_with_the_genuine_status_but_for_two(own_client, name, package, what):
    status, call = REFUSED[what]
    with pytest.raises(ApiException) as caught:
        call(own_client, name, package)
    assert caught.value.status == status


# ---- the generated clients below it --------------------------------------------------------------


def test_what_the_generated_clients_ask_for_and_localkfp_lacks_is_named(client):
    url = {"pipeline_url": "http://example.org/x.yaml"}
    version = {"name": "x", "package_url": url}
    calls = {
        "no pipeline by its URL": lambda: client.pipelines.create_pipeline({"url": url}),
        "--fetch-urls": lambda: client.pipelines.create_pipeline_version(version),
    }
    for words, call in calls.items():
        with pytest.raises(ApiException) as caught:
            call()
        assert caught.value.status == 501
        assert words in json.loads(caught.value.body)["error"]
