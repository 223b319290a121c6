"""What the tests of the API do by way of kfp.Client."""

from __future__ import annotations

import json

import pytest
import yaml
from kfp_server_api import ApiException

SUM = {"value_1": 5, "value_2": 3}  # arguments of the handout's pipeline


def put(tmp_path, manifest):
    file = tmp_path / "pipeline.yaml"
    file.write_text(yaml.safe_dump(manifest))
    return str(file)


def submit(client, name, package, **arguments):
    experiment = client.create_experiment("Default")
    return client.run_pipeline(experiment.id, name, package, arguments).id


def nodes(detail):
    """The nodes of a run by the names of their tasks."""
    live = json.loads(detail.pipeline_runtime.workflow_manifest)
    return {node["displayName"]: node for node in live["status"]["nodes"].values()}


def predicates(key, op, value):
    return json.dumps({"predicates": [{"key": key, "op": op, "stringValue": value}]})


def refused(call, *arguments, **more):
    """The status and the gRPC body of a call that fails."""
    with pytest.raises(ApiException) as caught:
        call(*arguments, **more)
    return caught.value.status, json.loads(caught.value.body)
