"""Whatever the Workflow, however its pods end and in whatever order: what holds of every run."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from localkfp.engine import engine
from localkfp.engine.contract import Outcome, Phase
from localkfp.engine.node import node_id
from localkfp.workflow.load import load
from tests.support.played import MAKE, OUT, USE, at, passes
from tests.support.workflows import dag, pod, workflow

hypothesis = pytest.importorskip("hypothesis")
hypothesis.configuration.set_hypothesis_home_dir(Path(tempfile.gettempdir(), "hypothesis"))
st = hypothesis.strategies

pytestmark = pytest.mark.slow

# The same examples each time, and none kept on disk: a failure is a bug of the day's change.
examples = hypothesis.settings(max_examples=200, deadline=None, derandomize=True, database=None)

MET = (Phase.SUCCEEDED, Phase.SKIPPED)
WELL = [Outcome(Phase.SUCCEEDED, parameters={"out": text}) for text in ["x"] * 10 + ["y", "[1]"]]
OUTCOMES = [*WELL, Outcome(Phase.FAILED, "Error (exit code 1)"), Outcome(Phase.ERROR, "deleted")]
LEAVES = ["make", "use", "again"]
GIVING = ["make", "again"]  # those that have an output
STEPS = 5000  # more than any of these runs can have


# ---- random Workflows ----------------------------------------------------------------------------


def often(first, *rest):
    """The first value as often as all the others."""
    return st.sampled_from([*[first] * len(rest), *rest])


def seldom(*values):
    return st.sampled_from([*[{}] * 30, *values])


@st.composite
def dags(draw, name, level=0):
    """The templates of a DAG and of the DAGs in it, the outer one first."""
    tasks, inner = [], []
    for number in range(draw(st.integers(1 if level else 3, 6 - 2 * level))):
        before = [made["name"] for made in tasks]
        after = draw(st.lists(st.sampled_from(before), unique=True)) if before else []
        template = draw(st.sampled_from([*LEAVES, "dag"] if level < 2 else LEAVES))
        if template == "dag":
            template = f"{name}-{number}"
            inner += draw(dags(template, level + 1))
        given = [t["name"] for t in tasks if t["name"] in after and t["template"] in GIVING]
        value = OUT % draw(st.sampled_from(given)) if given else "x"
        more = {"when": draw(often("", "1 > 2", "2 > 1", f'"{value}" == "x"', f'"{value}" != "x"'))}
        lists = ([1], ["a", {"b": 1}, "c"])
        loops = [*({"withItems": items} for items in lists), {"withParam": '["p", "q"]'}]
        more |= draw(seldom({"withParam": value})) or draw(often({}, *loops))
        more |= draw(seldom({"when": "two words > 1"}))
        tasks.append(passes(f"t{number}", template, after, value, **more))
    parallelism = draw(st.sampled_from([0, 0, 1, 2]))
    return [dag(name, *tasks) | {"parallelism": parallelism}, *inner]


@st.composite
def workflows(draw):
    again = {
        "limit": draw(st.integers(0, 2)),
        "retryPolicy": draw(st.sampled_from(["Always", "OnError"])),
    }
    ends = draw(st.sampled_from([{}, {"onExit": "bye"}, {"onExit": "main-bye"}]))
    spec = ends | draw(st.sampled_from([{}, {"parallelism": 1}, {"parallelism": 3}]))
    pods = [MAKE, USE, MAKE | {"name": "again", "retryStrategy": again}, pod("bye")]
    return workflow(*draw(dags("main")), *draw(dags("main-bye", 2)), *pods, **spec)


# ---- what must hold while it runs ----------------------------------------------------------------


class Watch:
    """A run, and what was seen of it: the final phases, and which pods were given out."""

    def __init__(self, manifest, done=None):
        self.run = engine.begin(load(manifest), "run", "uid", {}, at(0), done)
        self.ended, self.taken, self.open, self.history = {}, [], [], []
        self.look()

    def look(self):
        """Take what is ready and what has changed, and compare it with what must hold."""
        run = self.run
        for node in engine.take_changed(run):
            assert self.ended.get(node.id, node.phase) is node.phase, "a final phase has changed"
            if node.phase.fulfilled:
                self.ended[node.id] = node.phase
        for pod_id in engine.take_ready(run):
            assert pod_id not in self.taken, "a pod was given out twice"
            assert all(node.phase in MET for node in self.dependencies(run.nodes[pod_id]))
            self.taken.append(pod_id)
        self.open = [pod_id for pod_id in self.taken if not run.nodes[pod_id].phase.fulfilled]
        waiting = [n.id for n in run.nodes.values() if n.type == "Pod" and not n.phase.fulfilled]
        limit = run.workflow.parallelism or len(waiting)
        assert len(self.open) == min(limit, len(waiting)), "a pod that could run wasn't given out"
        for dag_id, open_dag in run.dags.items():
            self.look_into(run.nodes[dag_id], open_dag)

    def dependencies(self, node):
        """The nodes of the tasks that this node's task depends on."""
        if not node.boundary:
            return []
        boundary = self.run.nodes[node.boundary]
        (task,) = self.tasks(boundary, node.display_name.split("(")[0])
        return [self.task_node(boundary, name) for name in task.dependencies]

    def tasks(self, node, *names):
        tasks = self.run.workflow.templates[node.template].tasks
        return [task for task in tasks if not names or task.name in names]

    def task_node(self, boundary, name):
        return self.run.nodes.get(node_id("run", f"{boundary.name}.{name}"))

    def look_into(self, node, open_dag):
        """Every task of a DAG whose dependencies are fulfilled has a node, or is held back because
        as many as may be are active."""
        limit = self.run.workflow.templates[node.template].parallelism
        assert not limit or len(open_dag.active) <= limit
        assert not open_dag.held or len(open_dag.active) == limit
        held = {task.name for task, _node, _turn in open_dag.held}
        for task in self.tasks(node):
            before = [self.task_node(node, name) for name in task.dependencies]
            free = all(other and other.phase.fulfilled for other in before)
            found = self.task_node(node, task.name)
            assert not found or free, "a task was begun too early"
            assert found or not free or task.name in held, "a task wasn't begun"

    def end(self, pod_id, outcome):
        self.history.append((pod_id, outcome))
        engine.start_pod(self.run, pod_id, at(len(self.history)))
        engine.end_pod(self.run, pod_id, outcome, at(len(self.history)))
        self.look()

    def play(self, random, outcomes=OUTCOMES, expire_at=STEPS):
        while not self.run.phase.fulfilled:
            assert self.open, "no pod can run, and the run isn't over"
            assert len(self.history) < STEPS, "the run doesn't end"
            if len(self.history) == expire_at and not self.run.root.phase.fulfilled:
                engine.expire(self.run, "late", at(STEPS))
                self.look()
            else:
                self.end(random.choice(self.open), random.choice(outcomes))
        return self


# ---- what must hold of its end -------------------------------------------------------------------


def check_end(watch):
    run = watch.run
    assert not run.ready
    for node in run.nodes.values():
        assert node.phase.fulfilled
        assert all(child in run.nodes for child in node.children)
        before = watch.dependencies(node)
        unmet = any(other.phase not in MET for other in before)
        assert (node.phase is Phase.OMITTED) == unmet, "omitted, or not, against its dependencies"
        check_phase(watch, node)
    root, exit_node = run.root.phase, run.exit_node
    last = [exit_node.phase] if exit_node and exit_node.phase.bad else []
    assert run.phase is (root if root.bad or not last else last[0])
    assert bool(exit_node) == bool(run.workflow.on_exit)


def check_phase(watch, node):
    """A node's phase follows from those of the nodes in it."""
    run, group = watch.run, [watch.run.nodes[child] for child in node.children]
    if node.type == "Retry":
        rule = run.workflow.templates[node.template].retry
        assert node.phase is group[-1].phase
        assert len(group) <= rule.limit + 1
        assert all(attempt.phase.bad for attempt in group[:-1])
    elif node.type == "TaskGroup":
        bad = [turn.phase for turn in group if turn.phase.bad]
        assert node.phase is (bad[-1] if bad else Phase.SUCCEEDED)
    elif node.type == "DAG":
        tasks = [watch.task_node(node, task.name) for task in watch.tasks(node)]
        bad = {task.phase for task in tasks if task.phase.bad}
        assert node.phase in (bad or {Phase.SUCCEEDED})


@examples
@hypothesis.given(workflows(), st.randoms(use_true_random=False))
def test_every_run_ends_and_starts_nothing_too_early_or_never(manifest, random):
    check_end(Watch(manifest).play(random))


@examples
@hypothesis.given(workflows(), st.randoms(use_true_random=False))
def test_the_same_history_gives_the_same_nodes(manifest, random):
    first, second = Watch(manifest).play(random), Watch(manifest)
    for pod_id, outcome in first.history:
        second.end(pod_id, outcome)
    assert second.run.nodes == first.run.nodes
    assert list(second.run.nodes) == list(first.run.nodes)


@examples
@hypothesis.given(workflows(), st.randoms(use_true_random=False), st.integers(0, 10))
def test_a_deadline_ends_every_run_and_its_exit_handler_still_runs(manifest, random, moment):
    watch = Watch(manifest).play(random, expire_at=moment)
    check_end(watch)
    for node in watch.run.nodes.values():
        assert node.message != "late" or (node.type == "Pod" and node.phase is Phase.FAILED)


@examples
@hypothesis.given(workflows(), st.randoms(use_true_random=False))
def test_a_second_life_runs_nothing_again_and_ends_as_it_can(manifest, random):
    first = Watch(manifest).play(random)
    done = {
        node.id: node
        for node in first.run.nodes.values()
        if node.type == "Pod" and node.phase is Phase.SUCCEEDED and node.boundary
    }
    second = Watch(manifest, done).play(random, WELL[:1])
    check_end(second)
    assert not done.keys() & second.taken
    assert done.keys() <= second.run.nodes.keys()
    assert not any(node.type == "Pod" and node.phase.bad for node in second.run.nodes.values())
