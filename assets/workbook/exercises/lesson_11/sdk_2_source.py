"""Whether a text is the pipeline `scale twice` of lesson 11 in SDK 2, by its syntax tree.

No kfp 2 is at hand where this is judged, so nothing is compiled: what is looked at is what a
translation from kfp 1.8 has to change (decorators, image, hints, keywords) and to keep (who gives
what to whom). What `scale` gives is another question, which is answered by running it.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from workbook.exercises.lesson_11.followed import (
    Called,
    Factory,
    Fault,
    Following,
    Output,
    Parameter,
    Task,
    follow,
)
from workbook.language import _

Function = ast.FunctionDef
DEFAULTS = {"value": "5", "factor": "3"}
MODULES = {"kfp", "kfp.dsl", "kfp.compiler", "kfp.local", "kfp.components", "kfp.client", "kfp.v2"}
OPTIONS = {  # of the decorators in kfp 2.17.0
    "component": {
        *("base_image", "target_image", "packages_to_install", "pip_index_urls"),
        *("output_component_file", "install_kfp_package", "kfp_package_path"),
        *("pip_trusted_hosts", "use_venv", "additional_funcs"),
    },
    "pipeline": {"name", "description", "pipeline_root", "display_name", "pipeline_config"},
}


def faults(text: str) -> list[str]:
    """What keeps the text from being a translation, a sentence each, in the order to mend them."""
    try:
        tree = ast.parse(text, "new_source")
    except (SyntaxError, ValueError) as error:
        return [_("the text is not Python: {error}").format(error=error)]
    return list(_in_order(tree))


def program(text: str) -> str:
    """The function `scale` of a text without faults, as a program: value, factor and the file for
    the result are its arguments."""
    functions = [node for node in ast.parse(text).body if isinstance(node, Function)]
    (scale,) = (node for node in functions if node.name == "scale")
    scale.decorator_list = []
    return f"""{ast.unparse(scale)}

import os, sys
value, factor, path = sys.argv[1:]
os.makedirs(os.path.dirname(path), exist_ok=True)
open(path, "w").write(str(scale(int(value), int(factor))))
"""


def _in_order(tree: ast.Module) -> Iterator[str]:
    imported, called = _imported(tree), [_name(call.func) for call in _calls(tree)]
    if "create_component_from_func" in [*imported, *called]:
        yield _("create_component_from_func is still in it; SDK 2 has no such name.")
    if {"InputPath", "OutputPath"}.intersection(_imported(tree, "kfp.components")):
        yield _("kfp.components of SDK 2 has no InputPath and no OutputPath; scale needs none.")
    functions = {node.name: node for node in tree.body if isinstance(node, Function)}
    components = {name: f for name, f in functions.items() if _decorator(f, "component")}
    pipelines = {name: f for name, f in functions.items() if _decorator(f, "pipeline")}
    if set(components) != {"scale"}:
        yield _("decorated with dsl.component: {given}; it should be the function scale.").format(
            given=", ".join(components) or _("nothing")
        )
    elif set(pipelines) != {"scale_twice"}:
        yield _(
            "decorated with dsl.pipeline: {given}; it should be the function scale_twice."
        ).format(given=", ".join(pipelines) or _("nothing"))
    else:
        component, pipeline = components["scale"], pipelines["scale_twice"]
        yield from _faults_of_the_imports(tree, [component, pipeline])
        yield from _faults_of_the_component(component, _constants(tree))
        yield from _faults_of_the_pipeline(pipeline, _constants(tree))


def _faults_of_the_imports(tree: ast.Module, functions: list[Function]) -> Iterator[str]:
    for function in functions:
        for decorator in function.decorator_list:
            root = ast.unparse(decorator).partition("(")[0].partition(".")[0]
            if not {root, "*"}.intersection(_imported(tree)):
                yield _("{name} is used and not imported: from kfp import dsl.").format(name=root)
            if isinstance(decorator, ast.Call):
                yield from _faults_of_the_options(decorator)
    yield from _undefined(tree)
    for module in _modules(tree):
        if module.partition(".")[0] == "kfp" and module not in MODULES:
            yield _("SDK 2 has no module {name}: from kfp import dsl.").format(name=module)


def _undefined(tree: ast.Module) -> Iterator[str]:
    """The names that a line outside of the functions uses, and that nothing before it binds."""
    known = {*dir(builtins), "__name__", "__file__", *_imported(tree)}
    for node in tree.body:
        if isinstance(node, Function):
            known.add(node.name)
            continue
        names = [each for each in ast.walk(node) if isinstance(each, ast.Name)]
        known |= {each.id for each in names if isinstance(each.ctx, ast.Store)}
        for each in names:
            if each.id not in known and "*" not in known:
                yield _("the name {name} is not defined there.").format(name=each.id)


def _faults_of_the_options(decorator: ast.Call) -> Iterator[str]:
    known = OPTIONS.get(_name(decorator.func), set())
    for option in decorator.keywords:
        if option.arg not in known:
            yield _("{decorator} of SDK 2 takes no {option}.").format(
                decorator=ast.unparse(decorator.func), option=option.arg
            )
    if decorator.args:
        yield _("{call}: SDK 2 takes keyword arguments only.").format(call=ast.unparse(decorator))


def _modules(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def _faults_of_the_component(component: Function, constants: Mapping[str, Any]) -> Iterator[str]:
    decorator = _decorator(component, "component")
    options = decorator.keywords if isinstance(decorator, ast.Call) else []
    given = [option.value for option in options if option.arg == "base_image"]
    image = None
    with contextlib.suppress(Fault):
        image = Following({**constants}).value(given[0]) if given else None
    if image != "python:3.11":
        yield _("the old file names the image python:3.11; give dsl.component that base_image.")
    yield from _faults_of_the_hints(component, ["value", "factor"])
    if component.returns is None:
        yield _("scale has no hint of what it returns: without -> int it has no output.")
    elif (hint := ast.unparse(component.returns)) != "int":
        yield _("scale returns {hint}; a number comes out, so int.").format(hint=hint)


def _faults_of_the_pipeline(pipeline: Function, constants: Mapping[str, Any]) -> Iterator[str]:
    yield from _faults_of_the_hints(pipeline, ["value", "factor"])
    defaults = dict(zip(DEFAULTS, map(ast.unparse, pipeline.args.defaults), strict=False))
    if defaults != DEFAULTS:
        yield _(
            "the parameters of scale_twice have the defaults {given}; the old ones 5, 3."
        ).format(given=", ".join(defaults.values()) or _("none"))
    if any(_name(call.func) == "scale_op" for call in _calls(pipeline)):
        yield _("there is no scale_op any more: with the decorator, scale itself is the factory.")
    try:
        yield from _faults_of_the_steps(follow(pipeline, {**constants, "scale": Factory()}))
    except Fault as fault:
        yield str(fault)


def _faults_of_the_steps(steps: Sequence[Called]) -> Iterator[str]:
    if len(steps) != 2:
        yield _("the pipeline calls scale {count} times; the old one has two steps.").format(
            count=len(steps)
        )
    for step in steps:
        if set(step.inputs) != set(DEFAULTS):
            yield _("{call}: the inputs of scale are value and factor.").format(call=step.text)
        elif step.inputs["factor"] != Parameter("factor"):
            yield _("{call}: both steps of the old one take the pipeline's factor.").format(
                call=step.text
            )
    values = [step.inputs.get("value") for step in steps]
    if Parameter("value") not in values:
        yield _("no step takes the pipeline's value as its value; in the old one the first does.")
    elif values != [Parameter("value"), Output(Task(0))]:
        yield _("the second step takes the .output of the first as its value, as the old one did.")


def _faults_of_the_hints(function: Function, names: list[str]) -> Iterator[str]:
    arguments = {argument.arg: argument.annotation for argument in function.args.args}
    if list(arguments) != names:
        yield _("{function} has the parameters {given}; the old one has value and factor.").format(
            function=function.name, given=", ".join(arguments) or _("none")
        )
    for name, hint in arguments.items():
        if hint is None:
            yield _("in {function}, {name} has no hint; SDK 2 asks for one on each.").format(
                function=function.name, name=name
            )
        elif ast.unparse(hint) != "int":
            yield _("in {function}, {name} is {hint}; a number goes in there, so int.").format(
                function=function.name, name=name, hint=ast.unparse(hint)
            )


def _imported(tree: ast.Module, module: str | None = None) -> list[str]:
    """The names that imports bind, those from one module if it is given."""
    return [
        (alias.asname or alias.name).partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        and module in (None, getattr(node, "module", None))
        for alias in node.names
    ]


def _constants(tree: ast.Module) -> dict[str, Any]:
    """The texts, numbers and tuples of them that stand outside the functions, by their names."""
    following = Following({})
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            with contextlib.suppress(Fault):
                following.block([node])
    return following.names


def _calls(tree: ast.AST) -> list[ast.Call]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def _name(node: ast.expr) -> str:
    return ast.unparse(node).rpartition(".")[2]


def _decorator(function: Function, name: str) -> ast.expr | None:
    for decorator in function.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        if _name(called) == name:
            return decorator
    return None
