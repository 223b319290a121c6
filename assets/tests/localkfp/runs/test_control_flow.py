"""localkfp.run: conditions, loops, retries, exit handlers and deadlines with real processes."""

from __future__ import annotations

import localkfp
import pytest
from kfp import dsl
from kfp.components import create_component_from_func
from tests.support.workflows import dag, pod, task, workflow, written
from workbook.kernel.answers import compile_pipeline


@pytest.fixture(autouse=True)
def home(state, monkeypatch):
    monkeypatch.setenv("LOCALKFP_HOME", str(state))


def run(flow, arguments=None):
    """How a run ended, and its nodes: display name -> (type, phase, message)."""
    manifest = compile_pipeline(flow) if callable(flow) else flow
    result = localkfp.run(localkfp.load(manifest), arguments)
    nodes = result.manifest["status"]["nodes"].values()
    return result, {n["displayName"]: (n["type"], n["phase"], n.get("message", "")) for n in nodes}


@create_component_from_func
def double(n: int) -> int:
    return 2 * n


@create_component_from_func
def words(n: int) -> list:
    return ["가", "b c", '"d"'][:n]


@create_component_from_func
def shout(text: str):
    print(text.upper() + "!")


def test_a_condition_runs_what_is_in_it_or_skips_it():
    def pipeline(n: int):
        twice = double(n)
        with dsl.Condition(twice.output > 5):
            shout("more")
        with dsl.Condition(twice.output <= 5):
            shout("less")

    result, nodes = run(pipeline, {"n": 3})
    assert result.phase == "Succeeded"
    assert nodes["condition-2"] == ("Skipped", "Skipped", "when '6 <= 5' evaluated false")
    assert "MORE!" in result.logs["shout"]
    assert "shout-2" not in result.logs


def test_a_loop_runs_once_for_each_item():
    def pipeline(n: int):
        with dsl.ParallelFor(words(n).output) as item:
            shout(item)

    changes = []
    localkfp.run(localkfp.load(compile_pipeline(pipeline)), {"n": 3}, changed=changes.append)
    pods = {n.id: n for n in changes if n.type == "Pod" and n.display_name == "shout"}
    assert {n.phase.value for n in pods.values()} == {"Succeeded"}
    given = [text for n in pods.values() for text in n.input_parameters.values()]
    assert sorted(given) == sorted([r"\uac00", "b c", r"\"d\""])  # as json.dumps wrote them


def test_a_retry_ends_with_the_attempt_that_succeeds():
    script = "test {{retries}} = 1 || exit 3; echo attempt {{retries}} > /tmp/out"
    flaky = pod("flaky", script, outputs=written(out="/tmp/out"), retryStrategy={"limit": 2})
    tell = pod("tell", "echo {{inputs.parameters.x}}", inputs={"parameters": [{"name": "x"}]})
    tag = "{{tasks.a.outputs.parameters.out}}"
    tasks = [task("a", "flaky"), task("b", "tell", after=["a"], parameters={"x": tag})]
    result, nodes = run(workflow(dag("main", *tasks), flaky, tell))
    assert nodes["a(0)"] == ("Pod", "Failed", "Error (exit code 3)")
    assert nodes["a(1)"] == ("Pod", "Succeeded", "")
    assert nodes["a"] == ("Retry", "Succeeded", "")
    assert (result.phase, "attempt 1" in result.logs["b"]) == ("Succeeded", True)


@pytest.mark.parametrize(("script", "phase"), [("true", "Succeeded"), ("exit 3", "Failed")])
def test_an_exit_handler_runs_last_and_knows_how_it_was(script, phase):
    bye = pod("bye", "echo it has {{workflow.status}}")
    result, _nodes = run(workflow(dag("main", task("a")), pod(script=script), bye, onExit="bye"))
    (log,) = (log for name, log in result.logs.items() if name.endswith(".onExit"))
    assert (result.phase, f"it has {phase}" in log) == (phase, True)


def test_a_step_that_takes_too_long_fails():
    slow = pod("slow", "sleep 9999", activeDeadlineSeconds=1)
    _result, nodes = run(
        workflow(dag("main", task("a", "slow"), task("b", after=["a"])), slow, pod())
    )
    message = "Pod was active on the node longer than the specified deadline"
    assert nodes["a"] == ("Pod", "Failed", message)
    assert nodes["b"][1] == "Omitted"


def test_a_run_that_takes_too_long_fails_and_its_exit_handler_runs():
    tasks = [task("a", "slow"), task("b", after=["a"])]
    spec = {"onExit": "pod", "activeDeadlineSeconds": 1}
    result, nodes = run(workflow(dag("main", *tasks), pod("slow", "sleep 9999"), pod(), **spec))
    assert result.phase == "Failed"
    assert nodes["a"] == (
        "Pod",
        "Failed",
        "Pod was active on the node longer than the specified deadline",
    )
    assert nodes["b"][1] == "Omitted"
    assert [node for name, node in nodes.items() if name.endswith(".onExit")] == [
        ("Pod", "Succeeded", "")
    ]
