"""What the check of one Workflow remembers: its templates, those already checked, and the tags that
are known everywhere.

Argo: templateValidationCtx in workflow/validate/validate.go.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from localkfp.errors import WorkflowError
from localkfp.workflow.validate.arguments import PLACEHOLDER, Arguments
from localkfp.workflow.validate.invalid import Invalid

MAX_CALLS = 64  # templates within templates
RETRY_POLICIES = ("Always", "OnError", "OnFailure", "OnTransientError", "")
TEMPLATE_REF = (
    "asks for a template of a WorkflowTemplate by templateRef: the API server of Kubeflow "
    "Pipelines 1.8.5 breaks down at such a Workflow, and localkfp has no WorkflowTemplates. Write "
    "the template into spec.templates."
)

Check = Callable[[Mapping[str, Any], Arguments, "Context"], None]


@dataclass(frozen=True)
class Known:
    """The tags that lead somewhere at one place. `behind`: whether the task there waits for
    another, whose status it may then ask for."""

    scopes: tuple[Container[str], ...]
    behind: Callable[[str], bool] | None = None

    def __contains__(self, tag: object) -> bool:
        if any(tag in scope for scope in self.scopes):
            return True
        if not self.behind or not isinstance(tag, str):
            return False
        parts = tag.split(".")
        return len(parts) == 3 and parts[2] == "status" and self.behind(parts[1])


@dataclass
class Context:
    """`check` looks at one template. `everywhere`: tag -> a value that stands for it."""

    templates: Mapping[str, Mapping[str, Any]]
    everywhere: dict[str, str]
    check: Check
    checked: set[str] = field(default_factory=set)
    depth: int = 0

    def add_global(self, scope: Iterable[str]) -> None:
        """The outputs that have a name in the whole run."""
        for tag in scope:
            if tag.startswith("workflow.outputs."):
                self.everywhere.setdefault(tag, PLACEHOLDER)

    def check_call(self, caller: Mapping[str, Any], given: Arguments) -> Mapping[str, Any]:
        """The template that a task or step calls, checked: `validateTemplateHolder`. Raises Invalid
        or, for what localkfp doesn't do, WorkflowError."""
        if caller.get("templateRef") is not None:
            raise WorkflowError(f"{caller.get('name', 'the Workflow')!r} {TEMPLATE_REF}")
        name = caller.get("template", "")
        template = caller.get("inline") if not name else self.templates.get(name)
        if template is None:
            told = f"template name '{name}' undefined" if name else "template  not found"
            raise Invalid(told)
        policy = (template.get("retryStrategy") or {}).get("retryPolicy", "")
        if policy not in RETRY_POLICIES:
            raise Invalid(f"{policy} is not a valid RetryPolicy")
        if self.depth > MAX_CALLS:
            raise WorkflowError(
                f"Templates are called more than {MAX_CALLS} levels deep, the most that localkfp "
                "takes; submit to a cluster."
            )
        self.depth += 1
        try:
            self.check(template, given, self)
        finally:
            self.depth -= 1
        return template


@contextlib.contextmanager
def within(prefix: str) -> Iterator[None]:
    """What is refused inside is refused with a prefix."""
    try:
        yield
    except Invalid as error:
        raise Invalid(f"{prefix}{error}") from None
