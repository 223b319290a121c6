"""The facts that a compiled Workflow states, as frozen dataclasses; `workflow.py` reads them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from localkfp.expressions.expr import evaluate
from localkfp.expressions.expr_functions import surroundings
from localkfp.expressions.expr_tokens import ExprError
from localkfp.expressions.expr_values import printed

MAX_NODES = 10_000
TOO_MANY = f"localkfp stops a run after {MAX_NODES:,} nodes"
TAG = re.compile(r"\{\{\s*([^{}\s]+)\s*\}\}")
EXPRESSION = re.compile(r"\{\{=(.*?)\}\}", re.DOTALL)
EITHER = re.compile(
    rf"{{{{=(?P<expression>.*?)}}}}|{TAG.pattern.replace('(', '(?P<tag>', 1)}", re.DOTALL
)
LATER = ("retries", "workflow.status", "workflow.failures")  # None has no meaning for these


@dataclass(frozen=True)
class Parameter:
    """An input, an output or an argument by value. `path`: the file that an output is read from;
    `default`: its value where there is none."""

    name: str
    value: str | None = None
    path: str | None = None
    default: str | None = None


@dataclass(frozen=True)
class Artifact:
    """An input, an output or an argument by file. `source`: the tag that an argument comes from.
    `optional`: it's well that it isn't there. `archive`: how it is packed, as the Workflow says."""

    name: str
    path: str | None = None
    source: str | None = None
    raw: str | None = None
    optional: bool = False
    archive: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Mount:
    """A volume of the pod at a path of a container. `inside`: the folder of it that is meant."""

    volume: str
    path: str
    inside: str = ""
    read_only: bool = False


@dataclass(frozen=True)
class Container:
    """`command` is empty where the image's own program is asked for; `limits`: quantities by
    `memory` and `cpu`; `user`: a number, and maybe its group's; the image's where it is empty."""

    image: str
    command: tuple[str, ...]
    args: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    name: str = "main"
    working_dir: str = ""
    mounts: tuple[Mount, ...] = ()
    user: str = ""
    not_root: bool = False
    limits: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Retry:
    """`limit`: retries after the first attempt; None is without end. Times are in seconds."""

    limit: int | None = None
    policy: str = "OnFailure"
    wait: float = 0
    factor: float = 1
    max_duration: float | None = None
    expression: str = ""  # must hold for another attempt
    error: str = ""  # what is wrong with its fields, which shows when they are needed


@dataclass(frozen=True)
class Caching:
    """How an execution may stand for later ones. `program`: what is run, as JSON text with its
    tags; `max_age` in seconds, None is for ever."""

    program: str
    max_age: float | None = None


@dataclass(frozen=True)
class DagTask:
    """`with_items` is a list of JSON values, `with_param` the text that must become one; `sources`
    are the tasks that the tags of this one name. `depends`: the expression that must hold for it to
    run, where the Workflow gives one; `continue_on`: the phases with which what depends on it runs.
    """

    name: str
    template: str
    dependencies: tuple[str, ...] = ()
    depends: str = ""
    continue_on: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    artifacts: tuple[Artifact, ...] = ()
    when: str | None = None
    with_items: tuple[Any, ...] | None = None
    with_param: str | None = None
    sources: frozenset[str] = field(default=frozenset(), compare=False)

    @property
    def loops(self) -> bool:
        return self.with_items is not None or self.with_param is not None


@dataclass(frozen=True)
class Template:
    """A DAG (`tasks`) or a pod (`container`): exactly one of the two is set.

    `deadline` is in seconds; `parallelism` bounds how many tasks of the DAG are active at once;
    where `fail_fast` is not, the phase of the DAG is that of its last branch that went wrong.
    `caching` is None where every execution must be a real one. `pod_error`: why no pod can be made
    of it; `{pod}` stands for the pod's name.
    """

    name: str
    input_parameters: tuple[Parameter, ...] = ()
    input_artifacts: tuple[Artifact, ...] = ()
    output_parameters: tuple[Parameter, ...] = ()
    output_artifacts: tuple[Artifact, ...] = ()
    container: Container | None = None
    init_containers: tuple[Container, ...] = ()
    sidecars: tuple[Container, ...] = ()
    tasks: tuple[DagTask, ...] | None = None
    retry: Retry | None = None
    deadline: float | None = None
    parallelism: int | None = None
    fail_fast: bool = True
    caching: Caching | None = None
    pod_error: str = ""


@dataclass(frozen=True)
class Workflow:
    """`manifest` is the whole Workflow as it was read, a JSON value; the rest is what runs.

    `on_exit` names the template that runs last, however the run ended; `parallelism` bounds the
    pods at once; `deadline` is in seconds. kfp writes `artifacts`, raw texts with tags, for a
    pipeline's parameter that a component takes as a file.
    """

    generate_name: str
    entrypoint: str
    templates: Mapping[str, Template]
    parameters: tuple[Parameter, ...]
    manifest: Mapping[str, Any]
    on_exit: str | None = None
    parallelism: int | None = None
    deadline: float | None = None
    artifacts: tuple[Artifact, ...] = ()


def substitute(text: str, scope: Mapping[str, str]) -> str:
    """Replace each `{{tag}}` that `scope` has, and each `{{=expression}}` that has a value; Argo
    leaves others as they stand (records a13, a15, a16)."""
    if "{{" not in text:
        return text
    if "{{=" not in text:
        return TAG.sub(lambda match: scope.get(match.group(1), match.group(0)), text)
    names = surroundings(scope)

    def each(match: re.Match[str]) -> str:
        if match["expression"] is None:
            return scope.get(match["tag"], match[0])
        found = _value(match["expression"], scope, names)
        return match[0] if found is None else printed(found)

    return EITHER.sub(each, text)


def _value(expression: str, scope: Mapping[str, str], names: Mapping[str, Any]) -> Any:
    """Argo: `expressionReplace` in util/template/expression_template.go, v3.3.8."""
    if any(word not in scope and re.search(rf"\b{word}\b", expression) for word in LATER):
        return None
    try:
        return evaluate(expression, names)
    except ExprError:
        return None
