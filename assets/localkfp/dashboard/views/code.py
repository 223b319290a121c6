"""What a step runs, and the kfp.Client code that makes a run, as text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml


@dataclass(frozen=True)
class TemplateCode:
    """`program` is the text of the program in the command, if it holds one; `manifest` is the
    whole template as YAML."""

    name: str
    image: str
    program: str
    manifest: str


def template_code(manifest: Mapping[str, Any], name: str) -> TemplateCode | None:
    """The template of that name. A program is the last word of its command that has lines:
    kfp writes `sh -ec SHELL PYTHON`."""
    for template in manifest["spec"]["templates"]:
        if template.get("name") == name:
            container = template.get("container") or {}
            words = [*(container.get("command") or ()), *(container.get("args") or ())]
            programs = [word for word in words if isinstance(word, str) and "\n" in word.strip()]
            return TemplateCode(
                name, str(container.get("image", "")), (programs or [""])[-1], as_yaml(template)
            )
    return None


def as_yaml(value: Any) -> str:
    """A value as the compiler writes it, but lines stay lines and letters stay letters."""
    return yaml.dump(value, Dumper=_Dumper, allow_unicode=True, width=120)


class _Dumper(yaml.SafeDumper):
    pass


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def client_code(
    host: str,
    run: Mapping[str, Any],
    experiment: str,
    pipeline: Mapping[str, Any] | None,
) -> str:
    """A program that makes the run once more. `run`: its row; `pipeline`: the row of the pipeline
    that it is of, None when there is none (any more)."""
    arguments = json.loads(run["parameters"])
    lines = ["import kfp", "", f"client = kfp.Client(host={host!r})"]
    if pipeline and run["version_id"]:
        lines += [
            f"experiment = client.create_experiment({experiment!r})",
            "run = client.run_pipeline(",
            "    experiment.id,",
            f"    job_name={run['name']!r},",
            f"    params={arguments!r},",
            f"    pipeline_id={run['pipeline_id']!r},",
            f"    version_id={run['version_id']!r},",
            ")",
            "client.wait_for_run_completion(run.id, timeout=600)",
        ]
    else:
        lines += [
            "run = client.create_run_from_pipeline_package(",
            '    "pipeline.yaml",  # the Workflow of this run: see the YAML',
            f"    arguments={arguments!r},",
            f"    run_name={run['name']!r},",
            f"    experiment_name={experiment!r},",
            ")",
            "run.wait_for_run_completion(timeout=600)",
        ]
    return "\n".join(lines) + "\n"
