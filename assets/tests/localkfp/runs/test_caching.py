"""Execution caching: what makes two executions the same, when the first stands for the second.

The rules are those of backend/src/cache in kubeflow/pipelines: server/mutation.go (the key), and
storage/execution_cache_store.go (the age).
"""

from __future__ import annotations

import json
import urllib.request
import uuid

import localkfp
import pytest
from kfp.components import create_component_from_func
from localkfp.engine import engine
from localkfp.engine.contract import Outcome, Phase, Pod
from localkfp.runs.executions import Executions
from localkfp.store.database import Store
from localkfp.workflow.caching import STALENESS, staleness
from localkfp.workflow.load import load
from tests.support.workflows import compiled, dag, pod, task, workflow, written

# ---- how long ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("P0D", 0),
        ("PT0S", 0),
        ("P1D", 86400),
        ("P30D", 30 * 86400),
        ("P1DT30H4S", 54 * 3600 + 4),
        ("PT0.5S", 0),  # whole seconds
        ("P1W", 7 * 86400),
        ("P1Y", 31556916),
        ("PT1M", 60),
        ("P1M", 2629743),
        # no duration is no limit
        *((text, None) for text in ("", "P", "PT", "P1DT", "1D", "0", "-P1D", "P1.2.3D", "p0d")),
    ],
)
def test_a_staleness_is_a_duration_or_no_limit(text, seconds):
    assert staleness(text) == seconds


# ---- the key -------------------------------------------------------------------------------------


def key(manifest, arguments=None, name="run", made=None):
    """The cache key of the last pod of a Workflow. `made`: the artifacts of the pods before it."""
    run = engine.begin(load(manifest), name, f"uid-{name}", arguments or {}, "2026-01-01T00:00:00Z")
    found = None
    while ready := engine.take_ready(run):
        for node_id in ready:
            found = engine.describe_pod(run, node_id).cache_key
            done = Outcome(Phase.SUCCEEDED, "", 0, {}, made or {})
            engine.end_pod(run, node_id, done, "2026-01-01T00:00:01Z")
    return found


def flow(script="echo {{inputs.parameters.x}}", template="pod", step="a", value="1", **more):
    inputs = {"parameters": [{"name": "x"}]}
    one = pod(template, script, inputs=inputs, **more)
    return workflow(
        dag("main", task(step, template, parameters={"x": value})), one, parameters={"free": "0"}
    )


SAME = flow()
IMAGE = flow()
IMAGE["spec"]["templates"][1]["container"]["image"] = "alpine"
ENVIRONMENT = flow()
ENVIRONMENT["spec"]["templates"][1]["container"]["env"] = [{"name": "A", "value": "1"}]
METADATA = flow(metadata={"labels": {"a": "b"}, "annotations": {"c": "d"}})


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (SAME, True),
        (flow(template="another", step="b"), True),  # names do not count
        (flow(value="{{workflow.parameters.free}}"), False),
        (flow(retryStrategy={"limit": 3}, activeDeadlineSeconds=9), True),
        (METADATA, True),
        (flow("echo  {{inputs.parameters.x}}"), False),
        (flow(value="2"), False),
        (flow(outputs=written(y="/tmp/y")), False),
        (flow(initContainers=[pod(name="before")["container"] | {"name": "b"}]), False),
        (IMAGE, False),
        (ENVIRONMENT, False),
    ],
)
def test_executions_are_the_same_when_program_inputs_and_outputs_are(other, same):
    assert (key(other) == key(SAME)) is same


@pytest.mark.parametrize("tag", ["workflow.uid", "workflow.name", "pod.name"])
def test_a_tag_that_each_run_fills_anew_makes_each_execution_its_own(tag):
    manifest = flow(f"echo {{{{{tag}}}}}")
    assert key(manifest) != key(manifest, name="other")
    assert key(manifest) == key(manifest)


def test_the_name_of_the_pod_in_the_environment_does_not_count():
    manifest = flow()
    field = {"fieldRef": {"fieldPath": "metadata.name"}}
    manifest["spec"]["templates"][1]["container"]["env"] = [{"name": "ME", "valueFrom": field}]
    assert key(manifest) == key(manifest, name="other") != key(SAME)


def test_an_input_file_counts_by_where_it_was_made():
    out = {"artifacts": [{"name": "f", "path": "/tmp/f"}]}
    manifest = workflow(
        dag(
            "main",
            task("make", "make"),
            task("use", "use", ["make"], artifacts={"f": "{{tasks.make.outputs.artifacts.f}}"}),
        ),
        pod("make", outputs=out),
        pod("use", inputs=out),
    )
    keys = {key(manifest, name=name, made={"f": file}) for name, file in ["aX", "bX", "cY"]}
    assert len(keys) == 2


@create_component_from_func
def double(n: int) -> int:
    return 2 * n


def options(step):
    step.set_caching_options(False)


def test_kfps_switch_changes_nothing():
    """As on 1.8.5 (the record d29_cache): the label is no part of the program either."""
    plain = compiled(lambda: double(1))
    switched = compiled(lambda: double(1).set_caching_options(False) and None)
    assert key(plain) == key(switched)


def test_a_workflow_without_kfps_label_is_cached_as_the_api_server_labels_every_template():
    assert key(flow()) is not None


@pytest.mark.parametrize("metadata", [None, [1], {"labels": 1}, {"annotations": ["a"]}])
def test_metadata_that_are_none_are_refused_in_words(metadata):
    if metadata:
        with pytest.raises(localkfp.WorkflowError, match="cannot unmarshal"):
            load(flow(metadata=metadata))
    else:
        assert load(flow(metadata=metadata))


# ---- the store -----------------------------------------------------------------------------------


DONE = Outcome(Phase.SUCCEEDED, "", 0, {"y": "1"}, {"main-logs": "artifacts/run/pod/main.log"})


def program(cache_key="k", max_age=None):
    return Pod("run-1", (), (), {}, {}, cache_key=cache_key, max_age=max_age)


@pytest.fixture
def executions(tmp_path):
    store = Store(tmp_path / "localkfp.sqlite")
    log = tmp_path / DONE.artifacts["main-logs"]
    log.parent.mkdir(parents=True)
    log.write_text("hello\n")
    return Executions(store, tmp_path, "process")


def at(monkeypatch, seconds):
    monkeypatch.setattr("localkfp.runs.executions.timestamp", lambda: 1000 + seconds)


def test_an_execution_is_found_with_its_outputs_and_its_log(executions, tmp_path):
    executions.keep(program(), DONE)
    assert executions.find(program(), tmp_path / "pod") == DONE
    assert executions.find(program("other"), tmp_path / "pod") is None
    assert (tmp_path / "pod" / "main.log").read_text() == (
        '"This step output is taken from cache."\n'
    )


@pytest.mark.parametrize("phase", [Phase.FAILED, Phase.ERROR])
def test_what_did_not_succeed_is_not_kept(executions, tmp_path, phase):
    executions.keep(program(), Outcome(phase, "", 1, DONE.parameters, DONE.artifacts))
    assert executions.find(program(), tmp_path / "pod") is None


def test_an_execution_that_may_not_be_cached_is_neither_kept_nor_found(executions, tmp_path):
    executions.keep(program(None), DONE)
    assert executions.find(program(None), tmp_path / "pod") is None


@pytest.mark.parametrize(
    ("kept", "asked", "age", "found"),
    [
        (None, None, 10**9, True),
        (None, 1, 60, True),  # PT1S took a minute-old one
        (None, 0, 0, False),  # P0D
        (60, None, 0, False),
        (60, 60, 60, True),
        (60, 60, 61, False),
        (60, 3600, 61, True),
        (0, 60, 60, True),
    ],
)
def test_an_execution_qualifies_by_the_limits_of_both_sides(
    executions, tmp_path, monkeypatch, kept, asked, age, found
):
    at(monkeypatch, 0)
    executions.keep(program(max_age=kept), DONE)
    at(monkeypatch, age)
    hit = executions.find(program(max_age=asked), tmp_path / "pod")
    assert (hit is not None) is found


def test_a_hit_whose_files_are_gone_is_no_hit(executions, tmp_path):
    executions.keep(program(), DONE)
    (tmp_path / DONE.artifacts["main-logs"]).unlink()
    assert executions.find(program(), tmp_path / "pod") is None


# ---- runs ----------------------------------------------------------------------------------------


def drawing(**metadata):
    """A Workflow, each a new one: a step draws a word that never comes twice, the next reads it."""
    out = {"artifacts": [{"name": "f", "path": "/tmp/f"}]}
    draw = "import uuid; print(uuid.uuid4())"
    return workflow(
        dag(
            "main",
            task("make", "make"),
            task("use", "use", ["make"], artifacts={"f": "{{tasks.make.outputs.artifacts.f}}"}),
        ),
        pod(
            "make",
            f"echo working; python3 -c '{draw}' > /tmp/f # {uuid.uuid4()}",
            outputs=out,
            metadata=metadata,
        ),
        pod(
            "use",
            f"(cat /tmp/f; python3 -c '{draw}') > /tmp/g; echo working",
            inputs=out,
            outputs=written(g="/tmp/g"),
        ),
    )


def drawn(detail):
    """The words that the two steps of a run ended with."""
    (value,) = pods(detail)["use"]["outputs"]["parameters"]
    return value["value"].split()


def submit(client, manifest, tmp_path, **options):
    package = tmp_path / "p.yaml"
    package.write_text(json.dumps(manifest))
    return client.create_run_from_pipeline_package(str(package), {}, **options).run_id


def pods(detail):
    nodes = json.loads(detail.pipeline_runtime.workflow_manifest)["status"]["nodes"].values()
    return {node["displayName"]: node for node in nodes if node["type"] == "Pod"}


def test_a_second_run_takes_its_steps_from_cache_and_says_so(client, host, tmp_path, ended):
    manifest = drawing()
    first = ended(submit(client, manifest, tmp_path))
    second_id = submit(client, manifest, tmp_path)
    second = ended(second_id)
    assert (first.run.status, second.run.status) == ("Succeeded", "Succeeded")
    assert drawn(first) == drawn(second)
    old, new = pods(first), pods(second)
    for step, node in new.items():
        assert (node["phase"], node["outputs"]) == ("Succeeded", old[step]["outputs"])
        # as the web front end knows a cached step: an artifact's key without the node's id
        assert all(node["id"] not in file["s3"]["key"] for file in node["outputs"]["artifacts"])
        url = f"{host}/apis/v1beta1/runs/{second_id}/nodes/{node['id']}/log"
        with urllib.request.urlopen(url) as answer:
            log = answer.read().decode()
        assert log == '"This step output is taken from cache."\n'


def test_a_run_that_asks_for_no_cache_is_cached_as_on_a_cluster(client, tmp_path, ended):
    manifest = drawing()
    first = drawn(ended(submit(client, manifest, tmp_path)))
    assert drawn(ended(submit(client, manifest, tmp_path, enable_caching=False))) == first


def test_a_deleted_run_does_not_break_the_next_one(client, tmp_path, ended):
    manifest = drawing()
    first = submit(client, manifest, tmp_path)
    ended(first)
    client.runs.delete_run(first)
    assert ended(submit(client, manifest, tmp_path)).run.status == "Succeeded"


def test_without_a_server_every_step_is_run():
    manifest = load(drawing())
    first, second = (localkfp.run(manifest).outputs["use"]["g"].split() for _ in range(2))
    assert not set(first) & set(second)


def test_staleness_is_read_from_the_template():
    caching = load(flow(metadata={"annotations": {STALENESS: "PT1H"}})).templates["pod"].caching
    assert caching is not None
    assert caching.max_age == 3600
