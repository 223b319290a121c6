"""Small Workflows: compiled with kfp, or written by hand."""

from __future__ import annotations

import json

import kfp


def compiled(pipeline):
    return json.loads(json.dumps(kfp.compiler.Compiler()._create_workflow(pipeline)))


def workflow(*templates, parameters=(), **spec):
    """The first template is the entrypoint; `parameters` are names, or name -> default."""
    defaults = (
        parameters.items() if isinstance(parameters, dict) else ((p, None) for p in parameters)
    )
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"generateName": "test-"},
        "spec": {
            "entrypoint": templates[0]["name"],
            "templates": list(templates),
            "arguments": {"parameters": named(defaults, "value")},
            **spec,
        },
    }


def dag(name, *tasks, inputs=None, outputs=None):
    return {
        "name": name,
        "dag": {"tasks": list(tasks)},
        "inputs": inputs or {},
        "outputs": outputs or {},
    }


def task(name, template="pod", after=(), parameters=None, artifacts=None):
    """`parameters`: name -> value; `artifacts`: name -> the tag that it comes from."""
    return {
        "name": name,
        "template": template,
        "dependencies": list(after),
        "arguments": {
            "parameters": named((parameters or {}).items(), "value"),
            "artifacts": named((artifacts or {}).items(), "from"),
        },
    }


def pod(name="pod", script="true", inputs=None, outputs=None, **template):
    container = {"image": "busybox", "command": ["sh", "-ec", script]}
    return {
        "name": name,
        "container": container,
        "inputs": inputs or {},
        "outputs": outputs or {},
        **template,
    }


def written(**paths):
    """Outputs by value: name -> the file that the pod writes."""
    return {"parameters": [{"name": n, "valueFrom": {"path": p}} for n, p in paths.items()]}


def named(pairs, field):
    return [{"name": n, **({} if value is None else {field: value})} for n, value in pairs]
