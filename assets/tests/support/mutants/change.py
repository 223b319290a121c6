"""A Python source changed in one place, as people get it wrong: operators, constants, arguments,
dropped lines, swapped names, case, rounding."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass

OPERATORS: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Add,),
    ast.Div: (ast.FloorDiv, ast.Mult),
    ast.FloorDiv: (ast.Mod,),
    ast.Mod: (ast.FloorDiv,),
    ast.Pow: (ast.Mult,),
}
COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
CALLED = {
    "upper": ("lower", "title", "swapcase", "capitalize"),
    "lower": ("upper",),
    "max": ("min",),
    "min": ("max",),
    "mean": ("median",),
    "pstdev": ("stdev", "pvariance"),
    "sorted": ("list",),
    "sum": ("max", "len"),
    "round": ("int",),
    "set_retry": ("set_timeout",),
}
WRAPPED = ("round({}, 2)", "int({})", "{}.strip()", "abs({})")  # around what is returned or written


@dataclass(frozen=True)
class Mutant:
    """`what` was changed, and the source that came of it."""

    what: str
    source: str


def mutants(source: str, lines: range) -> Iterator[Mutant]:
    """Each mutant of what stands in these lines of a source, each once."""
    seen = {ast.unparse(ast.parse(source))}
    for what, text in _changed(ast.parse(source), lines):
        if text not in seen:
            seen.add(text)
            yield Mutant(what, text)


def _changed(tree: ast.Module, lines: range) -> Iterator[tuple[str, str]]:
    """Nodes are found by their number in a walk, which is the same in each copy of the tree."""
    docstrings, around = set(_docstrings(tree)), _statements(tree)
    for number, node in enumerate(ast.walk(tree)):
        if getattr(node, "lineno", None) not in lines or number in docstrings:
            continue
        for what, change in _changes(node, tree):
            made = copy.deepcopy(tree)
            change(list(ast.walk(made))[number])
            text = ast.unparse(ast.fix_missing_locations(made))
            yield f"{what} in `{_told(node)}` of `{_told(around[number])}`", text


def _statements(tree: ast.Module) -> dict[int, ast.AST]:
    """Number of a node -> the statement or call with a context that it stands in, the nearest."""
    nearest = {id(tree): tree}
    numbers: dict[int, ast.AST] = {}
    for number, node in enumerate(ast.walk(tree)):  # parents come first
        own = isinstance(node, ast.stmt | ast.withitem | ast.JoinedStr | ast.Slice)
        found = nearest[id(node)] if not own else node
        numbers[number] = found
        for child in ast.iter_child_nodes(node):
            nearest[id(child)] = found  # type: ignore[assignment]
    return numbers


def _told(node: ast.AST) -> str:
    return " ".join(ast.unparse(node).split())[:200]


Change = Callable[[ast.AST], None]


def _changes(node: ast.AST, tree: ast.Module) -> Iterator[tuple[str, Change]]:
    if isinstance(node, ast.BinOp):
        for operator in OPERATORS.get(type(node.op), ()):
            yield f"operator {operator.__name__}", _set("op", operator())
    elif isinstance(node, ast.Compare):
        for comparison in COMPARISONS.get(type(node.ops[0]), ()):
            yield f"comparison {comparison.__name__}", _set("ops", [comparison()])
    elif isinstance(node, ast.Constant):
        for value in _other_constants(node.value):
            yield f"constant {value!r}", _set("value", value)
    elif isinstance(node, ast.Call):
        if len(node.args) > 1:
            yield "arguments swapped", _swap
        if node.args and not isinstance(node.args[-1], ast.GeneratorExp):
            yield "last argument dropped", lambda made: made.args.pop()  # type: ignore[attr-defined]
        for place in range(len(node.keywords)):
            yield f"{node.keywords[place].arg} dropped", _without_keyword(place)
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        for other in CALLED.get(node.id, ()):
            yield f"name {other}", _set("id", other)
        for other in _others(node, tree):
            yield f"name {other}", _set("id", other)
    elif isinstance(node, ast.Attribute):
        for other in CALLED.get(node.attr, ()):
            yield f"name {other}", _set("attr", other)
    elif isinstance(node, ast.Return) and node.value is not None:
        for wrap in WRAPPED:
            yield f"returned {wrap}", _wrapped("value", wrap)
    elif isinstance(node, ast.Slice):
        if node.lower is None:
            yield "slice from 1", _set("lower", ast.Constant(1))
        if node.upper is not None:
            yield "slice to the end", _set("upper", None)
    elif isinstance(node, ast.FunctionDef | ast.If | ast.For | ast.With | ast.While):
        if len(node.body) > 1:
            for place in range(len(node.body)):
                line = ast.unparse(node.body[place]).partition("\n")[0][:50]
                yield f"dropped `{line}`", _without_line(place)
        elif isinstance(node, ast.If):
            yield "condition always true", _set("test", ast.Constant(value=True))


def _other_constants(value: object) -> Iterator[object]:
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield from (value + 1, value - 1)
    elif isinstance(value, str) and value:
        yield from (value.swapcase(), f"{value}x") if value.strip() else ("x",)


def _others(node: ast.Name, tree: ast.Module) -> list[str]:
    """The parameters of the function around a name that is one, but for itself."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            names = [each.arg for each in function.args.args]
            if node.id in names and any(each is node for each in ast.walk(function)):
                return [name for name in names if name != node.id][:2]
    return []


def _docstrings(tree: ast.Module) -> Iterator[int]:
    first = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and isinstance(node.body[0], ast.Expr)
    }
    return (number for number, node in enumerate(ast.walk(tree)) if id(node) in first)


def _set(name: str, value: object) -> Change:
    return lambda made: setattr(made, name, value)


def _wrapped(name: str, wrap: str) -> Change:
    def change(made: ast.AST) -> None:
        inner = ast.unparse(getattr(made, name))
        setattr(made, name, ast.parse(wrap.format(f"({inner})"), mode="eval").body)

    return change


def _swap(made: ast.AST) -> None:
    assert isinstance(made, ast.Call)
    made.args[0], made.args[1] = made.args[1], made.args[0]


def _without_keyword(place: int) -> Change:
    return lambda made: made.keywords.pop(place)  # type: ignore[attr-defined]


def _without_line(place: int) -> Change:
    return lambda made: made.body.pop(place)  # type: ignore[attr-defined]
