"""What the pods of a run left as files: logs and artifacts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from localkfp.pods.archive import MAIN_LOG


def live_log(state: Path, workflow_name: str, node_id: str) -> Path:
    """Where the log of a node is written while it runs, and stays."""
    return state / "pods" / workflow_name / node_id / "main.log"


def stored_file(state: Path, key: str) -> Path | None:
    """The file of an artifact's key, if the store has it: never one outside the store."""
    top = (state / "artifacts").resolve()
    try:
        file = (state / key).resolve()
        return file if file.is_relative_to(top) and file.is_file() else None
    except (OSError, ValueError):  # a name that is too long, or has a NUL
        return None


def log_file(state: Path, run: Mapping[str, Any], node: Mapping[str, Any]) -> Path | None:
    """The log of a node: the one being written, else the one that was stored in the end."""
    live = live_log(state, run["workflow_name"], node["id"])
    if live.is_file():
        return live
    key = artifact_key(node, MAIN_LOG)
    return stored_file(state, key) if key else None


def artifact_key(node: Mapping[str, Any], name: str) -> str | None:
    """The name in the store of an output of a node."""
    for artifact in node.get("outputs", {}).get("artifacts", []):
        if artifact["name"] == name:
            return artifact.get("s3", {}).get("key") or None
    return None
