"""JupyterLab in a browser: opened, run by its menu, its graphs looked at."""

from __future__ import annotations

import nbformat
import pytest
from workbook.paths import REPOSITORY

sync_api = pytest.importorskip("playwright.sync_api")

PICTURE = ".jp-OutputArea img[src^='data:image/svg']"


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
