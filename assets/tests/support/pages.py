"""Asking the dashboard for pages, as a browser does, and reading them."""

from __future__ import annotations

import http.client
import json
import uuid
from html.parser import HTMLParser
from types import SimpleNamespace
from urllib.parse import urlencode, urljoin, urlsplit

import yaml


class Page(HTMLParser):
    """What a browser would find in a page: at a path, its links lead where the browser would go; of
    a file, they are as they stand."""

    def __init__(self, html, path=""):
        super().__init__()
        self.path = path
        self.tags, self.links, self.ids, self.errors, self.text = [], [], [], {}, ""
        self.scripts, self.inline, self.values, self._error = [], [], {}, None
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.tags.append(tag)
        self.inline += [name for name in given if name == "style" or name.startswith("on")]
        self.inline += [tag] * (tag == "style" or (tag == "script" and not given.get("src")))
        if tag == "script" and given.get("src"):
            self.scripts.append(urljoin(self.path, given["src"]))
        if tag == "a":
            inside = given["href"].startswith("#")
            self.links.append(given["href"] if inside else urljoin(self.path, given["href"]))
        self.ids += [given["id"]] if "id" in given else []
        if tag == "input" and "name" in given:
            self.values[given["name"]] = given.get("value", "")
        if given.get("class") == "error":
            self._error = given["id"]

    def handle_data(self, data):
        self.text += data
        if self._error:
            self.errors[self._error] = data
            self._error = None


def ask(host, method, path, body=None, **headers):
    """Send a request; status, headers, text and page of the answer, and where it leads."""
    connection = http.client.HTTPConnection(urlsplit(host).netloc, timeout=60)
    if isinstance(body, dict):
        body = urlencode(body)
        headers.setdefault("Content_Type", "application/x-www-form-urlencoded")
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body, names)
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    text = data.decode(errors="replace")
    html = "html" in answer.headers.get("Content-Type", "")
    return SimpleNamespace(
        status=answer.status,
        headers=answer.headers,
        data=data,
        text=text,
        page=Page(text, urlsplit(path).path) if html else None,
        to=urljoin(path, answer.headers.get("Location", "")),
    )


def upload(visit, data, filename="pipeline.yaml", **fields):
    parts = [
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    head = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n\r\n'
    body = b"".join([*parts, head.encode(), data, b"\r\n--b--\r\n"])
    kind = "multipart/form-data; boundary=b"
    return visit("POST", "/pipeline_versions/new", body, Content_Type=kind)


def uploaded(visit, manifest, **fields):
    """The id of a new pipeline."""
    name = fields.pop("name", str(uuid.uuid4()))
    answer = upload(visit, yaml.safe_dump(manifest).encode(), name=name, **fields)
    assert answer.status == 303, answer.text
    return answer.to.rpartition("/")[2]


def started(visit, ended, manifest, **typed):
    """The id of a run, started on the page, that has ended."""
    version = uploaded(visit, manifest)
    answer = visit("POST", "/runs/new", {"version": version, "name": "by hand", **typed})
    assert answer.status == 303, answer.text
    run_id = answer.to.rpartition("/")[2]
    ended(run_id)
    return run_id


def step_of(client, run_id, name="pod"):
    """The node of a step."""
    live = json.loads(client.get_run(run_id).pipeline_runtime.workflow_manifest)
    return next(n for n in live["status"]["nodes"].values() if n["displayName"] == name)


def well_made(answer):
    """What is true of every page, whatever it shows."""
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.page.inline == []
    assert answer.page.scripts == [
        f"/dashboard/{name}.js" for name in ("table", "dashboard", "graph", "compare")
    ]
    assert len(set(answer.page.ids)) == len(answer.page.ids)
    assert "localkfp on this machine, not a cluster" in answer.page.text
    assert "The API calls behind this page" in answer.page.text
    return True
