"""Where a browser reaches a port of this machine when it runs on another one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from urllib.parse import urlsplit

# as a Codespace sets them: docs.github.com, default environment variables for your codespace
CODESPACE, DOMAIN = "CODESPACE_NAME", "GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN"


def browser_address(address: str, environment: Mapping[str, str] = os.environ) -> str:
    """The address of localkfp's pages, whose own address is `address`, in the learner's browser;
    empty where the browser is on this machine.

    In a JupyterHub (and Binder, which is one) jupyter-server-proxy leads there. The address is
    whole where the hub tells its own (JUPYTERHUB_PUBLIC_URL, JUPYTERHUB_HOST), else a path. So it
    does in a notebook server of Kubeflow, which only knows its path (NB_PREFIX).
    """
    port = urlsplit(address).port
    if prefix := environment.get("JUPYTERHUB_SERVICE_PREFIX"):
        public = environment.get("JUPYTERHUB_PUBLIC_URL")
        base = public or environment.get("JUPYTERHUB_HOST", "") + prefix
        return f"{base.rstrip('/')}/proxy/{port}/"
    if prefix := environment.get("NB_PREFIX"):
        return f"{prefix.rstrip('/')}/proxy/{port}/"
    if name := environment.get(CODESPACE):
        return f"https://{name}-{port}.{environment.get(DOMAIN, 'app.github.dev')}/"
    return ""
