"""Recurring runs by the unmodified kfp.Client and its command, over the socket."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from pathlib import Path

import kfp_server_api
import pytest
from tests.support.workflows import pod, workflow

SUM = {"value_1": "5", "value_2": "3"}
KFP = Path(sys.executable).parent / "kfp"


@pytest.fixture
def experiment(client):
    return client.create_experiment(f"recurring {uuid.uuid4()}")


@pytest.fixture
def made(client, experiment, package):
    """Makes a recurring run of the add example, which is gone at the end."""
    names = []

    def create(**more):
        options = {"pipeline_package_path": package, "params": SUM, **more}
        job = client.create_recurring_run(experiment.id, f"job {uuid.uuid4()}", **options)
        names.append(job.id)
        return job

    yield create
    for job_id in names:
        client.delete_job(job_id)


def runs_of(client, job_id):
    found = client.runs.list_runs(
        resource_reference_key_type="JOB", resource_reference_key_id=job_id
    )
    return found.runs or []


def test_a_recurring_run_fires_until_it_is_disabled(client, made, ended, until):
    job = made(interval_second=1, params={"value_1": "7", "value_2": "3"}, max_concurrency=1)
    assert (job.enabled, job.status, job.max_concurrency) == (True, "NO_STATUS", "1")
    runs = until(lambda: runs_of(client, job.id)[:2] if len(runs_of(client, job.id)) > 1 else None)
    client.disable_job(job.id)
    detail = ended(runs[0].id)
    assert detail.run.status == "Succeeded"
    assert detail.run.scheduled_at.year > 1970
    manifest = json.loads(detail.pipeline_runtime.workflow_manifest)
    assert {"name": "value_1", "value": "7"} in manifest["spec"]["arguments"]["parameters"]
    until(lambda: client.get_recurring_run(job.id).status == "Disabled")
    assert client.get_recurring_run(job.id).enabled is None


def test_what_was_asked_for_is_what_is_told(client, made, experiment):
    job = made(
        cron_expression="0 0 0 1 1 *", start_time="2030-01-01T00:00:00Z", description="once a year",
        end_time="2031-01-01T09:00:00+09:00", no_catchup=True, enabled=False, max_concurrency=3,
    )  # fmt: skip
    found = client.get_recurring_run(job.id)
    assert found.description == "once a year"
    schedule = found.trigger.cron_schedule
    assert schedule.cron == "0 0 0 1 1 *"
    assert schedule.end_time.isoformat() == "2031-01-01T00:00:00+00:00"
    assert (found.enabled, found.no_catchup, found.max_concurrency) == (None, True, "3")
    listed = client.list_recurring_runs(experiment_id=experiment.id, sort_by="name")
    assert [(each.id, each.name) for each in listed.jobs] == [(job.id, job.name)]
    assert found.service_account == "pipeline-runner"
    owners = [(r.key.type, r.relationship) for r in found.resource_references]
    assert owners == [("EXPERIMENT", "OWNER")]


def test_of_an_uploaded_pipeline_it_names_the_version(client, made, package):
    pipeline = client.upload_pipeline(package, f"pipeline {uuid.uuid4()}")
    job = made(
        pipeline_package_path=None, pipeline_id=pipeline.id, interval_second=86400, enabled=False
    )
    spec = client.get_recurring_run(job.id).pipeline_spec
    assert (spec.pipeline_id, spec.pipeline_name) == (pipeline.id, pipeline.name)
    kinds = [(r.key.type, r.relationship) for r in job.resource_references]
    assert ("PIPELINE_VERSION", "CREATOR") in kinds
    of_version = client.jobs.list_jobs(
        resource_reference_key_type="PIPELINE_VERSION",
        resource_reference_key_id=pipeline.default_version.id,
    )
    assert [each.id for each in of_version.jobs] == [job.id]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"cron_expression": "hello"}, "Expected 5 to 6 fields, found 1: hello"),
        ({"cron_expression": "61 0 0 1 1 *"}, "End of range (61) above maximum (59): 61"),
        ({"interval_second": -1}, "Found invalid period schedule interval -1"),
        ({"interval_second": 1, "max_concurrency": 11}, "Support 1-10. Received 11."),
        ({"interval_second": 1, "params": {"nobody": "1"}}, "Unrecognized input parameter: nobody"),
        ({"cron_expression": "@daily", "start_time": "soon"}, "no time of RFC 3339: 'soon'"),
    ],
)
def test_what_can_not_be_is_refused_in_words(made, wrong, words):
    with pytest.raises(kfp_server_api.ApiException) as refused:
        made(**wrong)
    assert refused.value.status == 400
    assert words in json.loads(refused.value.body)["error"]


@pytest.mark.parametrize("name", [None, ""])
def test_a_job_may_be_without_a_name_as_there_and_a_run_may_not(client, name):
    spec = {"workflow_manifest": json.dumps(workflow(pod()))}
    body = {"name": name, "pipeline_spec": spec, "max_concurrency": "1", "trigger": {}}
    job = client.jobs.create_job({key: value for key, value in body.items() if value is not None})
    try:
        assert job.name is None
        with pytest.raises(kfp_server_api.ApiException, match="The run name is empty"):
            client.runs.create_run({"pipeline_spec": spec})
    finally:
        client.delete_job(job.id)


@pytest.mark.parametrize("verb", ["get_job", "delete_job", "enable_job", "disable_job"])
def test_an_unknown_job_is_not_found(client, verb):
    with pytest.raises(kfp_server_api.ApiException) as refused:
        getattr(client.jobs, verb)(str(uuid.uuid4()))
    assert refused.value.status == 404


def test_the_kfp_command_makes_lists_and_removes_one(host, client, experiment, package):
    def kfp(*words):
        command = [KFP, "--endpoint", host, "--output", "json", "recurring-run", *words]
        return subprocess.run(
            command, capture_output=True, text=True, check=True, timeout=60
        ).stdout

    name = f"by command {uuid.uuid4()}"
    kfp(
        "create", "--experiment-id", experiment.id, "--job-name", name, "--pipeline-package-path",
        package, "--cron-expression", "0 0 0 1 1 *", "--max-concurrency", "1",
        "value_1=5", "value_2=3",
    )  # fmt: skip
    job = client.list_recurring_runs(experiment_id=experiment.id).jobs[0]
    assert job.name == name
    assert name in kfp("get", job.id)
    assert name in kfp("list", "--experiment-id", experiment.id)
    kfp("delete", job.id)
    assert not client.list_recurring_runs(experiment_id=experiment.id).jobs
