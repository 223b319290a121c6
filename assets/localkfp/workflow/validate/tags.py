"""Tags in a text: found as valyala/fasttemplate finds them, replaced and checked as Argo does.

Argo: util/template/{template,simple_template,validate}.go, `resolveAllVariables` and
`checkValidWorkflowVariablePrefix` in workflow/validate/validate.go. Records a11, a12, a13, a15,
a19, a25, a43.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping

from localkfp.workflow.reading import gojson
from localkfp.workflow.validate.invalid import Invalid

PREFIXES = ("item.", "steps.", "inputs.", "outputs.", "pod.", "workflow.", "tasks.")
# Known to be there when the run is, whatever follows
ALWAYS = (
    "outputs.",
    "workflow.creationTimestamp",
    "workflow.scheduledTime",
    "workflow.duration",
    "tasks.name",
    "steps.name",
)
ANY_ITEM = "item.*"
ANY_OUTPUT = {
    "workflow.outputs.parameters.": "workflow.outputs.parameters.*",
    "workflow.outputs.artifacts.": "workflow.outputs.artifacts.*",
}


def execute(text: str, each: Callable[[str], str]) -> str:
    """The text with what `each` says of every tag. Raises Invalid for a tag without an end."""
    done: list[str] = []
    rest = text
    while True:
        before, found, after = rest.partition("{{")
        done.append(before)
        if not found:
            return "".join(done)
        tag, found, rest = after.partition("}}")
        if not found:
            raise Invalid(
                f'Cannot find end tag="}}}}" in the template={gojson.go_text(text)} starting from '
                f"{gojson.go_text(after)}"
            )
        done.append(each(tag))


def replace(text: str, values: Mapping[str, str]) -> str:
    """The text with the tags that have a value, which is written as in a Go string."""

    def each(tag: str) -> str:
        if tag.startswith("="):
            return f"{{{{{tag}}}}}"  # an expression: of names that only a run has
        if tag.strip() in values:
            return gojson.quoted(values[tag.strip()])
        outer, found, nested = tag.rpartition("{{")
        if found and outer and nested in values:
            return "{{" + outer + gojson.quoted(values[nested])
        return f"{{{{{tag}}}}}"

    return execute(text, each)


def resolve(text: str, scope: Container[str]) -> None:
    """Raises Invalid for the first tag of a kind that Argo knows and that leads nowhere."""

    def each(tag: str) -> str:
        if not tag.startswith("=") and tag.startswith(PREFIXES) and not _leads(tag, scope):
            raise Invalid(f"failed to resolve {{{{{tag}}}}}")
        return ""

    execute(text, each)


def _leads(tag: str, scope: Container[str]) -> bool:
    if tag in scope or tag.startswith(ALWAYS):
        return True
    if tag.startswith("item.") and ANY_ITEM in scope:
        return True
    return any(tag.startswith(kind) and magic in scope for kind, magic in ANY_OUTPUT.items())
