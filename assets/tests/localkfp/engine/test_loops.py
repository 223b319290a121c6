"""Loops and parallelism. Every case names its source, see played.py."""

from __future__ import annotations

import json

import pytest
from kfp import dsl
from localkfp.engine.contract import Phase
from localkfp.workflow.model import MAX_NODES
from localkfp.workflow.reading.gojson import dump
from tests.support.played import (
    ERROR,
    FAILED,
    MAKE,
    OUT,
    USE,
    Case,
    by_path,
    lines,
    passes,
    path,
    play,
    table,
    things,
    use,
)
from tests.support.workflows import dag, pod, task, workflow

# ---- loops ---------------------------------------------------------------------------------------


def static_loop():
    with dsl.ParallelFor(["a", "b"]) as item:
        use(item)


def loop_over_a_parameter(items: list = [1, 2.5, True, "t"]):  # noqa: B006
    with dsl.ParallelFor(items) as item:
        use(item)


def loop_over_an_output():
    with dsl.ParallelFor(things().output) as item:
        use(item)
    use("after")


def loop_over_dicts():
    with dsl.ParallelFor([{"b": 1, "a": "x"}, {"b": 2, "a": "y"}]) as item:
        use(item.a)
        use(item.b)


def nested_loops():
    with dsl.ParallelFor([1, 2]) as outer:
        made = things()
        with dsl.ParallelFor(made.output) as inner:
            use(f"{outer}-{inner}")


def loop_and_then():
    with dsl.ParallelFor([1, 2, 3]) as item:
        step = use(item)
    use("after").after(step)


def loop_with_a_condition():
    with dsl.ParallelFor([1, 2]) as item, dsl.Condition(item > 1):
        use(item)


CASES = {
    # dag.go, expandTask; operator.go, generateNodeName
    "a loop over a list that is written down": Case(
        static_loop,
        """
        run                 DAG       Succeeded
        for-loop-2          TaskGroup Succeeded
        for-loop-2(0:a)     DAG       Succeeded
        for-loop-2(0:a).use Pod       Succeeded
        for-loop-2(1:b)     DAG       Succeeded
        for-loop-2(1:b).use Pod       Succeeded
        """,
    ),
    "a loop over a parameter": Case(
        loop_over_a_parameter,
        """
        run                    DAG       Succeeded
        for-loop-1             TaskGroup Succeeded
        for-loop-1(0:1)        DAG       Succeeded
        for-loop-1(0:1).use    Pod       Succeeded
        for-loop-1(1:2.5)      DAG       Succeeded
        for-loop-1(1:2.5).use  Pod       Succeeded
        for-loop-1(2:true)     DAG       Succeeded
        for-loop-1(2:true).use Pod       Succeeded
        for-loop-1(3:t)        DAG       Succeeded
        for-loop-1(3:t).use    Pod       Succeeded
        """,
    ),
    "a loop over an output": Case(
        loop_over_an_output,
        """
        run                 DAG       Succeeded
        things              Pod       Succeeded
        for-loop-1          TaskGroup Succeeded
        for-loop-1(0:a)     DAG       Succeeded
        for-loop-1(0:a).use Pod       Succeeded
        use-2               Pod       Succeeded
        """,
        {"things": '["a"]'},
    ),
    # dag.go, executeDAGTask: "DAG task with empty withParams list should be skipped"
    "a loop over nothing is skipped": Case(
        loop_over_an_output,
        """
        run        DAG     Succeeded
        things     Pod     Succeeded
        for-loop-1 Skipped Skipped    Skipped, empty params
        use-2      Pod     Succeeded
        """,
        {"things": "[]"},
    ),
    # dag.go, expandTask: Go reads null into a list as none
    "a loop over null is skipped": Case(
        loop_over_an_output,
        """
        run        DAG     Succeeded
        things     Pod     Succeeded
        for-loop-1 Skipped Skipped    Skipped, empty params
        use-2      Pod     Succeeded
        """,
        {"things": "null"},
    ),
    # dag.go, expandTask
    "a loop over what is no list is an error": Case(
        loop_over_an_output,
        """
        run        DAG     Error
        things     Pod     Succeeded
        for-loop-1 Skipped Error      withParam value could not be parsed as a JSON list: \
                                     {"a": 1}: json: cannot unmarshal object into Go value \
                                     of type []v1alpha1.Item
        use-2      Pod     Succeeded
        """,
        {"things": '{"a": 1}'},
    ),
    # operator.go, processItem: keys and values of a dict in the turn's name, sorted
    "a loop over dicts": Case(
        loop_over_dicts,
        """
        run                         DAG       Succeeded
        for-loop-2                  TaskGroup Succeeded
        for-loop-2(0:a:x,b:1)       DAG       Succeeded
        for-loop-2(0:a:x,b:1).use   Pod       Succeeded
        for-loop-2(0:a:x,b:1).use-2 Pod       Succeeded
        for-loop-2(1:a:y,b:2)       DAG       Succeeded
        for-loop-2(1:a:y,b:2).use   Pod       Succeeded
        for-loop-2(1:a:y,b:2).use-2 Pod       Succeeded
        """,
    ),
    "loops nest": Case(
        nested_loops,
        """
        run                                 DAG       Succeeded
        for-loop-2                          TaskGroup Succeeded
        for-loop-2(0:1)                     DAG       Succeeded
        for-loop-2(0:1).things              Pod       Succeeded
        for-loop-2(0:1).for-loop-3          TaskGroup Succeeded
        for-loop-2(0:1).for-loop-3(0:7)     DAG       Succeeded
        for-loop-2(0:1).for-loop-3(0:7).use Pod       Succeeded
        for-loop-2(1:2)                     DAG       Succeeded
        for-loop-2(1:2).things              Pod       Succeeded
        for-loop-2(1:2).for-loop-3          Skipped   Skipped    Skipped, empty params
        """,
        {"things": ["[7]", "[]"]},
    ),
    # dag.go, executeDAGTask: the other turns go on; the group has the phase of the last bad one
    "a turn that fails fails the loop, and the others run": Case(
        loop_and_then,
        """
        run                 DAG       Failed
        for-loop-2          TaskGroup Failed
        for-loop-2(0:1)     DAG       Succeeded
        for-loop-2(0:1).use Pod       Succeeded
        for-loop-2(1:2)     DAG       Failed
        for-loop-2(1:2).use Pod       Failed     Error (exit code 1)
        for-loop-2(2:3)     DAG       Succeeded
        for-loop-2(2:3).use Pod       Succeeded
        use-2               Skipped   Omitted    omitted: depends condition not met
        """,
        {"use": ["x", FAILED, "x"]},
    ),
    "the last turn that went wrong names the phase": Case(
        loop_and_then,
        """
        run                 DAG       Error
        for-loop-2          TaskGroup Error
        for-loop-2(0:1)     DAG       Failed
        for-loop-2(0:1).use Pod       Failed     Error (exit code 1)
        for-loop-2(1:2)     DAG       Error
        for-loop-2(1:2).use Pod       Error      pod deleted
        for-loop-2(2:3)     DAG       Succeeded
        for-loop-2(2:3).use Pod       Succeeded
        use-2               Skipped   Omitted    omitted: depends condition not met
        """,
        {"use": [FAILED, ERROR, "x"]},
    ),
    "a condition in a loop is decided in each turn": Case(
        loop_with_a_condition,
        """
        run                             DAG       Succeeded
        for-loop-2                      TaskGroup Succeeded
        for-loop-2(0:1)                 DAG       Succeeded
        for-loop-2(0:1).condition-3     Skipped   Skipped    when '1 > 1' evaluated false
        for-loop-2(1:2)                 DAG       Succeeded
        for-loop-2(1:2).condition-3     DAG       Succeeded
        for-loop-2(1:2).condition-3.use Pod       Succeeded
        """,
    ),
    # dag.go, executeDAGTask: `when` of the expanded task
    "a turn that its own `when` skips doesn't fail the loop": Case(
        workflow(
            dag(
                "main",
                passes("l", withItems=["a", "b"], when="{{item}} == b"),
                task("z", after=["l"]),
            ),
            USE,
            pod(),
        ),
        """
        run    DAG       Succeeded
        l      TaskGroup Succeeded
        l(0:a) Skipped   Skipped    when 'a == b' evaluated false
        l(1:b) Pod       Succeeded
        z      Pod       Succeeded
        """,
    ),
    "a loop whose turns are all skipped has succeeded": Case(
        workflow(dag("main", passes("l", withItems=["a"], when="1 > 2")), USE),
        """
        run    DAG       Succeeded
        l      TaskGroup Succeeded
        l(0:a) Skipped   Skipped    when '1 > 2' evaluated false
        """,
    ),
    # dag.go, expandTask: `len(task.WithItems) > 0`, so an empty list by hand is no loop
    "an empty list is no loop": Case(
        workflow(dag("main", passes("l", withItems=[])), USE),
        """
        run DAG Succeeded
        l   Pod Succeeded
        """,
    ),
    # operator.go, processItem: template.Replace, which takes nothing that it can't resolve
    "an item that lacks the key that a turn asks for": Case(
        workflow(dag("main", passes("l", value="{{item.b}}", withItems=[{"b": 1}, {"a": 1}])), USE),
        """
        run DAG     Error
        l   Skipped Error  failed to resolve {{item.b}}
        """,
    ),
    "an item that is no mapping, and a turn asks for a key": Case(
        workflow(dag("main", passes("l", value="{{item.b}}", withParam='[["b"]]')), USE),
        """
        run DAG     Error
        l   Skipped Error  failed to resolve {{item.b}}
        """,
    ),
    "a loop that uses what a skipped task didn't give": Case(
        workflow(
            dag(
                "main",
                task("a", "make") | {"when": "1 > 2"},
                passes("l", after=["a"], value=OUT % "a", withItems=[1]),
            ),
            MAKE,
            USE,
        ),
        """
        run DAG     Error
        a   Skipped Skipped  when '1 > 2' evaluated false
        l   Skipped Error    failed to resolve {{tasks.a.outputs.parameters.out}}
        """,
    ),
    # operator.go, generateNodeName: no brackets; a list as Go prints it
    "the name of a turn": Case(
        workflow(dag("main", passes("l", withItems=["f(x)", [1, "b"], {"a-b": 1, "a": 2}])), USE),
        """
        run               DAG       Succeeded
        l                 TaskGroup Succeeded
        l(0:fx)           Pod       Succeeded
        l(1:[1 b])        Pod       Succeeded
        l(2:a-b:1,a:2)    Pod       Succeeded
        """,
    ),
}


@pytest.mark.parametrize(
    ("flow", "fates", "values"),
    [
        (static_loop, {}, ["a", "b"]),
        (loop_over_a_parameter, {}, ["1", "2.5", "true", "t"]),
        (loop_over_dicts, {}, ["x", "1", "y", "2"]),
        (nested_loops, {"things": ["[7, 8]", '["가"]']}, ["1", "7", "1", "8", "2", "가"]),
        # operator.go, processItem: `{{item}}` of a dict is JSON, its keys sorted (json.Marshal)
        (
            workflow(dag("main", passes("l", withItems=[{"b": [1, 2], "a": "é"}, [1, "b"]])), USE),
            {},
            ['{"a":"é","b":[1,2]}', '[1,"b"]'],
        ),
        # dag.go, resolveDependencyReferences: tags within the items, before the loop is expanded
        (
            workflow(dag("main", passes("l", withItems=['<{{workflow.name}}> "q"'])), USE),
            {},
            [r"\u003crun\u003e \"q\""],  # as the API server writes a Workflow
        ),
    ],
)
def test_a_turn_gets_its_item(flow, fates, values):
    run = play(flow, fates)
    used = [n for n in run.nodes.values() if n.type == "Pod" and n.template.startswith("use")]
    assert [text for node in used for text in node.input_parameters.values()] == values


def collecting(*tasks, make=MAKE, **more):
    loop = task("l", "make") | {"withItems": [1, 2, 3]} | more
    return workflow(dag("main", loop, passes("z", after=["l"], value=OUT % "l"), *tasks), make, USE)


@pytest.mark.parametrize(
    ("flow", "fates", "value"),
    [
        # operator.go, processAggregateNodeOutputs: a JSON list of texts, in the order of the turns
        (collecting(), {"l(0:1)": "a", "l(1:2)": 'b"', "l(2:3)": "가"}, r'["a","b\"","가"]'),
        (collecting(), {"l(0:1)": "1", "l(1:2)": "2", "l(2:3)": "3"}, '["1","2","3"]'),
        # of texts even where each is a JSON object: that came with Argo 3.6 (argo-workflows#13510)
        (
            collecting(),
            {"l(0:1)": '{"a": 1}', "l(1:2)": "[2]", "l(2:3)": "{}"},
            r'["{\"a\": 1}","[2]","{}"]',
        ),
        # a turn that was skipped has no outputs
        (collecting(when="{{item}} > 1"), {"l(1:2)": "b", "l(2:3)": "c"}, '["b","c"]'),
        # outputs of a retried turn are those of its last attempt
        (
            collecting(make=MAKE | {"retryStrategy": {"limit": 1}}),
            {"l(0:1)(0)": FAILED, "l(0:1)(1)": "a", "l(1:2)(0)": "b", "l(2:3)(0)": "c"},
            '["a","b","c"]',
        ),
    ],
)
def test_the_outputs_of_a_loop_are_a_list(flow, fates, value):
    assert by_path(play(flow, fates))["z"].input_parameters == {"x": value}


def test_a_collected_list_can_be_looped_over():
    flow = collecting(passes("y", after=["l"], withParam=OUT % "l"))
    nodes = by_path(play(flow, {"l(0:1)": "a", "l(1:2)": "b", "l(2:3)": "c"}))
    assert [nodes[f"y({i}:{v})"].input_parameters["x"] for i, v in enumerate("abc")] == list("abc")


NO_LIST = {  # the words of encoding/json; records a40, a41, c43_loop_over_*
    "[NaN]": "invalid character 'N' looking for beginning of value",
    "[" * 100_000: "exceeded max depth",
    "not json": "invalid character 'o' in literal null (expecting 'u')",
    "[1,2] x": "invalid character 'x' after top-level value",
    "[1 2]": "invalid character '2' after array element",
    "[1,": "unexpected end of JSON input",
    "[1,]": "invalid character ']' looking for beginning of value",
    "[1.x]": "invalid character 'x' after decimal point in numeric literal",
    r'["\x"]': "invalid character 'x' in string escape code",
    '["a\n"]': r"invalid character '\n' in string literal",
    "[{1}]": "invalid character '1' looking for beginning of object key string",
    '[{"a" 1}]': "invalid character '1' after object key",
    '[{"a": 1 2}]': "invalid character '2' after object key:value pair",
    "'a'": r"invalid character '\'' looking for beginning of value",
    '"a"': "json: cannot unmarshal string into Go value of type []v1alpha1.Item",
    '{"a": 1}': "json: cannot unmarshal object into Go value of type []v1alpha1.Item",
}


@pytest.mark.parametrize(("text", "why"), NO_LIST.items(), ids=range(len(NO_LIST)))
def test_what_is_no_json_list_is_not_looped_over(text, why):
    node = by_path(play(loop_over_an_output, {"things": text}))["for-loop-1"]
    assert node.phase is Phase.ERROR
    assert node.message == f"withParam value could not be parsed as a JSON list: {text}: {why}"


@pytest.mark.parametrize(
    ("text", "items"),
    [  # c36_param_numbers, c37_param_texts, c38_param_maps
        (
            "[1, 1.0, 1.10, 1e3, 1E-5, -0.0, 1e21]",
            ["1", "1.0", "1.10", "1e3", "1E-5", "-0.0", "1e21"],
        ),
        (
            r'["q\"q", "b\\b", "n\nn", "\ud55c", "한", ""]',
            [r"q\"q", r"b\\b", r"n\nn", r"\ud55c", "한", ""],
        ),
        ("[true, null, [1, [2]]]", ["true", "null", "[1,[2]]"]),
        ('[{"b": 1.0, "a": {"z": 1.10}}]', ['{"a":{"z":1.10},"b":1.0}']),
        ("null", []),
    ],
)
def test_an_item_is_the_text_that_it_came_in(text, items):
    loop = passes("use", withParam="{{workflow.parameters.l}}")
    run = play(workflow(dag("main", loop), USE, parameters={"l": text}))
    turns = [node for node in run.nodes.values() if node.type == "Pod"]
    assert [node.input_parameters["x"] for node in turns] == items


def test_a_loop_over_an_empty_text_is_none():
    """The record c43_loop_over_nothing: Argo takes the task as it stands."""
    loop = passes("use", withParam="{{workflow.parameters.l}}")
    run = play(workflow(dag("main", loop), USE, parameters={"l": ""}))
    assert by_path(run)["use"].input_parameters == {"x": "{{item}}"}


@pytest.mark.parametrize(
    ("value", "text"),
    [  # c34_items_numbers_upload, and strconv's 'g' for floats in encode.go
        (1.0, "1"),
        (1e-05, "0.00001"),
        (1e-7, "1e-7"),
        (1e21, "1e+21"),
        (1e20, "100000000000000000000"),
        (10**20, "100000000000000000000"),
        (2**63, "9223372036854775808"),
        (1000000.0, "1000000"),
        (-0.0, "-0"),
        (0.1, "0.1"),
        (1.5, "1.5"),
        (True, "true"),
        (None, "null"),
        ([1, "a"], '[1,"a"]'),
        ({"b": "<&>\u2028"}, r'{"b":"\u003c\u0026\u003e\u2028"}'),
        ("\b", r'"\u0008"'),
        ("한", '"한"'),
    ],
)
def test_values_are_written_as_go_writes_them(value, text):
    assert dump(value) == text


def test_a_loop_of_too_many_turns_is_an_error_with_a_sentence():
    node = by_path(play(loop_over_an_output, {"things": json.dumps([1] * MAX_NODES)}))["for-loop-1"]
    assert (node.phase, node.message) == (Phase.ERROR, "localkfp stops a run after 10,000 nodes")


def test_a_loop_hangs_in_the_tree_as_argo_hangs_it():
    # dag.go, connectDependencies: the turns below their group, what follows below each turn's end
    run = play(loop_and_then)
    nodes = by_path(run)
    children = {name: [path(run.nodes[child]) for child in n.children] for name, n in nodes.items()}
    turns = [f"for-loop-2({i}:{i + 1})" for i in range(3)]
    assert children["run"] == ["for-loop-2"]
    assert children["for-loop-2"] == turns
    assert [children[turn] for turn in turns] == [[f"{turn}.use"] for turn in turns]
    assert [children[f"{turn}.use"] for turn in turns] == [["use-2"]] * 3
    assert {nodes[turn].boundary for turn in (*turns, "for-loop-2", "use-2")} == {"run"}
    assert [nodes[f"{turn}.use"].boundary for turn in turns] == [nodes[t].id for t in turns]


# ---- parallelism ---------------------------------------------------------------------------------


def two_in_each_turn():
    with dsl.ParallelFor([1, 2, 3], parallelism=1) as item:
        use(item)
        use(item)


def one_turn_at_once():
    with dsl.SubGraph(parallelism=1), dsl.ParallelFor([1, 2, 3]) as item:
        use(item)
        use(item)


def two_pods_at_once():
    with dsl.ParallelFor([1, 2, 3]) as item:
        use(item)
        use(item)
    dsl.get_pipeline_conf().set_parallelism(2)


@pytest.mark.parametrize(
    ("flow", "pods", "turns", "in_a_turn"),
    [
        # operator.go, checkParallelism: of the tasks in one node of the template that has it. kfp
        # puts it into the loop's body, so it bounds each turn and not the turns
        # (https://github.com/kubeflow/pipelines/issues/6588)
        (two_in_each_turn, 3, 3, 1),
        (one_turn_at_once, 2, 1, 2),
        # checkParallelism: of all pods
        (two_pods_at_once, 2, 2, 2),
    ],
)
def test_no_more_run_at_once_than_are_allowed_and_all_run(flow, pods, turns, in_a_turn):
    most = []
    run = play(flow, most=most)
    assert max(map(len, most)) == pods
    assert max(len({node.boundary for node in now}) for now in most) == turns
    assert (
        max(sum(node.boundary == one.boundary for node in now) for now in most for one in now)
        == in_a_turn
    )
    ran = [node.phase for node in run.nodes.values() if node.type == "Pod"]
    assert ran == [Phase.SUCCEEDED] * 6


def test_a_skipped_task_gives_its_place_to_the_next():
    tasks = [task("a") | {"when": "1 > 2"}, *(task(name) | {"when": "2 > 1"} for name in "bcd")]
    most = []
    run = play(workflow(dag("main", *tasks) | {"parallelism": 1}, pod()), most=most)
    assert max(map(len, most)) == 1
    assert [by_path(run)[name].phase.value for name in "abcd"] == ["Skipped", *["Succeeded"] * 3]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_nodes_are_those_of_argo(case):
    assert table(play(case.flow, case.fates)) == lines(case.expected)
