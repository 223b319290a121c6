"""Asks a server what a genuine one was asked, in the same order, each request making what the next
ones need.

`data/api_answers_1.8.5.json.gz` holds the steps: requests with the genuine answers (901 of 1,142:
the others are asked too, since they make what is asked about later), and what is done between them.
`$name$` in a request stands for what an earlier answer gave.
"""

from __future__ import annotations

import base64
import gzip
import http.client
import http.server
import json
import re
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode, urlsplit

RECORD = Path(__file__).parents[2] / "data" / "api_answers_1.8.5.json.gz"
VARIABLE = re.compile(r"\$(\w+)\$")
SECONDS = 120
DISPLAYED = {"na": ("ra", "say"), "nn": ("rc", "nap"), "nb": ("rb", "bad")}  # run, step
WORKFLOW = {"wa": "ra", "nw": "rc"}
ENDED = ("Succeeded", "Failed", "Error", "Skipped")
TERMINATING = "Terminating"


@dataclass(frozen=True)
class Answer:
    status: int
    type: str
    body: str


@dataclass
class Asker:
    """`variables` are what the answers so far gave."""

    host: str
    variables: dict[str, str]
    answers: dict[str, Answer] = field(default_factory=dict)
    last: Answer | None = None

    def take(self, step):
        if "id" in step:
            self._ask(step)
        elif "quietly" in step:
            if self.last and self.last.status == 200:
                self._send(step["quietly"], self._filled(step["path"]))
        elif "wait" in step:
            self._wait(step["wait"], step["for"])
        elif "reported" in step:
            self._wait_for_reports()
        elif "node" in step:
            self._find_node(step["node"])
        else:
            self._purge(step)

    def _ask(self, step):
        path = self._filled(step["path"])
        if query := step.get("query"):
            given = {key: self._queried(value) for key, value in query.items()}
            path += ("&" if "?" in path else "?") + urlencode(given)
        body, kind = self._body(step.get("body"))
        headers = {**({"Content-Type": kind} if kind else {}), **step.get("headers", {})}
        answer = self._send(step["method"], path, body, headers)
        self.answers[step["id"]] = self.last = answer
        for name, where in step.get("save", {}).items():
            self.variables[name] = _found(answer.body, where) or f"MISSING-{name}"

    def _send(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection(urlsplit(self.host).netloc, timeout=SECONDS)
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        text = answer.read().decode(errors="replace")
        connection.close()
        return Answer(answer.status, answer.headers.get("Content-Type", ""), text)

    def _queried(self, value):
        if isinstance(value, dict | list):
            value = json.dumps(self._filled(value), ensure_ascii=False)
        return self._filled(value)

    def _body(self, body):
        if body is None:
            return None, ""
        if "base64" in body:
            return base64.b64decode(body["base64"]), ""
        if "text" in body:
            return body["text"].encode(), ""
        if "template" in body:
            return self._filled(body["template"]).encode(), "application/json"
        text = json.dumps(self._filled(body["json"]), ensure_ascii=False)
        return text.encode(), "application/json"

    def _filled(self, value):
        if isinstance(value, str):
            return VARIABLE.sub(lambda m: self.variables.get(m[1], f"MISSING-{m[1]}"), value)
        if isinstance(value, dict):
            return {key: self._filled(each) for key, each in value.items()}
        return [self._filled(each) for each in value] if isinstance(value, list) else value

    def _detail(self, run):
        answer = self._send("GET", f"/apis/v1beta1/runs/{self.variables.get(run)}")
        return json.loads(answer.body) if answer.status == 200 else {"run": {"status": "Error"}}

    def _wait(self, run, phases):
        end = time.monotonic() + SECONDS
        while self._detail(run)["run"].get("status") not in phases:
            assert time.monotonic() < end, f"{run} is none of {phases}"
            time.sleep(0.1)

    def _wait_for_reports(self):
        """There the agent had told the status of every job by then; a pass here has a second."""
        end = time.monotonic() + SECONDS
        while '"NO_STATUS"' in self._send("GET", "/apis/v1beta1/jobs?page_size=200").body:
            assert time.monotonic() < end, "a job has no status yet"
            time.sleep(0.1)

    def _find_node(self, name):
        run, step = DISPLAYED.get(name) or (WORKFLOW[name], "")
        end = time.monotonic() + SECONDS
        while True:
            live = json.loads(self._detail(run)["pipeline_runtime"]["workflow_manifest"])
            if name in WORKFLOW:
                self.variables[name] = live["metadata"]["name"]
                return
            for node in live.get("status", {}).get("nodes", {}).values():
                if node.get("displayName") == step and node["phase"] in ("Running", *ENDED):
                    self.variables[name] = node["id"]
                    return
            assert time.monotonic() < end, f"{run} has no step {step} that runs"
            time.sleep(0.1)

    def _purge(self, step):
        """What only one of the servers had taken goes, so that the lists start alike."""
        kept = [self.variables.get(name) for name in step["keep"]]
        found = json.loads(self._send("GET", f"{step['purge']}?page_size=200").body)
        for entry in found.get(step["list"], ()):
            if entry.get("name") not in step["keep"] and entry["id"] not in kept:
                self._send("DELETE", f"{step['purge']}/{entry['id']}")


def _found(text, where):
    """The value at a path like `run.id` in JSON; None when there is none."""
    try:
        value = json.loads(text)
        for part in where.split("."):
            value = value[int(part) if part.isdigit() else part]
    except (ValueError, KeyError, IndexError, TypeError):
        return None
    return value


def record():
    """The variables of the genuine server, and the steps."""
    found = json.loads(gzip.decompress(RECORD.read_bytes()))
    return found["vars"], found["steps"]


@contextmanager
def files(good):
    """The address of a server of files, which the requests about URLs name."""
    known = {
        "/good.yaml": good,
        "/notyaml.txt": b"hello",
        "/junk.yaml": b"a: [1",
        "/pod.yaml": b"kind: Pod\n",
    }

    class Files(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path in known else 404)
            self.end_headers()
            self.wfile.write(known.get(self.path, b"no"))

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Files)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
