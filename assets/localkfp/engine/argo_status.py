"""A node as Argo shows it: an entry of `status.nodes`, a JSON value.

The keys are those of the records of Kubeflow Pipelines 1.8.5, which ran Argo v3.3.8.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from localkfp.engine.contract import ArtifactValue, Phase
from localkfp.engine.node import Node, NodeType


def node_status(node: Node) -> dict[str, Any]:
    """One entry of `status.nodes`, with the keys that Argo writes; empty ones are left out."""
    entry: dict[str, Any] = {
        "id": node.id,
        "name": node.name,
        "displayName": node.display_name,
        "type": (NodeType.TASK_GROUP if node.as_group else node.type).value,
        "templateName": node.template,
        "phase": node.phase.value,
        "boundaryID": node.boundary,
        "children": list(node.children),
        "outboundNodes": list(node.outbound) if node.type is NodeType.DAG else [],
        "startedAt": node.started_at,
        "finishedAt": node.finished_at,
        "message": node.message,
        "inputs": {}
        if node.as_group
        else _values(_parameters(node.input_parameters, {}), node.input_artifacts),
        "outputs": _outputs(node),
    }
    return {key: value for key, value in entry.items() if value not in (None, "", [], {})}


def read_node(entry: Mapping[str, Any]) -> Node:
    """The Node that `node_status` wrote."""
    inputs, outputs = entry.get("inputs", {}), entry.get("outputs", {})
    exit_code = outputs.get("exitCode")
    children = tuple(entry.get("children", ()))
    outbound = tuple(entry.get("outboundNodes", ())) or (
        () if entry["type"] == "DAG" else (entry["id"],)
    )
    return Node(
        id=entry["id"],
        name=entry["name"],
        display_name=entry["displayName"],
        type=NodeType(entry["type"]),
        template=entry["templateName"],
        phase=Phase(entry["phase"]),
        boundary=entry.get("boundaryID"),
        children=children,
        outbound=outbound,
        started_at=entry.get("startedAt"),
        finished_at=entry.get("finishedAt"),
        message=entry.get("message", ""),
        input_parameters=_read_parameters(inputs),
        input_artifacts=_read_artifacts(inputs),
        output_parameters=_read_parameters(outputs),
        output_artifacts=_read_artifacts(outputs),
        value_from={
            p["name"]: p["valueFrom"] for p in outputs.get("parameters", ()) if "valueFrom" in p
        },
        exit_code=None if exit_code is None else int(exit_code),
    )


def _values(
    parameters: Iterable[Mapping[str, Any]], artifacts: Iterable[ArtifactValue]
) -> dict[str, list[Mapping[str, Any]]]:
    entry: dict[str, list[Mapping[str, Any]]] = {
        "parameters": list(parameters),
        "artifacts": [_artifact(artifact) for artifact in artifacts],
    }
    return {key: value for key, value in entry.items() if value}


def _parameters(
    values: Mapping[str, str], value_from: Mapping[str, Mapping[str, str]]
) -> Iterator[Mapping[str, Any]]:
    """A declared output whose file wasn't there is listed too (the record b02_no_mkdir_value)."""
    for name in {**value_from, **values}:
        entry: dict[str, Any] = {"name": name}
        if name in values:
            entry["value"] = values[name]
        if name in value_from:
            entry["valueFrom"] = dict(value_from[name])
        yield entry


def _outputs(node: Node) -> dict[str, Any]:
    parameters = _parameters(node.output_parameters, node.value_from)
    entry: dict[str, Any] = _values(parameters, node.output_artifacts)
    if node.exit_code is not None:
        entry["exitCode"] = str(node.exit_code)
    return entry


def _artifact(artifact: ArtifactValue) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": artifact.name}
    if artifact.path:
        entry["path"] = artifact.path
    if artifact.key:  # bucket and endpoint are in the Workflow's artifactRepositoryRef
        entry["s3"] = {"key": artifact.key}
    if artifact.raw is not None:
        entry["raw"] = {"data": artifact.raw}
    if artifact.archive is not None:
        entry["archive"] = dict(artifact.archive)
    if artifact.optional:
        entry["optional"] = True
    return entry


def _read_parameters(entry: Mapping[str, Any]) -> dict[str, str]:
    return {p["name"]: p["value"] for p in entry.get("parameters", ()) if "value" in p}


def _read_artifacts(entry: Mapping[str, Any]) -> tuple[ArtifactValue, ...]:
    return tuple(
        ArtifactValue(
            name=a["name"],
            path=a.get("path"),
            key=a.get("s3", {}).get("key"),
            raw=a.get("raw", {}).get("data"),
            optional=a.get("optional", False),
            archive=a.get("archive"),
        )
        for a in entry.get("artifacts", ())
    )
