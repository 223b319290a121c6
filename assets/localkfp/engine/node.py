"""What a run is made of: nodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from localkfp.engine.contract import ArtifactValue, Phase
from localkfp.workflow.model import Template


class NodeType(str, Enum):
    """Those of Argo's that localkfp makes. `Skipped` is what never came to be one of the others."""

    DAG = "DAG"
    POD = "Pod"
    TASK_GROUP = "TaskGroup"
    RETRY = "Retry"
    SKIPPED = "Skipped"

    @classmethod
    def of(cls, template: Template) -> NodeType:
        """The type of the node that a template is executed as."""
        if template.retry is not None:
            return cls.RETRY
        return cls.POD if template.tasks is None else cls.DAG


@dataclass(frozen=True)
class Node:
    """One entry of `status.nodes`. Times are RFC 3339 in UTC, whole seconds.

    `value_from`: where each output parameter that a pod declares is read, by its name; one whose
    file wasn't there has no value. `as_group`: a DAG that Argo shows as the group of a loop, which
    was over no text at all (the record c43_loop_over_nothing).
    """

    id: str
    name: str
    display_name: str
    type: NodeType
    template: str
    phase: Phase
    boundary: str | None = None
    children: tuple[str, ...] = ()
    outbound: tuple[str, ...] = ()
    started_at: str | None = None
    finished_at: str | None = None
    message: str = ""
    input_parameters: Mapping[str, str] = field(default_factory=dict)
    input_artifacts: tuple[ArtifactValue, ...] = ()
    output_parameters: Mapping[str, str] = field(default_factory=dict)
    output_artifacts: tuple[ArtifactValue, ...] = ()
    value_from: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    exit_code: int | None = None
    as_group: bool = False


def node_id(run_name: str, node_name: str) -> str:
    """Argo's id of a node: the workflow's name and the 32-bit FNV-1a hash of the node's name."""
    if node_name == run_name:
        return run_name
    return f"{run_name}-{fnv32a(node_name)}"


def fnv32a(text: str) -> int:
    """The 32-bit FNV-1a hash of a name."""
    digest = 0x811C9DC5
    for byte in text.encode():
        digest = ((digest ^ byte) * 0x01000193) & 0xFFFFFFFF
    return digest
