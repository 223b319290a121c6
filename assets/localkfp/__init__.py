"""Kubeflow Pipelines on this machine: runs the Workflows that kfp 1.8 compiles, without a cluster.

The public face:

    host = localkfp.start()                 # the address for kfp.Client(host=...)
    workflow = localkfp.load(text)          # what a compiled Workflow says
    run = localkfp.run(workflow, {"a": 1})  # runs it here and now, without a server
    localkfp.draw(manifest)                 # a Workflow or a run as a picture and as words
"""

from __future__ import annotations

from localkfp.drawing.draw import draw
from localkfp.errors import ServerError, StoreError, WorkflowError
from localkfp.pods.pod import container_engine
from localkfp.runs.without_server import LocalNode, LocalRun, run
from localkfp.server.lifecycle import start, status, stop
from localkfp.version import __version__
from localkfp.workflow.load import load

__all__ = [
    "LocalNode",
    "LocalRun",
    "ServerError",
    "StoreError",
    "WorkflowError",
    "__version__",
    "container_engine",
    "draw",
    "load",
    "run",
    "start",
    "status",
    "stop",
]
