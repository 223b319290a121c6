"""What the engine and those who run pods say to each other: a pod to run, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from localkfp.workflow.model import Container


class Phase(str, Enum):
    """Argo's NodePhase: https://argo-workflows.readthedocs.io/en/release-3.3/fields/#nodestatus"""

    PENDING = "Pending"
    RUNNING = "Running"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    ERROR = "Error"
    SKIPPED = "Skipped"
    OMITTED = "Omitted"

    @property
    def fulfilled(self) -> bool:
        return self not in (Phase.PENDING, Phase.RUNNING)

    @property
    def bad(self) -> bool:
        return self in (Phase.FAILED, Phase.ERROR)


@dataclass(frozen=True)
class ArtifactValue:
    """A file: `key` names it in the store, or `raw` is its text; with neither it was declared and
    isn't there. `path`: in the pod. `archive`: how it is packed, as the Workflow says it."""

    name: str
    path: str | None = None
    key: str | None = None
    raw: str | None = None
    optional: bool = False
    archive: Mapping[str, Any] | None = None

    @property
    def exists(self) -> bool:
        return self.key is not None or self.raw is not None


@dataclass(frozen=True)
class Pod:
    """What to run for one node: every tag substituted, nothing left to look up.

    `containers` run one after the other: init containers first, the main one last; `sidecars`
    beside that, and end with it. `deadline` is in seconds. `unpacked` are output artifacts to be
    stored as they are, `defaults` what an output parameter is where its file is missing. `size` is
    that of the template with all values, in bytes of JSON: Argo hands it to a pod in one variable.
    `cache_key` says which executions are the same as this one; None is none ever. One that is older
    than `max_age` seconds doesn't count.
    """

    node_id: str
    containers: tuple[Container, ...]
    inputs: tuple[ArtifactValue, ...]
    output_parameters: Mapping[str, str]  # name -> path in the pod
    output_artifacts: Mapping[str, str]  # name -> path in the pod
    optional_artifacts: frozenset[str] = frozenset()  # those of them that may be missing
    unpacked: frozenset[str] = frozenset()
    defaults: Mapping[str, str] = field(default_factory=dict)
    deadline: float | None = None
    size: int = 0
    sidecars: tuple[Container, ...] = ()
    cache_key: str | None = None
    max_age: float | None = None

    @property
    def output_paths(self) -> tuple[str, ...]:
        return (*self.output_parameters.values(), *self.output_artifacts.values())


@dataclass(frozen=True)
class Outcome:
    """How a pod ended. `artifacts`: name -> key in the store."""

    phase: Phase
    message: str = ""
    exit_code: int | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    artifacts: Mapping[str, str] = field(default_factory=dict)
