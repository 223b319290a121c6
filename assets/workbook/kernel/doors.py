"""The three doors to Kubeflow Pipelines, and which one this process stands before."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ADDRESS = "address"
NOTEBOOK_SERVER = "notebook server"
LOCALKFP = "localkfp"

# kfp 1.8.24: _client.py (IN_CLUSTER_DNS_NAME, which has no scheme; NAMESPACE_PATH) and auth/
IN_CLUSTER = "http://ml-pipeline.kubeflow.svc.cluster.local:8888"
TOKEN_FILE = "/var/run/secrets/kubeflow/pipelines/token"
NAMESPACE_FILE = "/var/run/secrets/kubernetes.io/serviceaccount/namespace"


@dataclass(frozen=True)
class Door:
    """`kind` is one of the three above; `address` is empty for localkfp, which may not run yet.

    `said_by` names the variable that an address came from, if one did. `token_file` is set in every
    notebook server, whether the file is there or not.
    """

    kind: str
    address: str = ""
    said_by: str = ""
    token_file: Path | None = None

    @property
    def token(self) -> str:
        """What the token file says, which Kubernetes renews; empty when it can't be read."""
        try:
            return self.token_file.read_text().strip() if self.token_file else ""
        except OSError:
            return ""


def find_door(explicit: str = "", environment: Mapping[str, str] = os.environ) -> Door:
    """An explicit address wins, then kfp's own KF_PIPELINES_ENDPOINT, then the notebook server that
    this runs in, if it has a token for Kubeflow Pipelines, then localkfp."""
    token_file = None
    if environment.get("NB_PREFIX"):  # Kubeflow sets it in its notebook servers
        token_file = Path(environment.get("KF_PIPELINES_SA_TOKEN_PATH") or TOKEN_FILE)
    variable = "" if explicit else "KF_PIPELINES_ENDPOINT"
    address = (explicit or environment.get(variable, "")).strip().rstrip("/")
    if address:
        # kfp would choose https, which a port-forward doesn't speak
        address = address if "://" in address else f"http://{address}"
        return Door(ADDRESS, address, variable, token_file)
    if token_file and token_file.is_file():
        return Door(NOTEBOOK_SERVER, IN_CLUSTER, token_file=token_file)
    return Door(LOCALKFP, token_file=token_file)
