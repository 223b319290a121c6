"""localkfp whose pods are containers: many at once, a killed one, and what only an image can do."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections import Counter

import kfp
import localkfp
import pytest
from tests.support import images as made
from tests.support.workflows import dag, pod, task, workflow

pytestmark = pytest.mark.slow


@pytest.fixture
def serving(tmp_path, monkeypatch):
    """The address of a localkfp of its own, whose pods are containers."""
    made.make()
    monkeypatch.setenv("LOCALKFP_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALKFP_PODS", "containers")
    yield localkfp.start()
    localkfp.stop()


def submitted(url, manifest):
    spec = {"workflow_manifest": json.dumps(manifest)}
    run = kfp.Client(host=url).runs.create_run({"name": "run", "pipeline_spec": spec}).run
    return run.id


def step(script):
    made_of = pod(script=script)
    made_of["container"]["image"] = made.BUSYBOX
    made_of["metadata"] = {"annotations": {"pipelines.kubeflow.org/max_cache_staleness": "P0D"}}
    return made_of


def of(home):
    """The containers of a localkfp, those that have ended too."""
    line = ["podman", "ps", "-aq", "--filter", f"label=localkfp={home}"]
    return subprocess.run(line, capture_output=True, text=True).stdout.split()


def test_two_hundred_pods_at_once_all_succeed_and_leave_nothing(serving, tmp_path, until):
    flow = workflow(dag("main", *(task(f"t{n}") for n in range(200))), step("true"))
    run_id = submitted(serving, flow)
    client = kfp.Client(host=serving)
    assert client.wait_for_run_completion(run_id, 600).run.status == "Succeeded"
    nodes = json.loads(client.get_run(run_id).pipeline_runtime.workflow_manifest)["status"]["nodes"]
    phases = Counter(node["phase"] for node in nodes.values() if node["type"] == "Pod")
    assert phases == {"Succeeded": 200}
    until(lambda: not of(tmp_path))


def test_a_server_that_is_killed_in_mid_run_leaves_no_container_to_the_next(
    serving, tmp_path, until
):
    run_id = submitted(serving, workflow(step("sleep 600")))
    until(lambda: of(tmp_path))
    os.kill(json.loads((tmp_path / "server.json").read_text())["pid"], signal.SIGKILL)
    client = kfp.Client(host=localkfp.start())
    until(lambda: not of(tmp_path))
    assert client.get_run(run_id).run.status == "Failed"


# as published pipelines have them: a script and a package of the image, and its shell
PUBLIC = {
    "a script": (
        made.OWN,
        ["python3", "/pipelines/src/main.py", "again"],
        "hello from the package again",
        "this machine has no /pipelines/src/main.py",
    ),
    "a package": (
        made.OWN,
        ["python3", "-c", "import greeting; print(greeting.WORD)"],
        "hello from the package",
        "the Python here has no module greeting",
    ),
    "busybox": (
        made.BUSYBOX,
        ["sh", "-c", "wget --help 2>&1 | head -n 1 | cut -c1-7; set -o pipefail && echo ash"],
        "BusyBox\nash",
        "the sh of this machine isn't that of docker.io/library/busybox:1.36",
    ),
    "no command": (made.OWN, [], "hello from the package by default", "has no command"),
}


@pytest.mark.parametrize("kind", PUBLIC)
def test_what_needs_its_image_fails_with_the_word_for_it_and_succeeds_as_a_container(
    kind, tmp_path, monkeypatch
):
    image, command, wanted, word = PUBLIC[kind]
    made.make()
    monkeypatch.setenv("LOCALKFP_HOME", str(tmp_path))
    flow = workflow(pod())
    flow["spec"]["templates"][0]["container"] = {"image": image, "command": command}
    process, container = (
        localkfp.run(localkfp.load(json.dumps(flow)), pods=way) for way in ("process", "containers")
    )
    (said,) = (node.log or node.message for node in process.nodes if node.type == "Pod")
    assert process.phase != "Succeeded"
    assert word in said
    assert container.phase == "Succeeded"
    (log,) = container.logs.values()
    assert log.split("\n", 1)[1].strip() == wanted
