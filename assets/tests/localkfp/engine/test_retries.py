"""Retries and deadlines. Every case names its source, see played.py."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from kfp import dsl
from localkfp.engine import engine
from localkfp.engine.argo_status import node_status
from localkfp.engine.contract import Outcome, Phase
from localkfp.workflow.load import load
from tests.support.played import (
    ERROR,
    FAILED,
    MAKE,
    OUT,
    USE,
    Case,
    at,
    begin,
    by_path,
    lines,
    number,
    outcome,
    passes,
    play,
    table,
    truth,
    use,
    word,
)
from tests.support.workflows import dag, pod, task, workflow

# ---- retries -------------------------------------------------------------------------------------


def retried(**strategy):
    return workflow(dag("main", task("a", "make")), MAKE | {"retryStrategy": strategy})


def retried_by_kfp():
    use("x").set_retry(2)
    use("y").set_retry(1, "Always")


def retried_dag(**strategy):
    return workflow(
        dag("main", task("d", "inner"), task("b", after=["d"])),
        dag("inner", task("a")) | {"retryStrategy": strategy},
        pod(),
    )


CASES = {
    # the record c19_retry_dag
    "a DAG is tried again as a whole": Case(
        retried_dag(limit=1),
        """
        run    DAG     Failed
        d      Retry   Failed    No more retries left
        d(0)   DAG     Failed
        d(0).a Pod     Failed    Error (exit code 1)
        d(1)   DAG     Failed
        d(1).a Pod     Failed    Error (exit code 1)
        b      Skipped Omitted   omitted: depends condition not met
        """,
        {"a": FAILED},
    ),
    "a DAG ends with its first success": Case(
        retried_dag(limit=3),
        """
        run    DAG     Succeeded
        d      Retry   Succeeded
        d(0)   DAG     Failed
        d(0).a Pod     Failed    Error (exit code 1)
        d(1)   DAG     Succeeded
        d(1).a Pod     Succeeded
        b      Pod     Succeeded
        """,
        {"a": [FAILED, "x"]},
    ),
    # the record c17_retry_expression
    "an expression decides whether there is another attempt": Case(
        retried(limit=5, expression="asInt(lastRetry.exitCode) < 2 and asInt(retries) < 1"),
        """
        run  DAG   Failed
        a    Retry Failed retryStrategy.expression evaluated to false
        a(0) Pod   Failed Error (exit code 1)
        a(1) Pod   Failed Error (exit code 1)
        """,
        {"a(0)": FAILED, "a(1)": FAILED},
    ),
    "an expression that is none is an error": Case(
        retried(limit=5, expression="lastRetry.nope.no"),
        """
        run  DAG   Error
        a    Retry Error task 'run.a' errored: unable to evaluate expression 'lastRetry.nope.no': \
 cannot fetch no from nil
        a(0) Pod   Failed Error (exit code 1)
        """,
        {"a(0)": FAILED},
    ),
    # operator.go, executeTemplate and processNodeRetries
    "a retry ends with its first success": Case(
        retried(limit=2),
        """
        run  DAG   Succeeded
        a    Retry Succeeded
        a(0) Pod   Failed     Error (exit code 1)
        a(1) Pod   Succeeded
        """,
        {"a(0)": FAILED},
    ),
    "a retry ends with its limit": Case(
        retried_by_kfp,
        """
        run      DAG   Failed
        use      Retry Failed     No more retries left
        use(0)   Pod   Failed     Error (exit code 1)
        use(1)   Pod   Failed     Error (exit code 1)
        use(2)   Pod   Failed     Error (exit code 1)
        use-2    Retry Succeeded
        use-2(0) Pod   Error      pod deleted
        use-2(1) Pod   Succeeded
        """,
        {"use(0)": FAILED, "use(1)": FAILED, "use(2)": FAILED, "use-2(0)": ERROR},
    ),
    "a limit of no retries is one attempt": Case(
        retried(limit=0),
        """
        run  DAG   Failed
        a    Retry Failed     No more retries left
        a(0) Pod   Failed     Error (exit code 1)
        """,
        {"a(0)": FAILED},
    ),
    # dag.go, assessDAGPhase: failed attempts of a retry that succeeded don't count
    "what follows a retry hangs below its last attempt": Case(
        workflow(
            dag("main", task("a", "make"), passes("b", after=["a"], value=OUT % "a")),
            MAKE | {"retryStrategy": {"limit": "1"}},
            USE,
        ),
        """
        run  DAG   Succeeded
        a    Retry Succeeded
        a(0) Pod   Failed     Error (exit code 1)
        a(1) Pod   Succeeded
        b    Pod   Succeeded
        """,
        {"a(0)": FAILED},
    ),
}

# operator.go, processNodeRetries: what each policy tries again
POLICIES = [
    (None, FAILED, True),
    (None, ERROR, False),
    ("OnFailure", FAILED, True),
    ("OnFailure", ERROR, False),
    ("OnError", FAILED, False),
    ("OnError", ERROR, True),
    ("Always", FAILED, True),
    ("Always", ERROR, True),
    ("OnTransientError", FAILED, False),
    ("OnTransientError", ERROR, False),
]


@pytest.mark.parametrize(("policy", "fate", "again"), POLICIES)
def test_a_policy_says_what_is_tried_again(policy, fate, again):
    strategy = {"limit": 1} | ({"retryPolicy": policy} if policy else {})
    run = play(retried(**strategy), {"a(0)": fate, "a(1)": fate})
    node = by_path(run)["a"]
    assert len(node.children) == 1 + again
    assert (run.phase, node.phase) == (fate.phase, fate.phase)
    assert node.message == ("No more retries left" if again else fate.message)


def test_the_backoff_of_a_dag_delays_what_begins_with_it():
    run = play(retried_dag(limit=1, backoff={"duration": "30s"}), {"a": FAILED})
    nodes = by_path(run)
    assert engine.delay(run, nodes["d(0).a"].id) == 0
    assert engine.delay(run, nodes["d(1).a"].id) == 30


def delays(run):
    attempts = by_path(run)["a"].children
    return [engine.delay(run, node_id) for node_id in attempts]


def backoff(limit=None, policy="Always", **more):
    strategy = {"retryPolicy": policy, "backoff": {"duration": "2s", "factor": 2, **more}}
    return retried(**strategy, **({} if limit is None else {"limit": limit}))


@pytest.mark.parametrize(
    ("flow", "takes", "waits", "message"),
    [
        # operator.go, processNodeRetries: duration * factor ^ retry
        (backoff(3), 0, [0, 2, 4, 8], "No more retries left"),
        (backoff(2, factor=None), 0, [0, 2, 2], "No more retries left"),
        (retried(limit=2), 0, [0, 0, 0], "No more retries left"),
        # 10 s after the first attempt's start: 2 + 4 are within, 8 more aren't
        (backoff(maxDuration="10s"), 0, [0, 2, 4], "Backoff would exceed max duration limit"),
        (backoff(maxDuration="10s"), 11, [0], "Max duration limit exceeded"),
        # the duration is asked about before the policy and the limit
        (backoff(0, maxDuration="1s"), 0, [0], "Backoff would exceed max duration limit"),
        (backoff(9, "OnError", maxDuration="1s"), 2, [0], "Max duration limit exceeded"),
    ],
)
def test_attempts_wait_longer_and_longer(flow, takes, waits, message):
    run = play(flow, {f"a({n})": FAILED for n in range(9)}, takes=takes)
    assert delays(run) == waits
    assert by_path(run)["a"].message == message


def test_a_later_attempt_has_what_is_left_of_the_longest_duration():
    # operator.go, processNodeRetries: opts.executionDeadline, not for the first attempt
    run = begin(backoff(maxDuration="10s"))
    for seconds, deadline in ((0, None), (5, 5), (9, 1)):
        (node_id,) = engine.take_ready(run)
        engine.start_pod(run, node_id, at(seconds))
        assert engine.describe_pod(run, node_id).deadline == deadline
        engine.end_pod(run, node_id, FAILED, at(seconds))
    assert by_path(run)["a"].message == "Backoff would exceed max duration limit"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), (5, 5), ("1h30m", 5400), ("1m30.5s", 90.5), ("250ms", 0.25), ("0", 0)],
)
def test_a_duration_is_read_as_go_reads_it(text, seconds):
    # operator.go, parseStringToDuration: strconv.Atoi, then time.ParseDuration
    flow = load(retried(backoff={"duration": text}))
    assert flow.templates["make"].retry.wait == seconds


@pytest.mark.parametrize(
    ("duration", "words"),
    [
        ("1d", 'unknown unit "d" in duration "1d"'),
        ("1.5", 'missing unit in duration "1.5"'),
        ("30m1", 'missing unit in duration "30m1"'),
        ("h", 'invalid duration "h"'),
        ("1 h", 'unknown unit " h" in duration "1 h"'),
    ],
)
def test_what_go_does_not_read_as_a_duration_is_an_error_of_the_step(duration, words):
    found = retry_of(backoff={"duration": duration})
    assert found.error == f"unable to parse {duration} as a duration: time: {words}"


def test_a_backoff_without_a_duration_is_an_error_of_the_step():
    assert retry_of(backoff={"factor": 2}).error == "no base duration specified for retryStrategy"


def retry_of(**strategy):
    return load(workflow(pod(retryStrategy={"limit": 1, **strategy}))).templates["pod"].retry


def test_a_retry_has_the_outputs_of_its_last_attempt():
    last = Outcome(Phase.FAILED, "Error (exit code 1)", 1, {"out": "partly"}, {"log": "key"})
    node = by_path(play(retried(limit=1), {"a(0)": FAILED, "a(1)": last}))["a"]
    assert (node.output_parameters, node.output_artifacts[0].key) == ({"out": "partly"}, "key")


def test_an_attempt_knows_its_number_and_its_name():
    # operator.go, executeTemplate: {{retries}} and {{pod.name}} for each attempt
    flow = workflow(pod("make", "echo {{retries}} {{pod.name}}", retryStrategy={"limit": 1}))
    run, told = begin(flow), []
    for fate in (FAILED, "x"):
        (node_id,) = engine.take_ready(run)
        told.append((engine.describe_pod(run, node_id).containers[0].command[-1], f"{node_id}"))
        engine.end_pod(run, node_id, outcome(fate, run, run.nodes[node_id]), at(1))
    assert [text for text, _ in told] == [f"echo {n} {told[n][1]}" for n in range(2)]
    assert run.phase is Phase.SUCCEEDED


def test_a_retry_gives_the_nodes_that_a_cluster_gave():
    recorded = json.loads((Path(__file__).parents[2] / "data" / "retry.json").read_text())
    flow = {key: recorded[key] for key in ("apiVersion", "kind", "metadata", "spec")}
    run = play(flow, name=recorded["metadata"]["name"])
    other = {"startedAt", "finishedAt", "outputs"}  # times, and the logs' place in the store
    assert {
        node.id: {key: value for key, value in node_status(node).items() if key not in other}
        for node in run.nodes.values()
    } == {
        node_id: {key: value for key, value in node.items() if key not in other}
        for node_id, node in recorded["status"]["nodes"].items()
    }


def test_retries_mean_nothing_in_a_pod_that_is_not_retried():
    # validate.go: {{retries}} resolves only below a retryStrategy
    run = begin(workflow(pod("make", "echo {{retries}}")))
    assert engine.describe_pod(run, "run").containers[0].command[-1] == "echo {{retries}}"


# ---- deadlines -----------------------------------------------------------------------------------


def test_the_deadline_of_a_task_is_in_its_pod():
    def pipeline():
        use("x").set_timeout(7)
        use("y")

    run = begin(pipeline)
    assert [engine.describe_pod(run, n).deadline for n in engine.take_ready(run)] == [7, None]


def limited(n: int = 1):
    with dsl.ExitHandler(use("{{workflow.status}}")):
        first = word()
        with dsl.ParallelFor([1, 2]) as item:
            use(item)
        number().after(first)
        truth().set_retry(5)
    dsl.get_pipeline_conf().set_timeout(60)


def test_the_deadline_of_a_run_ends_its_pods_and_lets_the_exit_handler_run():
    # operator.go, applyExecutionControl: open pods fail with these words, the exit handler's don't;
    # processNodeRetries: no retry follows
    run = begin(limited)
    assert run.workflow.deadline == 60
    first, *_ = engine.take_ready(run)
    engine.end_pod(run, first, FAILED, at(1))
    engine.expire(run, "Step exceeded its deadline", at(60))
    assert run.phase is Phase.RUNNING
    (handler,) = engine.take_ready(run)
    assert engine.describe_pod(run, handler).containers[0].args == ("--x", "Failed")
    engine.end_pod(run, handler, Outcome(Phase.SUCCEEDED), at(61))
    assert run.phase is Phase.FAILED
    assert by_path(run)["run"].finished_at == at(60)
    assert table(run) == lines(
        """
        run                                DAG       Failed
        exit-handler-1                     DAG       Failed
        exit-handler-1.for-loop-3          TaskGroup Failed
        exit-handler-1.for-loop-3(0:1)     DAG       Failed
        exit-handler-1.for-loop-3(0:1).use-2 Pod     Failed  Error (exit code 1)
        exit-handler-1.for-loop-3(1:2)     DAG       Failed
        exit-handler-1.for-loop-3(1:2).use-2 Pod     Failed  Step exceeded its deadline
        exit-handler-1.truth Retry Failed \
            retry exceeded workflow deadline 2026-01-02 03:05:05 +0000 UTC
        exit-handler-1.truth(0)            Pod       Failed  Step exceeded its deadline
        exit-handler-1.word                Pod       Failed  Step exceeded its deadline
        exit-handler-1.number              Skipped   Omitted omitted: depends condition not met
        onExit                             Pod       Succeeded
        """
    )


def test_a_deadline_ends_what_parallelism_held_back_too():
    run = begin(workflow(dag("main", *map(task, "abc")) | {"parallelism": 1}, pod()))
    engine.expire(run, "late", at(9))
    assert engine.take_ready(run) == []
    assert table(run) == [
        "a Pod Failed late",
        "b Pod Failed late",
        "c Pod Failed late",
        "run DAG Failed",
    ]


def test_a_pod_that_ends_after_the_deadline_changes_nothing():
    run = begin(workflow(dag("main", task("a")), pod()))
    (node_id,) = engine.take_ready(run)
    engine.expire(run, "late", at(9))
    engine.end_pod(run, node_id, Outcome(Phase.SUCCEEDED), at(10))
    assert table(run) == ["a Pod Failed late", "run DAG Failed"]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_nodes_are_those_of_argo(case):
    assert table(play(case.flow, case.fates)) == lines(case.expected)
