"""From what a learner's name is bound to, to data: a JSON value, a component, a Workflow.

Nothing is judged here. What comes out holds no code object of the kernel, so that it can be judged
somewhere else, which is what grading does.
"""

from __future__ import annotations

import ast
import inspect
import json
import os
import textwrap
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import kfp.compiler
from localkfp import WorkflowError
from localkfp.workflow.package import read_package
from localkfp.workflow.text import read

from workbook.language import _

# what Python calls a component that was called with other arguments than it has
FACTORY = "create_function_from_parameters.<locals>.pass_locals()"
QUOTED_HINT = _("kfp takes a hint in quotation marks at its word: write int, not 'int'.")


class WrongKind(ValueError):
    """The answer is not of the kind that the exercise asks for; the message says what it is."""


def untouched(answer: Any) -> bool:
    """Whether the answer still is, or holds, the `...` of the stub."""
    if isinstance(answer, Mapping):
        return any(untouched(value) for value in answer.values())
    if isinstance(answer, list | tuple | set):
        return any(untouched(value) for value in answer)
    return answer is ...


def as_value(answer: Any) -> Any:
    """A JSON value, equal to what the learner has (a tuple becomes a list, a Path its text)."""
    if isinstance(answer, set | frozenset | Iterator):
        raise WrongKind(
            _("you gave a {kind}, which has no order; sorted(...) makes a list of it.").format(
                kind=type(answer).__name__
            )
        )
    try:
        return json.loads(json.dumps(answer, default=os.fspath))
    except (TypeError, ValueError, RecursionError):
        raise WrongKind(
            _("you gave {what}; asked for is a plain value (text, number, list, dict).").format(
                what=_describe(answer)
            )
        ) from None


def as_component(answer: Any) -> dict[str, Any]:
    """The component's specification, as its component.yaml would hold it."""
    specification = getattr(answer, "component_spec", None)
    if specification is None:
        raise WrongKind(
            _(
                "you gave {what}; asked for is a component, as create_component_from_func makes it."
            ).format(what=_describe(answer))
        )
    given: dict[str, Any] = json.loads(json.dumps(specification.to_dict()))
    command = given.get("implementation", {}).get("container", {}).get("command") or [""]
    if str(command[-1]).startswith("def pass_locals("):  # kfp's own factory
        raise WrongKind(
            _("this is a component of a component: the first one is a component already.")
        )
    return given


def as_workflow(answer: Any) -> dict[str, Any]:
    """The compiled Workflow of a pipeline function, of a file, or of a mapping read from one."""
    if getattr(answer, "component_spec", None) is not None:
        raise WrongKind(_("you gave a component; asked for is a pipeline that uses it."))
    if getattr(answer, "__qualname__", "") == "pipeline.<locals>._pipeline":  # of kfp
        raise WrongKind(_("@pipeline needs its brackets: write @pipeline(name=...) above it."))
    try:
        if callable(answer):
            return _with_names(_with_steps(_compile(answer), answer))
        if isinstance(answer, str | Path):
            text = read_package(Path(answer).name, Path(answer).read_bytes())
            return _with_tasks(_with_templates(read(text)))
        if isinstance(answer, Mapping):
            return json.loads(json.dumps(_with_tasks(_with_templates(read(answer)))))
    except (WorkflowError, OSError) as error:
        raise WrongKind(str(error)) from None
    raise WrongKind(
        _(
            "you gave {what}; asked for is a pipeline function, or the file it was compiled to."
        ).format(what=_describe(answer))
    )


def compile_pipeline(pipeline: Callable[..., Any]) -> dict[str, Any]:
    """What the compiler writes for a pipeline function."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "pipeline.yaml"
        kfp.compiler.Compiler().compile(pipeline, str(file))
        return dict(read(file.read_bytes()))


def _compile(pipeline: Callable[..., Any]) -> dict[str, Any]:
    try:
        return compile_pipeline(pipeline)
    except Exception as error:  # the learner's code runs here, and may raise anything
        text = _("the pipeline does not compile: {error}").format(
            error=f"{type(error).__name__}: {error}".replace(FACTORY, "component()")
        )
        cures = {
            "unsupported operand": _(
                "In a pipeline there is no number yet: let a component do it."
            ),
            "'PipelineParam' object has no": _(
                "In a pipeline there is no value yet: let a component do it."
            ),
            "Pass a single output": _("Write .output after the task."),
            "'ContainerOp' object has no": _("Write .output after the task."),
            'Argument type "str" is': QUOTED_HINT,
            'Argument type "int" is': QUOTED_HINT,
            'Argument type "float" is': QUOTED_HINT,
            "_path'": _("Outside its function the name goes without _path."),
            "KeyError": _("A component with one output has it as .output."),
            "Only letters, numbers": _("Names in a pipeline are of the letters a to z."),
        }
        more = [cure for words, cure in cures.items() if words in text]
        raise WrongKind(" ".join([text.rstrip(".") + ".", *more] if more else [text])) from None


def _with_steps(manifest: dict[str, Any], pipeline: Callable[..., Any]) -> dict[str, Any]:
    """A Workflow without a step is what a stub compiles to; of anything else it's a mistake."""
    if not _has_steps(manifest) and not _is_stub(pipeline):
        raise WrongKind(
            _(
                "your pipeline makes no step: inside it call components, as "
                "create_component_from_func makes them, not plain functions."
            )
        )
    return manifest


def _with_tasks(manifest: dict[str, Any]) -> dict[str, Any]:
    """Whoever hands in a file has begun, so that a stub is none: it would say "not attempted"."""
    if not _has_steps(manifest):
        raise WrongKind(
            _(
                "this Workflow has no step: the pipeline that it was compiled from called no "
                "component. Write its steps, and compile it again."
            )
        )
    return manifest


def _has_steps(manifest: Mapping[str, Any]) -> bool:
    templates = manifest["spec"]["templates"]
    return any((template.get("dag") or {}).get("tasks") for template in templates)


def _with_templates(manifest: dict[str, Any]) -> dict[str, Any]:
    """The compiler writes templates for a stub too: a Workflow without is somebody's own."""
    if not (manifest.get("spec") or {}).get("templates"):
        raise WrongKind(_("this Workflow has no templates: there is no step in it."))
    return manifest


def _with_names(manifest: dict[str, Any]) -> dict[str, Any]:
    """kfp leaves letters beyond ASCII out of a template's name, so that of two functions with
    Korean names one takes the other's place, and not a word is said."""
    if any(not template["name"] for template in manifest["spec"]["templates"]):
        raise WrongKind(
            _(
                "a component's function has a name without any of the letters a to z, and kfp "
                "leaves out all others: its step has no name, and a second such step would be the "
                "same one. Rename the function."
            )
        )
    return manifest


def _is_stub(pipeline: Callable[..., Any]) -> bool:
    """Whether the `...` is still there, and nothing was called yet."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(pipeline)))
    except (OSError, TypeError, SyntaxError):
        return False
    body = [statement for part in tree.body for statement in getattr(part, "body", [])]
    nodes = [node for statement in body for node in ast.walk(statement)]
    dots = any(isinstance(node, ast.Constant) and node.value is ... for node in nodes)
    return dots and not any(isinstance(node, ast.Call) for node in nodes)


def _describe(answer: Any) -> str:
    kind = type(answer).__name__
    if callable(answer):
        return _("the function {name}").format(name=getattr(answer, "__name__", kind))
    return f"{answer!r:.60} ({kind})"


KINDS: dict[str, Callable[[Any], Any]] = {
    "value": as_value,
    "component": as_component,
    "workflow": as_workflow,
}
