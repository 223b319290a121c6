"""What the API server of Kubeflow Pipelines changes in a Workflow before Argo sees it.

Sources: CreateRun in backend/src/apiserver/resource/resource_manager.go of kubeflow/pipelines 1.8.5
and PatchTemplateOutputArtifacts in backend/src/common/util/workflow.go.
"""

from __future__ import annotations

import json

import localkfp
import pytest
from tests.support.workflows import pod, workflow


@pytest.fixture(scope="module")
def detail(client, ended):
    mapping = workflow(pod())
    mapping["metadata"] |= {"labels": {"team": "a"}}
    experiment = client.create_experiment("named")
    api = client._run_api
    body = {
        "name": "my run",
        "pipeline_spec": {"workflow_manifest": json.dumps(mapping)},
        "resource_references": [
            {"key": {"type": "EXPERIMENT", "id": experiment.id}, "relationship": "OWNER"}
        ],
    }
    return ended(api.create_run(body=body).run.id)


def test_the_live_workflow_has_the_id_and_the_name_of_its_run(detail):
    metadata = json.loads(detail.pipeline_runtime.workflow_manifest)["metadata"]
    assert metadata["labels"] == {"team": "a", "pipeline/runid": detail.run.id}
    assert metadata["annotations"] == {"pipelines.kubeflow.org/run_name": "my run"}


def test_what_was_submitted_is_kept_as_it_was(detail):
    metadata = json.loads(detail.run.pipeline_spec.workflow_manifest)["metadata"]
    assert metadata == {"generateName": "test-", "labels": {"team": "a"}}


@pytest.mark.parametrize("name", ["mlpipeline-metrics", "mlpipeline-ui-metadata"])
def test_an_artifact_of_the_front_end_may_be_missing(name):
    outputs = {"artifacts": [{"name": name, "path": f"/tmp/{name}.json"}]}
    assert localkfp.run(localkfp.load(workflow(pod(outputs=outputs)))).phase == "Succeeded"


def test_another_artifact_may_not():
    outputs = {"artifacts": [{"name": "mlpipeline-other", "path": "/tmp/x"}]}
    assert localkfp.run(localkfp.load(workflow(pod(outputs=outputs)))).phase == "Error"
