"""Whether a task runs, once all that it depends on is fulfilled: `depends`, and the expression that
Argo makes of `dependencies` and `continueOn`.

Argo: `evaluateDependsLogic` in workflow/controller/dag.go, `GetTaskDependencies` in
workflow/common/ancestry.go, v3.3.8. Records a72_depends_bad, d33_continue_on, f_task_*.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from localkfp.engine.contract import Phase
from localkfp.engine.node import Node, NodeType
from localkfp.errors import WorkflowError
from localkfp.expressions.expr import evaluate_bool
from localkfp.expressions.expr_tokens import ExprError
from localkfp.workflow.model import DagTask
from localkfp.workflow.validate.ancestry import NAME

GOES_ON = ("Succeeded", "Skipped", "Daemoned")
RESULTS = {  # of a phase, as `depends` names it
    Phase.SUCCEEDED: "Succeeded",
    Phase.FAILED: "Failed",
    Phase.ERROR: "Errored",
    Phase.SKIPPED: "Skipped",
}


def logic(task: DagTask, continue_on: Mapping[str, Iterable[str]]) -> str:
    """The whole expression. `continue_on`: with which bad phases of a task one goes on, by its
    name; what isn't there, with none."""

    def expanded(name: str) -> str:
        results = [*GOES_ON, *(RESULTS[Phase(phase)] for phase in continue_on.get(name, ()))]
        return f"({' || '.join(f'{name}.{result}' for result in results)})"

    if task.depends:
        return NAME.sub(lambda m: m[0] if m[1] else expanded(m[0]), task.depends)
    return " && ".join(map(expanded, task.dependencies))


def met(expression: str, nodes: Mapping[str, Node], turns: Mapping[str, Iterable[Node]]) -> bool:
    """Whether the expression holds; `nodes`: those of the tasks that it names, `turns`: those of
    their loops. Raises WorkflowError in Argo's words: a task named `contains`, say, which kfp makes
    of `def contains()`, is a word of the language."""
    expression = expression.replace("-", "_")
    names = {
        name.replace("-", "_"): _results(node, [turn.phase for turn in turns.get(name, ())])
        for name, node in nodes.items()
    }
    try:
        return evaluate_bool(expression, names)
    except ExprError as error:
        raise WorkflowError(f"unable to evaluate expression '{expression}': {error}") from None


def _results(node: Node, turns: list[Phase]) -> dict[str, bool]:
    loop = node.type is NodeType.TASK_GROUP
    return {
        **{result: node.phase is phase for phase, result in RESULTS.items()},
        "Daemoned": False,
        "AnySucceeded": loop and Phase.SUCCEEDED in turns,
        "AllFailed": loop and bool(turns) and all(phase is Phase.FAILED for phase in turns),
    }
