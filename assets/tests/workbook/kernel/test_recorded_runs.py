"""`watch` and `show` on every run that a genuine cluster recorded: failed, pending, cached,
terminated ones, of Argo 3.3.8 and of 4.0.5."""

from __future__ import annotations

import base64
import json
from types import SimpleNamespace

import kfp_server_api
import pytest
import yaml
from kfp_server_api import ApiException
from tests.support.records.book import NEW, OLD, answers, records
from urllib3.exceptions import ConnectTimeoutError
from workbook.kernel import watch as watching
from workbook.kernel.live_run import DoorClosed
from workbook.kernel.show import show
from workbook.kernel.watch import watch

RUNS = [
    pytest.param(version, name, id=f"{version}-{name}")
    for version in (OLD, NEW)
    for name, answer in answers(version).items()
    if answer.get("workflow")
]


class Recorded:
    """What `watch` and `show` use of kfp.Client, answered from a record. KFP leaves apiVersion and
    kind out of the live Workflow; the templates are those of the package."""

    def __init__(self, version: str, name: str) -> None:
        self._answer = answers(version)[name]
        self._templates = _templates(name)
        self.runs = self
        client = kfp_server_api.ApiClient(kfp_server_api.Configuration("http://a-cluster"))
        self._run_api = SimpleNamespace(api_client=client)

    def get_run(self, run_id: str) -> SimpleNamespace:
        workflow = self._answer["workflow"]
        spec = workflow["spec"] | {
            "templates": self._templates or [{"name": workflow["spec"]["entrypoint"]}]
        }
        workflow = workflow | {"spec": spec}
        return SimpleNamespace(
            pipeline_runtime=SimpleNamespace(workflow_manifest=json.dumps(workflow))
        )

    def read_artifact(self, run_id: str, node_id: str, artifact_name: str) -> SimpleNamespace:
        if artifact_name == "main-logs":
            content = self._answer["logs"].get(node_id)
        else:
            content = self._answer["artifacts"].get(f"{node_id}/{artifact_name}")
        if content is None:
            raise ApiException(status=404, reason="Not Found")
        return SimpleNamespace(data=base64.b64encode(str(content).encode()).decode())


def _templates(name: str) -> list:
    try:
        package = yaml.load(records()[name].package, Loader=yaml.CSafeLoader)
        return package["spec"]["templates"]
    except (yaml.YAMLError, TypeError, KeyError, UnicodeDecodeError):
        return []  # a zip


@pytest.mark.parametrize(("version", "name"), RUNS)
def test_a_recorded_run_is_shown_and_drawn(version, name, capsys):
    client = Recorded(version, name)
    workflow = answers(version)[name]["workflow"]
    show(client, "a run")
    watch(client, "a run", timeout=0)
    printed = capsys.readouterr().out
    for node in workflow["status"].get("nodes", {}).values():
        if node["type"] == "Pod":
            assert f"{node['displayName']}: {node.get('phase') or 'not started'}" in printed
    assert "argo=true" not in printed
    assert workflow["status"]["phase"] in printed.splitlines()[-1]


def shown(name, capsys, version=OLD):
    show(Recorded(version, name), "a run")
    return capsys.readouterr().out


def test_a_cached_step_is_said_to_be_one_and_another_is_not(capsys):
    assert "  cached   not run" in shown("d29_cache", capsys)
    assert "  cached" not in shown("b02_no_mkdir_value", capsys)


class Reopening(Recorded):
    """Its door is closed for some calls after the first."""

    closed = 3

    def get_run(self, run_id):
        found = super().get_run(run_id)
        if not hasattr(self, "_seen"):
            self._seen = True
            found.pipeline_runtime.workflow_manifest = ""  # nobody has reported on it yet
        elif self.closed > 0:
            self.closed -= 1
            raise ApiException(status=503) if self.closed % 2 else ConnectTimeoutError()
        return found


def test_watch_goes_on_when_the_door_was_closed_for_a_while(monkeypatch, capsys):
    monkeypatch.setattr(watching, "POLL_SECONDS", 0)
    watch(Reopening(OLD, "d29_cache"), "a run")
    assert capsys.readouterr().out.endswith("The run has ended: Succeeded\n")


def test_watch_says_so_when_the_door_stays_closed(monkeypatch):
    monkeypatch.setattr(watching, "POLL_SECONDS", 0)
    monkeypatch.setattr(watching, "PATIENCE", 0)
    with pytest.raises(DoorClosed, match="does not answer"):
        watch(Reopening(OLD, "d29_cache"), "a run")
