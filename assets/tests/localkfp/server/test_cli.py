"""The command lines, kfp's own against localkfp and localkfp's; a server's life and death."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import uuid
from pathlib import Path

import kfp
import localkfp
import pytest
import yaml
from kfp.cli import cli
from localkfp.__main__ import main
from localkfp.pods.process import has_namespaces
from localkfp.server import lifecycle
from tests.support.handout_pipeline import my_pipeline
from tests.support.workflows import compiled, dag, pod, task, workflow
from workbook.kernel.answers import compile_pipeline


@pytest.fixture(scope="module")
def package(handout, tmp_path_factory):
    file = tmp_path_factory.mktemp("cli") / "add.yaml"
    file.write_text(yaml.safe_dump(compiled(handout["my_pipeline"])))
    return str(file)


# ---- kfp -----------------------------------------------------------------------------------------


@pytest.fixture
def kfp_(host, monkeypatch, capsys):
    """Runs the command line `kfp words` in this process and reads the JSON that it writes."""

    def call(*words):
        line = ["kfp", "--endpoint", host, "--output", "json", *words]
        monkeypatch.setattr(sys, "argv", line)
        with pytest.raises(SystemExit) as ended:
            cli.main()
        written = capsys.readouterr()
        assert ended.value.code in (0, None), written
        lines = written.out.splitlines()
        first = next((n for n, text in enumerate(lines) if text[:1] in "[{"), len(lines))
        return json.loads("\n".join(lines[first:]) or "null")

    return call


def test_kfp_keeps_pipelines(kfp_, package):
    name = str(uuid.uuid4())
    made = kfp_("pipeline", "upload", "-p", name, package)["Pipeline Details"]
    assert name in [pipeline["Name"] for pipeline in kfp_("pipeline", "list")]
    assert kfp_("pipeline", "get", made["Pipeline ID"])["Pipeline Details"] == made
    version = kfp_("pipeline", "upload-version", "-n", name, "-v", "v2", package)
    assert version["Version name"] == "v2"
    kfp_("pipeline", "delete", made["Pipeline ID"])
    assert name not in [pipeline["Name"] for pipeline in kfp_("pipeline", "list") or []]


def test_kfp_submits_a_run(kfp_, package, ended):
    name = str(uuid.uuid4())
    experiment = kfp_("experiment", "create", name)["ID"]
    assert name in [found["Name"] for found in kfp_("experiment", "list")]
    (run,) = kfp_("run", "submit", "-e", name, "-f", package, "value_1=5", "value_2=3")
    ended(run["run id"])
    (listed,) = kfp_("run", "list", "-e", experiment)
    assert listed == {**run, "status": "Succeeded"}
    assert kfp_("run", "get", run["run id"]) == [listed]


def test_kfp_as_a_program_says_what_the_server_says(host):
    program = Path(sys.executable).parent / "kfp"
    line = [program, "--endpoint", host, "run", "get", "no-such-run"]
    result = subprocess.run(line, capture_output=True, text=True, timeout=60)
    assert result.returncode == 1
    assert "Run no-such-run not found." in result.stdout + result.stderr


# ---- localkfp ------------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A state directory of the test's own; what is started there is stopped in the end."""
    monkeypatch.setenv("LOCALKFP_HOME", str(tmp_path / "home"))
    yield tmp_path / "home"
    if not (tmp_path / "home").is_file():
        localkfp.stop()


@pytest.fixture
def localkfp_(home, capsys):
    """Runs the command line `localkfp words` in this process; its exit code and what it says."""

    def call(*words):
        code = main(list(words))
        written = capsys.readouterr()
        return code, (written.out + written.err).strip()

    return call


def start(*words):
    """The process of the command line `localkfp words`."""
    line = [sys.executable, "-m", "localkfp", *words]
    return subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def said(process):
    """The exit code of a process, and what it has written."""
    out, _ = process.communicate(timeout=60)
    return process.returncode, out.strip()


def running(home):
    return json.loads((home / "server.json").read_text())


def test_a_server_is_started_found_and_stopped(home, localkfp_):
    assert localkfp_("status") == (3, f"localkfp is not running\nstate directory: {home}")
    code, address = localkfp_("start")
    assert code == 0
    assert address.startswith("http://localhost:")
    assert localkfp_("start") == (0, address)
    code, text = localkfp_("status")
    told = running(home)
    assert (code, told["url"]) == (0, address)
    assert text.splitlines()[0] == (
        f"localkfp {localkfp.__version__} serves {address} (process {told['pid']}), "
        "pods are processes"
    )
    assert localkfp_("stop") == (0, "localkfp has stopped")
    assert localkfp_("stop") == (0, "localkfp was not running")
    assert not (home / "server.json").exists()


def test_one_state_directory_has_one_server(home):
    """Two starts at once give the same server, and a second server is refused."""
    both = [start("start") for _ in range(2)]
    first, second = [said(process) for process in both]
    assert first == second
    assert first[0] == 0
    code, text = said(start("serve"))
    assert code == 2
    assert text.startswith(f"localkfp: A localkfp already serves {home}: see `localkfp status`")


def test_a_server_of_another_version_is_named_with_what_to_do(home, localkfp_):
    localkfp.start()
    (home / "server.json").write_text(
        json.dumps({**running(home), "version": "9.9", "build": "another"})
    )
    code, text = localkfp_("start")
    assert code == 2
    assert text.startswith(
        f"localkfp: localkfp 9.9 is running from {home}, and its code isn't that of "
    )
    assert "Run `localkfp stop`, then start again" in text
    assert localkfp_("stop")[0] == 0


def test_a_process_that_has_the_number_of_a_dead_server_is_left_alone(home, localkfp_):
    home.mkdir()
    with subprocess.Popen(["sleep", "600"]) as other:
        dead = {"pid": other.pid, "url": "http://localhost:1", "version": localkfp.__version__}
        (home / "server.json").write_text(json.dumps(dead))
        try:
            assert localkfp_("stop") == (0, "localkfp was not running")
            assert other.poll() is None
        finally:
            other.kill()


def test_a_port_that_cannot_be_had_is_named(home):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = str(taken.getsockname()[1])
        code, text = said(start("serve", "--port", number))
    assert code == 2
    assert text.startswith(f"localkfp: Port {number} can't be had on this machine")


def test_a_number_that_is_no_port_is_named(home):
    code, text = said(start("serve", "--port", "99999"))
    assert (code, text) == (2, "localkfp: 99999 is no port: a port is a number up to 65535.")


def test_a_state_directory_that_cannot_be_written_is_named(home, localkfp_):
    home.write_text("mine")
    code, text = localkfp_("start")
    assert code == 2
    assert text.startswith("localkfp: localkfp can't write its state directory")


def test_a_server_that_cannot_start_says_why_and_where_its_log_is(home, localkfp_):
    home.mkdir()
    (home / "localkfp.sqlite").write_text("This is a letter, and no database.")
    code, text = localkfp_("start")
    assert code == 2
    assert text.startswith("localkfp: localkfp did not start. ")
    assert f"{home / 'localkfp.sqlite'} can't be used as localkfp's database" in text
    assert text.endswith(f"(Its log: {home / 'server.log'})")
    assert (home / "localkfp.sqlite").read_text() == "This is a letter, and no database."


# ---- death ---------------------------------------------------------------------------------------

TASKS = [task("a", "short"), task("b", "long", after=["a"])]
CUT_SHORT = (
    "Failed",
    "localkfp was stopped while the run was in progress",
    {"a": "Succeeded", "b": "Failed"},
)


def processes(marker):
    return subprocess.run(["pgrep", "-f", marker], capture_output=True, text=True).stdout


def found(submitted):
    """Whether all that was answered is there, and how the run and its steps ended."""
    client = kfp.Client(host=localkfp.start())
    pipeline, experiment, run = submitted
    assert client.get_pipeline(pipeline).name == "p"
    assert client.get_experiment(experiment).name == "e"
    detail = client.get_run(run)
    live = json.loads(detail.pipeline_runtime.workflow_manifest)["status"]
    steps = {n["displayName"]: n["phase"] for n in live["nodes"].values() if n["type"] == "Pod"}
    return detail.run.status, live["message"], steps


@pytest.mark.parametrize("end", ["kill", "stop"])
def test_a_server_that_ends_in_the_middle_of_a_run_loses_nothing(home, tmp_path, until, end):
    marker = f"9999.{uuid.uuid4().int}"
    templates = [dag("main", *TASKS), pod("short"), pod("long", f"sleep {marker} & wait")]
    file = tmp_path / "sleeper.yaml"
    file.write_text(yaml.safe_dump(workflow(*templates)))
    client = kfp.Client(host=localkfp.start())
    pipeline = client.upload_pipeline(str(file), "p")
    experiment = client.create_experiment("e")
    run = client.run_pipeline(experiment.id, "r", str(file))
    until(lambda: processes(f"^sleep {marker}"))
    if end == "kill":
        os.kill(running(home)["pid"], signal.SIGKILL)
        until(lambda: lifecycle.status() is None)
    else:
        localkfp.stop()
    if end == "stop" or has_namespaces():  # elsewhere nothing tells a pod that its server is dead
        until(lambda: not processes(marker))
    assert found((pipeline.id, experiment.id, run.id)) == CUT_SHORT


# ---- localkfp run --------------------------------------------------------------------------------


def test_a_file_is_run_without_a_server_and_the_outputs_come_at_the_end(tmp_path):
    file = tmp_path / "add.yaml"
    file.write_text(json.dumps(compile_pipeline(my_pipeline)))
    command = [sys.executable, "-m", "localkfp", "run", file, "-p", "value_1=7", "-p", "value_2=2"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert set(lines[:2]) == {"add: Succeeded", "subtract: Succeeded"}
    assert lines[2:4] == ["multiply: Succeeded", "Succeeded"]
    assert "multiply  multiply-Output = 45" in lines


def test_a_file_that_fails_gives_1_and_one_that_is_no_workflow_2(tmp_path):
    file = tmp_path / "bad.yaml"
    for manifest, code, words in (
        (workflow(pod(script="exit 3")), 1, "Error (exit code 3)"),
        ({"kind": "Pod"}, 2, "not a Workflow"),
    ):
        file.write_text(json.dumps(manifest))
        command = [sys.executable, "-m", "localkfp", "run", file]
        result = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert result.returncode == code
        assert words in result.stdout + result.stderr
        assert "Traceback" not in result.stderr


def test_a_server_that_nobody_asks_ends_by_itself(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("LOCALKFP_HOME", str(tmp_path))
    monkeypatch.setattr(lifecycle, "IDLE_SECONDS", 0.1)
    lifecycle.serve(port=0)
    assert "localkfp ends: two hours without a request or a run" in capsys.readouterr().out
    assert lifecycle.status() is None
