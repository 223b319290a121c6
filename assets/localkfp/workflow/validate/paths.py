"""Paths of artifacts: CleanPath of Artifact in pkg/apis/workflow/v1alpha1/workflow_types.go.
Records a77, a78, b37."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from localkfp.workflow.validate.invalid import Invalid


def check_path(artifact: Mapping[str, Any], prefix: str) -> None:
    """Raises Invalid where there is no path, or one that leaves its folder by `..`."""
    name, path = artifact.get("name", ""), artifact.get("path", "")
    if not path:
        raise Invalid(f"{prefix}: Artifact '{name}' did not specify a path")
    safe = ""
    if "/../" in path:
        safe = path[: path.index("/../")]
    elif re.search(r"/..$", path):
        safe = path[:-3]
    cleaned = cleaned_path(path)
    inside = f"{safe}/"
    if safe and (not cleaned.startswith(inside) or len(cleaned) <= len(inside)):
        raise Invalid(
            f"{prefix}: Artifact '{name}' attempted to use a path containing '..'. Directory "
            "traversal is not permitted"
        )


def cleaned_path(path: str) -> str:
    """filepath.Clean of Go: the shortest path that means the same."""
    root, parts = path.startswith("/"), list[str]()
    for part in path.split("/"):
        if part in ("", "."):
            continue
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part != ".." or not root:
            parts.append(part)
    return ("/" if root else "") + "/".join(parts) or "."
