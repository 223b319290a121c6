"""Whether the server stands still under a load: python assets/bench/loads.py [LOAD ...]

Each load has a server of its own. Meanwhile another process asks it for its health, on a new
connection each time, and by turns a bare server of Python's http.server: that one's worst answer is
what the machine itself does to a request, which may be busy with other things. Beside the load
somebody runs, one after the other, steps that sleep a second and have ten to do so. Prints a row of
a table for each: the worst answer of both in milliseconds, how many of the others' steps kept their
deadline, the server's highest memory in MiB, and how the load itself went. Goal: health within 500.
"""

from __future__ import annotations

import contextlib
import http.server
import itertools
import json
import multiprocessing
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from localkfp.server import lifecycle
from tests.support.workflows import dag, pod, task, workflow

API = "/apis/v1beta1"
ASK_EVERY, LONGEST = 0.05, 900
MOUNT = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-ec")
SMALL = 'mount -t tmpfs -o size=16m,mode=700 none "$1"; shift; exec "$@"'
OUT = {"artifacts": [{"name": "out", "path": "/tmp/out"}]}
OVER = ("Succeeded", "Failed", "Error")
Manifest = dict[str, Any]


# ---- a server, and what is asked of it -----------------------------------------------------------


@dataclass(frozen=True)
class Server:
    """`home`: its state directory as this process sees it."""

    url: str
    home: Path
    process: subprocess.Popen[bytes]

    @property
    def place(self) -> tuple[str, int]:
        parts = urlsplit(self.url)
        return str(parts.hostname), int(parts.port or 0)

    def memory(self) -> float:
        """MiB that it has had at most."""
        told = Path(f"/proc/{self.process.pid}/status").read_text()
        (line,) = (line for line in told.splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024

    def get(self, path: str) -> int:
        """How many bytes an answer has."""
        with urllib.request.urlopen(f"{self.url}{path}", timeout=LONGEST) as answer:
            size = 0
            while data := answer.read(1 << 20):
                size += len(data)
        return size

    def ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        data = json.dumps(body).encode() if body is not None else None
        kind = {"Content-Type": "application/json"}
        asked = urllib.request.Request(f"{self.url}{API}/{path}", data, kind, method=method)
        with urllib.request.urlopen(asked, timeout=LONGEST) as answer:
            told: dict[str, Any] = json.loads(answer.read())
        return told

    def submit(self, manifest: Manifest, name: str = "load") -> str:
        spec = {"workflow_manifest": json.dumps(manifest)}
        run = self.ask("POST", "runs", {"name": name, "pipeline_spec": spec})["run"]
        return str(run["id"])

    def ended(self, run_id: str) -> str:
        """How a run ended. Raises TimeoutError."""
        end = time.monotonic() + LONGEST
        while time.monotonic() < end:
            status = self.ask("GET", f"runs/{run_id}")["run"].get("status")
            if status in OVER:
                return str(status)
            time.sleep(0.2)
        raise TimeoutError(run_id)

    def run(self, manifest: Manifest) -> str:
        return self.ended(self.submit(manifest))

    def step(self, run_id: str) -> str:
        """The id of the run's one pod."""
        live = self.ask("GET", f"runs/{run_id}")["pipeline_runtime"]["workflow_manifest"]
        nodes = json.loads(live)["status"]["nodes"].values()
        return str(next(node["id"] for node in nodes if node["type"] == "Pod"))


@contextlib.contextmanager
def serving(small: bool) -> Iterator[Server]:
    """A server; `small`: one whose state directory is a disk of 16 MB."""
    home = Path(tempfile.mkdtemp(prefix="bench-home-"))
    command = [sys.executable, "-m", "localkfp", "serve", "--port", "0"]
    if small:
        command = [*MOUNT, SMALL, "sh", str(home), *command]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command, env={**os.environ, "LOCALKFP_HOME": str(home)}, stdout=log, stderr=log
        )
        seen = Path(f"/proc/{process.pid}/root{home}") if small else home
        try:
            yield Server(address(process, seen), seen, process)
        finally:
            process.terminate()
            process.wait()
            shutil.rmtree(home, ignore_errors=True)


def address(process: subprocess.Popen[bytes], home: Path) -> str:
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError, ValueError):
            url = str(json.loads((home / "server.json").read_text())["url"])
            if lifecycle.proved(home, url):
                return url
        time.sleep(0.05)
    raise RuntimeError("the server did not start")


class Bare(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing: it is asked twenty times a second."""


def watch(addresses: tuple[str, ...], over: Connection) -> None:
    """Ask both by turns until told to end; answer with the longest of each, in milliseconds."""
    worst = [0.0] * len(addresses)
    while not over.poll(ASK_EVERY):
        for number, where in enumerate(addresses):
            begin = time.perf_counter()
            with urllib.request.urlopen(where, timeout=LONGEST) as answer:
                answer.read()
            worst[number] = max(worst[number], (time.perf_counter() - begin) * 1000)
    over.send(worst)


@dataclass
class Others:
    """Somebody else's runs, one after the other until it is `over`; how often each end came."""

    server: Server
    over: threading.Event = field(default_factory=threading.Event)
    ends: Counter[str] = field(default_factory=Counter)

    def work(self) -> None:
        for number in itertools.count():
            if self.over.is_set():
                return
            script = f"sleep 1; : {number}"  # or the first would answer for all
            try:
                end = self.server.run(workflow(pod(script=script, activeDeadlineSeconds=10)))
                self.ends[end] += 1
            except urllib.error.HTTPError as error:  # told so at once: nothing was begun
                self.ends[f"refused ({error.code})"] += 1
                time.sleep(1)

    def told(self) -> str:
        tried = sum(self.ends[end] for end in OVER)
        refused = [f"{n} {end}" for end, n in sorted(self.ends.items()) if end not in OVER]
        return ", ".join([f"{self.ends['Succeeded']} of {tried}", *refused])


# ---- the loads: each returns how it went ---------------------------------------------------------


def artifact(megabytes: int) -> Callable[[Server], str]:
    """One that a step stores, another takes, and three clients read."""

    def load(server: Server) -> str:
        script = f"head -c {megabytes}000000 /dev/urandom > /tmp/out"
        taken = {"artifacts": [{"name": "in", "path": "/tmp/in"}]}
        flow = workflow(
            dag(
                "main",
                task("make", "make"),
                task(
                    "take",
                    "take",
                    after=["make"],
                    artifacts={"in": "{{tasks.make.outputs.artifacts.out}}"},
                ),
            ),
            pod("make", script, outputs=OUT),
            pod("take", "wc -c < /tmp/in", inputs=taken),
        )
        run_id = server.submit(flow)
        end = server.ended(run_id)
        key = next(server.home.glob("artifacts/**/out.tgz")).relative_to(server.home)
        node = key.parent.name
        sizes = read_at_once(
            server,
            f"{API}/runs/{run_id}/nodes/{node}/artifacts/out:read",
            f"/mlpipeline/{key}",
            f"/artifacts/get?source=minio&bucket=mlpipeline&key={key}",
        )
        return f"{end}; read {sizes}"

    return load


def read_at_once(server: Server, *paths: str) -> str:
    with ThreadPoolExecutor(len(paths)) as clients:
        sizes = list(clients.map(server.get, paths))
    return " + ".join(f"{size / 1e6:.0f}" for size in sizes) + " MB"


def files(server: Server) -> str:
    script = "mkdir /tmp/out; cd /tmp/out; for i in $(seq 20000); do echo $i > $i; done"
    taken = {"artifacts": [{"name": "in", "path": "/tmp/in"}]}
    given = {"in": "{{tasks.make.outputs.artifacts.out}}"}
    flow = workflow(
        dag(
            "main",
            task("make", "make"),
            *(task(f"take-{n}", "take", after=["make"], artifacts=given) for n in range(4)),
        ),
        pod("make", script, outputs=OUT),
        pod("take", 'test "$(ls /tmp/in | wc -l)" = 20000', inputs=taken),
    )
    return f"{server.run(flow)}; taken by four steps"


def log(server: Server) -> str:
    run_id = server.submit(workflow(pod(script="yes 'a line of a log' | head -c 200000000")))
    followed = f"{API}/runs/{run_id}/nodes/{server.step(run_id)}/log"
    with ThreadPoolExecutor(1) as client:
        following = client.submit(server.get, f"{followed}?follow=true")
        end, step = server.ended(run_id), server.step(run_id)
        size = following.result()
    sizes = read_at_once(
        server,
        followed,
        f"{API}/runs/{run_id}/nodes/{step}/artifacts/main-logs:read",
        f"/runs/details/{run_id}?step={step}&show=logs",
    )
    return f"{end}; followed {size / 1e6:.0f} MB, read {sizes}"


def steps(server: Server) -> str:
    flow = workflow(dag("main", *(task(f"t{n}") for n in range(2000))), pod())
    run_id = server.submit(flow)
    with ThreadPoolExecutor(1) as client:
        ending = client.submit(server.ended, run_id)
        pages = 0
        while not ending.done():
            server.get(f"/runs/details/{run_id}")
            pages += 1
            time.sleep(5)
    return f"{ending.result()}; its page opened {pages} times meanwhile"


def connections(server: Server) -> str:
    """Three hundred that say nothing or half a request, then three hundred that ask at once."""
    half = (b"", b"GET /apis/v1beta1/he", b"POST /apis/v1beta1/runs HTTP/1.1\r\nContent-Length: 9")
    with contextlib.ExitStack() as stack:
        for number in range(300):
            one = stack.enter_context(socket.create_connection(server.place, timeout=60))
            one.sendall(half[number % 3])
        time.sleep(2)
        with ThreadPoolExecutor(300) as clients:
            sizes = list(clients.map(server.get, [f"{API}/healthz"] * 300))
    return f"{sum(1 for size in sizes if size)} of 300 answered"


def slow_clients(server: Server) -> str:
    """A hundred that take 4 kB of 100 MB every tenth of a second."""
    run_id = server.submit(
        workflow(pod(script="head -c 100000000 /dev/urandom > /tmp/out", outputs=OUT))
    )
    end = server.ended(run_id)
    key = next(server.home.glob("artifacts/**/out.tgz")).relative_to(server.home)
    paths = (
        f"/mlpipeline/{key}",
        f"{API}/runs/{run_id}/nodes/{key.parent.name}/artifacts/out:read",
    )
    with contextlib.ExitStack() as stack:
        clients = []
        for number in range(100):
            one = stack.enter_context(socket.create_connection(server.place, timeout=60))
            one.sendall(f"GET {paths[number % 2]} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            clients.append(one)
        for _ in range(100):
            for one in clients:
                one.recv(4096)
            time.sleep(0.1)
    return f"{end}; 100 read it slowly"


def pattern(server: Server) -> str:
    """`=~` with nested quantifiers, which a backtracking engine never ends with."""
    when = f'"{"a" * 60}b" =~ "^(a+)+$"'
    flow = workflow(
        dag("main", *({**task(f"t{n}"), "when": when} for n in range(100))),
        pod(),
    )
    return server.run(flow)


def items(server: Server) -> str:
    script = "seq 0 199999 | tr '\\n' ',' | sed 's/^/[/; s/,$/]/' > /tmp/all"
    made = {"parameters": [{"name": "all", "valueFrom": {"path": "/tmp/all"}}]}
    each = {
        **task("each", "each", after=["make"]),
        "withParam": "{{tasks.make.outputs.parameters.all}}",
    }
    flow = workflow(
        dag("main", task("make", "make"), each), pod("make", script, outputs=made), pod("each")
    )
    given = workflow(
        dag("main", {**task("each", "each"), "withParam": "{{workflow.parameters.all}}"}),
        pod("each"),
        parameters={"all": json.dumps(list(range(200_000)))},
    )
    try:
        second = server.run(given)
    except urllib.error.HTTPError as error:
        second = f"refused ({error.code})"
    return f"made by a step: {server.run(flow)}; given: {second}"


def locked(server: Server) -> str:
    """Another program writes for ten seconds, while twenty runs have steps that end."""
    flow = workflow(dag("main", task("a"), task("b", after=["a"])), pod(script="sleep 2"))
    runs = [server.submit(flow) for _ in range(20)]
    file = server.home / "localkfp.sqlite"
    with contextlib.closing(sqlite3.connect(file, timeout=60)) as other:
        other.execute("BEGIN IMMEDIATE")
        time.sleep(10)
        other.rollback()
    ends = Counter(server.ended(run_id) for run_id in runs)
    return ", ".join(f"{n} {end}" for end, n in ends.items()) + " of 20"


def full(server: Server) -> str:
    """The disk is full for ten seconds, while a run's steps end."""
    flow = workflow(dag("main", task("a"), task("b", after=["a"])), pod(script="sleep 2"))
    run_id = server.submit(flow)
    filler = server.home / "filler"
    with filler.open("ab", buffering=0) as stream:
        for size in (1 << 16, 1):
            with contextlib.suppress(OSError):
                while True:
                    stream.write(bytes(size))
    time.sleep(10)
    filler.unlink()
    end = server.ended(run_id)
    return f"{end}; afterwards {server.run(flow)}"


LOADS: dict[str, Callable[[Server], str]] = {
    "an artifact of 300 MB": artifact(300),
    "an artifact of 20,000 files": files,
    "an artifact of 1 GB": artifact(1000),
    "a log of 200 MB": log,
    "2,000 steps": steps,
    "300 connections": connections,
    "slow clients": slow_clients,
    "=~ with nested quantifiers": pattern,
    "a loop of 200,000 items": items,
    "a locked database": locked,
    "a full disk": full,
}


def measured(name: str, bare: str) -> str:
    """A row of the table."""
    with serving(small=name == "a full disk") as server:
        here, there = multiprocessing.Pipe()
        watcher = multiprocessing.get_context("fork").Process(
            target=watch, args=((f"{server.url}{API}/healthz", bare), there)
        )
        watcher.start()
        others = Others(server)
        beside = threading.Thread(target=others.work)
        beside.start()
        begin = time.monotonic()
        try:
            went = LOADS[name](server)
        finally:
            others.over.set()
            beside.join()
            seconds = time.monotonic() - begin
            here.send(None)
            health, noise = here.recv()
            watcher.join()
        memory = server.memory()
    figures = f"{health:.0f} | {noise:.0f} | {others.told()} | {memory:.0f} | {seconds:.0f}"
    return f"| {name} | {figures} | {went} |"


def main(names: list[str]) -> None:
    bare = http.server.HTTPServer(("127.0.0.1", 0), Bare)
    process = multiprocessing.get_context("fork").Process(target=bare.serve_forever, daemon=True)
    process.start()
    print("| load | health, ms | bare, ms | others in time | memory, MiB | s | the load |")
    print("|---|---|---|---|---|---|---|")
    for name in names or LOADS:
        print(measured(name, f"http://127.0.0.1:{bare.server_port}/"), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
