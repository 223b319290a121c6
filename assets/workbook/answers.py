"""From what a learner's name is bound to, to data: a JSON value, a component, a Workflow.

Nothing is judged here. What comes out holds no code object of the kernel, so that it can be judged
somewhere else, which is what grading does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import kfp.compiler
from localkfp import WorkflowError
from localkfp.manifest import read

from workbook.language import _


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
    """A JSON value, equal to what the learner has (a tuple becomes a list)."""
    try:
        return json.loads(json.dumps(answer))
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
    return json.loads(json.dumps(specification.to_dict()))


def as_workflow(answer: Any) -> dict[str, Any]:
    """The compiled Workflow of a pipeline function, of a file, or of a mapping read from one."""
    if getattr(answer, "component_spec", None) is not None:
        raise WrongKind(_("you gave a component; asked for is a pipeline that uses it."))
    try:
        if callable(answer):
            return _compile(answer)
        if isinstance(answer, str | Path):
            return dict(read(Path(answer).read_bytes()))
        if isinstance(answer, Mapping):
            return json.loads(json.dumps(read(answer)))
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
        raise WrongKind(
            _("the pipeline does not compile: {error}").format(
                error=f"{type(error).__name__}: {error}"
            )
        ) from None


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
