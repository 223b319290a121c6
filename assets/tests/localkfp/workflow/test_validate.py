"""localkfp.workflow.validate: what Argo refuses, in its words.

Sources: workflow/validate/validate.go of Argo Workflows v3.3.8, and the records that are named; the
records themselves are played in assets/tests/localkfp/records.
"""

from __future__ import annotations

import pytest
from localkfp.engine.engine import begin
from localkfp.errors import Refused
from localkfp.workflow.load import load
from localkfp.workflow.validate.kubernetes import label_errors
from localkfp.workflow.validate.paths import cleaned_path
from tests.support.played import MAKE, OUT, USE, passes
from tests.support.workflows import dag, named, pod, task, workflow, written

GIVES = pod("give", outputs={"artifacts": [{"name": "f", "path": "/tmp/f"}]})
TAKES = pod("take", inputs={"artifacts": [{"name": "f", "path": "/tmp/f"}]})
FIELD = (
    "name must consist of alpha-numeric characters or '-', and must start with an alpha-numeric "
    "character (e.g. My-name1-2, 123-NAME)"
)
VALUE = (
    "Parameter/Artifact name must consist of alpha-numeric characters, '_' or '-' e.g. my_param_1, "
    "MY-PARAM-1"
)
KINDS = (
    "choose one of: container, containerSet, steps, script, resource, dag, suspend, template, "
    "template ref"
)
MAIN = "templates.main templates.main"


def of_a_pod(**template):
    return workflow(dag("main", task("a")), pod(**template))


def of_a_task(**fields):
    return workflow(dag("main", task("b"), task("a") | fields), pod())


OUT_X = {"name": "o", "valueFrom": {"path": "/o"}}
REFUSED = {
    # names: a07, a09, a121, a122, a126
    "two templates": (workflow(pod(), pod()), "spec.templates[1].name 'pod' is not unique"),
    "no name": (workflow(pod("")), "spec.templates[0].name is required"),
    "a long name": (
        workflow(pod("x" * 129)),
        f"spec.templates[0].name: '{'x' * 129}' is invalid: must be no more than 128 characters",
    ),
    "a Korean name": (
        workflow(pod("더하기")),
        f"spec.templates[0].name: '더하기' is invalid: {FIELD}",
    ),
    "a parameter's name": (
        workflow(pod(), parameters={"a b": "1"}),
        f"spec.arguments.parameters[0].name: 'a b' is invalid: {VALUE}",
    ),
    "two inputs": (
        of_a_pod(inputs={"parameters": named([("x", "1"), ("x", "1")], "value")}),
        f"{MAIN}.tasks.a templates.pod.inputs.parameters[1].name 'x' is not unique",
    ),
    "two outputs": (
        of_a_pod(outputs={"parameters": [OUT_X, OUT_X]}),
        f"{MAIN}.tasks.a templates.pod.outputs.parameters [1].name 'o' is not unique",
    ),
    "a task's name": (
        workflow(dag("main", task("a.b")), pod()),
        f"{MAIN}.tasks[0].name: 'a.b' is invalid: {FIELD}",
    ),
    # templates: a64, a66, a130, a135
    "no kind": (
        workflow({"name": "x"}),
        f"templates.x templates.x template type unspecified. {KINDS}",
    ),
    "two kinds": (
        workflow(pod("x") | {"suspend": {}}),
        f"templates.x templates.x multiple template types specified. {KINDS}",
    ),
    "a retry policy": (
        workflow(pod("x", retryStrategy={"retryPolicy": "Nope"})),
        "templates.x Nope is not a valid RetryPolicy",
    ),
    "an init container": (
        workflow(pod("x", initContainers=[{"image": "i"}])),
        "templates.x initContainers must all have container name",
    ),
    "a timeout": (
        workflow(pod("x", timeout="5")),
        "templates.x x has invalid duration format in timeout.",
    ),
    # pods: a49, a77, a78, a80, a81, a82
    "no image": (
        workflow({"name": "x", "container": {}}),
        "templates.x templates.x.container.image may not be empty",
    ),
    "an input without a path": (
        workflow(pod("x", inputs={"artifacts": [{"name": "i"}]})),
        "templates.x error in templates.x.inputs.artifacts.i: Artifact 'i' did not specify a path",
    ),
    "an output without a path": (
        workflow(pod("x", outputs={"artifacts": [{"name": "o"}]})),
        "templates.x error in templates.x.outputs.artifacts.o: Artifact 'o' did not specify a path",
    ),
    "a path that leads out": (
        workflow(pod("x", outputs={"artifacts": [{"name": "o", "path": "/a/../../b"}]})),
        "templates.x error in templates.x.outputs.artifacts.o: Artifact 'o' attempted to use a "
        "path containing '..'. Directory traversal is not permitted",
    ),
    "two inputs on one path": (
        workflow(pod("x", inputs={"artifacts": [{"name": n, "path": "/i"} for n in "ij"]})),
        "templates.x templates.x.inputs.artifacts[1].path '/i' already mounted in "
        "inputs.artifacts.i",
    ),
    "an input with from": (
        workflow(pod("x", inputs={"artifacts": [{"name": "i", "path": "/i", "from": "y"}]})),
        "templates.x templates.x.inputs.artifacts.i.from not valid in inputs",
    ),
    "an output with value and valueFrom": (
        workflow(pod("x", outputs={"parameters": [OUT_X | {"value": "1"}]})),
        "templates.x templates.x.outputs.parameters.o has both valueFrom and value specified. "
        "Choose one.",
    ),
    "an output with neither": (
        workflow(pod("x", outputs={"parameters": [{"name": "o"}]})),
        "templates.x templates.x.outputs.parameters.o does not have valueFrom or value specified",
    ),
    "a deadline below nothing": (
        workflow(pod("x", activeDeadlineSeconds=-1)),
        "templates.x templates.x.activeDeadlineSeconds must be a positive integer > 0 or an argo "
        "variable",
    ),
    "a deadline that is a word": (
        workflow(pod("x", activeDeadlineSeconds="soon")),
        "templates.x templates.x.activeDeadlineSeconds must be a positive integer > 0 or an argo "
        "variable",
    ),
    "parallelism of a pod": (
        workflow(pod("x", parallelism=2)),
        "templates.x templates.x.parallelism is only valid for steps and dag templates",
    ),
    # DAGs: a05, a10, a20, a21, a42, a70 to a73, a84, a85, a87, a124, a137, a140
    "a deadline of a DAG": (
        workflow(dag("main", task("a")) | {"activeDeadlineSeconds": 5}, pod()),
        f"{MAIN}.activeDeadlineSeconds is only valid for leaf templates",
    ),
    "no tasks": (workflow(dag("main")), f"{MAIN} must have at least one task"),
    "two tasks": (
        workflow(dag("main", task("a"), task("a")), pod()),
        f"{MAIN} sorting failed: duplicated nodeName a",
    ),
    "a circle": (
        workflow(dag("main", task("a", after=["b"]), task("b", after=["a"])), pod()),
        f"{MAIN} sorting failed: graph with cycle",
    ),
    "a dependency": (of_a_task(dependencies=["x"]), f"{MAIN} sorting failed: invalid dependency x"),
    "a digit first": (
        workflow(dag("main", task("a"), task("1b", after=["a"])), pod()),
        f"{MAIN}.tasks.1b name cannot begin with a digit when using either 'depends' or "
        "'dependencies'",
    ),
    "depends and dependencies": (
        workflow(
            dag("main", task("a"), task("b", after=["a"]), task("c") | {"depends": "a"}), pod()
        ),
        f"{MAIN} cannot use both 'depends' and 'dependencies' in the same DAG template",
    ),
    "depends on no result": (
        of_a_task(depends="b.Nope"),
        f"{MAIN}.tasks.a task result 'Nope' for task 'b' is invalid",
    ),
    "no such template": (of_a_task(template="x"), f"{MAIN}.tasks.a template name 'x' undefined"),
    "a target": (
        workflow({"name": "main", "dag": {"tasks": [task("a")], "target": "a x"}}, pod()),
        f"{MAIN}.targets: target 'x' is not defined",
    ),
    "two loops": (
        of_a_task(withItems=[1], withParam="[1]"),
        f"{MAIN}.tasks.a only one of withItems, withParam, withSequence can be specified",
    ),
    "an expression as a condition": (
        of_a_task(when="{{=true}}"),
        f"{MAIN} when doesn't support 'expr' expression '{{{{='. 'When' expression is only support "
        "govaluate format {{",
    ),
    "a parameter that isn't given": (
        workflow(dag("main", task("a", "use")), USE),
        f"{MAIN}.tasks.a templates.use inputs.parameters.x was not supplied",
    ),
    "an artifact that isn't given": (
        workflow(dag("main", task("a", "take")), TAKES),
        f"{MAIN}.tasks.a templates.take inputs.artifacts.f was not supplied",
    ),
    "a task that isn't waited for": (
        workflow(dag("main", task("a", "make"), passes("b", value=OUT % "a")), MAKE, USE),
        f"{MAIN}.tasks.b missing dependency 'a' for parameter 'x'",
    ),
    # tags: a01 to a03, a11, a12, a17, a25, a27, a36, a91, a93
    "of a task that isn't there": (
        workflow(dag("main", passes("b", value=OUT % "gone")), USE),
        f"{MAIN}.tasks.b failed to resolve {OUT % 'gone'}",
    ),
    "of an output that isn't there": (
        workflow(dag("main", task("a"), passes("b", after=["a"], value=OUT % "a")), pod(), USE),
        f"{MAIN}.tasks.b failed to resolve {OUT % 'a'}",
    ),
    "in a condition": (
        of_a_task(when=f"{OUT % 'gone'} == 1"),
        f"{MAIN}.tasks.a failed to resolve {OUT % 'gone'}",
    ),
    "in the list of a loop": (
        of_a_task(withParam="{{inputs.parameters.list}}"),
        f"{MAIN}.tasks.a failed to resolve {{{{inputs.parameters.list}}}}",
    ),
    "an item without a loop": (
        workflow(dag("main", passes("a", value="{{item.x}}")), USE),
        f"{MAIN}.tasks.a failed to resolve {{{{item.x}}}}",
    ),
    "an input that a pod doesn't have": (
        workflow(pod("x", script="echo {{inputs.parameters.x}}")),
        "templates.x templates.x: failed to resolve {{inputs.parameters.x}}",
    ),
    "a label that comes only with the run": (
        workflow(pod("x", script="echo {{workflow.labels.pipeline/runid}}")),
        "templates.x templates.x: failed to resolve {{workflow.labels.pipeline/runid}}",
    ),
    "a tag that doesn't end": (
        workflow(pod("x", script="echo {{inputs.parameters.x")),
        'templates.x templates.x: failed to resolve {{inputs.parameters.x"],"resources":{}}',
    ),
    "an output of a DAG that nothing gives": (
        workflow(dag("main", task("a"), outputs={"parameters": [
            {"name": "o", "valueFrom": {"parameter": OUT % "a"}}]}), pod()),
        f"{MAIN}.outputs failed to resolve {OUT % 'a'}",
    ),
    # arguments: a150
    "a value outside of its enum": (
        workflow(pod(), arguments={"parameters": [{"name": "x", "value": "z", "enum": ["a"]}]}),
        "spec.arguments.x.value should be present in spec.arguments.x.enum list",
    ),
    "what cleans up": (
        workflow(pod(), podGC={"strategy": "x"}),
        "podGC.strategy unknown strategy 'x'",
    ),
    "no such exit handler": (workflow(pod(), onExit="x"), "template name 'x' undefined"),
}  # fmt: skip


@pytest.mark.parametrize(("mapping", "words"), REFUSED.values(), ids=REFUSED)
def test_what_argo_refuses_is_refused_in_its_words(mapping, words):
    with pytest.raises(Refused) as refused:
        load(mapping)
    assert refused.value.words == words
    assert refused.value.told is None  # the server passes Argo's words on


TAKEN = {
    "of a task far before": workflow(
        dag(
            "main",
            task("a", "make"),
            task("b", "pod", ["a"]),
            passes("c", after=["b"], value=OUT % "a"),
        ),
        MAKE,
        USE,
        pod(),
    ),
    "of a file": workflow(
        dag(
            "main",
            task("a", "give"),
            task("b", "take", ["a"], artifacts={"f": "{{tasks.a.outputs.artifacts.f}}"}),
        ),
        GIVES,
        TAKES,
    ),
    "of the end, anywhere (a92)": workflow(pod(script="echo {{workflow.status}}")),
    "what validate.go leaves alone (a13, a15, a19, a43)": workflow(
        pod(
            script="echo {{item}} {{ inputs.x }} {{outputs.x}} {{mustache}} {{#items}} {{=1+(}} "
            "{{workflow.creationTimestamp.s}} {{workflow.duration}}"
        )
    ),
    "what a pod knows of itself": workflow(pod(script="echo {{pod.name}} {{workflow.name}}")),
    "the status of a task that is waited for": workflow(
        dag("main", task("a"), passes("b", after=["a"], value="{{tasks.a.status}}")), pod(), USE
    ),
    "a parameter without a value (c22)": workflow(pod(), parameters=["x"]),
    "a task that calls its own DAG (a74)": workflow(
        dag("main", task("a"), task("again", "main", after=["a"]) | {"when": "1 == 2"}), pod()
    ),
    "two outputs from one path (a80)": workflow(pod(outputs=written(a="/o", b="/o"))),
    "a loop over a loop (c46)": workflow(
        dag(
            "main",
            task("a", "make") | {"withItems": [1, 2]},
            passes("b", after=["a"], value="{{item}}")
            | {"withParam": "{{tasks.a.outputs.parameters}}"},
        ),
        MAKE,
        USE,
    ),
    "an item of a mapping, a number, a list": workflow(
        dag(
            "main",
            passes("a", value="{{item.k}}") | {"withItems": [{"k": 1}]},
            passes("b", value="{{item}}") | {"withItems": [1, True, "x"]},
        ),
        USE,
    ),
}


@pytest.mark.parametrize("mapping", TAKEN.values(), ids=TAKEN)
def test_what_argo_takes_is_taken(mapping):
    assert load(mapping)


OF_A_RUN = {
    "an argument too many (a143)": (
        workflow(pod()),
        {"nope": "1"},
        "failed to generate the workflow.: Failed to verify parameters.: Invalid input error: "
        "Unrecognized input parameter: nope",
    ),
    "no entrypoint (a23)": (
        {**workflow(pod()), "spec": {"templates": [pod()]}},
        {},
        "Failed to validate workflow for (): spec.entrypoint is required",
    ),
    "an entrypoint that is none (a24)": (
        workflow(pod(), entrypoint="nope"),
        {},
        "Failed to validate workflow for (): template name 'nope' undefined",
    ),
    "an entrypoint that needs more (a141)": (
        workflow(USE),
        {},
        "Failed to validate workflow for (): templates.use inputs.parameters.x was not supplied",
    ),
    "a value outside of its enum": (
        workflow(pod(), arguments={"parameters": [{"name": "x", "value": "a", "enum": ["a"]}]}),
        {"x": "b"},
        "Failed to validate workflow for (): spec.arguments.x.value should be present in "
        "spec.arguments.x.enum list",
    ),
    "no name (a54)": (
        {**workflow(pod()), "metadata": {}},
        {},
        'Failed to create a workflow for (): Workflow.argoproj.io "" is invalid: metadata.name: '
        "Required value: name or generateName is required",
    ),
}


@pytest.mark.parametrize(("mapping", "arguments", "words"), OF_A_RUN.values(), ids=OF_A_RUN)
def test_a_run_is_refused_in_the_words_of_the_server(mapping, arguments, words):
    with pytest.raises(Refused) as refused:
        begin(load(mapping), "run", "uid", arguments, "2026-01-02T03:04:05Z")
    assert str(refused.value) == f"InternalServerError: {words}"
    assert refused.value.told == "Internal Server Error"


@pytest.mark.parametrize("name", ["Big-Name-", "../../x-", "a_b-", "한글-", "-a"])
def test_kubernetes_takes_no_such_name(name):
    """Record a50_generate_caps."""
    flow = load({**workflow(pod()), "metadata": {"generateName": name}})
    with pytest.raises(Refused, match="a lowercase RFC 1123 subdomain must consist of"):
        begin(flow, f"{name}abcde", "uid", {}, "2026-01-02T03:04:05Z")


def test_an_entrypoint_takes_the_parameter_of_its_inputs_name():
    """Record a142_entry_input_from_arguments."""
    run = begin(
        load(workflow(USE, parameters={"x": "1"})), "run", "uid", {}, "2026-01-02T03:04:05Z"
    )
    assert run.nodes["run"].input_parameters == {"x": "1"}


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ({"a": "b"}, []),
        ({"a": "no blanks!"}, ['metadata.labels: Invalid value: "no blanks!": a valid label must']),
        ({"a": "v" * 64}, ["must be no more than 63 characters"]),
        ({"a b": ""}, ["name part must consist of alphanumeric characters"]),
    ],
)
def test_a_label_is_judged_as_kubernetes_does(labels, words):
    """Records a56_label_long, a57_label_bad."""
    found = label_errors(labels)
    assert len(found) == len(words)
    assert all(word in told for word, told in zip(words, found, strict=True))


@pytest.mark.parametrize(
    ("path", "clean"),
    [("/tmp//d/./f", "/tmp/d/f"), ("/tmp/d/", "/tmp/d"), ("a/../b", "b"), ("/", "/"), ("", ".")],
)
def test_a_path_is_written_in_its_shortest_form(path, clean):
    """Record b37_trailing_slash."""
    assert cleaned_path(path) == clean
