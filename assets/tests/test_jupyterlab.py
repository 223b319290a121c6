"""The lessons in a real JupyterLab in headless Chromium: untrusted as cloned, and then run."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

sync_api = pytest.importorskip("playwright.sync_api")

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
START_SECONDS = 60
RUN_MILLISECONDS = 240_000
CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PICTURE = ".jp-OutputArea img[src^='data:image/svg']"
GRAPHS = {"04_compile_and_inspect": 1, "05_submit_and_run": 4}


@pytest.fixture(scope="module")
def lab(tmp_path_factory) -> Iterator[str]:
    """The address of a JupyterLab on a copy of the notebooks, with a state directory of its own.

    Nothing has been trusted there: the signatures lie in the new data directory."""
    top = tmp_path_factory.mktemp("lab")
    for folder in ("notebooks", "solutions", "assets/img"):
        shutil.copytree(ROOT / folder, top / folder)
    # Cells off the screen would not be in the document.
    settings = top / ".settings" / "@jupyterlab" / "notebook-extension"
    settings.mkdir(parents=True)
    (settings / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}')
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "JUPYTER_DATA_DIR": str(top / ".data"),
        "JUPYTER_CONFIG_DIR": str(top / ".config"),
        "JUPYTER_RUNTIME_DIR": str(top / ".runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(top / ".settings"),
        "IPYTHONDIR": str(top / ".ipython"),
        "LOCALKFP_HOME": str(top / ".localkfp"),
    }
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += [f"--ServerApp.root_dir={top}", f"--ServerApp.port={port}"]
    command += ["--IdentityProvider.token=", "--ServerApp.open_browser=False"]
    log = (top / "lab.log").open("wb")
    process = subprocess.Popen(
        command, env=environment, stdout=log, stderr=log, start_new_session=True
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(address)
        yield address
    finally:
        stop = [sys.executable, "-m", "localkfp", "stop"]
        subprocess.run(stop, env=environment, check=False)
        os.killpg(process.pid, signal.SIGKILL)  # its kernels too; nobody needs what they hold
        process.wait()


def _wait_for(address: str) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(f"{address}/api", timeout=5).close()
            return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError("JupyterLab did not start")


@pytest.fixture(scope="module")
def browser() -> Iterator[sync_api.Browser]:
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"),
            args=CHROMIUM,
        )
        yield started
        started.close()


@pytest.fixture
def page(browser) -> Iterator[sync_api.Page]:
    opened = browser.new_page(viewport={"width": 1200, "height": 900})
    opened.set_default_timeout(60_000)
    yield opened
    opened.close()


def open_notebook(page, lab: str, path: str) -> None:
    page.goto(f"{lab}/lab/tree/{path}?reset")
    page.wait_for_selector(".jp-Notebook .jp-Cell")


def pictures(page) -> list[dict[str, object]]:
    """Every graph on the page: its alt text, and whether the browser has drawn it."""
    return page.eval_on_selector_all(
        PICTURE,
        "all => all.map(i => ({alt: i.alt, drawn: i.complete && i.naturalWidth > 100}))",
    )


@pytest.mark.parametrize("lesson", GRAPHS)
def test_the_graph_is_seen_in_an_untrusted_clone(page, lab, lesson):
    open_notebook(page, lab, f"solutions/{lesson}.ipynb")
    page.wait_for_selector(PICTURE)
    seen = pictures(page)
    assert len(seen) == GRAPHS[lesson]
    assert all(picture["drawn"] for picture in seen)
    assert all("multiply waits for add, subtract" in str(picture["alt"]) for picture in seen)
    assert page.locator(".jp-OutputArea li", has_text="multiply").count()


@pytest.mark.parametrize("folder", ["solutions", "notebooks"])
@pytest.mark.parametrize("lesson", GRAPHS)
def test_run_all_shows_graphs_checks_and_no_error(page, lab, folder, lesson):
    open_notebook(page, lab, f"{folder}/{lesson}.ipynb")
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Restart Kernel and Run All Cells", exact=False).first.click()
    page.get_by_role("button", name="Confirm Kernel Restart").click()
    verdict = "right" if folder == "solutions" else "not attempted"
    last = {"04": "04-4", "05": "05-3"}[lesson[:2]]
    page.wait_for_function(
        """() => {
            const cells = document.querySelectorAll('.jp-CodeCell');
            const last = cells[cells.length - 1];
            const prompt = last && last.querySelector('.jp-InputPrompt');
            return prompt && /\\[\\d+\\]/.test(prompt.innerText);
        }""",
        timeout=RUN_MILLISECONDS,
    )
    text = page.inner_text(".jp-Notebook")
    assert "Traceback" not in text
    assert page.locator('.jp-OutputArea [data-mime-type*="stderr"]').count() == 0
    assert re.search(rf"{last}\s+{verdict}", text), text[-3000:]
    seen = pictures(page)
    assert len(seen) == GRAPHS[lesson]
    assert all(picture["drawn"] for picture in seen)
