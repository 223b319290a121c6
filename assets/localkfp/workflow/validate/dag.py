"""A template that is a DAG.

Argo: `validateDAG`, `validateDAGTargets`, `validateDAGTaskArgumentDependency` and `validateNonLeaf`
in workflow/validate/validate.go. Records a05, a06, a10, a12, a20, a21, a70 to a73, a84, a87, a93,
a124, a126, a137.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from localkfp.workflow.reading import gojson
from localkfp.workflow.validate import tags
from localkfp.workflow.validate.ancestry import (
    Ancestry,
    Task,
    check_results,
    in_order,
    waits_for,
)
from localkfp.workflow.validate.arguments import ANYTHING, arguments, check_arguments
from localkfp.workflow.validate.context import Context, Known, within
from localkfp.workflow.validate.invalid import Invalid
from localkfp.workflow.validate.names import check_names, is_tag
from localkfp.workflow.validate.outputs import items_scope, outputs_scope

Template = Mapping[str, Any]


def check_no_leaf(template: Template) -> None:
    if template.get("activeDeadlineSeconds") is not None:
        where = f"templates.{template.get('name', '')}"
        raise Invalid(f"{where}.activeDeadlineSeconds is only valid for leaf templates")


def check_dag(template: Template, scope: set[str], context: Context) -> None:
    """Adds to the scope what the tasks give."""
    check_no_leaf(template)
    where = f"templates.{template.get('name', '')}"
    dag = template["dag"]
    if not dag.get("tasks"):
        raise Invalid(f"{where} must have at least one task")
    with within(f"{where} sorting failed: "):
        tasks = in_order(dag["tasks"])
    check_names(tasks, f"{where}.tasks", of_values=False)
    with_depends = any(task.get("depends") for task in tasks)
    called = {}
    for task in tasks:
        called[task["name"]] = _check_call(task, tasks, with_depends, where, context)
        scope |= _outputs(task, called, context)
        with within(f"{where}.tasks.{task['name']} "):
            check_results(task)
            _check_items(task)
    target = dag.get("target", "")
    with within(f"{where}.targets "):
        tags.resolve(target, Known((scope, context.everywhere)))
    _check_targets(target, {task["name"] for task in tasks}, where)
    ancestry = Ancestry(tasks)
    for task in tasks:
        _check_task(task, f"{where}.tasks.{task['name']}", ancestry, scope, context)


def _check_call(
    task: Task, tasks: list[Task], with_depends: bool, where: str, context: Context
) -> Template:
    """The template that a task calls, checked as if it were given everything."""
    name, dependencies = task["name"], task.get("dependencies")
    if (with_depends or dependencies) and name[0].isdigit():
        raise Invalid(
            f"{where}.tasks.{name} name cannot begin with a digit when using either 'depends' or "
            "'dependencies'"
        )
    if with_depends and dependencies:
        raise Invalid(
            f"{where} cannot use both 'depends' and 'dependencies' in the same DAG template"
        )
    if (task.get("when") or "").startswith("{{="):
        raise Invalid(
            f"{where} when doesn't support 'expr' expression '{{{{='. 'When' expression is only "
            "support govaluate format {{"
        )
    with within(f"{where}.tasks.{name} "):
        return context.check_call(task, ANYTHING)


def _check_items(task: Task) -> None:
    loops = task.get("withItems") or task.get("withParam") or task.get("withSequence")
    for name, of_items in waits_for(task).items():
        if of_items and not loops:
            raise Invalid(
                f"dependency '{name}' uses an items-based condition such as .AnySucceeded or "
                ".AllFailed but does not contain any items"
            )


def _check_targets(target: str, names: Collection[str], where: str) -> None:
    for name in target.split(" ") if target else ():
        if not is_tag(name) and name not in names:
            raise Invalid(f"{where}.targets: target '{name}' is not defined")


def _check_task(
    task: Task, place: str, ancestry: Ancestry, scope: set[str], context: Context
) -> None:
    name = task["name"]
    if task.get("hooks") is not None:
        scope.add(f"tasks.{name}.status")
    inline = (task.get("inline") or {}).get("inputs", {}).get("parameters", ())
    own = {f"inputs.parameters.{parameter['name']}" for parameter in inline}

    def behind(other: str) -> bool:
        return ancestry.waits(name, other)

    with within(f"{place} "):
        own |= items_scope(task)
        known = Known((scope, own, context.everywhere), behind)
        tags.resolve(gojson.marshal(task, "DAGTask"), known)
    given = task.get("arguments", {})
    check_arguments(f"{place}.arguments.", given, values_may_lack=False)
    with within(f"{place} "):
        _check_sources(given, behind)
        context.check_call(task, arguments(given))


def _outputs(task: Task, called: Mapping[str, Template], context: Context) -> set[str]:
    aggregate = bool(task.get("withItems") or task.get("withParam"))
    found = outputs_scope(called[task["name"]], f"tasks.{task['name']}", aggregate)
    context.add_global(found)
    return found


def _check_sources(given: Mapping[str, Any], behind: Callable[[str], bool]) -> None:
    """What a task takes from another, it must wait for."""
    for kind, what, values in (
        ("parameter", "value", given.get("parameters", ())),
        ("artifact", "from", given.get("artifacts", ())),
    ):
        for entry in values:
            value = entry.get(what)
            if value is None and kind == "parameter":
                raise Invalid(f"missing value for parameter '{entry['name']}'")
            if value and value.startswith("{{tasks."):
                source = value.split(".")[1]
                if not behind(source):
                    raise Invalid(f"missing dependency '{source}' for {kind} '{entry['name']}'")
