"""localkfp.load: what a compiled Workflow says, and what localkfp refuses with which words.

What a cluster refuses too is in test_validate.py and test_reading.py.
"""

from __future__ import annotations

import itertools
import json
import subprocess
import sys

import kfp
import pytest
import yaml
from kfp import dsl
from kfp.components import create_component_from_func
from kubernetes import client as k8s
from localkfp.errors import WorkflowError
from localkfp.workflow.load import load
from localkfp.workflow.model import Container, DagTask, Mount, Parameter, substitute
from tests.support.workflows import compiled, dag, pod, task, workflow

PLAIN = workflow(dag("main", task("a"), task("b", after=["a"])), pod())


def _double(n: int) -> int:
    return 2 * n


double = create_component_from_func(_double)


# ---- what is read --------------------------------------------------------------------------------


def test_the_handout_is_read_as_three_pods_and_their_dag(handout):
    read = load(yaml.safe_dump(compiled(handout["my_pipeline"])))
    assert read.generate_name == "add-example-"
    assert read.entrypoint == "add-example"
    assert read.parameters == (Parameter("value_1"), Parameter("value_2"))
    assert {name: bool(t.container) for name, t in read.templates.items()} == {
        "add": True,
        "add-example": False,
        "multiply": True,
        "subtract": True,
    }
    assert read.templates["add-example"].tasks[1] == DagTask(
        name="multiply",
        template="multiply",
        dependencies=("add", "subtract"),
        parameters=(
            Parameter("add-Output", "{{tasks.add.outputs.parameters.add-Output}}"),
            Parameter("subtract-Output", "{{tasks.subtract.outputs.parameters.subtract-Output}}"),
        ),
    )


@pytest.mark.parametrize("form", ["mapping", "JSON", "YAML", "bytes with a byte order mark"])
def test_a_workflow_is_the_same_in_every_form(form, handout):
    mapping = compiled(handout["my_pipeline"])
    forms = {
        "mapping": mapping,
        "JSON": json.dumps(mapping),
        "YAML": yaml.safe_dump(mapping),
        "bytes with a byte order mark": b"\xef\xbb\xbf" + yaml.safe_dump(mapping).encode(),
    }
    assert load(forms[form]) == load(mapping)


@pytest.mark.parametrize("dump", [json.dumps, yaml.safe_dump])
def test_characters_beyond_u_ffff_survive(dump):
    @create_component_from_func
    def cheer(n: int) -> str:
        """\U0001f600"""
        return "\U0001f600" * n

    read = load(dump(compiled(lambda: cheer(3))))
    assert "\U0001f600" in read.templates["cheer"].container.command[-1]


def test_nobody_changes_a_workflow_by_changing_what_it_was_read_from():
    mapping = json.loads(json.dumps(PLAIN))
    read = load(mapping)
    mapping["spec"]["templates"].clear()
    assert read.manifest == PLAIN


@pytest.mark.parametrize(
    ("value", "text"),
    [("5", "5"), (5, "5"), (1.5, "1.5"), (1.0, "1"), (True, "true"), ("가", "가"), ("", "")],
)
def test_a_parameter_is_text(value, text):
    read = load(workflow(pod(), parameters={"x": value}))
    assert read.parameters == (Parameter("x", text),)


@pytest.mark.parametrize("value", [[1, "가"], {"a": 1}])
def test_a_parameter_that_is_a_list_or_a_mapping_is_the_empty_text(value):
    """Records a119_param_list, a120_param_map."""
    assert load(workflow(pod(), parameters={"x": value})).parameters == (Parameter("x", ""),)


def test_fields_that_argo_does_not_know_are_dropped():
    mapping = with_(template={"x": 1, 5: 1}, container={"x": 1}, spec={"x": 1}, x=1)
    assert load(mapping) == load(PLAIN)


def test_a_date_is_text():
    text = yaml.safe_dump(workflow(pod(), parameters={"day": "DAY"})).replace("DAY", "2020-02-03")
    assert load(text).parameters == (Parameter("day", "2020-02-03"),)


def test_a_field_that_only_places_or_sizes_a_pod_is_ignored():
    def pipeline():
        step = double(1).set_memory_limit("1G").set_cpu_request("1").set_gpu_limit(1)
        step.add_node_selector_constraint("disk", "ssd").add_pod_label("a", "b")
        step.add_toleration(k8s.V1Toleration(key="gpu", operator="Exists"))
        step.add_affinity(k8s.V1Affinity(node_affinity=k8s.V1NodeAffinity()))
        step.container.set_image_pull_policy("Always")
        step.container.add_port(k8s.V1ContainerPort(container_port=80))
        step.container.set_termination_message_path("/dev/null")
        conf = dsl.get_pipeline_conf()
        conf.set_image_pull_secrets([k8s.V1LocalObjectReference(name="secret")])
        conf.set_default_pod_node_selector("disk", "ssd")
        conf.set_ttl_seconds_after_finished(60)

    mapping = compiled(pipeline)
    mapping["spec"]["podSpecPatch"] = mapping["spec"]["templates"][0]["podSpecPatch"] = "{}"
    plain = load(compiled(lambda: double(1).set_memory_limit("1G")))
    assert load(mapping).templates["double"] == plain.templates["double"]


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("{{a}}-{{b}}", "1-{{b}}"),
        ("{{ a }}", "1"),
        ("{{a}}{{a}}", "11"),
        ("{{{a}}}", "{1}"),
        ("{a}", "{a}"),
        ("{{c}}", "{{a}}"),
    ],
)
def test_a_known_tag_is_replaced_once_and_an_unknown_one_stays(text, result):
    assert substitute(text, {"a": "1", "c": "{{a}}"}) == result


# ---- texts that are refused ----------------------------------------------------------------------

HEAD = "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\n"
BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{after}: &{after} [{', '.join(['*' + before] * 10)}]\n"
    for before, after in itertools.pairwise("abcdefg")
)
TEXTS = {
    "33 MiB": (b" " * (33 << 20), "larger than 32 MiB"),
    "deep YAML": (HEAD + "a: " + "[" * 64, "more than 64 levels"),
    "deep JSON": ('{"a": ' + "[" * 64 + "]" * 64 + "}", "more than 64 levels"),
    "JSON as deep as a bomb": ('{"a": ' + "[" * 100_000, "more than 64 levels"),
    "aliases that stand for a million values": (HEAD + BOMB, "more than 500,000 values"),
}


@pytest.mark.parametrize(("text", "words"), TEXTS.values(), ids=TEXTS)
def test_a_text_is_refused_in_words(text, words):
    with pytest.raises(WorkflowError, match=words):
        load(text)


def test_64_levels_are_not_too_deep():
    deep = "[" * 63 + "]" * 63
    for text in (HEAD + "a: " + deep, json.dumps(PLAIN)[:-1] + f', "a": {deep}}}'):
        load(text)


def test_a_pyyaml_without_libyaml_reads_the_same():
    program = (
        "import sys, yaml; vars(yaml).pop('CSafeLoader', None)\n"
        "from localkfp import load; print(load(sys.stdin.read()).templates)"
    )
    text = yaml.safe_dump(PLAIN)
    result = subprocess.run(
        [sys.executable, "-c", program], input=text, capture_output=True, text=True, check=False
    )
    assert (result.stdout.strip(), result.stderr) == (str(load(text).templates), "")


# ---- Workflows that are refused ------------------------------------------------------------------


def with_(template=None, container=None, spec=None, **more):
    """PLAIN with more fields in its pod's template, its container, its spec, or at the top."""
    mapping = json.loads(json.dumps({**PLAIN, **more}))
    mapping["spec"] |= spec or {}
    mapping["spec"]["templates"][1] |= template or {}
    mapping["spec"]["templates"][1]["container"] |= container or {}
    return mapping


def doubling(number):
    following = f"d{number + 1}"
    return dag(f"d{number}", task("l", following), task("r", following))


def nested(number):
    return dag(f"d{number}", task("x", f"d{number + 1}"))


OF_ALL = {"name": "x", "valueFrom": {"path": "/x"}, "globalName": "y"}
WORKFLOWS = {
    "a million pods in twenty templates": (
        workflow(*map(doubling, range(20)), pod("d20")),
        "more than 10,000 nodes",
    ),
    "a hundred levels of templates": (
        workflow(*map(nested, range(100)), pod("d100")),
        "more than 64 levels deep",
    ),
    "an artifact of a bucket for the whole Workflow": (
        with_(spec={"arguments": {"artifacts": [{"name": "x", "s3": {"key": "x"}}]}}),
        "spec.arguments, artifact 'x' has the field 's3'",
    ),
    "a parameter of a ConfigMap": (
        workflow(pod(), arguments={"parameters": [{"name": "x", "valueFrom": {"event": "y"}}]}),
        r"parameter 'x' is read by \['event'\]",
    ),
    "an environment variable of a Secret": (
        with_(container={"env": [{"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "x"}}}]}),
        "template 'pod', env 'KEY': localkfp cannot read a Secret",
    ),
    "an environment from a Secret": (
        with_(container={"envFrom": [{"secretRef": {"name": "x"}}]}),
        "template 'pod' has the field 'envFrom': localkfp cannot read a ConfigMap or a Secret",
    ),
    "an artifact of a bucket": (
        with_(
            template={"inputs": {"artifacts": [{"name": "x", "path": "/x", "s3": {"key": "x"}}]}}
        ),
        "template 'pod', artifact 'x' has the field 's3'",
    ),
    "a parameter for other templates": (
        with_(template={"outputs": {"parameters": [OF_ALL]}}),
        "parameter 'x' has the field 'globalName'",
    ),
    "steps": (
        workflow({"name": "main", "steps": [[task("a")]]}, pod()),
        "do what 'steps' asks for",
    ),
    "a template of a WorkflowTemplate": (
        workflow(dag("main", {"name": "a", "templateRef": {"name": "x", "template": "y"}})),
        "'a' asks for a template of a WorkflowTemplate by templateRef",
    ),
}


@pytest.mark.parametrize(("mapping", "words"), WORKFLOWS.values(), ids=WORKFLOWS)
def test_a_workflow_is_refused_in_words(mapping, words):
    with pytest.raises(WorkflowError, match=words):
        load(mapping)


@pytest.mark.parametrize("empty", [None, []])
def test_an_empty_field_asks_for_nothing(empty):
    assert load(with_(template={"sidecars": empty, "volumes": empty})).templates


# ---- what kfp compiles and localkfp cannot run yet, or ever --------------------------------------


def condition():
    with dsl.Condition(double(1).output == "2"):
        double(2)


def static_loop():
    with dsl.ParallelFor([1, 2]) as item:
        double(item)


def dynamic_loop():
    with dsl.ParallelFor(double(1).output) as item:
        double(item)


def pipeline_of_few_at_once():
    with dsl.ParallelFor([1, 2], parallelism=1):
        double(1)


def exit_handler():
    with dsl.ExitHandler(double(1)):
        double(2)


@dsl.graph_component
def again(n):
    again(double(n).output)


def recursion():
    again(double(1).output)


def pipeline_deadline():
    double(1)
    dsl.get_pipeline_conf().set_timeout(60)


def pipeline_parallelism():
    double(1)
    dsl.get_pipeline_conf().set_parallelism(1)


def secret():
    source = k8s.V1EnvVarSource(secret_key_ref=k8s.V1SecretKeySelector(name="s", key="k"))
    double(1).container.add_env_variable(k8s.V1EnvVar(name="KEY", value_from=source))


def volume():
    claim = dsl.VolumeOp(name="claim", resource_name="claim", size="1Gi")
    double(1).add_pvolumes({"/data": claim.volume})


def mounted():
    double(1).add_pvolumes({"/data": dsl.PipelineVolume(pvc="claim")})


def resource():
    dsl.ResourceOp(name="job", k8s_resource={"apiVersion": "batch/v1", "kind": "Job"})


COMPILED = {
    secret: "template 'double', env 'KEY': localkfp cannot read a Secret",
    volume: "template 'claim' has the field 'resource'",
    mounted: "template 'double' has the field 'volumes': localkfp cannot mount volumes",
    resource: "template 'job' has the field 'resource': localkfp cannot create Kubernetes",
}


@pytest.mark.parametrize(("pipeline", "words"), COMPILED.items(), ids=COMPILED.values())
def test_what_kfp_compiles_and_localkfp_lacks_is_refused_with_template_and_field(pipeline, words):
    with pytest.raises(WorkflowError, match=words) as refused:
        load(compiled(pipeline))
    assert "submit to a cluster" in str(refused.value)


@pytest.mark.parametrize(
    "pipeline",
    [
        condition,
        static_loop,
        dynamic_loop,
        pipeline_of_few_at_once,
        exit_handler,
        recursion,
        pipeline_deadline,
        pipeline_parallelism,
        lambda: double(1).set_retry(2, policy="Always", backoff_duration="1s"),
        lambda: double(1).set_timeout(60),
    ],
)
def test_control_flow_as_kfp_compiles_it_is_taken(pipeline):
    load(compiled(pipeline))


def test_this_is_the_kfp_of_the_course():
    assert kfp.__version__ == "1.8.24"


def test_sidecars_volumes_and_users_are_read():
    def pipeline():
        step = double(1).add_volume(k8s.V1Volume(name="v", empty_dir=k8s.V1EmptyDirVolumeSource()))
        step.container.add_volume_mount(k8s.V1VolumeMount(mount_path="/scratch", name="v"))
        step.container.set_security_context(k8s.V1SecurityContext(run_as_user=1000))
        step.add_sidecar(dsl.Sidecar("s", "redis", command="serve", mirror_volume_mounts=True))
        step.add_init_container(dsl.UserContainer("i", "busybox"))

    template = load(compiled(pipeline)).templates["double"]
    mounts = (Mount("v", "/scratch"),)
    assert (template.container.mounts, template.container.user) == (mounts, "1000")
    assert template.sidecars == (Container("redis", ("serve",), name="s", mounts=mounts),)
    assert template.init_containers == (Container("busybox", (), name="i"),)


@pytest.mark.parametrize(
    ("mount", "words"),
    [
        ({"name": "w", "mountPath": "/x"}, "mounts the volume 'w', and there is none"),
        ({"name": "v", "mountPath": "/x:ro"}, "Kubernetes takes no such path"),
        ({"name": "v", "mountPath": "/x", "subPath": "../../etc"}, "takes no such path"),
        ({"name": "v", "mountPath": "/x", "subPathExpr": "$(A)"}, "'subPathExpr'"),
    ],
)
def test_a_mount_that_leads_elsewhere_is_refused(mount, words):
    mapping = compiled(lambda: double(1))
    mapping["spec"]["volumes"] = [{"name": "v", "emptyDir": {}}]
    next(t for t in mapping["spec"]["templates"] if "container" in t)["container"][
        "volumeMounts"
    ] = [mount]
    with pytest.raises(WorkflowError, match=words):
        load(mapping)
