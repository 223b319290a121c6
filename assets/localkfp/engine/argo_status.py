"""A run as Argo shows it: the live Workflow with `status.nodes`, as JSON values.

The shape is that of `pipeline_runtime.workflow_manifest` of Kubeflow Pipelines 1.8.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from localkfp.engine.contract import ArtifactValue, Phase
from localkfp.engine.node import Node, NodeType

BUCKET = "mlpipeline"
ENDPOINT = "minio-service.kubeflow:9000"


def node_status(node: Node) -> dict[str, Any]:
    """One entry of `status.nodes`, with the keys that Argo writes; empty ones are left out."""
    entry: dict[str, Any] = {
        "id": node.id,
        "name": node.name,
        "displayName": node.display_name,
        "type": node.type.value,
        "templateName": node.template,
        "phase": node.phase.value,
        "boundaryID": node.boundary,
        "children": list(node.children),
        "outboundNodes": list(node.outbound) if node.type is NodeType.DAG else [],
        "startedAt": node.started_at,
        "finishedAt": node.finished_at,
        "message": node.message,
        "inputs": _values(node.input_parameters, node.input_artifacts),
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
        exit_code=None if exit_code is None else int(exit_code),
    )


def submitted_manifest(manifest: Mapping[str, Any], uid: str, name: str) -> dict[str, Any]:
    """The Workflow as the API server hands it to Argo: it knows the id and the name of its run.

    CreateRun in backend/src/apiserver/resource/resource_manager.go of kubeflow/pipelines 1.8.5.
    """
    metadata = manifest.get("metadata") or {}
    labels = {**(metadata.get("labels") or {}), "pipeline/runid": uid}
    annotations = {**(metadata.get("annotations") or {}), "pipelines.kubeflow.org/run_name": name}
    return {**manifest, "metadata": {**metadata, "labels": labels, "annotations": annotations}}


def live_manifest(
    manifest: Mapping[str, Any],
    name: str,
    uid: str,
    arguments: Mapping[str, str],
    nodes: Iterable[Mapping[str, Any]],
    run: Mapping[str, Any],
) -> dict[str, Any]:
    """The Workflow as the cluster would hold it. `run` has phase, message, started_at, finished_at
    and created_at (RFC 3339 or None)."""
    metadata = {
        **(manifest.get("metadata") or {}),
        "name": name,
        "namespace": "kubeflow",
        "uid": uid,
        "creationTimestamp": run["created_at"],
    }
    parameters = [{"name": key, "value": value} for key, value in arguments.items()]
    spec = {**manifest["spec"], "arguments": {"parameters": parameters}}
    status = {
        "phase": run["phase"],
        "startedAt": run["started_at"],
        "finishedAt": run["finished_at"],
        "message": run["message"],
        "nodes": {node["id"]: dict(node) for node in nodes},
        "artifactRepositoryRef": {
            "artifactRepository": {
                "archiveLogs": True,
                "s3": {"bucket": BUCKET, "endpoint": ENDPOINT},
            }
        },
    }
    given = {key: value for key, value in status.items() if value not in (None, "", {})}
    return {**manifest, "metadata": metadata, "spec": spec, "status": given}


def _values(
    parameters: Mapping[str, str], artifacts: Iterable[ArtifactValue]
) -> dict[str, list[dict[str, Any]]]:
    entry = {
        "parameters": [{"name": name, "value": value} for name, value in parameters.items()],
        "artifacts": [_artifact(artifact) for artifact in artifacts],
    }
    return {key: value for key, value in entry.items() if value}


def _outputs(node: Node) -> dict[str, Any]:
    entry: dict[str, Any] = _values(node.output_parameters, node.output_artifacts)
    if node.exit_code is not None:
        entry["exitCode"] = str(node.exit_code)
    return entry


def _artifact(artifact: ArtifactValue) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": artifact.name}
    if artifact.path:
        entry["path"] = artifact.path
    if artifact.key:
        place = {"bucket": BUCKET, "endpoint": ENDPOINT}
        # Argo writes bucket and endpoint flat; the front end's tab "Run output" reads `s3Bucket`.
        entry["s3"] = {"key": artifact.key, **place, "s3Bucket": place}
    if artifact.raw is not None:
        entry["raw"] = {"data": artifact.raw}
    return entry


def _read_parameters(entry: Mapping[str, Any]) -> dict[str, str]:
    return {p["name"]: p["value"] for p in entry.get("parameters", ())}


def _read_artifacts(entry: Mapping[str, Any]) -> tuple[ArtifactValue, ...]:
    return tuple(
        ArtifactValue(
            name=a["name"],
            path=a.get("path"),
            key=a.get("s3", {}).get("key"),
            raw=a.get("raw", {}).get("data"),
        )
        for a in entry.get("artifacts", ())
    )
