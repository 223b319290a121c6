"""What was answered is there: after a kill -9 at any moment, and when many ask at once."""

from __future__ import annotations

import base64
import http.client
import io
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tarfile
import threading
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from localkfp.pods.process import has_namespaces
from localkfp.runs.runner import INTERRUPTED
from localkfp.server import lifecycle
from localkfp.workflow.argo_json import as_argo
from tests.support.workflows import dag, pod, task, workflow

API = "/apis/v1beta1"
KILLS = 100
CLIENTS = 3
AGAIN = 5
DUE = 12  # runs of a job, one a second
OVER = ("Succeeded", "Failed", "Error")


class Unanswered(Exception):
    """The server is dead, or died before it answered."""


def ask(url, method, path, body=None, kind="application/json"):
    """The JSON of an answer, None for 404."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    try:
        connection.request(method, f"{API}/{path}", body, {"Content-Type": kind})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status == 404:
            return None
        assert answer.status == 200, text
        return json.loads(text)
    except (OSError, http.client.HTTPException) as error:
        raise Unanswered from error
    finally:
        connection.close()


def two_steps(word, folder, seconds):
    """Step a leaves a line in `folder` for each time it runs, and gives `word`; b takes a while."""
    outputs = {"artifacts": [{"name": "out", "path": "/tmp/out"}]}
    return workflow(
        dag("main", task("a", "first"), task("b", "second", after=["a"])),
        pod("first", f"echo a >> {folder}/{word}; printf {word} > /tmp/out", outputs=outputs),
        pod("second", f": {word}; sleep {seconds:.2f}"),
    )


def submit(url, name, manifest):
    spec = {"workflow_manifest": json.dumps(manifest)}
    return ask(url, "POST", "runs", json.dumps({"name": name, "pipeline_spec": spec}))["run"]["id"]


def state_of(url, run_id):
    """The run with the message of its Workflow (`error` is never filled), its pods by tasks."""
    detail = ask(url, "GET", f"runs/{run_id}")
    if detail is None:
        return None, {}
    live = json.loads(detail["pipeline_runtime"]["workflow_manifest"])
    nodes = live["status"].get("nodes", {}).values()
    run = {**detail["run"], "message": live["status"].get("message", "")}
    return run, {n["displayName"]: n for n in nodes if n["type"] == "Pod"}


def content(url, run_id, node):
    data = ask(url, "GET", f"runs/{run_id}/nodes/{node['id']}/artifacts/out:read")
    if data is None:
        return None
    with tarfile.open(fileobj=io.BytesIO(base64.b64decode(data["data"]))) as archive:
        return archive.extractfile(archive.next()).read().decode()


class Load:
    """Clients that upload, submit, read and delete, and note what they were answered."""

    def __init__(self, seed, folder):
        self.url, self.round, self.over, self.folder = None, 0, False, folder
        self.answered = Counter()
        self.pipelines, self.experiments, self.deleted, self.runs = {}, {}, [], {}
        self.threads = [
            threading.Thread(target=self._work, args=(random.Random(seed + n),), daemon=True)
            for n in range(CLIENTS)
        ]
        self.errors = []

    def _work(self, chance):
        actions = [self.upload, self.submit, self.submit, self.submit, self.read, self.replace]
        while not self.over:
            action = chance.choice(actions)
            try:
                action(chance)
                self.answered[action.__name__] += 1
                time.sleep(chance.uniform(0, 0.1))  # or the machine only starts pods
            except Unanswered:
                time.sleep(0.01)
            except Exception as error:
                self.errors.append(repr(error))

    def upload(self, chance):
        name = uuid.UUID(int=chance.getrandbits(128)).hex
        text = json.dumps(two_steps(name, self.folder, 0)) + " " * chance.randrange(50_000)
        self.pipelines[self._upload(name, text)] = text

    def _upload(self, name, text):
        part = f'Content-Disposition: form-data; name="uploadfile"; filename="{name}.json"'
        body = f"--b\r\n{part}\r\n\r\n{text}\r\n--b--\r\n".encode()
        kind = "multipart/form-data; boundary=b"
        return ask(self.url, "POST", f"pipelines/upload?name={quote(name)}", body, kind)["id"]

    def submit(self, chance):
        word, round_ = f"w{chance.getrandbits(64)}-{self.round}-", self.round
        run = submit(self.url, word, two_steps(word, self.folder, chance.uniform(0, 0.5)))
        self.runs[run] = (word, round_)

    def read(self, chance):
        ask(self.url, "GET", "runs?page_size=20&sort_by=created_at%20desc")
        ask(self.url, "GET", "pipelines?page_size=20")

    def replace(self, chance):
        """An experiment is made and stays; a pipeline is made and deleted."""
        name = uuid.UUID(int=chance.getrandbits(128)).hex
        made = ask(self.url, "POST", "experiments", json.dumps({"name": name}))
        self.experiments[made["id"]] = name
        pipeline = self._upload(name, json.dumps(workflow(pod())))
        if ask(self.url, "DELETE", f"pipelines/{pipeline}") is not None:
            self.deleted.append(pipeline)


class Killed:
    """A server that is started, asked and killed, and what went wrong with it."""

    def __init__(self, home, load, until):
        self.home, self.load, self.until = home, load, until
        self.lost, self.corrupt, self.retried = [], [], {}

    def start(self):
        (self.home / "server.json").unlink(missing_ok=True)
        with (self.home / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "localkfp", "serve", "--port", "0"],
                env={**os.environ, "LOCALKFP_HOME": str(self.home)},
                stdout=log,
                stderr=log,
            )

    def answering(self):
        """The server's address, once it answers."""

        def ready():
            assert self.process.poll() is None, (self.home / "log").read_text()[-2000:]
            with suppress(OSError, ValueError):
                url = json.loads((self.home / "server.json").read_text())["url"]
                return url if lifecycle.proved(self.home, url) else None

        return self.until(ready)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def check(self, url, round_):
        """After a start: the database is whole, and no run or pod of earlier rounds still runs."""
        with closing(sqlite3.connect(self.home / "localkfp.sqlite")) as database:
            (whole,) = database.execute("PRAGMA integrity_check").fetchone()
        if whole != "ok":
            self.corrupt.append(whole)
        for run_id, (word, of) in list(self.load.runs.items()):
            if of == round_:
                run, steps = state_of(url, run_id)
                if run is None:
                    self.lost.append(f"run {word}")
                elif run["status"] not in OVER:
                    self.corrupt.append(f"{word} is {run['status']}")
                elif run["status"] != "Succeeded" and run["message"] != INTERRUPTED:
                    self.corrupt.append(f"{word} says {run['message']}")
                elif any(step["phase"] in ("Pending", "Running") for step in steps.values()):
                    self.corrupt.append(f"{word} has steps that run")
        if has_namespaces():  # elsewhere nothing tells a pod that its server is dead
            self.until(lambda: not self.pods(round_))

    def pods(self, round_):
        found = subprocess.run(["pgrep", "-f", f": w[0-9]+-{round_}-;"], capture_output=True)
        return found.stdout

    def times_run(self, word):
        return len((self.load.folder / word).read_text().splitlines())

    def retry_one(self, url, round_, again=AGAIN):
        """Retry a run that was cut short after its first step, and the newest `again` of those
        whose retry was: all of them, each time, would be most of the test's time."""
        for run_id, (word, of) in list(self.load.runs.items()):
            run, steps = state_of(url, run_id) if of == round_ else (None, {})
            if run and run["status"] == "Failed" and self.done(steps):
                self.retried[run_id] = self.times_run(word)
                break
        for run_id in list(self.retried)[-again:]:
            run, steps = state_of(url, run_id)
            if run["status"] == "Failed":
                if not self.done(steps):
                    self.lost.append(f"step a of {run['name']}")
                ask(url, "POST", f"runs/{run_id}/retry")

    def done(self, steps):
        return steps.get("a", {}).get("phase") == "Succeeded"


@pytest.fixture
def folder():
    """A folder that pods see too: not in /tmp, which each has for itself."""
    folder = Path("/var/tmp") / f"localkfp-test-{uuid.uuid4().hex}"
    folder.mkdir()
    yield folder
    shutil.rmtree(folder)


@pytest.mark.slow
def test_a_hundred_kills_under_load_lose_nothing_and_damage_nothing(tmp_path, folder, until):
    seed = int(os.environ.get("LOCALKFP_TEST_SEED") or random.randrange(10**6))
    print(f"seed {seed} (LOCALKFP_TEST_SEED={seed} gives the same moments again)")
    chance, began = random.Random(seed), time.monotonic()
    load = Load(seed, folder)
    killed = Killed(tmp_path, load, until)
    previous = None
    for number in range(KILLS):
        killed.start()
        if chance.random() < 0.15:  # while it starts
            time.sleep(chance.uniform(0, 0.4))
            killed.kill()
            continue
        url = killed.answering()
        load.url, load.round, before, previous = url, number, previous, number
        if before is None:
            for thread in load.threads:
                thread.start()
        else:
            killed.check(url, before)
            killed.retry_one(url, before)
        time.sleep(chance.uniform(0, 0.8))
        killed.kill()
    load.over = True
    for thread in load.threads:
        thread.join(60)
    killed.start()
    try:
        url = killed.answering()
        killed.check(url, previous)
        killed.retry_one(url, previous, again=KILLS)
        until(lambda: all(state_of(url, run)[0]["status"] in OVER for run in killed.retried))
        judge(killed, load, url)
    finally:
        killed.process.terminate()
        killed.process.wait()
    phases = Counter(state for state in killed.phases)
    print(
        f"{KILLS} kills in {time.monotonic() - began:.0f} s; answered {dict(load.answered)}; "
        f"runs {dict(phases)}; retried {len(killed.retried)}; lost {len(killed.lost)}, "
        f"corrupt {len(killed.corrupt)}"
    )
    assert (load.errors, killed.lost, killed.corrupt) == ([], [], [])
    assert len(killed.retried) > KILLS / 10
    assert phases["Succeeded"] > KILLS / 10


@pytest.mark.slow
def test_each_run_of_a_job_is_made_once_however_the_server_dies_between_due_and_run(
    tmp_path, folder, until
):
    """The server is killed at moments of its own choice and dead while runs are due."""
    killed, chance = Killed(tmp_path, None, until), random.Random(19)
    killed.start()
    url = killed.answering()
    begin = int(time.time())
    stamps = [
        f"{datetime.fromtimestamp(begin + n, timezone.utc):%Y-%m-%dT%H:%M:%SZ}"
        for n in range(DUE + 1)
    ]
    schedule = {"interval_second": "1", "start_time": stamps[0], "end_time": stamps[-1]}
    spec = {"workflow_manifest": json.dumps(two_steps("job", folder, 0))}
    trigger = {"periodic_schedule": schedule}
    job = {"name": "due", "pipeline_spec": spec, "trigger": trigger, "enabled": True}
    made = ask(url, "POST", "jobs", json.dumps({**job, "max_concurrency": "10"}))["id"]
    query = f"resource_reference_key.type=JOB&resource_reference_key.id={made}&page_size=200"

    def dues():
        found = ask(url, "GET", f"runs?{query}").get("runs", [])
        return sorted(run["scheduled_at"] for run in found)

    while len(dues()) < DUE:
        time.sleep(chance.uniform(0, 1.2))
        killed.kill()
        dead = int(time.time()) + 1
        until(lambda dead=dead: time.time() > dead)  # a run is due, or was, and nobody makes it
        killed.start()
        url = killed.answering()
        assert time.time() < begin + 120
    try:
        with closing(sqlite3.connect(tmp_path / "localkfp.sqlite")) as database:
            until(lambda: database.execute("SELECT next_due FROM jobs").fetchone() == (None,))
        assert dues() == stamps[1:]
    finally:
        killed.kill()


def judge(killed, load, url):
    """In the end: everything that was answered is there, as it was."""
    killed.phases = []
    for pipeline, text in load.pipelines.items():
        found = ask(url, "GET", f"pipelines/{pipeline}/templates")
        if found is None:
            killed.lost.append(f"pipeline {pipeline}")
        elif json.loads(found["template"]) != as_argo(json.loads(text)):
            killed.corrupt.append(f"pipeline {pipeline}")
    for experiment, name in load.experiments.items():
        if (ask(url, "GET", f"experiments/{experiment}") or {}).get("name") != name:
            killed.lost.append(f"experiment {experiment}")
    killed.lost += [f"delete {p}" for p in load.deleted if ask(url, "GET", f"pipelines/{p}")]
    for run_id, (word, _) in load.runs.items():
        run, steps = state_of(url, run_id)
        if run is None:
            killed.lost.append(f"run {word}")
            continue
        killed.phases.append(run["status"])
        if killed.done(steps) and (found := content(url, run_id, steps["a"])) != word:
            killed.corrupt.append(f"artifact of {word} of {run['status']}: {found!r}")
    for run_id, times in killed.retried.items():
        run, _ = state_of(url, run_id)
        if run["status"] != "Succeeded":
            killed.corrupt.append(f"retry of {run['name']} is {run['status']}: {run['message']}")
        if killed.times_run(run["name"]) != times:
            killed.lost.append(f"step a of {run['name']} was run again")


def test_fifty_runs_at_once_all_end_right(host, folder, until):
    words = [f"w{n}-{uuid.uuid4().hex}" for n in range(50)]
    with ThreadPoolExecutor(50) as clients:
        runs = list(clients.map(lambda w: submit(host, w, two_steps(w, folder, 0)), words))
    assert len(set(runs)) == 50

    def all_over():
        return all(state_of(host, run)[0]["status"] in OVER for run in runs)

    until(all_over)
    for run_id, word in zip(runs, words, strict=True):
        run, steps = state_of(host, run_id)
        assert (run["name"], run["status"]) == (word, "Succeeded")
        assert {name: step["phase"] for name, step in steps.items()} == {
            "a": "Succeeded",
            "b": "Succeeded",
        }
        assert content(host, run_id, steps["a"]) == word
        assert (folder / word).read_text() == "a\n"
