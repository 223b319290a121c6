"""localkfp.run: a Workflow from its first pod to its last, without a server."""

import asyncio
import json
import signal
import subprocess
import sys
import uuid

import localkfp
import pytest
from kfp import dsl
from kfp.components import InputPath, OutputPath, create_component_from_func
from localkfp.pods import process as pods
from tests.support.workflows import compiled, dag, pod, task, workflow, written


@pytest.fixture(autouse=True)
def home(state, monkeypatch):
    monkeypatch.setenv("LOCALKFP_HOME", str(state))


def run(pipeline, arguments=None):
    return localkfp.run(localkfp.load(compiled(pipeline)), arguments)


def processes(marker):
    return subprocess.run(["pgrep", "-f", marker], capture_output=True, text=True).stdout


# ---- what kfp compiles runs ----------------------------------------------------------------------


@pytest.mark.parametrize("private", [True, False])
def test_the_handout_multiplies_sum_and_difference(private, handout, monkeypatch):
    if private and not pods.has_namespaces():
        pytest.skip("this system has no namespaces")
    monkeypatch.setattr(pods, "has_namespaces", lambda: private)
    result = run(handout["my_pipeline"], {"value_1": 5, "value_2": 3})
    assert (result.phase, result.message) == ("Succeeded", "")
    assert result.outputs == {
        "add": {"add-Output": "8"},
        "subtract": {"subtract-Output": "2"},
        "multiply": {"multiply-Output": "16"},
    }


def test_a_loop_that_cannot_be_closed_keeps_nobody_waiting(handout, monkeypatch):
    """Code of the same process may have closed its file descriptors."""
    make = asyncio.new_event_loop

    def broken():
        loop = make()
        close = loop.close

        def fail():
            close()
            raise OSError("Bad file descriptor")

        loop.close = fail
        return loop

    monkeypatch.setattr(asyncio, "new_event_loop", broken)
    assert run(handout["my_pipeline"], {"value_1": 5, "value_2": 3}).phase == "Succeeded"


def test_arguments_of_every_type_arrive():
    """A bool needs distutils, which Python 3.12 has from setuptools only."""

    @create_component_from_func
    def shout(text: str, loud: bool, words: list, times: int = 2, scale: float = 1.5) -> str:
        """\U0001f600 한글"""
        return f"{text} {loud} {words} {times} {scale}"

    text = "가 \U0001f600 'x' \"y\" $z"
    result = run(lambda: shout(text, True, [1, "b"]))
    assert result.outputs == {"shout": {"shout-Output": f"{text} True [1, 'b'] 2 1.5"}}, result.logs


def test_files_and_folders_go_from_step_to_step():
    @create_component_from_func
    def write(file: OutputPath(), folder: OutputPath()):
        import pathlib

        pathlib.Path(file).write_bytes(bytes(range(256)))
        pathlib.Path(folder).mkdir()
        pathlib.Path(folder, "a.txt").write_text("in a folder")

    @create_component_from_func
    def read(file: InputPath(), folder: InputPath(), text: InputPath()) -> str:
        import pathlib

        return "{} {} {}".format(
            pathlib.Path(file).read_bytes() == bytes(range(256)),
            pathlib.Path(folder, "a.txt").read_text(),
            pathlib.Path(text).read_text(),
        )

    def pipeline():
        written = write()
        read(written.outputs["file"], written.outputs["folder"], "raw text")

    result = run(pipeline)
    assert list(result.outputs["read"].values()) == ["True in a folder raw text"], result.logs


def test_a_parameter_of_the_pipeline_can_be_taken_as_a_file_also_by_the_exit_handler():
    @create_component_from_func
    def read(text_path: InputPath(str)) -> str:
        from pathlib import Path

        return Path(text_path).read_text()

    def pipeline(text: str):
        with dsl.ExitHandler(read(text)):
            read(text)

    result = run(pipeline, {"text": "two\nlines"})
    assert result.phase == "Succeeded", result.message
    files = [text for node in result.nodes if node.type == "Pod" for text in node.files.values()]
    assert files == [b"two\nlines"] * 2


def test_each_node_is_told_apart_where_names_repeat():
    @create_component_from_func
    def write(x: str, copy: OutputPath()) -> str:
        import pathlib

        print(f"got {x}")
        pathlib.Path(copy).write_bytes(b"\xff" + x.encode())
        return x.upper()

    def pipeline():
        with dsl.ParallelFor(["a", "b"]) as x:
            write(x)

    result = run(pipeline)
    told = {
        node.name.split(".", 1)[1]: (
            node.template,
            node.inputs,
            node.outputs,
            node.files,
            node.phase,
        )
        for node in result.nodes
        if node.type == "Pod"
    }
    assert [name.partition("(")[2] for name in told] == ["0:a).write", "1:b).write"]
    for (template, inputs, outputs, files, phase), x in zip(told.values(), "ab", strict=True):
        assert (template, phase, list(inputs.values())) == ("write", "Succeeded", [x])
        assert outputs["write-Output"] == x.upper()
        assert files == {"write-Output": x.upper().encode(), "write-copy": b"\xff" + x.encode()}
    assert [node.log.splitlines()[1:] for node in result.nodes if node.log] == [
        ["got a"],
        ["got b"],
    ]
    assert result.outputs["write"]["write-Output"] == "B"  # of one display name, the last one
    assert {node.type for node in result.nodes} == {"DAG", "TaskGroup", "Pod"}


def test_a_step_that_raises_shows_its_traceback():
    @create_component_from_func
    def fail(n: int) -> int:
        return n / 0

    result = run(lambda: fail(1))
    assert (result.phase, result.message) == ("Failed", "fail: Error (exit code 1)")
    assert "ZeroDivisionError" in result.logs["fail"]


# ---- the call ------------------------------------------------------------------------------------

ADD = workflow(
    dag("main", task("a", "work", parameters={"x": "{{workflow.parameters.x}}"})),
    pod(
        "work",
        "echo {{inputs.parameters.x}} > /tmp/y",
        inputs={"parameters": [{"name": "x"}]},
        outputs=written(y="/tmp/y"),
    ),
    parameters=["x"],
)


def test_the_manifest_of_a_run_is_a_workflow_with_its_nodes():
    result = localkfp.run(localkfp.load(ADD), {"x": "1"})
    manifest = json.loads(json.dumps(result.manifest))
    assert manifest["status"]["phase"] == "Succeeded"
    assert [n["displayName"] for n in manifest["status"]["nodes"].values()][1:] == ["a"]
    assert manifest["spec"]["arguments"] == {"parameters": [{"name": "x", "value": "1"}]}
    assert "status" not in ADD


def test_every_change_is_told():
    seen = []
    localkfp.run(
        localkfp.load(ADD), {"x": "1"}, changed=lambda node: seen.append((node.type, node.phase))
    )
    assert [phase for kind, phase in seen if kind == "Pod"] == ["Pending", "Running", "Succeeded"]
    assert seen[-1] == ("DAG", "Succeeded")


def test_it_runs_where_an_event_loop_runs_already():
    async def notebook():
        return localkfp.run(localkfp.load(ADD), {"x": "1"})

    assert asyncio.run(notebook()).outputs == {"a": {"y": "1"}}


def test_an_argument_that_does_not_fit_is_refused():
    with pytest.raises(localkfp.WorkflowError, match="Unrecognized input parameter: z"):
        localkfp.run(localkfp.load(ADD), {"x": "1", "z": "2"})


def sleeping(marker):
    return workflow(dag("main", task("a")), pod(script=f"sleep {marker} & wait"))


def test_a_run_that_takes_too_long_is_stopped_and_leaves_no_process(until):
    marker = f"9999.{uuid.uuid4().int}"
    with pytest.raises(TimeoutError, match=r"stopped after 0.1 seconds"):
        localkfp.run(localkfp.load(sleeping(marker)), timeout=0.1)
    until(lambda: not processes(marker))


INTERRUPTED = """
import json, signal, subprocess, sys, localkfp
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
try:
    localkfp.run(localkfp.load(json.load(sys.stdin)))
except KeyboardInterrupt:
    print("interrupted", subprocess.run(["pgrep", "-f", sys.argv[1]]).returncode)
"""


def test_an_interrupt_stops_the_run_and_leaves_no_process(until):
    marker = f"9999.{uuid.uuid4().int}"
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, f"^sleep {marker}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    process.stdin.write(json.dumps(sleeping(marker)))
    process.stdin.close()
    until(lambda: processes(f"^sleep {marker}"))
    process.send_signal(signal.SIGINT)
    try:
        process.wait(60)
        assert process.stdout.read() == "interrupted 1\n"  # 1: no such process
    finally:
        process.kill()
