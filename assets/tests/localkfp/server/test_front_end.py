"""`localkfp serve --front-end`: the files of a folder before the pages, and nothing beside it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from tests.support.pages import ask


def serve(home, folder):
    return subprocess.Popen(
        [sys.executable, "-m", "localkfp", "serve", "--port", "0", "--front-end", str(folder)],
        env={**os.environ, "LOCALKFP_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture(scope="module")
def url(tmp_path_factory, until):
    home, build = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("build")
    (build / "static").mkdir()
    (build / "index.html").write_text("<p>genuine")
    (build / "static" / "main.js").write_text("1")
    (build.parent / "secret").write_text("secret")
    (build / "away").symlink_to(build.parent / "secret")
    with serve(home, build) as process:
        try:
            told = home / "server.json"
            until(lambda: told.exists())
            yield json.loads(told.read_text())["url"]
        finally:
            process.terminate()


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/", 200, "text/html"),
        ("/pipeline/", 200, "text/html"),
        ("/static/main.js", 200, "text/javascript"),
        ("/pipeline/static/main.js", 200, "text/javascript"),
        ("/runs", 200, "text/html; charset=utf-8"),
        ("/apis/v1beta1/healthz", 200, "application/json"),
        ("/static/none.js", 404, "text/plain; charset=utf-8"),
        ("/away", 404, "text/plain; charset=utf-8"),
        ("/../secret", 404, "text/plain; charset=utf-8"),
        ("/static", 404, "text/plain; charset=utf-8"),
    ],
)
def test_the_files_of_the_front_end_go_first_and_the_rest_is_localkfps(url, path, status, kind):
    answer = ask(url, "GET", path)
    assert (answer.status, answer.headers["Content-Type"]) == (status, kind)
    assert "secret" not in answer.text


def test_another_name_for_this_machine_gets_no_file(url):
    assert ask(url, "GET", "/", Host="evil.example").status == 403


def test_a_folder_without_a_front_end_is_refused(tmp_path):
    out, _ = (process := serve(tmp_path / "home", tmp_path)).communicate(timeout=60)
    assert (process.returncode, "holds no index.html" in out) == (2, True)
