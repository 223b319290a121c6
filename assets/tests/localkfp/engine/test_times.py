"""When a node began and ended: the dashboard, the API and the retries reckon with it."""

from __future__ import annotations

import pytest
from localkfp.engine import engine
from localkfp.engine.contract import Phase
from tests.support.played import FAILED, USE, at, begin, by_path, passes, play
from tests.support.workflows import dag, pod, task, workflow

LOOP = workflow(dag("main", passes("use", withItems=["a", "b"])), USE)
TRIED_TWICE = workflow(
    dag("main", task("flaky", "flaky")),
    pod("flaky", retryStrategy={"limit": "1", "retryPolicy": "Always"}),
)


@pytest.mark.parametrize(
    ("flow", "fates"),
    [(LOOP, {}), (TRIED_TWICE, {"flaky(0)": FAILED}), (TRIED_TWICE, {"flaky(1)": FAILED})],
    ids=["loop", "retry that succeeds", "retry"],
)
def test_whatever_began_has_ended_and_not_before_it_began(flow, fates):
    run = play(flow, fates, takes=5)
    times = {name: (node.started_at, node.finished_at) for name, node in by_path(run).items()}
    assert {name: moments for name, moments in times.items() if None in moments} == {}
    assert {name: moments for name, moments in times.items() if moments[0] > moments[1]} == {}
    assert times["run"][1] == max(end for _begin, end in times.values())


def test_the_second_attempt_begins_when_the_first_has_ended():
    nodes = by_path(play(TRIED_TWICE, {"flaky(0)": FAILED}, takes=5))
    assert nodes["flaky(1)"].started_at >= nodes["flaky(0)"].finished_at == at(5)


def test_what_is_stopped_ends_when_it_is_stopped_and_the_run_knows_that_it_was():
    run = begin(LOOP)
    for node_id in engine.take_ready(run):
        engine.start_pod(run, node_id, at(1))
    engine.stop(run, "stopped", at(2))
    assert run.stopped is True
    pods = [node for name, node in by_path(run).items() if name.endswith(")")]
    assert {(node.phase, node.finished_at) for node in pods} == {(Phase.FAILED, at(2))}
