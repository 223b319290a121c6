"""localkfp.pods.process: one pod, with a /tmp of its own in both of the two ways."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import subprocess
import sys
import uuid
from dataclasses import replace
from pathlib import Path

import pytest
from localkfp.engine.contract import ArtifactValue, Outcome, Phase, Pod
from localkfp.pods import archive, interpreter, process
from localkfp.pods import log as log_of_pod
from localkfp.pods.machine import Machine
from localkfp.pods.pod import run_pod
from localkfp.workflow.model import Container, Mount

MAIN = archive.MAIN_LOG
NUMBERS = itertools.count()
PRIVATE = pytest.param(
    True,
    id="private",
    marks=pytest.mark.skipif(not process.has_namespaces(), reason="this system has no namespaces"),
)
EVERY_BYTE = "python3 -c 'import sys; sys.stdout.buffer.write(bytes(range(256)) * 100)' > "


@pytest.fixture(params=[PRIVATE, pytest.param(False, id="shared")])
def machine(request, state, tmp_path):
    return Machine(interpreter.ensure(state), tmp_path, private_tmp=request.param)


@pytest.fixture
def private(state, tmp_path):
    if not process.has_namespaces():
        pytest.skip("this system has no namespaces")
    return Machine(interpreter.ensure(state), tmp_path, private_tmp=True)


def asked(
    script, inputs=(), parameters=None, artifacts=None, env=(), command=("sh", "-ec"), optional=()
):
    return Pod(
        node_id=f"node-{next(NUMBERS)}",
        containers=(Container("python:3.7", command, (script,) if script else (), env=tuple(env)),),
        inputs=tuple(inputs),
        output_parameters=parameters or {},
        output_artifacts=artifacts or {},
        optional_artifacts=frozenset(optional),
    )


def start(machine, what):
    folder = machine.artifacts / "pods" / what.node_id
    return run_pod(what, folder, machine, f"artifacts/{what.node_id}")


def run(machine, script, **more):
    """The outcome of a shell script as a pod, and the log without localkfp's first line."""
    pod = asked(script, **more)
    outcome = asyncio.run(start(machine, pod))
    log = (machine.artifacts / "pods" / pod.node_id / "main.log").read_text()
    return outcome, log.split("\n", 1)[1]


def stored(machine, outcome, name):
    return archive.read_artifact(machine.artifacts / outcome.artifacts[name])


def processes(marker):
    return subprocess.run(["pgrep", "-f", marker], capture_output=True, text=True).stdout


# ---- what is around the program ------------------------------------------------------------------


def test_the_log_begins_with_what_stands_in_for_the_image(machine):
    outcome, _ = run(machine, "echo out; echo err >&2")
    first, *rest = (machine.artifacts / outcome.artifacts["main-logs"]).read_text().splitlines()
    assert first.startswith("localkfp: this machine's Python stands in for the image python:3.7.")
    assert ("/tmp is shared" in first) == (not machine.private_tmp)
    assert rest == ["out", "err"]


@pytest.mark.parametrize(
    ("script", "last"),
    [
        ("python3 /pipelines/src/main.py", "has no /pipelines/src/main.py, which team/own:1 may"),
        ("a-program-of-the-image", "no program a-program-of-the-image, which team/own:1 may have"),
        ("exit 3", ""),
        ("python3 /pipelines/src/main.py || true", ""),
    ],
)
def test_a_step_that_failed_is_told_what_only_its_image_may_have(machine, script, last):
    pod = asked(script)
    pod = replace(pod, containers=(replace(pod.containers[0], image="team/own:1"),))
    outcome = asyncio.run(start(machine, pod))
    log = (machine.artifacts / "pods" / pod.node_id / "main.log").read_text()
    assert outcome.message in ("", f"Error (exit code {outcome.exit_code})")
    assert last in log
    assert ("--pods containers" in log) == bool(last)


def test_what_one_pod_leaves_in_tmp_the_next_does_not_see(machine):
    if not machine.private_tmp:
        pytest.skip("here /tmp is shared, and the log says so")
    name = uuid.uuid4().hex
    assert name in run(machine, f"touch /tmp/{name}; ls /tmp")[1].split()
    assert run(machine, f"test ! -e /tmp/{name}")[0].phase is Phase.SUCCEEDED
    assert not Path("/tmp", name).exists()


def test_a_pods_folder_may_have_any_name(machine, tmp_path):
    place = tmp_path / "my  files\t\\040 한글"
    outcome, log = run(replace(machine, artifacts=place), "echo mine > /tmp/$$; cat /tmp/$$")
    assert (outcome.phase, log) == (Phase.SUCCEEDED, "mine\n")


def test_a_declared_file_is_the_pods_own(machine):
    """Also where /tmp is shared: two pods at once write to the same path."""
    pods = [
        asked(f"echo {n} > /tmp/same; cat /tmp/same", parameters={"x": "/tmp/same"})
        for n in range(3)
    ]

    async def together():
        return await asyncio.gather(*(start(machine, what) for what in pods))

    assert [outcome.parameters for outcome in asyncio.run(together())] == [
        {"x": "0"},
        {"x": "1"},
        {"x": "2"},
    ]


def test_home_is_empty_and_the_pod_starts_there(machine):
    assert run(machine, 'ls -A; test "$PWD" = "$HOME"; touch "$HOME/x"')[1] == ""


def test_the_environment_is_bare(machine, monkeypatch):
    monkeypatch.setenv("SECRET_OF_THE_LEARNER", "x")
    _, log = run(machine, "env", env=[("MINE", "1")], command=("sh", "-c"))
    names = {line.split("=")[0] for line in log.splitlines()}
    assert names >= {"PATH", "HOME", "HOSTNAME", "LANG", "MINE"}
    assert names <= {
        *("PATH", "HOME", "HOSTNAME", "LANG", "MINE", "TMPDIR"),
        *("PWD", "OLDPWD", "SHLVL", "_"),  # the shell's
    }


def test_a_path_of_its_own_is_for_the_program_alone(machine, tmp_path):
    """What makes the pod is the system's, whatever has its name there."""
    for name in ("setpriv", "unshare", "mount"):
        (tmp_path / name).write_text("#!/bin/sh\necho caught\n")
        (tmp_path / name).chmod(0o755)
    outcome, log = run(
        machine, 'echo "$PATH"', env=[("PATH", str(tmp_path))], command=("/bin/sh", "-ec")
    )
    assert outcome.phase is Phase.SUCCEEDED
    assert log == f"{tmp_path}\n"


def test_packages_of_the_learner_are_not_there(machine):
    outcome, log = run(machine, "python3 -c 'import kfp'")
    assert (outcome.phase, outcome.exit_code) == (Phase.FAILED, 1)
    assert "No module named 'kfp'" in log


def test_python_is_the_bare_one_by_both_its_names(machine, state):
    _, log = run(machine, "for p in python python3; do $p -c 'import sys; print(sys.prefix)'; done")
    assert log.splitlines() == [str(interpreter.ensure(state).parent)] * 2


def test_there_is_nothing_to_read_on_the_standard_input(machine):
    assert run(machine, "cat")[0].phase is Phase.SUCCEEDED


# ---- how it ends ---------------------------------------------------------------------------------

SEGFAULT = "exec python3 -c 'import ctypes; ctypes.string_at(0)'"


@pytest.mark.parametrize(
    ("script", "code"), [("exit 3", 3), ("false", 1), (SEGFAULT, 139), ("nowhere", 127)]
)
def test_a_program_that_fails_gives_its_exit_code(machine, script, code):
    outcome, _ = run(machine, script)
    assert (outcome.phase, outcome.exit_code) == (Phase.FAILED, code)
    assert outcome.message == f"Error (exit code {code})"


def test_a_program_that_is_not_on_this_machine_is_named_with_the_image(machine):
    outcome, log = run(machine, "", command=("no-such-program", "x"))
    assert outcome == Outcome(  # the record d06_command_not_found
        Phase.FAILED,
        'Error (exit code 64): failed to find name in PATH: exec: "no-such-program": executable '
        "file not found in $PATH",
        64,
    )
    assert "this machine lacks what python:3.7 has" in log


def test_a_container_without_a_command_asks_for_an_image(machine):
    outcome, _ = run(machine, "", command=())
    assert outcome.phase is Phase.ERROR
    assert "asks for the program of its image python:3.7, and pods are processes" in outcome.message


@pytest.mark.parametrize("place", ["/usr/lib", "/tmp/deep/er", "/not/on/this/machine"])
def test_a_working_directory_is_where_the_program_starts(machine, place):
    pod = asked("pwd" if place == "/usr/lib" else "touch here; pwd")
    pod = replace(pod, containers=(replace(pod.containers[0], working_dir=place),))
    outcome = asyncio.run(start(machine, pod))
    log = (machine.artifacts / "pods" / pod.node_id / "main.log").read_text()
    assert outcome.phase is Phase.SUCCEEDED
    assert log.endswith(f"{place}\n")


def test_a_child_in_the_background_ends_with_the_pod(machine, until):
    marker = f"9999.{uuid.uuid4().int}"
    outcome, log = run(
        machine, f"(sleep {marker} & ) >/dev/null 2>&1; sleep {marker} >/dev/null 2>&1 & echo done"
    )
    assert (outcome.phase, log) == (Phase.SUCCEEDED, "done\n")
    until(lambda: not processes(marker))


def test_a_pod_lasts_as_long_as_somebody_holds_its_log(machine):
    """The record d61_background."""
    wait = "while [ ! -e $HOME/go ]; do sleep 0.01; done"
    outcome, log = run(machine, f"({wait}; echo late; exit 3) & (sleep 0.1; touch $HOME/go) & echo")
    assert (outcome.phase, log) == (Phase.SUCCEEDED, "\nlate\n")


def test_what_a_pod_writes_into_root_is_its_own(private):
    """The record d77_same_tmp."""
    _, first = run(private, "echo 1 > /root/shared; ls /root/shared")
    outcome, second = run(private, "ls /root/shared || python3 -c 'import json'")
    assert first == "/root/shared\n"
    assert outcome.phase is Phase.SUCCEEDED
    assert "No such file" in second


def test_a_volume_is_shared_by_the_containers_of_a_pod(machine):
    """The records d16_init_volume, d17_emptydir."""
    for place in ("/scratch", "/tmp/deep/v", "/root/v"):
        volume = (Mount("v", place),)
        first = Container("i", ("sh", "-ec"), (f"echo from init > {place}/f",), mounts=volume)
        pod = asked(f"cat {place}/f; echo out > {place}/o", parameters={"o": f"{place}/o"})
        main = replace(pod.containers[0], mounts=volume)
        outcome = asyncio.run(start(machine, replace(pod, containers=(first, main))))
        assert (outcome.phase, outcome.parameters) == (Phase.SUCCEEDED, {"o": "out"})


def test_a_sidecar_runs_beside_the_main_container_and_ends_with_it(machine, until):
    marker = f"9999.{uuid.uuid4().int}"
    volume = (Mount("v", "/tmp/v"),)
    script = f"echo ready > /tmp/v/s; exec sleep {marker}"
    sidecar = Container("s", ("sh", "-ec"), (script,), name="s", mounts=volume)
    failing = Container("s", ("no-such-program",), name="t")
    pod = asked("until [ -s /tmp/v/s ]; do sleep 0.01; done; cat /tmp/v/s > /tmp/o")
    main = replace(pod.containers[0], mounts=volume)
    pod = replace(pod, containers=(main,), sidecars=(sidecar, failing))
    pod = replace(pod, output_parameters={"o": "/tmp/o"})
    outcome = asyncio.run(start(machine, pod))
    assert (outcome.phase, outcome.parameters) == (Phase.SUCCEEDED, {"o": "ready"})
    until(lambda: not processes(marker))


def test_a_child_that_left_the_group_ends_with_the_pod(machine, until):
    marker = f"9999.{uuid.uuid4().int}"
    run(machine, f"setsid sleep {marker} >/dev/null 2>&1 & while ! pgrep -f {marker}; do :; done")
    until(lambda: not processes(marker))


def test_a_pod_that_is_cancelled_leaves_no_process(machine, until):
    marker = f"9999.{uuid.uuid4().int}"

    async def cancelled():
        task = asyncio.create_task(start(machine, asked(f"sleep {marker} & wait")))
        await asyncio.to_thread(until, lambda: processes(f"^sleep {marker}"))
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    until(lambda: not processes(marker))


def test_only_the_log_of_a_pod_stays(machine):
    what = asked("mkdir /tmp/d && echo x > /tmp/out", parameters={"x": "/tmp/out"})
    asyncio.run(start(machine, what))
    left = (machine.artifacts / "pods" / what.node_id).rglob("*")
    assert [path.name for path in left] == ["main.log"]


# ---- outputs -------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/tmp/outputs/x/data", "/output.txt", "/data/deep/x", "/tmp/x"])
def test_an_output_is_read_wherever_it_is_declared(machine, path):
    script = f"case {path} in /tmp/*) mkdir -p $(dirname {path});; esac; echo 가 > {path}"
    outcome, _ = run(machine, script, parameters={"x": path}, artifacts={"f": path})
    assert (outcome.phase, outcome.parameters) == (Phase.SUCCEEDED, {"x": "가"})
    assert stored(machine, outcome, "f") == "가\n".encode()


def test_a_pod_may_run_again_at_once_in_the_folder_that_is_being_cleared(machine):
    what = asked("seq 300 | (cd $HOME; xargs touch); echo ok > /tmp/o", parameters={"o": "/tmp/o"})

    async def again():
        return [(await start(machine, what)).phase for _ in range(5)]

    assert asyncio.run(again()) == [Phase.SUCCEEDED] * 5


def test_a_folder_in_tmp_is_not_made_for_the_program(machine):
    path = "/tmp/outputs/x/data"
    outcome, _ = run(machine, f"echo 1 > {path}", parameters={"x": path})
    assert (outcome.phase, outcome.parameters) == (Phase.FAILED, {})


def test_paths_that_begin_alike_are_kept_apart(machine):
    others = "s3://bucket/output /outputs /output-2 /output.md"
    script = f"echo {others}; echo 1 > /output; echo 2 > /output.txt; ls /output.txt >&2"
    paths = {"a": "/output", "b": "/output.txt"}
    outcome, log = run(machine, script, parameters=paths)
    assert outcome.parameters == {"a": "1", "b": "2"}
    assert log.splitlines()[0] == others


def test_a_declared_path_in_the_environment_is_the_pods_own(machine):
    outcome, _ = run(machine, 'echo 1 > "$OUT"', parameters={"x": "/out"}, env=[("OUT", "/out")])
    assert outcome.parameters == {"x": "1"}


@pytest.mark.parametrize(
    ("text", "value"), [("a\\n", "a"), ("a\\n\\n", "a\n"), ("a", "a"), ("", ""), (" a ", " a ")]
)
def test_one_newline_at_the_end_of_a_parameter_is_dropped(machine, text, value):
    outcome, _ = run(machine, f"printf '{text}' > /tmp/x", parameters={"x": "/tmp/x"})
    assert outcome.parameters == {"x": value}


def test_any_bytes_are_an_artifact(machine):
    outcome, _ = run(machine, EVERY_BYTE + "/tmp/x", artifacts={"x": "/tmp/x"})
    assert stored(machine, outcome, "x") == bytes(range(256)) * 100


def test_an_optional_artifact_may_be_missing(machine):
    outcome, _ = run(machine, "true", artifacts={"f": "/tmp/f"}, optional=["f"])
    assert (outcome.phase, list(outcome.artifacts)) == (Phase.SUCCEEDED, ["main-logs"])
    outcome, _ = run(machine, "true", artifacts={"f": "/tmp/f"})
    assert outcome.phase is Phase.ERROR


def test_a_folder_is_an_artifact_and_the_next_pod_finds_it_as_it_was(machine):
    script = "mkdir -p /tmp/d/deep; echo 1 > /tmp/d/deep/a; touch /tmp/d/b; ln -s b /tmp/d/link"
    outcome, _ = run(machine, script, artifacts={"d": "/tmp/d"})
    given = ArtifactValue("in", path="/tmp/inputs/in/data", key=outcome.artifacts["d"])
    _, log = run(machine, "cd /tmp/inputs/in/data; find . | sort; cat deep/a", inputs=[given])
    assert log.split() == [".", "./b", "./deep", "./deep/a", "./link", "1"]


@pytest.mark.parametrize("path", ["/tmp/inputs/x/data", "/in.txt"])
@pytest.mark.parametrize("text", ["", "가 나", "a\r\nb\n", "{{x}}"])
def test_a_raw_artifact_is_its_text(machine, path, text):
    given = ArtifactValue("x", path=path, raw=text)
    outcome, _ = run(machine, f"cat {path} > /tmp/y", inputs=[given], artifacts={"y": "/tmp/y"})
    assert stored(machine, outcome, "y") == text.encode()


# script: what is complained of
UNWRITTEN = {
    "true": "open /var/run/argo/outputs/parameters/tmp/x: no such file or directory",
    "mkfifo /tmp/x": "no such file or directory",
    "ln -s /etc/hostname /tmp/x": "no such file or directory",
    "ln -s nowhere /tmp/x": "no such file or directory",
    "head -c 300000 /dev/zero > /tmp/x": "metadata.annotations: Too long: may not be more than",
}


@pytest.mark.parametrize(("script", "words"), UNWRITTEN.items())
def test_a_declared_parameter_that_cannot_be_read_is_an_error(machine, script, words):
    outcome, _ = run(machine, script, parameters={"p": "/tmp/x"})
    assert (outcome.phase, outcome.exit_code, outcome.parameters) == (Phase.ERROR, 0, {})
    assert words in outcome.message


@pytest.mark.parametrize(
    "script",
    [
        "true",
        "ln -s /etc/hostname /tmp/d",
        "ln -s /etc /tmp/d",
        "rm -rf /tmp/e; ln -s /etc /tmp/e",
    ],
)
def test_a_link_out_of_the_pod_is_no_artifact(machine, script):
    paths = {"d": "/tmp/d", "e": "/tmp/e/hostname"}
    outcome, _ = run(machine, script, artifacts=paths)
    assert (outcome.phase, set(outcome.artifacts)) == (Phase.ERROR, {"main-logs"})


def test_a_link_in_a_folder_is_not_followed(machine):
    script = "mkdir /tmp/d; ln -s /etc/hostname /tmp/d/link"
    outcome, _ = run(machine, script, artifacts={"d": "/tmp/d"})
    assert Path("/etc/hostname").read_bytes() not in stored(machine, outcome, "d")


def test_an_argument_that_no_system_takes_is_an_error_that_says_what_to_do(machine):
    folder = machine.artifacts / "pods"
    for pod in (asked("true " + 200_000 * "x"), replace(asked("true"), size=140_000)):
        ended = asyncio.run(start(machine, pod))
        assert ended == Outcome(Phase.ERROR, "Error (exit code 1)")  # d65_args_long, b14_param_100k
        assert "pass it as a file" in (folder / pod.node_id / "main.log").read_text()


def test_a_link_to_another_file_of_the_pod_is_that_file(machine):
    """The record b34_symlink_output."""
    script = 'cd "$(dirname /tmp/o)"; echo target > t; ln -s "$PWD/t" /tmp/o; ln -s t /tmp/p'
    outcome, _ = run(machine, script, artifacts={"o": "/tmp/o"}, parameters={"p": "/tmp/p"})
    assert (stored(machine, outcome, "o"), outcome.parameters) == (b"target\n", {"p": "target"})


def test_a_folder_is_no_parameter(machine):
    """The record b18_dir_as_param."""
    outcome, _ = run(machine, "mkdir /tmp/x", parameters={"p": "/tmp/x"}, artifacts={"p": "/tmp/x"})
    copy = "/var/run/argo/outputs/parameters//tmp/x"
    assert (outcome.phase, outcome.exit_code, set(outcome.artifacts)) == (Phase.FAILED, 64, {MAIN})
    assert outcome.message == (
        f"Error (exit code 64): failed to copy /tmp/x to {copy}: write {copy}: copy_file_range: is "
        "a directory"
    )


def test_a_missing_file_has_its_default_and_an_unpacked_one_is_stored_as_it_is(machine):
    """The records b20_default, b26_archive_none."""
    pod = asked("echo plain > /tmp/o", parameters={"p": "/tmp/p"}, artifacts={"o": "/tmp/o"})
    pod = replace(pod, defaults={"p": "the default"}, unpacked=frozenset("o"))
    outcome = asyncio.run(start(machine, pod))
    assert (outcome.phase, outcome.parameters) == (Phase.SUCCEEDED, {"p": "the default"})
    assert (machine.artifacts / outcome.artifacts["o"]).read_text() == "plain\n"
    given = ArtifactValue("i", path="/tmp/i", key=outcome.artifacts["o"])
    assert run(machine, "cat /tmp/i", inputs=[given])[1] == "plain\n"


def test_a_program_that_failed_keeps_what_it_had_written(machine):
    script = "echo 1 > /tmp/a; exit 2"
    outcome, _ = run(machine, script, parameters={"a": "/tmp/a", "b": "/tmp/b"})
    assert outcome == Outcome(
        Phase.FAILED,
        "Error (exit code 2)",
        2,
        {"a": "1"},
        {"main-logs": outcome.artifacts["main-logs"]},
    )


# ---- the bare Python -----------------------------------------------------------------------------


def test_a_bare_python_whose_own_is_gone_is_made_anew(tmp_path):
    folder = interpreter.ensure(tmp_path)
    (folder / "python3").unlink()
    (folder / "python3").symlink_to(tmp_path / "gone")
    assert subprocess.run([interpreter.ensure(tmp_path) / "python3", "-c", ""]).returncode == 0


def test_the_bare_python_does_not_need_the_environment_of_the_learner(state):
    """It is made from the Python itself: the learner's environment may go, or lie in /tmp."""
    made = (interpreter.ensure(state).parent / "pyvenv.cfg").read_text()
    assert f"home = {Path(sys.executable).resolve().parent}\n" in made


def test_two_at_once_make_one_bare_python(tmp_path):
    async def together():
        ensure = asyncio.to_thread
        return await asyncio.gather(*(ensure(interpreter.ensure, tmp_path) for _ in range(3)))

    assert len(set(asyncio.run(together()))) == 1
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_log_without_end_is_cut_and_says_so(machine, monkeypatch):
    monkeypatch.setattr(log_of_pod, "MAX_LOG", 1000)
    outcome, log = run(machine, "yes | head -c 1000000; echo over >&2")
    assert outcome.phase is Phase.SUCCEEDED
    assert len(log) < 1200
    assert "the log has reached 50 MB" in log


def test_an_init_container_that_fails_ends_the_pod(machine):
    first = Container("python:3.7", ("sh", "-ec"), ("exit 5",))
    pod = asked("true", artifacts={"o": "/tmp/o"})
    pod = replace(pod, containers=(first, *pod.containers))
    assert asyncio.run(start(machine, pod)) == Outcome(Phase.FAILED, "Error (exit code 5)")
