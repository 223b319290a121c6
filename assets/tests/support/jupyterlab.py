"""JupyterLab in a browser: started, opened, run by its menu, its graphs looked at."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from workbook.paths import REPOSITORY

sync_api = pytest.importorskip("playwright.sync_api")

PICTURE = ".jp-OutputArea img[src^='data:image/svg']"


START_SECONDS = 60
RUN_MILLISECONDS = 240_000


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running_lab(
    top: Path, *options: str, port: int = 0, path: str = "/", **variables: str
) -> Iterator[str]:
    """The address of a JupyterLab on a copy of the notebooks, with a state directory of its own.

    Nothing has been trusted there: the signatures lie in the new data directory. `path` is where it
    is served, `variables` are those of its environment."""
    for folder in ("notebooks", "solutions", "assets/img", "assets/data"):
        shutil.copytree(REPOSITORY / folder, top / folder)
    # Cells off the screen would not be in the document.
    settings = top / ".settings" / "@jupyterlab" / "notebook-extension"
    settings.mkdir(parents=True)
    (settings / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}')
    port = port or free_port()
    environment = {
        **os.environ,
        "JUPYTER_DATA_DIR": str(top / ".data"),
        "JUPYTER_CONFIG_DIR": str(top / ".config"),
        "JUPYTER_RUNTIME_DIR": str(top / ".runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(top / ".settings"),
        "IPYTHONDIR": str(top / ".ipython"),
        "LOCALKFP_HOME": str(top / ".localkfp"),
        **variables,
    }
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += [f"--ServerApp.root_dir={top}", f"--ServerApp.port={port}"]
    command += [f"--ServerApp.base_url={path}", *options]
    command += ["--IdentityProvider.token=", "--ServerApp.open_browser=False"]
    log = (top / "lab.log").open("wb")
    process = subprocess.Popen(
        command, env=environment, stdout=log, stderr=log, start_new_session=True
    )
    address = f"http://127.0.0.1:{port}{path}".rstrip("/")
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


def wait_for_the_last_cell(page) -> None:
    page.wait_for_function(
        """() => {
            const cells = document.querySelectorAll('.jp-CodeCell');
            const last = cells[cells.length - 1];
            const prompt = last && last.querySelector('.jp-InputPrompt');
            return prompt && /\\[\\d+\\]/.test(prompt.innerText);
        }""",
        timeout=RUN_MILLISECONDS,
    )


def open_notebook(page, lab: str, path: str) -> None:
    page.goto(f"{lab}/lab/tree/{path}?reset")
    page.wait_for_selector(".jp-Notebook .jp-Cell")


def restart_and_run_all(page) -> None:
    """By the menu, as a person does: again, if JupyterLab wasn't ready and showed no dialog."""
    confirm = page.get_by_role("button", name="Confirm Kernel Restart")
    for _attempt in range(6):
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.locator(".lm-Menu-itemLabel", has_text="Restart Kernel and Run All Cells").click()
        try:
            confirm.click(timeout=8_000)
            return
        except sync_api.TimeoutError:
            page.keyboard.press("Escape")
    raise AssertionError("JupyterLab never asked to confirm the restart")


def pictures(page) -> list[dict[str, object]]:
    """Every graph on the page: its alt text, and whether the browser has drawn it."""
    return page.eval_on_selector_all(
        PICTURE,
        "all => all.map(i => ({alt: i.alt, drawn: i.complete && i.naturalWidth > 100}))",
    )


def graphs(path: str) -> int:
    """How many graphs are stored in a notebook."""
    outputs = [o for c in nbformat.read(REPOSITORY / path, 4).cells for o in c.get("outputs", ())]
    pages = (output.get("data", {}).get("text/html", "") for output in outputs)
    return sum("data:image/svg" in page for page in pages)
