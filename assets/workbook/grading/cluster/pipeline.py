"""The pipeline that grades a batch: an intake, a loop over shares, a step that gathers.

Compiled by kfp 1.8 as any of the course. What only Kubernetes knows of (who a container is, what it
may write, where it may go) is a patch of each Pod, `podSpecPatch` of Argo 3.3; the accounts and the
network policy that it names are in `assets/grading/cluster.yaml`.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import yaml

from workbook.grading.cluster.claim import MOUNTED
from workbook.kernel.answers import compile_pipeline

IMAGE = "localhost/workbook-grading:1"
PYTHON = ("python3", "-m", "workbook.grading.cluster.step")
HANDS_OVER = ("python3", "-m", "workbook.grading.cluster.handover")
EXECUTOR = "grading-executor"  # the account of Argo's own containers
STORE_SECRET = "grading-store"  # the store's key, as environment variables
LABEL = "workbook-grading"
LEARNER = 64001  # a user who owns nothing
POD_SECONDS = 4 * 60 * 60
RETRIES = 3
MEMORY, REQUESTED_MEMORY, CPUS, REQUESTED_CPUS = "6Gi", "3Gi", "2", "1"

COMPONENTS = {
    "intake": """
name: intake
inputs: [{name: batch}, {name: shares, type: Integer}]
outputs: [{name: numbers}, {name: of}]
implementation:
  container:
    args: [intake, --store, {inputValue: batch}, --of, {inputValue: shares},
      --numbers-to, {outputPath: numbers}, --of-to, {outputPath: of}]
""",
    "share": """
name: share
inputs: [{name: batch}, {name: number}, {name: of}]
implementation:
  container:
    args: [share, --store, {inputValue: batch}, --number, {inputValue: number},
      --of, {inputValue: of}]
""",
    "gather": """
name: gather
inputs: [{name: batch}]
outputs: [{name: grades}]
implementation:
  container:
    args: [gather, --store, {inputValue: batch}, --table-to, {outputPath: grades}]
""",
}


def workflow(
    shares: int, image: str = IMAGE, program: tuple[str, ...] = PYTHON, claim: str = ""
) -> dict[str, Any]:
    """The compiled Workflow; its one parameter `batch` is the store's URL. `claim`: the name of one
    that the Pods have at `claim.MOUNTED`."""
    from kfp import dsl

    intake, share, gather = (_component(name, image, program) for name in COMPONENTS)

    def grade_a_batch(batch: str) -> None:
        first = intake(batch, shares)
        with dsl.ParallelFor(first.outputs["numbers"], parallelism=shares) as number:
            graded = share(batch, number, first.outputs["of"])
            graded.set_retry(RETRIES, policy="Always")
        last = gather(batch).after(graded)
        for task in (first, graded, last):
            task.set_timeout(POD_SECONDS)
            task.set_cpu_request(REQUESTED_CPUS).set_cpu_limit(CPUS)
            task.set_memory_request(REQUESTED_MEMORY).set_memory_limit(MEMORY)
            task.add_pod_label(LABEL, "pod")
            if claim:
                task.add_pvolumes({MOUNTED: dsl.PipelineVolume(pvc=claim)})
            task.execution_options.caching_strategy.max_cache_staleness = "P0D"

    made = compile_pipeline(dsl.pipeline(name="grade a batch")(grade_a_batch))
    made["spec"] |= {
        "automountServiceAccountToken": False,
        "executor": {"serviceAccountName": EXECUTOR},
        "securityContext": NOBODY,  # of Argo's containers too
    }
    for template in made["spec"]["templates"]:
        if "container" in template:
            template["podSpecPatch"] = json.dumps(_patch(image))
    return made


NOBODY = {"runAsNonRoot": True, "runAsUser": LEARNER, "runAsGroup": LEARNER}
# the root of a container is read-only, so what it may write are volumes
CONTAINER: dict[str, Any] = {
    "volumeMounts": [{"name": "work", "mountPath": "/tmp"}],
    "securityContext": {
        "readOnlyRootFilesystem": True,
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
    },
}


def _patch(image: str) -> dict[str, Any]:
    """Of a Pod. The init container alone has the store's key, and hands it over (`handover`)."""
    before = {"name": "store-key", "image": image, "command": list(HANDS_OVER)}
    secret = {"envFrom": [{"secretRef": {"name": STORE_SECRET, "optional": True}}]}
    main = {"name": "main", "env": [{"name": "HOME", "value": "/tmp"}]}
    return {
        "volumes": [{"name": "work", "emptyDir": {"sizeLimit": "8Gi"}}],
        "initContainers": [before | secret | CONTAINER],
        "containers": [main | CONTAINER],
    }


def write(shares: int, image: str, file: Path, claim: str = "") -> None:
    """Raises OSError."""
    made = workflow(shares, image, claim=claim)
    file.write_text(yaml.safe_dump(made, sort_keys=False), encoding="ascii")


def _component(name: str, image: str, program: tuple[str, ...]) -> Any:
    from kfp import components

    table = yaml.safe_load(COMPONENTS[name])
    container = table["implementation"]["container"]
    container |= {"image": image, "command": list(program)}
    if name == "share":
        container["args"] += ["--jobs", CPUS]  # the Pod's cores; os.cpu_count is the node's
    return components.load_component_from_text(yaml.safe_dump(table))


def packaged(made: dict[str, Any], folder: str | None = None) -> Path:
    """A file with a Workflow, as kfp.Client takes it."""
    file = Path(tempfile.mkdtemp(prefix="workbook-grading-", dir=folder)) / "grading.yaml"
    file.write_text(yaml.safe_dump(made, sort_keys=False), encoding="ascii")
    return file
