"""A run as Kubernetes shows it: the live Workflow with its status, a JSON value.

The shape is that of `pipeline_runtime.workflow_manifest` in the records of Kubeflow Pipelines
1.8.5, which ran Argo v3.3.8.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from graphlib import TopologicalSorter
from typing import Any

from localkfp.engine.contract import Phase
from localkfp.engine.node import NodeType

BUCKET = "mlpipeline"
# The ConfigMap workflow-controller-configmap of Kubeflow Pipelines 1.8.5.
ARTIFACT_REPOSITORY = {
    "archiveLogs": True,
    "s3": {
        "endpoint": "minio-service.kubeflow:9000",
        "bucket": BUCKET,
        "insecure": True,
        "accessKeySecret": {"name": "mlpipeline-minio-artifact", "key": "accesskey"},
        "secretKeySecret": {"name": "mlpipeline-minio-artifact", "key": "secretkey"},
        "keyFormat": "artifacts/{{workflow.name}}/{{workflow.creationTimestamp.Y}}/"
        "{{workflow.creationTimestamp.m}}/{{workflow.creationTimestamp.d}}/{{pod.name}}",
    },
}

Entries = Mapping[str, Mapping[str, Any]]  # of `status.nodes`, by id


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
    """The Workflow as a cluster shows it: it has lost `apiVersion` and `kind` (every record). `run`
    has phase, message, started_at, finished_at and created_at (RFC 3339 or None)."""
    metadata = {
        **(manifest.get("metadata") or {}),
        "name": name,
        "namespace": "kubeflow",
        "uid": uid,
        "creationTimestamp": run["created_at"],
    }
    parameters = [{"name": key, "value": value} for key, value in arguments.items()]
    spec = {**manifest["spec"], "arguments": {"parameters": parameters}}
    entries = {node["id"]: node for node in nodes}
    below = progress(entries)
    pods = [below[node_id] for node_id, node in entries.items() if _is_pod(node)]
    status = {
        "phase": run["phase"],
        "startedAt": run["started_at"],
        "finishedAt": run["finished_at"],
        "progress": _fraction(sum(done for done, _ in pods), sum(all_ for _, all_ in pods)),
        "message": run["message"],
        "nodes": {
            node_id: {
                **node,
                "templateScope": f"local/{name}",
                **({"progress": _fraction(*below[node_id])} if below[node_id][1] else {}),
            }
            for node_id, node in entries.items()
        },
        "conditions": _conditions(run["phase"], entries.values()),
        "artifactRepositoryRef": {"default": True, "artifactRepository": ARTIFACT_REPOSITORY},
    }
    given = {key: value for key, value in status.items() if value not in (None, "", {}, [])}
    return {"metadata": metadata, "spec": spec, "status": given}


def progress(nodes: Entries) -> dict[str, tuple[int, int]]:
    """By id: how many pods have succeeded, and how many there are: a pod itself, or all that hang
    below another node (not within it: what follows a task is its child).

    Argo: `UpdateProgress` and `sumProgress` in workflow/progress/updater.go.
    """
    below: dict[str, int] = {}  # a set of pods: one bit each
    bits: dict[str, int] = {}
    succeeded = 0
    for number, (node_id, node) in enumerate(nodes.items()):
        bits[node_id] = 1 << number if _is_pod(node) else 0
        if node["phase"] == Phase.SUCCEEDED.value:
            succeeded |= bits[node_id]
    children = {i: [c for c in node.get("children", ()) if c in nodes] for i, node in nodes.items()}
    for node_id in TopologicalSorter(children).static_order():
        below[node_id] = 0
        for child in children[node_id]:
            below[node_id] |= below[child] | bits[child]
    found = {i: bits[i] if _is_pod(node) else below[i] for i, node in nodes.items()}
    return {i: ((pods & succeeded).bit_count(), pods.bit_count()) for i, pods in found.items()}


def _fraction(done: int, of: int) -> str:
    return f"{done}/{of}"


def _is_pod(node: Mapping[str, Any]) -> bool:
    return bool(node["type"] == NodeType.POD.value)


def _was_made(node: Mapping[str, Any]) -> bool:
    """Kubernetes makes no pod with a label that is none (records a47, a56, a57, a146)."""
    return not str(node.get("message", "")).startswith("task '")


def _conditions(phase: str, nodes: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Argo says whether a pod runs once it has looked after pods: `podReconciliation` in
    workflow/controller/operator.go."""
    pods = [node["phase"] for node in nodes if _is_pod(node) and _was_made(node)]
    found = []
    if pods:
        running = Phase.RUNNING.value in pods
        found.append({"type": "PodRunning", "status": str(running)})
    if phase and Phase(phase).fulfilled:
        found.append({"type": "Completed", "status": "True"})
    return found
