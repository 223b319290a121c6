"""The server answers whatever happens to it: its health within five seconds, here on a machine that
does other things too. (The one test with a bound on time; `assets/bench/loads.py` measures.)"""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import kfp
import kfp_server_api
import pytest
from localkfp.server import lifecycle
from tests.support.workflows import dag, pod, task, workflow

pytestmark = pytest.mark.slow

STILL_SECONDS, LONG_SECONDS = 5, 300
SERVE = "from localkfp.server import connections, lifecycle; {}; lifecycle.serve(0)"


@contextmanager
def serving(home, until, before="pass", limit=""):
    """A server of a program that does something `before` it serves; its address."""
    command = [sys.executable, "-c", SERVE.format(before)]
    shell = ["sh", "-c", f'{limit}exec "$@"', "sh", *command]
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            shell, env={**os.environ, "LOCALKFP_HOME": str(home)}, stdout=log, stderr=log
        )

    def address():
        assert process.poll() is None, (home / "log").read_text()[-2000:]
        with suppress(OSError, ValueError):
            url = json.loads((home / "server.json").read_text())["url"]
            return url if lifecycle.proved(home, url) else None

    try:
        yield until(address)
    finally:
        process.kill()
        process.wait()


def health(url):
    """Seconds until the server said that it is well."""
    begin = time.monotonic()
    with urllib.request.urlopen(f"{url}/apis/v1beta1/healthz", timeout=60) as answer:
        assert answer.status == 200
    return time.monotonic() - begin


@contextmanager
def watched(url):
    """The longest of the answers meanwhile must not be long."""
    over, spent = threading.Event(), []

    def ask():
        while not over.wait(0.05):
            spent.append(health(url))

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    assert spent
    assert max(spent) < STILL_SECONDS


def submit(client, manifest, name="load"):
    spec = {"workflow_manifest": json.dumps(manifest)}
    return client.runs.create_run({"name": name, "pipeline_spec": spec}).run.id


def ended(client, run_id):
    """How a run ended; large files take their time on a machine that does other things too."""
    end = time.monotonic() + LONG_SECONDS
    while (status := client.get_run(run_id).run.status) not in ("Succeeded", "Failed", "Error"):
        assert time.monotonic() < end, f"{run_id} is {status}"
        time.sleep(0.1)
    return status


LARGE = {"artifacts": [{"name": "out", "path": "/tmp/out"}]}


@pytest.mark.parametrize(
    "script",
    [
        "head -c 300000000 /dev/urandom > /tmp/out",
        "mkdir /tmp/out; cd /tmp/out; for i in $(seq 20000); do echo $i > $i; done",
    ],
    ids=["an artifact of 300 MB", "an artifact of 20,000 files"],
)
def test_what_one_step_stores_holds_nobody_up(tmp_path, until, script):
    with serving(tmp_path, until) as url:
        client = kfp.Client(host=url)
        with watched(url):
            run_id = submit(client, workflow(pod(script=script, outputs=LARGE)))
            other = workflow(pod(script="sleep 1", activeDeadlineSeconds=20))
            assert ended(client, submit(client, other)) == "Succeeded"
            assert ended(client, run_id) == "Succeeded"


SLOW_READERS, STORED_BYTES = 30, 50_000_000


def test_what_many_read_slowly_is_never_whole_in_memory(tmp_path, until):
    script = f"head -c {STORED_BYTES} /dev/urandom > /tmp/out"
    with serving(tmp_path, until) as url, ExitStack() as open_sockets:
        client = kfp.Client(host=url)
        run_id = submit(client, workflow(pod(script=script, outputs=LARGE)))
        assert ended(client, run_id) == "Succeeded"
        key = next(tmp_path.glob("artifacts/**/out.tgz")).relative_to(tmp_path)
        node = key.parent.name
        paths = (
            f"/mlpipeline/{key}",
            f"/apis/v1beta1/runs/{run_id}/nodes/{node}/artifacts/out:read",
            f"/artifacts/get?source=minio&bucket=mlpipeline&key={key}",
            f"/runs/details/{run_id}/artifacts/{node}/outputs/out",
        )
        parts = urlsplit(url)
        with watched(url):
            for number in range(SLOW_READERS):
                one = open_sockets.enter_context(
                    socket.create_connection((parts.hostname, parts.port))
                )
                one.sendall(f"GET {paths[number % 4]} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
                assert one.recv(4096).startswith(b"HTTP/1.1 200")
        assert highest_memory(tmp_path) < SLOW_READERS * STORED_BYTES / 4


def highest_memory(home):
    """Bytes that the server has had at most."""
    pid = json.loads((home / "server.json").read_text())["pid"]
    told = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in told if line.startswith("VmHWM")).split()[1]) * 1024


def test_a_loop_of_200_000_items_is_refused_or_run_and_holds_nobody_up(tmp_path, until):
    items = json.dumps(list(range(200_000)))
    flow = workflow(
        dag(
            "main",
            task("make", "make"),
            {
                **task("each", "each", after=["make"]),
                "withParam": "{{tasks.make.outputs.parameters.all}}",
            },
        ),
        pod(
            "make",
            "seq 0 199999 | tr '\\n' ',' | sed 's/^/[/; s/,$/]/' > /tmp/all",
            outputs={"parameters": [{"name": "all", "valueFrom": {"path": "/tmp/all"}}]},
        ),
        pod("each"),
    )
    assert len(items) > 10**6
    with serving(tmp_path, until) as url, watched(url):
        client = kfp.Client(host=url)
        assert ended(client, submit(client, flow)) != "Succeeded"


def test_connections_that_say_nothing_or_half_a_request_end(tmp_path, until):
    before = "connections.SILENT_SECONDS = connections.BODY_SECONDS = 1"
    half = (
        b"",
        b"GET /apis/v1beta1/he",
        b"POST /apis/v1beta1/runs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{",
    )
    with serving(tmp_path, until, before) as url:
        place = urlsplit(url)
        found = []
        for said in half * 100:
            one = socket.create_connection((place.hostname, place.port), timeout=60)
            one.sendall(said)
            found.append(one)
        with watched(url):
            for one in found:
                with closing(one):
                    while one.recv(4096):
                        pass  # until the server ends it, or this fails after a minute


def test_no_more_files_is_a_pause_and_one_line(tmp_path, until):
    with serving(tmp_path, until, limit="ulimit -n 80; ") as url:
        place = urlsplit(url)
        found = []
        for _ in range(200):
            with suppress(OSError):
                found.append(socket.create_connection((place.hostname, place.port), timeout=5))
        log = tmp_path / "log"
        until(lambda: "connections are not taken for now" in log.read_text())
        for one in found:
            one.close()
        until(lambda: _well(url))
        said = log.read_text()
        assert "Traceback" not in said
        assert said.count("connections are not taken for now") == 1


def _well(url):
    with suppress(OSError):
        return health(url) < STILL_SECONDS


def test_a_locked_database_costs_nobody_but_who_writes(tmp_path, until):
    with serving(tmp_path, until) as url:
        client = kfp.Client(host=url)
        flag = Path("/var/tmp") / f"localkfp-test-{os.getpid()}"
        script = f"while ! test -e {flag}; do sleep 0.05; done"
        run_id = submit(
            client, workflow(dag("main", task("a"), task("b", after=["a"])), pod(script=script))
        )
        until(lambda: client.get_run(run_id).run.status == "Running")
        try:
            with closing(sqlite3.connect(tmp_path / "localkfp.sqlite")) as other, watched(url):
                other.execute("BEGIN IMMEDIATE")
                with pytest.raises(kfp_server_api.ApiException) as refused:
                    client.create_experiment("while it is locked")
                assert refused.value.status == 503
                assert "database is locked" in refused.value.body
                flag.touch()  # the steps end, and that can't be written down
                until(lambda: "can't be written down" in (tmp_path / "log").read_text())
                assert client.list_runs().runs[0].id == run_id
                other.rollback()
            assert ended(client, run_id) == "Succeeded"
        finally:
            flag.unlink(missing_ok=True)
