"""Requests by KFP's own swagger, made by Schemathesis with ids of what there is: none is answered
with a 500 of a kind that the genuine server hasn't, and what comes back has the model's shape."""

from __future__ import annotations

import json
import re
from pathlib import Path

import kfp
import localkfp
import pytest
import yaml
from tests.support.client import SUM
from tests.support.genuine.replay import record
from tests.support.genuine.swagger import document

hypothesis = pytest.importorskip("hypothesis")
schemathesis = pytest.importorskip("schemathesis")

pytestmark = pytest.mark.slow
MODEST = hypothesis.settings(
    max_examples=60,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(hypothesis.HealthCheck),
)
ODD = ("no such id", "Ünï/한글", "'; --")
LAST = ("delete",)  # what the others ask for


@pytest.fixture(scope="module")
def served(tmp_path_factory, package, until):
    """The address of a server with one of everything, and what may be asked for."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("LOCALKFP_HOME", str(tmp_path_factory.mktemp("swagger")))
        client = kfp.Client(host=localkfp.start())
        try:
            yield client._existing_config.host, _made(client, package, until)
        finally:
            localkfp.stop()


def _made(client, package, until):
    experiment = client.create_experiment("one")
    pipeline = client.upload_pipeline(package, "one")
    version = client.upload_pipeline_version(package, "two", pipeline_id=pipeline.id)
    job = client.create_recurring_run(
        experiment.id, "one", cron_expression="0 0 0 1 1 *", version_id=version.id
    )
    run = client.run_pipeline(experiment.id, "one", params=SUM, version_id=version.id)
    until(lambda: client.get_run(run.id).run.status == "Succeeded")
    live = json.loads(client.get_run(run.id).pipeline_runtime.workflow_manifest)
    node = next(n["id"] for n in live["status"]["nodes"].values() if n["type"] == "Pod")
    text = Path(package).read_text()
    made = {
        "experiments": experiment.id,
        "pipelines": pipeline.id,
        "pipeline_versions": version.id,
        "jobs": job.id,
        "runs": run.id,
    }
    everything = [*made.values(), *ODD]
    return {
        **{name: [identity, *ODD] for name, identity in made.items()},
        "default_version": [version.id, *ODD],
        "nodes": [node, "none"],
        "artifacts": ["main-logs", "none"],
        "id": everything,
        "resource_reference_key.id": everything,
        "resource_key.id": everything,
        "pipeline_id": [pipeline.id, *ODD],
        "pipelineid": [pipeline.id, *ODD],
        "max_concurrency": ["1", "10", "11", ""],
        "interval_second": ["3600", "0", "x"],
        "cron": ["0 0 0 1 1 *", "@every 1h", "* *"],
        "workflow_manifest": [json.dumps(yaml.safe_load(text)), "", "{}"],
        "uploadfile": [text, "a: [1", ""],
    }


def _kind(path, body):
    """A server's error by what was asked and how it begins: names and values aside."""
    error = json.loads(body)
    words = error.get("error") or error.get("error_message", "")
    return re.split(r"[/:?]", path.removeprefix("/apis/v1beta1/"))[0], words.partition(":")[0]


def _genuine():
    answered = [(step["path"], step["answer"]) for step in record()[1] if "answer" in step]
    return {_kind(path, a["body"]) for path, a in answered if a.get("status", 0) >= 500}


def _operations():
    found = [(path, verb) for path, verbs in document({})["paths"].items() for verb in verbs]
    return sorted(found, key=lambda operation: operation[1] in LAST)


@pytest.mark.parametrize(("path", "verb"), _operations())
def test_no_request_is_answered_with_a_500_that_the_genuine_server_has_not(served, path, verb):
    host, choices = served
    asked, told = (
        schemathesis.openapi.from_dict(document(given))[path][verb.upper()]
        for given in (choices, {})
    )
    genuine, statuses = _genuine(), set()

    @MODEST
    @hypothesis.given(asked.as_strategy())
    def ask(case):
        answer = case.call(base_url=host)
        statuses.add(answer.status_code)
        if verb == "post" and path.rsplit("/")[-1] in (
            "runs",
            "jobs",
            "pipelines",
            "upload",
            "upload_version",
            "pipeline_versions",
        ):
            print("SAID", path, answer.status_code, answer.text[:120])
        if answer.status_code >= 500 and answer.status_code != 501:  # what is refused by name
            assert _kind(path, answer.text) in genuine, answer.text
        if answer.status_code == 200:
            told.validate_response(answer)

    ask()
    assert 200 in statuses or verb != "get" or "{" not in path, (
        "nothing that there is was asked for"
    )
