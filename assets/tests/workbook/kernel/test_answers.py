"""Names in Korean, which kfp's compiler leaves out of what it writes: said before anything runs."""

from __future__ import annotations

import pytest
from kfp import dsl
from kfp.components import create_component_from_func
from localkfp import WorkflowError, load
from workbook.kernel.answers import WrongKind, as_workflow, compile_pipeline


def 더하기(number: int) -> int:
    return number + 1


def 빼기(number: int) -> int:
    return number - 1


def add(number: int) -> int:
    return number + 1


def of(*functions):
    factories = [create_component_from_func(function) for function in functions]

    @dsl.pipeline(name="더하기 예제")
    def pipeline(number: int = 1):
        for factory in factories:
            factory(number)

    return pipeline


def test_two_functions_with_korean_names_would_be_one_step():
    with pytest.raises(WrongKind, match="a name without any of the letters a to z"):
        as_workflow(of(더하기, 빼기))
    manifest = compile_pipeline(of(더하기, 빼기))
    names = [template["name"] for template in manifest["spec"]["templates"]]
    assert names == ["", "pipeline"]  # what kfp 1.8.24 makes of both, and of the pipeline's name
    with pytest.raises(WorkflowError, match="kfp takes it from the component's function"):
        load(manifest)


def test_a_pipelines_parameter_with_a_korean_name_is_explained():
    @dsl.pipeline(name="example")
    def pipeline(값_1: int = 1):
        create_component_from_func(add)(값_1)

    with pytest.raises(WrongKind, match="Names in a pipeline are of the letters a to z"):
        as_workflow(pipeline)


def test_english_names_are_taken_whatever_the_pipeline_is_called():
    assert load(as_workflow(of(add))).generate_name == "pipeline-"


def test_a_workflow_without_templates_is_an_answer_and_its_fault_is_told(tmp_path):
    """Never the same as no answer."""
    bare = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow"}
    file = tmp_path / "bare.yaml"
    file.write_text("apiVersion: argoproj.io/v1alpha1\nkind: Workflow\n---\nkind: Other\n")
    for answer in (bare, bare | {"spec": {"templates": []}}, file, str(file)):
        with pytest.raises(WrongKind, match="no templates"):
            as_workflow(answer)
