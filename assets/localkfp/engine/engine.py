"""What happens next in a run: a Workflow and the fates of its pods in, node states out.

Pure: no clock (the caller passes the time), no process, no file. The rules are those of Argo's
controller at the version that Kubeflow Pipelines 1.8 pins, v3.3.8: `workflow/controller/dag.go` and
`operator.go`. The caller's loop is

    run = begin(workflow, name, uid, arguments, now)
    while not run.phase.fulfilled:
        for node_id in take_ready(run): ...start the pod of describe_pod(run, node_id)...
        end_pod(run, node_id, outcome, now)      # for whichever pod ends first
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import replace

from localkfp.engine import values
from localkfp.engine.contract import Outcome, Phase, Pod
from localkfp.engine.ending import settle
from localkfp.engine.node import Node, NodeType
from localkfp.engine.retries import seconds_between, time_left
from localkfp.engine.run import Run
from localkfp.engine.starting import execute
from localkfp.workflow.accept import bind, check_run
from localkfp.workflow.model import Template, Workflow, substitute
from localkfp.workflow.scope import DURATION, workflow_scope


def begin(
    workflow: Workflow,
    name: str,
    uid: str,
    arguments: Mapping[str, str],
    now: str,
    done: Mapping[str, Node] | None = None,
    created: str = "",
) -> Run:
    """Start a run: the nodes that need nothing exist afterwards, pods among them as ready.

    `done` maps ids to pod nodes that succeeded when this run (of this name) ran before, `created`
    says when it was made; else it is made now. Raises Refused for what a cluster
    refuses of a run: an argument that the Workflow doesn't know, an entrypoint that isn't there.
    """
    bound = bind(workflow.manifest, arguments)
    check_run(workflow.manifest, bound, name)
    scope = workflow_scope(workflow.manifest, name, uid, bound, created or now)
    run = Run(_called(workflow, scope), name, uid, bound, scope, done or {}, created=created or now)
    workflow = run.workflow
    entry = workflow.templates[workflow.entrypoint]
    where = "the entrypoint"
    root = Node(
        id=name,
        name=name,
        display_name=name,
        type=NodeType.of(entry),
        template=entry.name,
        phase=Phase.PENDING,
        started_at=now,
        **values.inputs(scope, entry, bound, values.workflow_artifacts(workflow, scope), where),
    )
    settle(run, execute(run, root, now), now)
    return run


def _called(workflow: Workflow, scope: Mapping[str, str]) -> Workflow:
    """The Workflow with the names of called templates that are tags (a148_tag_in_template_name)."""

    def filled(template: Template) -> Template:
        tasks = template.tasks or ()
        if not any("{{" in task.template for task in tasks):
            return template
        named = (replace(task, template=substitute(task.template, scope)) for task in tasks)
        return replace(template, tasks=tuple(named))

    templates = {name: filled(template) for name, template in workflow.templates.items()}
    return replace(workflow, templates=templates)


def take_ready(run: Run) -> list[str]:
    """The ids of pods that may start now, in the order of the Workflow; each is given out once.

    No more are given out than the Workflow's parallelism allows at once."""
    limit = run.workflow.parallelism or len(run.ready) + len(run.active_pods)
    taken = []
    while run.ready and len(run.active_pods) < limit:
        taken.append(run.ready.popleft())
        run.active_pods.add(taken[-1])
    return taken


def take_changed(run: Run) -> list[Node]:
    """The nodes that changed since the last call, oldest change first."""
    changed, run.changed = run.changed, {}
    return [run.nodes[node_id] for node_id in changed]


def delay(run: Run, node_id: str) -> float:
    """Seconds to wait before this pod starts: the backoff of a retry."""
    return run.delays.get(node_id, 0)


def describe_pod(run: Run, node_id: str) -> Pod:
    """The program of a pod node that was started, its tags substituted."""
    node = run.nodes[node_id]
    template = run.workflow.templates[node.template]
    group = run.nodes.get(run.groups.get(node_id, ""))
    if not group or not template.retry or group.type is not NodeType.RETRY:
        return values.pod_of(run.scope, node, template, None)
    attempt = group.children.index(node_id)
    found = values.pod_of(run.scope, node, template, attempt)
    first = run.nodes[group.children[0]]
    left = (
        time_left(template.retry, first.started_at or "", node.started_at or "")
        if attempt
        else None
    )
    limits = [limit for limit in (found.deadline, left) if limit is not None]
    return replace(found, deadline=min(limits, default=None))


def start_pod(run: Run, node_id: str, now: str) -> None:
    """The pod's program has been started."""
    run.update(replace(run.nodes[node_id], phase=Phase.RUNNING, started_at=now))


def end_pod(run: Run, node_id: str, outcome: Outcome, now: str) -> None:
    """The pod has ended: settle its node and all that follows from it."""
    node = run.nodes[node_id]
    if node.phase.fulfilled:  # it was ended already, by a deadline of the whole run
        return
    run.active_pods.discard(node_id)
    run.scope[DURATION] = f"{seconds_between(run.created, now):f}"
    ended = replace(
        node,
        phase=outcome.phase,
        message=outcome.message,
        exit_code=outcome.exit_code,
        finished_at=now,
        output_parameters=dict(outcome.parameters),
    )
    if outcome.artifacts:  # what the pod declares is told whether it is there or not
        ended = replace(ended, **values.declared(run.workflow.templates[node.template], outcome))
    run.update(ended)
    settle(run, [ended], now)


def stop(run: Run, message: str, now: str, phase: Phase = Phase.FAILED) -> None:
    """End every node that isn't fulfilled: the run is over, and no exit handler follows."""
    run.stopped = True
    run.ready.clear()
    run.active_pods.clear()
    for node in list(run.nodes.values()):
        if not node.phase.fulfilled:
            run.update(replace(node, phase=phase, message=message, finished_at=now))


def expiring(run: Run, running: bool) -> list[str]:
    """The ids of the pods that a deadline of the Workflow ends: those that wait, or (where somebody
    terminates the run) those that run too. One that runs has a deadline of its own."""
    phases = (Phase.PENDING, Phase.RUNNING) if running else (Phase.PENDING,)
    pods = [node for node in run.nodes.values() if node.type is NodeType.POD]
    return [] if run.root.phase.fulfilled else [n.id for n in pods if n.phase in phases]


def expire(run: Run, message: str, now: str, running: bool = False) -> None:
    """The Workflow's deadline has come, or somebody terminates the run: Kubeflow Pipelines sets its
    deadline to 0 then. Pods fail and aren't tried again, and all that waits for them is omitted.
    The exit handler still runs (the records c05_exit_terminate, d12_timeout_exit).

    Argo: `podReconciliation` and `processNodeRetries` in workflow/controller/operator.go.
    """
    pods = expiring(run, running)
    if not run.root.phase.fulfilled:
        run.expired = message
    for node_id in pods:
        end_pod(run, node_id, Outcome(Phase.FAILED, message), now)
    run.ready = deque(pod_id for pod_id in run.ready if not run.nodes[pod_id].phase.fulfilled)
