"""localkfp.drawing.svg: a Workflow or a run in words, and what is refused."""

from __future__ import annotations

import kfp
import pytest
from kfp import dsl
from kfp.components import create_component_from_func
from localkfp.drawing.draw import draw
from localkfp.errors import WorkflowError
from localkfp.workflow.load import load
from tests.support.drawings import DIAMOND, LOOP, PHASES, boxes, dag, run, task, texts, workflow


def compiled(pipeline):
    return kfp.compiler.Compiler()._create_workflow(pipeline)


def _add(a: int, b: int) -> int:
    return a + b


def _flip() -> str:
    return "heads"


add, flip = create_component_from_func(_add), create_component_from_func(_flip)


@dsl.pipeline(name="add-example")
def add_example(value_1: int = 1, value_2: int = 2):
    first = add(value_1, value_2).set_display_name("add")
    second = add(value_1, value_2).set_display_name("subtract")
    add(first.output, second.output).set_display_name("multiply")


@dsl.pipeline(name="coins")
def coins(n: int = 3, numbers: list = [1, 2]):  # noqa: B006, kfp wants a value
    coin = flip()
    with dsl.Condition(coin.output == "heads"):
        sum_ = add(n, 1).set_display_name("heads sum")
        with dsl.ParallelFor([1, 2]) as item:
            add(item, sum_.output).set_display_name("static loop")
    with dsl.Condition(n > 2, "many"), dsl.ParallelFor(numbers) as item:
        add(item, 1).set_display_name("list loop")
    with dsl.ParallelFor([{"a": 1}, {"a": 2}, {"a": 3}, {"a": 4}]) as item:
        add(item.a, 1).set_display_name("long loop")


@dsl.graph_component
def again(face):
    coin = flip().set_display_name("flip again")
    with dsl.Condition(coin.output == "heads"):
        again(coin.output).after(coin)


@dsl.pipeline(name="recursive")
def recursive():
    again(flip().output)


@dsl.pipeline(name="exits")
def exits():
    with dsl.ExitHandler(flip().set_display_name("clean up")):
        add(1, 2).set_display_name("work")


# ---- the words -----------------------------------------------------------------------------------


def test_the_add_example_is_told_in_the_order_in_which_it_runs():
    drawing = draw(compiled(add_example))
    assert drawing.words == (
        "add: starts at once",
        "subtract: starts at once",
        "multiply: after add, subtract",
    )
    assert drawing.title == (
        "Graph of add-example: 3 steps. add and subtract start at once; "
        "multiply waits for add, subtract."
    )
    assert repr(drawing) == "\n".join(drawing.words)


@pytest.mark.parametrize(
    ("pipeline", "words"),
    [
        (
            coins,
            {
                "flip: starts at once",
                'heads sum: after flip; when flip-Output == "heads"',
                'static loop: after heads sum; when flip-Output == "heads"; for each of 1, 2',
                "list loop: starts at once; when n > 2; for each of numbers",
                "long loop: starts at once; for each of 4 items",
            },
        ),
        (
            recursive,
            {
                "flip: starts at once",
                "flip again: starts at once; in graph-again-1",
                "graph-again-1: after flip again; in graph-again-1; "
                'when flip-2-Output == "heads"; recursion: the same steps again',
            },
        ),
        (
            exits,
            {
                "work: starts at once; in exit-handler-1",
                "clean up: after work; on exit, whatever happened",
            },
        ),
    ],
)
def test_conditions_loops_recursion_and_exit_handlers_are_told(pipeline, words):
    assert set(draw(compiled(pipeline)).words) == words


@pytest.mark.parametrize(
    ("loop", "note"),
    [
        ({"withItems": ["a", "b"]}, "for each of a, b"),
        ({"withItems": [1, True, None]}, "for each of 1, true, null"),
        ({"withItems": [1, 2, 3, 4]}, "for each of 4 items"),
        ({"withItems": [{"a": 1}]}, "for each of 1 items"),
        ({"withParam": "[1, 2]"}, "for each of 1, 2"),
        ({"withParam": "{{workflow.parameters.xs}}"}, "for each of xs"),
        ({"withParam": "7"}, "for each of 7"),
        ({"withSequence": {"count": "3"}}, "for each number of a sequence"),
        ({"when": "{{item}} > 2", "withItems": [1, 2]}, "for each of 1, 2; when item > 2"),
    ],
)
def test_a_loop_is_a_note_on_its_step(loop, note):
    assert draw(workflow(task("t", **loop))).words == (f"t: starts at once; {note}",)


def test_what_waits_for_a_dag_waits_for_its_last_steps_and_what_is_in_it_waits_as_it_does():
    manifest = workflow(
        task("start"),
        task("group", "start", template="inner"),
        task("end", "group"),
        more=[dag("inner", task("y", "x"), task("x"), task("z", "x"))],
    )
    assert draw(manifest).words == (
        "start: starts at once",
        "x: after start; in group",
        "y: after x; in group",
        "z: after x; in group",
        "end: after y, z",
    )


def test_depends_is_read_as_dependencies_are():
    manifest = workflow(task("a"), task("b"), {"name": "c", "depends": "a.Succeeded && !b.Failed"})
    assert draw(manifest).words[-1] == "c: after a, b"


def test_steps_of_the_same_name_are_numbered():
    name = {"metadata": {"annotations": {"pipelines.kubeflow.org/task_display_name": "train"}}}
    manifest = workflow(task("one", template="t"), task("two", "one", template="t"))
    manifest["spec"]["templates"].append({"name": "t", "container": {}, **name})
    assert draw(manifest).words == (
        "train (1 of 2): starts at once",
        "train (2 of 2): after train (1 of 2)",
    )


def test_the_title_of_a_large_graph_stays_short():
    drawing = draw(workflow(*(task(f"t{number}") for number in range(100))))
    assert drawing.title == (
        "Graph of main: 100 steps. t0, t1, t2, t3, t4, t5, t6 and 93 more start at once; "
        "the list after the picture has every step."
    )
    assert len(drawing.words) == 100


# ---- runs ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("phase", PHASES)
def test_a_step_shows_its_phase_as_a_word_beside_its_name(phase):
    drawing = draw(run(DIAMOND, {"a": "Succeeded", "b": phase, "c": "Succeeded", "d": "Pending"}))
    assert f"b: {phase}; after a" in drawing.words
    assert drawing.title.startswith("Run of main: 4 steps, ")
    assert texts(drawing.svg)["b"] == ["b", phase]


def test_a_task_without_a_node_has_not_started():
    drawing = draw(run(DIAMOND, {"a": "Succeeded", "b": "Running", "c": "Failed"}))
    assert drawing.words == (
        "a: Succeeded",
        "c: Failed; after a",
        "b: Running; after a",
        "d: not started; after c, b",
    )
    assert drawing.title == (
        "Run of main: 4 steps, 1 Succeeded, 1 Failed, 1 Running, 1 not started. "
        "a starts at once; c waits for a; b waits for a; d waits for c, b."
    )


def test_the_turns_of_a_loop_are_told_in_the_order_of_their_numbers():
    phases = {"list": "Succeeded", "loop": ("TaskGroup", "Running")}
    for number in range(11):
        phases[f"loop({number}:{number * 5})"] = ("DAG", "Running")
        phases[f"loop({number}:{number * 5}).work"] = "Failed" if number == 10 else "Running"
    drawing = draw(run(LOOP, phases))
    words = drawing.words
    assert words[1:3] == (
        "work (1 of 11): Running; after list; for each of list-out; item 0: 0",
        "work (2 of 11): Running; after list; for each of list-out; item 1: 5",
    )
    assert words[11] == "work (11 of 11): Failed; after list; for each of list-out; item 10: 50"
    assert len(boxes(drawing.svg)) == len(words) + 1  # the loop's frame, and none around each turn


@pytest.mark.parametrize(
    ("phases", "word"),
    [
        (
            {"loop": ("TaskGroup", "Succeeded")},
            "loop: Succeeded; after list; for each of list-out; no items",
        ),
        ({"loop": ("Skipped", "Skipped")}, "loop: Skipped; after list; for each of list-out"),
        (
            {"end": ("Retry", "Failed"), "end(0)": "Failed", "end(1)": "Failed"},
            "end: Failed; after work; 2 attempts",
        ),
        ({"end": ("Retry", "Succeeded"), "end(0)": "Succeeded"}, "end: Succeeded; after work"),
    ],
)
def test_loops_without_items_skipped_loops_and_retries_are_one_step(phases, word):
    assert word in draw(run(LOOP, {"list": "Succeeded", **phases})).words


def test_the_exit_handler_has_the_phase_of_its_node():
    manifest = workflow(task("work"))
    manifest["spec"]["onExit"] = "pod"
    words = draw(run(manifest, {"work": "Failed", "onExit": "Succeeded"})).words
    assert words == (
        "work: Failed",
        "pod: Succeeded; after work; on exit, whatever happened",
    )


def test_a_recursion_that_has_run_is_drawn_as_far_as_it_came():
    manifest = workflow(task("again", template="main", when="x"), task("t"))
    words = draw(
        run(manifest, {"t": "Succeeded", "again": ("DAG", "Running"), "again.t": "Running"})
    ).words
    assert words == (
        "again: not started; when x; when x; recursion: the same steps again",
        "t (1 of 2): Running; when x",
        "t (2 of 2): Succeeded",
    )


def test_names_ids_and_times_of_a_run_are_not_drawn():
    phases = {"a": "Succeeded", "b": "Running"}
    first = draw(run(DIAMOND, phases))
    assert draw(run(DIAMOND, phases, "main-zzzzz", "2026-02-02T22:22:22Z")) == first


# ---- what can be drawn ---------------------------------------------------------------------------


def test_a_workflow_that_localkfp_read_is_drawn_as_its_manifest_is():
    manifest = compiled(add_example)
    assert draw(load(manifest)) == draw(manifest)


def test_a_workflow_that_localkfp_cannot_run_is_drawn():
    manifest = compiled(add_example)
    manifest["spec"]["volumes"] = [{"name": "v", "persistentVolumeClaim": {"claimName": "c"}}]
    with pytest.raises(WorkflowError):
        load(manifest)
    assert len(draw(manifest).words) == 3


def test_a_workflow_of_a_single_pod_is_one_box():
    manifest = {"spec": {"entrypoint": "pod", "templates": [{"name": "pod", "container": {}}]}}
    assert draw(manifest).words == ("pod: starts at once",)
    assert draw(manifest).title == "Graph of pod: 1 step. pod starts at once."


def twice(number):
    """A DAG that asks for the next one twice."""
    following = f"d{number + 1}"
    return dag(f"d{number}", task("l", template=following), task("r", template=following))


BOMB = workflow(task("a", template="d0"), more=[*map(twice, range(30)), dag("d30", task("x"))])


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        ("kind: Workflow", "This is not a Workflow: .* Parse the YAML first"),
        (None, "This is not a Workflow"),
        ([], "This is not a Workflow"),
        ({"kind": "Pod", "spec": {"containers": []}}, "This is not a Workflow"),
        ({"spec": {"entrypoint": "a", "templates": [{"dag": {}}]}}, "must have a name"),
        ({"spec": {"entrypoint": "a", "templates": ["a"]}}, "must have a name"),
        ({"spec": {"entrypoint": "b", "templates": [dag("a")]}}, "entrypoint is 'b', and no"),
        (workflow(task("a", "b")), "template 'main': a task depends on 'b'"),
        (workflow(task("a", "b"), task("b", "a")), "wait for each other: (a|b) -> (a|b) -> (a|b)"),
        (workflow(task("a"), task("a")), "two entries of the name 'a'"),
        (BOMB, "more than 5000 steps: too many to draw"),
    ],
)
def test_what_is_no_graph_is_refused_with_a_sentence(manifest, message):
    with pytest.raises(ValueError, match=message):
        draw(manifest)


def test_a_template_from_elsewhere_is_a_box():
    assert draw(workflow({"name": "t", "templateRef": {"name": "x"}})).words == (
        "t: starts at once",
    )


def test_dags_in_dags_are_drawn_to_a_bound():
    more = [dag(f"d{n}", task("t", template=f"d{n + 1}")) for n in range(200)]
    (word,) = draw(workflow(task("t", template="d0"), more=more)).words
    assert word.endswith("more steps inside")
