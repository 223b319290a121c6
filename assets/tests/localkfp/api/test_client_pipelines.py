"""Pipelines and their versions, by an unmodified kfp.Client over the socket."""

from __future__ import annotations

import json

import kfp
import pytest
import yaml
from kfp_server_api import ApiException
from tests.support.client import put, refused
from tests.support.workflows import pod, workflow


def test_a_pipeline_is_uploaded_found_and_deleted(client, name, package):
    uploaded = client.upload_pipeline(package, name, description="더하기 & 곱하기 100%")
    assert client.get_pipeline_id(name) == uploaded.id == uploaded.default_version.id
    found = client.get_pipeline(uploaded.id)
    assert (found.name, found.description) == (name, "더하기 & 곱하기 100%")
    assert [p.name for p in found.default_version.parameters] == ["value_1", "value_2"]
    assert found.created_at.year >= 2024
    client.delete_pipeline(uploaded.id)
    assert client.get_pipeline_id(name) is None
    status, body = refused(client.get_pipeline, uploaded.id)
    assert (status, body["code"]) == (404, 5)


def test_a_pipeline_is_named_after_its_file_when_it_gets_no_name(client, package):
    uploaded = client.upload_pipeline(package)
    assert uploaded.name == "add.yaml"
    client.delete_pipeline(uploaded.id)


@pytest.mark.parametrize("suffix", [".yaml", ".zip", ".tar.gz"])
def test_every_package_that_the_compiler_writes_can_be_uploaded(
    client, name, handout, tmp_path, suffix
):
    file = tmp_path / f"add{suffix}"
    kfp.compiler.Compiler().compile(handout["my_pipeline"], str(file))
    uploaded = client.upload_pipeline(str(file), name)
    template = client.pipelines.get_template(uploaded.id).template
    assert yaml.safe_load(template)["spec"]["entrypoint"] == "add-example"


def test_a_new_version_becomes_the_default_until_it_is_deleted(client, name, package, tmp_path):
    pipeline = client.upload_pipeline(package, name)
    other = put(tmp_path, workflow(pod(), parameters={"x": "1"}))
    second = client.upload_pipeline_version(other, "v2", pipeline_id=pipeline.id)
    third = client.upload_pipeline_version(package, "v3", pipeline_name=name)
    assert second.resource_references[0].key.id == pipeline.id
    versions = client.list_pipeline_versions(pipeline.id, sort_by="created_at desc").versions
    assert [version.name for version in versions] == ["v3", "v2", name]

    def default():
        return client.get_pipeline(pipeline.id).default_version.id

    assert default() == third.id
    client.pipelines.update_pipeline_default_version(pipeline.id, pipeline.id)
    client.delete_pipeline_version(second.id)
    assert default() == pipeline.id
    client.delete_pipeline_version(pipeline.id)
    assert default() == third.id


def test_a_name_that_is_taken_is_refused(client, name, package):
    pipeline = client.upload_pipeline(package, name)
    for again in (
        lambda: client.upload_pipeline(package, name),
        lambda: client.upload_pipeline_version(package, name, pipeline_id=pipeline.id),
    ):
        with pytest.raises(ApiException) as caught:
            again()
        words = f"The name {name} already exist. Please specify a new name."
        assert words in json.loads(caught.value.body)["error_message"]


def test_a_workflow_that_localkfp_cannot_run_can_be_kept(client, name, tmp_path):
    manifest = workflow(pod(), volumes=[{"name": "data"}])
    pipeline = client.upload_pipeline(put(tmp_path, manifest), name)
    experiment = client.create_experiment("Default")
    status, body = refused(client.run_pipeline, experiment.id, "x", pipeline_id=pipeline.id)
    assert status == 400
    assert "spec has the field 'volumes'" in body["error"]
