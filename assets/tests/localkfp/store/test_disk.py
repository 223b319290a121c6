"""A disk that is full, a folder that can't be written: said in words, and what is kept is kept."""

from __future__ import annotations

import http.client
import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from localkfp.server import lifecycle
from tests.support import pages
from tests.support.workflows import dag, pod, task, workflow

API = "/apis/v1beta1"
MOUNT = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-ec"]
SMALL = 'mount -t tmpfs -o size=8m,mode=700 none "$1"; shift; exec "$@"'
READ_ONLY = 'mount --bind "$1" "$1"; mount -o remount,bind,ro "$1"; shift; exec "$@"'


def can_mount():
    if not shutil.which("unshare"):
        return False
    probe = [*MOUNT, "mount -t tmpfs none /mnt && mount -o remount,bind,ro /mnt"]
    return subprocess.run(probe, capture_output=True).returncode == 0


needs_mounts = pytest.mark.skipif(not can_mount(), reason="no mounts of one's own on this system")


@contextmanager
def mounted(home, script, monkeypatch):
    """The command `localkfp serve` where `script` has mounted something over its folder."""
    monkeypatch.setenv("LOCALKFP_HOME", str(home))
    command = [sys.executable, "-m", "localkfp", "serve", "--port", "0"]
    # a pipe that nobody reads would stop the server one day
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(
            [*MOUNT, script, "sh", str(home), *command], stdout=said, stderr=subprocess.STDOUT
        )
        process.said = said
        with process:
            try:
                yield process
            finally:
                process.terminate()


def spoken(process):
    process.said.seek(0)
    return process.said.read()


def told(process, home):
    """The address of the server in its own view of the files, and the folder as we see that."""
    seen = Path(f"/proc/{process.pid}/root{home}")
    try:
        url = json.loads((seen / "server.json").read_text())["url"]
    except (OSError, ValueError):
        assert process.poll() is None, spoken(process)
        return None
    return (url, seen) if lifecycle.proved(seen, url) else None


def ask(url, method, path, body=None):
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    connection.request(method, f"{API}/{path}", json.dumps(body) if body is not None else None)
    answer = connection.getresponse()
    status, text = answer.status, answer.read()
    connection.close()
    return status, json.loads(text)


def run_of(url, script):
    manifest = workflow(dag("main", task("a")), pod(script=script))
    spec = {"workflow_manifest": json.dumps(manifest)}
    return ask(url, "POST", "runs", {"name": "r", "pipeline_spec": spec})[1]["run"]["id"]


def fill(file):
    with file.open("ab", buffering=0) as stream:
        for size in (1 << 16, 1):
            try:
                while True:
                    stream.write(bytes(size))
            except OSError:
                pass


@needs_mounts
def test_a_full_disk_is_answered_in_words_and_loses_nothing(tmp_path, monkeypatch, until):
    with mounted(tmp_path, SMALL, monkeypatch) as process:
        url, seen = until(lambda: told(process, tmp_path))
        for n in range(20):
            assert ask(url, "POST", "experiments", {"name": f"e{n}"})[0] == 200
        long = run_of(url, "echo started; sleep 600")
        until(lambda: any("started" in log.read_text() for log in seen.rglob("main.log")))
        fill(seen / "filler")
        refused = [
            ask(url, "POST", "experiments", {"name": f"f{n}", "description": "x" * 60_000})
            for n in range(20)
        ][-1]
        assert refused[0] == 503
        assert "localkfp can't use its state directory" in refused[1]["error"]
        assert "disk is full" in refused[1]["error"]
        typed = {"name": "g", "description": "x" * 60_000}
        page = pages.ask(url, "POST", "/experiments/new", typed)
        assert page.status == 503
        assert "localkfp can't use its state directory" in page.page.text
        assert "disk is full" in page.page.text
        assert ask(url, "GET", "healthz")[0] == 200
        ask(url, "POST", f"runs/{long}/terminate")  # whether or not that can be written down now
        listed = ask(url, "GET", "experiments?page_size=200")[1]["experiments"]
        assert {f"e{n}" for n in range(20)} <= {e["name"] for e in listed}
        (seen / "filler").unlink()
        until(lambda: ask(url, "GET", f"runs/{long}")[1]["run"]["status"] == "Failed")
        assert ask(url, "POST", "experiments", {"name": "room again"})[0] == 200
        short = run_of(url, "true")
        until(lambda: ask(url, "GET", f"runs/{short}")[1]["run"]["status"] == "Succeeded")
        with closing(sqlite3.connect(seen / "localkfp.sqlite")) as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@needs_mounts
def test_a_disk_that_is_full_at_the_start_is_named(tmp_path, monkeypatch):
    script = SMALL.replace("shift;", 'cat /dev/zero > "$1/filler" 2>/dev/null || true; shift;')
    with mounted(tmp_path, script, monkeypatch) as process:
        process.wait(60)
        out = spoken(process)
    assert process.returncode == 2, out
    assert out.startswith("localkfp: ")
    assert "full" in out or "No space left" in out
    assert "Traceback" not in out


@needs_mounts
def test_a_folder_that_can_only_be_read_is_named_and_left_as_it_is(tmp_path, monkeypatch):
    from localkfp.store.database import Store

    Store(tmp_path / "localkfp.sqlite").close()
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with mounted(tmp_path, READ_ONLY, monkeypatch) as process:
        process.wait(60)
        out = spoken(process)
    assert process.returncode == 2
    assert out.startswith(f"localkfp: localkfp can't write its state directory {tmp_path}")
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
