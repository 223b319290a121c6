"""Nodes end, and set others free: a loop, a retry, dependents, their DAG, the exit handler."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import replace

from localkfp.engine import values
from localkfp.engine.contract import Phase
from localkfp.engine.dag_end import end_dag
from localkfp.engine.node import Node, NodeType, node_id
from localkfp.engine.retries import after_attempt, later
from localkfp.engine.run import Run
from localkfp.engine.starting import begin_attempt, execute, refuse, release, start_task
from localkfp.errors import WorkflowError
from localkfp.expressions.expr_tokens import ExprError
from localkfp.workflow.model import substitute
from localkfp.workflow.reading.gojson import dump


def settle(run: Run, fulfilled: Iterable[Node], now: str) -> None:
    """Follow what each fulfilled node sets free: a loop, a retry, its dependents, its DAG."""
    queue = deque(fulfilled)
    while queue:
        node = queue.popleft()
        group = run.nodes[run.groups[node.id]] if node.id in run.groups else None
        if group and group.type is NodeType.RETRY:
            queue += _end_attempt(run, group, node, now)
            continue
        if node.boundary is None:
            queue += _begin_exit(run, node, now)
            continue
        dag = run.dags[node.boundary]
        dag.active.discard(node.id)
        if group:
            queue += _end_turn(run, group, now)
        else:
            for task in dag.dependents[node.display_name]:
                dag.waiting[task.name] -= 1
                if not dag.waiting[task.name]:
                    queue += start_task(run, node.boundary, task, now)
            dag.open_tasks -= 1
        queue += release(run, node.boundary, now)
        if not dag.open_tasks and not run.nodes[node.boundary].phase.fulfilled:
            queue.append(end_dag(run, node.boundary, now))


def _end_turn(run: Run, group: Node, now: str) -> list[Node]:
    """A loop ends with its last turn; its phase is that of the last turn that went wrong."""
    run.open_turns[group.id] -= 1
    if run.open_turns[group.id]:
        return []
    ended = [run.nodes[turn] for turn in group.children]
    bad = [turn.phase for turn in ended if turn.phase.bad]
    outbound = tuple(out for turn in ended for out in turn.outbound)
    phase = bad[-1] if bad else Phase.SUCCEEDED
    run.update(replace(group, phase=phase, finished_at=now, outbound=outbound))
    return [run.nodes[group.id]]


def _end_attempt(run: Run, retry: Node, last: Node, now: str) -> list[Node]:
    """Try again, or end the Retry node with the last attempt's phase and outputs.

    Argo: `processNodeRetries` in workflow/controller/operator.go.
    """
    rule = run.workflow.templates[retry.template].retry
    assert rule is not None
    started = run.nodes[retry.children[0]].started_at or now
    if rule.error and last.phase.bad:
        refused = refuse(run, retry, f"task '{retry.name}' errored: {rule.error}", now)
        run.update(refused := replace(refused, outbound=(last.id,)))
        return [refused]
    if run.expired and last.phase.bad:
        deadline = later(run.created, run.workflow.deadline or 0)
        verdict: float | str = f"retry exceeded workflow deadline {deadline}"
    else:
        scope = run.scope | {f"inputs.parameters.{n}": v for n, v in retry.input_parameters.items()}
        rule = replace(rule, expression=substitute(rule.expression, scope))
        try:
            verdict = after_attempt(rule, last, len(retry.children), started, now)
        except ExprError as error:
            return [refuse(run, retry, f"task '{retry.name}' errored: {error}", now)]
    if isinstance(verdict, float):
        return begin_attempt(run, retry.id, now, verdict)
    retry = replace(
        retry,
        phase=last.phase,
        message=verdict,
        outbound=(last.id,),
        finished_at=now,
        output_parameters=last.output_parameters,
        output_artifacts=last.output_artifacts,
        value_from=last.value_from,
        exit_code=last.exit_code,
    )
    run.update(retry)
    return [retry]


def _begin_exit(run: Run, node: Node, now: str) -> list[Node]:
    """The root has ended: the template of `onExit` runs, and knows how it was."""
    if not run.workflow.on_exit or node.id != run.name or run.stopped:
        return []
    failures = [
        {
            "displayName": bad.display_name,
            "message": bad.message,
            "templateName": bad.template,
            "phase": bad.phase.value,
            "podName": bad.id,
            "finishedAt": bad.finished_at,
        }
        for bad in run.nodes.values()
        if bad.phase.bad
    ]
    # Quoted once more, as Argo quotes it: `operate` in workflow/controller/operator.go.
    run.scope |= {
        "workflow.status": node.phase.value,
        "workflow.failures": dump(dump(failures or None)),
    }
    template = run.workflow.templates[run.workflow.on_exit]
    name = f"{run.name}.onExit"
    handler = Node(
        id=node_id(run.name, name),
        name=name,
        display_name=name,
        type=NodeType.of(template),
        template=template.name,
        phase=Phase.PENDING,
        started_at=now,
    )
    try:
        files = values.workflow_artifacts(run.workflow, run.scope)
        given = values.inputs(run.scope, template, run.arguments, files, "the exit handler")
    except WorkflowError as error:
        return [refuse(run, handler, str(error), now)]
    return execute(run, replace(handler, **given), now)
