"""Every subcommand of kfp 1.8.24 against a live localkfp.

A subcommand that a test here doesn't name makes `test_nothing_is_left_out...` fail.
"""

from __future__ import annotations

import json
import shutil
import sys

import click
import pytest
from kfp.cli import cli
from kfp_server_api import ApiException


@pytest.fixture
def kfp_(host, monkeypatch, capsys):
    """Runs the command line `kfp words`; its exit code and what it writes."""

    def call(*words, answer=""):
        line = ["kfp", "--endpoint", host, "--output", "json", *words]
        monkeypatch.setattr(sys, "argv", line)
        monkeypatch.setattr("click.termui.visible_prompt_func", lambda *_: answer)
        with pytest.raises(SystemExit) as ended:
            cli.main()
        written = capsys.readouterr()
        return ended.value.code or 0, written.out + written.err

    return call


def right(kfp_, *words, **more):
    code, text = kfp_(*words, **more)
    assert code == 0, text
    return text


def told(kfp_, *words):
    """The JSON that a command writes after its other lines."""
    lines = right(kfp_, *words).splitlines()
    first = next(n for n, text in enumerate(lines) if text[:1] in "[{")
    return json.loads("\n".join(lines[first:]))


def pipeline_of(kfp_, name, package):
    return told(kfp_, "pipeline", "upload", "-p", name, package)["Pipeline Details"]["Pipeline ID"]


def experiment_of(kfp_, name):
    return told(kfp_, "experiment", "create", name)["ID"]


def run_of(kfp_, name, package):
    words = ("-e", name, "-r", name, "-f", package, "value_1=5", "value_2=3")
    (run,) = told(kfp_, "run", "submit", *words)
    return run["run id"]


def cli_run_list(kfp_, client, name, package):
    run = run_of(kfp_, name, package)
    experiment = client.get_experiment(experiment_name=name).id
    assert [r["run id"] for r in told(kfp_, "run", "list", "-e", experiment)] == [run]


def cli_run_submit(kfp_, client, name, package):
    assert client.get_run(run_of(kfp_, name, package)).run.name == name


def cli_run_get(kfp_, client, name, package):
    run = run_of(kfp_, name, package)
    (shown,) = told(kfp_, "run", "get", run)
    assert (shown["run id"], shown["name"]) == (run, name)
    assert f"'id': '{run}'" in right(kfp_, "run", "get", "-d", run)


def cli_pipeline_upload(kfp_, client, name, package):
    assert client.get_pipeline_id(name) is None
    assert client.get_pipeline_id(name) != pipeline_of(kfp_, name, package)


def cli_pipeline_upload_version(kfp_, client, name, package):
    pipeline = pipeline_of(kfp_, name, package)
    told(kfp_, "pipeline", "upload-version", "-p", pipeline, "-v", "v2", package)
    assert client.get_pipeline(pipeline).default_version.name == "v2"


def cli_pipeline_list(kfp_, client, name, package):
    pipeline_of(kfp_, name, package)
    assert name in [pipeline["Name"] for pipeline in told(kfp_, "pipeline", "list")]


def cli_pipeline_list_versions(kfp_, client, name, package):
    """A bug of kfp 1.8.24: it asks nobody, and dies of an argument that its client doesn't take."""
    code, text = kfp_("pipeline", "list-versions", pipeline_of(kfp_, name, package))
    assert code == 1
    assert "unexpected keyword argument 'filter'" in text


def cli_pipeline_delete_version(kfp_, client, name, package):
    pipeline = pipeline_of(kfp_, name, package)
    version = client.upload_pipeline_version(package, "v2", pipeline_id=pipeline)
    right(kfp_, "pipeline", "delete-version", version.id)
    assert [v.id for v in client.list_pipeline_versions(pipeline).versions] == [pipeline]


def cli_pipeline_get(kfp_, client, name, package):
    pipeline = pipeline_of(kfp_, name, package)
    shown = told(kfp_, "pipeline", "get", pipeline)["Pipeline Details"]
    assert (shown["Pipeline ID"], shown["Name"]) == (pipeline, name)


def cli_pipeline_delete(kfp_, client, name, package):
    right(kfp_, "pipeline", "delete", pipeline_of(kfp_, name, package))
    assert client.get_pipeline_id(name) is None


def cli_experiment_create(kfp_, client, name, package):
    assert client.get_experiment(experiment_of(kfp_, name)).name == name


def cli_experiment_list(kfp_, client, name, package):
    experiment_of(kfp_, name)
    assert name in [experiment["Name"] for experiment in told(kfp_, "experiment", "list")]


def cli_experiment_get(kfp_, client, name, package):
    experiment = experiment_of(kfp_, name)
    assert told(kfp_, "experiment", "get", experiment)["Name"] == name


def cli_experiment_delete(kfp_, client, name, package):
    experiment = experiment_of(kfp_, name)
    right(kfp_, "experiment", "delete", experiment, answer="y")
    with pytest.raises(ApiException, match="not found"):
        client.get_experiment(experiment)


def cli_experiment_archive(kfp_, client, name, package):
    experiment = experiment_of(kfp_, name)
    right(kfp_, "experiment", "archive", "--experiment-id", experiment)
    assert client.get_experiment(experiment).storage_state == "STORAGESTATE_ARCHIVED"


def job_of(kfp_, name, package):
    """The id of a recurring run that has its first run in a day."""
    words = ("--experiment-name", name, "--job-name", name, "--interval-second", "86400")
    more = ("--max-concurrency", "1", "--pipeline-package-path", package)
    return told(kfp_, "recurring-run", "create", *words, *more, "value_1=1", "value_2=2")[
        "Recurring Run ID"
    ]


def cli_recurring_run_create(kfp_, client, name, package):
    assert client.get_recurring_run(job_of(kfp_, name, package)).name == name


def cli_recurring_run_list(kfp_, client, name, package):
    job = job_of(kfp_, name, package)
    experiment = client.get_experiment(experiment_name=name).id
    listed = right(kfp_, "recurring-run", "list", "--experiment-id", experiment)
    assert job in listed


def cli_recurring_run_get(kfp_, client, name, package):
    assert name in right(kfp_, "recurring-run", "get", job_of(kfp_, name, package))


def cli_recurring_run_delete(kfp_, client, name, package):
    job = job_of(kfp_, name, package)
    right(kfp_, "recurring-run", "delete", job)
    with pytest.raises(ApiException, match="not found"):
        client.get_recurring_run(job)


COMMANDS = {
    ("run", "list"): cli_run_list,
    ("run", "submit"): cli_run_submit,
    ("run", "get"): cli_run_get,
    ("pipeline", "upload"): cli_pipeline_upload,
    ("pipeline", "upload-version"): cli_pipeline_upload_version,
    ("pipeline", "list"): cli_pipeline_list,
    ("pipeline", "list-versions"): cli_pipeline_list_versions,
    ("pipeline", "delete-version"): cli_pipeline_delete_version,
    ("pipeline", "get"): cli_pipeline_get,
    ("pipeline", "delete"): cli_pipeline_delete,
    ("experiment", "create"): cli_experiment_create,
    ("experiment", "list"): cli_experiment_list,
    ("experiment", "get"): cli_experiment_get,
    ("experiment", "delete"): cli_experiment_delete,
    ("experiment", "archive"): cli_experiment_archive,
    ("recurring-run", "create"): cli_recurring_run_create,
    ("recurring-run", "list"): cli_recurring_run_list,
    ("recurring-run", "get"): cli_recurring_run_get,
    ("recurring-run", "delete"): cli_recurring_run_delete,
}
# They ask no server: diagnose_me wants gcloud and kubectl, the group without a name wants Docker.
NEED_A_CLUSTER = {("diagnose_me",), ("",)}


def commands(group, words=()):
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*words, name))
        else:
            yield (*words, name)


def test_nothing_is_left_out_of_the_command(kfp_):
    assert kfp_("--help")[0] == 0  # main() is what adds the groups
    assert set(commands(cli.cli)) == {*COMMANDS, *NEED_A_CLUSTER}


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_subcommand_does_what_it_says(kfp_, client, name, package, words):
    COMMANDS[words](kfp_, client, name, package)


@pytest.mark.skipif(shutil.which("argo") is not None, reason="here the command argo exists")
def test_watching_a_run_needs_the_command_argo_and_says_so(kfp_, name, package):
    code, text = kfp_("run", "get", "-w", run_of(kfp_, name, package))
    assert code == 1
    assert "argo" in text


@pytest.mark.skipif(shutil.which("gcloud") is not None, reason="here the command gcloud exists")
def test_diagnosing_needs_the_commands_of_a_cloud_and_says_so(kfp_):
    code, text = kfp_("diagnose_me")
    assert code != 0
    assert "gcloud" in text
