"""A pipeline function of SDK 2 followed by its syntax tree, as its compiler would call it.

Nothing is executed: the text is a stranger's. What is followed is what a pipeline of two steps may
be written with: names, tuples, a loop over what is known, chains of a task's own methods. Whatever
else stands there is said to be beyond what the check can follow.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from workbook.language import _

# of PipelineTask in kfp 2.17.0, with what each takes; each gives the task back
METHODS: dict[str, tuple[str, ...]] = {
    "set_caching_options": ("enable_caching", "cache_key"),
    "set_display_name": ("name",),
    "set_retry": ("num_retries", "backoff_duration", "backoff_factor", "backoff_max_duration"),
    "set_env_variable": ("name", "value"),
    "set_cpu_limit": ("cpu",),
    "set_cpu_request": ("cpu",),
    "set_memory_limit": ("memory",),
    "set_memory_request": ("memory",),
    "set_accelerator_limit": ("limit",),
    "set_accelerator_type": ("accelerator",),
    "set_gpu_limit": ("gpu",),
    "set_container_image": ("name",),
    "add_node_selector_constraint": ("accelerator",),
    "ignore_upstream_failure": (),
}
AFTER = "after"  # which takes any number of tasks
MOST_TURNS = 100


class Fault(ValueError):
    """What SDK 2 would refuse, or what can't be followed; a sentence."""


@dataclass(frozen=True)
class Parameter:
    name: str


@dataclass(frozen=True)
class Task:
    number: int


@dataclass(frozen=True)
class Outputs:
    task: Task


@dataclass(frozen=True)
class Output:
    task: Task


@dataclass(frozen=True)
class Factory:
    """The component: what is called with inputs gives a task."""


@dataclass
class Called:
    """A call of the component, as it is written, and its inputs."""

    text: str
    inputs: dict[str, Any]


@dataclass
class Following:
    """`names`: what is known by name. `calls`: of the component, in their order."""

    names: dict[str, Any]
    calls: list[Called] = field(default_factory=list)

    def block(self, statements: Sequence[ast.stmt]) -> None:
        """Follow statements. Raises Fault."""
        for statement in statements:
            self._statement(statement)

    def _statement(self, node: ast.stmt) -> None:
        if isinstance(node, ast.Assign):
            value = self.value(node.value)
            for target in node.targets:
                self._bind(target, value)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            self._bind(node.target, self.value(node.value))
        elif isinstance(node, ast.Expr):
            self.value(node.value)
        elif isinstance(node, ast.For) and not node.orelse:
            turns = self.value(node.iter)
            if not isinstance(turns, list) or len(turns) > MOST_TURNS:
                raise Fault(
                    _("{text}: Python's for needs what is known while compiling.").format(
                        text=_first_line(node)
                    )
                )
            for turn in turns:
                self._bind(node.target, turn)
                self.block(node.body)
        elif not isinstance(node, ast.Pass):
            raise _beyond(node)

    def _bind(self, target: ast.expr, value: Any) -> None:
        if isinstance(target, ast.Name):
            self.names[target.id] = value
        elif isinstance(target, ast.Tuple | ast.List) and isinstance(value, list):
            if len(target.elts) != len(value):
                raise _beyond(target)
            for each, one in zip(target.elts, value, strict=True):
                self._bind(each, one)
        else:
            raise _beyond(target)

    def value(self, node: ast.expr) -> Any:
        """What an expression is. Raises Fault."""
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            if node.id not in self.names:
                raise Fault(_("the name {name} is not defined there.").format(name=node.id))
            return self.names[node.id]
        if isinstance(node, ast.Tuple | ast.List):
            return [self.value(each) for each in node.elts]
        if isinstance(node, ast.Dict) and all(node.keys):
            keys = [self.value(key) for key in node.keys if key]
            return dict(zip(keys, map(self.value, node.values), strict=True))
        if isinstance(node, ast.JoinedStr):
            return "".join(self._text(part) for part in node.values)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            left, right = self.value(node.left), self.value(node.right)
            if isinstance(left, str) and isinstance(right, str):
                return left + right
            raise _beyond(node)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            left, right = self.value(node.left), self.value(node.right)
            if isinstance(left, list) and isinstance(right, int) and right <= MOST_TURNS:
                return left * right
            raise _beyond(node)
        if isinstance(node, ast.Attribute):
            return self._attribute(self.value(node.value), node)
        if isinstance(node, ast.Subscript):
            return self._item(self.value(node.value), self.value(node.slice), node)
        if isinstance(node, ast.Call):
            return self._call(node)
        raise _beyond(node)

    def _text(self, part: ast.expr) -> str:
        value = self.value(part.value if isinstance(part, ast.FormattedValue) else part)
        if not isinstance(value, str | int | float):
            raise _beyond(part)
        return str(value)

    def _attribute(self, owner: Any, node: ast.Attribute) -> Any:
        if isinstance(owner, Task) and node.attr == "output":
            return Output(owner)
        if isinstance(owner, Task) and node.attr == "outputs":
            return Outputs(owner)
        if isinstance(owner, Task):
            raise Fault(
                _("{text}: a task of SDK 2 has no {name}.").format(
                    text=ast.unparse(node), name=node.attr
                )
            )
        raise _beyond(node)

    def _item(self, owner: Any, key: Any, node: ast.expr) -> Any:
        if isinstance(owner, Outputs):
            if key == "Output":
                return Output(owner.task)
            raise Fault(
                _("{text}: the output of scale is called Output.").format(text=ast.unparse(node))
            )
        try:
            return owner[key]
        except (TypeError, KeyError, IndexError):
            raise _beyond(node) from None

    def _call(self, node: ast.Call) -> Any:
        if isinstance(node.func, ast.Name) and node.func.id in ("range", "print"):
            return self._builtin(node)
        if isinstance(node.func, ast.Attribute):
            owner = self.value(node.func.value)
            if isinstance(owner, Task) and node.func.attr in (*METHODS, AFTER):
                _refuse_arguments(node, node.func.attr)
                for argument in [*node.args, *(each.value for each in node.keywords)]:
                    self.value(argument)
                return owner
            return self._attribute(owner, node.func)
        if not isinstance(self.value(node.func), Factory):
            raise _beyond(node)
        text = ast.unparse(node)
        if node.args:
            raise Fault(_("{call}: SDK 2 takes keyword arguments only.").format(call=text))
        inputs: dict[str, Any] = {}
        for keyword in node.keywords:
            value = self.value(keyword.value)
            inputs |= {keyword.arg: value} if keyword.arg else dict(value)
        self.calls.append(Called(text, inputs))
        return Task(len(self.calls) - 1)

    def _builtin(self, node: ast.Call) -> Any:
        values = [self.value(each) for each in node.args]
        if isinstance(node.func, ast.Name) and node.func.id == "print":
            return None
        if values and all(isinstance(each, int) for each in values) and len(values) <= 3:
            turns = range(*values)
            return list(turns[: MOST_TURNS + 1])
        raise Fault(
            _("{text}: a placeholder is no number while compiling.").format(text=ast.unparse(node))
        )


def follow(function: ast.FunctionDef, known: Mapping[str, Any]) -> list[Called]:
    """The calls of the component in a pipeline function. `known`: names around it. Raises Fault."""
    parameters = {each.arg: Parameter(each.arg) for each in function.args.args}
    following = Following({**known, **parameters})
    following.block(function.body)
    return following.calls


def _refuse_arguments(node: ast.Call, method: str) -> None:
    """What a method of SDK 1 took and this one doesn't, like the policy of set_retry."""
    if method == AFTER and not node.keywords:
        return
    taken = METHODS.get(method, ())[len(node.args) :]
    wrong = [each.arg for each in node.keywords if each.arg and each.arg not in taken]
    if wrong or len(node.args) > len(METHODS.get(method, ())):
        raise Fault(
            _("{text}: a task of SDK 2 has no {name}.").format(
                text=ast.unparse(node),
                name=f"{method}({', '.join(f'{name}=...' for name in wrong) or '...'})",
            )
        )


def _first_line(node: ast.AST) -> str:
    return ast.unparse(node).partition("\n")[0][:80]


def _beyond(node: ast.AST) -> Fault:
    return Fault(
        _("{text}: the check can't follow that; write it plainly.").format(text=_first_line(node))
    )
