"""What a run belongs to: its references to an experiment, a version, a job, a namespace.

As kubeflow/pipelines 1.8.5 has them (backend/src/apiserver/server/api_converter.go).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from localkfp.service.errors import ServiceError, missing
from localkfp.store.database import Store
from localkfp.store.listing import Condition

TYPES = (
    "UNKNOWN_RESOURCE_TYPE", "EXPERIMENT", "JOB", "PIPELINE", "PIPELINE_VERSION", "NAMESPACE",
)  # fmt: skip
RELATIONSHIPS = ("UNKNOWN_RELATIONSHIP", "OWNER", "CREATOR")
# type: the table of what is referred to, and what it is called; a namespace is its own name
TABLES = {
    "EXPERIMENT": ("experiments", "Experiment"),
    "PIPELINE_VERSION": ("versions", "Version"),
    "JOB": ("jobs", "Job"),
}


@dataclass(frozen=True)
class Reference:
    """`name` is that of the thing when the reference was made; it stays when the thing goes."""

    type: str
    id: str
    relationship: str = "OWNER"
    name: str = ""


def named(store: Store, references: Iterable[Reference]) -> list[Reference]:
    """The references with the names of what they refer to. Raises ServiceError for a type that
    can't be referred to, and for what isn't there."""
    found: list[Reference] = []
    for each in references:
        if each.type not in (*TABLES, "NAMESPACE"):
            raise ServiceError("invalid", f"Unsupported resource type: {each.type}")
        if each.relationship == "UNKNOWN_RELATIONSHIP":
            raise ServiceError("invalid", f"Unsupported resource relationship: {each.relationship}")
        if each.type in [other.type for other in found]:
            raise ServiceError("invalid", f"There is more than one reference of type {each.type}.")
        found.append(replace(each, name=_name(store, each)))
    return found


def _name(store: Store, reference: Reference) -> str:
    if reference.type == "NAMESPACE":
        return reference.id
    table, what = TABLES[reference.type]
    row = store.get(table, reference.id)
    if not row:
        raise missing(what, reference.id)
    return str(row["name"])


def among(kind: str, identity: str) -> Condition:
    """The rows that refer to something, by its type and id."""
    quoted = json.dumps({"id": identity})[1:-1]
    return Condition(
        "instr(refs, ?) AND EXISTS (SELECT 1 FROM json_each(refs) WHERE "
        "json_extract(value, '$.type') = ? AND json_extract(value, '$.id') = ?)",
        (quoted, kind, identity),
    )


def write(references: Iterable[Reference]) -> str:
    """As a row keeps them."""
    return json.dumps([asdict(reference) for reference in references])


def read(row: Mapping[str, Any]) -> list[Reference]:
    """Those that a row keeps."""
    return [Reference(**entry) for entry in json.loads(row["refs"])]
