"""localkfp.workflow.pod_object and load: what shows only when a step is made, or tried again."""

from __future__ import annotations

import pytest
from localkfp.workflow.load import load
from localkfp.workflow.pod_object import NO_PATCH
from tests.support.played import FAILED, by_path, play
from tests.support.workflows import dag, pod, task, workflow

LESS = "must be less than or equal to"


def resources(limits, requests):
    template = pod()
    template["container"]["resources"] = {"limits": limits, "requests": requests}
    return template


ERRORS = {
    "a long label (a56)": (
        pod(metadata={"labels": {"a": "v" * 70}}),
        f'Pod "ID" is invalid: metadata.labels: Invalid value: "{"v" * 70}": must be no more than '
        "63 characters",
    ),
    "a patch that is none (a146)": (pod(podSpecPatch="{nope"), NO_PATCH),
    "a patch that is a word": (pod(podSpecPatch="nope"), NO_PATCH),
    "less than is asked for (a47)": (
        resources({"memory": "10Mi"}, {"memory": "20Mi"}),
        'Pod "ID" is invalid: spec.containers[1].resources.requests: Invalid value: "20Mi": '
        f"{LESS} memory limit of 10Mi",
    ),
    "twice less": (
        resources({"memory": "1G", "cpu": "500m"}, {"memory": "1Gi", "cpu": "1"}),
        'Pod "ID" is invalid: [spec.containers[1].resources.requests: Invalid value: "1": '
        f'{LESS} cpu limit of 500m, spec.containers[1].resources.requests: Invalid value: "1Gi": '
        f"{LESS} memory limit of 1G]",
    ),
}


@pytest.mark.parametrize(("template", "words"), ERRORS.values(), ids=ERRORS)
def test_a_step_whose_pod_is_refused_ends_in_error(template, words):
    run = play(workflow(dag("main", task("a"), task("b", after=["a"])), template))
    node = by_path(run)["a"]
    assert node.message == f"task 'run.a' errored: {words.replace('ID', node.id)}"
    assert (run.phase, by_path(run)["b"].phase, node.type) == ("Error", "Omitted", "Pod")


@pytest.mark.parametrize(
    "template",
    [
        pod(podSpecPatch='{"containers": []}'),
        pod(podSpecPatch="{{workflow.name}}"),
        resources({"memory": "1Gi"}, {"memory": "1Gi"}),
        pod(metadata={"labels": {"a": "{{workflow.name}}"}}),
    ],
)
def test_a_pod_that_can_be_made_has_no_error(template):
    assert load(workflow(template)).templates["pod"].pod_error == ""


RETRIES = {
    "a limit (a131)": ({"limit": "abc"}, "value 'abc' cannot be resolved to an int"),
    "a duration (a132)": (
        {"limit": 1, "backoff": {"duration": "soon"}},
        'unable to parse soon as a duration: time: invalid duration "soon"',
    ),
    "no duration": (
        {"limit": 1, "backoff": {"factor": 2}},
        "no base duration specified for retryStrategy",
    ),
}


@pytest.mark.parametrize(("strategy", "words"), RETRIES.values(), ids=RETRIES)
def test_a_retry_strategy_that_is_none_shows_when_a_step_has_failed(strategy, words):
    flow = workflow(dag("main", task("a")), pod(retryStrategy=strategy))
    run = play(flow, {"a(0)": FAILED})
    assert by_path(run)["a"].message == f"task 'run.a' errored: {words}"
    assert run.phase == "Error"
    assert play(flow).phase == "Succeeded"


def test_only_the_targets_of_a_dag_and_what_they_wait_for_run():
    """Record a137_dag_target."""
    main = dag("main", task("a"), task("b", after=["a"]), task("c"))
    main["dag"]["target"] = "b"
    assert sorted(by_path(play(workflow(main, pod())))) == ["a", "b", "run"]


def test_the_template_of_a_task_may_be_a_parameter():
    """Record a148_tag_in_template_name."""
    flow = workflow(
        dag("main", task("a", "{{workflow.parameters.t}}")), pod(), parameters={"t": "pod"}
    )
    assert by_path(play(flow))["a"].template == "pod"
