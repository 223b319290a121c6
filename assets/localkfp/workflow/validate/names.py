"""Names: there, of the right letters, one of each.

Argo: `validateWorkflowFieldNames`, `isValidWorkflowFieldName` and `isValidParamOrArtifactName` in
workflow/validate/validate.go. Records a07, a09, a121, a122, a126.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from localkfp.workflow.validate.invalid import Invalid

FIELD = re.compile(r"[a-zA-Z0-9][-a-zA-Z0-9]*")
MAX_FIELD = 128
NO_FIELD = (
    "name must consist of alpha-numeric characters or '-', and must start with an alpha-numeric "
    "character (e.g. My-name1-2, 123-NAME)"
)
VALUE = re.compile(r"[-a-zA-Z0-9_]+")
NO_VALUE = (
    "Parameter/Artifact name must consist of alpha-numeric characters, '_' or '-' e.g. my_param_1, "
    "MY-PARAM-1"
)
TAG = re.compile(r"\{\{[-a-zA-Z0-9]+(\.[-a-zA-Z0-9_]+)*\}\}")


def check_names(entries: Sequence[Mapping[str, Any]], prefix: str, of_values: bool) -> None:
    """`prefix` comes before the number of the entry; `of_values`: parameters and artifacts."""
    seen = set()
    for i, entry in enumerate(entries):
        name = entry.get("name", "")
        if not name:
            raise Invalid(f"{prefix}[{i}].name is required")
        if wrong := value_errors(name) if of_values else field_errors(name):
            raise Invalid(f"{prefix}[{i}].name: '{name}' is invalid: {';'.join(wrong)}")
        if name in seen:
            raise Invalid(f"{prefix}[{i}].name '{name}' is not unique")
        seen.add(name)


def field_errors(name: str) -> list[str]:
    wrong = []
    if len(name.encode()) > MAX_FIELD:
        wrong.append(f"must be no more than {MAX_FIELD} characters")
    if not FIELD.fullmatch(name):
        wrong.append(NO_FIELD)
    return wrong


def value_errors(name: str) -> list[str]:
    return [] if VALUE.fullmatch(name) else [NO_VALUE]


def is_tag(name: str) -> bool:
    """Argo's isParameter: whether a tag stands in it."""
    return bool(TAG.search(name))
