"""localkfp.pods.containers: one pod as containers of Podman, from images that the tests make."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import subprocess
import sys
from dataclasses import replace

import pytest
from localkfp.engine.contract import ArtifactValue, Phase, Pod
from localkfp.errors import StoreError
from localkfp.pods import archive, container_engine, images
from localkfp.pods.machine import Machine
from localkfp.pods.pod import run_pod, this_machine
from localkfp.workflow.model import Container, Mount
from tests.support import images as made

pytestmark = pytest.mark.slow
NUMBERS = itertools.count()
SH = ("sh", "-ec")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("containers")


@pytest.fixture(scope="module")
def machine(home) -> Machine:
    made.make()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("LOCALKFP_HOME", str(home / "state"))
        return this_machine(home, "containers")


def asked(
    script="", image="python:3.11", command=SH, parameters=None, artifacts=None, **more
) -> Pod:
    container = Container(image, command, (script,) if script else (), **more.pop("container", {}))
    return Pod(
        node_id=f"node-{next(NUMBERS)}",
        containers=(*more.pop("before", ()), container),
        inputs=tuple(more.pop("inputs", ())),
        output_parameters=parameters or {},
        output_artifacts=artifacts or {},
        **more,
    )


def start(machine, pod):
    return run_pod(pod, machine.artifacts / "pods" / pod.node_id, machine, f"kept/{pod.node_id}")


def run(machine, pod):
    """The outcome, and the log without localkfp's first line."""
    outcome = asyncio.run(start(machine, pod))
    log = (machine.artifacts / "pods" / pod.node_id / "main.log").read_text()
    return outcome, log.split("\n", 1)[1]


def containers(machine):
    line = ["podman", "ps", "-aq", "--filter", f"label=localkfp={machine.containment.engine.home}"]
    return subprocess.run(line, capture_output=True, text=True).stdout.split()


def test_a_container_has_the_program_user_folder_and_environment_of_its_image(machine):
    outcome, log = run(machine, asked(image=made.OWN, command=()))
    assert (outcome.phase, log) == (Phase.SUCCEEDED, "hello from the package by default\n")
    script = "id -un; pwd; cat here.txt; echo $COURSE $OTHER; umask"
    env = {"env": (("OTHER", "a b=$(c)\n'd'"),)}
    outcome, log = run(machine, asked(script, made.OWN, container=env))
    assert log == "learner\n/work\nthe folder of the image\npipelines a b=$(c) 'd'\n0000\n"


def test_what_only_the_image_has_is_there(machine):
    outcome, log = run(
        machine, asked("set -o pipefail; [[ a == a* ]] && echo bash", command=("bash", "-ec"))
    )
    assert (outcome.phase, log) == (Phase.SUCCEEDED, "bash\n")
    outcome, log = run(machine, asked("busybox | head -1 | cut -c1-7; python3", "busybox:1.36"))
    assert (outcome.message, log[:8]) == ("Error (exit code 127)", "BusyBox\n")


@pytest.mark.parametrize(
    ("script", "code"),
    [("exit 3", 3), ("exit 125", 125), ("exit 127", 127), ("kill -9 $$", 137), ("kill $$", 143)],
)
def test_the_exit_code_is_the_programs(machine, script, code):
    outcome, _ = run(machine, asked(script))
    assert (outcome.phase, outcome.exit_code) == (Phase.FAILED, code)
    assert outcome.message == f"Error (exit code {code})"


@pytest.mark.parametrize(
    ("program", "why"),
    [
        ("nope", "executable file not found in $PATH"),
        ("/nope/x", "stat /nope/x: no such file or directory"),
        ("/etc/passwd", "permission denied"),
        ("[nope", "executable file not found in $PATH"),
        ("--privileged", "executable file not found in $PATH"),
    ],
)
def test_a_program_that_the_image_lacks_is_told_as_a_cluster_does(machine, program, why):
    pod = asked("x", command=(program,))
    if program == "/etc/passwd":
        pod = asked("x", image=made.BUSYBOX, command=("/etc/hostname",))
        program = "/etc/hostname"
    outcome, log = run(machine, pod)
    told = f'failed to find name in PATH: exec: "{program}": {why}'
    assert (outcome.phase, outcome.message) == (Phase.FAILED, f"Error (exit code 64): {told}")
    assert log == f"Error: {told}\n{told}\n"


def test_outputs_are_copied_from_wherever_they_lie_and_links_lead_nowhere_else(machine):
    outcome, _ = run(
        machine,
        asked(
            "mkdir -p /data/d; echo 1 > /data/d/f; ln -s /etc/passwd /data/d/away;"
            "printf 'a\\r\\n\\n' > /p; ln -s /data/d/f /tmp/l; mkfifo /tmp/pipe || true",
            parameters={"p": "/p", "issue": "/etc/os-release"},
            artifacts={"d": "/data/d", "l": "/tmp/l", "none": "/none"},
            optional_artifacts=frozenset({"none"}),
        ),
    )
    assert outcome.phase is Phase.SUCCEEDED
    assert outcome.parameters["p"] == "a\r\n"
    assert "ID=" in outcome.parameters["issue"]
    assert archive.read_artifact(machine.artifacts / outcome.artifacts["l"]) == b"1\n"
    assert outcome.artifacts.keys() == {"d", "l", "main-logs"}
    folder = ArtifactValue("d", "/in/it", key=outcome.artifacts["l"])
    raw = ArtifactValue("r", "/tmp/r", raw="가\n")
    script = "cat /in/it /tmp/r; echo more >> /in/it; ls -A /tmp"
    outcome, log = run(machine, asked(script, made.OWN, inputs=(folder, raw)))
    assert (outcome.phase, log) == (Phase.SUCCEEDED, "1\n가\nr\n")


def test_a_declared_output_that_is_missing_is_an_error(machine):
    outcome, _ = run(machine, asked("true", parameters={"p": "/tmp/p"}))
    missing = "open /var/run/argo/outputs/parameters/tmp/p: no such file or directory"
    assert (outcome.phase, outcome.message) == (Phase.ERROR, f"Error (exit code 1): {missing}")


@pytest.mark.parametrize("image", ["nosuch/thing:1", "localhost/nosuch", "nosuch"])
def test_an_image_that_cannot_be_pulled_is_told_as_a_cluster_does(machine, image):
    pod = asked("true", image)
    outcome = asyncio.run(start(machine, pod))
    assert outcome.phase is Phase.ERROR
    assert outcome.message.startswith(f'ImagePullBackOff: Back-off pulling image "{image}": ')


@pytest.mark.parametrize(
    "image", ["--privileged", "No Such", "a:b:c", "", "-v/:/host", "python:3;id"]
)
def test_what_is_no_name_of_an_image_reaches_no_engine(machine, image):
    outcome = asyncio.run(start(machine, asked("true", image)))
    assert outcome.phase is Phase.ERROR
    assert outcome.message.startswith(
        f'InvalidImageName: Failed to apply default image tag "{image}"'
    )


@pytest.mark.parametrize(
    ("image", "whole"),
    [
        ("python", "docker.io/library/python:latest"),
        ("python:3.11", "docker.io/library/python:3.11"),
        ("me/it", "docker.io/me/it:latest"),
        ("docker.io/python:3", "docker.io/library/python:3"),
        ("localhost/it", "localhost/it:latest"),
        ("localhost:5000/it", "localhost:5000/it:latest"),
        ("ghcr.io/a/b@sha256:" + "0" * 64, "ghcr.io/a/b@sha256:" + "0" * 64),
    ],
)
def test_a_name_is_filled_up_as_kubernetes_does(image, whole):
    assert images.qualified(image) == whole


def test_limits_are_those_of_the_template(machine):
    limits = {"limits": (("memory", "64Mi"), ("cpu", "500m"))}
    eat = "python3 -c 'x = bytearray(300 * 1024 * 1024)'"
    outcome, _ = run(machine, asked(eat, container=limits))
    assert (outcome.message, outcome.exit_code) == ("OOMKilled (exit code 137)", 137)


def test_a_container_that_ignores_sigterm_ends_at_the_deadline(machine):
    outcome, log = run(machine, asked("trap '' TERM; echo began; sleep 600 & wait", deadline=3))
    assert (outcome.phase, log) == (Phase.FAILED, "began\n")
    assert "longer than the specified deadline" in outcome.message
    assert not containers(machine)


def test_a_pod_that_is_cancelled_leaves_no_container(machine, until):
    pod = asked("echo began; sleep 600")
    log = machine.artifacts / "pods" / pod.node_id / "main.log"

    async def play():
        task = asyncio.create_task(start(machine, pod))
        while not (log.exists() and "began" in log.read_text()):
            await asyncio.sleep(0.05)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    asyncio.run(asyncio.wait_for(play(), 60))
    until(lambda: not containers(machine))


def test_what_a_killed_localkfp_left_is_removed_by_the_next(machine, until):
    line = ["podman", "run", "-d", "--pids-limit", "50", "--memory", "50m", "--ulimit"]
    line += ["nofile=1024:1024", "--ulimit", "nproc=1024:1024"]
    line += ["--label", f"localkfp={machine.containment.engine.home}", "--label"]
    command = [made.BUSYBOX, "sleep", "600"]
    for owner in ("999999.1.00", machine.containment.engine.owner):
        subprocess.run([*line, f"localkfp.owner={owner}", *command], check=True)
    assert len(containers(machine)) == 2
    machine.containment.engine.remove_leftovers()
    left = containers(machine)
    subprocess.run(["podman", "rm", "-f", "-t", "0", *left])
    assert len(left) == 1


def test_init_containers_run_first_and_one_that_fails_ends_the_pod(machine):
    first = Container(made.BUSYBOX, SH, ("exit 5",))
    outcome = asyncio.run(start(machine, asked("true", before=(first,))))
    assert (outcome.phase, outcome.message) == (Phase.FAILED, "Error (exit code 5)")
    outcome, log = run(machine, asked("echo main", before=(replace(first, args=("true",)),)))
    assert (outcome.phase, log) == (Phase.SUCCEEDED, "main\n")


def test_the_containers_of_a_pod_share_its_volumes(machine):
    """The records d16_init_volume, d17_emptydir."""
    volume = {"mounts": (Mount("v", "/scratch"),)}
    first = Container(made.BUSYBOX, SH, ("echo from init > /scratch/f",), **volume)
    pod = asked(
        "cat /scratch/f; cp /scratch/f /scratch/o",
        container=volume,
        before=(first,),
        parameters={"o": "/scratch/o"},
    )
    outcome, log = run(machine, pod)
    assert (outcome.phase, log, outcome.parameters) == (
        Phase.SUCCEEDED,
        "from init\n",
        {"o": "from init"},
    )


def test_a_sidecar_has_the_network_of_its_pod_and_ends_with_it(machine, until):
    serve = "mkdir /w; cd /w; echo served > f; exec busybox httpd -f -p 8099"
    sidecar = Container(made.BUSYBOX, SH, (serve,), name="web")
    failing = Container(made.BUSYBOX, ("no-such-program",), name="bad")
    ask = "until busybox wget -qO- localhost:8099/f; do sleep 0.1; done"
    pod = asked(ask, made.BUSYBOX, sidecars=(sidecar, failing), deadline=60)
    outcome, log = run(machine, pod)
    assert (outcome.phase, log.splitlines()[-1]) == (Phase.SUCCEEDED, "served")
    until(lambda: not containers(machine))


def test_a_user_that_the_template_names(machine):
    """The records d57_security, d58_readonly_container."""
    outcome, log = run(machine, asked("id -u; id -g", container={"user": "1234:5"}))
    assert log == "1234\n5\n"
    pod = asked("true", container={"not_root": True})
    assert asyncio.run(start(machine, pod)).message.startswith("CreateContainerConfigError: ")
    outcome, _ = run(machine, asked("id -u", made.OWN, container={"not_root": True}))
    assert outcome.phase is Phase.SUCCEEDED


def test_which_image_it_was_is_kept_with_the_pod(machine):
    pod = asked("true")
    run(machine, pod)
    name, digest = (machine.artifacts / "pods" / pod.node_id / "image").read_text().split()
    assert name == made.PYTHON
    assert digest.startswith("sha256:")
    assert len(digest) == 71


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("exit 1", "does not work"),
        ("echo not json", "does not answer"),
        ("echo permission denied >&2; exit 126", "permission denied"),
        ("sleep 60", "does not answer"),
    ],
)
def test_an_engine_that_does_not_work_is_told_of(tmp_path, monkeypatch, script, words):
    for name in container_engine.NAMES:
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(container_engine, "ANSWER_SECONDS", 0.5 if "sleep" in script else 20)
    with pytest.raises(StoreError, match=words):
        container_engine.find(tmp_path)


def test_no_engine_is_told_of(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StoreError, match="podman is not installed; docker is not installed"):
        container_engine.find(tmp_path)


def test_the_command_line_runs_a_workflow_by_containers(tmp_path, machine):
    file = tmp_path / "own.yaml"
    file.write_text(
        "{apiVersion: argoproj.io/v1alpha1, kind: Workflow, metadata: {generateName: own-}, spec: {"
        "entrypoint: a, templates: [{name: a, container: {image: 'localhost/course/own:1'}}]}}"
    )
    line = [sys.executable, "-m", "localkfp", "run", str(file)]
    by_containers = subprocess.run([*line, "--pods", "containers"], capture_output=True, text=True)
    assert (by_containers.returncode, by_containers.stderr) == (0, "")
    as_process = subprocess.run(line, capture_output=True, text=True)
    assert as_process.returncode == 1
    assert "start localkfp with --pods containers" in as_process.stdout
